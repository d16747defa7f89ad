"""Why the metric moved: health, drivers, segments, slices, influences, what happened."""

from collections.abc import Hashable
from typing import TYPE_CHECKING

from metric_tui.planning.question import DateRange
from metric_tui.presentation.dates import days_of
from metric_tui.presentation.pieces import fitted
from metric_tui.tui.seen import Seen
from metric_tui.tui.views.base import Fault, View, fault_lines, title_line, waiting_line
from metric_tui.tui.widgets.pane import Cells, Content
from metric_tui.workspace import Workspace

if TYPE_CHECKING:
    from metric_tui.analysis.why import Why
    from metric_tui.analysis.why_question import WhyQuestion


class WhyView(View):
    """What moved the metric between the two periods on screen, exactly and with its evidence."""

    name = "why"
    key = "w"
    description = "Why the metric moved: drivers, segments, influences, the data's health"

    def subject(self, seen: Seen) -> Hashable | None:
        question = why_question(seen)
        return None if question is None else (question, seen.revision)

    def fetch(self, workspace: Workspace, seen: Seen) -> "Why":
        question = why_question(seen)
        assert question is not None
        return workspace.why(question)

    def show(self, seen: Seen, found: object | None, cells: Cells) -> Content:
        # imported when first shown: the analysis is a tenth of the start
        from metric_tui.analysis.why import Why
        from metric_tui.presentation.why_lines import why_lines

        columns, _ = cells
        if isinstance(found, Fault):
            return Content(lines=(title_line(seen), *fault_lines(found)))
        if not isinstance(found, Why):
            return Content(
                lines=(title_line(seen), waiting_line(seen, "looking for what moved it"))
            )
        lines = why_lines(found, columns, seen.glyphs)
        return Content(lines=tuple(fitted(each, columns, seen.glyphs.ellipsis) for each in lines))


def why_question(seen: Seen) -> "WhyQuestion | None":
    """The change on screen as a question; None while it is not known which periods are."""
    from metric_tui.analysis.why_question import WhyQuestion

    if seen.answer is None:
        return None
    asked = seen.question
    frame, calendar = seen.answer.frame, seen.tree.settings.calendar
    period, against = frame.periods[-1], frame.compared[-1]
    whole = asked.grain != "hour" and period.span.end <= frame.cutoff and against is not None
    ranges = [DateRange(*days_of(p, calendar)) for p in (period, against) if p is not None]
    return WhyQuestion(
        metric=seen.metric,
        grain=asked.grain,
        # a running period is explained by the last complete one, which has a like to compare with
        period=ranges[0] if whole else None,
        against=ranges[1] if whole else None,
        compare="previous" if asked.compare == "none" else asked.compare,
        where=asked.where,
        views=tuple(sorted(seen.choices.views.items())),
        as_of=asked.as_of,
    )
