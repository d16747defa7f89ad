"""The keys a definition class takes, from its annotations and `yaml_field` metadata."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import MISSING, dataclass, fields, is_dataclass
from functools import cache
from typing import Any, get_args

from metric_tui.definitions.fields import ALSO, HELP, KEY, SHORTHAND


@dataclass(frozen=True, slots=True)
class Spec:
    """One key: `name` is the field's own name, `key` the word in YAML, `also` other spellings."""

    name: str
    key: str
    also: tuple[str, ...]
    annotation: Any
    is_required: bool
    is_shorthand: bool
    help: str


@cache
def specs_of(definition: type) -> tuple[Spec, ...]:
    """The keys of a definition class in the order of its fields."""
    return tuple(
        Spec(
            name=entry.name,
            key=entry.metadata[KEY] or entry.name,
            also=entry.metadata[ALSO],
            annotation=entry.type,
            is_required=entry.default is MISSING and entry.default_factory is MISSING,
            is_shorthand=entry.metadata[SHORTHAND],
            help=entry.metadata[HELP],
        )
        for entry in fields(definition)
        if HELP in entry.metadata
    )


@cache
def spellings_of(definition: type) -> dict[str, Spec]:
    """The keys of a definition class by every spelling."""
    return {word: spec for spec in specs_of(definition) for word in (spec.key, *spec.also)}


@cache
def shorthand_of(definition: type) -> Spec | None:
    """The key that a plain value stands for, None where a mapping must be written."""
    return next((spec for spec in specs_of(definition) if spec.is_shorthand), None)


def definitions_under(*annotations: Any) -> set[type]:
    """The definition classes that annotations or definition classes lead to."""
    found: set[type] = set()
    waiting = list(annotations)
    while waiting:
        kind = waiting.pop()
        waiting.extend(get_args(kind))
        if isinstance(kind, type) and is_dataclass(kind) and kind not in found and specs_of(kind):
            found.add(kind)
            waiting.extend(spec.annotation for spec in specs_of(kind))
    return found


def alternatives_of(definitions: Iterable[type]) -> dict[str, tuple[str, ...]]:
    """For each field name and key, the words under which it may stand in a file."""
    found: dict[str, tuple[str, ...]] = {}
    for definition in definitions:
        for spec in specs_of(definition):
            words = (spec.key, *spec.also)
            for word in {spec.name, spec.key}:
                others = tuple(other for other in words if other != word)
                if others:
                    found[word] = tuple(dict.fromkeys((*found.get(word, ()), *others)))
    return found
