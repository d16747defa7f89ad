"""The explorer as an application: terminal, signals, themes, palette; the screens do the rest."""

import asyncio
import os
import signal
import sys
from dataclasses import replace
from datetime import date
from pathlib import Path

from textual.binding import Binding
from textual.command import Provider

from metric_tui.tui.application import TerminalApp
from metric_tui.tui.configuring import configured
from metric_tui.tui.keys import obeyed
from metric_tui.tui.screens.main import MainScreen
from metric_tui.tui.settings import DEFAULT_THEME, Settings
from metric_tui.tui.terminal import is_gone
from metric_tui.workspace import Workspace


def _tree_commands() -> type[Provider]:
    from metric_tui.tui.palette import TreeCommands

    return TreeCommands


HANG_UP_SECONDS = 1.0
"""Between two looks at whether the terminal is still there."""


class Explorer(TerminalApp[None]):
    """Opens one workspace; `return_code` is what the process should end with."""

    TITLE = "metric-tui"
    ENABLE_COMMAND_PALETTE = True
    COMMAND_PALETTE_BINDING = "ctrl+p"
    COMMANDS = {_tree_commands}
    # without an id: another key of `quit` would be taken from every line that is typed in
    BINDINGS = [Binding("ctrl+q", "quit", "quit", show=False, priority=True)]

    def __init__(self, workspace: Workspace, settings: Settings) -> None:
        settings = replace(settings, keymap=obeyed(settings.keymap))
        super().__init__(settings)
        self.workspace = workspace
        if settings.theme not in self.available_themes:
            names = ", ".join(sorted(self.available_themes))
            fault = f"there is no theme `{settings.theme}` (there are {names})"
            self.settings = replace(settings, theme=DEFAULT_THEME, faults=(*settings.faults, fault))
        if settings.keymap:
            self.set_keymap(dict(settings.keymap))

    def get_default_screen(self) -> MainScreen:
        return MainScreen(self.workspace, self.settings)

    def on_mount(self) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, self.leave, number)
        if sys.__stdin__ is not None and sys.__stdin__.isatty():
            # whoever started this may have had the signal ignored
            self.set_interval(HANG_UP_SECONDS, self._leave_with_the_terminal)
        # after Ctrl+Z and fg the terminal is blank until something is drawn
        self.app_resume_signal.subscribe(self, lambda _: self.refresh(layout=True))

    def leave(self, number: int) -> None:
        """End because of a signal: text and place are kept, the terminal is restored."""
        try:
            self._keep_unsaved()
            self._keep_place()
        finally:
            self.exit(return_code=128 + number)

    def _leave_with_the_terminal(self) -> None:
        if is_gone():
            self.leave(signal.SIGHUP)

    async def action_quit(self) -> None:
        # no question is asked here: unsaved text is offered when the editor is opened again
        self._keep_unsaved()
        self._keep_place()
        self.exit()

    def action_command_palette(self) -> None:
        from metric_tui.tui.screens.palette import Palette

        # one may lie below what it opened, and no id: one that was left may still be on its way out
        if not any(isinstance(screen, Palette) for screen in self.screen_stack):
            self.push_screen(Palette())

    def _keep_unsaved(self) -> bool:
        """Keep the text of an open editor; whether there was any that is not saved."""
        found = False
        for screen in self.screen_stack:
            # by name, as the editor is only imported when it is opened
            keep = getattr(screen, "keep_unsaved", None)
            found = bool(callable(keep) and keep()) or found
        return found

    def keep_for_next_start(self) -> str:
        name = self.workspace.path.name
        try:
            is_kept = self._keep_unsaved()
        except OSError as error:
            return f"the unsaved text of `{name}` could not be kept: {error.strerror}"
        finally:
            self.workspace.stop()
        if not is_kept:
            return ""
        return (
            f"the unsaved text of `{name}` is kept: open the tree again and press e to restore it"
        )

    def _keep_place(self) -> None:
        for screen in self.screen_stack:
            if isinstance(screen, MainScreen):
                screen.remember_place()
        self.workspace.stop()


def run_app(
    path: Path, *, store: str | None, today: date | None = None, settings: Settings | None = None
) -> int:
    """Open a tree file and run the explorer until it is left.

    Args:
        path: the tree file.
        store: a path or URL in place of the file's store.
        today: the day of whoever opens it.
        settings: how it looks; from the environment and the user's file without.

    Returns:
        What the process should end with: 128 and the signal's number where one ended it.

    Raises:
        DefinitionError: there is no tree to show at all.
        StoreError: the tree names no store, or none that any engine opens.
    """
    workspace = Workspace.open(path, store=store, today=today)
    try:
        return explore(workspace, settings or configured(os.environ))
    finally:
        workspace.close()


def explore(workspace: Workspace, settings: Settings) -> int:
    """Run the explorer on an open workspace; what the process should end with."""
    honour_empty_no_color()
    if settings.is_colourless:
        # Textual takes colours away by this variable alone
        os.environ["NO_COLOR"] = "1"
    return Explorer(workspace, settings).run_to_the_end()


def honour_empty_no_color() -> None:
    """An empty NO_COLOR means unset, and would still turn colours to grey."""
    if os.environ.get("NO_COLOR") == "":
        del os.environ["NO_COLOR"]


def pick_tree(here: tuple[Path, ...], bundled: tuple[Path, ...]) -> tuple[Path | None, int]:
    """Let the user pick a tree file; None where they leave without, and what to end with then."""
    from metric_tui.tui.picking import TreePicker

    honour_empty_no_color()
    picker = TreePicker(here, bundled, configured(os.environ))
    code = picker.run_to_the_end()
    return None if code else picker.return_value, code
