"""A fault of ours, written down without the values of variables, which may be someone's data."""

import traceback
from datetime import UTC, datetime
from pathlib import Path

from metric_tui.base.private import write_private

KEPT = 20
"""How many reports stay."""


def write_crash(error: BaseException, state_directory: str) -> Path | None:
    """Write the traceback to the state directory; None where that cannot be."""
    if not state_directory:
        return None
    directory = Path(state_directory)
    name = f"crash-{datetime.now(tz=UTC):%Y%m%d-%H%M%S-%f}.log"
    try:
        path = directory / name
        write_private(path, "".join(traceback.format_exception(error)))
        for old in sorted(directory.glob("crash-*.log"))[:-KEPT]:
            old.unlink(missing_ok=True)
    except OSError:
        return None
    return path


def crash_message(error: BaseException, path: str, kept: str) -> str:
    """Two lines for the terminal: what happened and where it is written down, then what to do.

    Args:
        error: the fault; its text may hold someone's data and is not shown.
        path: the file of the traceback; empty where it could not be written.
        kept: one sentence on unsaved text; empty without any.
    """
    where = f"the traceback is in {path}" if path else "the traceback could not be written"
    todo = kept or "nothing was unsaved: start it again"
    return (
        f"error: metric-tui ended by a fault of its own ({type(error).__name__}); {where}\n"
        f"hint: {todo}\n"
    )
