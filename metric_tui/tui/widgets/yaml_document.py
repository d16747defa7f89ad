"""The text under the editor: gives back every byte it was given, and knows its YAML syntax."""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from textual.document._document import Document, EditResult, Location, Newline
from textual.document._wrapped_document import WrappedDocument

if TYPE_CHECKING:
    from tree_sitter import Node, Parser, Query, Tree

LINE_ENDS = re.compile(r"\r\n|\n|\r")
"""What ends a line; the other characters Python splits lines at are text."""

PICTURES: dict[int, str] = {
    **{code: chr(0x2400 + code) for code in range(0x20) if code not in (0x09, 0x0A)},
    0x7F: "␡",
    **dict.fromkeys(range(0x80, 0xA0), "�"),
    **dict.fromkeys((0x200E, 0x200F, 0x2028, 0x2029, 0xFEFF), "�"),
    **dict.fromkeys((*range(0x202A, 0x202F), *range(0x2066, 0x206A)), "�"),
}
"""One visible cell for each character a terminal would act on instead of showing."""


def visible(text: str) -> str:
    """The same number of characters, none of which a terminal obeys; tabs and breaks stay."""
    return text if text.isascii() and text.isprintable() else text.translate(PICTURES)


def split_lines(text: str) -> tuple[list[str], list[str]]:
    """The lines of a text and what ends each; there is one more line than line ends."""
    ends = LINE_ENDS.findall(text)
    return LINE_ENDS.split(text), ends


def _usual_end(ends: list[str]) -> Newline:
    kinds: tuple[Newline, ...] = ("\n", "\r\n", "\r")
    return max(kinds, key=ends.count)


