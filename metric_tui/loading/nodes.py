"""The parts of a YAML document with their places, as offsets into its text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

ScalarKind = Literal["text", "int", "float", "bool", "null"]


@dataclass(frozen=True, slots=True)
class Scalar:
    """A plain, quoted or block scalar; `start` is its first character, after anchor and tag.

    `style` is `""` for plain, else the character that opens it: `'`, `"`, `|` or `>`.
    """

    start: int
    end: int
    text: str
    style: str
    kind: ScalarKind


@dataclass(frozen=True, slots=True)
class Sequence:
    """A list, in block style (`- a`) or flow style (`[a, b]`)."""

    start: int
    end: int
    items: tuple[Node, ...]
    is_flow: bool


@dataclass(frozen=True, slots=True)
class Mapping:
    """Keys and values in file order; `entries` has no key twice."""

    start: int
    end: int
    entries: tuple[tuple[Scalar, Node], ...]
    is_flow: bool

    def entry(self, key: str | int) -> tuple[Scalar, Node] | None:
        """The key and value of that key, None without it."""
        return next((entry for entry in self.entries if entry[0].text == key), None)


@dataclass(frozen=True, slots=True)
class Alias:
    """`*name`: the part it stands for is `target`, its own place is where the `*` is."""

    start: int
    end: int
    target: Scalar | Sequence | Mapping


Solid = Scalar | Sequence | Mapping
Node = Scalar | Sequence | Mapping | Alias


def solid(node: Node) -> Solid:
    """The part itself, or what an alias stands for."""
    return node.target if isinstance(node, Alias) else node
