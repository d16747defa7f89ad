"""The names of the tree on the screen at once, while the terminal library is still being imported.

What was last seen of a tree file is drawn as plain names, without numbers, where the explorer
will draw them a moment later. A file that has changed since is not drawn: its names may be others.
"""

import hashlib
import shutil
import sys
from pathlib import Path

from metric_tui.loading.files import SideFiles

_ENTER = "\x1b[?1049h\x1b[?25l\x1b[H\x1b[2J"
_LEAVE = "\x1b[?25h\x1b[?1049l"


def digest_of(path: Path) -> str:
    """Tells one text of a tree file from another; empty where it cannot be read."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return ""


def draw_skeleton(path: Path) -> bool:
    """Draw the names last seen of a tree; whether anything was drawn.

    Nothing is drawn where standard error, which the explorer draws on, is no terminal.
    """
    if not sys.stderr.isatty():
        return False
    kept = SideFiles(path).state().get("skeleton")
    if not isinstance(kept, dict) or kept.get("digest") != digest_of(path):
        return False
    size = shutil.get_terminal_size()
    top, left = _place(kept.get("row")), _place(kept.get("column"))
    rows = [str(row) for row in kept.get("rows", ())][: max(size.lines - top, 0)]
    lines = [f"\x1b[1;2H{_safe(str(kept.get('title', '')), size.columns - 2)}"]
    lines += [
        f"\x1b[{top + index};{left}H{_safe(row, size.columns - left)}"
        for index, row in enumerate(rows)
    ]
    sys.stderr.write(_ENTER + "".join(lines))
    sys.stderr.flush()
    return True


def _place(value: object) -> int:
    """A row or column of the screen, counted from 1."""
    return value if isinstance(value, int) and 1 <= value <= 20 else 2


def erase_skeleton() -> None:
    """Give the terminal back where the explorer did not come to draw."""
    sys.stderr.write(_LEAVE)
    sys.stderr.flush()


def _safe(text: str, cells: int) -> str:
    """The state file is only text: no control characters reach the terminal from it."""
    return "".join(letter if letter.isprintable() else "?" for letter in text)[: max(cells, 0)]
