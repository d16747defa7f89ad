"""Rows on their way from a file."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

ROWS_AT_ONCE = 10_000
"""Many for one statement, few enough to hold."""

Row = Sequence[Any]


@dataclass(frozen=True, slots=True)
class Batch:
    """Some rows of a file, each with as many values as there are columns; None stands for none."""

    columns: tuple[str, ...]
    rows: Sequence[Row]
    lines: Sequence[int]
    """Where in the file each row begins, counted from 1."""

    is_text: bool
    """Whether values are all text, which may mean numbers; else they have their types."""


class LineFault(Exception):
    """Something is wrong with a line of a file.

    Args:
        line: counted from 1.
        message: one sentence, no full stop.
        hint: what to do about it, or None.
    """

    def __init__(self, line: int, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.line = line
        self.message = message
        self.hint = hint
