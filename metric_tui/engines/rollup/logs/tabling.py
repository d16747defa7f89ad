"""What all tables made of logs share."""

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from metric_tui.base.series import Group, Table, Value
from metric_tui.engines.rollup.logs.windows import Window
from metric_tui.engines.rollup.pack import BLOCK_DAYS

Counts = NDArray[np.float64]
"""By group of the breakdown; not a number where there is nothing."""


def blocks_of(windows: Iterable[Window], until: Window) -> list[int]:
    """The blocks of days that windows reach into."""
    found = {
        block
        for window in windows
        if window.low < min(window.high, until.high)
        for block in range(window.low // BLOCK_DAYS, -(-min(window.high, until.high) // BLOCK_DAYS))
    }
    return sorted(found)


def log_values(groups: Sequence[Group], columns: Sequence[Counts], *, nothing: Value) -> Table:
    """A table of each span's numbers by group, without groups that have none.

    Args:
        groups: of the breakdown.
        columns: one a span.
        nothing: what stands for it where the group has a number in another span.
    """
    values = {}
    for place, group in enumerate(groups):
        row = [float(column[place]) for column in columns]
        if any(value == value for value in row):
            values[group] = tuple(value if value == value else nothing for value in row)
    return Table(len(columns), values)
