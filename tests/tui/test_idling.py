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
    for _ in range(300):
        if holds():
            return
        await stage.pilot.pause(0.01)
    raise AssertionError("it did not come to that")


async def idle(stage: Stage) -> None:
    """Wait twice as long as somebody has to read before anything is foreseen."""
    await stage.pilot.pause(2 * idling.IDLE)
    await stage.settle()


async def test_it_is_foreseen_around_the_question_on_screen(
    stage: Stage, workspace: FakeWorkspace
) -> None:
    assert workspace.foreseen_around == []
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
    stage: Stage, workspace: FakeWorkspace
) -> None:
    workspace.foresight_held = threading.Event()
    await until(stage, lambda: workspace.is_foreseeing)
    await stage.pilot.press("down")
    await until(stage, lambda: not workspace.is_foreseeing)
    await until(stage, lambda: workspace.is_foreseeing)
    assert [metric for _, metric, _ in workspace.foreseen_around] == [
        "nights_booked", "gross_nights",
    ]  # fmt: skip
    workspace.foresight_held.set()


async def test_a_question_that_no_key_asked_stops_it_too(
    stage: Stage, workspace: FakeWorkspace
) -> None:
    workspace.foresight_held = threading.Event()
    await until(stage, lambda: workspace.is_foreseeing)
    workspace.hold = threading.Event()
    # as a click on a segment does
    stage.main.ask(Question(grain="day"))
    await until(stage, lambda: not workspace.is_foreseeing)
    workspace.hold.set()
    workspace.foresight_held.set()
    await stage.settle()


async def test_while_keys_come_nothing_is_foreseen(stage: Stage, workspace: FakeWorkspace) -> None:
    for _ in range(8):
        await stage.pilot.press("down")
        await stage.pilot.pause(idling.IDLE / 4)
    assert workspace.foreseen_around == []


async def test_while_a_question_is_answered_nothing_is_foreseen(
    stage: Stage, workspace: FakeWorkspace
) -> None:
    workspace.hold = threading.Event()
    await stage.pilot.press("left_square_bracket")
    await stage.pilot.pause(2 * idling.IDLE)
    assert workspace.foreseen_around == []
    workspace.hold.set()
    await until(stage, lambda: bool(workspace.foreseen_around))
    assert workspace.foreseen_around[0][0] == stage.question()


async def test_while_the_store_is_read_nothing_is_foreseen(
    stage: Stage, workspace: FakeWorkspace
) -> None:
    workspace.refresh_held = threading.Event()
    stage.main.reload_all()
    await until(stage, lambda: workspace.refreshes == 1)
    await stage.pilot.pause(2 * idling.IDLE)
    assert workspace.foreseen_around == []
    workspace.refresh_held.set()
    await until(stage, lambda: bool(workspace.foreseen_around))


async def test_below_another_screen_nothing_is_foreseen(
    stage: Stage, workspace: FakeWorkspace
) -> None:
    await stage.press("question_mark")
    await idle(stage)
    assert workspace.foreseen_around == []
    await stage.press("escape")
    await until(stage, lambda: bool(workspace.foreseen_around))


async def test_leaving_ends_it(workspace: FakeWorkspace) -> None:
    workspace.foresight_held = threading.Event()
    async with explorer(workspace) as stage:
        await until(stage, lambda: workspace.is_foreseeing)
        await stage.pilot.press("q")
        await until(stage, lambda: not workspace.is_foreseeing)
    assert not [each for each in threading.enumerate() if "foresee" in each.name]
