"""The metric over time, as large as there is room for."""

from metric_tui.planning.answer import Values
from metric_tui.presentation.dates import period_text
from metric_tui.presentation.marks import change_role, short_notes
from metric_tui.presentation.metric_card import metric_card
from metric_tui.presentation.metric_chart import compared_text, events_shown
from metric_tui.presentation.numbers import change_text, full, number_style
from metric_tui.presentation.pieces import EMPTY, Line, Piece, fitted, joined, line
from metric_tui.presentation.safe import left, right, width
from metric_tui.tui.seen import Seen
from metric_tui.tui.views.base import View, title_line, waiting_line
from metric_tui.tui.views.overview import chart_lines
from metric_tui.tui.widgets.pane import Cells, Content


class Trend(View):
    """A long chart with the comparison dashed, the target, what happened, then the periods."""

    name = "trend"
    key = "p"
    description = "The metric over time, with its comparison, target and annotations"

    def show(self, seen: Seen, found: object | None, cells: Cells) -> Content:
        columns, rows = cells
        answer = seen.answer
        if answer is None:
            return Content(lines=(title_line(seen), waiting_line(seen, "computing")))
        card = metric_card(seen.tree, answer, seen.path, seen.glyphs)
        events = events_shown(seen.tree, answer, seen.metric)
        head = (
            title_line(seen),
            *card.head[:1],
            line((compared_text(answer, seen.tree, seen.glyphs), "dim")),
        )
        room = max(rows - len(head) - min(len(events), 3) - 2, 0)
        chart = chart_lines(card, seen, columns, min(room, max(rows * 2 // 3, 8)))
        happened = tuple(line((f"{seen.glyphs.event} {text}", "accent")) for _, text in events)
        legend = (_legend(seen), *happened, EMPTY) if chart else ()
        lines = (*head, *chart, *legend, *period_lines(seen))
        return Content(lines=tuple(fitted(each, columns, seen.glyphs.ellipsis) for each in lines))


def _legend(seen: Seen) -> Line:
    metric = seen.tree.metrics[seen.metric]
    parts = [line(("now", "series"))]
    if seen.question.compare not in ("none", "previous"):
        parts.append(line(("compared", "compared")))
    if metric.target is not None:
        parts.append(line(("target", "target")))
    if len(parts) == 1:
        return EMPTY
    return joined(parts, Piece(f" {seen.glyphs.dot} ", "dim"))


def period_lines(seen: Seen) -> tuple[Line, ...]:
    """One line per period, latest first: its name, value, change, notes."""
    found = seen.answer.metrics.get(seen.metric) if seen.answer else None
    if seen.answer is None or found is None:
        return ()
    calendar, frame = seen.tree.settings.calendar, seen.answer.frame
    style = number_style(seen.tree.metrics[seen.metric])
    names = [period_text(each, frame.grain, calendar, seen.glyphs) for each in frame.periods]
    values = [full(value, style, seen.glyphs) for value in found.total.values]
    sizes = (max(map(width, names)), max(map(width, values)))
    return tuple(
        _period_line(seen, found.total, index, (names[index], values[index]), sizes)
        for index in reversed(range(len(names)))
    )


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
