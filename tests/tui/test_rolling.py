"""A large store is read into its rollups while people look around."""

import threading

from tests.tui.fake_workspace import FakeWorkspace
from tests.tui.stage import Stage, explorer, opening


async def until_read(stage: Stage, workspace: FakeWorkspace, count: int) -> None:
    await stage.until(lambda: workspace.refreshes == count)


async def test_it_is_said_how_far_the_reading_is() -> None:
    workspace = FakeWorkspace()
    workspace.refresh_held = threading.Event()
    async with opening(workspace) as stage:
        await until_read(stage, workspace, 1)
        await stage.pilot.pause()
        assert "reading the store for instant answers: 25%, 3 s left" in stage.bar("footer")
        workspace.refresh_held.set()
        await stage.settle()
        assert "answers come at once now" in stage.bar("footer")


async def test_what_is_still_computed_is_asked_again_once_the_store_is_read() -> None:
    workspace = FakeWorkspace()
    workspace.refresh_held, workspace.hold = threading.Event(), threading.Event()
    async with opening(workspace) as stage:
        await until_read(stage, workspace, 1)
        before = len(workspace.asked)
        workspace.refresh_held.set()
        await stage.until(lambda: len(workspace.asked) > before)
        assert workspace.asked[-1] == stage.question()
        workspace.hold.set()
        await stage.settle()
        assert "48.2k" in stage.tree()[0]
        # the asking before was stopped, which is not what became of this one
        assert "stopped" not in stage.bar("banner")


async def test_a_changed_file_or_store_is_read_again() -> None:
    workspace = FakeWorkspace()
    async with explorer(workspace) as stage:
        assert workspace.refreshes == 0
        workspace.refresh_held = threading.Event()
        workspace.refresh_held.set()
        stage.main.reload_all()
        await stage.settle()
        assert workspace.refreshes == 1
        assert workspace.foreseen == 1


async def test_a_few_new_rows_are_read_in_silence() -> None:
    workspace = FakeWorkspace()
    async with explorer(workspace) as stage:
        before = stage.bar("footer")
        workspace.refresh_held, workspace.refresh_seconds = threading.Event(), 0.2
        workspace.refresh_held.set()
        stage.main.reload_all()
        await stage.settle()
        assert workspace.refreshes == 1
        assert workspace.foreseen == 0
        assert stage.bar("footer") == before
