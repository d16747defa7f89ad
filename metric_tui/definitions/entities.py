"""Whom a metric follows over the rows it reads, where the file does not name the entity."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from metric_tui.base.errors import QuestionError
from metric_tui.definitions.fragments import Column, Fragment
from metric_tui.definitions.kinds.simple import Simple
from metric_tui.definitions.sources import Source

if TYPE_CHECKING:
    from metric_tui.definitions.tree import MetricTree


class RowsPart(NamedTuple):
    """Rows that a metric reads: their source, and the metric that names them, None for events."""

    source: Source
    metric: Simple | None = None


def entities_of(
    tree: "MetricTree", parts: Sequence[RowsPart], name: str | None
) -> tuple[Fragment, ...]:
    """The entity in each part's source.

    Args:
        tree: with the sources.
        parts: what a metric reads.
        name: the entity that the metric names; without one it is found: what a part's metric counts
            distinctly, the source's only entity, or the only one that all the sources share.

    Raises:
        QuestionError: a source does not have the entity, or none is clear.
    """
    return tuple(_entity(tree, part, parts, name) for part in parts)


def _entity(
    tree: "MetricTree", part: RowsPart, parts: Sequence[RowsPart], name: str | None
) -> Fragment:
    if name is not None:
        return tree.entity(part.source, name)
    found = found_entity(part, parts)
    if found is None:
        raise QuestionError(f"`entity` is needed: source `{part.source.name}` has none or several")
    return found


def found_entity(part: RowsPart, parts: Sequence[RowsPart]) -> Fragment | None:
    """The entity of one part where none is named; None where it is not clear."""
    entities = part.source.entities
    counted = _counted(part)
    if counted is not None and (len(entities) != 1 or counted in entities):
        return _fragment(part, counted)
    if len(entities) == 1:
        return next(iter(entities.values()))
    shared = _shared(parts)
    return entities.get(shared) if shared is not None else None


def _counted(part: RowsPart) -> str | None:
    """What the part's metric counts distinctly: an entity's name, or the text of what is counted."""
    metric, entities = part.metric, part.source.entities
    if metric is None or metric.agg != "count_distinct":
        return None
    if metric.expr is None:
        return next(iter(entities)) if len(entities) == 1 else None
    node = metric.expr.node
    if isinstance(node, Column) and node.name in entities:
        return node.name
    same = (name for name, entity in entities.items() if entity.node == node)
    return next(same, metric.expr.text)


def _fragment(part: RowsPart, counted: str) -> Fragment | None:
    found = part.source.entities.get(counted)
    return found if found is not None else part.metric.expr if part.metric is not None else None


def _shared(parts: Sequence[RowsPart]) -> str | None:
    """The one entity that all sources have, or that the metrics among the parts count."""
    names = [
        name for name in parts[0].source.entities if all(name in p.source.entities for p in parts)
    ]
    if len(names) == 1:
        return names[0]
    counted = {found for part in parts if (found := _counted(part)) in names}
    return counted.pop() if len(counted) == 1 else None
