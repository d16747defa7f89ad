"""The user's own settings: one small YAML file, of which whatever can be read counts."""

from __future__ import annotations

from collections.abc import Mapping as Table
from dataclasses import dataclass, field
from pathlib import Path

from metric_tui.base.problems import Problem
from metric_tui.loading.document import Document, read_document
from metric_tui.loading.nearest import did_you_mean
from metric_tui.loading.nodes import Mapping, Node, Scalar, Sequence, solid

NAMES = ("theme", "ascii", "colour", "lean", "keys")
"""The settings, in the order they are documented."""

LARGEST = 100_000
"""Bytes; a file with a key for every action has four thousand."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Configuration:
    """What the file says; None where it leaves a setting alone."""

    theme: str | None = None
    ascii: bool | None = None
    """Only ASCII marks."""

    colour: bool | None = None
    lean: bool | None = None
    """The terminal's own colours, as over SSH."""

    keys: Table[str, tuple[str, ...]] = field(default_factory=dict)
    """Keys by the name of an action."""

    problems: tuple[Problem, ...] = ()


def read_configuration(path: Path) -> Configuration:
    """The settings of a file; empty where there is none, with problems where some cannot be read."""
    try:
        text = path.read_bytes()[:LARGEST].decode("utf-8")
    except FileNotFoundError:
        return Configuration()
    except (OSError, UnicodeDecodeError):
        problem = Problem(code="unreadable", message="it cannot be read as UTF-8 text")
        return Configuration(problems=(problem,))
    document = read_document(text)
    if document.root is None:
        # a file of comments alone asks for nothing
        problems = tuple(each for each in document.problems if each.code != "empty-file")
        return Configuration(problems=problems)
    return _Reading(document).configuration()


class _Reading:
    """One file being read: what it gave, and what of it is no setting."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.problems = list(document.problems)

    def configuration(self) -> Configuration:
        root = self.document.root
        if not isinstance(root, Mapping):
            self._report("the file must be keys and values", root, f"its keys are {_listed()}")
            return Configuration(problems=tuple(self.problems))
        for key, _ in root.entries:
            if key.text not in NAMES:
                hint = did_you_mean(key.text, NAMES) or f"its keys are {_listed()}"
                self._report(f"`{key.text}` is no setting", key, hint)
        return Configuration(
            theme=self._text(root, "theme"),
            ascii=self._flag(root, "ascii"),
            colour=self._flag(root, "colour"),
            lean=self._flag(root, "lean"),
            keys=self._keys(root),
            problems=tuple(self.problems),
        )

    def _report(self, message: str, node: Node | None, hint: str | None = None) -> None:
        span = self.document.span(node.start, node.end) if node is not None else None
        self.problems.append(Problem(code="setting", message=message, hint=hint, span=span))

    def _value(self, root: Mapping, name: str) -> Node | None:
        entry = root.entry(name)
        node = solid(entry[1]) if entry else None
        return None if isinstance(node, Scalar) and node.kind == "null" else node

    def _text(self, root: Mapping, name: str) -> str | None:
        node = self._value(root, name)
        if node is None or (isinstance(node, Scalar) and node.kind == "text"):
            return node.text if isinstance(node, Scalar) else None
        self._report(f"`{name}` must be text", node)
        return None

    def _flag(self, root: Mapping, name: str) -> bool | None:
        node = self._value(root, name)
        if node is None:
            return None
        if isinstance(node, Scalar) and node.kind == "bool":
            return node.text.lower() == "true"
        self._report(f"`{name}` must be true or false", node)
        return None

    def _keys(self, root: Mapping) -> Table[str, tuple[str, ...]]:
        node = self._value(root, "keys")
        if node is None:
            return {}
        if not isinstance(node, Mapping):
            self._report("`keys` must be names of actions, each with a key", node)
            return {}
        found: dict[str, tuple[str, ...]] = {}
        for name, value in node.entries:
            part = solid(value)
            given = part.items if isinstance(part, Sequence) else (part,)
            texts = [each.text for item in given if isinstance(each := solid(item), Scalar)]
            if len(texts) == len(given) and texts and all(texts):
                found[name.text] = tuple(texts)
            else:
                self._report(f"`{name.text}` must have a key, or a list of keys", value)
        return found


def _listed() -> str:
    return ", ".join(NAMES)
