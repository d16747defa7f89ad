"""Entities that go through ordered steps, by Mixpanel's rule."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, ClassVar, Literal

from metric_tui.base.periods import Duration, Span
from metric_tui.base.problems import Path
from metric_tui.base.series import Table, Value, combine
from metric_tui.definitions.asks import (
    FunnelMeasure,
    MeasureAsk,
    MetricAsk,
    Need,
    Rows,
    Setting,
)
from metric_tui.definitions.entities import RowsPart, entities_of
from metric_tui.definitions.fields import yaml_field
from metric_tui.definitions.fragments import Fragment
from metric_tui.definitions.kinds.simple import (
    Simple,
    counted,
    group_starts,
    refuse,
    with_period_notes,
)
from metric_tui.definitions.kinds.soundness import volume_needs, with_few, with_gaps
from metric_tui.definitions.metric import Metric, NamedEvent, named_events

if TYPE_CHECKING:
    from metric_tui.definitions.tree import MetricTree


@dataclass(frozen=True, slots=True, kw_only=True)
class FunnelStep:
    """An event, a list of events, a metric's rows, or a filter alone."""

    event: tuple[str, ...] = yaml_field("the event's name, or a list", default=(), shorthand=True)
    metric: str | None = yaml_field(
        "an aggregate whose rows are the step: it brings source, event and filter", default=None
    )
    filter: tuple[Fragment, ...] = yaml_field("condition on the step's rows", default=())
    label: str | None = yaml_field("how it is shown", default=None)
    source: str | None = yaml_field("the step's source; the funnel's without it", default=None)

    @property
    def title(self) -> str:
        """How it is shown: its label, its events, or its filter."""
        own = self.label or self.metric or ", ".join(self.event)
        return own or " and ".join(f.text for f in self.filter)


