"""The whole metric tree: settings, sources, metrics and how they hang together."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any, Literal

from metric_tui.base.errors import QuestionError
from metric_tui.base.periods import Calendar, Grain, WeekStart
from metric_tui.definitions.edges import (
    Annotation,
    ComponentView,
    EdgeKind,
    Guardrail,
    Objective,
    Scenario,
)
from metric_tui.definitions.fields import yaml_field
from metric_tui.definitions.fragments import Column, Fragment
from metric_tui.definitions.kinds.broken import Broken
from metric_tui.definitions.kinds.simple import Simple
from metric_tui.definitions.metric import Metric
from metric_tui.definitions.sources import Dimension, Source

Comparison = Literal["previous", "year_ago", "none"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What holds for the whole tree unless a question says otherwise."""

    timezone: str = yaml_field("IANA name of the zone in which days begin", default="UTC")
    week_start: WeekStart = yaml_field("monday or sunday", default="monday")
    grain: Grain = yaml_field("what the explorer opens with; any but total", default="week")
    compare: Comparison = yaml_field("previous, year_ago or none", default="previous")
    watermark: date | datetime | Literal["auto"] = yaml_field(
        "last moment the data is trusted: auto is the last event", default="auto"
    )

    @property
    def calendar(self) -> Calendar:
        return Calendar(self.timezone, self.week_start)


