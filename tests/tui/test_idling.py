"""While nobody presses a key, what the next one may ask is computed."""

import threading
from collections.abc import AsyncIterator, Callable

import pytest

from metric_tui.planning.question import Question
from metric_tui.tui.actions import idling
from tests.tui.fake_workspace import FakeWorkspace
from tests.tui.stage import Stage, explorer


@pytest.fixture
async def workspace() -> FakeWorkspace:
    return FakeWorkspace()


@pytest.fixture
async def stage(workspace: FakeWorkspace) -> AsyncIterator[Stage]:
    async with explorer(workspace) as opened:
        yield opened


async def until(stage: Stage, holds: Callable[[], bool]) -> None:
    for _ in range(1_000):
        if holds():
            return
        await stage.pilot.pause(0.01)
    raise AssertionError("it did not come to that")


async def idle(stage: Stage) -> None:
    """Wait twice as long as somebody has to read before anything is foreseen."""
    await stage.pilot.pause(2 * idling.IDLE)
    await stage.settle()


async def begun(stage: Stage, workspace: FakeWorkspace) -> int:
    """Wait until the first question's neighbours are foreseen; how often that was done by then."""
    await until(stage, lambda: bool(workspace.foreseen_around))
    return len(workspace.foreseen_around)


async def test_it_is_foreseen_around_the_question_on_screen(
    stage: Stage, workspace: FakeWorkspace
) -> None:
    await until(stage, lambda: bool(workspace.foreseen_around))
    assert workspace.foreseen_around == [(Question(grain="week"), "nights_booked", "country")]
    asked = list(workspace.asked)
    await idle(stage)
    assert len(workspace.foreseen_around) == 1
    assert workspace.asked == asked
    await stage.press("c", "y")
    await until(stage, lambda: len(workspace.foreseen_around) == 2)
    assert workspace.foreseen_around[1][0] == Question(grain="week", compare="year_ago")


async def test_a_key_stops_it_and_it_goes_on_when_there_is_no_other(
    workspace: FakeWorkspace,
) -> None:
    workspace.foresight_held = threading.Event()
    async with explorer(workspace) as stage:
        await until(stage, lambda: workspace.is_foreseeing)
        await stage.pilot.press("down")
        await until(stage, lambda: not workspace.is_foreseeing)
        await until(stage, lambda: workspace.is_foreseeing)
        workspace.foresight_held.set()
    assert [metric for _, metric, _ in workspace.foreseen_around] == [
        "nights_booked", "gross_nights",
    ]  # fmt: skip


async def test_a_question_that_no_key_asked_stops_it_too(workspace: FakeWorkspace) -> None:
    workspace.foresight_held = threading.Event()
    async with explorer(workspace) as stage:
        await until(stage, lambda: workspace.is_foreseeing)
        workspace.hold = threading.Event()
        # as a click on a segment does
        stage.main.ask(Question(grain="day"))
        await until(stage, lambda: not workspace.is_foreseeing)
        workspace.hold.set()
        workspace.foresight_held.set()
        await stage.settle()


async def test_while_keys_come_nothing_is_foreseen(
    stage: Stage, workspace: FakeWorkspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = await begun(stage, workspace)
    # longer than a key may take on a busy machine, and shorter than all of them
    monkeypatch.setattr(idling, "IDLE", 1.0)
    for _ in range(12):
        await stage.pilot.press("down")
        await stage.pilot.pause(0.1)
    assert len(workspace.foreseen_around) == before
    await until(stage, lambda: len(workspace.foreseen_around) > before)


async def test_while_a_question_is_answered_nothing_is_foreseen(
    stage: Stage, workspace: FakeWorkspace
) -> None:
    before = await begun(stage, workspace)
    workspace.hold = threading.Event()
    await stage.pilot.press("left_square_bracket")
    await stage.pilot.pause(2 * idling.IDLE)
    assert len(workspace.foreseen_around) == before
    workspace.hold.set()
    await until(stage, lambda: len(workspace.foreseen_around) > before)
    assert workspace.foreseen_around[before][0] == stage.question()


async def test_while_the_store_is_read_nothing_is_foreseen(
    stage: Stage, workspace: FakeWorkspace
) -> None:
    before = await begun(stage, workspace)
    workspace.refresh_held = threading.Event()
    stage.main.reload_all()
    await until(stage, lambda: workspace.refreshes == 1)
    await stage.pilot.pause(2 * idling.IDLE)
    assert len(workspace.foreseen_around) == before
    workspace.refresh_held.set()
    await until(stage, lambda: len(workspace.foreseen_around) > before)


async def test_below_another_screen_nothing_is_foreseen(
    stage: Stage, workspace: FakeWorkspace
) -> None:
    before = await begun(stage, workspace)
    await stage.press("question_mark")
    await idle(stage)
    assert len(workspace.foreseen_around) == before
    await stage.press("escape")
    await until(stage, lambda: len(workspace.foreseen_around) > before)


async def test_leaving_ends_it(workspace: FakeWorkspace) -> None:
    workspace.foresight_held = threading.Event()
    async with explorer(workspace) as stage:
        await until(stage, lambda: workspace.is_foreseeing)
        await stage.pilot.press("q")
        await until(stage, lambda: not workspace.is_foreseeing)
    assert not [each for each in threading.enumerate() if "foresee" in each.name]
