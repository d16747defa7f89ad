"""The share of a cohort that comes back."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal

from metric_tui.base.errors import QuestionError
from metric_tui.base.series import Table
from metric_tui.definitions.asks import MetricAsk, Need, Setting
from metric_tui.definitions.fields import given_by_place, yaml_field
from metric_tui.definitions.metric import Metric


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention(Metric):
    """Members of calendar cohorts of first-ever start events who come back; dated by the cohort."""

    summary: ClassVar[str] = "share of a cohort that comes back, dated by the cohort"

    type: Literal["retention"] = "retention"
    source: str | None = yaml_field("the source; not needed when there is one", default=None)
    entity: str | None = yaml_field(
        "who comes back; the source's only entity without it", default=None
    )
    start: tuple[str, ...] = yaml_field("events or metrics that begin a cohort")
    back: tuple[str, ...] = yaml_field("events or metrics that count as coming back", key="return")
    unit: str | None = given_by_place(None)
    offset_unit: Literal["day", "week", "month"] = yaml_field(
        "what offsets are counted in", key="unit", default="day"
    )
    offset: int | None = yaml_field("the unit looked at; 1 without it", default=None)
    brackets: tuple[tuple[int, int], ...] = yaml_field(
        "`[[7, 13]]`: any of these units, both ends included", default=()
    )
    criteria: Literal["on", "on_or_after"] = yaml_field(
        "in exactly that unit, or then or any later", default="on"
    )
    recurring: bool = yaml_field(
        "any start event begins a cohort, not only the first ever", default=False
    )

    def needs(self, ask: MetricAsk, setting: Setting) -> Mapping[str, Need]:
        raise QuestionError(f"`{self.name}` is of a type that is not computed yet")

    def combine(self, ask: MetricAsk, setting: Setting, answers: Mapping[str, Table]) -> Table:
        raise QuestionError(f"`{self.name}` is of a type that is not computed yet")
