"""The tree's columns are named in a frame or a rule that is there anyway, each at its own column."""

import re

import pytest

from metric_tui.presentation.glyphs import ASCII, UNICODE, Glyphs
from metric_tui.tui.settings import Settings
from tests.tui.fake_workspace import FakeWorkspace
from tests.tui.stage import NARROW, WIDE, Stage, explorer


def screen(stage: Stage) -> list[str]:
    """What stands on the terminal, line by line."""
    return [strip.text for strip in stage.app.screen._compositor.render_strips()]


def named(lines: list[str]) -> str:
    """The line with the names of the columns."""
    (found,) = [text for text in lines if re.search(r"\bnow {2}change\b", text)]
    return found


@pytest.mark.parametrize("size", [NARROW, WIDE, (160, 50), (80, 40), (60, 24), (200, 24)])
@pytest.mark.parametrize("glyphs", [UNICODE, ASCII])
async def test_a_name_stands_at_its_column(size: tuple[int, int], glyphs: Glyphs) -> None:
    async with explorer(FakeWorkspace(), size, Settings(glyphs=glyphs)) as stage:
        lines = screen(stage)
        names = named(lines)
        row = next(text for text in lines if "= Gross nights" in text)
        assert names.index("now") + len("now") == row.index("51.9k") + len("51.9k")
        assert names.index("change") == row.index(glyphs.up + " +5.0%")
        count = re.search(r"\blast (\d+) ", names)
        assert count is not None
        spark = row[count.start() :][: int(count[1])]
        assert set(spark) <= set(glyphs.bars + glyphs.event)
        assert row[count.start() + int(count[1])] == " "
        amount = re.search(r"[+-]\d\S*", row[count.start() + int(count[1]) :])
        assert (amount is not None) == (" part " in names)


async def test_the_names_take_no_row_from_the_tree() -> None:
    async with explorer(FakeWorkspace(), NARROW) as stage:
        # 24 rows without header, footer, and a card of six lines below its rule
        assert stage.main.tree_table.size.height == 24 - 2 - 7
        assert named(screen(stage)).startswith("─ overview ──")
        await stage.press("p")
        lines = screen(stage)
        assert not any("change" in text and "last" in text for text in lines)
        assert any(text.startswith("─ trend ──") for text in lines)
        await stage.press("tab")
        assert named(screen(stage)).startswith("─ trend ──")


async def test_the_names_follow_the_columns_and_the_size() -> None:
    async with explorer(FakeWorkspace(), NARROW) as stage:
        await stage.press("c", "n")
        assert "change" not in stage.main.tree_table.heads
        assert "change" not in screen(stage)[-8]
        await stage.press("u")
        await stage.pilot.resize_terminal(*WIDE)
        await stage.settle()
        assert named(screen(stage)).startswith("╭─ Tree ──")
        assert "overview" in named(screen(stage)).split("╮")[1]
