"""Python values as YAML of one line, for edits."""

from __future__ import annotations

import re

from metric_tui.loading.document import read_document
from metric_tui.loading.nodes import Scalar


def flow_text(value: object) -> str:
    """A Python value as YAML of one line, quoted where plain words would be read otherwise."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key_text(k)}: {flow_text(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(flow_text(item) for item in value) + "]"
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, int | float):
        return repr(value)
    return _text(str(value))


_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_ .@/+*()<=>-]*|[0-9]{4}-[0-9]{2}-[0-9]{2}")


def _text(value: str) -> str:
    document = read_document(value) if _PLAIN.fullmatch(value) and value == value.strip() else None
    root = document.root if document is not None else None
    if isinstance(root, Scalar) and root.kind == "text" and root.text == value:
        return value
    escaped = "".join(_escaped(character) for character in value)
    return f'"{escaped}"'


def _escaped(character: str) -> str:
    if character in '"\\':
        return "\\" + character
    if character.isprintable():
        return character
    code = ord(character)
    return (
        f"\\x{code:02x}"
        if code < 0x100
        else f"\\u{code:04x}"
        if code < 0x10000
        else f"\\U{code:08x}"
    )


def key_text(key: str) -> str:
    """A key as it is written, quoted where it must be."""
    return key if re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", key) else _text(key)
