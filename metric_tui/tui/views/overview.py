"""The metric at a glance: value, change, chart, drivers, one dimension."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from metric_tui.presentation.chart import SMALLEST, draw_chart
from metric_tui.presentation.dates import axis_text, days_of
from metric_tui.presentation.metric_card import MetricCard, fact_lines, metric_card
from metric_tui.presentation.numbers import compact
from metric_tui.presentation.pieces import EMPTY, Line, fitted
from metric_tui.presentation.segment_rows import SegmentTable
from metric_tui.tui.seen import Seen
from metric_tui.tui.views.base import title_line
from metric_tui.tui.views.segments import Sliced
from metric_tui.tui.widgets.pane import Cells, Content

if TYPE_CHECKING:
    from metric_tui.analysis.status import Flag

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
            flags=seen.unusual.get(seen.metric, {}),
        )
        card = marked_card(card, seen, seen.unusual.get(seen.metric, {}))
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


def marked_card(card: MetricCard, seen: Seen, unusual: "Mapping[int, Flag]") -> MetricCard:
    """The card with a sign at what is unusual in its chart, and where the next period is heading."""
    if card.chart is None:
        return card
    ahead = _ahead(seen)
    chart = replace(
        card.chart,
        unusual={index: flag.score > 0 for index, flag in unusual.items()},
        ahead=ahead[0] if ahead else None,
        labels=(*card.chart.labels, ahead[1]) if ahead else card.chart.labels,
    )
    return replace(card, chart=chart)


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
