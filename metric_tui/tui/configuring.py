"""Settings from environment and configuration file, and which of them cannot be used."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from metric_tui.base.places import config_directory
from metric_tui.base.problems import Problem
from metric_tui.tui.commands import Command
from metric_tui.tui.settings import Settings, settings_from

FILE = "config.yaml"

KEYS_VARIABLE = "METRIC_TUI_KEYS"


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
    from metric_tui.tui.keys import PLACES

    return {each.id: each for place in reversed(PLACES) for each in place}


def keymap_of(keys: Mapping[str, Iterable[str]]) -> tuple[dict[str, str], tuple[str, ...]]:
    """Keys as Textual names them, comma separated, by action; and why some are left out."""
    from metric_tui.loading.nearest import did_you_mean
    from metric_tui.tui.keys import ALWAYS, key_named

    commands = known_commands()
    keymap: dict[str, str] = {}
    faults: list[str] = []
    taken = dict(ALWAYS)
    for name, given in keys.items():
        if name not in commands:
            hint = did_you_mean(name, commands) or "`?` lists the actions"
            faults.append(f"`{name}` is no action ({hint})")
            continue
        named = [key_named(key) for key in given]
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
    return keymap, (*faults, *_left_without(keymap))


def _left_without(keymap: Mapping[str, str]) -> Iterator[str]:
    """Actions that lose their last key to another of the same screen."""
    from metric_tui.tui.keys import PLACES, keys_here

    takers = {key: name for name, keys in keymap.items() for key in keys.split(",")}
    said = set()
    for place in PLACES:
        live = keys_here(place, keymap)
        for command in place:
            if not live[command.id] and command.id not in said:
                said.add(command.id)
                lost = next((key for key in command.keys if key in takers), "")
                yield f"`{command.id}` has no key any more, as `{takers.get(lost)}` took `{lost}`"
