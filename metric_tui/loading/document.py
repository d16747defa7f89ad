"""A YAML text as a tree of nodes whose every part knows its place in the file."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Mapping as Table
from dataclasses import dataclass, field

from metric_tui.base.problems import Path, Problem, Span
from metric_tui.definitions.metric import SIDE_KEYS
from metric_tui.loading.compose import Composer
from metric_tui.loading.nodes import Mapping, Node, Scalar, Sequence, Solid, solid
from metric_tui.loading.scalars import places_of, written_width
from metric_tui.loading.yaml_faults import YamlFault

SIZE_LIMIT = 2_000_000
"""Characters; a tree file of a thousand metrics has about 300,000."""

_LINE_START = re.compile(r"\r\n|\r|\n")
_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Found:
    """What stands at a path: the value, its key where it has one, and whether all of the path led there."""

    node: Node
    key: Scalar | None
    is_exact: bool


@dataclass(frozen=True, slots=True)
class Document:
    """A text, its nodes, and what is wrong with it as YAML.

    `root` is None for an empty or unreadable text. `alternatives` holds, for a key, the other
    spellings under which the same thing may stand in the file.
    """

    text: str
    root: Solid | None
    problems: tuple[Problem, ...] = ()
    alternatives: Table[str, tuple[str, ...]] = field(default_factory=dict)
    line_starts: tuple[int, ...] = (0,)
    shift: int = 0
    """1 where the text begins with a byte order mark, which the parser and editors skip."""

    def span(self, start: int, end: int) -> Span:
        """Lines and columns of a stretch of offsets, which are kept inside the text."""
        line, column = self._line_column(start)
        end_line, end_column = self._line_column(max(start, end))
        return Span(line=line, column=column, end_line=end_line, end_column=end_column)

    def _line_column(self, offset: int) -> tuple[int, int]:
        offset = max(0, min(offset, len(self.text) - self.shift))
        line = bisect_right(self.line_starts, offset)
        return line, offset - self.line_starts[line - 1] + 1

    def find(self, path: Path) -> Found | None:
        """The node at a path, or the deepest one on the way there; None without a root.

        A list of one entry may be written without brackets, and a mapping by its main value
        alone, so a path may lead further down than the file does.
        """
        node: Node | None = self.root
        key: Scalar | None = None
        is_exact = True
        for step in path:
            if node is None:
                return None
            below = self._step(solid(node), step)
            if below is not None:
                key, node = (below[0] or key, below[1])
                continue
            is_exact = False
            # a list may stand for the mapping whose main value it is
            if not (isinstance(step, str) and isinstance(solid(node), Sequence)):
                break
        return Found(node, key, is_exact=is_exact) if node is not None else None

    def _step(self, node: Solid, step: str | int) -> tuple[Scalar | None, Node] | None:
        if isinstance(node, Sequence):
            inside = isinstance(step, int) and 0 <= step < len(node.items)
            return (None, node.items[int(step)]) if inside else None
        if isinstance(node, Mapping) and isinstance(step, str):
            names = (step, *self.alternatives.get(step, ()))
            return next((entry for name in names if (entry := node.entry(name))), None)
        return None

    def node(self, path: Path) -> Node | None:
        """What stands at exactly that path."""
        found = self.find(path)
        return found.node if found and found.is_exact else None

    def length(self, path: Path) -> int:
        """How many entries a list has; 1 for one entry written without the list, 0 for nothing."""
        node = self.node(path)
        found = solid(node) if node is not None else None
        if isinstance(found, Sequence):
            return len(found.items)
        return 0 if found is None or (isinstance(found, Scalar) and found.kind == "null") else 1

    def text_at(self, path: Path) -> str | None:
        """The text at a path, that of a shorthand for the mapping it leads into; None without any."""
        found = self.find(path)
        node = solid(found.node) if found is not None else None
        if not isinstance(node, Scalar) or node.kind in ("null", "bool"):
            return None
        return node.text

    def place_of(self, path: Path, name: str, *below: str) -> int | None:
        """Where in a list an entry stands by its text, or by the text of a key below it."""
        places = range(self.length(path))
        return next((i for i in places if self.text_at((*path, i, *below)) == name), None)

    def value_span(self, path: Path, within: tuple[int, int] | None = None) -> Span | None:
        """The place of a value, or of some characters of a scalar's value.

        Args:
            path: where the value stands; the deepest part on the way is taken if it is shorter.
            within: first and last (exclusive) character of the scalar's value.

        Returns:
            The whole value where the characters cannot be told apart; None without a root.
        """
        found = self.find(path)
        if found is None:
            return None
        node = solid(found.node)
        if within is not None and isinstance(node, Scalar):
            return self.span(*self.offsets_within(node, *within))
        return self.node_span(found.node)

    def node_span(self, node: Node) -> Span:
        """The place of a node."""
        return self.span(node.start, node.end)

    def offsets_within(self, scalar: Scalar, start: int, end: int) -> tuple[int, int]:
        """File offsets of some characters of a scalar's value; of all of it where not known."""
        body = self.text[self.shift :]
        places = places_of(scalar, body)
        if places is None or not 0 <= start <= end < len(places):
            return scalar.start, scalar.end
        if start == end:
            return places[start], places[start]
        last = places[end - 1]
        return places[start], last + written_width(body, last, scalar.style)

    def key_span(self, path: Path) -> Span | None:
        """The place of the key that leads to a value; the value itself in a list."""
        found = self.find(path)
        if found is None:
            return None
        if found.key is None or (path and isinstance(path[-1], int)):
            return self.node_span(found.node)
        return self.node_span(found.key)

    def metric_at(self, line: int) -> str | None:
        """The metric whose definition covers a line (from 1), None where none does."""
        metrics = self.node(("metrics",))
        if metrics is None or not isinstance(block := solid(metrics), Mapping):
            return None
        for key, value in block.entries:
            first = self.span(key.start, key.end).line
            if first <= line <= self.node_span(value).end_line:
                return key.text
        return None