@dataclass(frozen=True, slots=True, kw_only=True)
class TreeRoot:
    """Where the tree begins."""

    focus: str = yaml_field("the one metric the tree explains", shorthand=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """A child of a metric, by the view it stands in."""

    kind: EdgeKind
    child: str


@dataclass(frozen=True, kw_only=True)
class MetricTree:
    """A loaded tree file. Metrics that could not be read are `Broken`; the rest works."""

    version: int = yaml_field("version of the language", default=1)
    name: str = yaml_field("the tree's name", default="")
    description: str | None = yaml_field("what the tree is about", default=None)
    store: str | None = yaml_field(
        "path relative to this file, or a URL: where the events are", default=None
    )
    settings: Settings = yaml_field("what holds for the whole tree", default=Settings())
    sources: Mapping[str, Source] = yaml_field("where events stand", default_factory=dict)
    metrics: Mapping[str, Metric] = yaml_field("the metrics, by name", default_factory=dict)
    tree: TreeRoot | None = yaml_field("where the tree begins", default=None)
    annotations: tuple[Annotation, ...] = yaml_field("what happened", default=())
    objectives: tuple[Objective, ...] = yaml_field("what is to be achieved", default=())
    scenarios: Mapping[str, Scenario] = yaml_field("saved what-ifs", default_factory=dict)
    meta: Mapping[str, Any] = yaml_field(
        "anything else; `ignore: [code]` silences a warning in the whole file",
        default_factory=dict,
    )

    def is_planned(self, name: str) -> bool:
        """Whether a metric is a draft, or computed from one, so that it has no value yet."""
        seen: set[str] = set()
        waiting = [name]
        while waiting:
            metric = self.metrics.get(waiting.pop())
            if metric is not None and metric.name not in seen:
                if metric.is_draft:
                    return True
                seen.add(metric.name)
                waiting.extend(metric.inputs)
        return False

    @cached_property
    def needs_store(self) -> bool:
        """Whether anything in it reads rows; a tree of drafts does not."""
        return bool(self.sources) or any(
            not (metric.is_draft or metric.inputs or isinstance(metric, Broken))
            for metric in self.metrics.values()
        )

    @property
    def focus(self) -> str:
        """The focus metric's name.

        Raises:
            QuestionError: the file names none.
        """
        if self.tree is None or self.tree.focus not in self.metrics:
            raise QuestionError("the tree has no focus metric")
        return self.tree.focus

    def edges(self, metric: str, view: str | None = None) -> tuple[Edge, ...]:
        """The children of a metric: components of one view, then influences, then guardrails.

        Args:
            metric: the parent.
            view: the name of its component view; the first one without it.
        """
        node = self.metrics[metric]
        chosen = self.view_of(metric, view)
        names = chosen.formula.names if chosen else node.unread_components
        found = [Edge(kind="components", child=name) for name in names]
        found += [Edge(kind="influences", child=edge.metric) for edge in node.influences]
        found += [Edge(kind="guardrails", child=entry.metric) for entry in node.guardrails]
        return tuple(edge for edge in found if edge.child in self.metrics)

    def view_of(self, metric: str, view: str | None = None) -> ComponentView | None:
        """A metric's component view by name, its first one without a name, None for a leaf."""
        views = self.metrics[metric].views
        if view is None:
            return views[0] if views else None
        return next((entry for entry in views if entry.name == view), None)

    @cached_property
    def levels(self) -> Mapping[str, int]:
        """Distance from the focus over all views and edges; metrics not reached are left out."""
        if self.tree is None or self.tree.focus not in self.metrics:
            return {}
        found = {self.tree.focus: 0}
        ring = [self.tree.focus]
        while ring:
            ring = self._next_ring(ring, found)
        return found

    def _next_ring(self, ring: list[str], found: dict[str, int]) -> list[str]:
        after: list[str] = []
        for parent in ring:
            for edge in self.all_edges(parent):
                if edge.child not in found:
                    found[edge.child] = found[parent] + 1
                    after.append(edge.child)
        return after

    def all_edges(self, metric: str) -> tuple[Edge, ...]:
        """The children of a metric over all its component views, without repeats."""
        views: list[str | None] = [view.name for view in self.metrics[metric].views] or [None]
        unread = (
            Edge(kind="components", child=name) for name in self.metrics[metric].unread_components
        )
        found = (edge for view in views for edge in self.edges(metric, view))
        return tuple(dict.fromkeys((*found, *unread)))

    @cached_property
    def parents(self) -> Mapping[str, tuple[str, ...]]:
        """Each metric's parents in file order."""
        found: dict[str, list[str]] = {name: [] for name in self.metrics}
        for parent in self.metrics:
            for edge in self.all_edges(parent):
                if parent not in found[edge.child]:
                    found[edge.child].append(parent)
        return {name: tuple(names) for name, names in found.items()}

    def guardrails_on(self, child: str, parent: str | None = None) -> tuple[Guardrail, ...]:
        """The guardrails that a metric is, of every metric it guards or of one of them."""
        parents = self.parents[child] if parent is None else (parent,)
        return tuple(
            entry
            for name in parents
            for entry in self.metrics[name].guardrails
            if entry.metric == child
        )

    def edge_between(self, parent: str, child: str) -> EdgeKind | None:
        """How the child hangs on the parent; the strongest edge where there are several."""
        kinds = [edge.kind for edge in self.all_edges(parent) if edge.child == child]
        return kinds[0] if kinds else None

    def nearest_edge(self, child: str) -> EdgeKind | None:
        """How it hangs on the parent at the lowest level; None for the focus and loose metrics."""
        parents = [name for name in self.parents[child] if name in self.levels]
        if not parents or self.levels.get(child) == 0:
            return None
        return self.edge_between(min(parents, key=lambda name: self.levels[name]), child)

    def in_tree_order(self, root: str | None = None) -> tuple[str, ...]:
        """Metrics reached from `root` (the focus without it), parents first, each once."""
        found: dict[str, None] = {}
        waiting = [root or self.focus]
        while waiting:
            metric = waiting.pop()
            if metric not in found:
                found[metric] = None
                waiting.extend(edge.child for edge in reversed(self.all_edges(metric)))
        return tuple(found)

    @cached_property
    def loose(self) -> tuple[str, ...]:
        """Metrics that are neither reached from the focus nor an input of one that is."""
        used: set[str] = set()
        waiting = list(self.levels)
        while waiting:
            metric = waiting.pop()
            if metric in self.metrics and metric not in used:
                used.add(metric)
                waiting.extend(self.metrics[metric].inputs)
        return tuple(name for name in self.metrics if name not in used)

    def metric(self, name: str) -> Metric:
        """A metric by name.

        Raises:
            QuestionError: there is none of that name.
        """
        if name not in self.metrics:
            raise QuestionError(f"no metric is named `{name}`", hint=self._nearest(name))
        return self.metrics[name]

    def _nearest(self, name: str) -> str | None:
        from difflib import get_close_matches

        found = get_close_matches(name, self.metrics, n=1)
        return f"did you mean `{found[0]}`?" if found else None

    def source_named(self, name: str | None) -> Source:
        """A source by name; the only one without a name.

        Raises:
            QuestionError: there is none of that name, or there are several to choose from.
        """
        if name is None and len(self.sources) == 1:
            return next(iter(self.sources.values()))
        if name is None:
            raise QuestionError("the tree has several sources, so `source` must be named")
        if name not in self.sources:
            raise QuestionError(f"no source is named `{name}`")
        return self.sources[name]

    @cached_property
    def sources_of_events(self) -> frozenset[str]:
        """The sources in which metrics look for events by name."""
        only = next(iter(self.sources)) if len(self.sources) == 1 else None
        found = (
            event.source or only
            for metric in self.metrics.values()
            for event in metric.events_named()
        )
        return frozenset(name for name in found if name is not None)

    def source_of(self, metric: Simple) -> Source:
        """The source a simple metric reads."""
        return self.source_named(metric.source)

    def entity(self, source: Source, name: str | None) -> Fragment:
        """The expression of an entity; the source's only one without a name.

        Raises:
            QuestionError: the source has no such entity.
        """
        if name is None and len(source.entities) == 1:
            return next(iter(source.entities.values()))
        if name is None or name not in source.entities:
            raise QuestionError(f"source `{source.name}` has no entity `{name or ''}`")
        return source.entities[name]

    def entity_of(self, metric: Simple) -> Fragment:
        """What a distinct count counts: its `expr`, or the entity that `expr` names."""
        source = self.source_of(metric)
        if metric.expr is None:
            return self.entity(source, None)
        node = metric.expr.node
        if isinstance(node, Column) and node.name in source.entities:
            return source.entities[node.name]
        return metric.expr

    def dimension(self, source: Source, name: str) -> Dimension | None:
        """A source's dimension by name: its own, or `entity__name` of the entity's own source."""
        if name in source.dimensions:
            return source.dimensions[name]
        entity, _, rest = name.partition("__")
        owner = self.owner_of(entity) if rest and entity in source.entities else None
        return owner.dimensions.get(rest) if owner is not None else None

    def owner_of(self, entity: str) -> Source | None:
        """The source of which each row is one `entity`, None where there is none."""
        return next(
            (source for source in self.sources.values() if source.primary_entity == entity), None
        )

    def dimension_names(self, source: Source) -> tuple[str, ...]:
        """A source's own dimensions, then those reached through its entities."""
        joined = [
            f"{entity}__{name}"
            for entity in source.entities
            if (owner := self.owner_of(entity)) is not None and owner.name != source.name
            for name in owner.dimensions
        ]
        return (*source.dimensions, *joined)

    def slicing_sources_of(self, metric: str) -> tuple[str, ...]:
        """A metric's `slicing_sources`, looked up once: inputs are shared by many metrics."""
        found = self._slicing_sources.get(metric)
        if found is None:
            # until it is known a metric computed from itself has none
            self._slicing_sources[metric] = ()
            try:
                found = self.metrics[metric].slicing_sources(self)
            except QuestionError:
                # a metric that it names has no rows: it is a draft, or has errors of its own
                found = ()
            self._slicing_sources[metric] = found
        return found

    @cached_property
    def _slicing_sources(self) -> dict[str, tuple[str, ...]]:
        return {}

    def dimensions_of(self, metric: str) -> tuple[str, ...]:
        """The dimensions a metric may be sliced by: what all its inputs share, in file order."""
        node = self.metrics[metric]
        sources = [self.sources[name] for name in self.slicing_sources_of(metric)]
        if not sources:
            return node.own_dimensions
        shared = [
            name
            for name in self.dimension_names(sources[0])
            if all(self.dimension(source, name) is not None for source in sources)
        ]
        return tuple(name for name in shared if not node.dimensions or name in node.dimensions)
