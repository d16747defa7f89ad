"""The user's own editor: the terminal is handed over, and taken back afterwards."""

import os
import shlex
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from textual.app import App, SuspendNotSupported

from metric_tui.presentation.safe import safe

PLUS_LINE = {
    "vi", "vim", "nvim", "view", "nano", "pico", "emacs", "emacsclient", "joe", "mg", "micro",
    "kak", "ne", "ed", "ex",
}  # fmt: skip
"""Editors that take `+LINE` before the file."""

GOTO = {"code", "codium", "code-insiders", "cursor", "windsurf"}
"""Editors that take `--goto FILE:LINE`; `--wait` keeps them from returning at once."""

FILE_LINE = {"hx", "helix", "subl", "zed"}
"""Editors that take `FILE:LINE`."""

DEFAULT = "vi"


def editor_command(environment: Mapping[str, str]) -> list[str]:
    """What the user calls an editor, in words: $VISUAL, else $EDITOR, else vi."""
    for name in ("VISUAL", "EDITOR"):
        try:
            words = shlex.split(environment.get(name, ""))
        except ValueError:
            # a quote that is never closed
            continue
        if words:
            return words
    return [DEFAULT]


def command_line(editor: Sequence[str], path: Path, line: int) -> list[str]:
    """The words that open a file at a line, from 1, in an editor; in an unknown one without it."""
    name = Path(editor[0]).name.removesuffix(".exe")
    place = f"{path}:{line}"
    if name in PLUS_LINE:
        return [*editor, f"+{line}", str(path)]
    if name in GOTO:
        wait = [] if {"-w", "--wait"} & set(editor) else ["--wait"]
        return [*editor, *wait, "--goto", place]
    return [*editor, place if name in FILE_LINE else str(path)]


def edit_externally(app: App[Any], path: Path, line: int) -> None:
    """Open the user's editor on a file and wait for it; what goes wrong is said in a notice.

    Args:
        app: what the terminal is taken from meanwhile.
        path: the file.
        line: where to begin, from 1.
    """
    # vi would take a path such as `+!command` for an order
    words = command_line(editor_command(os.environ), path.absolute(), line)
    try:
        with app.suspend():
            code = subprocess.run(words, check=False).returncode
    except SuspendNotSupported:
        _say(app, "this terminal cannot be handed to another program; press e to edit here")
    except FileNotFoundError:
        _say(app, f"there is no editor `{words[0]}`; set $VISUAL or $EDITOR")
    except OSError as error:
        _say(app, f"`{words[0]}` cannot be started: {error.strerror}")
    else:
        if code:
            _say(app, f"`{words[0]}` ended with status {code}")
    # the terminal's screen is the other program's until something is drawn
    app.refresh(layout=True)


def _say(app: App[Any], text: str) -> None:
    app.notify(safe(text), severity="error", markup=False)
