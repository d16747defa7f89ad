"""How the explorer looks and behaves on this terminal, found out once before it starts."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from metric_tui.presentation.glyphs import ASCII, BLOCKS, UNICODE, Glyphs

POOR_TERMINALS = ("linux", "xterm", "screen", "vt100", "vt220", "ansi")
"""Values of TERM that promise sixteen colours at most."""

DEFAULT_THEME = "metric-night"
ANSI_THEME = "ansi-dark"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Decided by environment and configuration (`configuring`); the app itself reads neither."""

    theme: str = DEFAULT_THEME
    glyphs: Glyphs = UNICODE
    is_colourless: bool = False
    """NO_COLOR is set: bold and reverse are all there is."""

    is_lean: bool = False
    """Over SSH: no animation, the terminal's own colours."""

    keymap: Mapping[str, str] = field(default_factory=dict)
    """Keys by the id of a command, comma separated."""

    state_directory: str = ""
    """Where a crash is written down; empty for nowhere."""

    is_in_tmux: bool = False

    faults: tuple[str, ...] = ()
    """What of the user's configuration cannot be used, each in one sentence; told once."""


def settings_from(
    environment: Mapping[str, str], file: Mapping[str, str | bool] | None = None
) -> Settings:
    """The settings an environment asks for.

    Args:
        environment: the process's variables.
        file: `theme`, `ascii`, `colour` and `lean` of a configuration file. A variable of the
            same meaning wins over it, and it over what is guessed of the terminal.
    """
    given = file or {}
    term = environment.get("TERM", "")
    is_colourless = _flag(environment, "NO_COLOR", default=given.get("colour") is False)
    over_ssh = bool(environment.get("SSH_CONNECTION") or environment.get("SSH_TTY"))
    is_lean = _flag(environment, "METRIC_TUI_LEAN", default=bool(given.get("lean", over_ssh)))
    is_poor = term in POOR_TERMINALS or is_colourless
    guess = ANSI_THEME if is_poor or is_lean else DEFAULT_THEME
    is_ascii = _flag(environment, "METRIC_TUI_ASCII", default=bool(given.get("ascii")))
    return Settings(
        theme=environment.get("METRIC_TUI_THEME") or str(given.get("theme", guess)),
        glyphs=ASCII if is_ascii else _glyphs(environment, term),
        is_colourless=is_colourless,
        is_lean=is_lean,
        is_in_tmux=bool(environment.get("TMUX")),
        state_directory=_state_directory(environment),
    )


def _flag(environment: Mapping[str, str], name: str, *, default: bool) -> bool:
    """Whether a variable is set; an empty one says nothing, and 0 says no but to NO_COLOR."""
    found = environment.get(name)
    if not found:
        return default
    return name == "NO_COLOR" or found != "0"


def _glyphs(environment: Mapping[str, str], term: str) -> Glyphs:
    encoding = next(
        (environment[key] for key in ("LC_ALL", "LC_CTYPE", "LANG") if environment.get(key)),
        "UTF-8",
    )
    if "UTF" not in encoding.upper() and encoding not in ("C", "POSIX"):
        return ASCII
    return BLOCKS if term == "linux" else UNICODE


def _state_directory(environment: Mapping[str, str]) -> str:
    base = environment.get("XDG_STATE_HOME")
    home = environment.get("HOME", "")
    if not base and not home:
        return ""
    return f"{base or home + '/.local/state'}/metric-tui"
