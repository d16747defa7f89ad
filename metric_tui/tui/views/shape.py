"""The table behind a value that is not one line: funnel steps, a retention triangle, a lifecycle."""

from collections.abc import Hashable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from metric_tui.definitions.kinds.funnel import Funnel
from metric_tui.definitions.kinds.lifecycle import Lifecycle
from metric_tui.definitions.kinds.retention import Retention
from metric_tui.definitions.kinds.simple import Simple
from metric_tui.definitions.metric import Metric
from metric_tui.definitions.tree import MetricTree
from metric_tui.presentation.dates import axis_text, period_text
from metric_tui.presentation.pieces import EMPTY, Line, fitted, line, wrapped
from metric_tui.presentation.safe import safe
from metric_tui.tui.seen import Seen
from metric_tui.tui.views.base import Fault, View, fault_lines, title_line, waiting_line
from metric_tui.tui.widgets.pane import Cells, Content
from metric_tui.workspace import Workspace

if TYPE_CHECKING:
    from metric_tui.analysis.shapes import Shape


class ShapeView(View):
    """The steps, cohorts or states that the metric's value is made of."""

    name = "shape"
    key = "H"
    description = "The funnel's steps, the retention triangle, or who came, stayed and left"

    def subject(self, seen: Seen) -> Hashable | None:
        if not has_shape(seen.tree.metrics[seen.metric]):
            return None
        # what it is compared with is no part of it, so another comparison needs no other look
        question = replace(seen.question, by=(), metrics=(), compare="none")
        return (seen.metric, question, seen.revision)

    def fetch(self, workspace: Workspace, seen: Seen) -> "Shape":
        return workspace.shape(seen.metric, replace(seen.question, compare="none"))

    def show(self, seen: Seen, found: object | None, cells: Cells) -> Content:
        head = (title_line(seen),)
        if isinstance(found, Fault):
            return Content(lines=(*head, *fault_lines(found)))
        if not has_shape(seen.tree.metrics[seen.metric]):
            return Content(lines=(*head, *_without_shape(seen.tree, cells[0])))
        if found is None:
            return Content(lines=(*head, waiting_line(seen, "counting")))
        lines = (*head, *_shape_lines(found, seen, cells))
        return Content(lines=tuple(fitted(each, cells[0], seen.glyphs.ellipsis) for each in lines))


def has_shape(metric: Metric) -> bool:
    """Whether there is more to a metric than one number a period."""
    if isinstance(metric, Funnel | Retention | Lifecycle):
        return True
    return (
        isinstance(metric, Simple)
        and metric.agg == "count_distinct"
        and metric.non_additive_dimension is None
    )


def _shape_lines(found: object, seen: Seen, cells: Cells) -> list[Line]:
    # imported when first shown: the analysis is a tenth of the start
    from metric_tui.analysis.shapes import FunnelShape, Stack, Triangle
    from metric_tui.presentation.shape_lines import funnel_lines, stack_lines, triangle_lines

    calendar, grain = seen.tree.settings.calendar, seen.question.grain
    name = partial(period_text, grain=grain, calendar=calendar, glyphs=seen.glyphs)
    short = partial(axis_text, grain=grain, calendar=calendar)
    columns, rows = cells
    if isinstance(found, FunnelShape):
        return funnel_lines(found, name, columns, seen.glyphs)
    if isinstance(found, Triangle):
        return triangle_lines(found, short if columns < 60 else name, columns, seen.glyphs)
    if isinstance(found, Stack):
        return stack_lines(found, name, short, (columns, rows - 1), seen.glyphs)
    return []


def _without_shape(tree: MetricTree, columns: int) -> tuple[Line, ...]:
    shown = [m for m in tree.metrics.values() if has_shape(m) and not m.hidden]
    names = ", ".join(safe(metric.title) for metric in shown)
    text = (
        f"This metric is one number a period; more is known of {names}."
        if shown
        else "This metric is one number a period, and so are all others of the tree."
    )
    return (EMPTY, *(line((row, "dim")) for row in wrapped(text, columns)))
