"""Values of a dimension to keep or to leave out."""

from collections.abc import Callable
from typing import cast

from textual.content import Content

from metric_tui.base.series import Cell
from metric_tui.definitions.asks import Condition
from metric_tui.presentation.glyphs import Glyphs
from metric_tui.tui.screens.picker import Option, Picker

TURN = "!"
"""The key between `is` and `is not`, as a filter is written; any other letter narrows the list."""


class ValuePicker(Picker):
    """Gives the filter that was chosen, or none where nothing is marked any more. Esc gives None."""

    def __init__(
        self,
        label: str,
        dimension: str,
        options: Callable[[], tuple[Option, ...]],
        *,
        glyphs: Glyphs,
        before: Condition | None,
    ) -> None:
        self._label = label
        self._dimension = dimension
        self._leaves_out = before is not None and before.operator == "!="
        marked = before.choices if before else ()
        super().__init__(self._words, options, glyphs=glyphs, is_many=True, marked=marked)

    @property
    def _words(self) -> str:
        return f"{self._label} is not" if self._leaves_out else f"{self._label} is"

    @property
    def keys(self) -> str:
        turn = "is" if self._leaves_out else "is not"
        return f"Space marks  {TURN} {turn}  {self._glyphs.enter} accepts"

    def _letter(self, letter: str) -> None:
        if letter == TURN:
            self._turn()
        else:
            super()._letter(letter)

    def _turn(self) -> None:
        self._leaves_out = not self._leaves_out
        self._title_text = self._words
        self.query_one("#picker").border_subtitle = Content(self.keys)
        self._show_title()

    def give(self, values: tuple[object, ...]) -> None:
        found = Condition(
            dimension=self._dimension,
            operator="!=" if self._leaves_out else "=",
            choices=cast("tuple[Cell, ...]", values),
        )
        self.dismiss((found,) if values else ())
