"""How the editor's text is drawn: YAML colours, problem marks, and only the rows that changed."""

from collections.abc import Collection, Mapping
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from textual._text_area_theme import TextAreaTheme
from textual.document._document_navigator import DocumentNavigator
from textual.geometry import Offset, Region, Size
from textual.strip import Strip
from textual.widgets import TextArea

from metric_tui.base.problems import Problem, Severity
from metric_tui.tui.widgets.yaml_document import Rows, YamlDocument, visible, yaml_parser

SEVERITY_SIGNS: dict[Severity, str] = {"error": "✗", "warning": "!"}

SYNTAX_CLASSES: dict[str, str] = {
    "yaml.field": "yaml-text--key",
    "string": "yaml-text--string",
    "string.escape": "yaml-text--escape",
    "number": "yaml-text--number",
    "boolean": "yaml-text--word",
    "constant.builtin": "yaml-text--word",
    "comment": "yaml-text--comment",
    "type": "yaml-text--anchor",
    "punctuation.special": "yaml-text--anchor",
    "punctuation.delimiter": "yaml-text--mark",
    "punctuation.bracket": "yaml-text--mark",
}
"""What the highlight query captures, and the component class that colours it."""

COLOURS = "tree_file"

WIDTH_STEP = 40
CURSOR_ROOM = 2

UNDO_STEPS = 1000
"""Far enough to reach back past many saves."""


