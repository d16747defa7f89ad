"""What a metric's chart shows, from an answer."""

from metric_tui.base.errors import QuestionError
from metric_tui.base.series import Value
from metric_tui.definitions.metric import Metric
from metric_tui.definitions.tree import MetricTree
from metric_tui.planning.answer import Answer
from metric_tui.planning.conditions import is_same, parse_conditions
from metric_tui.presentation.annotations import annotations_of, annotations_shown
from metric_tui.presentation.chart import ChartData
from metric_tui.presentation.dates import axis_text, period_text
from metric_tui.presentation.glyphs import Glyphs


def compared_text(answer: Answer, tree: MetricTree, glyphs: Glyphs) -> str:
    """`22–28 Jun 2026 vs 15–21 Jun 2026`."""
    calendar = tree.settings.calendar
    frame = answer.frame
    now = period_text(frame.periods[-1], frame.grain, calendar, glyphs)
    then = frame.compared[-1]
    if then is None:
        return now
    return f"{now} vs {period_text(then, frame.grain, calendar, glyphs)}"


def chart_data(tree: MetricTree, answer: Answer, metric: str) -> ChartData | None:
    """What its chart shows; None where there is nothing or only one period to draw."""
    found = answer.metrics.get(metric)
    if found is None or found.error is not None or len(answer.frame.periods) < 2:
        return None
    total = found.total
    calendar = tree.settings.calendar
    partial = [index for index, notes in enumerate(total.notes) if "partial" in notes]
    last = len(total.values) - 1
    return ChartData(
        values=total.values,
        # each period against the one before would be the same line again, one step aside
        compared=() if answer.question.compare == "previous" else total.compared,
        labels=tuple(
            axis_text(period, answer.frame.grain, calendar) for period in answer.frame.periods
        ),
        target=_chart_target(tree.metrics[metric], answer, total.values),
        events=_event_places(tree, answer, metric),
        partial_from=last if last in partial else None,
    )


def _chart_target(metric: Metric, answer: Answer, values: tuple[Value, ...]) -> float | None:
    """The target where it is meant for such a period and lies in sight of the values."""
    target = metric.target
    known = [value for value in values if value is not None]
    if target is None or not known or target.grain not in (None, answer.frame.grain):
        return None
    if not _is_for(target.where, answer):
        return None
    low, high = min(known), max(known)
    reach = (high - low) or abs(high) or 1.0
    return target.value if low - 2 * reach <= target.value <= high + 2 * reach else None


def _is_for(where: tuple[str, ...], answer: Answer) -> bool:
    """Whether a target's own filter is that of the answer."""
    try:
        return is_same(parse_conditions(where), answer.question.where)
    except QuestionError:
        return False


def _event_places(tree: MetricTree, answer: Answer, metric: str) -> tuple[int, ...]:
    happened = annotations_of(metric, annotations_shown(tree, answer))
    return tuple(sorted({index for index, _ in happened}))
