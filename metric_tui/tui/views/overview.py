"""The metric at a glance: value, change, chart, drivers, one dimension."""

from collections.abc import Hashable
from functools import partial

from metric_tui.presentation.chart import SMALLEST, draw_chart
from metric_tui.presentation.metric_card import MetricCard, fact_lines, metric_card
from metric_tui.presentation.numbers import compact
from metric_tui.presentation.pieces import EMPTY, Line, fitted
from metric_tui.presentation.segment_rows import SegmentTable, segment_table
from metric_tui.tui.seen import Seen
from metric_tui.tui.views.base import View, title_line
from metric_tui.tui.widgets.pane import Cells, Content
from metric_tui.workspace import Workspace

TALLEST_CHART = 11


class Overview(View):
    """What the card opens with."""

    name = "overview"
    key = "i"
    description = "The selected metric at a glance"

    def subject(self, seen: Seen) -> Hashable | None:
        if seen.answer is None or seen.dimension is None:
            return None
        return (seen.metric, seen.question, seen.dimension, seen.revision)

    def fetch(self, workspace: Workspace, seen: Seen) -> SegmentTable | None:
        question = seen.question.sliced_by(str(seen.dimension)).about(seen.metric)
        return segment_table(seen.tree, workspace.answer(question), seen.metric, seen.glyphs)

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
