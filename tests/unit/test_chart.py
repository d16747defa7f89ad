"""Charts and sparklines in characters."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metric_tui.presentation.chart import ChartData, date_labels, draw_chart
from metric_tui.presentation.glyphs import ASCII, BLOCKS, UNICODE, Glyphs
from metric_tui.presentation.numbers import COUNT, compact
from metric_tui.presentation.pieces import line_width, plain
from metric_tui.presentation.sparkline import marked_sparkline, sparkline

VALUES = st.lists(
    st.none() | st.floats(min_value=-1e9, max_value=1e9, allow_nan=False), min_size=1, max_size=40
)


def number(value: float) -> str:
    return compact(value, COUNT, UNICODE)


def chart(values: list[float | None], glyphs: Glyphs, size: tuple[int, int] = (40, 8)) -> list[str]:
    data = ChartData(
        values=tuple(values), labels=tuple(f"{index} Jun" for index in range(len(values)))
    )
    return [plain(each) for each in draw_chart(data, size, glyphs, number)]


def test_a_rising_line_ends_higher_than_it_began() -> None:
    rows = chart([0.0, 10.0], ASCII)
    ink = [
        (index, place)
        for index, row in enumerate(rows[:-1])
        for place, mark in enumerate(row)
        if mark in "'.:" and place > 4
    ]
    first = min(ink, key=lambda entry: entry[1])
    last = max(ink, key=lambda entry: entry[1])
    assert first[0] > last[0]


def test_the_axis_has_round_values_and_the_last_date() -> None:
    rows = chart([0.0, 50_000.0, 100_000.0], UNICODE)
    assert any("50k ┤" in row for row in rows)
    assert "2 Jun" in rows[-1]


def test_nothing_known_draws_nothing() -> None:
    assert chart([None, None], UNICODE) == []
    assert chart([1.0, 2.0], UNICODE, (8, 3)) == []


def test_a_flat_series_stands_in_the_middle() -> None:
    rows = chart([5.0, 5.0, 5.0], ASCII)
    inked = [
        index for index, row in enumerate(rows[:-1]) if "'" in row or ":" in row or "." in row[6:]
    ]
    assert 2 <= inked[0] <= 5


@given(VALUES, st.integers(16, 90), st.integers(4, 20), st.sampled_from([UNICODE, BLOCKS, ASCII]))
def test_a_chart_fills_its_size_and_no_more(
    values: list[float | None], columns: int, rows: int, glyphs: Glyphs
) -> None:
    data = ChartData(
        values=tuple(values),
        compared=tuple(reversed(values)),
        labels=tuple(str(index) for index in range(len(values))),
        target=5.0,
        events=(0, len(values) - 1),
        partial_from=len(values) - 1,
    )
    lines = draw_chart(data, (columns, rows), glyphs, number)
    assert len(lines) == rows
    assert all(line_width(each) <= columns for each in lines)


@given(st.lists(st.text("abc 12", min_size=1, max_size=9), max_size=60), st.integers(4, 120))
def test_labels_never_overlap(labels: list[str], columns: int) -> None:
    placed = date_labels(labels, columns)
    assert all(start >= 0 and start + len(text) <= columns for start, text in placed)
    assert all(start + len(text) <= later for (start, text), (later, _) in pairwise(placed))


def test_a_sparkline_shows_gaps_and_extremes() -> None:
    assert sparkline([1.0, None, 8.0], 3, UNICODE) == "▁ █"
    assert sparkline([1.0, 2.0], 4, UNICODE) == "  ▁█"
    assert sparkline([3.0, 3.0], 2, UNICODE) == "▄▄"
    assert sparkline([], 3, UNICODE) == "   "
    assert sparkline([1.0, 9.0, 5.0], 2, UNICODE) == "█▁"


@pytest.mark.parametrize(
    ("cells", "unusual", "text"),
    [
        (4, {}, "▁▄ █"),
        (4, {0: False, 3: True}, "▼▄ ▲"),
        (6, {3: True}, "  ▁▄ ▲"),
        (2, {0: False, 1: True, 3: True}, " ▲"),
        # where nothing was measured there is nothing to mark
        (4, {2: True}, "▁▄ █"),
    ],
)
def test_what_is_unusual_has_a_sign_in_place_of_its_block(
    cells: int, unusual: dict[int, bool], text: str
) -> None:
    found = marked_sparkline([1.0, 4.0, None, 8.0], cells, UNICODE, unusual)
    assert "".join(piece.text for piece in found) == text
    assert [piece.text for piece in found if piece.role == "warn"] == [
        sign for sign in text if sign in "▲▼"
    ]


@pytest.mark.parametrize(
    ("cells", "happened", "text"),
    [
        (4, {0, 3}, "◆▄ ▲"),
        (6, {1}, "  ▁◆ ▲"),
        # it also happened where nothing was measured
        (4, {2}, "▁▄◆▲"),
        (2, {0}, " ▲"),
    ],
)
def test_what_happened_is_marked_where_the_value_is_as_expected(
    cells: int, happened: set[int], text: str
) -> None:
    found = marked_sparkline([1.0, 4.0, None, 8.0], cells, UNICODE, {3: True}, happened)
    assert "".join(piece.text for piece in found) == text
    assert [piece.text for piece in found if piece.role == "accent"] == ["◆"] * text.count("◆")


def test_no_sign_is_a_block_of_the_same_look() -> None:
    for look in (UNICODE, BLOCKS, ASCII):
        assert not set(look.bars) & {look.high, look.low, look.event}
        assert look.event not in {look.high, look.low}
