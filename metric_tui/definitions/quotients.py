"""Metrics as sums, or sums over sums, of measures that add up over rows.

Only such a metric's change can be shared out over segments: a sum's by what each segment brings,
a quotient's by rate and mix. Distinct counts, percentiles, windows and the like overlap or do not
add, and are left alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from metric_tui.base.formula_nodes import Name, Negation, Node, Number, Product, Quotient, Sum
from metric_tui.definitions.aggregations import AggregationName
from metric_tui.definitions.fragments import Fragment
from metric_tui.definitions.kinds.derived import Derived
from metric_tui.definitions.kinds.ratio import Ratio
from metric_tui.definitions.kinds.simple import Simple
from metric_tui.definitions.tree import MetricTree

ADDITIVE = ("count", "sum", "sum_boolean")
MEAN_PARTS: tuple[AggregationName, ...] = ("sum", "count")

Term = tuple[str, tuple[Fragment, ...]]
"""A simple metric that adds up over rows, with the filters it is read under."""


@dataclass(frozen=True, slots=True)
class Linear:
    """A sum of terms, each times a number, plus a constant."""

    terms: Mapping[Term, float] = field(default_factory=dict)
    constant: float = 0.0

    def plus(self, other: "Linear", factor: float = 1.0) -> "Linear":
        """This and `factor` times the other."""
        terms = dict(self.terms)
        for term, weight in other.terms.items():
            terms[term] = terms.get(term, 0.0) + factor * weight
        return Linear(terms, self.constant + factor * other.constant)

    def times(self, factor: float) -> "Linear":
        """This times a number."""
        return Linear().plus(self, factor)


ONE = Linear({}, 1.0)


@dataclass(frozen=True, slots=True)
class Share:
    """A numerator over a denominator; a plain sum has the denominator 1."""

    top: Linear
    bottom: Linear = ONE

    @property
    def is_sum(self) -> bool:
        """Whether it is a plain sum, with nothing added that no row brings."""
        return self.bottom == ONE and self.top.constant == 0.0

    @property
    def is_quotient(self) -> bool:
        """Whether rates and mix have a meaning: both sides are sums over rows."""
        return bool(self.bottom.terms) and self.top.constant == self.bottom.constant == 0.0

    @property
    def terms(self) -> tuple[Term, ...]:
        """Everything that must be measured, each once."""
        return tuple(dict.fromkeys((*self.top.terms, *self.bottom.terms)))


def part_name(metric: str, aggregation: str) -> str:
    """The name of an average's sum or count; no metric of a file can be called so."""
    return f"({aggregation} of {metric})"


def with_mean_parts(tree: MetricTree) -> MetricTree:
    """The tree with the sum and the count behind each average and sum, so that they can be asked."""
    parts = {
        part_name(name, aggregation): replace(
            metric, name=part_name(name, aggregation), agg=aggregation, components=(), hidden=True,
            influences=(), guardrails=(),
        )
        for name, metric in tree.metrics.items()
        if isinstance(metric, Simple) and metric.agg in ("average", "sum")
        for aggregation in MEAN_PARTS
    }  # fmt: skip
    return replace(tree, metrics={**tree.metrics, **parts}) if parts else tree


def share_of(tree: MetricTree, metric: str) -> Share | None:
    """A metric as a sum or a quotient of sums; None where it is neither."""
    found = _share(tree, metric, (), ())
    if found is None or not (found.is_sum or found.is_quotient):
        return None
    return found


def has_open_begin(tree: MetricTree, metric: str) -> bool:
    """Whether a metric's target sums days up to a date, without saying from which one on.

    What is no sum over days, such as a rate, is meant for the date; a period begins by itself.
    """
    target = tree.metrics[metric].target
    if target is None or target.by is None or target.since is not None or target.grain is not None:
        return False
    share = share_of(tree, metric)
    return share is not None and share.is_sum


def count_behind(tree: MetricTree, share: Share | None) -> Term | None:
    """How many rows a plain sum of amounts adds up; None of what is no count times a mean."""
    if share is None or not share.is_sum or len(share.terms) != 1:
        return None
    (name, filters) = term = share.terms[0]
    node = tree.metrics[name]
    count = part_name(name, "count")
    is_one = isinstance(node, Simple) and node.agg == "sum" and share.top.terms[term] == 1.0
    return (count, filters) if is_one and count in tree.metrics else None


