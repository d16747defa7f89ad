"""One of a few words, on one line."""

from itertools import accumulate
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.strip import Strip

from metric_tui.presentation.pieces import Piece
from metric_tui.presentation.safe import width
from metric_tui.tui.widgets.painting import Painted


class WordChoice(Painted, can_focus=True):
    """Holds one of some words; arrows and Space go on to the next."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("right,space,l", "step(1)", "next", show=False),
        Binding("left,h", "step(-1)", "previous", show=False),
    ]

    def __init__(self, words: tuple[str, ...], start: str, *, id: str) -> None:  # noqa: A002
        super().__init__(id=id)
        self._words = words
        self.value = start

    def action_step(self, step: int) -> None:
        """The next word, after the last the first."""
        place = self._words.index(self.value) + step
        self.value = self._words[place % len(self._words)]
        self.refresh()

    def on_click(self, event: events.Click) -> None:
        """Take the word that was clicked."""
        end = 0
        for word in self._shown():
            end += _cells(word)
            if event.x < end:
                self.value = word
                self.refresh()
                return

    def on_focus(self) -> None:
        self.refresh()

    def on_blur(self) -> None:
        self.refresh()

    def _shown(self) -> tuple[str, ...]:
        """The words that fit whole, the one that is held among them."""
        room = self.content_size.width
        start, here = 0, self._words.index(self.value)
        while start < here and sum(map(_cells, self._words[start : here + 1])) > room:
            start += 1
        ends = accumulate(map(_cells, self._words[start:]))
        count = sum(end <= room for end in ends)
        return self._words[start : start + max(count, 1)]

    def render_line(self, y: int) -> Strip:
        words = tuple(
            # brackets say without colour which one it is
            Piece(f"[{word}]", "strong") if word == self.value else Piece(f" {word} ", "dim")
            for word in self._shown()
        )
        cells = self.content_size.width
        cursor = "role--cursor" if self.has_focus else ""
        return self.paint(words, cells, cursor=cursor, reach=cells)


def _cells(word: str) -> int:
    return width(word) + len("[]")
