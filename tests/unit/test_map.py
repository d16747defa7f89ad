"""The map of the tree: what is shown of it, where, and as which lines."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metric_tui.presentation.glyphs import ASCII, BLOCKS, UNICODE, Glyphs
from metric_tui.presentation.map_layout import BOX_LINES, NARROWEST, MapLayout, map_layout
from metric_tui.presentation.map_lines import map_lines
from metric_tui.presentation.pieces import line_width, plain
from metric_tui.presentation.tree_rows import Extra, Path, TreeRow


def row(*path: str, mark: str = "=", **given: object) -> TreeRow:
    given = {"label": path[-1], "value": "12", "change": "▲ +1%", **given}
    hangs = mark if len(path) > 1 else ""
    return TreeRow(path=path, indent=len(path) - 1, state="open", mark=hangs, **given)  # type: ignore[arg-type]


SHOP = (
    row("revenue"),
    row("revenue", "orders"),
    row("revenue", "orders", "visits"),
    row("revenue", "orders", "rate"),
    row("revenue", "orders", "rate", "speed", mark="~"),
    row("revenue", "basket"),
    row("revenue", "returns", mark="!", extra=Extra(word="✗ guardrail", role="bad")),
)


def drawn(
    rows: Sequence[TreeRow], selected: Path, cells: int, lines: int, glyphs: Glyphs = UNICODE
) -> list[str]:
    return [plain(own) for own in map_lines(map_layout(rows, selected, cells, lines), glyphs)]


def test_the_whole_tree_is_drawn_where_it_fits() -> None:
    assert drawn(SHOP, ("revenue",), 104, 20) == [
        "                                                      ╭ visits ─────────────╮",
        "                           ╭ orders ─────────────╮ ╭=─│ 12  ▲ +1%           │",
        "                        ╭=─│ 12  ▲ +1%           │─┤  ╰─────────────────────╯",
        "                        │  ╰─────────────────────╯ │  ╭ rate ───────────────╮    ╭ speed ──────────────╮",
        "                        │                          ╰=─│ 12  ▲ +1%           │──~─│ 12  ▲ +1%           │",
        "┏ revenue ━━━━━━━━━━━━┓ │                             ╰─────────────────────╯    ╰─────────────────────╯",
        "┃ 12  ▲ +1%           ┃─┤  ╭ basket ─────────────╮",
        "┗━━━━━━━━━━━━━━━━━━━━━┛ ├=─│ 12  ▲ +1%           │",
        "                        │  ╰─────────────────────╯",
        "                        │  ╭ returns ───────── ✗ ╮",
        "                        ╰!─│ 12  ▲ +1%           │",
        "                           ╰─────────────────────╯",
    ]


def test_it_is_drawn_in_plain_characters_too() -> None:
    plain_row = replace(SHOP[6], extra=Extra(word="x guardrail", role="bad"))
    rows = [replace(each, change="^ +1%") for each in (*SHOP[:6], plain_row)]
    assert drawn(rows, ("revenue", "orders"), 80, 9, ASCII) == [
        "                            # orders ==============#",
        "                         +=-# 12  ^ +1%            #",
        "                         |  #================ + 2 =#",
        "+ revenue -------------+ |  + basket --------------+",
        "| 12  ^ +1%            |-+=-| 12  ^ +1%            |",
        "+----------------------+ |  +----------------------+",
        "                         |  + returns ---------- x +",
        "                         +!-| 12  ^ +1%            |",
        "                            +----------------------+",
    ]


@pytest.mark.parametrize("glyphs", [UNICODE, BLOCKS, ASCII])
def test_the_selected_metric_has_a_frame_of_its_own(glyphs: Glyphs) -> None:
    text = "\n".join(drawn(SHOP, ("revenue", "basket"), 104, 20, glyphs))
    assert f"{glyphs.heavy[0]} basket {glyphs.heavy[4]}" in text
    assert text.count(f"{glyphs.heavy[5]} 12") == 1


def test_how_a_metric_stands_is_said_by_a_sign_too() -> None:
    (line,) = [each for each in drawn(SHOP, ("revenue",), 104, 20) if "returns" in each]
    assert "─ ✗ ╮" in line


def test_what_does_not_fit_is_collapsed_and_counted() -> None:
    layout = map_layout(SHOP, ("revenue",), 104, 9)
    assert ("revenue", "orders") in layout.boxes
    assert ("revenue", "orders", "visits") not in layout.boxes
    assert layout.boxes["revenue", "orders"].hidden == 2
    assert "▸ 2" in "\n".join(drawn(SHOP, ("revenue",), 104, 9))


def test_the_drivers_of_the_selected_metric_are_in_sight() -> None:
    deep = ("revenue", "orders", "rate")
    layout = map_layout(SHOP, deep, 2 * NARROWEST + 4, 20)
    assert set(layout.boxes) == {deep, (*deep, "speed")}
    assert layout.above == 2
    assert "2 above" in drawn(SHOP, deep, 2 * NARROWEST + 4, 20)[2]


def test_a_place_that_is_not_there_is_what_is_above_it() -> None:
    assert map_layout(SHOP, ("revenue", "orders", "gone"), 104, 20).selected == (
        "revenue",
        "orders",
    )
    assert map_layout(SHOP, ("lonely",), 104, 20).selected == ("revenue",)


def test_arrows_and_clicks_go_to_boxes() -> None:
    layout = map_layout(SHOP, ("revenue", "basket"), 104, 20)
    assert layout.beside(-1) == ("revenue", "orders")
    assert layout.beside(1) == layout.beside(5) == ("revenue", "returns")
    for path, box in layout.boxes.items():
        left = layout.left_of(box)
        assert layout.at(left, box.top) == layout.at(left + layout.cells - 1, box.top + 2) == path
        assert layout.at(left + layout.cells, box.top) is None


def test_a_metric_that_failed_says_why() -> None:
    failed = row(
        "revenue", value="--", value_role="warn", extra=Extra(word="no column `x`", role="warn")
    )
    assert "-- no column `x`" in drawn((failed,), ("revenue",), 40, 5)[1]


@st.composite
def trees(draw: st.DrawFn) -> tuple[TreeRow, ...]:
    rows = [row("top")]
    for number in range(draw(st.integers(0, 25))):
        above = draw(st.sampled_from(rows)).path
        label = draw(st.sampled_from(["m", "a longer name", "指標", "é"])) + str(number)
        series = tuple(float(each) for each in range(draw(st.integers(0, 40))))
        rows.append(row(*above, f"m{number}", label=label, series=series))
    order = {each.path: place for place, each in enumerate(rows)}
    return tuple(
        sorted(rows, key=lambda each: [order[each.path[: n + 1]] for n in range(len(each.path))])
    )


@given(trees(), st.integers(0, 30), st.integers(12, 200), st.integers(3, 60))
def test_boxes_stand_apart_and_within(
    rows: tuple[TreeRow, ...], place: int, cells: int, lines: int
) -> None:
    selected = rows[place % len(rows)].path
    layout = map_layout(rows, selected, cells, lines)
    assert layout.selected == selected
    assert selected in layout.boxes
    taken = set()
    for path, box in layout.boxes.items():
        assert box.top >= 0
        assert box.top + BOX_LINES <= layout.lines
        assert layout.left_of(box) + layout.cells <= max(cells, layout.cells)
        for line in range(box.top, box.top + BOX_LINES):
            assert (box.column, line) not in taken
            taken.add((box.column, line))
        below = [each.path for each in rows if each.path[:-1] == path]
        assert list(box.drivers) in ([], below)
        assert box.hidden == len(below) - len(box.drivers)
        assert all(layout.boxes[each].column == box.column + 1 for each in box.drivers)
    assert lines >= layout.lines or not _closable(layout, selected)
    for pieces in map_lines(layout, UNICODE):
        assert line_width(pieces) <= max(cells, layout.cells)


def _closable(layout: MapLayout, selected: Path) -> bool:
    """Whether something is open that is not on the way to the selected metric."""
    return any(
        box.drivers and path not in {selected[:size] for size in range(len(selected))}
        for path, box in layout.boxes.items()
    )
