"""One metric over another."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal

from metric_tui.base.series import Table, Value, combine
from metric_tui.definitions.asks import MetricAsk, Need, Setting
from metric_tui.definitions.edges import MetricInput
from metric_tui.definitions.fields import yaml_field
from metric_tui.definitions.kinds.soundness import with_few
from metric_tui.definitions.metric import Metric


@dataclass(frozen=True, slots=True, kw_only=True)
class Ratio(Metric):
    """One metric over another, sum over sum; None where a side is or the denominator is zero."""

    summary: ClassVar[str] = "one metric over another: sum over sum, never a mean of ratios"

    type: Literal["ratio"] = "ratio"
    numerator: MetricInput = yaml_field("a metric, or `{metric, filter}`")
    denominator: MetricInput = yaml_field("a metric, or `{metric, filter}`")

    @property
    def inputs(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys((self.numerator.metric, self.denominator.metric)))

    def scale(self, scale_of: Callable[[str], float]) -> float:
        return 0.0

    def needs(self, ask: MetricAsk, setting: Setting) -> Mapping[str, Need]:
        sides = {"numerator": self.numerator, "denominator": self.denominator}
        return {
            slot: MetricAsk(
                metric=side.metric,
                spans=ask.spans,
                slice=ask.slice.narrowed(*self.filter, *side.filter),
            )
            for slot, side in sides.items()
        }

    def combine(self, ask: MetricAsk, setting: Setting, answers: Mapping[str, Table]) -> Table:
        table = combine(answers, _divide)
        if not setting.tree.metrics[self.denominator.metric].counts_things:
            return table
        return with_few(table, answers["denominator"])


def _divide(sides: Mapping[str, Value]) -> Value:
    top, bottom = sides["numerator"], sides["denominator"]
    return top / bottom if top is not None and bottom else None
