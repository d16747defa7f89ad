"""One of a few words, on one line."""

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.strip import Strip

from metric_tui.presentation.pieces import Piece
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

    def on_focus(self) -> None:
        self.refresh()

    def on_blur(self) -> None:
        self.refresh()

    def render_line(self, y: int) -> Strip:
        cells = self.content_size.width
        words = tuple(
            # brackets say without colour which one it is
            Piece(f"[{word}]", "strong") if word == self.value else Piece(f" {word} ", "dim")
            for word in self._words
        )
        cursor = "role--cursor" if self.has_focus else ""
        return self.paint(words, cells, cursor=cursor, reach=cells)
