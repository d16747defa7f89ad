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
