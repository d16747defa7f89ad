"""What a metric's formula leaves unexplained, in words."""

import re
from collections.abc import Iterator

from metric_tui.definitions.tree import MetricTree
from metric_tui.planning.answer import Answer, MetricAnswer
from metric_tui.presentation.glyphs import Glyphs
from metric_tui.presentation.numbers import difference, number_style
from metric_tui.presentation.safe import safe

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def residual_text(tree: MetricTree, found: MetricAnswer, glyphs: Glyphs) -> str:
    """`+23 not in iOS + Web`: of the first view that does not close in the last period.

    Returns:
        Empty where every view gives the metric up to rounding, or has no value.
    """
    for identity in found.identities:
        left = identity.left_over(found.total.value)
        if left is not None:
            amount = difference(left, number_style(tree.metrics[found.metric]), glyphs)
            return f"{amount} not in {_titled(tree, identity.formula)}"
    return ""


def residual_notes(tree: MetricTree, answer: Answer, glyphs: Glyphs) -> Iterator[str]:
    """The same as lines below a table, one for each metric that has any."""
    for name, found in answer.metrics.items():
        text = residual_text(tree, found, glyphs)
        if text:
            yield f"{glyphs.partial} {safe(tree.metrics[name].title)}: {text}"


def residual_word(tree: MetricTree, found: MetricAnswer, glyphs: Glyphs) -> str:
    """The same for a row of the tree, where there is room for the amount alone."""
    text = residual_text(tree, found, glyphs)
    return f"{text.split(' ', 1)[0]} unexplained" if text else ""


def _titled(tree: MetricTree, formula: str) -> str:
    """A formula with the titles of its metrics in place of their names."""

    def title(match: re.Match[str]) -> str:
        metric = tree.metrics.get(match[0])
        return safe(metric.title) if metric else match[0]

    return _NAME.sub(title, formula)
