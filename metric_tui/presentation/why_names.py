"""How the drivers of an explained change are named and their values written."""

from metric_tui.analysis.why import Why
from metric_tui.presentation.numbers import NumberStyle, number_style
from metric_tui.presentation.safe import safe


def title_of(found: Why, name: str) -> str:
    """How a driver is shown."""
    metric = found.metric(name)
    return safe(metric.title if metric else name)


def style_of(found: Why, name: str) -> NumberStyle:
    """How a driver's values are written."""
    metric = found.metric(name)
    return (
        number_style(metric) if metric else number_style(found.tree.metrics[found.question.metric])
    )
