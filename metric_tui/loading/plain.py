"""A document's values without their places, for comparing two documents."""

from __future__ import annotations

from typing import Any

from metric_tui.base.problems import Path
from metric_tui.loading.nodes import Mapping, Node, Sequence, solid

Plain = Any
"""Dicts, lists, and (kind, text) pairs for single values."""


def plain_values(node: Node | None) -> Plain:
    """The values of a node, aliases written out."""
    if node is None:
        return None
    found = solid(node)
    if isinstance(found, Mapping):
        return {key.text: plain_values(value) for key, value in found.entries}
    if isinstance(found, Sequence):
        return [plain_values(item) for item in found.items]
    return (found.kind, found.text)


def with_value(plain: Plain, path: Path, value: Plain) -> Plain:
    """The values with another one at a path; an index one past the end appends."""
    if not path:
        return value
    step, rest = path[0], path[1:]
    if isinstance(step, int):
        before = plain[step] if step < len(plain) else None
        return [*plain[:step], with_value(before, rest, value), *plain[step + 1 :]]
    table = dict(plain) if isinstance(plain, dict) else {}
    table[step] = with_value(table.get(step), rest, value)
    return table


def without(plain: Plain, path: Path) -> Plain:
    """The values without what stands at a path."""
    step, rest = path[0], path[1:]
    if rest:
        return with_value(plain, path[:1], without(plain[step], rest))
    if isinstance(step, int):
        return plain[:step] + plain[step + 1 :]
    return {key: value for key, value in plain.items() if key != step}
