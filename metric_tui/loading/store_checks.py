"""What a tree names must be in its store: tables, columns and events."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from metric_tui.base.problems import Path, Problem
from metric_tui.definitions.fragments import Fragment
from metric_tui.definitions.kinds.conversion import Conversion
from metric_tui.definitions.kinds.derived import Derived
from metric_tui.definitions.kinds.funnel import Funnel
from metric_tui.definitions.kinds.simple import Simple
from metric_tui.definitions.metric import Metric
from metric_tui.definitions.sources import Source, found_event_column
from metric_tui.definitions.tree import MetricTree
from metric_tui.loading.checks.file import File
from metric_tui.loading.checks.references import (
    INPUT_FIELDS,
    source_of_event,
    sources_read,
)
from metric_tui.loading.document import Document
from metric_tui.loading.lint.silence import heard
from metric_tui.loading.nearest import did_you_mean


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreSchema:
    """A store as far as checks need to know it.

    Attributes:
        tables: name to columns, each with its declared type (empty where it has none).
        columns_of_queries: source name to the columns its `sql` gives; absent where not known.
        events: source name to every event name in it; absent or None where not known.
    """

    tables: Mapping[str, Mapping[str, str]]
    columns_of_queries: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    events: Mapping[str, tuple[str, ...] | None] = field(default_factory=dict)


def store_problems(
    tree: MetricTree, document: Document, schema: StoreSchema
) -> tuple[Problem, ...]:
    """Unknown tables and columns as errors, events that never occur as warnings, in file order."""
    checker = _Checker(File(tree=tree, document=document), schema)
    found = [
        *checker.tables(),
        *checker.sources(),
        *checker.metrics(),
        *checker.event_columns(),
        *checker.events(),
    ]
    return tuple(sorted(dict.fromkeys(heard(found, tree)), key=_place))


def _place(problem: Problem) -> tuple[int, int]:
    return (problem.span.line, problem.span.column) if problem.span else (0, 0)


@dataclass(frozen=True, slots=True)
class _Checker:
    file: File
    schema: StoreSchema

    def columns(self, source: Source) -> tuple[str, ...] | None:
        """The columns of a source's rows, None where they are not known."""
        if source.sql is not None:
            return self.schema.columns_of_queries.get(source.name)
        by_lower = {name.lower(): columns for name, columns in self.schema.tables.items()}
        found = by_lower.get((source.table or "").lower())
        return tuple(found) if found is not None else None

    def tables(self) -> Iterator[Problem]:
        known = {name.lower() for name in self.schema.tables}
        for source in self.file.tree.sources.values():
            if source.table is not None and source.table.lower() not in known:
                path: Path = ("sources", source.name, "table")
                message = f"the store has no table `{source.table}`"
                hint = did_you_mean(source.table, self.schema.tables) or _listed(
                    "tables", tuple(self.schema.tables)
                )
                yield self.file.at_value(path, "unknown-table", message, hint=hint)

    def sources(self) -> Iterator[Problem]:
        for source in self.file.tree.sources.values():
            own: Path = ("sources", source.name)
            for key in ("agg_time_dimension", "event_column"):
                name = getattr(source, key)
                if name is not None:
                    yield from self.column((*own, key), source, name)
            for name, fragment in source.entities.items():
                yield from self.fragment((*own, "entities", name), source, fragment)
            for name, dimension in source.dimensions.items():
                yield from self.fragment((*own, "dimensions", name, "expr"), source, dimension.expr)
            for index, fragment in enumerate(source.filter):
                yield from self.fragment((*own, "filter", index), source, fragment)

    def metrics(self) -> Iterator[Problem]:
        for metric in self.file.tree.metrics.values():
            own: Path = ("metrics", metric.name)
            for path, fragment, sources in self.fragments(metric, own):
                for source in sources:
                    yield from self.fragment(path, source, fragment)
            if isinstance(metric, Simple) and metric.agg_time_dimension is not None:
                for source in self.sources_of(metric):
                    path = (*own, "agg_time_dimension")
                    yield from self.column(path, source, metric.agg_time_dimension)

    def fragments(
        self, metric: Metric, own: Path
    ) -> Iterator[tuple[Path, Fragment, tuple[Source, ...]]]:
        """Every fragment of a metric with its place and the sources whose columns it may name."""
        sources = self.sources_of(metric)
        for index, fragment in enumerate(metric.filter):
            yield (*own, "filter", index), fragment, sources
        if isinstance(metric, Simple):
            if metric.expr is not None:
                yield (*own, "expr"), metric.expr, sources
            stock = metric.non_additive_dimension
            if stock is not None:
                yield (*own, "non_additive_dimension", "name"), stock.name, sources
                for index, fragment in enumerate(stock.group_by):
                    place = (*own, "non_additive_dimension", "group_by", index)
                    yield place, fragment, sources
        yield from self.fragments_of_parts(metric, own)

    def fragments_of_parts(
        self, metric: Metric, own: Path
    ) -> Iterator[tuple[Path, Fragment, tuple[Source, ...]]]:
        """The fragments of a metric's inputs, steps and constant properties."""
        inputs = [((*own, name), getattr(metric, name, None)) for name in INPUT_FIELDS]
        if isinstance(metric, Derived):
            inputs += [
                ((*own, "input_metrics", index), entry)
                for index, entry in enumerate(metric.input_metrics)
            ]
        for path, entry in inputs:
            if entry is None:
                continue
            for index, fragment in enumerate(entry.filter):
                yield (*path, "filter", index), fragment, self.sources_under(entry.metric)
        if isinstance(metric, Funnel):
            for place, step in enumerate(metric.steps):
                for index, fragment in enumerate(step.filter):
                    path = (*own, "steps", place, "filter", index)
                    named = self.named(step.source or metric.source)
                    yield path, fragment, self.sources_under(step.metric) if step.metric else named
        if isinstance(metric, Conversion):
            for index, entry in enumerate(metric.constant_properties):
                path = (*own, "constant_properties", index)
                base = self.sources_under(metric.base_metric.metric)
                conversion = self.sources_under(metric.conversion_metric.metric)
                yield (*path, "base_property"), entry.base_property, base
                yield (*path, "conversion_property"), entry.conversion_property, conversion

    def sources_of(self, metric: Metric) -> tuple[Source, ...]:
        if hasattr(metric, "source") and metric.sources_named():
            return self.named(metric.source)
        if hasattr(metric, "source"):
            # rows of metrics alone: its own filters are those of the side that is sliced
            names = self.file.tree.slicing_sources_of(metric.name)
            return tuple(self.file.tree.sources[name] for name in names)
        return self.sources_under(*metric.inputs)

    def sources_under(self, *names: str) -> tuple[Source, ...]:
        """The sources that metrics read, through all their inputs."""
        metrics = self.file.tree.metrics
        return sources_read(self.file, *(metrics[name] for name in names if name in metrics))

    def named(self, name: str | None) -> tuple[Source, ...]:
        sources = self.file.tree.sources
        if name is None:
            return tuple(sources.values()) if len(sources) == 1 else ()
        return (sources[name],) if name in sources else ()

    def fragment(self, path: Path, source: Source, fragment: Fragment) -> Iterator[Problem]:
        """Columns of a fragment that neither the store nor the tree knows."""
        for column in fragment.columns:
            width = len(column.name)
            text = fragment.text[column.start : column.start + 1]
            # the name of a quoted column stands between its quotes
            within = (column.start, column.start + width + (2 if text in '"`[' else 0))
            yield from self.column(path, source, column.name, within)

    def column(
        self, path: Path, source: Source, name: str, within: tuple[int, int] | None = None
    ) -> Iterator[Problem]:
        columns = self.columns(source)
        tree = self.file.tree
        if columns is None or name.lower() in {column.lower() for column in columns}:
            return
        names = {*source.entities, *source.dimensions, *tree.dimension_names(source)}
        if within is not None and name in names:
            return
        table = f"table `{source.table}`" if source.table else f"the query of `{source.name}`"
        choices = [*columns, *sorted(names)] if within else list(columns)
        yield self.file.at_value(
            path,
            "unknown-column",
            f"{table} has no column `{name}`",
            hint=did_you_mean(name, choices) or _listed("columns", columns),
            within=within,
        )

    def events(self) -> Iterator[Problem]:
        """Events that a metric names and its source never has."""
        for metric in self.file.tree.metrics.values():
            for event in metric.events_named():
                source = source_of_event(self.file.tree, event)
                if source is not None:
                    path = ("metrics", metric.name, *event.path)
                    yield from self.dead_event(path, source, event.name)

    def event_columns(self) -> Iterator[Problem]:
        """An event can only be looked for in a column that the source names, or that is found."""
        for metric in self.file.tree.metrics.values():
            told: set[str] = set()
            for event in metric.events_named():
                source = source_of_event(self.file.tree, event)
                if source is None or source.event_column is not None or source.name in told:
                    continue
                columns = self.columns(source)
                if columns is None or found_event_column(columns) is not None:
                    continue
                told.add(source.name)
                message = (
                    f"source `{source.name}` has no `event_column` to look for `{event.name}` in"
                )
                yield self.file.at_value(
                    ("metrics", metric.name, *event.path),
                    "missing-key",
                    message,
                    hint="name the column with the event's name in the source: "
                    f"`event_column: ...`; {_listed('columns', columns)}",
                )

    def dead_event(self, path: Path, source: Source, name: str) -> Iterator[Problem]:
        known = self.schema.events.get(source.name)
        if known is not None and name not in known:
            yield self.file.at_value(
                path,
                "dead-event",
                f"the store has no event `{name}`",
                hint=did_you_mean(name, known),
                severity="warning",
                together="the store has no events {}",
                subject=name,
            )


def _listed(noun: str, names: tuple[str, ...]) -> str | None:
    if not names:
        return None
    more = f" and {len(names) - 12} more" if len(names) > 12 else ""
    return f"the {noun} are {', '.join(names[:12])}{more}"
