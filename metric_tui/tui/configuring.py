"""Settings from environment and configuration file, and which of them cannot be used."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from textual.binding import Binding

from metric_tui.base.places import config_directory
from metric_tui.base.problems import Problem
from metric_tui.tui.commands import COMMANDS, MOVES, Command
from metric_tui.tui.settings import Settings, settings_from

FILE = "config.yaml"

KEYS_VARIABLE = "METRIC_TUI_KEYS"

_KEY = re.compile(r"(?:(?:ctrl|shift|alt)\+)*[a-z][a-z0-9_]*")


def configured(environment: Mapping[str, str]) -> Settings:
    """The settings of the user's file, of the environment, and what of both cannot be used.

    A variable that is set wins over the file, and the file over what is guessed of the terminal.
    """
    path = config_directory() / FILE
    if not path.is_file() and not environment.get(KEYS_VARIABLE):
        return settings_from(environment)
    # read only where there is one, as most have none
    from metric_tui.loading.configuration import read_configuration

    found = read_configuration(path)
    faults = [_sentence(path, problem) for problem in found.problems]
    keys = {**found.keys, **dict(_keys_of(environment.get(KEYS_VARIABLE, "")))}
    keymap, refused = keymap_of(keys)
    given = {"ascii": found.ascii, "colour": found.colour, "lean": found.lean, "theme": found.theme}
    settings = settings_from(environment, {k: v for k, v in given.items() if v is not None})
    return replace(
        settings, keymap=keymap, faults=(*faults, *(f"{path.name}: {text}" for text in refused))
    )


def _sentence(path: Path, problem: Problem) -> str:
    place = f" line {problem.span.line}" if problem.span else ""
    hint = f" ({problem.hint})" if problem.hint else ""
    return f"{path.name}{place}: {problem.message}{hint}"


def _keys_of(text: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """`drill=z;find=/ ctrl+f` as keys by action."""
    for entry in filter(None, map(str.strip, text.split(";"))):
        name, _, keys = entry.partition("=")
        yield name.strip(), tuple(keys.split())


def known_commands() -> dict[str, Command]:
    """Every command whose keys can be changed, by the name a file knows it by."""
    from metric_tui.tui.views import VIEW_COMMANDS
    from metric_tui.tui.what_if_commands import WHAT_IF_COMMANDS

    return {each.id: each for each in (*WHAT_IF_COMMANDS, *VIEW_COMMANDS, *COMMANDS, *MOVES)}


def keymap_of(keys: Mapping[str, Iterable[str]]) -> tuple[dict[str, str], tuple[str, ...]]:
    """Keys as Textual names them, comma separated, by action; and why some are left out."""
    from metric_tui.loading.nearest import did_you_mean

    commands = known_commands()
    keymap: dict[str, str] = {}
    faults: list[str] = []
    taken: dict[str, str] = {}
    for name, given in keys.items():
        if name not in commands:
            hint = did_you_mean(name, commands) or "`?` lists the actions"
            faults.append(f"`{name}` is no action ({hint})")
            continue
        named = [_named(key) for key in given]
        wrong = [key for key, known in zip(given, named, strict=True) if known is None]
        fit = [key for key in named if key is not None and taken.setdefault(key, name) == name]
        faults += [f"`{key}` is no key for `{name}` (write z, /, ctrl+f or f5)" for key in wrong]
        faults += [
            f"`{key}` is already the key of `{taken[key]}`, so `{name}` does not get it"
            for key in named
            if key is not None and taken[key] != name
        ]
        if not named:
            faults.append(f"`{name}` has no key")
        if fit:
            keymap[name] = ",".join(fit)
    return keymap, (*faults, *_left_without(keymap, taken))


def _left_without(keymap: Mapping[str, str], taken: Mapping[str, str]) -> Iterator[str]:
    """Actions of the same screen that lose their last key to another."""
    from metric_tui.tui.views import VIEW_COMMANDS
    from metric_tui.tui.what_if_commands import WHAT_IF_COMMANDS

    for screen in ((*COMMANDS, *VIEW_COMMANDS, *MOVES), (*WHAT_IF_COMMANDS, *MOVES)):
        here = {command.id for command in screen}
        for command in screen:
            lost = [key for key in command.keys if taken.get(key) in here - {command.id}]
            if command.id not in keymap and len(lost) == len(command.keys):
                yield f"`{command.id}` has no key any more, as `{taken[lost[0]]}` took `{lost[0]}`"


def _named(key: str) -> str | None:
    """Textual's name of a key: `slash` for /, `ctrl+f` for Ctrl+F; None for what is none."""
    if key == ",":
        # a comma parts the keys of a binding
        return "comma"
    if len(key) == 1:
        (binding,) = Binding.make_bindings([Binding(key, "none")])
        return binding.key
    lower = key.lower()
    return lower if _KEY.fullmatch(lower) else None
