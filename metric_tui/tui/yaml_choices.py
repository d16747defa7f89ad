"""What may be written at a place of a tree file, from the same classes that the reader reads by."""

from collections.abc import Iterable
from dataclasses import is_dataclass
from typing import Any, Literal, get_args, get_origin

from metric_tui.base.formulas import Formula
from metric_tui.definitions.edges import ComponentView, Influence, MetricInput
from metric_tui.definitions.fragments import Fragment
from metric_tui.definitions.kinds import KINDS
from metric_tui.definitions.metric import Metric
from metric_tui.definitions.tree import MetricTree
from metric_tui.loading.specs import specs_of, spellings_of
from metric_tui.tui.widgets.completion_list import Choice
from metric_tui.tui.yaml_places import Place
from metric_tui.workspace import Names

METRIC_KEYS = {"metric", "guardrails", "focus", "metrics"}
EVENT_KEYS = {"event", "start", "return"}
COLUMN_KEYS = {"agg_time_dimension", "time_column", "event_column", "entities"}
METRIC_TYPES = (Formula, ComponentView, MetricInput, Influence)


def choices_at(place: Place, names: Names) -> tuple[Choice, ...]:
    """What may stand at a place, the likeliest kind first."""
    definition = _reached(place)
    if place.key is None:
        return tuple(Choice(key, "key") for key in _keys(definition, place.kind))
    fixed = _words(place, definition)
    return fixed or _named(place, definition, names)


def _reached(place: Place) -> Any:
    """The annotation of the mapping that the path leads to; None where it is unknown."""
    here: Any = MetricTree
    for key in place.path:
        here = _below(_essence(here), key, place.kind)
    return _essence(here)


def _essence(annotation: Any) -> Any:
    """A definition class or a mapping, out of its optionals and lists."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is tuple:
        return _essence(arguments[0])
    if arguments and origin not in (dict, Literal) and not _is_mapping(annotation):
        parts = [_essence(part) for part in arguments if part is not type(None)]
        return next((part for part in parts if is_dataclass(part) or _is_mapping(part)), parts[0])
    return annotation


def _is_mapping(annotation: Any) -> bool:
    return getattr(get_origin(annotation), "__name__", "") == "Mapping"


def _below(annotation: Any, key: str, kind: str | None) -> Any:
    if _is_mapping(annotation):
        return get_args(annotation)[1]
    for definition in _definitions(annotation, kind):
        spec = spellings_of(definition).get(key)
        if spec is not None:
            return spec.annotation
    return None


def _definitions(annotation: Any, kind: str | None) -> tuple[type, ...]:
    """The classes whose keys may stand here: for a metric of unknown type, those of any."""
    if annotation is Metric:
        return (KINDS[kind],) if kind in KINDS else tuple(KINDS.values())
    return (annotation,) if isinstance(annotation, type) and is_dataclass(annotation) else ()


def _keys(annotation: Any, kind: str | None) -> Iterable[str]:
    definitions = _definitions(annotation, kind)
    own = [spec.key for definition in definitions for spec in _own_first(definition)]
    return dict.fromkeys(["type", *own] if annotation is Metric else own)


def _own_first(definition: type) -> list[Any]:
    """A metric type's own keys before those that every metric takes."""
    shared = {spec.name for spec in specs_of(Metric)}
    return sorted(specs_of(definition), key=lambda spec: spec.name in shared)


def _words(place: Place, definition: Any) -> tuple[Choice, ...]:
    """The words a key is limited to."""
    if definition is Metric and place.key == "type":
        return tuple(Choice(word, "type") for word in KINDS)
    annotation = _below(definition, place.key or "", place.kind)
    words = [word for part in _parts(annotation) for word in _literal(part)]
    return tuple(Choice(word, place.key or "") for word in words)


def _parts(annotation: Any) -> tuple[Any, ...]:
    arguments = get_args(annotation)
    if get_origin(annotation) is Literal or not arguments:
        return (annotation,)
    return tuple(inner for part in arguments for inner in _parts(part))


def _literal(annotation: Any) -> tuple[str, ...]:
    if annotation is bool:
        return ("true", "false")
    return tuple(map(str, get_args(annotation))) if get_origin(annotation) is Literal else ()


def _named(place: Place, definition: Any, names: Names) -> tuple[Choice, ...]:
    groups = {
        "metric": names.metrics,
        "event": names.events,
        "column": names.columns,
        "dimension": names.dimensions,
    }
    order = _likely(place, definition) or list(groups)
    return tuple(Choice(name, kind) for kind in order for name in groups[kind])


def _likely(place: Place, definition: Any) -> list[str]:
    parts = set(_parts(_below(definition, place.key or "", place.kind)))
    key = place.key or ""
    if key in METRIC_KEYS or (Formula in parts and Fragment not in parts):
        return ["metric"]
    if parts & set(METRIC_TYPES) or "components" in place.path:
        return ["metric"]
    if key in EVENT_KEYS:
        return ["event", "metric"] if key != "event" else ["event"]
    if key == "dimensions" and definition is not None and _definitions(definition, place.kind):
        return ["dimension"]
    if key in COLUMN_KEYS or Fragment in parts or set(place.path) & {"entities", "dimensions"}:
        return ["column", "dimension", "metric"] if key == "expr" else ["column", "dimension"]
    return []
