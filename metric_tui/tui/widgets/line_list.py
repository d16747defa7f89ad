"""A long list of lines drawn one by one, with a cursor that jumps instead of crawling."""

from dataclasses import dataclass

from textual import events
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from metric_tui.presentation.pieces import Line
from metric_tui.tui.commands import MOVES, bindings
from metric_tui.tui.widgets.painting import Painted


class LineList(Painted, ScrollView, can_focus=True, inherit_bindings=False):
    """Lines with a cursor. A subclass says how many there are and what each says.

    The view scrolls by half its height when the cursor leaves it: over a slow line one repaint
    of the whole view costs less than thirty of them.
    """

    BINDINGS = bindings(MOVES)

    @dataclass
    class Moved(Message):
        """The cursor stands on another line."""

        list: "LineList"
        index: int

        @property
        def control(self) -> "LineList":
            return self.list

    @dataclass
    class Chosen(Message):
        """A line was clicked while the cursor stood on it."""

        list: "LineList"
        index: int

        @property
        def control(self) -> "LineList":
            return self.list

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id, classes=classes)
        self.cursor = 0
        self._strips: dict[tuple[int, str], Strip] = {}
        self._painted_width = 0

    @property
    def count(self) -> int:
        """How many lines there are."""
        raise NotImplementedError

    def line_at(self, index: int, cells: int) -> Line:
        """What a line says."""
        raise NotImplementedError

    @property
    def has_cursor(self) -> bool:
        """Whether one line is marked."""
        return True

    def cursor_reach(self, cells: int) -> int:
        """How many cells of a line the cursor colours: fewer are fewer bytes for each step."""
        return cells

    def stops_at(self, index: int) -> bool:
        """Whether the cursor may stand on a line."""
        return True

    def show_lines(self, *, cursor: int | None = None) -> None:
        """Draw anew after the lines changed, with the cursor on one of them."""
        self._strips.clear()
        before = self.virtual_size.height
        if cursor is not None:
            self.cursor = cursor
        self.cursor = max(min(self.cursor, self.count - 1), 0)
        self._set_height(self.count)
        if not self._keep_in_view():
            # below the last line there is nothing to draw
            self.refresh_lines(self.scroll_offset.y, max(before, self.count))

    def _set_height(self, count: int) -> None:
        size = Size(0, count)
        if size != self.virtual_size:
            # set as usual it would lay out, and so repaint, the whole screen
            self.set_reactive(LineList.virtual_size, size)
            self._scroll_update(size)

    def render_line(self, y: int) -> Strip:
        index = y + self.scroll_offset.y
        cells = self.scrollable_content_region.width
        if cells != self._painted_width:
            self._strips.clear()
            self._painted_width = cells
        if index >= self.count:
            return Strip.blank(cells, self.rich_style)
        kind = self._cursor_class(index)
        strip = self._strips.get((index, kind))
        if strip is None:
            line = self.line_at(index, cells)
            strip = self.paint(line, cells, cursor=kind, reach=self.cursor_reach(cells))
            self._strips[index, kind] = strip
        return strip

    def _cursor_class(self, index: int) -> str:
        if not self.has_cursor or index != self.cursor:
            return ""
        return "role--cursor" if self.has_focus else "role--cursor-away"

    def notify_style_update(self) -> None:
        self._strips.clear()
        super().notify_style_update()

    def on_focus(self) -> None:
        self._redraw_cursor(self.cursor)

    def on_blur(self) -> None:
        self._redraw_cursor(self.cursor)

    def _redraw_cursor(self, index: int) -> None:
        reach = self.cursor_reach(self.scrollable_content_region.width)
        self.refresh(Region(0, index - self.scroll_offset.y, reach, 1))

    def move_to(self, index: int) -> None:
        """Put the cursor on a line and tell the screen."""
        index = max(min(index, self.count - 1), 0)
        if index == self.cursor or not self.has_cursor:
            return
        before, self.cursor = self.cursor, index
        if not self._keep_in_view():
            self._redraw_cursor(before)
            self._redraw_cursor(index)
        self.post_message(self.Moved(self, index))

    def _keep_in_view(self) -> bool:
        """Scroll if the cursor is out of sight; whether it was."""
        top, height = self.scroll_offset.y, self.scrollable_content_region.height
        if not height or top <= self.cursor < top + height:
            return False
        # most of the view lies ahead of a cursor that goes on as it went
        margin = height // 5
        ahead = self.cursor - margin if self.cursor > top else self.cursor - height + 1 + margin
        self._scroll_now(ahead)
        return True

    def _scroll_now(self, y: int) -> None:
        self.scroll_to(y=max(y, 0), animate=False, force=True, immediate=True)

    def _step(self, direction: int) -> None:
        if not self.has_cursor:
            self._scroll_now(self.scroll_offset.y + direction)
            return
        index = self.cursor + direction
        while 0 <= index < self.count and not self.stops_at(index):
            index += direction
        if 0 <= index < self.count:
            self.move_to(index)

    def _page(self, direction: int) -> None:
        height = max(self.scrollable_content_region.height - 1, 1)
        if not self.has_cursor:
            self._scroll_now(self.scroll_offset.y + direction * height)
            return
        self.move_to(self._stop_near(self.cursor + direction * height, direction))

    def _stop_near(self, index: int, direction: int) -> int:
        index = max(min(index, self.count - 1), 0)
        for way in (direction, -direction):
            found = index
            while 0 <= found < self.count and not self.stops_at(found):
                found += way
            if 0 <= found < self.count:
                return found
        return self.cursor

    def action_line_down(self) -> None:
        self._step(1)

    def action_line_up(self) -> None:
        self._step(-1)

    def action_page_down(self) -> None:
        self._page(1)

    def action_page_up(self) -> None:
        self._page(-1)

    def action_first_line(self) -> None:
        self._end(0)

    def action_last_line(self) -> None:
        self._end(self.count - 1)

    def _end(self, index: int) -> None:
        if self.has_cursor:
            self.move_to(self._stop_near(index, -1 if index else 1))
        else:
            self._scroll_now(index)

    def on_resize(self, event: events.Resize) -> None:
        self._strips.clear()
        self._keep_in_view()

    def on_click(self, event: events.Click) -> None:
        index = event.y - self.gutter.top + self.scroll_offset.y
        if not 0 <= index < self.count or not self.stops_at(index):
            return
        if index == self.cursor:
            self.post_message(self.Chosen(self, index))
        else:
            self.move_to(index)
