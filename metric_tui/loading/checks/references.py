"""Every name in the file must be the name of something."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from metric_tui.base.problems import Path, Problem
from metric_tui.definitions.kinds.funnel import Funnel
from metric_tui.definitions.metric import Metric
from metric_tui.definitions.sources import Source
from metric_tui.definitions.tree import MetricTree
from metric_tui.loading.checks.file import File
from metric_tui.loading.nearest import did_you_mean
from metric_tui.loading.nodes import Mapping, solid

INPUT_FIELDS = (
    "numerator",
    "denominator",
    "input_metric",
    "base_metric",
    "conversion_metric",
)


def names_under(file: File, section: str) -> tuple[str, ...]:
    """The names a section of the file declares, readable or not."""
    node = file.document.node((section,))
    found = solid(node) if node is not None else None
    return tuple(key.text for key, _ in found.entries) if isinstance(found, Mapping) else ()


def unknown_sources(file: File) -> Iterator[Problem]:
    """Metrics must read a source that is there, and say which where there are several."""
    declared = names_under(file, "sources")
    for metric in file.tree.metrics.values():
        for path, name in _sources_named(metric):
            if name is None:
                yield from _source_missing(file, path, declared)
            elif name not in declared:
                yield file.at_value(
                    path,
                    "unknown-source",
                    f"no source is named `{name}`",
                    hint=did_you_mean(name, declared) or _listed("sources", declared),
                )
            elif name not in file.tree.sources:
                yield file.at_value(path, "broken-source", f"source `{name}` has errors")


def _sources_named(metric: Metric) -> Iterator[tuple[Path, str | None]]:
    own: Path = ("metrics", metric.name)
    if isinstance(metric, Funnel):
        for index, step in enumerate(metric.steps):
            if step.source is not None:
                yield (*own, "steps", index, "source"), step.source
        if metric.source is None and all(step.source is not None for step in metric.steps):
            return
    if hasattr(metric, "source"):
        yield (*own, "source"), metric.source


def _source_missing(file: File, path: Path, declared: Sequence[str]) -> Iterator[Problem]:
    if len(declared) == 1:
        if declared[0] not in file.tree.sources:
            yield file.at_key(path[:2], "broken-source", f"source `{declared[0]}` has errors")
        return
    message = "the tree has no sources to read"
    hint: str | None = "add `sources:` with a table and its time column"
    if declared:
        message = f"`{path[1]}` needs `source`: the tree has several"
        hint = _listed("sources", declared)
    yield file.at_key(path[:2], "missing-key", message, hint=hint)


def _listed(noun: str, names: Sequence[str]) -> str | None:
    return f"the {noun} are {', '.join(names)}" if names else None


def unknown_entities(file: File) -> Iterator[Problem]:
    """Entities that are named must be in their source, and named where there are several."""
    for source in file.tree.sources.values():
        if source.primary_entity is not None:
            path: Path = ("sources", source.name, "primary_entity")
            yield from _unknown_entity(file, path, source, source.primary_entity)
    for metric in file.tree.metrics.values():
        if not hasattr(metric, "entity"):
            continue
        path = ("metrics", metric.name, "entity")
        for source in sources_read(file, metric):
            if metric.entity is not None:
                yield from _unknown_entity(file, path, source, metric.entity)
            elif len(source.entities) != 1:
                yield _entity_missing(file, path, source)


def sources_read(file: File, *metrics: Metric) -> tuple[Source, ...]:
    """The sources that metrics read, themselves or through what they are computed from."""
    sources = file.tree.sources
    only = next(iter(sources)) if len(sources) == 1 else None
    found: dict[str, Source] = {}
    seen: set[str] = set()
    waiting = list(metrics)
    while waiting:
        metric = waiting.pop(0)
        if metric.name in seen:
            continue
        seen.add(metric.name)
        waiting += [file.tree.metrics[name] for name in metric.inputs if name in file.tree.metrics]
        for _, name in _sources_named(metric):
            source = sources.get(name or only or "")
            if source is not None:
                found[source.name] = source
    return tuple(found.values())


def _unknown_entity(file: File, path: Path, source: Source, name: str) -> Iterator[Problem]:
    if name not in source.entities and name not in _declared(file, source, "entities"):
        yield file.at_value(
            path,
            "unknown-entity",
            f"source `{source.name}` has no entity `{name}`",
            hint=did_you_mean(name, source.entities) or _listed("entities", [*source.entities]),
        )


def _declared(file: File, source: Source, section: str) -> tuple[str, ...]:
    node = file.document.node(("sources", source.name, section))
    found = solid(node) if node is not None else None
    return tuple(key.text for key, _ in found.entries) if isinstance(found, Mapping) else ()


def _entity_missing(file: File, path: Path, source: Source) -> Problem:
    names = [*source.entities]
    message = f"`{path[1]}` needs `entity`: source `{source.name}` has "
    message += "several" if names else "none"
    return file.at_key(path[:2], "missing-key", message, hint=_listed("entities", names))


def entities_counted(file: File) -> Iterator[Problem]:
    """A distinct count without `expr` counts its source's only entity."""
    for metric in file.tree.metrics.values():
        if getattr(metric, "agg", None) != "count_distinct" or getattr(metric, "expr", None):
            continue
        for source in sources_read(file, metric):
            if len(source.entities) != 1:
                names = [*source.entities]
                count = "several entities" if names else "no entity"
                yield file.at_key(
                    ("metrics", metric.name),
                    "missing-key",
                    f"`agg: count_distinct` needs `expr`: source `{source.name}` has {count}",
                    hint=_listed("entities", names) or "write the column that is counted",
                )