class YamlText(TextArea):
    """A text area that draws YAML and problems.

    Textual repaints the whole pane at every key and every move of the cursor, 6 kB at 80x24. Here
    each row is compared with what was last drawn, and only rows that differ are sent.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        *SYNTAX_CLASSES.values(),
        "yaml-text--error",
        "yaml-text--warning",
    }

    DEFAULT_CSS = """
    YamlText {
        border: none;
        padding: 0;
        scrollbar-size: 0 1;
        &:focus { border: none; }
        & .yaml-text--key { color: $text-primary; }
        & .yaml-text--string { color: $text-success; }
        & .yaml-text--escape { color: $text-warning; }
        & .yaml-text--number { color: $text-accent; }
        & .yaml-text--word { color: $text-accent; text-style: italic; }
        & .yaml-text--comment { color: $text-muted; text-style: italic; }
        & .yaml-text--anchor { color: $text-warning; }
        & .yaml-text--mark { color: $text-muted; }
        & .yaml-text--error { color: $text-error; text-style: bold; }
        & .yaml-text--warning { color: $text-warning; text-style: bold; }
    }
    """

    def __init__(self, text: str = "", *, id: str | None = None) -> None:  # noqa: A002  Textual's word
        self._problems_by_row: Mapping[int, tuple[Problem, ...]] = {}
        self._painted: dict[int, Strip] = {}
        self._coloured: range | None = None
        self._own_colours: dict[str, Style] = {}
        super().__init__(text, id=id, soft_wrap=False, show_line_numbers=True, tab_behavior="focus")
        self.register_theme(TextAreaTheme(COLOURS, syntax_styles=self._own_colours))
        self.theme = COLOURS
        self.cursor_blink = False
        self.indent_width = 2

    @property
    def source(self) -> YamlDocument:
        """The text, with its own line ends."""
        document = self.document
        assert isinstance(document, YamlDocument)
        return document

    @property
    def problems_by_row(self) -> Mapping[int, tuple[Problem, ...]]:
        """Problems by row, from 0, worst first."""
        return self._problems_by_row

    def show_problems(self, problems: tuple[Problem, ...]) -> None:
        """Mark the rows of these problems, in place of the earlier ones."""
        rows: dict[int, list[Problem]] = {}
        last = self.document.line_count - 1
        for problem in sorted(problems, key=lambda one: one.severity != "error"):
            if problem.span is not None:
                rows.setdefault(min(problem.span.line - 1, last), []).append(problem)
        self._problems_by_row = {row: tuple(found) for row, found in rows.items()}
        self._line_cache.clear()
        self.refresh()

    def _set_document(self, text: str, language: str | None) -> None:
        document = YamlDocument(text, yaml_parser())
        self._highlight_query = document.prepare_query(self._get_builtin_highlight_query("yaml"))
        self.document = document
        self.wrapped_document = Rows(document, tab_width=self.indent_width)
        self.navigator = DocumentNavigator(self.wrapped_document)
        self._build_highlight_map()
        self.move_cursor((0, 0))
        self._rewrap_and_refresh_virtual_size()

    def _refresh_size(self) -> None:
        """Grow in steps: each change of the width lays the whole screen out anew."""
        width, height = self.document.get_size(self.indent_width)
        steps = -(-(width + self.gutter_width + 1) // WIDTH_STEP)
        self.virtual_size = Size(steps * WIDTH_STEP, height)
        self._refresh_scrollbars()

    def scroll_cursor_visible(self, center: bool = False, animate: bool = False) -> Offset:
        """Show the cursor; once it leaves the view, by half a view.

        A view that follows the cursor row by row, or column by column while a long line is typed,
        is drawn anew at every key, which a slow link cannot carry.
        """
        if not self.is_mounted:
            return Offset()
        x, y = self._cursor_offset = self.wrapped_document.location_to_offset(self.cursor_location)
        left, top = (int(place) for place in self.scroll_offset)
        width, height = self.size.width - self.gutter_width - CURSOR_ROOM, self.size.height
        to_x = left if left <= x < left + width else max(0, x - width // 2) if x >= width else 0
        is_outside = not top <= y < top + height
        to_y = max(0, y - height // 2) if center or is_outside else top
        if (to_x, to_y) != (left, top):
            self.scroll_to(to_x, to_y, animate=False, force=True, immediate=True)
        return self.scroll_offset - (left, top)

    def _build_highlight_map(self) -> None:
        """Forget the colours; those of the rows in view are found when they are drawn."""
        self._line_cache.clear()
        self._highlights.clear()
        self._coloured = None

    def _colour_view(self) -> None:
        """Find the colours around the view, not of the whole file at every key."""
        top = int(self.scroll_offset.y)
        bottom = top + self.size.height
        known = self._coloured
        if self._highlight_query is None or (known and top in known and bottom - 1 in known):
            return
        first, stop = max(0, top - self.size.height), bottom + self.size.height
        self._highlights.clear()
        captures = self.source.query_syntax_tree(self._highlight_query, (first, 0), (stop, 0))
        for name, nodes in captures.items():
            for node in nodes:
                self._colour_node(name, node.start_point, node.end_point, range(first, stop))
        self._coloured = range(first, stop)

    def _colour_node(
        self, name: str, start: tuple[int, int], end: tuple[int, int], rows: range
    ) -> None:
        for row in range(max(start[0], rows.start), min(end[0] + 1, rows.stop)):
            first = start[1] if row == start[0] else 0
            last = end[1] if row == end[0] else None
            self._highlights[row].append((first, last, name))

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._own_colours.clear()

    def _read_colours(self) -> None:
        """Take the colours from the component classes, once they are known."""
        if not self._own_colours:
            for capture, component in SYNTAX_CLASSES.items():
                # a muted colour is known only in front of a background, which the row brings itself
                style = self.get_component_rich_style(component)
                self._own_colours[capture] = Style(
                    color=style.color, bold=style.bold, italic=style.italic
                )

    def get_line(self, line_index: int) -> Text:
        """The row's text with its problems underlined, and nothing a terminal would obey."""
        line = Text(visible(self.document.get_line(line_index)), end="", no_wrap=True)
        for problem in self._problems_by_row.get(line_index, ()):
            span = problem.span
            if span is not None:
                end = span.end_column - 1 if span.end_line == span.line else len(line)
                line.stylize("underline", span.column - 1, max(end, span.column))
        return line

    def render_line(self, y: int) -> Strip:
        strip = self._drawn(y)
        self._painted[y] = strip
        return strip

    def _drawn(self, y: int) -> Strip:
        self._read_colours()
        self._colour_view()
        strip = super().render_line(y)
        found = self._problems_by_row.get(y + int(self.scroll_offset.y))
        if not found:
            return strip
        severity = found[0].severity
        style = self.get_component_rich_style(f"yaml-text--{severity}", partial=True)
        number, _, rest = strip.divide(
            [self.gutter_width - 2, self.gutter_width - 1, strip.cell_length]
        )
        sign = Strip([Segment(SEVERITY_SIGNS[severity], style)], 1)
        return Strip.join([number.apply_style(style), sign, rest])

    def _exchange_repaint_regions(self) -> Collection[Region]:
        """The rows that no longer look as they were last drawn."""
        if not super()._exchange_repaint_regions():
            return ()
        self._theme.apply_css(self)
        width, height = self.size
        rows = range(height)
        self._painted = {y: strip for y, strip in self._painted.items() if y in rows}
        changed = [y for y in rows if self._painted.get(y) != self._drawn(y)]
        return [Region(0, y, width, 1) for y in changed]
