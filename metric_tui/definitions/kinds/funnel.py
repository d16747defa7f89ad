"""Entities that go through ordered steps, by Mixpanel's rule."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal

from metric_tui.base.errors import QuestionError
from metric_tui.base.periods import Duration
from metric_tui.base.series import Table
from metric_tui.definitions.asks import MetricAsk, Need, Setting
from metric_tui.definitions.fields import yaml_field
from metric_tui.definitions.fragments import Fragment
from metric_tui.definitions.metric import Metric


@dataclass(frozen=True, slots=True, kw_only=True)
class FunnelStep:
    """An event, a list of events, or a filter alone."""

    event: tuple[str, ...] = yaml_field("the event's name, or a list", default=(), shorthand=True)
    filter: tuple[Fragment, ...] = yaml_field("condition on the step's rows", default=())
    label: str | None = yaml_field("how it is shown", default=None)
    source: str | None = yaml_field("the step's source; the funnel's without it", default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Funnel(Metric):
    """First touch per entity in each period, steps in order within the window."""

    summary: ClassVar[str] = "entities that pass ordered steps: first touch, within a window"

    type: Literal["funnel"] = "funnel"
    source: str | None = yaml_field("the source; not needed when there is one", default=None)
    entity: str | None = yaml_field("who passes; the source's only entity without it", default=None)
    steps: tuple[FunnelStep, ...] = yaml_field("two or more, in order")
    window: Duration = yaml_field("time from the first step", default=Duration(7, "day"))
    step: int | None = yaml_field(
        "which step is measured, from 1; the last without it", default=None
    )
    calculation: Literal["conversion_rate", "count"] = yaml_field(
        "the share, or the number of entities", default="conversion_rate"
    )
    of: Literal["first", "previous"] = yaml_field("what a rate is a share of", default="first")

    def needs(self, ask: MetricAsk, setting: Setting) -> Mapping[str, Need]:
        raise QuestionError(f"`{self.name}` is of a type that is not computed yet")

    def combine(self, ask: MetricAsk, setting: Setting, answers: Mapping[str, Table]) -> Table:
        raise QuestionError(f"`{self.name}` is of a type that is not computed yet")