def unknown_dimensions(file: File) -> Iterator[Problem]:
    """A metric's `dimensions` are those of the sources it reads."""
    for metric in file.tree.metrics.values():
        sources = sources_read(file, metric)
        for index, name in enumerate(metric.dimensions):
            path: Path = ("metrics", metric.name, "dimensions", index)
            for source in sources:
                known = file.tree.dimension_names(source)
                if name not in known and name not in _declared(file, source, "dimensions"):
                    yield file.at_value(
                        path,
                        "unknown-dimension",
                        f"source `{source.name}` has no dimension `{name}`",
                        hint=did_you_mean(name, known) or _listed("dimensions", known),
                    )


def events_without_column(file: File) -> Iterator[Problem]:
    """An event can only be looked for where the source says which column names it."""
    for metric in file.tree.metrics.values():
        told: set[str] = set()
        for path, name in events_named(metric, file.tree):
            source = source_of_event(file, metric, path)
            if source is None or source.event_column is not None or source.name in told:
                continue
            told.add(source.name)
            yield file.at_value(
                path,
                "missing-key",
                f"source `{source.name}` has no `event_column` to look for `{name}` in",
                hint="name the column with the event's name in the source",
            )


def source_of_event(file: File, metric: Metric, path: Path) -> Source | None:
    """The source that an event named at a path is looked for in; None where that is not known."""
    name: str | None = getattr(metric, "source", None)
    if isinstance(metric, Funnel) and isinstance(path[3], int):
        name = metric.steps[path[3]].source or name
    sources = file.tree.sources
    if name is None:
        return next(iter(sources.values())) if len(sources) == 1 else None
    return sources.get(name)


def events_named(metric: Metric, tree: MetricTree) -> tuple[tuple[Path, str], ...]:
    """The events a metric names, with their places."""
    own: Path = ("metrics", metric.name)
    found = [((*own, "event", i), name) for i, name in enumerate(getattr(metric, "event", ()))]
    for index, step in enumerate(getattr(metric, "steps", ())):
        path = (*own, "steps", index, "event")
        found += [((*path, i), name) for i, name in enumerate(step.event)]
    for field in ("start", "back"):
        names = enumerate(getattr(metric, field, ()))
        # a retention may be stated in metrics instead of events
        found += [((*own, field, i), name) for i, name in names if name not in tree.metrics]
    return tuple(found)
