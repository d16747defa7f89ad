"""Shares of a tree that leave 0 to 100 % in the data, so that they are defined as something else."""

from collections.abc import Iterator

from metric_tui.analysis.data_finding import DataFinding
from metric_tui.analysis.limits import UNSETTLED
from metric_tui.base.formula_nodes import Negation, Node, Number, Quotient, Sum
from metric_tui.definitions.edges import MetricInput
from metric_tui.definitions.kinds.derived import Derived
from metric_tui.definitions.kinds.ratio import Ratio
from metric_tui.definitions.metric import Metric
from metric_tui.definitions.scores import is_score
from metric_tui.definitions.tree import MetricTree
from metric_tui.planning.answer import Answer

TOLERANCE = 1e-9
PERCENT_WORDS = frozenset({"percent", "%"})


def shares_beyond(tree: MetricTree, found: Answer) -> Iterator[DataFinding]:
    """Ratios that are meant as shares, and lie below 0 or above 100 % in some whole period.

    Args:
        tree: the tree.
        found: its metrics in every period.
    """
    for name, each in found.metrics.items():
        metric = tree.metrics[name]
        if each.error is not None or not is_share(metric):
            continue
        beyond = [
            (max(value - 1.0, -value), value, period.label)
            for value, notes, period in zip(
                each.total.values, each.total.notes, found.frame.periods, strict=True
            )
            if value is not None
            and not UNSETTLED & notes
            and not -TOLERANCE <= value <= 1.0 + TOLERANCE
        ]
        if beyond:
            _, worst, label = max(beyond)
            yield DataFinding(
                code="share-beyond",
                message=(
                    f"`{name}` is a share, but outside 0 to 100 % in {len(beyond):,} of"
                    f" {len(found.frame.periods):,} periods, {worst:.1%} in {label}"
                ),
                hint="count both sides over the same rows and days, or leave out `unit: percent`",
                metric=name,
            )


def is_share(metric: Metric) -> bool:
    """Whether a ratio is meant as a share: by `unit: percent`, or by a part of a whole on top.

    A derived metric counts where it is one division, or 1 less one; growth and margins subtract,
    and may well lie outside.
    """
    if isinstance(metric, Ratio) and _is_subset(metric.numerator, metric.denominator):
        return True
    if (metric.unit or "").strip().lower() not in PERCENT_WORDS:
        return False
    if isinstance(metric, Derived):
        has_offset = any(
            each.offset_window or each.offset_to_grain for each in metric.input_metrics
        )
        return not has_offset and not is_score(metric) and _is_division(metric.expr.root)
    return isinstance(metric, Ratio)


def _is_subset(top: MetricInput, bottom: MetricInput) -> bool:
    """Whether the numerator is the denominator's metric under one more filter."""
    return top.metric == bottom.metric and bool(top.filter) and not bottom.filter


def _is_division(root: Node) -> bool:
    if isinstance(root, Sum):
        # 1 - part / whole
        numbers = [part for part in root.parts if isinstance(part, Number)]
        others = [part for part in root.parts if isinstance(part, Negation)]
        return len(numbers) == len(others) == 1 and _is_division(others[0].part)
    return isinstance(root, Quotient) and not isinstance(root.bottom, Number)
