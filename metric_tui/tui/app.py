"""The explorer as an application: terminal, signals, themes, palette; the screens do the rest."""

import asyncio
import os
import signal
import sys
from dataclasses import replace
from datetime import date
from pathlib import Path

from textual.app import App
from textual.binding import Binding
from textual.command import Provider
from textual.driver import Driver

from metric_tui.tui.configuring import configured
from metric_tui.tui.crash import write_crash
from metric_tui.tui.keys import obeyed
from metric_tui.tui.screens.main import MainScreen
from metric_tui.tui.settings import DEFAULT_THEME, Settings
from metric_tui.tui.terminal import is_gone, lasting
from metric_tui.tui.themes import THEMES, line_variables
from metric_tui.workspace import Workspace


def _tree_commands() -> type[Provider]:
    from metric_tui.tui.palette import TreeCommands

    return TreeCommands


HANG_UP_SECONDS = 1.0
"""Between two looks at whether the terminal is still there."""


class Explorer(App[None]):
    """Opens one workspace; `return_code` is what the process should end with."""

    CSS_PATH = "app.tcss"
    TITLE = "metric-tui"
    ENABLE_COMMAND_PALETTE = True
    COMMAND_PALETTE_BINDING = "ctrl+p"
    COMMANDS = {_tree_commands}
    # without an id: another key of `quit` would be taken from every line that is typed in
    BINDINGS = [Binding("ctrl+q", "quit", "quit", show=False, priority=True)]

    def __init__(self, workspace: Workspace, settings: Settings) -> None:
        # frames are asked for, and the filter that removes colour is chosen, while the app is made
        self.settings = settings = replace(settings, keymap=obeyed(settings.keymap))
        super().__init__(ansi_color=True if settings.is_colourless else None)
        self.workspace = workspace
        self.last_words = ""
        self.animation_level = "none"
        for theme in THEMES:
            self.register_theme(theme)
        if settings.theme in self.available_themes:
            self.theme = settings.theme
        else:
            names = ", ".join(sorted(self.available_themes))
            fault = f"there is no theme `{settings.theme}` (there are {names})"
            self.settings = replace(settings, theme=DEFAULT_THEME, faults=(*settings.faults, fault))
        if settings.keymap:
            self.set_keymap(dict(settings.keymap))

    def get_css_variables(self) -> dict[str, str]:
        return {**super().get_css_variables(), **line_variables(self.settings.glyphs)}

    def get_driver_class(self) -> type[Driver]:
        return lasting(super().get_driver_class())

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

    def _keep_unsaved(self) -> None:
        for screen in self.screen_stack:
            # by name, as the editor is only imported when it is opened
            keep = getattr(screen, "keep_unsaved", None)
            if callable(keep):
                keep()

    def _keep_place(self) -> None:
        for screen in self.screen_stack:
            if isinstance(screen, MainScreen):
                screen.remember_place()
        self.workspace.stop()

    def _fatal_error(self) -> None:
        """A fault of ours: one line on the terminal, the traceback without locals in a file."""
        error = self._exception or sys.exc_info()[1] or RuntimeError("unknown")
        path = write_crash(error, self.settings.state_directory)
        kept = f"; see {path}" if path else ""
        self.last_words = f"metric-tui: a fault of its own: {type(error).__name__}{kept}\n"
        self._close_messages_no_wait()


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
    app = Explorer(workspace, settings)
    app.run()
    # not among Textual's own last lines, which would cut a long path at the terminal's width
    if app.last_words:
        sys.stderr.write(app.last_words)
    return app.return_code or 0


def honour_empty_no_color() -> None:
    """An empty NO_COLOR means unset, and would still turn colours to grey."""
    if os.environ.get("NO_COLOR") == "":
        del os.environ["NO_COLOR"]


def pick_tree(here: tuple[Path, ...], bundled: tuple[Path, ...]) -> Path | None:
    """Let the user pick a tree file; None where they leave without."""
    from metric_tui.tui.picking import TreePicker

    honour_empty_no_color()
    return TreePicker(here, bundled, configured(os.environ)).run()
