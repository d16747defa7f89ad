"""Sessions cut by inactivity."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

from metric_tui.base.periods import Duration
from metric_tui.base.problems import Path
from metric_tui.base.series import Table, Value, combine
from metric_tui.definitions.asks import (
    MeasureAsk,
    MetricAsk,
    Need,
    Rows,
    SessionsMeasure,
    Setting,
)
from metric_tui.definitions.entities import RowsPart
from metric_tui.definitions.fields import yaml_field
from metric_tui.definitions.kinds.simple import counted, group_starts, with_period_notes
from metric_tui.definitions.kinds.soundness import volume_needs, with_few, with_gaps
from metric_tui.definitions.metric import Metric, NamedEvent, named_events

if TYPE_CHECKING:
    from metric_tui.definitions.tree import MetricTree

SessionsCalculation = Literal["count", "average_duration", "bounce_rate", "per_entity"]

Part = Literal["count", "duration", "bounces", "entities"]

_PARTS: dict[SessionsCalculation, tuple[Part, Part | None]] = {
    "count": ("count", None),
    "average_duration": ("duration", "count"),
    "bounce_rate": ("bounces", "count"),
    "per_entity": ("count", "entities"),
}
"""What each calculation is over what."""

_RULES: dict[SessionsCalculation, str] = {
    "count": "The value is their number.",
    "average_duration": "The value is the mean of last minus first event in seconds, 0 for one event.",
    "bounce_rate": "The value is the share of sessions with a single event.",
    "per_entity": "The value is sessions over distinct entities with a session.",
}


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
    calculation: SessionsCalculation = yaml_field(
        "what is measured; durations in seconds", default="count"
    )

    @property
    def rule(self) -> str:
        return (
            f"A pause of more than {self.gap} begins a new session (exactly {self.gap} does not)."
            " Sessions are cut on the whole log, not on the range, and dated and sliced by their"
            f" first event; rows without an entity are left out. {_RULES[self.calculation]}"
        )

    @property
    def counts_things(self) -> bool:
        return self.calculation == "count"

    def scale(self, scale_of: Callable[[str], float]) -> float:
        return 1.0 if self.counts_things else 0.0

    def sources_named(self) -> tuple[tuple[Path, str | None], ...]:
        return ((("source",), self.source),)

    def parts(self, tree: "MetricTree") -> tuple[RowsPart, ...]:
        return (RowsPart(tree.source_named(self.source)),)

    def events_named(self) -> tuple[NamedEvent, ...]:
        return named_events(("event",), self.event, self.source)

    def slicing_sources(self, tree: "MetricTree") -> tuple[str, ...]:
        return (tree.source_named(self.source).name,)

    def needs(self, ask: MetricAsk, setting: Setting) -> Mapping[str, Need]:
        rows = self._rows(setting)
        top, bottom = _PARTS[self.calculation]
        parts = {"top": top} if bottom is None else {"top": top, "bottom": bottom}
        asks = {slot: self._ask(part, rows, ask, setting) for slot, part in parts.items()}
        return {**asks, **group_starts(rows, ask.slice), **volume_needs([rows], setting)}

    def combine(self, ask: MetricAsk, setting: Setting, answers: Mapping[str, Table]) -> Table:
        rows = self._rows(setting)
        sides = {
            slot: counted(answers, ask, setting, rows=rows, slot=slot)
            for slot in ("top", "bottom")
            if slot in answers
        }
        table = sides["top"]
        if "bottom" in sides:
            table = with_few(combine(sides, _over), sides["bottom"])
        table = with_gaps(table, ask.spans, setting, answers)
        return with_period_notes(table, ask.spans, setting, setting.extent_of(rows))

    def _ask(self, part: Part, rows: Rows, ask: MetricAsk, setting: Setting) -> MeasureAsk:
        source = setting.tree.source_named(rows.source)
        return MeasureAsk(
            measure=SessionsMeasure(
                rows=rows,
                entity=setting.tree.entity(source, self.entity),
                gap=self.gap,
                calculation=part,
                cutoff=setting.cutoff,
            ),
            spans=tuple(setting.clip(span) for span in ask.spans),
            slice=ask.slice,
        )

    def _rows(self, setting: Setting) -> Rows:
        source = setting.tree.source_named(self.source)
        return Rows(
            source=source.name,
            time_column=source.agg_time_dimension,
            events=self.event,
            filters=self.filter,
        )


def _over(sides: Mapping[str, Value]) -> Value:
    top, bottom = sides["top"], sides["bottom"]
    return (top or 0.0) / bottom if bottom else None
