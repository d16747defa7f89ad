"""Picking a tree file where none was named."""

from pathlib import Path
from typing import ClassVar

from textual.app import App
from textual.binding import BindingType

from metric_tui.tui.screens.picker import Option, Picker
from metric_tui.tui.settings import Settings
from metric_tui.tui.themes import THEMES, line_variables


class TreePicker(App[Path | None]):
    """Lists the tree files of this directory and the bundled ones."""

    CSS_PATH = "app.tcss"
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = [("q", "quit", "quit")]

    def __init__(
        self, here: tuple[Path, ...], bundled: tuple[Path, ...], settings: Settings
    ) -> None:
        self._settings = settings  # the variables of the style sheet are asked for at once
        super().__init__(ansi_color=True if settings.is_colourless else None)
        self._options = tuple(
            Option(value=path, label=path.name if path in here else path.stem, note=note)
            for paths, note in ((here, "here"), (bundled, "bundled"))
            for path in paths
        )
        self.animation_level = "none"
        for theme in THEMES:
            self.register_theme(theme)
        if settings.theme in self.available_themes:
            self.theme = settings.theme

    def get_css_variables(self) -> dict[str, str]:
        return {**super().get_css_variables(), **line_variables(self._settings.glyphs)}

    def on_mount(self) -> None:
        picker = Picker("Open a metric tree", self._options, glyphs=self._settings.glyphs)
        self.push_screen(picker, self._picked)

    def _picked(self, picked: tuple[object, ...] | None) -> None:
        found = picked[0] if picked else None
        self.exit(found if isinstance(found, Path) else None)
