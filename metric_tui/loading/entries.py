"""Whole entries of a tree file, put where they belong in the style the file is written in."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from metric_tui.base.errors import DefinitionError
from metric_tui.base.problems import Path
from metric_tui.definitions.edges import Annotation, Target
from metric_tui.definitions.metric import Direction
from metric_tui.loading.document import Document, read_document
from metric_tui.loading.edit import append_to_list, insert_key, remove_key, set_value
from metric_tui.loading.flow_text import flow_text
from metric_tui.loading.nodes import Mapping as MappingNode
from metric_tui.loading.nodes import Sequence as SequenceNode
from metric_tui.loading.nodes import solid
from metric_tui.loading.plain import plain_values

LOWER = 0.95
"""What a target's `lower` is where the file does not say."""


def first_that_fits(edit: Callable[[str], str], *texts: str) -> str:
    """An edit with the first of several ways to write a value that fits the file.

    Raises:
        DefinitionError: none of them does.
    """
    for text in texts[:-1]:
        try:
            return edit(text)
        except DefinitionError:
            continue
    return edit(texts[-1])


def with_target(document: Document, metric: str, target: Target | None) -> str:
    """The text with a metric's target, or without any; keys that say the same stay as they are.

    Raises:
        DefinitionError: the file is written in a way that this edit does not fit.
    """
    path: Path = ("metrics", metric, "target")
    node = document.node(path)
    if target is None:
        return document.text if node is None else remove_key(document, path)
    said = _target_said(target)
    if node is not None and isinstance(solid(node), MappingNode):
        return _with_keys(document, path, said, usual={"lower": flow_text(LOWER)})
    text = flow_text(said["value"] if set(said) == {"value"} else said)
    return document.text if _says(document, path, text) else set_value(document, path, text)


def _target_said(target: Target) -> dict[str, object]:
    """What a target says, without what it leaves open."""
    said = {
        "value": number(target.value),
        "by": target.by.isoformat() if target.by else None,
        "from": target.since.isoformat() if target.since else None,
        "lower": number(target.lower) if target.lower != LOWER else None,
        "grain": target.grain,
        "where": list(target.where) or None,
    }
    return {key: value for key, value in said.items() if value is not None}


def number(value: float) -> float:
    """A number as people write it: without a point where it is whole."""
    return int(value) if value == int(value) else value


def _with_keys(
    document: Document, path: Path, said: Mapping[str, object], usual: Mapping[str, str]
) -> str:
    """The text in which a mapping says this and no more; `usual` is what an absent key means."""
    found = document
    for key in _keys_at(document, path):
        if key not in said and not _says(found, (*path, key), usual.get(key, "")):
            found = read_document(remove_key(found, (*path, key)))
    for key, value in said.items():
        if not _says(found, (*path, key), flow_text(value)):
            found = read_document(set_value(found, (*path, key), flow_text(value)))
    return found.text


def _keys_at(document: Document, path: Path) -> tuple[str, ...]:
    node = document.node(path)
    table = solid(node) if node is not None else None
    if not isinstance(table, MappingNode):
        return ()
    return tuple(key.text for key, _ in table.entries)


def _says(document: Document, path: Path, text: str) -> bool:
    """Whether a value is there already, a number also where it is written in another way."""
    node = document.node(path)
    if node is None or not text:
        return False
    now, wanted = plain_values(node), plain_values(read_document(text).root)
    if isinstance(now, tuple) and isinstance(wanted, tuple) and now != wanted:
        is_number = {now[0], wanted[0]} <= {"int", "float"}
        return is_number and float(now[1]) == float(wanted[1])
    return bool(now == wanted)


def with_direction(document: Document, metric: str, direction: Direction) -> str:
    """The text that says which way is good for a metric.

    Raises:
        DefinitionError: the file is written in a way that this edit does not fit.
    """
    return set_value(document, ("metrics", metric, "direction"), direction)


def with_annotation(document: Document, annotation: Annotation) -> str:
    """The text with one more annotation, after those that are there.

    Raises:
        DefinitionError: the file is written in a way that this edit does not fit.
    """
    said = {
        "date": annotation.date.isoformat(),
        "label": annotation.label,
        "metrics": list(annotation.metrics),
        "description": annotation.description,
    }
    text = flow_text({key: value for key, value in said.items() if value})
    path: Path = ("annotations",)
    node = document.node(path)
    found = solid(node) if node is not None else None
    if isinstance(found, SequenceNode) and found.items:
        return append_to_list(document, path, text)
    if node is not None:
        return set_value(document, path, f"[{text}]")
    return first_that_fits(
        lambda written: insert_key(document, (), "annotations", written), f"- {text}", f"[{text}]"
    )
