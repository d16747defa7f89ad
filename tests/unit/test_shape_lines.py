"""Funnel steps, retention triangles and lifecycle stacks as text, from numbers made by hand."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from metric_tui.analysis.shapes import Cohort, FunnelShape, Stack, StepCount, Triangle
from metric_tui.base.periods import Period, Span
from metric_tui.base.series import Value
from metric_tui.presentation.glyphs import ASCII, UNICODE
from metric_tui.presentation.pieces import Line, line_width, plain
from metric_tui.presentation.shape_lines import (
    active_at,
    funnel_lines,
    quick_ratio,
    stack_lines,
    triangle_lines,
)
from metric_tui.presentation.stack_chart import draw_stack

START = datetime(2026, 6, 1, tzinfo=UTC)


def week(index: int) -> Period:
    begin = START + timedelta(weeks=index)
    return Period(Span(begin, begin + timedelta(weeks=1)), f"w{index}")


def name(period: Period) -> str:
    return period.label


def funnel() -> FunnelShape:
    steps = (("Searched", 200.0), ("Viewed [b]", 100.0), ("Booked", 25.0))
    return FunnelShape(
        period=week(0),
        steps=tuple(
            StepCount(
                label=label,
                count=count,
                rate_of_first=count / 200,
                rate_of_previous=count / (steps[max(place - 1, 0)][1]),
            )
            for place, (label, count) in enumerate(steps)
        ),
        is_immature=True,
    )


def triangle(columns: int = 3) -> Triangle:
    def cohort(index: int, size: float, rates: tuple[Value, ...]) -> Cohort:
        counts = tuple(None if rate is None else rate * size for rate in rates)
        return Cohort(
            period=week(index),
            size=size,
            counts=counts,
            rates=rates,
            is_immature=tuple(place == 2 - index for place in range(len(rates))),
        )

    rows = ((1.0, 0.5, 0.25), (1.0, 0.4, None), (0.9, None, None))
    padded = [row + (None,) * (columns - 3) for row in rows]
    return Triangle(
        unit="week",
        columns=tuple(str(place) for place in range(columns)),
        cohorts=tuple(cohort(i, 100.0 * (i + 1), rates) for i, rates in enumerate(padded)),
        overall=(1.0, 0.5, *(None,) * (columns - 2)),
    )


def stack(count: int = 3) -> Stack:
    return Stack(
        periods=tuple(week(index) for index in range(count)),
        states={
            "new": (20.0,) * count,
            "retained": (60.0,) * count,
            "resurrected": (20.0,) * count,
            "churned": (*(40.0,) * (count - 1), None),
        },
        notes=(*(frozenset(),) * (count - 1), frozenset({"partial"})),
    )


def texts(lines: Sequence[Line]) -> list[str]:
    return [plain(each) for each in lines]


def test_a_funnel_shows_count_rates_drop_and_a_bar_as_long_as_its_rate() -> None:
    shown = texts(funnel_lines(funnel(), name, 90, UNICODE))
    assert "immature" in shown[0]
    assert shown[3].split()[:3] == ["Searched", "200", "100.0%"]
    assert shown[4].split()[2:6] == ["100", "50.0%", "50.0%", "−100"]
    assert shown[5].split()[1:5] == ["25", "12.5%", "25.0%", "−75"]
    bars = [row.count("█") for row in shown[3:6]]
    assert abs(bars[1] * 2 - bars[0]) <= 1
    assert abs(bars[2] * 8 - bars[0]) <= 4


def test_where_a_funnel_is_narrow_its_bars_stand_below() -> None:
    lines = funnel_lines(funnel(), name, 46, ASCII)
    shown = texts(lines)
    assert shown[4].strip() == "#" * 40
    assert shown[6].strip() == "#" * 20
    assert all(line_width(each) <= 46 for each in lines)
    assert all(text.isascii() for text in shown)


def test_a_triangle_marks_what_is_not_over_and_leaves_out_what_has_not_begun() -> None:
    shown = texts(triangle_lines(triangle(), name, 80, UNICODE))
    assert shown[1].split() == ["size", "0", "1", "2"]
    assert shown[2].split() == ["w0", "100", "100%", "50%", "25%◌"]
    assert shown[3].split() == ["w1", "200", "100%", "40%◌"]
    assert shown[4].split() == ["w2", "300", "90%◌"]
    assert shown[5].split() == ["weighted", "100%", "50%"]
    assert any("not over for every member" in text for text in shown)


def test_a_triangle_shows_as_many_units_as_fit_and_says_so() -> None:
    narrow = triangle_lines(triangle(), name, 28, ASCII)
    shown = texts(narrow)
    assert shown[1].split() == ["size", "0", "1"]
    assert "up to week 1; 1 more" in shown[-1]
    wide = texts(triangle_lines(triangle(12), name, 80, ASCII))
    assert wide[1].split() == ["size", "0", "1", "2"]
    assert not any("more on a wider" in text for text in wide)


def test_a_stack_is_as_high_as_who_is_active_and_as_deep_as_who_left() -> None:
    lines = draw_stack(stack(), ["w0", "w1", "w2"], (40, 16), ASCII)
    rows = texts(lines)
    axis = next(place for place, row in enumerate(rows) if row.strip().startswith("0 +"))
    first = [row[12] for row in rows[:-1] if len(row) > 12]
    assert first.count("#") == 6
    assert first.count("o") == 2
    assert first.count("*") == 2
    assert first.count("x") == 4
    assert axis == 10
    assert rows[0].startswith("100")
    assert rows[-2].startswith("-40")


def test_states_are_told_apart_without_colour() -> None:
    for glyphs in (UNICODE, ASCII):
        text = "\n".join(texts(stack_lines(stack(), name, name, (80, 30), glyphs)))
        for state in ("new", "retained", "resurrected", "churned", "quick ratio"):
            assert state in text
    assert "x" in text


def test_numbers_of_a_stack_stand_beside_it_latest_first() -> None:
    shown = texts(stack_lines(stack(), name, name, (90, 30), UNICODE))
    at = next(place for place, text in enumerate(shown) if "quick ratio" in text)
    assert shown[at + 1].split() == ["w2", "100", "20", "20", "60", "–", "–", "◌"]
    assert shown[at + 2].split() == ["w1", "100", "20", "20", "60", "40", "1.00"]


def test_the_quick_ratio_is_unknown_where_nobody_left() -> None:
    assert quick_ratio(stack(), 0) == 1.0
    assert quick_ratio(stack(), 2) is None
    assert active_at(stack(), 0) == 100.0


def test_a_stack_of_many_periods_shows_the_latest_that_fit() -> None:
    for columns in (20, 33, 46, 80, 120):
        lines = draw_stack(stack(60), [f"w{i}" for i in range(60)], (columns, 12), UNICODE)
        assert all(line_width(each) <= columns for each in lines)
        assert "w59" in plain(lines[-1])


def test_nothing_is_drawn_where_nobody_was_active() -> None:
    nobody = Stack(
        periods=(week(0),),
        states={"new": (0.0,), "retained": (0.0,), "resurrected": (0.0,), "churned": (0.0,)},
        notes=(frozenset(),),
    )
    assert draw_stack(nobody, ["w0"], (40, 12), UNICODE) == ()
    assert texts(stack_lines(nobody, name, name, (40, 20), UNICODE))
