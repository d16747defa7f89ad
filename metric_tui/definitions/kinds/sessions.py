"""Sessions cut by inactivity."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal

from metric_tui.base.errors import QuestionError
from metric_tui.base.periods import Duration
from metric_tui.base.series import Table
from metric_tui.definitions.asks import MetricAsk, Need, Setting
from metric_tui.definitions.fields import yaml_field
from metric_tui.definitions.metric import Metric


@dataclass(frozen=True, slots=True, kw_only=True)
class Sessions(Metric):
    """Sessions of an entity, cut where it pauses for longer than the gap, dated by their start."""

    summary: ClassVar[str] = "sessions by inactivity, dated by their first event"

    type: Literal["sessions"] = "sessions"
    source: str | None = yaml_field("the source; not needed when there is one", default=None)
    event: tuple[str, ...] = yaml_field("events that count; all without any", default=())
    entity: str | None = yaml_field(
        "whose sessions; the source's only entity without it", default=None
    )
    gap: Duration = yaml_field(
        "a longer pause starts a new session", default=Duration(30, "minute")
    )
    calculation: Literal["count", "average_duration", "bounce_rate", "per_entity"] = yaml_field(
        "what is measured; durations in seconds", default="count"
    )

    def needs(self, ask: MetricAsk, setting: Setting) -> Mapping[str, Need]:
        raise QuestionError(f"`{self.name}` is of a type that is not computed yet")

    def combine(self, ask: MetricAsk, setting: Setting, answers: Mapping[str, Table]) -> Table:
        raise QuestionError(f"`{self.name}` is of a type that is not computed yet")
