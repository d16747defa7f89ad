"""What every app of ours shares: themes, variables of the style sheet, the way a fault ends it."""

import sys
from contextlib import suppress

from rich.console import RenderableType
from textual.app import App, ReturnType
from textual.driver import Driver
from textual.worker import WorkerFailed

from metric_tui.presentation.safe import safe
from metric_tui.tui.crash import crash_message, write_crash
from metric_tui.tui.settings import Settings
from metric_tui.tui.terminal import lasting
from metric_tui.tui.themes import THEMES, line_variables


class TerminalApp(App[ReturnType]):
    """An app that reads app.tcss, and ends by a fault with two lines and code 1.

    Attributes:
        settings: how it looks and where a crash is written down.
        last_words: to be written to the terminal once it is given back.
    """

    CSS_PATH = "app.tcss"

    def __init__(self, settings: Settings) -> None:
        # the variables of the style sheet are asked for, and the filter that removes colour is
        # chosen, while the app is made
        self.settings = settings
        super().__init__(ansi_color=True if settings.is_colourless else None)
        self.last_words = ""
        self.animation_level = "none"
        for theme in THEMES:
            self.register_theme(theme)
        if settings.theme in self.available_themes:
            self.theme = settings.theme

    def get_css_variables(self) -> dict[str, str]:
        return {**super().get_css_variables(), **line_variables(self.settings.glyphs)}

    def get_driver_class(self) -> type[Driver]:
        return lasting(super().get_driver_class())

    def run_to_the_end(self) -> int:
        """Run until it is left; what the process should end with."""
        self.run()
        # not among Textual's own last lines, which would cut a long path at the terminal's width
        if self.last_words:
            sys.stderr.write(self.last_words)
            return 1
        return self.return_code or 0

    def keep_for_next_start(self) -> str:
        """Keep what would be lost by a fault; one sentence on it for the user, or empty."""
        return ""

    def panic(self, *renderables: RenderableType) -> None:
        # a fault that draws itself, of a style sheet for example, ends like any other
        self._fatal_error()

    def _fatal_error(self) -> None:
        """Write the traceback without values of variables to a file, and keep unsaved text."""
        if not self.last_words:
            error: BaseException = self._exception or sys.exc_info()[1] or RuntimeError("unknown")
            while isinstance(error, WorkerFailed):
                error = error.error
            kept = "what was not saved may be lost"
            # whatever is wrong, the terminal is given back
            with suppress(Exception):
                kept = self.keep_for_next_start()
            path = write_crash(error, self.settings.state_directory)
            self.last_words = crash_message(error, safe(str(path or "")), safe(kept))
        self._close_messages_no_wait()
