"""The metric by the values of a dimension; Enter filters the whole tree by one."""

from collections.abc import Hashable

from metric_tui.presentation.metric_card import value_line
from metric_tui.presentation.numbers import number_style
from metric_tui.presentation.pieces import EMPTY, Line, Piece, fitted, joined, line
from metric_tui.presentation.segment_rows import (
    SegmentTable,
    dimension_label,
    filter_values,
    segment_lines,
    segment_table,
    with_effects,
)
from metric_tui.tui.seen import Seen
from metric_tui.tui.views.base import Fault, FilterBy, View, fault_lines, title_line, waiting_line
from metric_tui.tui.widgets.pane import Cells, Content
from metric_tui.workspace import Workspace


class Sliced(View):
    """A view that needs the metric by its chosen dimension; two of them look it up but once."""

    def subject(self, seen: Seen) -> Hashable | None:
        if seen.answer is None or seen.dimension is None:
            return None
        return (seen.metric, seen.question, seen.dimension, seen.revision)

    def fetch(self, workspace: Workspace, seen: Seen) -> SegmentTable | None:
        question = seen.question.sliced_by(str(seen.dimension)).about(seen.metric)
        return segment_table(seen.tree, workspace.answer(question), seen.metric, seen.glyphs)


class Segments(Sliced):
    """Value, change, part of the change, share, effects and sparkline of each value."""

    name = "segments"
    key = ""
    description = "The metric by the values of a dimension"

    def fetch(self, workspace: Workspace, seen: Seen) -> SegmentTable | None:
        table = super().fetch(workspace, seen)
        if table is None or table.refusal is not None or seen.question.compare == "none":
            return table
        split = workspace.effects(seen.metric, str(seen.dimension), seen.question)
        if split is None or split.table is None:
            return table
        style = number_style(seen.tree.metrics[seen.metric])
        return with_effects(table, split.table.rows, style, seen.glyphs)

    def show(self, seen: Seen, found: object | None, cells: Cells) -> Content:
        columns, _ = cells
        head = [title_line(seen), *_total_line(seen), dimensions_line(seen)]
        body, choices = _body(seen, found, columns)
        lines = [*head, *body]
        return Content(
            lines=tuple(fitted(each, columns, seen.glyphs.ellipsis) for each in lines),
            choices={len(head) + index: choice for index, choice in choices.items()},
        )


def _body(
    seen: Seen, found: object | None, columns: int
) -> tuple[tuple[Line, ...], dict[int, FilterBy]]:
    """The names of the columns, or a blank line before words; then the rows and what they pick."""
    if seen.dimension is None:
        return (EMPTY, line(("no dimension of its sources splits this metric", "dim"))), {}
    if isinstance(found, Fault):
        return (EMPTY, *fault_lines(found)), {}
    if not isinstance(found, SegmentTable):
        return (EMPTY, waiting_line(seen, "computing")), {}
    if found.refusal:
        return (EMPTY, line((found.refusal, "warn"))), {}
    if not found.rows:
        return (EMPTY, line(("no values in these periods", "dim"))), {}
    choices = {
        index: FilterBy(filter_values(row.group, found.dimensions))
        for index, row in enumerate(found.rows, start=1)
    }
    note = () if found.adds_up else (EMPTY, line(("values do not add up to the total", "dim")))
    return (*segment_lines(found, columns, seen.glyphs, with_head=True), *note), choices


def _total_line(seen: Seen) -> tuple[Line, ...]:
    found = seen.answer.metrics.get(seen.metric) if seen.answer else None
    if found is None or found.error is not None:
        return ()
    metric = seen.tree.metrics[seen.metric]
    return (value_line(metric, found.total, number_style(metric), seen.glyphs),)


def dimensions_line(seen: Seen) -> Line:
    """The metric's dimensions, the one shown standing out."""
    names = seen.tree.dimensions_of(seen.metric)
    parts = [
        line((dimension_label(seen.tree, name), "accent" if name == seen.dimension else "dim"))
        for name in names
    ]
    return (
        line(("by ", "dim"), *joined(parts, Piece(f" {seen.glyphs.dot} ", "dim"))) if parts else ()
    )
