"""The metric over time, as large as there is room for."""

from collections.abc import Hashable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from metric_tui.planning.answer import Answer, Values
from metric_tui.planning.question import Question
from metric_tui.presentation.chart import ChartData
from metric_tui.presentation.dates import axis_text, days_of, period_text
from metric_tui.presentation.limit_lines import limits_line, usual_of
from metric_tui.presentation.marks import change_role, short_notes
from metric_tui.presentation.metric_card import metric_card
from metric_tui.presentation.metric_chart import compared_text, events_shown
from metric_tui.presentation.numbers import change_text, compact, full, number_style
from metric_tui.presentation.pieces import EMPTY, Line, Piece, fitted, joined, line, line_width
from metric_tui.presentation.safe import left, right, width
from metric_tui.tui.seen import Seen
from metric_tui.tui.views.base import View, title_line, waiting_line
from metric_tui.tui.views.overview import chart_lines
from metric_tui.tui.widgets.pane import Cells, Content
from metric_tui.workspace import Workspace

if TYPE_CHECKING:
    from metric_tui.analysis.status import Flag

WIDE_LEGEND = 60
"""Columns from which the legend says how sure the next period's band is."""


class Trend(View):
    """A long chart with the comparison dashed, the target, what happened, then the periods."""

    name = "trend"
    key = "p"
    description = "The metric over time, with its comparison, target and annotations"

    def subject(self, seen: Seen) -> Hashable | None:
        question = history_question(seen)
        return None if question is None else (question, seen.revision)

    def fetch(self, workspace: Workspace, seen: Seen) -> "Mapping[datetime, Flag]":
        # imported when first looked up: the analysis is a tenth of the start
        from metric_tui.analysis.unusual import unusual_periods

        question = history_question(seen)
        return unusual_periods(workspace.answer(question), seen.metric) if question else {}

    def show(self, seen: Seen, found: object | None, cells: Cells) -> Content:
        columns, rows = cells
        answer = seen.answer
        if answer is None:
            return Content(lines=(title_line(seen), waiting_line(seen, "computing")))
        unusual = places_shown(answer, found) if isinstance(found, Mapping) else {}
        card = metric_card(seen.tree, answer, seen.path, seen.glyphs)
        if card.chart is not None:
            card = replace(card, chart=_annotated(card.chart, seen, unusual))
        events = events_shown(seen.tree, answer, seen.metric)
        head = (
            title_line(seen),
            *card.head[:1],
            *_range_lines(seen, answer, columns),
        )
        room = max(rows - len(head) - min(len(events), 3) - 2, 0)
        chart = chart_lines(card, seen, columns, min(room, max(rows * 2 // 3, 8)))
        happened = tuple(line((f"{seen.glyphs.event} {text}", "accent")) for _, text in events)
        legend = (_legend(seen, card.chart, columns), *happened, EMPTY) if chart else ()
        lines = (*head, *chart, *legend, *period_lines(seen, unusual))
        return Content(lines=tuple(fitted(each, columns, seen.glyphs.ellipsis) for each in lines))


def _range_lines(seen: Seen, answer: Answer, columns: int) -> tuple[Line, ...]:
    """Which periods are shown, and the natural limits: beside them where there is room."""
    asked = line((compared_text(answer, seen.tree, seen.glyphs), "dim"))
    usual = usual_of(answer.metrics.get(seen.metric))
    if usual is None:
        return (asked,)
    limits = limits_line(usual, number_style(seen.tree.metrics[seen.metric]), seen.glyphs)
    whole = joined([asked, limits], Piece(f" {seen.glyphs.dot} ", "dim"))
    return (whole,) if line_width(whole) <= columns else (asked, limits)


def history_question(seen: Seen) -> Question | None:
    """The metric over the periods shown and enough before them to know what is usual."""
    if seen.answer is None:
        return None
    from metric_tui.analysis.unusual import HISTORY

    if seen.answer.frame.grain not in HISTORY:
        return None
    frame, calendar = seen.answer.frame, seen.tree.settings.calendar
    first, last = days_of(frame.periods[0], calendar)[0], days_of(frame.periods[-1], calendar)[1]
    start = calendar.first_day(first, frame.grain)
    return replace(
        seen.question,
        start=calendar.next_day(start, frame.grain, -HISTORY[frame.grain]),
        end=last,
        last=None,
        compare="none",
        by=(),
        metrics=(seen.metric,),
    )


def places_shown(answer: Answer, flags: "Mapping[datetime, Flag]") -> "dict[int, Flag]":
    """Flags by the index of the period shown."""
    starts = [period.span.start for period in answer.frame.periods]
    return {index: flags[start] for index, start in enumerate(starts) if start in flags}


def _annotated(chart: ChartData, seen: Seen, unusual: "Mapping[int, Flag]") -> ChartData:
    """The chart with what is unusual, and where the next period is heading."""
    ahead = _ahead(seen)
    labels = (*chart.labels, ahead[1]) if ahead else chart.labels
    signs = {index: flag.score > 0 for index, flag in unusual.items()}
    return replace(chart, unusual=signs, ahead=ahead[0] if ahead else None, labels=labels)


def _ahead(seen: Seen) -> tuple[tuple[float, float], str] | None:
    """Between which values the period after the last is expected to end, and its name.

    Known of targets that are meant for every such period; one for a whole year says nothing of
    the next week.
    """
    goal = seen.goals.get(seen.metric)
    if goal is None or seen.answer is None or goal.grain != seen.answer.frame.grain:
        return None
    calendar = seen.tree.settings.calendar
    last = days_of(seen.answer.frame.periods[-1], calendar)[1]
    low, high = goal.outlook.low, goal.outlook.high
    if low is None or high is None or goal.start != last + timedelta(days=1):
        return None
    return (low, high), axis_text(calendar.period(goal.start, goal.grain), goal.grain, calendar)


def _legend(seen: Seen, chart: ChartData | None, columns: int) -> Line:
    metric = seen.tree.metrics[seen.metric]
    number, glyphs = number_style(metric), seen.glyphs
    parts = [line(("now", "series"))]
    if seen.question.compare not in ("none", "previous"):
        parts.append(line(("compared", "compared")))
    if chart is not None and chart.target is not None:
        parts.append(line(("target", "target")))
    if chart is not None and chart.unusual:
        parts.append(line((f"{glyphs.up}{glyphs.down} unusual", "warn")))
    if chart is not None and chart.ahead is not None:
        low, high = (compact(value, number, glyphs) for value in chart.ahead)
        sure = " (80%)" if columns >= WIDE_LEGEND else ""
        parts.append(line((f"next {low}{glyphs.between}{high}", "mark"), (sure, "dim")))
    if len(parts) == 1:
        return EMPTY
    return joined(parts, Piece(f" {seen.glyphs.dot} ", "dim"))


def period_lines(seen: Seen, unusual: "Mapping[int, Flag] | None" = None) -> tuple[Line, ...]:
    """One line per period, latest first: its name, value, change, notes, and what is unusual."""
    found = seen.answer.metrics.get(seen.metric) if seen.answer else None
    if seen.answer is None or found is None:
        return ()
    calendar, frame = seen.tree.settings.calendar, seen.answer.frame
    style = number_style(seen.tree.metrics[seen.metric])
    names = [period_text(each, frame.grain, calendar, seen.glyphs) for each in frame.periods]
    values = [full(value, style, seen.glyphs) for value in found.total.values]
    sizes = (max(map(width, names)), max(map(width, values)))
    return tuple(
        (
            *_period_line(seen, found.total, index, (names[index], values[index]), sizes),
            *_flag_piece((unusual or {}).get(index), seen),
        )
        for index in reversed(range(len(names)))
    )


def _flag_piece(flag: "Flag | None", seen: Seen) -> Line:
    if flag is None:
        return ()
    sign = seen.glyphs.up if flag.score > 0 else seen.glyphs.down
    word = "new level" if flag.is_level_shift else "unusual"
    return line((f"  {sign} {word}", "warn"))


def _period_line(
    seen: Seen, total: Values, index: int, texts: tuple[str, str], sizes: tuple[int, int]
) -> Line:
    metric = seen.tree.metrics[seen.metric]
    style = number_style(metric)
    pair = (total.values[index], total.compared[index])
    change = change_text(*pair, style, seen.glyphs)
    notes = short_notes(total.notes[index]) if total.notes else ""
    return line(
        (left(texts[0], sizes[0]), "dim"),
        ("  " + right(texts[1], sizes[1]), "value"),
        (
            "  " + left(change, 9) if change else "",
            change_role(metric.direction, *pair, style, seen.glyphs),
        ),
        (f"  {seen.glyphs.partial} {notes}" if notes else "", "warn"),
    )
