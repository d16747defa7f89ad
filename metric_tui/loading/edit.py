"""Edits of a tree file as splices of its text: every character they are not about stays.

Each edit is checked by reading the new text: it must hold the old values with exactly the change
asked for, else the edit is refused and the file is left to its owner.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from metric_tui.base.errors import DefinitionError
from metric_tui.base.problems import Path
from metric_tui.loading.document import Document, read_document
from metric_tui.loading.flow_text import flow_text, key_text
from metric_tui.loading.nodes import Mapping, Node, Scalar, Sequence, solid
from metric_tui.loading.plain import Plain, plain_values, with_value, without

__all__ = [
    "append_to_list",
    "flow_text",
    "insert_key",
    "insert_metric",
    "remove_key",
    "remove_metric",
    "set_value",
]


def set_value(document: Document, path: Path, yaml_text: str) -> str:
    """The text with another value at a path; keys that are missing are added.

    Args:
        document: the file as it is.
        path: keys and indexes from the root.
        yaml_text: the new value in YAML, of one line or a block of several.

    Raises:
        DefinitionError: the file is written in a way that this edit does not fit.
    """
    path = _as_written(document, path)
    node = document.node(path)
    if node is None:
        return _add(document, path, yaml_text)
    text = _body(document)
    start, end = node.start, node.end
    key = document.find(path)
    if key is not None and key.key is not None and key.key.end <= start:
        colon = text.find(":", key.key.end, start) + 1
        # a value below its key moves up beside it, unless a comment stands between them
        if colon and not text[colon:start].strip():
            start, yaml_text = colon, _after_colon(document, key.key, yaml_text)
    new = _spliced(document, start, end, yaml_text)
    return _checked(document, new, lambda plain: with_value(plain, path, _plain_of(yaml_text)))


def insert_key(
    document: Document, path: Path, key: str, yaml_text: str, *, after: str | None = None
) -> str:
    """The text with a new key in the mapping at a path.

    Args:
        document: the file as it is.
        path: the mapping; it is made where it is missing.
        key: the new key.
        yaml_text: its value in YAML.
        after: the key to stand after; at the end without it.

    Raises:
        DefinitionError: the key is there already, or the edit does not fit the file.
    """
    path = _as_written(document, path)
    node = document.node(path)
    found = solid(node) if node is not None else None
    if found is None or _is_empty(found):
        return set_value(document, path, f"{{{key_text(key)}: {_flow(yaml_text)}}}")
    if not isinstance(found, Mapping):
        raise _refused(f"`{'.'.join(map(str, path))}` is no mapping")
    if found.entry(key) is not None:
        raise _refused(f"there is a `{key}` already")
    entry = found.entry(after) if after is not None else None
    last = (entry or found.entries[-1])[1]
    new = _after_entry(document, found, last.end, key, yaml_text)
    return _checked(
        document, new, lambda plain: with_value(plain, (*path, key), _plain_of(yaml_text))
    )


def insert_metric(
    document: Document, name: str, yaml_text: str, *, after: str | None = None
) -> str:
    """The text with a new metric, after another one or at the end of the metrics.

    Raises:
        DefinitionError: there is a metric of that name, or the edit does not fit the file.
    """
    return insert_key(document, ("metrics",), name, yaml_text, after=after)


def append_to_list(document: Document, path: Path, yaml_text: str) -> str:
    """The text with one more entry in the list at a path; a single value becomes a list.

    Raises:
        DefinitionError: something else than a list stands there, or the edit does not fit the file.
    """
    path = _as_written(document, path)
    node = document.node(path)
    found = solid(node) if node is not None else None
    if isinstance(found, Mapping):
        raise _refused("a mapping stands where a list is needed")
    if found is None or _is_empty(found):
        return set_value(document, path, f"[{_flow(yaml_text)}]")
    if isinstance(found, Scalar):
        before = _body(document)[found.start : found.end]
        return set_value(document, path, f"[{before}, {_flow(yaml_text)}]")
    new = _after_item(document, found, yaml_text)

    def change(plain: Plain) -> Plain:
        return with_value(plain, (*path, len(found.items)), _plain_of(yaml_text))

    return _checked(document, new, change)


def remove_key(document: Document, path: Path) -> str:
    """The text without a key and its value, or without an entry of a list.

    Comments on lines of their own stay.

    Raises:
        DefinitionError: nothing stands at the path, or the edit does not fit the file.
    """
    path = _as_written(document, path)
    parent = document.node(path[:-1])
    if document.node(path) is None or parent is None:
        raise _refused(f"there is no `{'.'.join(map(str, path))}`")
    found = solid(parent)
    parts = _parts(document, found)
    if len(parts) == 1:
        return set_value(document, path[:-1], "{}" if isinstance(found, Mapping) else "[]")
    place = next(
        index
        for index in range(len(parts))
        if path[-1] == (found.entries[index][0].text if isinstance(found, Mapping) else index)
    )
    start, end = _stretch(document, found, parts, place)
    new = _spliced(document, start, end, "")
    return _checked(document, new, lambda plain: without(plain, path))


def remove_metric(document: Document, name: str) -> str:
    """The text without a metric; where it is named elsewhere stays as it is.

    Raises:
        DefinitionError: there is no such metric, or the edit does not fit the file.
    """
    return remove_key(document, ("metrics", name))


def _refused(reason: str) -> DefinitionError:
    return DefinitionError(f"the file cannot be edited here: {reason}", hint="edit its text")


def _body(document: Document) -> str:
    return document.text[document.shift :]


def _spliced(document: Document, start: int, end: int, new: str) -> str:
    shift = document.shift
    return document.text[: start + shift] + new + document.text[end + shift :]


def _line_break(document: Document) -> str:
    return "\r\n" if "\r\n" in document.text else "\n"


def _flow(yaml_text: str) -> str:
    """A value that can stand inside `{}` or `[]`."""
    if "\n" in yaml_text.strip():
        raise _refused("a block of several lines cannot stand between brackets")
    return yaml_text.strip()


def _is_empty(node: Node) -> bool:
    found = solid(node)
    if isinstance(found, Scalar):
        return found.kind == "null"
    parts = found.items if isinstance(found, Sequence) else found.entries
    return not parts and not isinstance(found, Sequence)


def _add(document: Document, path: Path, yaml_text: str) -> str:
    """A value at a path whose last keys are not there yet."""
    if not path or isinstance(path[-1], int):
        raise _refused("there is no such entry")
    above = document.node(path[:-1])
    if above is None and len(path) > 1:
        return _add(document, path[:-1], f"{{{key_text(str(path[-1]))}: {_flow(yaml_text)}}}")
    return insert_key(document, path[:-1], str(path[-1]), yaml_text)


def _column(document: Document, offset: int) -> int:
    """The column of an offset, from 0."""
    return document.span(offset, offset).column - 1


def _after_colon(document: Document, key: Scalar, yaml_text: str) -> str:
    """A value as it stands after its key's colon, a block on the lines below."""
    lines = yaml_text.strip("\n").splitlines()
    if len(lines) == 1 and not lines[0].startswith("- "):
        return f" {lines[0].strip()}"
    indent = " " * (_column(document, key.start) + 2)
    join = _line_break(document)
    return "".join(f"{join}{indent}{line}" if line.strip() else join for line in lines)


