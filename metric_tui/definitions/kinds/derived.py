"""Arithmetic over other metrics."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal

from metric_tui.base.errors import QuestionError
from metric_tui.base.formulas import Formula
from metric_tui.base.periods import Calendar, Duration, Grain, Span
from metric_tui.base.series import Table, combine_rows
from metric_tui.definitions.asks import MetricAsk, Need, Setting
from metric_tui.definitions.edges import ComponentView, MetricInput
from metric_tui.definitions.fields import yaml_field
from metric_tui.definitions.metric import Metric


@dataclass(frozen=True, slots=True, kw_only=True)
class Derived(Metric):
    """Arithmetic over other metrics; null propagates, `/` is float division and null on 0."""

    summary: ClassVar[str] = "arithmetic over other metrics"

    type: Literal["derived"] = "derived"
    expr: Formula = yaml_field("arithmetic over metric names or aliases")
    input_metrics: tuple[MetricInput, ...] = yaml_field(
        "inputs that need an alias, a filter or an offset", default=()
    )

    @property
    def sources_of_slots(self) -> Mapping[str, MetricInput]:
        """The input behind each name of `expr`."""
        declared = {entry.slot: entry for entry in self.input_metrics}
        return {name: declared.get(name) or MetricInput(metric=name) for name in self.expr.names}

    @property
    def inputs(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(entry.metric for entry in self.sources_of_slots.values()))

    @property
    def views(self) -> tuple[ComponentView, ...]:
        """Its `expr`, unless `components` says otherwise; an offset input is no driver of its own."""
        if self.components is not None:
            return self.components
        plain = all(
            entry == MetricInput(metric=slot) for slot, entry in self.sources_of_slots.items()
        )
        return (ComponentView(name="default", formula=self.expr),) if plain else ()

    def scale(self, scale_of: Callable[[str], float]) -> float:
        return self.expr.scale(
            {slot: scale_of(entry.metric) for slot, entry in self.sources_of_slots.items()}
        )

    def needs(self, ask: MetricAsk, setting: Setting) -> Mapping[str, Need]:
        return {
            slot: MetricAsk(
                metric=entry.metric,
                spans=tuple(_shifted(self.name, entry, span, setting) for span in ask.spans),
                slice=ask.slice.narrowed(*self.filter, *entry.filter),
            )
            for slot, entry in self.sources_of_slots.items()
        }

    def combine(self, ask: MetricAsk, setting: Setting, answers: Mapping[str, Table]) -> Table:
        if not answers:
            constant = self.expr.evaluate({})
            return Table(len(ask.spans), {(): (constant,) * len(ask.spans)})
        size = len(ask.spans)
        return combine_rows(answers, lambda rows: self.expr.evaluate_series(rows, length=size))


def _shifted(metric: str, entry: MetricInput, span: Span, setting: Setting) -> Span:
    if entry.offset_to_grain:
        return _start_of(entry.offset_to_grain, span, setting)
    if entry.offset_window is None:
        return span
    check_offset(metric, entry.offset_window, setting.grain)
    # a running period is compared with the same elapsed part of the earlier one
    return setting.calendar.shift(_elapsed(span, setting), entry.offset_window)


def _elapsed(span: Span, setting: Setting) -> Span:
    return setting.clip(span) if span.start < setting.cutoff else span


def _start_of(grain: Grain, span: Span, setting: Setting) -> Span:
    calendar: Calendar = setting.calendar
    first = calendar.first_day(calendar.day_of(span.start), grain)
    if setting.grain in ("hour", "total"):
        return Span(calendar.midnight(first), span.end)
    return calendar.period(calendar.first_day(first, setting.grain), setting.grain).span


def check_offset(metric: str, offset: Duration, grain: Grain) -> None:
    """Refuse an offset that is no whole number of the question's periods.

    Raises:
        QuestionError: months at week grain, one month at quarter grain and their like.
    """
    whole = {"quarter": 3, "year": 12}.get(grain, 1)
    if offset.months and (grain == "week" or offset.months % whole):
        raise QuestionError(
            f"`{metric}` reads {offset} before, which is no whole number of {grain}s",
            hint="ask at another grain, or write the offset in days",
        )
