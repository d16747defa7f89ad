"""The share of a cohort that comes back."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar, Literal

from metric_tui.base.problems import Path
from metric_tui.base.series import Group, Note, Table, Value, combine
from metric_tui.definitions.asks import (
    MeasureAsk,
    MetricAsk,
    Need,
    RetentionMeasure,
    RetentionUnit,
    Returning,
    Rows,
    Setting,
)
from metric_tui.definitions.entities import RowsPart, entities_of
from metric_tui.definitions.fields import given_by_place, yaml_field
from metric_tui.definitions.kinds.simple import Simple, refuse, with_period_notes
from metric_tui.definitions.kinds.soundness import volume_needs, with_few, with_gaps
from metric_tui.definitions.metric import Metric, NamedEvent

if TYPE_CHECKING:
    from metric_tui.definitions.tree import MetricTree

LONGEST_OFFSET = 3_700
"""Ten years of days."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention(Metric):
    """Members of calendar cohorts of first-ever start events who come back; dated by the cohort."""

    summary: ClassVar[str] = "share of a cohort that comes back, dated by the cohort"

    type: Literal["retention"] = "retention"
    source: str | None = yaml_field(
        "the source of events; not needed when there is one, or for metrics", default=None
    )
    entity: str | None = yaml_field(
        "who comes back; without it the source's only entity, or what the metrics count",
        default=None,
    )
    start: tuple[str, ...] = yaml_field("events or metrics that begin a cohort")
    back: tuple[str, ...] = yaml_field("events or metrics that count as coming back", key="return")
    unit: str | None = given_by_place(None)
    offset_unit: RetentionUnit = yaml_field(
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
    metrics_named: tuple[str, ...] = given_by_place(())
    """Which of `start` and `return` are metrics, where the tree is known."""

    @property
    def inputs(self) -> tuple[str, ...]:
        return self.metrics_named

    def sources_named(self) -> tuple[tuple[Path, str | None], ...]:
        is_needed = self.source is not None or self.events_named()
        return ((("source",), self.source),) if is_needed else ()

    def events_named(self) -> tuple[NamedEvent, ...]:
        return tuple(
            NamedEvent((field, place), name, self.source)
            for field, names in (("start", self.start), ("back", self.back))
            for place, name in enumerate(names)
            if name not in self.metrics_named
        )

    @property
    def returning(self) -> Returning:
        """The units that count as coming back."""
        offset = 1 if self.offset is None else self.offset
        return Returning(
            brackets=self.brackets or ((offset, offset),), or_after=self.criteria == "on_or_after"
        )

    @property
    def rule(self) -> str:
        cohort = (
            "any start event of the period, one entity being in several cohorts"
            if self.recurring
            else "the first start event ever"
        )
        spans = " or ".join(
            f"{low}" if low == high else f"{low} to {high}" for low, high in self.returning.brackets
        )
        later = " or any later one" if self.returning.or_after else ""
        counted = (
            "days after its own start day"
            if self.offset_unit == "day"
            else f"calendar {self.offset_unit}s after the one of its start"
        )
        return (
            f"Calendar retention: a cohort is everyone with {cohort} in the period. A member came"
            f" back if it was seen in {self.offset_unit} {spans}{later}, counted in {counted};"
            " what it did before its start does not count. The share is over members whose"
            f" {self.offset_unit} {self.returning.last} is over, and dated and sliced by the start."
        )

    rate_noun: ClassVar[str] = "a retention rate"

    def scale(self, scale_of: Callable[[str], float]) -> float:
        return 0.0

    def slicing_sources(self, tree: "MetricTree") -> tuple[str, ...]:
        return tuple(dict.fromkeys(rows.source for rows, _ in self._rows(self.start, tree)))

    def needs(self, ask: MetricAsk, setting: Setting) -> Mapping[str, Need]:
        self._check()
        every = self.cell_ask(self.returning, ask, setting)
        measure = every.measure
        assert isinstance(measure, RetentionMeasure)
        settled = replace(measure, settled=True)
        return {
            "every": every,
            "members": replace(every, measure=settled),
            "returned": replace(every, measure=replace(settled, counted="returned")),
            **volume_needs((*measure.starts, *measure.returns), setting),
        }

    def cell_ask(self, returning: Returning, ask: MetricAsk, setting: Setting) -> MeasureAsk:
        """Asks for the members of each span's cohort, settled or not."""
        tree = setting.tree
        starts, returns = self._rows(self.start, tree), self._rows(self.back, tree)
        entities = entities_of(tree, [part for _, part in (*starts, *returns)], self.entity)
        return MeasureAsk(
            measure=RetentionMeasure(
                starts=tuple(rows for rows, _ in starts),
                start_entities=entities[: len(starts)],
                returns=tuple(rows for rows, _ in returns),
                return_entities=entities[len(starts) :],
                unit=self.offset_unit,
                returning=returning,
                counted="members",
                settled=False,
                recurring=self.recurring,
                cutoff=setting.cutoff,
            ),
            spans=tuple(setting.clip(span) for span in ask.spans),
            slice=ask.slice.narrowed(*self.filter),
        )

    def combine(self, ask: MetricAsk, setting: Setting, answers: Mapping[str, Table]) -> Table:
        sides = {slot: answers[slot] for slot in ("members", "returned")}
        table = combine(sides, _rate)
        if not ask.slice.by and () not in table.values:
            table = Table(table.size, {(): (None,) * table.size})
        table = replace(table, notes=_immature(answers["every"], answers["members"]))
        table = with_gaps(with_few(table, answers["members"]), ask.spans, setting, answers)
        rows, _ = self._rows(self.start, setting.tree)[0]
        extent = setting.extent_of(rows)
        return with_period_notes(table, ask.spans, setting, extent)

    def _check(self) -> None:
        """Refuse units that cannot be.

        Raises:
            QuestionError: no events, or an offset or bracket that is negative, upside down or huge.
        """
        if not self.start or not self.back:
            raise refuse(self.name, "needs events or metrics in `start` and in `return`")
        for low, high in self.returning.brackets:
            if not 0 <= low <= high <= LONGEST_OFFSET:
                raise refuse(self.name, f"cannot look at {self.offset_unit}s {low} to {high}")

    def parts(self, tree: "MetricTree") -> tuple[RowsPart, ...]:
        return tuple(
            part for _, part in (*self._rows(self.start, tree), *self._rows(self.back, tree))
        )

    def _rows(
        self, names: tuple[str, ...], tree: "MetricTree"
    ) -> tuple[tuple[Rows, RowsPart], ...]:
        """The rows behind names: those of metrics, and of all that are events together."""
        found = []
        for name in names:
            if name in tree.metrics and name != self.name:
                metric = tree.metrics[name]
                if not isinstance(metric, Simple):
                    raise refuse(self.name, f"reads rows, and `{name}` has none of its own")
                found.append((metric.rows(tree), RowsPart(tree.source_of(metric), metric)))
        events = tuple(name for name in names if name not in tree.metrics or name == self.name)
        if events:
            source = tree.source_named(self.source)
            column = source.agg_time_dimension
            rows = Rows(source=source.name, time_column=column, events=events)
            found.append((rows, RowsPart(source)))
        return tuple(found)


def _rate(sides: Mapping[str, Value]) -> Value:
    return (sides["returned"] or 0.0) / sides["members"] if sides["members"] else None


def _immature(every: Table, settled: Table) -> dict[Group, tuple[frozenset[Note], ...]]:
    """Marks the spans with a member whose last unit is not over."""
    mark: frozenset[Note] = frozenset({"immature"})
    return {
        group: tuple(
            mark if (count or 0) > (over or 0) else frozenset()
            for count, over in zip(row, settled.of(group), strict=True)
        )
        for group, row in every.values.items()
    }
