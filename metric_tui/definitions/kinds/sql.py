"""The escape hatch: a SELECT of one's own."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar, Literal

from metric_tui.base.series import Table
from metric_tui.definitions.asks import MeasureAsk, MetricAsk, Need, Setting, SqlMeasure
from metric_tui.definitions.extents import Extent
from metric_tui.definitions.fields import yaml_field
from metric_tui.definitions.kinds.simple import with_period_notes
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

    @property
    def own_dimensions(self) -> tuple[str, ...]:
        return self.dimensions or given_columns(self.sql)

    @property
    def rule(self) -> str:
        joined = {
            "sum": "the sum of its days",
            "last": "its last day that has a value",
            "average": "the mean of its days that have a value",
        }
        return (
            "Your own SELECT of `day, value`. Rows of one day are added; a longer period is"
            f" {joined[self.period_agg]}, and null without any."
        )

    def needs(self, ask: MetricAsk, setting: Setting) -> Mapping[str, Need]:
        measure = SqlMeasure(
            metric=self.name, statement=self.sql, period_agg=self.period_agg, filters=self.filter
        )
        spans = tuple(setting.clip(span) for span in ask.spans)
        return {"value": MeasureAsk(measure=measure, spans=spans, slice=ask.slice)}

    def combine(self, ask: MetricAsk, setting: Setting, answers: Mapping[str, Table]) -> Table:
        table = answers["value"]
        if not ask.slice.by and () not in table.values:
            table = Table(table.size, {(): (None,) * table.size})
        unknown = Extent(first=None, last=None)
        return with_period_notes(table, ask.spans, setting, unknown)


@lru_cache(maxsize=64)
def given_columns(statement: str) -> tuple[str, ...]:
    """The columns a SELECT names beside `day` and `value`; none where it names them by `*`."""
    # parsing SQL costs more start-up time than all the rest, so only a tree that has any pays
    from sqlglot import exp, parse_one
    from sqlglot.errors import SqlglotError

    try:
        parsed = parse_one(statement)
    except SqlglotError:
        return ()
    names = [str(name) for name in parsed.named_selects] if isinstance(parsed, exp.Query) else []
    return tuple(name for name in names if name.lower() not in ("day", "value", "*"))
