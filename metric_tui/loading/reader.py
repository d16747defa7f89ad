"""Nodes to definitions, by annotation: one reader per type, found once and kept.

A reader notes every problem it meets and goes on; what could not be read is UNREAD.
"""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Mapping as Table
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from types import NoneType
from typing import Any, Literal, get_args, get_origin

from metric_tui.base.formulas import Formula
from metric_tui.base.periods import Duration, Lag
from metric_tui.definitions.edges import ComponentView, Percent
from metric_tui.definitions.fragments import Fragment
from metric_tui.definitions.metric import SIDE_KEYS, Metric
from metric_tui.loading import values
from metric_tui.loading.combinations import RULES
from metric_tui.loading.given import Given
from metric_tui.loading.nearest import nearest
from metric_tui.loading.nodes import Mapping, Node, Scalar, Sequence, solid
from metric_tui.loading.reading import (
    UNREAD,
    Read,
    Reading,
    Spot,
    is_nothing,
    item_spot,
    key_spot,
)
from metric_tui.loading.specs import Spec, shorthand_of, specs_of, spellings_of

READERS: dict[Any, Read] = {
    str: values.read_text,
    int: values.read_whole,
    float: values.read_number,
    Percent: values.read_percent,
    bool: values.read_flag,
    date: values.read_date,
    datetime: values.read_time,
    Duration: values.read_duration,
    Lag: values.read_lag,
    Fragment: values.read_fragment,
    Formula: values.read_formula,
    Any: values.read_anything,
}
"""By annotation; filled as more annotations are met."""


def reader_of(annotation: Any) -> Read:
    """The reader of a field's annotation."""
    found = READERS.get(annotation)
    if found is None:
        found = READERS[annotation] = _made(annotation)
    return found


def _made(annotation: Any) -> Read:
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Literal:
        return values.read_word_of(arguments)
    if origin is tuple and arguments[-1] is Ellipsis:
        if arguments[0] is ComponentView:
            return values.read_components
        return _list_of(arguments[0])
    if origin is tuple:
        return _row_of(arguments)
    if origin is Table:
        return _table_of(arguments[1])
    if arguments:
        kinds = [kind for kind in arguments if kind is not NoneType]
        return reader_of(kinds[0]) if len(kinds) == 1 else _one_of(kinds)
    if is_dataclass(annotation):
        return _object_of(annotation)
    raise TypeError(f"no reader for {annotation}")


def _one_of(kinds: list[Any]) -> Read:
    """A reader that takes the first type that fits, and names them all where none does."""
    readers = [reader_of(kind) for kind in kinds]
    wanted = " or ".join(_wanted(kind) for kind in kinds)

    def read(reading: Reading, node: Node, spot: Spot) -> object:
        for reader in readers:
            attempt = Reading(reading.document)
            value = reader(attempt, node, spot)
            if not attempt.problems:
                return value
        return values.wrong_type(reading, node, spot, wanted, None)

    return read


def _wanted(kind: Any) -> str:
    if get_origin(kind) is Literal:
        return ", ".join(f"`{word}`" for word in get_args(kind))
    return values.WANTED[kind]


def _list_of(kind: Any) -> Read:
    """A reader of a list; one entry may be written without the list."""

    def read(reading: Reading, node: Node, spot: Spot) -> object:
        found = solid(node)
        reader = reader_of(kind)
        if isinstance(found, Scalar):
            value = reader(reading, node, spot)
            return UNREAD if value is UNREAD else (value,)
        if isinstance(found, Mapping):
            hint = "begin each entry with `- `"
            return values.wrong_type(reading, node, spot, "a list", hint)
        items = [reader(reading, item, item_spot(spot.key, item)) for item in found.items]
        if reading.is_beside:
            # one wrong entry says nothing of the others, and no value is computed from them
            return tuple(item for item in items if item is not UNREAD)
        return UNREAD if UNREAD in items else tuple(items)

    return read


def lenient_list_of(kind: Any) -> Read:
    """A reader of a list that leaves out the entries it cannot read."""

    def read(reading: Reading, node: Node, spot: Spot) -> object:
        found = solid(node)
        if not isinstance(found, Sequence):
            hint = "begin each entry with `- `"
            return values.wrong_type(reading, node, spot, "a list", hint)
        reader = reader_of(kind)
        items = [reader(reading, item, item_spot(spot.key, item)) for item in found.items]
        return tuple(item for item in items if item is not UNREAD)

    return read


def _row_of(kinds: tuple[Any, ...]) -> Read:
    """A reader of a list with as many entries as there are types."""

    def read(reading: Reading, node: Node, spot: Spot) -> object:
        found = solid(node)
        if not isinstance(found, Sequence) or len(found.items) != len(kinds):
            wanted = f"a list of lists of {len(kinds)} values"
            return values.wrong_type(reading, node, spot, wanted, "such as `[[7, 13]]`")
        items = [
            reader_of(kind)(reading, item, item_spot(spot.key, item))
            for kind, item in zip(kinds, found.items, strict=True)
        ]
        return UNREAD if UNREAD in items else tuple(items)

    return read


