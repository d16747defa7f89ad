"""What every metric says of itself, whatever its type."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, ClassVar, Literal, NamedTuple

from metric_tui.base.problems import Path
from metric_tui.base.series import Table
from metric_tui.definitions.asks import MetricAsk, Need, Setting
from metric_tui.definitions.edges import ComponentView, Guardrail, Influence, Target
from metric_tui.definitions.fields import HELP, given_by_place, yaml_field
from metric_tui.definitions.fragments import Fragment

if TYPE_CHECKING:
    from metric_tui.definitions.entities import RowsPart
    from metric_tui.definitions.tree import MetricTree

Direction = Literal["up", "down", "hold"]
Indicator = Literal["leading", "lagging"]

CATEGORIES = (
    "reach",
    "activation",
    "active_users",
    "engagement",
    "retention",
    "business_specific",
    "acquisition",
    "monetization",
    "customer",
    "product",
    "financial",
    "operational",
)
"""The field's categories; a tree may use its own words too."""


class NamedEvent(NamedTuple):
    """An event that a metric looks for: where it is named, and in which source; None for the only one."""

    path: Path
    name: str
    source: str | None


def named_events(path: Path, names: Iterable[str], source: str | None) -> tuple[NamedEvent, ...]:
    """A list of events by their places in it."""
    return tuple(NamedEvent((*path, place), name, source) for place, name in enumerate(names))


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric(ABC):
    """A node of the tree. The kinds add their own keys, inputs and arithmetic."""

    summary: ClassVar[str]
    """One line for the reference: what this type is."""

    is_draft: ClassVar[bool] = False
    """Whether it is only planned, and has no value yet."""

    name: str = given_by_place()
    type: str = given_by_place()
    label: str | None = yaml_field("how it is shown", default=None)
    description: str | None = yaml_field("what it measures and why it matters", default=None)
    category: str | None = yaml_field(
        "reach, activation, active_users, engagement, retention, business_specific, or your own",
        default=None,
    )
    indicator: Indicator | None = yaml_field("leading or lagging", default=None)
    direction: Direction = yaml_field("which way is good: up, down or hold", default="up")
    unit: str | None = yaml_field(
        "what is counted, a currency code, `percent` or a duration", default=None
    )
    format: str | None = yaml_field("a number format such as `,.0f` or `.1%`", default=None)
    owner: str | None = yaml_field("who answers for it", default=None)
    watchers: tuple[str, ...] = yaml_field("who wants to hear of it", default=())
    tags: tuple[str, ...] = yaml_field("free words to find it by", default=())
    meta: Mapping[str, Any] = yaml_field(
        "anything else; `ignore: [code]` silences a warning about this metric",
        default_factory=dict,
    )
    hidden: bool = yaml_field("left out of what is shown", default=False)
    filter: tuple[Fragment, ...] = yaml_field(
        "condition on the rows; on a computed metric it reaches every input", default=()
    )
    dimensions: tuple[str, ...] = yaml_field(
        "the dimensions it is sliced by; all its inputs share without any", default=()
    )
    target: Target | None = yaml_field("what to reach, and by when", default=None)
    components: tuple[ComponentView, ...] | None = yaml_field(
        "arithmetic over drivers that gives this metric exactly, or named views of such",
        default=None,
    )
    influences: tuple[Influence, ...] = yaml_field("metrics thought to move this one", default=())
    guardrails: tuple[Guardrail, ...] = yaml_field(
        "what must not get worse while this gets better", default=()
    )
    unread_components: tuple[str, ...] = given_by_place(())
    """Metrics named in component views that have errors: drawn as children, used by no arithmetic."""

    @property
    def title(self) -> str:
        """How it is shown: its label, or its name in words."""
        return self.label or self.name.replace("_", " ").capitalize()

    @property
    def views(self) -> tuple[ComponentView, ...]:
        """The exact ways it is written by its components, the first one shown first."""
        return self.components or ()

    @property
    def inputs(self) -> tuple[str, ...]:
        """The metrics it is computed from, without repeats."""
        return ()

    @property
    def counts_things(self) -> bool:
        """Whether its value is a number of rows or entities, few of which tell little as a base."""
        return False

    rate_noun: ClassVar[str] = "a ratio"
    """What it is called where its `scale` is 0."""

    def scale(self, scale_of: Callable[[str], float]) -> float:
        """How the value grows when everything is done n times as often: as n to this power.

        1 for an amount, 0 for a ratio, a mean or a share.

        Args:
            scale_of: the scale of an input by its name.
        """
        return 1.0

    @property
    def rule(self) -> str:
        """How its type computes, in a sentence or two, for a sceptic."""
        return " ".join((type(self).__doc__ or "").split())

    def slicing_sources(self, tree: "MetricTree") -> tuple[str, ...]:
        """The sources that must all have a dimension for this metric to be sliced by it."""
        found = (
            source
            for name in self.inputs
            if name in tree.metrics
            for source in tree.slicing_sources_of(name)
        )
        return tuple(dict.fromkeys(found))

    def sources_named(self) -> tuple[tuple[Path, str | None], ...]:
        """The keys that say where its own rows are, each with the source named there.

        None stands for a source that is left to the tree's only one.
        """
        return ()

    def parts(self, tree: "MetricTree") -> tuple["RowsPart", ...]:
        """The rows of which it follows an entity, by source; empty where it follows none.

        Raises:
            QuestionError: a source is not clear, or a metric named has no rows of its own.
        """
        return ()

    def events_named(self) -> tuple["NamedEvent", ...]:
        """The events it looks for itself."""
        return ()

    @property
    def own_dimensions(self) -> tuple[str, ...]:
        """What it is sliced by where it reads no source of the tree."""
        return ()

    @abstractmethod
    def needs(self, ask: MetricAsk, setting: Setting) -> Mapping[str, Need]:
        """What must be answered before `combine`, by slot.

        Raises:
            QuestionError: it cannot be asked at this grain or slice.
        """

    @abstractmethod
    def combine(self, ask: MetricAsk, setting: Setting, answers: Mapping[str, Table]) -> Table:
        """The metric's table from the answers to its needs, one value per span of the ask."""


SIDE_KEYS = frozenset(entry.name for entry in fields(Metric) if HELP in entry.metadata) - {"filter"}
"""Keys beside the computation: an error in one is told, and the metric has its value all the same."""