def rows_behind(tree: MetricTree, share: Share) -> tuple[Term, ...]:
    """What counts the rows of a sum, or of a quotient's denominator.

    Args:
        tree: with the parts of averages and sums.
        share: the sum or quotient.
    """
    base = share.bottom if share.bottom.terms else share.top
    counts = ((part_name(name, "count"), (name, filters)) for name, filters in base.terms)
    return tuple((count, term[1]) if count in tree.metrics else term for count, term in counts)


def _share(
    tree: MetricTree, name: str, filters: tuple[Fragment, ...], path: tuple[str, ...]
) -> Share | None:
    node = tree.metrics.get(name)
    if node is None or name in path:
        return None
    inside = (*path, name)
    if isinstance(node, Simple):
        return _simple_share(node, filters)
    if isinstance(node, Ratio):
        top, bottom = (
            _share(tree, side.metric, (*filters, *node.filter, *side.filter), inside)
            for side in (node.numerator, node.denominator)
        )
        return _divided(top, bottom)
    if isinstance(node, Derived):
        return _derived_share(tree, node, filters, inside)
    return None


def _simple_share(node: Simple, filters: tuple[Fragment, ...]) -> Share | None:
    if node.non_additive_dimension is not None:
        return None
    if node.agg in ADDITIVE:
        return Share(Linear({(node.name, filters): 1.0}))
    if node.agg == "average":
        top, bottom = (
            Linear({(part_name(node.name, aggregation), filters): 1.0})
            for aggregation in MEAN_PARTS
        )
        return Share(top, bottom)
    return None


def _derived_share(
    tree: MetricTree, node: Derived, filters: tuple[Fragment, ...], path: tuple[str, ...]
) -> Share | None:
    known: dict[str, Share] = {}
    for slot, entry in node.sources_of_slots.items():
        if entry.offset_window or entry.offset_to_grain:
            return None
        found = _share(tree, entry.metric, (*filters, *node.filter, *entry.filter), path)
        if found is None:
            return None
        known[slot] = found
    return _of_node(node.expr.root, known)


def _of_node(node: Node, known: Mapping[str, Share]) -> Share | None:
    if isinstance(node, Number):
        return Share(Linear({}, node.value))
    if isinstance(node, Name):
        return known.get(node.name)
    if isinstance(node, Quotient):
        return _divided(_of_node(node.top, known), _of_node(node.bottom, known))
    if isinstance(node, Negation):
        return _multiplied(Share(Linear({}, -1.0)), _of_node(node.part, known))
    if isinstance(node, (Sum, Product)):
        join = _added if isinstance(node, Sum) else _multiplied
        found: Share | None = None
        for index, part in enumerate(node.parts):
            here = _of_node(part, known)
            found = here if index == 0 else join(found, here)
        return found
    return None


def _added(left: Share | None, right: Share | None) -> Share | None:
    if left is None or right is None:
        return None
    if left.bottom == right.bottom:
        return Share(left.top.plus(right.top), left.bottom)
    # a number beside a quotient: 1 - a / b is (b - a) / b
    for one, other in ((left, right), (right, left)):
        if one.bottom == ONE and not one.top.terms:
            return Share(other.top.plus(other.bottom, one.top.constant), other.bottom)
    return None


def _multiplied(left: Share | None, right: Share | None) -> Share | None:
    if left is None or right is None:
        return None
    for one, other in ((left, right), (right, left)):
        if one.bottom == ONE and not one.top.terms:
            return Share(other.top.times(one.top.constant), other.bottom)
    # a rate times its own denominator is its numerator
    for one, other in ((left, right), (right, left)):
        if one.bottom == ONE and one.top == other.bottom:
            return Share(other.top)
    return None


def _divided(top: Share | None, bottom: Share | None) -> Share | None:
    if top is None or bottom is None:
        return None
    if bottom.bottom == ONE and not bottom.top.terms:
        return (
            Share(top.top.times(1 / bottom.top.constant), top.bottom)
            if bottom.top.constant
            else None
        )
    if top.bottom == bottom.bottom:
        return Share(top.top, bottom.top)
    return None
