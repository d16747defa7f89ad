"""Targets and key results of the whole tree: pace, projection, what is needed."""

from collections.abc import Hashable
from typing import TYPE_CHECKING

from metric_tui.planning.question import Question
from metric_tui.presentation.pieces import EMPTY, fitted, line
from metric_tui.tui.seen import Seen
from metric_tui.tui.views.base import Fault, View, fault_lines, waiting_line
from metric_tui.tui.widgets.pane import Cells, Content
from metric_tui.workspace import Workspace

if TYPE_CHECKING:
    from metric_tui.analysis.goals import Goal
    from metric_tui.analysis.key_results import KeyResultStanding

    Standing = tuple[tuple[Goal, ...], tuple[KeyResultStanding, ...]]


class Targets(View):
    """Where every target of the tree stands and is heading, and every key result."""

    name = "targets"
    key = "P"
    description = "Targets and key results: pace, projection, what is needed"

    def subject(self, seen: Seen) -> Hashable | None:
        return targets_subject(seen.question, seen.revision)

    def fetch(self, workspace: Workspace, seen: Seen) -> "Standing":
        return workspace.goals(seen.question), workspace.key_results(seen.question)

    def show(self, seen: Seen, found: object | None, cells: Cells) -> Content:
        # imported when first shown: the analysis is a tenth of the start
        from metric_tui.presentation.goal_lines import goal_lines

        columns, _ = cells
        head = line(("Targets", "title"))
        if isinstance(found, Fault):
            return Content(lines=(head, *fault_lines(found)))
        if not isinstance(found, tuple):
            return Content(lines=(head, waiting_line(seen, "simulating where they are heading")))
        goals, results = found
        lines = (head, EMPTY, *goal_lines(seen.tree, goals, results, columns, seen.glyphs))
        return Content(lines=tuple(fitted(each, columns, seen.glyphs.ellipsis) for each in lines))


def targets_subject(asked: Question, revision: int) -> Hashable:
    """What of a question targets depend on: their days are their own."""
    return (asked.grain, asked.where, asked.as_of, revision)
