"""What-ifs that ask of a share to be more than all or less than nothing."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from metric_tui.analysis.scenario import Model, Outcome
from metric_tui.base.formula_nodes import Negation, Node, Quotient
from metric_tui.definitions.kinds.derived import Derived
from metric_tui.definitions.metric import Metric
from metric_tui.presentation.glyphs import Glyphs
from metric_tui.presentation.numbers import compact, number_style
from metric_tui.presentation.safe import safe

TOLERANCE = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareWarning:
    """A share that would leave 0 to 100 %."""

    metric: str
    value: float
    text: str
    """One sentence without a full stop."""


def share_warnings(
    model: Model, outcomes: Sequence[Outcome], glyphs: Glyphs
) -> tuple[ShareWarning, ...]:
    """The shares, levers or moved by them, that would leave 0 to 100 %, in the order given.

    A metric is taken for a share of a whole where it is written in percent, is no difference
    (a growth may be anything) and lies within 0 and 100 % now.
    """
    return tuple(_warnings(model, outcomes, glyphs))


def _warnings(model: Model, outcomes: Sequence[Outcome], glyphs: Glyphs) -> Iterator[ShareWarning]:
    for found in outcomes:
        metric = model.tree.metrics[found.metric]
        if found.before is None or found.after is None or not _is_share(metric):
            continue
        if not _is_within(found.before) or _is_within(found.after):
            continue
        verb = "would have to be" if found.is_lever else "would be"
        value = compact(found.after, number_style(metric), glyphs)
        bound = "more than 100%" if found.after > 1 else "less than 0%"
        text = f"{safe(metric.title)} {verb} {value}, and no share can be {bound}"
        yield ShareWarning(metric=found.metric, value=found.after, text=text)


def _is_within(value: float) -> bool:
    return -TOLERANCE <= value <= 1 + TOLERANCE


def _is_share(metric: Metric) -> bool:
    if number_style(metric).kind != "percent":
        return False
    if not isinstance(metric, Derived):
        return True
    root = metric.expr.root
    return isinstance(root, Quotient) and not _subtracts(root)


def _subtracts(node: Node) -> bool:
    return isinstance(node, Negation) or any(_subtracts(part) for part in node.parts)
