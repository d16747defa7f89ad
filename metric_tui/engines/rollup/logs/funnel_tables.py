"""Tables of funnels, from what is condensed of logs and from their rows."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from metric_tui.base.series import Group, Table
from metric_tui.definitions.asks import FunnelMeasure, MeasureAsk
from metric_tui.engines.rollup.logs.blocks import Block
from metric_tui.engines.rollup.logs.condensing import DEPTHS
from metric_tui.engines.rollup.logs.funnels import Depths, Reached, days_after, depths
from metric_tui.engines.rollup.logs.members import first_rows
from metric_tui.engines.rollup.logs.opening import OpenLog
from metric_tui.engines.rollup.logs.reading import Cells, LogDay, Members
from metric_tui.engines.rollup.logs.tabling import Counts, blocks_of, log_values
from metric_tui.engines.rollup.logs.windows import Window
from metric_tui.engines.rollup.pack import BLOCK_DAYS

_Entries = tuple[Members, Cells, Depths]
"""Some rows of the first step, each member's by moment: the member, the cell, and how far it gets."""


@dataclass(frozen=True, slots=True)
class StepCounts:
    """By step, from 1, how many members reached it in each span, by group."""

    groups: list[Group]
    columns: dict[int, list[Counts]]

    @property
    def nbytes(self) -> int:
        return sum(own.nbytes for columns in self.columns.values() for own in columns)


def funnel_table(logs: Sequence[OpenLog], ask: MeasureAsk, measure: FunnelMeasure) -> Table:
    """How many members reach a step.

    Args:
        logs: one a step.
        ask: the spans, and the slice of the first step.
        measure: of the ask.
    """
    until = tuple(log.until(measure.cutoff) for log in logs)
    steps = tuple(log.log.number for log in logs)
    # every step of a funnel is asked for by itself
    key = ("steps", steps, measure.window, until, ask.slice, ask.spans)
    make = partial(_step_counts, logs, until, ask, measure)
    found = logs[0].log.remembered(key, make)
    return log_values(found.groups, found.columns[measure.step], nothing=0.0)


def _step_counts(
    logs: Sequence[OpenLog], until: tuple[Window, ...], ask: MeasureAsk, measure: FunnelMeasure
) -> StepCounts:
    first = logs[0]
    windows = first.windows(ask.spans)
    milliseconds = measure.window.seconds * 1000
    after = days_after(milliseconds)
    known: dict[int, list[Block]] = {}
    reached: dict[int, Depths] = {}
    for block in blocks_of(windows, until[0]):
        low, high = block * BLOCK_DAYS, (block + 1) * BLOCK_DAYS
        if _is_condensed(logs, until, high + after, windows):
            known[block] = first.blocks(DEPTHS, low, high)
            continue
        steps = tuple(log.log.number for log in logs)
        key = ("depths", steps, milliseconds, until, block)
        make = partial(_depths, logs, until, (low, high, high + after), milliseconds)
        reached |= first.log.remembered(key, make).days
    passes = first.passing(ask.slice)
    places, groups = first.targets(ask.slice)
    columns: dict[int, list[Counts]] = {step: [] for step in range(1, len(logs) + 1)}
    for window in windows:
        entries = []
        for block in blocks_of([window], until[0]):
            if block in known:
                entries += [_of_block(own, window, passes) for own in known[block]]
            else:
                low, high = block * BLOCK_DAYS, (block + 1) * BLOCK_DAYS
                days = first.days(max(low, window.low), min(high, window.high), until[0])
                entries += [_of_day(day, reached[day.day], window, passes) for day in days]
        if not entries:
            for own in columns.values():
                own.append(np.full(len(groups), np.nan))
            continue
        # of a member's entries the earliest stands first
        earliest = first_rows([members for members, _, _ in entries])
        shape = (len(groups), len(logs) + 1)
        ends = np.concatenate(
            [
                places.take(cells.take(rows)) * shape[1] + depth.take(rows)
                for (_, cells, depth), rows in zip(entries, earliest, strict=True)
            ]
        )
        ended = np.bincount(ends, minlength=math.prod(shape)).reshape(shape).astype(np.float64)
        # whoever ends at a step has reached those before
        reaching = np.cumsum(ended[:, ::-1], axis=1)[:, ::-1]
        for step, own in columns.items():
            counts = reaching[:, step]
            own.append(np.where(counts > 0, counts, np.nan))
    return StepCounts(groups, columns)


def _is_condensed(
    logs: Sequence[OpenLog], until: Sequence[Window], after: int, windows: Sequence[Window]
) -> bool:
    """Whether the first rows of each day are enough, and all that follows them counts.

    Args:
        logs: one a step.
        until: by step, the rows that count.
        after: the day after the last one of which rows may follow.
        windows: those asked for.
    """
    return (
        logs[0].condensed is not None
        and all(window.start is None and window.end is None for window in windows)
        and all(
            end.high - (end.end is not None) >= min(after, log.log.reach[1])
            for log, end in zip(logs, until, strict=True)
        )
    )


def _depths(
    logs: Sequence[OpenLog], until: Sequence[Window], days: tuple[int, int, int], window: int
) -> Reached:
    low, high, last = days
    steps = [log.days(low - 1, last, end) for log, end in zip(logs[1:], until[1:], strict=True)]
    return depths(logs[0].days(low, high, until[0]), steps, window)


def _of_block(block: Block, window: Window, passes: NDArray[np.bool_] | None) -> _Entries:
    own = block.between(window.low, window.high)
    if passes is not None:
        own = own.of(passes[own.cells])
    members, depth = own.columns
    return members, own.cells, depth


def _of_day(
    day: LogDay, reached: Depths, window: Window, passes: NDArray[np.bool_] | None
) -> _Entries:
    """Each member's first row of a day."""
    rows = np.arange(len(day.kept))
    if passes is not None:
        rows = rows[passes[day.cells]]
    if window.start is not None or window.end is not None:
        inside = window.rows(np.full(len(rows), day.day), day.moments[rows])
        rows = rows[inside]
    members = day.kept[rows]
    is_first = np.ones(len(rows), dtype=bool)
    is_first[1:] = members[1:] != members[:-1]
    rows = rows[is_first]
    return members[is_first], day.cells[rows], reached[rows]
