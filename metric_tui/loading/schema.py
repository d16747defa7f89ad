"""The JSON Schema (draft-07) of tree files, made from the definition classes.

It serves completion and checking in editors; what a schema cannot say (references, cycles, SQL)
only `load` finds.
"""

from __future__ import annotations

from collections.abc import Mapping as Table
from dataclasses import MISSING, fields, is_dataclass
from datetime import date, datetime
from types import NoneType
from typing import Any, Literal, get_args, get_origin

from metric_tui.base.formulas import Formula
from metric_tui.base.periods import Duration, Lag
from metric_tui.definitions.edges import ComponentView, Percent
from metric_tui.definitions.fragments import Fragment
from metric_tui.definitions.kinds import KINDS
from metric_tui.definitions.kinds.draft import Draft
from metric_tui.definitions.metric import Metric
from metric_tui.definitions.tree import MetricTree
from metric_tui.loading.metrics import ROW_KEYS
from metric_tui.loading.specs import (
    Spec,
    definitions_under,
    shorthand_of,
    specs_of,
    spellings_of,
)

Schema = dict[str, Any]

DRAFT = "http://json-schema.org/draft-07/schema#"

_TEXT: Schema = {"type": ["string", "number"]}
_LEAVES: dict[Any, Schema] = {
    str: _TEXT,
    int: {"type": "integer"},
    float: {"type": "number"},
    Percent: {
        "anyOf": [{"type": "number"}, {"type": "string", "pattern": r"^\s*\d+(\.\d+)?\s*%$"}]
    },
    bool: {"type": "boolean"},
    date: {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}$"},
    datetime: {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}"},
    Duration: {"type": "string", "pattern": r"^\s*\d+\s*[A-Za-z]+\s*$"},
    Lag: {"type": "string", "pattern": r"^\s*\d+\s*[A-Za-z]+\s*$"},
    Fragment: {"type": ["string", "number", "boolean"]},
    Formula: _TEXT,
    Any: {},
}


def json_schema() -> Schema:
    """The schema of a whole file, as plain dicts and lists."""
    definitions = {
        entry.__name__: _object(entry)
        for entry in sorted(definitions_under(MetricTree, *KINDS.values()), key=_name)
        if entry is not MetricTree and not issubclass(entry, Metric)
    }
    kinds = {f"{word} metric": _kind(word, kind) for word, kind in KINDS.items()}
    draft = {**_object(Draft), "description": Draft.summary}
    return {
        "$schema": DRAFT,
        "title": "Metric tree",
        "description": "A metric tree file, version 1",
        **_object(MetricTree),
        "definitions": {**definitions, "metric": _metric(), **kinds, "draft metric": draft},
    }


def _name(entry: type) -> str:
    return entry.__name__


def _metric() -> Schema:
    """A metric: `type` chooses the keys; without one it is simple."""
    choices = [
        {
            "if": {"properties": {"type": {"const": word}}, "required": ["type"]},
            "then": {"$ref": f"#/definitions/{word} metric"},
        }
        for word in KINDS
    ]
    aggregates = [{"required": ["agg"]}, {"required": ["aggregation"]}]
    simple = {
        "if": {"not": {"required": ["type"]}, "anyOf": aggregates},
        "then": {"$ref": "#/definitions/simple metric"},
    }
    draft = {
        "if": {"type": "object", "not": {"anyOf": [{"required": ["type"]}, *aggregates]}},
        "then": {"$ref": "#/definitions/draft metric"},
    }
    return {
        "type": ["object", "null"],
        "properties": {"type": {"enum": list(KINDS), "description": "the metric's type"}},
        "allOf": [*choices, simple, draft],
    }


def _kind(word: str, kind: type[Metric]) -> Schema:
    found = _object(kind)
    found["description"] = kind.summary
    found["properties"]["type"] = {"const": word}
    for key in ROW_KEYS:
        found["properties"].setdefault(key, {"description": "says nothing on this type"})
    return found


def _object(definition: type) -> Schema:
    """The mapping of a definition class."""
    specs = specs_of(definition)
    required = [spec.key for spec in specs if spec.is_required and not spec.also]
    several = [
        {"anyOf": [{"required": [word]} for word in (spec.key, *spec.also)]}
        for spec in specs
        if spec.is_required and spec.also
    ]
    schema: Schema = {
        "type": "object",
        "properties": {
            word: _property(definition, spec) for word, spec in spellings_of(definition).items()
        },
        "additionalProperties": False,
    }
    if required:
        schema["required"] = required
    if several:
        schema["allOf"] = several
    return schema


def _property(definition: type, spec: Spec) -> Schema:
    schema = {"description": spec.help, **_of(spec.annotation)}
    default = _default(definition, spec.name)
    return schema if default is None else {**schema, "default": default}


def _default(definition: type, name: str) -> Any:
    """A field's default, where it is a plain value other than nothing."""
    found = next(entry.default for entry in fields(definition) if entry.name == name)
    if found is MISSING or not isinstance(found, str | int | float | bool | Duration):
        return None
    if found == "":
        return None
    return str(found) if isinstance(found, Duration) else found


def _of(annotation: Any) -> Schema:
    """The schema of a field's annotation."""
    if annotation in _LEAVES:
        return _LEAVES[annotation]
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Literal:
        return {"enum": list(arguments)}
    if origin is tuple:
        return _list(arguments)
    if origin is Table:
        return {"type": "object", "additionalProperties": _of(arguments[1])}
    if arguments:
        kinds = [_of(kind) for kind in arguments if kind is not NoneType]
        return kinds[0] if len(kinds) == 1 else {"anyOf": kinds}
    return _reference(annotation)


def _list(arguments: tuple[Any, ...]) -> Schema:
    """A list; one entry may be written alone."""
    if arguments[0] is ComponentView:
        views = {"type": "object", "additionalProperties": _of(Formula)}
        return {"anyOf": [_of(Formula), views, {"type": "array", "maxItems": 0}]}
    if arguments[-1] is not Ellipsis:
        count = len(arguments)
        items = [_of(kind) for kind in arguments]
        return {"type": "array", "items": items, "minItems": count, "maxItems": count}
    item = _of(arguments[0])
    alone = _alone(arguments[0])
    listed = {"type": "array", "items": item}
    return listed if alone is None else {"anyOf": [alone, listed]}


def _alone(kind: Any) -> Schema | None:
    """What may be written instead of a list of one entry."""
    if isinstance(kind, type) and is_dataclass(kind) and kind is not Fragment:
        short = shorthand_of(kind)
        return None if short is None else _scalar(short)
    return None if get_origin(kind) is tuple else _of(kind)


def _scalar(short: Spec) -> Schema:
    if get_origin(short.annotation) is tuple:
        return _of(get_args(short.annotation)[0])
    return _of(short.annotation)


def _reference(definition: Any) -> Schema:
    """A definition class, or the value its shorthand takes."""
    if definition is Metric:
        return {"$ref": "#/definitions/metric"}
    named = {"$ref": f"#/definitions/{definition.__name__}"}
    short = shorthand_of(definition)
    return named if short is None else {"anyOf": [_of(short.annotation), named]}
