"""What the metric is: rule, source, YAML and the SQL that computes it."""

from collections.abc import Hashable, Iterator

from metric_tui.definitions.tree import MetricTree
from metric_tui.presentation.marks import DIRECTION_WORDS
from metric_tui.presentation.pieces import EMPTY, Line, line, wrapped
from metric_tui.presentation.safe import safe, width
from metric_tui.tui.seen import Seen
from metric_tui.tui.views.base import Fault, View, fault_lines, title_line, waiting_line
from metric_tui.tui.widgets.pane import Cells, Content
from metric_tui.workspace import Definition, Workspace


class DefinitionView(View):
    """For the sceptic: everything a number rests on."""

    name = "definition"
    key = "s"
    description = "What the metric is: rule, SQL, YAML, source, owner"

    def subject(self, seen: Seen) -> Hashable | None:
        return (seen.metric, seen.question, seen.revision)

    def fetch(self, workspace: Workspace, seen: Seen) -> Definition:
        return workspace.definition(seen.metric, seen.question)

    def show(self, seen: Seen, found: object | None, cells: Cells) -> Content:
        head = (title_line(seen), *_about(seen.tree, seen.metric, cells[0]))
        if isinstance(found, Fault):
            return Content(lines=(*head, EMPTY, *fault_lines(found)))
        if not isinstance(found, Definition):
            return Content(lines=(*head, EMPTY, waiting_line(seen, "reading")))
        return Content(lines=(*head, *_definition_lines(found, cells[0])))


def _about(tree: MetricTree, name: str, columns: int) -> Iterator[Line]:
    metric = tree.metrics[name]
    for text in wrapped(safe(metric.description or ""), columns):
        yield line(text)
    words = {
        "type": metric.type,
        "good": DIRECTION_WORDS[metric.direction],
        "formula": metric.views[0].formula.text if metric.views else "",
        "unit": metric.unit or "",
        "owner": metric.owner or "",
        "watchers": ", ".join(metric.watchers),
        "tags": ", ".join(metric.tags),
        "also in": ", ".join(tree.metrics[parent].title for parent in tree.parents[name][1:]),
    }
    for key, text in words.items():
        if text:
            yield line((f"{key:<9}", "dim"), safe(text))


def _definition_lines(found: Definition, columns: int) -> Iterator[Line]:
    yield from (line(text) for text in wrapped(safe(found.rule), columns))
    facts = {
        "sources": ", ".join(found.sources),
        "by": ", ".join(found.dimensions),
        "last event": found.last_event or "none",
        "times": ", ".join(found.times),
        "events in": ", ".join(found.event_columns),
    }
    for key, text in facts.items():
        if text:
            yield line((f"{key:<11}", "dim"), safe(text))
    yield EMPTY
    yield line(("SQL", "strong"))
    yield from _code(found.sql, columns)
    yield EMPTY
    yield line((f"YAML, line {found.line}", "strong"))
    yield from _code(found.yaml, columns)


def _code(text: str, columns: int) -> Iterator[Line]:
    for row in text.expandtabs(2).splitlines():
        shown = safe(row)
        yield from (line((part, "value")) for part in _folded(shown, max(columns, 8)))


def _folded(text: str, columns: int) -> Iterator[str]:
    """A line of code in full: what is too long goes on below, as no one can scroll sideways."""
    indent = len(text) - len(text.lstrip())
    below = min(indent + 4, columns // 2)
    while width(text) > columns:
        # a blank of the indent is no place to break: nothing would be told and nothing gained
        cut = text.rfind(" ", max(indent, below) + 1, columns)
        cut = cut if cut > 0 else columns
        yield text[:cut]
        text = " " * below + text[cut:].lstrip()
    yield text
