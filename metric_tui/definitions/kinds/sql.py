"""The escape hatch: a SELECT of one's own."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal

from metric_tui.base.errors import QuestionError
from metric_tui.base.series import Table
from metric_tui.definitions.asks import MetricAsk, Need, Setting
from metric_tui.definitions.fields import yaml_field
from metric_tui.definitions.metric import Metric


@dataclass(frozen=True, slots=True, kw_only=True)
class Sql(Metric):
    """One read-only SELECT that gives `day, value`, and dimensions of its own."""

    summary: ClassVar[str] = "one read-only SELECT giving `day, value` and dimensions"

    type: Literal["sql"] = "sql"
    sql: str = yaml_field("the SELECT")
    period_agg: Literal["sum", "last", "average"] = yaml_field(
        "how days make a longer period", default="sum"
    )

    def needs(self, ask: MetricAsk, setting: Setting) -> Mapping[str, Need]:
        raise QuestionError(f"`{self.name}` is of a type that is not computed yet")

    def combine(self, ask: MetricAsk, setting: Setting, answers: Mapping[str, Table]) -> Table:
        raise QuestionError(f"`{self.name}` is of a type that is not computed yet")
