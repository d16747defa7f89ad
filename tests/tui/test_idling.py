"""While nobody presses a key, what the next one may ask is computed."""

import threading
from collections.abc import AsyncIterator

import pytest

from metric_tui.planning.question import Question
from metric_tui.tui.actions import idling
from metric_tui.tui.screens.main import MainScreen
from tests.tui.fake_workspace import FakeWorkspace
from tests.tui.stage import Stage, explorer


@pytest.fixture
async def workspace() -> FakeWorkspace:
    return FakeWorkspace()


@pytest.fixture
async def stage(workspace: FakeWorkspace) -> AsyncIterator[Stage]:
    async with explorer(workspace) as opened:
        yield opened


async def idle(stage: Stage) -> None:
    """Wait twice as long as somebody has to read before anything is foreseen."""
    await stage.pilot.pause(2 * idling.IDLE)
    await stage.settle()


async def begun(stage: Stage, workspace: FakeWorkspace) -> int:
    """Wait until the first question's neighbours are foreseen; how often that was done by then."""
    await stage.until(lambda: bool(workspace.foreseen_around))
    return len(workspace.foreseen_around)


async def test_it_is_foreseen_around_the_question_on_screen(
    stage: Stage, workspace: FakeWorkspace
) -> None:
    await stage.until(lambda: bool(workspace.foreseen_around))
    assert workspace.foreseen_around == [(Question(grain="week"), "nights_booked", "country")]
    asked = list(workspace.asked)
    await idle(stage)
    assert len(workspace.foreseen_around) == 1
    assert workspace.asked == asked
    await stage.press("c", "y")
    await stage.until(lambda: len(workspace.foreseen_around) == 2)
    assert workspace.foreseen_around[1][0] == Question(grain="week", compare="year_ago")


async def test_a_key_stops_it_and_it_goes_on_when_there_is_no_other(
    workspace: FakeWorkspace,
) -> None:
    workspace.foresight_held = threading.Event()
    async with explorer(workspace) as stage:
        await stage.until(lambda: workspace.is_foreseeing)
        await stage.pilot.press("down")
        await stage.until(lambda: not workspace.is_foreseeing)
        await stage.until(lambda: workspace.is_foreseeing)
        workspace.foresight_held.set()
    assert [metric for _, metric, _ in workspace.foreseen_around] == [
        "nights_booked", "gross_nights",
    ]  # fmt: skip


async def test_a_question_that_no_key_asked_stops_it_too(workspace: FakeWorkspace) -> None:
    workspace.foresight_held = threading.Event()
    async with explorer(workspace) as stage:
        await stage.until(lambda: workspace.is_foreseeing)
        workspace.hold = threading.Event()
        # as a click on a segment does
        stage.main.ask(Question(grain="day"))
        await stage.until(lambda: not workspace.is_foreseeing)
        workspace.hold.set()
        workspace.foresight_held.set()
        await stage.settle()


async def test_while_keys_come_nothing_is_foreseen(
    stage: Stage, workspace: FakeWorkspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = await begun(stage, workspace)
    # the first look finds that a key came since, and the clock of a busy machine is no matter
    now, looks = [0.0], [0]
    look = MainScreen._look_whether_idle

    def looked(screen: MainScreen) -> None:
        looks[0] += 1
        look(screen)

    monkeypatch.setattr(idling, "monotonic", lambda: now[0])
    monkeypatch.setattr(MainScreen, "_look_whether_idle", looked)
    monkeypatch.setattr(idling, "IDLE", 0.01)
    await stage.pilot.press("down")
    await stage.until(lambda: looks[0] > 2)
    assert len(workspace.foreseen_around) == before
    now[0] = 1.0
    await stage.until(lambda: len(workspace.foreseen_around) > before)


async def test_while_a_question_is_answered_nothing_is_foreseen(
    stage: Stage, workspace: FakeWorkspace
) -> None:
    before = await begun(stage, workspace)
    workspace.hold = threading.Event()
    await stage.pilot.press("left_square_bracket")
    await stage.pilot.pause(2 * idling.IDLE)
    assert len(workspace.foreseen_around) == before
    workspace.hold.set()
    await stage.until(lambda: len(workspace.foreseen_around) > before)
    assert workspace.foreseen_around[before][0] == stage.question()


async def test_while_the_store_is_read_nothing_is_foreseen(
    stage: Stage, workspace: FakeWorkspace
) -> None:
    before = await begun(stage, workspace)
    workspace.refresh_held = threading.Event()
    stage.main.reload_all()
    await stage.until(lambda: workspace.refreshes == 1)
    await stage.pilot.pause(2 * idling.IDLE)
    assert len(workspace.foreseen_around) == before
    workspace.refresh_held.set()
    await stage.until(lambda: len(workspace.foreseen_around) > before)


async def test_below_another_screen_nothing_is_foreseen(
    stage: Stage, workspace: FakeWorkspace
) -> None:
    before = await begun(stage, workspace)
    await stage.press("question_mark")
    await idle(stage)
    assert len(workspace.foreseen_around) == before
    await stage.press("escape")
    await stage.until(lambda: len(workspace.foreseen_around) > before)


async def test_leaving_ends_it(workspace: FakeWorkspace) -> None:
    workspace.foresight_held = threading.Event()
    async with explorer(workspace) as stage:
        await stage.until(lambda: workspace.is_foreseeing)
        await stage.pilot.press("q")
        await stage.until(lambda: not workspace.is_foreseeing)
    assert not [each for each in threading.enumerate() if "foresee" in each.name]
