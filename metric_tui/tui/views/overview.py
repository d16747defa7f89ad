"""The metric at a glance: value, change, chart, drivers, one dimension."""

from functools import partial

from metric_tui.presentation.chart import SMALLEST, draw_chart
from metric_tui.presentation.metric_card import MetricCard, fact_lines, metric_card
from metric_tui.presentation.numbers import compact
from metric_tui.presentation.pieces import EMPTY, Line, fitted
from metric_tui.presentation.segment_rows import SegmentTable
from metric_tui.tui.seen import Seen
from metric_tui.tui.views.base import title_line
from metric_tui.tui.views.segments import Sliced
from metric_tui.tui.widgets.pane import Cells, Content

TALLEST_CHART = 11


class Overview(Sliced):
    """What the card opens with."""

    name = "overview"
    key = "i"
    description = "The selected metric at a glance"

    def show(self, seen: Seen, found: object | None, cells: Cells) -> Content:
        card = metric_card(
            seen.tree,
            seen.answer,
            seen.path,
            seen.glyphs,
            views=seen.choices.views,
            contributions=seen.contributions,
            segments=found if isinstance(found, SegmentTable) else None,
            goal=seen.goals.get(seen.metric),
        )
        columns, rows = cells
        facts = fact_lines(card.facts, columns, seen.glyphs)
        head = (title_line(seen), *card.head)
        chart = chart_lines(card, seen, columns, _chart_rows(rows, len(head), len(facts)))
        body = (*chart, EMPTY) if chart else ()
        lines = (*head, *body, *facts)
        # a constant number of lines lets the pane redraw only those that differ
        lines += (EMPTY,) * max(rows - len(lines), 0)
        shown = lines[:rows] if rows < 12 else lines
        return Content(lines=tuple(fitted(each, columns, seen.glyphs.ellipsis) for each in shown))


def _chart_rows(rows: int, head: int, facts: int) -> int:
    room = rows - head - min(facts, 8) - 1
    return min(room, TALLEST_CHART) if room >= SMALLEST[1] + 1 else 0


def chart_lines(card: MetricCard, seen: Seen, columns: int, rows: int) -> tuple[Line, ...]:
    """The card's chart in so many columns and rows; none where there is no room or no series."""
    if card.chart is None or rows < SMALLEST[1]:
        return ()
    number = partial(compact, style=card.style, glyphs=seen.glyphs)
    return draw_chart(card.chart, (columns, rows), seen.glyphs, number)
