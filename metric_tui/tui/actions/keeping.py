"""Keeping: copy, export, edit, refresh, theme."""

import os
import shlex
import subprocess
from pathlib import Path

from textual.app import SuspendNotSupported

from metric_tui.presentation.numbers import full, number_style
from metric_tui.presentation.pieces import plain
from metric_tui.presentation.tree_table import columns_for, row_line
from metric_tui.tui.exploring import Exploring
from metric_tui.tui.views.base import Fault
from metric_tui.workspace import Definition

COPIES: tuple[tuple[str, str], ...] = (("v", "value"), ("r", "row"), ("s", "sql"), ("y", "yaml"))
TMUX_ADVICE = "tmux: set -s set-clipboard on"
ROW_CELLS = 100


ENDINGS = (".txt", ".md", ".csv", ".svg")
"""What the screen can be written as."""


class Keeping(Exploring):
    """Actions that take something out of the explorer or change what it reads."""

    def action_copy(self) -> None:
        """Choose what of the selected metric to copy."""
        from metric_tui.tui.screens.picker import Option, Picker

        options = tuple(Option(value=name, label=name, key=key) for key, name in COPIES)
        self.app.push_screen(Picker("Copy", options, glyphs=self.glyphs), self._copy_picked)

    def _copy_picked(self, picked: tuple[object, ...] | None) -> None:
        if not picked:
            return
        what = str(picked[0])
        if what == "value":
            self.copy(self._value_text(), "the value")
        elif what == "row":
            self.copy(self._row_text(), "the row")
        else:
            seen = self.seen
            self.look_up(
                ("copy", what), lambda: self.workspace.definition(seen.metric, seen.question)
            )

    def copied_definition(self, what: str, found: object) -> None:
        """Copy what was looked up."""
        if isinstance(found, Fault):
            self.say(found.message, "warn")
        elif isinstance(found, Definition):
            self.copy(found.sql if what == "sql" else found.yaml, f"the {what.upper()}")

    def copy(self, text: str, what: str) -> None:
        """Hand a text to the terminal's clipboard; whether it takes it is not told."""
        self.app.copy_to_clipboard(text)
        self.say(f"copied {what} ({TMUX_ADVICE})" if self.settings.is_in_tmux else f"copied {what}")

    def _value_text(self) -> str:
        found = self.answer.metrics.get(self.selected[-1]) if self.answer else None
        style = number_style(self.metric_tree.metrics[self.selected[-1]])
        return full(found.total.value if found else None, style, self.glyphs)

    def _row_text(self) -> str:
        table = self.tree_table
        row = table.selected
        if row is None:
            return ""
        columns = columns_for(table.rows, ROW_CELLS)
        return plain(row_line(row, columns, ROW_CELLS, self.glyphs))

    def action_export(self) -> None:
        """Ask for a file and write what is seen to it."""
        from metric_tui.presentation.exporting import suggested_name
        from metric_tui.tui.screens.prompt import Prompt

        if self.answer is None:
            self.say("there is nothing to export yet", "warn")
            return
        prompt = Prompt(
            "Write to",
            hint="the ending decides: .txt .md .csv, or .svg for a picture of the screen",
            start=suggested_name(self.workspace.path, self.answer),
            glyphs=self.glyphs,
        )
        self.app.push_screen(prompt, self._export_to)

    def _export_to(self, name: str | None) -> None:
        if not name or self.answer is None:
            return
        from metric_tui.presentation.exporting import export_text

        path = Path(name).expanduser()
        tree, store = self.metric_tree, self.workspace.store_name
        if path.suffix not in ENDINGS:
            self.say(f"{path.name}: the ending must be one of {' '.join(ENDINGS)}", "warn")
            return
        if path.suffix == ".svg":
            text = self.app.export_screenshot(title=tree.name)
        else:
            text = export_text(
                path.suffix, tree, self.answer, self.choices, self.glyphs,
                store=store, contributions=self.contributions, standing=self.standing,
                unusual=self.unusual,
            )  # fmt: skip
        try:
            with path.open("x", encoding="utf-8", newline="") as file:
                file.write(text)
        except FileExistsError:
            self.say(f"{path} is there already; choose another name", "warn")
        except OSError as error:
            self.say(f"{path} cannot be written: {error.strerror}", "warn")
        else:
            self.say(f"wrote {path}")

    def action_refresh(self) -> None:
        """Read file and store anew."""
        self.reload_all()
        self.say("reading file and store anew")

    def action_theme(self) -> None:
        """Choose colours."""
        from metric_tui.tui.screens.picker import Option, Picker

        names = sorted(self.app.available_themes)
        options = tuple(Option(value=name, label=name) for name in names)
        self.app.push_screen(
            Picker("Theme", options, glyphs=self.glyphs, start=self.app.theme), self._set_theme
        )

    def _set_theme(self, picked: tuple[object, ...] | None) -> None:
        if picked:
            self.app.theme = str(picked[0])

    def action_edit(self) -> None:
        """Edit the file at the selected metric's line."""
        seen = self.seen
        self.look_up(("edit",), lambda: self.workspace.definition(seen.metric, seen.question))

    def open_editor(self, found: object) -> None:
        """Open the editor at the line that was looked up, or at the first."""
        from metric_tui.tui.screens.editor import EditorScreen

        line = found.line if isinstance(found, Definition) else 1
        editor = EditorScreen(self.workspace, line, self.selected[-1], self.question)
        self.app.push_screen(editor, self._edited)

    def _edited(self, is_saved: bool | None) -> None:
        if is_saved:
            self.reloaded()

    def reloaded(self) -> None:
        """Follow a file that has changed."""
        raise NotImplementedError

    def action_suspend(self) -> None:
        """Stop the process as a shell's job."""
        self.call_later(self.app.run_action, "suspend_process")

    def action_edit_outside(self) -> None:
        """Edit the file in the user's own editor."""
        seen = self.seen
        self.look_up(
            ("edit_outside",), lambda: self.workspace.definition(seen.metric, seen.question)
        )

    def open_outside(self, found: object) -> None:
        """Hand the terminal to the user's editor and take it back."""
        line = found.line if isinstance(found, Definition) else 1
        editor = os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi"
        try:
            with self.app.suspend():
                status = subprocess.call(
                    [*shlex.split(editor), f"+{line}", str(self.workspace.path)]
                )
        except SuspendNotSupported:
            self.say("this terminal cannot be handed over; use e", "warn")
            return
        except (OSError, ValueError) as error:
            self.say(f"`{editor}` cannot be started: {error}", "warn")
            return
        self.refresh(layout=True)
        if status:
            self.say(f"`{editor}` ended with {status}", "warn")
