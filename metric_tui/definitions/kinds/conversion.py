"""How many of one kind of row lead to another, by dbt's rule."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal

from metric_tui.base.errors import QuestionError
from metric_tui.base.periods import Duration
from metric_tui.base.series import Table
from metric_tui.definitions.asks import MetricAsk, Need, Setting
from metric_tui.definitions.edges import MetricInput
from metric_tui.definitions.fields import yaml_field
from metric_tui.definitions.fragments import Fragment
from metric_tui.definitions.metric import Metric


@dataclass(frozen=True, slots=True, kw_only=True)
class ConstantProperty:
    """A property that base and conversion must share; null never matches."""

    base_property: Fragment = yaml_field("in the base row", also=("base",))
    conversion_property: Fragment = yaml_field("in the conversion row", also=("conversion",))


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversion(Metric):
    """Conversions of base rows: last touch, whole local days, dated by the base event."""

    summary: ClassVar[str] = "share of base rows that convert: last touch, dated by the base event"

    type: Literal["conversion"] = "conversion"
    entity: str = yaml_field("the entity that base and conversion share")
    base_metric: MetricInput = yaml_field("a count or distinct count: what may convert")
    conversion_metric: MetricInput = yaml_field("a count or distinct count: the conversions")
    window: Duration | None = yaml_field(
        "whole days, the base day included; no end without it", default=None
    )
    calculation: Literal["conversion_rate", "conversions"] = yaml_field(
        "the share, or the number", default="conversion_rate"
    )
    constant_properties: tuple[ConstantProperty, ...] = yaml_field(
        "what both rows must share", default=()
    )

    @property
    def inputs(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys((self.base_metric.metric, self.conversion_metric.metric)))

    def needs(self, ask: MetricAsk, setting: Setting) -> Mapping[str, Need]:
        raise QuestionError(f"`{self.name}` is of a type that is not computed yet")

    def combine(self, ask: MetricAsk, setting: Setting, answers: Mapping[str, Table]) -> Table:
        raise QuestionError(f"`{self.name}` is of a type that is not computed yet")
