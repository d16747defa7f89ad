"""What the main screen looks like; a snapshot changes only in a commit that says why."""

from collections.abc import Callable

import pytest
from textual.pilot import Pilot

from metric_tui.presentation.glyphs import UNICODE
from metric_tui.tui.app import Explorer
from metric_tui.tui.commands import MOVES
from metric_tui.tui.screens.help import Help
from metric_tui.tui.settings import Settings
from tests.tui.fake_workspace import FakeWorkspace
from tests.tui.stage import NARROW, WIDE, Stage

Compare = Callable[..., bool]


async def settle(pilot: Pilot[None]) -> None:
    await Stage(pilot).settle()


@pytest.mark.parametrize("size", [NARROW, WIDE])
def test_the_main_screen(snap_compare: Compare, size: tuple[int, int]) -> None:
    app = Explorer(FakeWorkspace(), Settings())
    assert snap_compare(app, terminal_size=size, run_before=settle)


def test_the_help(snap_compare: Compare) -> None:
    async def opened(pilot: Pilot[None]) -> None:
        await settle(pilot)
        # a fixed few, so that a new command does not change the picture
        pilot.app.push_screen(Help(MOVES, {}, UNICODE))
        await settle(pilot)

    app = Explorer(FakeWorkspace(), Settings())
    assert snap_compare(app, terminal_size=NARROW, run_before=opened)


@pytest.mark.parametrize("size", [NARROW, WIDE])
def test_the_form_of_a_target(snap_compare: Compare, size: tuple[int, int]) -> None:
    async def opened(pilot: Pilot[None]) -> None:
        await settle(pilot)
        await Stage(pilot).press("T")

    app = Explorer(FakeWorkspace(), Settings())
    assert snap_compare(app, terminal_size=size, run_before=opened)


def test_values_to_leave_out(snap_compare: Compare) -> None:
    async def opened(pilot: Pilot[None]) -> None:
        await settle(pilot)
        await Stage(pilot).press("f", "enter", "!", "space")

    app = Explorer(FakeWorkspace(), Settings())
    assert snap_compare(app, terminal_size=NARROW, run_before=opened)
