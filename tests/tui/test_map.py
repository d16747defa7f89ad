"""The map: the same tree as boxes, walked by arrows."""

from collections.abc import Callable

import pytest
from textual.pilot import Pilot

from metric_tui.presentation.pieces import plain
from metric_tui.tui.app import Explorer
from metric_tui.tui.settings import Settings
from tests.tui.fake_workspace import FakeWorkspace
from tests.tui.stage import NARROW, WIDE, Stage, explorer


def boxes(stage: Stage) -> str:
    return "\n".join(map(plain, stage.main.tree_map._lines))


@pytest.mark.parametrize("size", [NARROW, WIDE])
def test_the_map(snap_compare: Callable[..., bool], size: tuple[int, int]) -> None:
    async def opened(pilot: Pilot[None]) -> None:
        await Stage(pilot).settle()
        await Stage(pilot).press("m", "right")

    app = Explorer(FakeWorkspace(), Settings())
    assert snap_compare(app, terminal_size=size, run_before=opened)


async def test_arrows_go_from_box_to_box_and_the_selection_is_the_same_one() -> None:
    async with explorer(FakeWorkspace()) as stage:
        paths = [row.path for row in stage.main.tree_table.rows]
        await stage.press("m")
        assert not stage.main.tree_table.display
        assert stage.main.selected == paths[0]
        first = next(path for path in paths if len(path) == 2)
        await stage.press("right")
        assert stage.main.selected == first
        await stage.press("down")
        assert stage.main.selected != first
        assert len(stage.main.selected) == 2
        await stage.press("up", "left")
        assert stage.main.selected == paths[0]
        await stage.press("right", "m")
        assert stage.main.tree_table.has_focus
        row = stage.main.tree_table.selected
        assert row is not None
        assert row.path == first


async def test_arrows_typed_ahead_are_the_maps() -> None:
    async with explorer(FakeWorkspace()) as stage:
        await stage.pilot.press("m", "right", "right")
        await stage.settle()
        assert len(stage.main.selected) == 3
        assert len(stage.main.choices.root) == 1


async def test_a_place_that_the_table_hid_is_opened_there() -> None:
    async with explorer(FakeWorkspace()) as stage:
        await stage.press("1", "m", "right")
        deep = stage.main.selected
        while True:
            await stage.press("right")
            if stage.main.selected == deep:
                break
            deep = stage.main.selected
        assert len(deep) > 2
        await stage.press("m")
        assert stage.main.selected == deep
        row = stage.main.tree_table.selected
        assert row is not None
        assert row.path == deep


async def test_enter_drills_and_backspace_goes_up() -> None:
    async with explorer(FakeWorkspace()) as stage:
        await stage.press("m", "right", "enter")
        root = stage.main.choices.root
        assert len(root) == 2
        assert stage.main.tree_map.rows[0].path == root
        await stage.press("backspace")
        assert len(stage.main.choices.root) == 1


async def test_the_card_is_a_key_away_and_q_leaves_one_thing_at_a_time() -> None:
    async with explorer(FakeWorkspace()) as stage:
        await stage.press("m", "right", "tab")
        assert stage.main.pane.has_focus
        assert stage.main.pane.display
        assert stage.card()
        await stage.press("q")
        assert stage.main.tree_map.has_focus
        await stage.press("q")
        assert stage.main.tree_table.has_focus
        assert not stage.main.is_map


async def test_questions_hold_for_the_map_too() -> None:
    async with explorer(FakeWorkspace()) as stage:
        await stage.press("m")
        before = boxes(stage)
        assert str(stage.main.tree_table.rows[0].value) in before
        await stage.press("v", "o", "/")
        await stage.type(stage.main.tree_table.rows[-1].label[:6])
        await stage.press("enter")
        assert stage.main.tree_map.has_focus
        assert stage.main.selected[-1] in "\n".join(row.metric for row in stage.main.tree_map.rows)
        layout = stage.main.tree_map.layout_shown
        assert layout is not None
        assert layout.selected == stage.main.selected


async def test_it_comes_back_at_the_next_start() -> None:
    workspace = FakeWorkspace()
    async with explorer(workspace) as stage:
        await stage.press("m", "right")
        selected = stage.main.selected
        stage.main.remember_place()
    async with explorer(workspace) as stage:
        assert stage.main.is_map
        assert stage.main.selected == selected
        assert stage.main.tree_map.has_focus
        assert boxes(stage)


async def test_a_click_selects_a_box_and_a_second_one_drills() -> None:
    async with explorer(FakeWorkspace()) as stage:
        await stage.press("m")
        layout = stage.main.tree_map.layout_shown
        assert layout is not None
        path, box = next(
            (p, b) for p, b in layout.boxes.items() if len(p) == 2 and (b.drivers or b.hidden)
        )
        offset = stage.main.tree_map.gutter
        spot = (layout.left_of(box) + 2 + offset.left, box.top + 1 + offset.top)
        await stage.pilot.click("#map", offset=spot)
        await stage.settle()
        assert stage.main.selected == path
        layout = stage.main.tree_map.layout_shown
        assert layout is not None
        box = layout.boxes[path]
        spot = (layout.left_of(box) + 2 + offset.left, box.top + 1 + offset.top)
        await stage.pilot.click("#map", offset=spot)
        await stage.settle()
        assert stage.main.choices.root == path
