"""Every name in the file must be the name of something."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from metric_tui.base.errors import QuestionError
from metric_tui.base.problems import Path, Problem
from metric_tui.definitions.entities import found_entity
from metric_tui.definitions.metric import Metric, NamedEvent
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
    for path, name in metric.sources_named():
        yield ("metrics", metric.name, *path), name


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
        if metric.entity is None:
            yield from _entity_missing(file, metric)
            continue
        for source in sources_read(file, metric):
            yield from _unknown_entity(file, path, source, metric.entity)


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


def _entity_missing(file: File, metric: Metric) -> Iterator[Problem]:
    """Said of a source in which it is not clear whom the metric follows."""
    try:
        parts = metric.parts(file.tree)
    except QuestionError:
        # what is read is wrong itself, which is said elsewhere
        return
    unclear = (part.source for part in parts if found_entity(part, parts) is None)
    source = next(unclear, None)
    if source is not None:
        names = [*source.entities]
        message = f"`{metric.name}` needs `entity`: source `{source.name}` has "
        message += "several" if names else "none"
        hint = _listed("entities", names) or "name it in the source: `entities: {user: user_id}`"
        yield file.at_key(("metrics", metric.name), "missing-key", message, hint=hint)


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


def source_of_event(tree: MetricTree, event: NamedEvent) -> Source | None:
    """The source that an event is looked for in; None where that is not known."""
    if event.source is None:
        return next(iter(tree.sources.values())) if len(tree.sources) == 1 else None
    return tree.sources.get(event.source)
