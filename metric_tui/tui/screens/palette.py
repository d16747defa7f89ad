"""The screen of the palette: Textual's, which any two keys in quick succession leave whole."""

from textual import on, work
from textual.app import ComposeResult
from textual.command import CommandInput, CommandList, CommandPalette, SearchIcon
from textual.containers import Horizontal, Vertical
from textual.css.query import NoMatches
from textual.widgets import Input, LoadingIndicator, OptionList

from metric_tui.tui.screens.closing import ClosingScreen
from metric_tui.tui.widgets.option_list import SafeOptionList


class PaletteList(CommandList, SafeOptionList):
    """The commands that fit what was typed."""


class Palette(CommandPalette, ClosingScreen[None]):
    """Runs one command, once."""

    def compose(self) -> ComposeResult:
        # as Textual does but for the class of the list
        with Vertical(id="--container"):
            with Horizontal(id="--input"):
                yield SearchIcon()
                yield CommandInput(placeholder=self._placeholder, select_on_focus=False)
            with Vertical(id="--results"):
                yield PaletteList()
                yield LoadingIndicator()

    @work(exclusive=True, group=CommandPalette._GATHER_COMMANDS_GROUP)
    async def _gather_commands(self, search_value: str) -> None:
        gather = getattr(CommandPalette._gather_commands, "__wrapped__")  # noqa: B009  mypy
        try:
            await gather(self, search_value)
        except NoMatches:
            # the palette may be closed before its first search begins
            if self.is_attached and self in self.app.screen_stack:
                raise

    @on(OptionList.OptionSelected)
    @on(Input.Submitted)
    def choose_once(self, event: OptionList.OptionSelected | Input.Submitted) -> None:
        """Drop a second choice: the handlers of the base would run the command again."""
        if self not in self.app.screen_stack:
            event.stop()
            event.prevent_default()