@dataclass(frozen=True, slots=True, kw_only=True)
class Funnel(Metric):
    """First touch per entity in each period, steps in order within the window."""

    summary: ClassVar[str] = "entities that pass ordered steps: first touch, within a window"

    type: Literal["funnel"] = "funnel"
    source: str | None = yaml_field(
        "the source of events; not needed when there is one, or for metrics", default=None
    )
    entity: str | None = yaml_field(
        "who passes; without it the source's only entity, or what the metrics count", default=None
    )
    steps: tuple[FunnelStep, ...] = yaml_field("two or more, in order")
    window: Duration = yaml_field("time from the first step", default=Duration(7, "day"))
    step: int | None = yaml_field(
        "which step is measured, from 1; the last without it", default=None
    )
    calculation: Literal["conversion_rate", "count"] = yaml_field(
        "the share, or the number of entities", default="conversion_rate"
    )
    of: Literal["first", "previous"] = yaml_field("what a rate is a share of", default="first")

    @property
    def measured_step(self) -> int:
        """The step that is counted, from 1."""
        return len(self.steps) if self.step is None else self.step

    @property
    def rule(self) -> str:
        steps = " › ".join(step.title for step in self.steps)
        share = {
            "count": "",
            "first": " The value is the share of those at step 1.",
            "previous": " The value is the share of those at the step before.",
        }["count" if self.calculation == "count" else self.of]
        return (
            f"Mixpanel's rule: first touch. {steps}: an entity enters with its first step 1 of the"
            " period, and each next step is the earliest one at or after the step before, at most"
            f" {self.window} of elapsed time after the entry. Other events may lie between. It is"
            f" counted once a period, dated and sliced by its entry, step {self.measured_step}"
            f" being counted.{share}"
        )

    @property
    def counts_things(self) -> bool:
        return self.calculation == "count"

    rate_noun: ClassVar[str] = "a conversion rate"

    def scale(self, scale_of: Callable[[str], float]) -> float:
        return 1.0 if self.counts_things else 0.0

    @property
    def inputs(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(step.metric for step in self.steps if step.metric is not None))

    def sources_named(self) -> tuple[tuple[Path, str | None], ...]:
        named = tuple(
            (("steps", place, "source"), step.source)
            for place, step in enumerate(self.steps)
            if step.source is not None
        )
        left = any(step.metric is None and step.source is None for step in self.steps)
        return (*named, (("source",), self.source)) if left or self.source else named

    def events_named(self) -> tuple[NamedEvent, ...]:
        return tuple(
            event
            for place, step in enumerate(self.steps)
            for event in named_events(("steps", place, "event"), step.event, self._source_of(step))
        )

    def slicing_sources(self, tree: "MetricTree") -> tuple[str, ...]:
        return (self._part(self.steps[0], tree).source.name,) if self.steps else ()

    def parts(self, tree: "MetricTree") -> tuple[RowsPart, ...]:
        return tuple(self._part(step, tree) for step in self.steps)

    def needs(self, ask: MetricAsk, setting: Setting) -> Mapping[str, Need]:
        self._check()
        compared = {"first": 1, "previous": max(self.measured_step - 1, 1)}[self.of]
        wanted = {"step": self.measured_step}
        if self.calculation == "conversion_rate":
            wanted["compared"] = compared
        asks = {slot: self.step_ask(step, ask, setting) for slot, step in wanted.items()}
        rows = [self._rows(step, setting) for step in self.steps]
        return {**asks, **group_starts(rows[0], ask.slice), **volume_needs(rows, setting)}

    def step_ask(self, step: int, ask: MetricAsk, setting: Setting) -> MeasureAsk:
        """Asks how many entities reached a step, counted from 1."""
        tree = setting.tree
        rows = tuple(self._rows(entry, setting) for entry in self.steps)
        return MeasureAsk(
            measure=FunnelMeasure(
                steps=rows,
                entities=entities_of(tree, self.parts(tree), self.entity),
                window=self.window,
                step=step,
                cutoff=setting.cutoff,
            ),
            spans=tuple(setting.clip(span) for span in ask.spans),
            slice=ask.slice.narrowed(*self.filter),
        )

    def combine(self, ask: MetricAsk, setting: Setting, answers: Mapping[str, Table]) -> Table:
        rows = self._rows(self.steps[0], setting)
        counts = {
            slot: counted(answers, ask, setting, rows=rows, slot=slot)
            for slot in ("step", "compared")
            if slot in answers
        }
        table = counts["step"]
        if "compared" in counts:
            table = with_few(combine(counts, _rate), counts["compared"])
        table = with_gaps(table, ask.spans, setting, answers)
        table = with_period_notes(table, ask.spans, setting, setting.extent_of(rows))
        if self.measured_step == 1:
            return table
        return table.with_note("immature", (self.is_open(span, setting) for span in ask.spans))

    def is_open(self, span: Span, setting: Setting) -> bool:
        """Whether an entity that entered in the span may still pass a step after the cutoff."""
        if span.start >= setting.cutoff:
            return False
        end = setting.last_instant(span)
        return end + timedelta(seconds=self.window.seconds) > setting.cutoff

    def _check(self) -> None:
        """Refuse steps that name no rows.

        Raises:
            QuestionError: fewer than two steps, an empty step, or a `step` that is not there.
        """
        if len(self.steps) < 2:
            raise refuse(self.name, "needs two or more steps")
        for place, step in enumerate(self.steps, 1):
            if not step.event and not step.filter and step.metric is None:
                raise refuse(self.name, f"has a step {place} with neither an event nor a filter")
        if not 1 <= self.measured_step <= len(self.steps):
            raise refuse(
                self.name, f"measures step {self.measured_step}, and has {len(self.steps)}"
            )

    def _source_of(self, step: FunnelStep) -> str | None:
        return step.source or self.source

    def _part(self, step: FunnelStep, tree: "MetricTree") -> RowsPart:
        if step.metric is None:
            return RowsPart(tree.source_named(self._source_of(step)))
        metric = tree.metric(step.metric)
        if not isinstance(metric, Simple):
            raise refuse(self.name, f"reads rows, and `{step.metric}` has none of its own")
        return RowsPart(tree.source_of(metric), metric)

    def _rows(self, step: FunnelStep, setting: Setting) -> Rows:
        source, metric = self._part(step, setting.tree)
        if metric is not None:
            rows = metric.rows(setting.tree)
            return replace(rows, filters=rows.filters + step.filter)
        return Rows(
            source=source.name,
            time_column=source.agg_time_dimension,
            events=step.event,
            filters=step.filter,
        )


def _rate(counts: Mapping[str, Value]) -> Value:
    reached, compared = counts["step"], counts["compared"]
    return (reached or 0.0) / compared if compared else None