def read_document(text: str, alternatives: Table[str, tuple[str, ...]] | None = None) -> Document:
    """Read YAML text; whatever is wrong is in `problems`, and nothing is raised.

    Args:
        text: the file's text; a byte order mark at its beginning is skipped.
        alternatives: other spellings of keys, for finding paths.
    """
    shift = 1 if text.startswith("\ufeff") else 0
    body = text[shift:]
    starts = (0, *(match.end() for match in _LINE_START.finditer(body)))
    bare = Document(
        text=text, root=None, alternatives=alternatives or {}, line_starts=starts, shift=shift
    )
    composer = Composer(body)
    try:
        _refuse_unreadable(body)
        root = composer.compose()
        faults = list(composer.faults)
    except YamlFault as fault:
        root, faults = None, [*composer.faults, fault]
    if root is None and not faults:
        faults.append(
            YamlFault(
                "empty-file",
                "the file is empty",
                0,
                0,
                "the README holds a smallest tree, and `metric-tui demo --list` names bundled ones",
            )
        )
    return Document(
        text=text,
        root=solid(root) if root is not None else None,
        problems=tuple(_as_problem(fault, bare) for fault in faults),
        alternatives=bare.alternatives,
        line_starts=starts,
        shift=shift,
    )


def _refuse_unreadable(body: str) -> None:
    if len(body) > SIZE_LIMIT:
        raise YamlFault(
            "too-large",
            f"the file has {len(body):,} characters, and at most {SIZE_LIMIT:,} are read",
            0,
            0,
        )
    half = _SURROGATE.search(body)
    if half:
        raise YamlFault(
            "not-yaml", "the text holds half a character", half.start(), half.end(), "remove it"
        )


def _as_problem(fault: YamlFault, document: Document) -> Problem:
    return Problem(
        code=fault.code,
        message=fault.message,
        hint=fault.hint,
        span=document.span(fault.start, fault.end),
        metric=fault.metric,
        # a retention counts its offsets in `unit`
        stops_metric=fault.key not in SIDE_KEYS or fault.key == "unit",
    )
