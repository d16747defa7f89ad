"""Where files of ours live: the XDG directories, each with its environment variable."""

import os
from pathlib import Path

APPLICATION = "metric-tui"


def cache_directory() -> Path:
    """What can be made again: sample stores, rollups."""
    return _place("XDG_CACHE_HOME", "~/.cache")


def state_directory() -> Path:
    """Where the user was, unsaved text, logs."""
    return _place("XDG_STATE_HOME", "~/.local/state")


def config_directory() -> Path:
    """The user's settings and keys."""
    return _place("XDG_CONFIG_HOME", "~/.config")


def _place(variable: str, default: str) -> Path:
    return Path(os.environ.get(variable) or default).expanduser() / APPLICATION
