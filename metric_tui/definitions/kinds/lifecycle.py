"""Growth accounting: who is new, stayed, came back, or left."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal

from metric_tui.base.errors import QuestionError
from metric_tui.base.periods import Duration
from metric_tui.base.series import Table
from metric_tui.definitions.asks import MetricAsk, Need, Setting
from metric_tui.definitions.edges import MetricInput
from metric_tui.definitions.fields import yaml_field
from metric_tui.definitions.metric import Metric

LifecycleState = Literal["new", "retained", "resurrected", "churned", "dormant"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lifecycle(Metric):
    """Distinct entities in one state over all history: active = new + retained + resurrected."""

    summary: ClassVar[str] = (
        "distinct entities by state: new, retained, resurrected, churned, dormant"
    )

    type: Literal["lifecycle"] = "lifecycle"
    input_metric: MetricInput = yaml_field("a distinct count: who is active")
    state: LifecycleState = yaml_field("which of them are counted")
    window: Duration | None = yaml_field(
        "active within that long before the period's end, against the window before; the period without it",
        default=None,
    )

    @property
    def inputs(self) -> tuple[str, ...]:
        return (self.input_metric.metric,)

    def needs(self, ask: MetricAsk, setting: Setting) -> Mapping[str, Need]:
        raise QuestionError(f"`{self.name}` is of a type that is not computed yet")

    def combine(self, ask: MetricAsk, setting: Setting, answers: Mapping[str, Table]) -> Table:
        raise QuestionError(f"`{self.name}` is of a type that is not computed yet")