def _after_entry(document: Document, node: Mapping, end: int, key: str, yaml_text: str) -> str:
    if node.is_flow:
        return _spliced(document, end, end, f", {key_text(key)}: {_flow(yaml_text)}")
    first = node.entries[0][0]
    indent = " " * _column(document, first.start)
    place = _line_end(document, end)
    value = _after_colon(document, first, yaml_text)
    new = f"{_line_break(document)}{indent}{key_text(key)}:{value}"
    return _spliced(document, place, place, new)


def _after_item(document: Document, node: Sequence, yaml_text: str) -> str:
    if node.is_flow:
        if not node.items:
            return _spliced(document, node.start + 1, node.start + 1, _flow(yaml_text))
        end = node.items[-1].end
        return _spliced(document, end, end, f", {_flow(yaml_text)}")
    indent = " " * _column(document, node.start)
    join = _line_break(document)
    lines = yaml_text.strip("\n").splitlines()
    new = f"{join}{indent}- " + f"{join}{indent}  ".join(lines)
    place = _line_end(document, node.items[-1].end)
    return _spliced(document, place, place, new)


def _line_end(document: Document, offset: int) -> int:
    """The end of the line an offset stands in, before its line break."""
    match = re.compile(r"[^\r\n]*").match(_body(document), offset)
    return match.end() if match else offset


def _parts(document: Document, node: Node) -> list[tuple[int, int]]:
    """Where the entries of a mapping or list begin and end, a list's with their `-`."""
    found = solid(node)
    if isinstance(found, Mapping):
        return [(key.start, max(value.end, key.end)) for key, value in found.entries]
    if not isinstance(found, Sequence):
        return []
    if found.is_flow:
        return [(item.start, item.end) for item in found.items]
    text = _body(document)
    return [(text.rindex("-", 0, max(item.start, 1)), item.end) for item in found.items]


def _stretch(
    document: Document, node: Node, parts: list[tuple[int, int]], place: int
) -> tuple[int, int]:
    """What to cut out so that one entry is gone: whole lines of a block, one comma of a flow."""
    start, end = parts[place]
    found = solid(node)
    text = _body(document)
    is_flow = not isinstance(found, Scalar) and found.is_flow
    if is_flow and place + 1 < len(parts):
        return start, parts[place + 1][0]
    if is_flow:
        return parts[place - 1][1], end
    begin = start - _column(document, start)
    if text[begin:start].strip():
        # the first key of a list's entry shares its line with the `-`
        return start, parts[place + 1][0]
    after = _line_end(document, end)
    line_break = re.compile(r"\r\n|\r|\n").match(text, after)
    if line_break is None and begin:
        before = re.compile(r"\r\n|\r|\n$").search(text[:begin])
        return (before.start() if before else begin), after
    return begin, line_break.end() if line_break else after


def _as_written(document: Document, path: Path) -> Path:
    """The path with the spellings that the file uses."""
    written: list[str | int] = []
    for place in range(len(path)):
        found = document.find(path[: place + 1])
        step = path[place]
        is_key = found is not None and found.is_exact and isinstance(step, str)
        key = found.key if found is not None and is_key else None
        written.append(key.text if key is not None else step)
    return tuple(written)


def _plain_of(yaml_text: str) -> Plain:
    document = read_document(yaml_text)
    if document.problems:
        raise _refused("the new value is no YAML")
    return plain_values(document.root)


def _checked(document: Document, new: str, change: Callable[[Plain], Plain]) -> str:
    """The new text, if it says what was meant and nothing else changed."""
    after = read_document(new)
    if after.problems or plain_values(after.root) != change(plain_values(document.root)):
        raise _refused("what is written there cannot be cut apart")
    return new
