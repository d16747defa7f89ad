"""Periods that are not as expected, and how a chart shows them and what is ahead."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from metric_tui.analysis.unusual import unusual_periods
from metric_tui.base.periods import Calendar
from metric_tui.base.series import Note, Value
from metric_tui.planning.answer import Answer, MetricAnswer, Values
from metric_tui.planning.frame import frame_of
from metric_tui.planning.question import Question
from metric_tui.presentation.chart import ChartData, draw_chart
from metric_tui.presentation.glyphs import ASCII, UNICODE
from metric_tui.presentation.pieces import Piece, line_width, overlaid, plain

CALENDAR = Calendar("UTC", "monday")


def answer(values: list[Value], notes: dict[int, Note] | None = None) -> Answer:
    question = Question(grain="day", last=len(values))
    frame = frame_of(question, datetime(2026, 7, 1, tzinfo=UTC), CALENDAR, first=None)
    marks = tuple(
        frozenset({notes[i]}) if notes and i in notes else frozenset() for i in range(len(values))
    )
    total = Values(values=tuple(values), compared=(None,) * len(values), notes=marks)
    found = {"m": MetricAnswer(metric="m", total=total)}
    return Answer(question=question, revision=1, frame=frame, calendar=CALENDAR, metrics=found)


def days(count: int) -> list[Value]:
    """A steady week with a little noise that repeats in no week."""
    return [100.0 + 10 * (day % 7) + (day * 37 % 11) for day in range(count)]


def test_a_day_far_off_is_flagged_by_the_instant_it_begins() -> None:
    values = days(80)
    values[70] = 20.0
    asked = answer(values)
    found = unusual_periods(asked, "m")
    assert list(found) == [asked.frame.periods[70].span.start]
    assert found[asked.frame.periods[70].span.start].score < 0


def test_what_is_not_whole_is_not_judged() -> None:
    values = days(80)
    values[79] = 5.0
    assert unusual_periods(answer(values), "m")
    assert not unusual_periods(answer(values, {79: "partial"}), "m")
    empty: list[Value] = [None] * 20
    assert not unusual_periods(answer(empty + days(60)), "m")
    assert not unusual_periods(answer([None, None]), "m")
    assert not unusual_periods(answer(days(80)), "other")


def number(value: float) -> str:
    return f"{value:.0f}"


DATA = ChartData(values=(1.0, 2.0, 9.0, 2.0), labels=("a", "b", "c", "d"))


@pytest.mark.parametrize("glyphs", [UNICODE, ASCII])
def test_a_sign_stands_above_what_is_above_and_below_what_is_below(glyphs: object) -> None:
    assert glyphs in (UNICODE, ASCII)
    look = UNICODE if glyphs is UNICODE else ASCII
    high = draw_chart(replace(DATA, unusual={2: True}), (40, 10), look, number)
    low = draw_chart(replace(DATA, unusual={0: False}), (40, 10), look, number)
    tops = [row for row, text in enumerate(map(plain, high)) if look.up in text]
    bottoms = [row for row, text in enumerate(map(plain, low[:-1])) if look.down in text]
    assert len(tops) == len(bottoms) == 1
    assert tops[0] < bottoms[0]
    assert any(piece == Piece(look.up, "warn") for piece in high[tops[0]])


def test_what_is_ahead_widens_scale_and_axis() -> None:
    data = replace(DATA, ahead=(1.0, 30.0), labels=("a", "b", "c", "d", "e"))
    shown = draw_chart(data, (40, 10), UNICODE, number)
    assert all(line_width(each) == 40 for each in shown)
    assert "e" in plain(shown[-1])
    assert any(piece.role == "mark" for each in shown for piece in each)
    assert any("30" in plain(each) or "20" in plain(each) for each in shown)


def test_a_cell_of_a_line_is_replaced_and_the_rest_stays() -> None:
    pieces = (Piece("abc", "dim"), Piece("def", "series"))
    found = overlaid(pieces, 4, Piece("X", "warn"))
    assert plain(found) == "abcdXf"
    assert [piece.role for piece in found] == ["dim", "series", "warn", "series"]
    assert overlaid(pieces, 9, Piece("X", "warn")) == pieces
