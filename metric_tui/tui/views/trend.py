"""The metric over time, as large as there is room for."""

from collections.abc import Hashable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from metric_tui.planning.answer import Answer, Values
from metric_tui.presentation.annotations import annotation_text, annotations_of, annotations_shown
from metric_tui.presentation.chart import ChartData
from metric_tui.presentation.dates import period_text
from metric_tui.presentation.limit_lines import limits_line, usual_of
from metric_tui.presentation.marks import change_mark, flag_mark, short_notes
from metric_tui.presentation.metric_card import metric_card
from metric_tui.presentation.metric_chart import compared_text
from metric_tui.presentation.numbers import compact, full, number_style
from metric_tui.presentation.pieces import EMPTY, Line, Piece, fitted, joined, line, line_width
from metric_tui.presentation.safe import left, right, width
from metric_tui.tui.seen import Seen
from metric_tui.tui.views.base import View, title_line, waiting_line
from metric_tui.tui.views.overview import chart_lines, marked_card
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
        if seen.answer is None:
            return None
        return (replace(seen.answer.question, metrics=(seen.metric,)), seen.revision)

    def fetch(self, workspace: Workspace, seen: Seen) -> "Mapping[int, Flag]":
        assert seen.answer is not None
        return workspace.unusual(seen.answer, (seen.metric,)).get(seen.metric, {})

    def show(self, seen: Seen, found: object | None, cells: Cells) -> Content:
        columns, rows = cells
        answer = seen.answer
        if answer is None:
            return Content(lines=(title_line(seen), waiting_line(seen, "computing")))
        unusual = found if isinstance(found, Mapping) else seen.unusual.get(seen.metric, {})
        card = marked_card(metric_card(seen.tree, answer, seen.path, seen.glyphs), seen, unusual)
        events = annotations_of(seen.metric, annotations_shown(seen.tree, answer))
        head = (
            title_line(seen),
            *card.head[:1],
            *_range_lines(seen, answer, columns),
        )
        room = max(rows - len(head) - min(len(events), 3) - 2, 0)
        chart = chart_lines(card, seen, columns, min(room, max(rows * 2 // 3, 8)))
        happened = tuple(
            line((f"{seen.glyphs.event} {annotation_text(each)}", "accent")) for _, each in events
        )
        legend = (_legend(seen, card.chart, columns), *happened, EMPTY) if chart else ()
        lines = (*head, *chart, *legend, *period_lines(seen, unusual))
        return Content(lines=tuple(fitted(each, columns, seen.glyphs.ellipsis) for each in lines))


def _range_lines(seen: Seen, answer: Answer, columns: int) -> tuple[Line, ...]:
    """Which periods are shown, and the natural limits: beside them where there is room."""
    asked = line((compared_text(answer, seen.tree, seen.glyphs), "dim"))
    usual = usual_of(answer, seen.metric)
    if usual is None:
        return (asked,)
    limits = limits_line(usual, number_style(seen.tree.metrics[seen.metric]), seen.glyphs)
    whole = joined([asked, limits], Piece(f" {seen.glyphs.dot} ", "dim"))
    return (whole,) if line_width(whole) <= columns else (asked, limits)


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
    sign, word = flag_mark(flag, seen.glyphs)
    return line((f"  {sign} {word}", "warn"))


def _period_line(
    seen: Seen, total: Values, index: int, texts: tuple[str, str], sizes: tuple[int, int]
) -> Line:
    metric = seen.tree.metrics[seen.metric]
    change, role = change_mark(metric, total, seen.glyphs, index)
    notes = short_notes(total.notes[index]) if total.notes else ""
    return line(
        (left(texts[0], sizes[0]), "dim"),
        ("  " + right(texts[1], sizes[1]), "value"),
        ("  " + left(change, 9) if change else "", role),
        (f"  {seen.glyphs.partial} {notes}" if notes else "", "warn"),
    )
