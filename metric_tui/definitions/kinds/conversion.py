"""How many of one kind of row lead to another, by dbt's rule."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, ClassVar, Literal

from metric_tui.base.periods import Duration, Span
from metric_tui.base.series import Table, Value, combine
from metric_tui.definitions.asks import (
    ConversionMeasure,
    MeasureAsk,
    MetricAsk,
    Need,
    Setting,
    SimpleMeasure,
)
from metric_tui.definitions.edges import MetricInput
from metric_tui.definitions.entities import RowsPart, entities_of
from metric_tui.definitions.fields import yaml_field
from metric_tui.definitions.fragments import Fragment
from metric_tui.definitions.kinds.simple import Simple, refuse
from metric_tui.definitions.kinds.soundness import volume_needs, with_few, with_gaps
from metric_tui.definitions.metric import Metric

if TYPE_CHECKING:
    from metric_tui.definitions.tree import MetricTree


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
    entity: str | None = yaml_field(
        "the entity that base and conversion share; without it their source's only one, or what they"
        " count",
        default=None,
    )
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

    @property
    def rule(self) -> str:
        window = (
            f"on its day or the {self.window} counted from it, that day included"
            if self.window
            else "on its day or any later one, so that later conversions keep adding"
        )
        many = (
            ""
            if self.calculation == "conversions"
            else " One base row can collect several conversions, so a rate can pass 1."
        )
        return (
            "dbt's rule: last touch. Each conversion goes to the same entity's latest base row,"
            f" {window}; it is dated and sliced by the base row. Days are local and whole, so the"
            f" time of day does not matter.{many}"
        )

    @property
    def counts_things(self) -> bool:
        return self.calculation == "conversions"

    rate_noun: ClassVar[str] = "a conversion rate"

    def scale(self, scale_of: Callable[[str], float]) -> float:
        return 1.0 if self.counts_things else 0.0

    def slicing_sources(self, tree: "MetricTree") -> tuple[str, ...]:
        base = tree.metrics.get(self.base_metric.metric)
        return base.slicing_sources(tree) if base is not None else ()

    def needs(self, ask: MetricAsk, setting: Setting) -> Mapping[str, Need]:
        if self.window is not None and not (self.window.days or self.window.months):
            raise refuse(self.name, f"counts whole days, and its window is {self.window}")
        sliced = ask.slice.narrowed(*self.filter, *self.base_metric.filter)
        return {
            "base": MetricAsk(metric=self.base_metric.metric, spans=ask.spans, slice=sliced),
            "conversions": MeasureAsk(
                measure=self._measure(setting),
                spans=tuple(setting.clip(span) for span in ask.spans),
                slice=sliced,
            ),
            **volume_needs([self._counted(self.conversion_metric, setting).rows], setting),
        }

    def combine(self, ask: MetricAsk, setting: Setting, answers: Mapping[str, Table]) -> Table:
        calculate = _rate if self.calculation == "conversion_rate" else _conversions
        table = combine({slot: answers[slot] for slot in ("base", "conversions")}, calculate)
        if self.calculation == "conversion_rate":
            table = with_few(table, answers["base"])
        table = with_gaps(table, ask.spans, setting, answers)
        return table.with_note("immature", (self._is_open(span, setting) for span in ask.spans))

    def _measure(self, setting: Setting) -> ConversionMeasure:
        tree = setting.tree
        base, conversion = (
            self._counted(side, setting) for side in (self.base_metric, self.conversion_metric)
        )
        base_entity, conversion_entity = entities_of(tree, self.parts(tree), self.entity)
        return ConversionMeasure(
            base=base,
            conversion=conversion,
            base_entity=base_entity,
            conversion_entity=conversion_entity,
            window=self.window,
            cutoff=setting.cutoff,
            constant_properties=tuple(
                (entry.base_property, entry.conversion_property)
                for entry in self.constant_properties
            ),
        )

    def parts(self, tree: "MetricTree") -> tuple[RowsPart, ...]:
        found = []
        for side in (self.base_metric, self.conversion_metric):
            metric = tree.metric(side.metric)
            if not isinstance(metric, Simple):
                raise refuse(self.name, f"reads rows, and `{side.metric}` has none of its own")
            found.append(RowsPart(tree.source_of(metric), metric))
        return tuple(found)

    def _counted(self, side: MetricInput, setting: Setting) -> SimpleMeasure:
        """The rows of a side and how they count.

        Raises:
            QuestionError: the metric does not count rows or distinct values.
        """
        metric = setting.tree.metric(side.metric)
        if not isinstance(metric, Simple) or metric.agg not in ("count", "count_distinct"):
            raise refuse(self.name, f"needs a count or distinct count, and `{side.metric}` is none")
        measure = metric.measure(setting.tree)
        if side is self.base_metric:
            return measure
        rows = replace(measure.rows, filters=measure.rows.filters + side.filter)
        return replace(measure, rows=rows)

    def _is_open(self, span: Span, setting: Setting) -> bool:
        """Whether a base row of the span may still convert after the cutoff."""
        if self.window is None or span.start >= setting.cutoff:
            return False
        calendar = setting.calendar
        last = calendar.day_of(setting.last_instant(span) - timedelta(microseconds=1))
        after = calendar.shift_day(last, self.window, sign=1)
        # Feb 28 is a month after Jan 31, and so near to Jan 31 that Mar 1 is the first day past it
        while calendar.shift_day(after, self.window) < last:
            after += timedelta(days=1)
        return calendar.midnight(after) > setting.cutoff


def _rate(sides: Mapping[str, Value]) -> Value:
    conversions = _conversions(sides)
    return conversions / sides["base"] if conversions is not None and sides["base"] else None


def _conversions(sides: Mapping[str, Value]) -> Value:
    return None if sides["base"] is None else sides["conversions"] or 0.0
