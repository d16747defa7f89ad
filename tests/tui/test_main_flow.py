"""The explorer on a real tree file and store: walk, drill, break down, filter, edit outside."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from metric_tui.ingest.bundled import bundled_tree, sample_data
from metric_tui.workspace import Workspace
from tests.tui.stage import explorer


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("store") / "stays.db"
    sample_data().build("nights_booked", path, events=20_000)
    return path


@pytest.fixture
def workspace(tmp_path: Path, store: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workspace]:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    tree = tmp_path / "nights_booked.yaml"
    shutil.copy(bundled_tree("nights_booked"), tree)
    opened = Workspace.open(tree, store=str(store))
    yield opened
    opened.close()


async def test_numbers_of_the_tree_are_those_of_the_workspace(workspace: Workspace) -> None:
    async with explorer(workspace) as stage:
        answer = workspace.answer(workspace.default_question())
        value = answer.metrics["bookings"].total.value
        row = next(text for text in stage.tree() if "= Bookings (" in text)
        assert f" {value:.0f} " in row


async def test_drill_break_down_and_filter(workspace: Workspace) -> None:
    async with explorer(workspace) as stage:
        await stage.press("down", "enter", "b")
        assert stage.bar("crumbs") == "Nights booked › Gross nights"
        rows = [text for text in stage.card() if text.startswith(("ios", "android", "web"))]
        assert len(rows) == 3
        before = workspace.answer(stage.question()).metrics["gross_nights"].total.value
        await stage.press("tab", "enter")
        assert stage.question().where[0].dimension == "platform"
        after = workspace.answer(stage.question()).metrics["gross_nights"].total.value
        assert before is not None
        assert after is not None
        assert after < before


async def test_every_view_of_every_metric_shows(workspace: Workspace) -> None:
    async with explorer(workspace) as stage:
        await stage.press("9")
        for key in ("i", "p", "b", "s", "R"):
            await stage.press(key, "home")
            for _ in range(6):
                await stage.press("down")
                text = "\n".join(stage.card())
                assert "a fault of metric-tui" not in text, text


async def test_an_outside_edit_is_followed_and_a_broken_one_said(workspace: Workspace) -> None:
    async with explorer(workspace) as stage:
        await stage.press("down", "down")
        text = workspace.path.read_text()
        workspace.path.write_text(text.replace("label: Gross nights", "label: Nights before"))
        stage.main.look_for_changes()
        await stage.settle()
        assert "Nights before" in stage.labels()
        assert stage.selected == "bookings"
        workspace.path.write_text("version: [")
        stage.main.look_for_changes()
        await stage.settle()
        assert "the last good tree is shown" in stage.bar("banner")
        assert "Nights before" in stage.labels()
