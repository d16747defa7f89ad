"""What ships with the program: tree files, and generators of the stores they read."""

import importlib
import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

from metric_tui.base.errors import MetricTuiError, QuestionError
from metric_tui.base.private import (
    is_private,
    is_private_database,
    make_private,
    make_private_folder,
    write_private,
)
from metric_tui.engines.open import sample_store_path

DEFAULT_SAMPLE = "nights_booked"
DEFAULT_EVENTS = 300_000

_INSTALLED = Path(__file__).parent.parent / "bundled"
_CHECKOUT = Path(__file__).parent.parent.parent


def _root() -> Path:
    """The folder that holds `configs` and `sample_data`: in the wheel, or the checkout."""
    return _INSTALLED if _INSTALLED.is_dir() else _CHECKOUT


def bundled_trees() -> tuple[Path, ...]:
    """The tree files that ship with the program, the default one first."""
    found = sorted((_root() / "configs").glob("*.yaml"))
    return tuple(sorted(found, key=lambda path: path.stem != DEFAULT_SAMPLE))


def bundled_tree(name: str) -> Path:
    """A bundled tree file by name.

    Raises:
        QuestionError: there is none of that name.
    """
    for path in bundled_trees():
        if path.stem == name:
            return path
    names = ", ".join(path.stem for path in bundled_trees())
    raise QuestionError(f"no bundled tree is named `{name}`", hint=f"there are {names}")


def sample_data() -> ModuleType:
    """The generators, from wherever they are installed."""
    name = "metric_tui.bundled.sample_data" if _INSTALLED.is_dir() else "sample_data"
    if name in sys.modules:
        return sys.modules[name]
    path = _root() / "sample_data" / "__init__.py"
    spec = importlib.util.spec_from_file_location(
        name, path, submodule_search_locations=[str(path.parent)]
    )
    if spec is None or spec.loader is None:
        raise MetricTuiError("the sample data is not installed")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def has_sample(name: str) -> bool:
    """Whether a sample store belongs to the tree."""
    return name in sample_data().SCENARIOS


def has_built_sample(name: str) -> bool:
    """Whether the tree's sample store is there already; the generators are not even imported."""
    return is_private_database(sample_store_path(name))


def built_size(name: str) -> int | None:
    """About how many events the built sample store was asked for; None where that is not known."""
    return _built_with(sample_store_path(name))


def ensure_sample(
    name: str,
    *,
    events: int | None,
    progress: Callable[[int, int], None] | None = None,
) -> Path:
    """The sample store of a bundled tree, built if it is missing or another size is asked for.

    Args:
        name: the bundled tree.
        events: about how many events; None takes the store that is there, or the usual number.
        progress: called with events done and in all.
    """
    path = sample_store_path(name)
    if is_private_database(path) and (events is None or _built_with(path) == events):
        return path
    wanted = events or DEFAULT_EVENTS
    try:
        make_private_folder(path.parent)
        sample_data().build(name, path, events=wanted, progress=progress)
        make_private(path)
        write_private(_size_note(path), str(wanted))
    except OSError as error:
        raise MetricTuiError(
            f"the sample store cannot be written to `{path}`: {error.strerror}",
            hint="set XDG_CACHE_HOME to a directory that can be written",
        ) from error
    return path


def _size_note(path: Path) -> Path:
    return path.with_suffix(".events")


def _built_with(path: Path) -> int | None:
    note = _size_note(path)
    text = note.read_text(encoding="utf-8").strip() if is_private(note) else ""
    return int(text) if text.isdecimal() else None
