"""Which key does what where one is, once a person's own keys are counted in."""

import re
from collections.abc import Iterable, Mapping

from textual.binding import Binding
from textual.keys import format_key

from metric_tui.tui.commands import COMMANDS, MOVES, Command
from metric_tui.tui.views import VIEW_COMMANDS
from metric_tui.tui.what_if_commands import WHAT_IF_COMMANDS

Keys = Mapping[str, tuple[str, ...]]
"""The keys that reach each command of a place, by its id, as Textual names them; maybe none."""

MAIN: tuple[Command, ...] = (*MOVES, *COMMANDS, *VIEW_COMMANDS)
WHAT_IF: tuple[Command, ...] = (*MOVES, *WHAT_IF_COMMANDS)
PLACES = (MAIN, WHAT_IF)
"""All that a key can mean on each screen: first what the list of rows does, then the screen."""

ALWAYS: Mapping[str, str] = {"ctrl+q": "quit", "ctrl+p": "palette"}
"""Keys that the application takes before any screen, and the command they stay with."""

UNREACHABLE = "no_key"
"""Bound where nothing is left: no terminal sends a key of that name."""

_WRITTEN: Mapping[str, str] = {
    "↵": "enter", "⌫": "backspace", "→": "right", "←": "left", "↓": "down", "↑": "up",
    "pgdn": "pagedown", "pgup": "pageup", "esc": "escape",
}  # fmt: skip

_KEY = re.compile(r"(?:(?:ctrl|shift|alt)\+)*[a-z][a-z0-9_]*")


def key_named(written: str) -> str | None:
    """Textual's name of a key: `slash` for /, `ctrl+f` for Ctrl+F, `pagedown` for PgDn; or None."""
    lower = written.lower()
    if lower in _WRITTEN:
        return _WRITTEN[lower]
    if written == ",":
        # a comma parts the keys of a binding
        return "comma"
    if len(written) == 1:
        (binding,) = Binding.make_bindings([Binding(written, "none")])
        return binding.key
    return lower if _KEY.fullmatch(lower) else None


def keys_here(commands: Iterable[Command], keymap: Mapping[str, str]) -> Keys:
    """The keys that do what each command of a place says.

    A key that a person gave to a command there is no other's; else the first to have it keeps it.

    Args:
        commands: all of the place, those that are asked for a key first standing first.
        keymap: a person's keys by the id of a command, comma separated.
    """
    here = {command.id: command for command in commands}
    given = {name: tuple(keymap[name].split(",")) for name in keymap if name in here}
    own = {name: command.keys for name, command in here.items() if name not in given}
    owners: dict[str, str] = {}
    for name, keys in (given | own).items():
        for key in keys:
            owners.setdefault(key, name)
    owners |= {key: name for key, name in ALWAYS.items() if key in owners}
    return {
        name: tuple(
            key for key in (given | own)[name] if owners[key] == name and key != UNREACHABLE
        )
        for name in here
    }


def obeyed(keymap: Mapping[str, str]) -> dict[str, str]:
    """A person's keys, and what they leave to the moves within a list.

    Textual takes a key from others of the same widget alone, so that a list would keep `j` before
    its screen, whatever `j` was given to.
    """
    found = dict(keymap)
    for move in MOVES:
        left = [keys_here(place, keymap)[move.id] for place in PLACES]
        keys = tuple(key for key in left[0] if all(key in other for other in left))
        if keys != move.keys and move.id not in keymap:
            found[move.id] = ",".join(keys) or UNREACHABLE
    return found


def shown_keys(command: Command, keys: Keys) -> str:
    """The keys that reach a command as people write them, apart by spaces; empty without any."""
    live = keys[command.id]
    usual = [text for text in command.shown.split(" ") if key_named(text) in live]
    if usual and set(live) <= set(command.keys):
        return " ".join(usual)
    return " ".join(map(_written, live))


def _written(key: str) -> str:
    shown = format_key(key)
    return shown if shown.isascii() else key
