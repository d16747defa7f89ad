"""The terminal, which may be gone from one moment to the next: a dropped connection ends no writing.

Textual's writer thread dies of the first write to a closed terminal; whoever writes next waits for
it for ever, and so the explorer would run on, unseen, after its window is closed.
"""

import select
import sys
from typing import Any, TextIO

from textual.driver import Driver


class LastingOutput:
    """A file for a terminal; what is written after it is gone is lost, and that is all."""

    def __init__(self, file: TextIO) -> None:
        self._file = file

    def write(self, text: str) -> None:
        """Write, if anybody is there."""
        try:
            self._file.write(text)
        except OSError:
            return

    def flush(self) -> None:
        """Send what is written, if anybody is there."""
        try:
            self._file.flush()
        except OSError:
            return

    def isatty(self) -> bool:
        """Whether it is a terminal."""
        return self._file.isatty()

    def fileno(self) -> int:
        """The number of the file."""
        return self._file.fileno()


def lasting(driver_class: type[Driver]) -> type[Driver]:
    """A driver like another that outlives its terminal; the same where it writes to none."""
    if driver_class.__module__ != "textual.drivers.linux_driver":
        return driver_class

    def begin(self: Any, *arguments: Any, **named: Any) -> None:
        driver_class.__init__(self, *arguments, **named)
        self._file = LastingOutput(self._file)

    return type("LastingDriver", (driver_class,), {"__init__": begin})


def is_gone() -> bool:
    """Whether the terminal that keys come from has been closed."""
    keys = sys.__stdin__
    if keys is None or not hasattr(select, "poll"):
        return False
    try:
        poll = select.poll()
        poll.register(keys.fileno(), 0)
        return any(event & select.POLLHUP for _, event in poll.poll(0))
    except (OSError, ValueError):
        return True
