"""Picking a tree file where none was named."""

from pathlib import Path

from metric_tui.tui.application import TerminalApp
from metric_tui.tui.screens.picker import Option, Picker
from metric_tui.tui.settings import Settings


class TreeList(Picker):
    """The picker of trees, which `q` leaves as it leaves the explorer."""

    @property
    def keys(self) -> str:
        return f"letters narrow  {self._glyphs.enter} opens  q leaves"

    def _letter(self, letter: str) -> None:
        if letter == "q" and not self._typed:
            self.dismiss(None)
        else:
            super()._letter(letter)


class TreePicker(TerminalApp[Path | None]):
    """Lists the tree files of this directory and the bundled ones."""

    ENABLE_COMMAND_PALETTE = False

    def __init__(
        self, here: tuple[Path, ...], bundled: tuple[Path, ...], settings: Settings
    ) -> None:
        super().__init__(settings)
        self._options = tuple(
            Option(value=path, label=path.name if path in here else path.stem, note=note)
            for paths, note in ((here, "here"), (bundled, "bundled"))
            for path in paths
        )

    def on_mount(self) -> None:
        picker = TreeList("Open a metric tree", self._options, glyphs=self.settings.glyphs)
        self.push_screen(picker, self._picked)

    def _picked(self, picked: tuple[object, ...] | None) -> None:
        found = picked[0] if picked else None
        self.exit(found if isinstance(found, Path) else None)