def _table_of(kind: Any) -> Read:
    """A reader of a mapping with keys of the user's own; an entry that cannot be read is left out."""

    def read(reading: Reading, node: Node, spot: Spot) -> object:
        found = solid(node)
        if not isinstance(found, Mapping):
            return values.wrong_type(reading, node, spot, "a mapping of names", None)
        reader = reader_of(kind)
        entries = {key.text: reader(reading, value, key_spot(key)) for key, value in found.entries}
        return {key: value for key, value in entries.items() if value is not UNREAD}

    return read


def _object_of(definition: Any) -> Read:
    """A reader of a definition class, from a mapping or its shorthand."""
    has_name = any(
        entry.name == "name" and "hidden" in entry.metadata for entry in fields(definition)
    )

    def read(reading: Reading, node: Node, spot: Spot) -> object:
        found = solid(node)
        own = {"name": spot.key} if has_name else {}
        if isinstance(found, Mapping):
            given = read_keys(reading, found, spot, definition)
            return definition(**own, **given.values) if given.is_whole else UNREAD
        short = shorthand_of(definition)
        if short is None or not _takes(short, found):
            return values.wrong_type(reading, node, spot, "a mapping", _keys_hint(definition))
        value = reader_of(short.annotation)(reading, node, spot)
        return UNREAD if value is UNREAD else definition(**own, **{short.name: value})

    return read


def _takes(short: Spec, node: Scalar | Sequence) -> bool:
    return isinstance(node, Scalar) or get_origin(short.annotation) is tuple


def _keys_hint(definition: type) -> str:
    keys = [spec.key for spec in specs_of(definition)]
    if issubclass(definition, Metric) and definition is not Metric:
        shared = {spec.key for spec in specs_of(Metric)}
        own = ", ".join(key for key in keys if key not in shared)
        return f"its keys are {own}, and those that every metric takes"
    return f"its keys are {', '.join(keys)}"


def read_keys(
    reading: Reading,
    node: Mapping,
    spot: Spot,
    definition: type,
    *,
    called: str | None = None,
    known: Iterable[str] = (),
) -> Given:
    """Read a mapping's keys and check how they fit together.

    Args:
        reading: takes the problems.
        node: the mapping.
        spot: the key the mapping belongs to.
        definition: the class whose keys they are.
        called: how a message names the mapping; by its key without it.
        known: keys that are read elsewhere.

    Returns:
        What could be read, by field name.
    """
    given = Given(spot=spot, node=node, called=called or f"`{spot.key}`")
    spellings = spellings_of(definition)
    for key, value in node.entries:
        spec = spellings.get(key.text)
        if spec is not None:
            is_beside = issubclass(definition, Metric) and spec.name in SIDE_KEYS
            _read_key(reading, given, spec, key, value, is_beside=is_beside)
        elif key.text not in known:
            _report_unknown(reading, given, key, [*spellings, *known], definition)
    for spec in specs_of(definition):
        if spec.is_required and spec.name not in given.keys:
            given.is_whole = False
            message = f"{given.called} needs `{spec.key}`: {spec.help}"
            reading.report("missing-key", message, spot)
    before = len(reading.problems)
    for rule in RULES.get(definition, ()):
        rule(reading, given)
    if any(problem.severity == "error" for problem in reading.problems[before:]):
        given.is_whole = False
    return given


def _read_key(
    reading: Reading, given: Given, spec: Spec, key: Scalar, value: Node, *, is_beside: bool
) -> None:
    if spec.name in given.keys:
        other = given.keys[spec.name].text
        reading.report("duplicate-key", f"`{key.text}` says the same as `{other}`", key)
        given.is_whole = False
        return
    if is_nothing(value) and not _means_none(spec, value):
        if spec.is_required:
            return
        given.keys[spec.name] = key
        return
    given.keys[spec.name] = key
    given.nodes[spec.name] = value
    with reading.reading_beside(is_beside=is_beside):
        found = reader_of(spec.annotation)(reading, value, key_spot(key))
    if found is not UNREAD:
        given.values[spec.name] = found
    elif not is_beside:
        given.is_whole = False


def _means_none(spec: Spec, value: Node) -> bool:
    """Whether `null`, written out, is a word the key takes."""
    node = solid(value)
    words = [
        word
        for kind in (spec.annotation, *get_args(spec.annotation))
        if get_origin(kind) is Literal
        for word in get_args(kind)
    ]
    return isinstance(node, Scalar) and bool(node.text) and "none" in words


def _report_unknown(
    reading: Reading, given: Given, key: Scalar, choices: list[str], definition: type
) -> None:
    given.is_whole = False
    close = nearest(key.text, choices)
    hint = f"did you mean `{close}`?" if close else _other_hint(key.text, definition)
    reading.report("unknown-key", f"{given.called} has no key `{_short(key.text)}`", key, hint=hint)


def _other_hint(word: str, definition: type) -> str:
    if word == "<<":
        return "YAML's merge keys are not read; write the keys out"
    return _keys_hint(definition)


def _short(word: str) -> str:
    return word if len(word) <= 40 else word[:39] + "…"
