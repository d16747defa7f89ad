"""What a reader of nodes carries along: where it is, and the problems it has found."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from metric_tui.base.problems import Problem, Severity
from metric_tui.loading.document import Document
from metric_tui.loading.nodes import Mapping, Node, Scalar, Sequence, solid

UNREAD: Final = object()
"""Stands for a value that could not be read; its problem is already noted."""


class Spot(NamedTuple):
    """The key a value belongs to, as it is written, and where what is missing below it is shown."""

    key: str
    start: int
    end: int


@dataclass(slots=True)
class Reading:
    """The problems found so far.

    Attributes:
        metric: the metric that is being read.
        is_beside: whether what is being read is no part of what computes it: an edge, its target.
    """

    document: Document
    problems: list[Problem] = field(default_factory=list)
    metric: str | None = None
    is_beside: bool = False

    @contextmanager
    def reading_beside(self, *, is_beside: bool) -> Iterator[None]:
        """While a key is read: whether errors in it leave the metric its value."""
        before = self.is_beside
        self.is_beside = before or is_beside
        try:
            yield
        finally:
            self.is_beside = before

    def report(
        self,
        code: str,
        message: str,
        place: Node | Spot,
        *,
        hint: str | None = None,
        within: tuple[int, int] | None = None,
        severity: Severity = "error",
    ) -> object:
        """Note a problem at a node, a key, or some characters of a scalar; gives UNREAD."""
        start, end = place.start, place.end
        if within is not None and isinstance(place, Scalar):
            start, end = self.document.offsets_within(place, *within)
        span = self.document.span(start, end)
        self.problems.append(
            Problem(
                code=code,
                message=message,
                severity=severity,
                hint=hint,
                span=span,
                metric=self.metric,
                stops_metric=not self.is_beside,
            )
        )
        return UNREAD


Read = Callable[[Reading, Node, Spot], object]
"""Reads a node; gives UNREAD after noting a problem."""


def describe(node: Node) -> str:
    """What stands there, as in "must be a number, not a list"."""
    node = solid(node)
    if isinstance(node, Sequence):
        return "a list"
    if isinstance(node, Mapping):
        return "a mapping"
    if node.kind == "null":
        return "nothing"
    word = node.text if len(node.text) <= 40 else node.text[:39] + "…"
    word = " ".join(word.split())
    return f"the text `{word}`" if node.kind == "text" else f"`{word}`"


def item_spot(key: str, item: Node) -> Spot:
    """Where to show what is missing in a list's entry: its first key, or the entry."""
    node = solid(item)
    if isinstance(node, Mapping) and node.entries and not node.is_flow:
        first = node.entries[0][0]
        return Spot(key, first.start, first.end)
    return Spot(key, item.start, item.end)


def key_spot(key: Scalar) -> Spot:
    """A key as the place of what is missing below it."""
    return Spot(key.text, key.start, key.end)


def is_nothing(node: Node) -> bool:
    """Whether a key has no value: nothing after the colon, `~` or `null`."""
    node = solid(node)
    return isinstance(node, Scalar) and node.kind == "null"
