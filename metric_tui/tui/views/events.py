"""The rows behind the last period's value; Enter shows one entity's timeline."""

from collections.abc import Hashable, Iterator

from metric_tui.presentation.header import value_text
from metric_tui.presentation.pieces import EMPTY, Line, fitted, line
from metric_tui.presentation.safe import left, safe, width
from metric_tui.tui.seen import Seen
from metric_tui.tui.views.base import (
    Fault,
    ShowEntity,
    View,
    fault_lines,
    title_line,
    waiting_line,
)
from metric_tui.tui.widgets.pane import Cells, Content
from metric_tui.workspace import EventTable, Workspace

WIDEST_CELL = 28


class Events(View):
    """Rows as the store holds them, latest first."""

    name = "events"
    key = "R"
    description = "The rows behind the value, then one entity's timeline"

    def subject(self, seen: Seen) -> Hashable | None:
        return (seen.metric, seen.question, seen.revision)

    def fetch(self, workspace: Workspace, seen: Seen) -> EventTable:
        return workspace.events(seen.metric, seen.question)

    def show(self, seen: Seen, found: object | None, cells: Cells) -> Content:
        title = title_line(seen)
        if isinstance(found, Fault):
            return Content(lines=(title, *fault_lines(found)))
        if not isinstance(found, EventTable):
            return Content(lines=(title, waiting_line(seen, "reading")))
        return event_content(found, (title,), seen, cells[0])


def event_content(table: EventTable, head: tuple[Line, ...], seen: Seen, columns: int) -> Content:
    """A table of rows; those with an entity may be chosen."""
    if not table.rows:
        note = line((safe(table.note or "no rows"), "dim"))
        return Content(lines=(*head, note))
    lines = list(_table_lines(table))
    notes = (EMPTY, line((safe(table.note), "dim"))) if table.note else ()
    first = len(head) + 1
    choices: dict[int, object] = {}
    if table.entity_column is not None:
        choices = {
            first + index: ShowEntity(row[table.entity_column])
            for index, row in enumerate(table.rows)
        }
    shown = tuple(fitted(each, columns, seen.glyphs.ellipsis) for each in (*head, *lines, *notes))
    return Content(lines=shown, choices=choices)


def _table_lines(table: EventTable) -> Iterator[Line]:
    texts = [tuple(value_text(cell) for cell in row) for row in table.rows]
    names = tuple(map(safe, table.columns))
    sizes = [
        min(max(width(row[column]) for row in (names, *texts)), WIDEST_CELL)
        for column in range(len(names))
    ]
    yield line((_joined(names, sizes), "dim"))
    yield from (line(_joined(row, sizes)) for row in texts)


def _joined(cells: tuple[str, ...], sizes: list[int]) -> str:
    return "  ".join(left(cell, size) for cell, size in zip(cells, sizes, strict=True))