class YamlDocument(Document):
    """Lines with their own line ends, so that a file of mixed ones comes back as it was.

    Textual's own document splits at form feeds and Unicode separators too, and joins everything
    with one kind of line end, which would rewrite lines nobody touched.
    """

    def __init__(self, text: str, parser: "Parser | None" = None) -> None:
        super().__init__("")
        self._lines, self._ends = split_lines(text)
        self._newline = _usual_end(self._ends)
        self._text: str | None = text
        self._parser = parser
        self._tree: Tree | None = None
        self._is_parsed = False

    @property
    def lines_with_ends(self) -> list[str]:
        """The lines, each with what ends it; the last one has no end."""
        ends = [*self._ends, ""]
        return [line + end for line, end in zip(self._lines, ends, strict=True)]

    @property
    def text(self) -> str:
        # asked for at every drawn row
        if self._text is None:
            self._text = "".join(self.lines_with_ends)
        return self._text

    def end_of(self, row: int) -> str:
        """What ends a row; nothing ends the last one."""
        return self._ends[row] if row < self._last else ""

    def own_line_ends(self, text: str) -> str:
        """A text typed or pasted, with this file's line ends."""
        return LINE_ENDS.sub(self._newline, text)

    def get_text_range(self, start: Location, end: Location) -> str:
        """The text between two places, with the line ends that stand there."""
        (top, first), (bottom, last) = (self._within(place) for place in sorted((start, end)))
        if top == bottom:
            return self._lines[top][first:last]
        middle = (self._lines[row] + self._ends[row] for row in range(top + 1, bottom))
        head = self._lines[top][first:] + self._ends[top]
        return "".join((head, *middle, self._lines[bottom][:last]))

    def replace_range(self, start: Location, end: Location, text: str) -> EditResult:
        """Replace what stands between two places; line ends of `text` are kept as they are."""
        top, bottom = (self._within(place) for place in sorted((start, end)))
        replaced = self.get_text_range(top, bottom)
        lines, ends = split_lines(text)
        after = self._lines[bottom[0]][bottom[1] :]
        stop = (top[0] + len(lines) - 1, len(lines[-1]) + (top[1] if len(lines) == 1 else 0))
        lines[0] = self._lines[top[0]][: top[1]] + lines[0]
        lines[-1] += after
        before = self._point(top), self._point(bottom), self._byte(top), self._byte(bottom)
        self._lines[top[0] : bottom[0] + 1] = lines
        self._ends[top[0] : bottom[0]] = ends
        self._note_edit(before, stop)
        return EditResult(stop, replaced)

    @property
    def _last(self) -> int:
        return len(self._lines) - 1

    def _within(self, place: Location) -> Location:
        row, column = place
        if row > self._last:
            return self._last, len(self._lines[self._last])
        return row, min(column, len(self._lines[row]))

    def _shown(self, end: Location) -> bytes:
        """What the parser reads up to a place: the visible characters, one kind of line end."""
        lines = [*self._lines[: end[0]], self._lines[end[0]][: end[1]]]
        return visible("\n".join(lines)).encode("utf-8", "replace")

    def _byte(self, place: Location) -> int:
        return len(self._shown(place)) if self._parser else 0

    def _point(self, place: Location) -> tuple[int, int]:
        row, column = place
        return row, len(visible(self._lines[row][:column]).encode("utf-8", "replace"))

    def _note_edit(
        self, before: tuple[tuple[int, int], tuple[int, int], int, int], stop: Location
    ) -> None:
        """Tell the parser which bytes moved, so that it reads only what changed."""
        self._text = None
        self._is_parsed = False
        if self._tree is None:
            return
        start_point, old_point, start_byte, old_byte = before
        self._tree.edit(
            start_byte=start_byte,
            old_end_byte=old_byte,
            new_end_byte=self._byte(stop),
            start_point=start_point,
            old_end_point=old_point,
            new_end_point=self._point(stop),
        )

    def prepare_query(self, query: str) -> "Query | None":
        if self._parser is None or self._parser.language is None:
            return None
        from tree_sitter import Query

        return Query(self._parser.language, query)

    def query_syntax_tree(
        self,
        query: "Query",
        start_point: tuple[int, int] | None = None,
        end_point: tuple[int, int] | None = None,
    ) -> dict[str, list["Node"]]:
        """What the query captures between two points; parses first if the text has changed."""
        if self._parser is None:
            return {}
        from tree_sitter import QueryCursor

        if not self._is_parsed or self._tree is None:
            shown = self._shown((self._last, len(self._lines[self._last])))
            known = () if self._tree is None else (self._tree,)
            self._tree = self._parser.parse(shown, *known)
            self._is_parsed = True
        cursor = QueryCursor(query)
        if start_point is not None and end_point is not None:
            cursor.set_point_range(start_point, end_point)
        return cursor.captures(self._tree.root_node)


class Rows(WrappedDocument):
    """The rows of a document whose lines are never wrapped."""

    @property
    def height(self) -> int:
        # asked for at every drawn row; the base class counts all lines each time
        return len(self._wrap_offsets)


def yaml_parser() -> "Parser | None":
    """A parser of YAML, None where tree-sitter or its grammar is not installed."""
    try:
        import tree_sitter_yaml
        from tree_sitter import Language, Parser
    except ImportError:
        return None
    language: Any = tree_sitter_yaml.language()
    return Parser(Language(language))


def difference_of(document: YamlDocument, text: str) -> tuple[Location, Location, str] | None:
    """The smallest run of whole lines to replace, to make the document hold another text.

    Returns:
        Start, end and the new text between them; None where they are equal.
    """
    old = document.lines_with_ends
    new = YamlDocument(text).lines_with_ends
    if old == new:
        return None
    same = _common(old, new)
    tail = _common(old[same:][::-1], new[same:][::-1])
    last = len(old) - tail
    end = (last, 0) if tail else document.end
    return (same, 0), end, "".join(new[same : len(new) - tail])


def _common(left: Sequence[str], right: Sequence[str]) -> int:
    count = 0
    for one, other in zip(left, right, strict=False):
        if one != other:
            break
        count += 1
    return count
