"""How metrics hang together, and what is said about a metric beside its arithmetic."""

from dataclasses import dataclass
from datetime import date
from typing import Literal, NewType

from metric_tui.base.formulas import Formula
from metric_tui.base.periods import Duration, Grain, Lag
from metric_tui.definitions.fields import given_by_place, yaml_field
from metric_tui.definitions.fragments import Fragment

EdgeKind = Literal["components", "influences", "guardrails"]

Percent = NewType("Percent", float)
"""A share of something, 0.1 for what a file writes as `10%` or as `0.1`."""

Day = date
"""The type by a name that the field `Annotation.date` does not hide."""

EDGE_MARKS: dict[EdgeKind, str] = {"components": "=", "influences": "~", "guardrails": "!"}


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricInput:
    """A metric that another is computed from, with what is done to it first."""

    metric: str = yaml_field("the metric", shorthand=True, also=("name",))
    alias: str | None = yaml_field("its name in `expr`", default=None)
    filter: tuple[Fragment, ...] = yaml_field("condition on this input alone", default=())
    offset_window: Duration | None = yaml_field("read it that long before", default=None)
    offset_to_grain: Grain | None = yaml_field(
        "read it from the start of that grain's period", default=None
    )

    @property
    def slot(self) -> str:
        """The name by which `expr` knows it."""
        return self.alias or self.metric


@dataclass(frozen=True, slots=True, kw_only=True)
class Influence:
    """A metric thought to move its parent: measured by correlation, never called a cause."""

    metric: str = yaml_field("the metric", shorthand=True)
    expect: Literal["up", "down"] | None = yaml_field(
        "what the parent is thought to do when it rises", default=None
    )
    lag: Lag | None = yaml_field(
        "how much later the parent moves; `0 days` for at once", default=None
    )
    confidence: Literal["low", "medium", "high"] | None = yaml_field(
        "how sure the team is", default=None
    )
    reason: str | None = yaml_field("why it is believed", default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Guardrail:
    """A counter-metric: what must not get worse while its parent gets better.

    Without a bound it is breached when it is worse than it usually is, see
    `analysis.guardrails`.
    """

    metric: str = yaml_field("the metric", shorthand=True)
    max: float | None = yaml_field("breached above this value", default=None)
    min: float | None = yaml_field("breached below this value", default=None)
    worse_than: Percent | None = yaml_field(
        "breached when it is worse than what it is compared with by more than this share",
        default=None,
    )

    @property
    def has_bound(self) -> bool:
        """Whether the file says when it is breached."""
        return (self.max, self.min, self.worse_than) != (None, None, None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A value to reach by a date."""

    value: float = yaml_field("what to reach", shorthand=True)
    by: date | None = yaml_field("the last day that counts", default=None)
    since: date | None = yaml_field("the first day that counts", key="from", default=None)
    lower: float = yaml_field("share of the target below which it is missed", default=0.95)
    grain: Grain | None = yaml_field("the period the value is meant for", default=None)
    where: tuple[str, ...] = yaml_field(
        "the filter it holds for, such as `country=FR`; the whole without any", default=()
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ComponentView:
    """One exact way to write a metric by its components."""

    name: str
    formula: Formula


@dataclass(frozen=True, slots=True, kw_only=True)
class Annotation:
    """Something that happened, shown on charts and beside breaks."""

    date: Day = yaml_field("the day")
    label: str = yaml_field("what happened")
    metrics: tuple[str, ...] = yaml_field("the metrics it concerns; all without any", default=())
    description: str | None = yaml_field("more about it", default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyResult:
    """A metric to move from one value to another by a date."""

    metric: str = yaml_field("the metric")
    start: float | None = yaml_field("where it began", key="from", default=None)
    goal: float = yaml_field("where it shall be", key="to")
    by: date | None = yaml_field("the last day that counts", default=None)
    grain: Grain | None = yaml_field(
        "the periods of which the last mature one counts; those of the metric's target, else month",
        default=None,
    )
    label: str | None = yaml_field("how it is shown", default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Objective:
    """What is to be achieved, with the key results that show it."""

    objective: str = yaml_field("one sentence")
    key_results: tuple[KeyResult, ...] = yaml_field("how it is measured", default=())
    owner: str | None = yaml_field("who answers for it", default=None)


@dataclass(frozen=True, slots=True)
class Level:
    """The value a metric has in one segment of a dimension, as a lever: `@platform:ios`."""

    dimension: str
    segment: str
    """The dimension's value as a filter writes it; empty for rows without one."""

    @classmethod
    def parse(cls, text: str) -> "Level | None":
        """Read a level, None where the text is none; `=@platform:ios` is one too."""
        said = text.strip().removeprefix("=").strip()
        dimension, separator, segment = said.removeprefix("@").partition(":")
        if not said.startswith("@") or not separator or not dimension.strip():
            return None
        return cls(dimension.strip(), segment.strip())

    def __str__(self) -> str:
        return f"@{self.dimension}:{self.segment}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lever:
    """One changed driver of a scenario."""

    metric: str = yaml_field("the driver")
    change: str = yaml_field(
        "`+10%`, `-200`, `=0.35` or `@platform:ios`, its value in that segment"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """A saved what-if: levers set on a day, to be scored against what happened."""

    name: str = given_by_place()
    levers: tuple[Lever, ...] = yaml_field("the changed drivers")
    on: date | None = yaml_field("the day it was thought of", default=None)
    grain: Grain | None = yaml_field("the grain it was thought at", default=None)
    description: str | None = yaml_field("why", default=None)
