"""Scores: metrics whose changes are told in points, as a percentage of them means nothing."""

from collections.abc import Iterator

from metric_tui.base.formula_nodes import Name, Negation, Node, Number, Quotient, Sum
from metric_tui.definitions.kinds.derived import Derived
from metric_tui.definitions.metric import Metric

POINT_WORDS = frozenset({"point", "points"})


def is_score(metric: Metric) -> bool:
    """Whether a metric says so by `unit: points`, or its own formula is a rate that may be negative.

    Such a formula subtracts one metric from another above a division, as the net promoter score
    does. Net amounts are none: they may be negative, but seldom are, and a percentage of them
    means something.
    """
    if (metric.unit or "").strip().lower() in POINT_WORDS:
        return True
    return isinstance(metric, Derived) and _is_signed_rate(metric.expr.root)


def _is_signed_rate(root: Node) -> bool:
    above = tuple(_above_divisions(root))
    is_rate = any(isinstance(node, Quotient) and _names(node.bottom) for node in above)
    return is_rate and any(isinstance(node, Sum) and _subtracts(node) for node in above)


def _above_divisions(node: Node) -> Iterator[Node]:
    """A part and all below it but what something is divided by."""
    yield node
    for part in (node.top,) if isinstance(node, Quotient) else node.parts:
        yield from _above_divisions(part)


def _subtracts(node: Sum) -> bool:
    """Whether it takes something off a metric; `1 - share` is a share again."""
    has_minus = any(isinstance(part, Negation) for part in node.parts)
    return has_minus and not any(isinstance(part, Number) for part in node.parts)


def _names(node: Node) -> bool:
    return isinstance(node, Name) or any(map(_names, node.parts))
