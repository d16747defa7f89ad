"""The keys that matter where the focus is, from the table of commands."""

from collections.abc import Iterable

from metric_tui.presentation.glyphs import Glyphs
from metric_tui.presentation.pieces import Line, Piece, line_width
from metric_tui.tui.commands import Command, Place
from metric_tui.tui.keys import Keys, shown_keys

MOST_AT_80 = 8


def footer_line(
    commands: Iterable[Command],
    place: Place,
    cells: int,
    glyphs: Glyphs,
    keys: Keys,
) -> Line:
    """The commands of a place that a key reaches, as far as they fit; eight at most where narrow."""
    chosen = [command for command in commands if place in command.footer and keys[command.id]]
    most = MOST_AT_80 if cells < 100 else len(chosen)
    # the way to the rest is never the one that is left out
    last = next((command for command in chosen if command.name == "help"), None)
    found: list[Piece] = list(_entry(last, glyphs, keys)) if last else []
    shown: list[Piece] = []
    count = 1 if last else 0
    for command in chosen:
        entry = _entry(command, glyphs, keys)
        fits = line_width((*shown, *entry, *found)) <= cells
        if command is not last and count < most and fits:
            shown += entry
            count += 1
    return (*shown, *found)


def _entry(command: Command, glyphs: Glyphs, keys: Keys) -> Line:
    key = shown_keys(command, keys).split(" ")[0]
    key = {"↵": glyphs.enter, "⌫": glyphs.backspace}.get(key, key)
    return (Piece(key, "key"), Piece(f" {command.words}  ", "dim"))
