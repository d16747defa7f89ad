"""The keys that matter where the focus is, from the table of commands."""

from collections.abc import Iterable, Mapping

from metric_tui.presentation.glyphs import Glyphs
from metric_tui.presentation.pieces import Line, Piece, line_width
from metric_tui.tui.commands import Command, Place, shown_keys

MOST_AT_80 = 8


def footer_line(
    commands: Iterable[Command],
    place: Place,
    cells: int,
    glyphs: Glyphs,
    keymap: Mapping[str, str],
) -> Line:
    """The commands of a place as far as they fit, eight at most where the terminal is narrow."""
    chosen = [command for command in commands if place in command.footer]
    most = MOST_AT_80 if cells < 100 else len(chosen)
    # the way to the rest is never the one that is left out
    last = next((command for command in chosen if command.name == "help"), None)
    found: list[Piece] = list(_entry(last, glyphs, keymap)) if last else []
    shown: list[Piece] = []
    count = 1 if last else 0
    for command in chosen:
        entry = _entry(command, glyphs, keymap)
        fits = line_width((*shown, *entry, *found)) <= cells
        if command is not last and count < most and fits:
            shown += entry
            count += 1
    return (*shown, *found)


def _entry(command: Command, glyphs: Glyphs, keymap: Mapping[str, str]) -> Line:
    key = shown_keys(command, keymap).split(" ")[0]
    key = {"↵": glyphs.enter, "⌫": glyphs.backspace}.get(key, key)
    return (Piece(key, "key"), Piece(f" {command.words}  ", "dim"))
