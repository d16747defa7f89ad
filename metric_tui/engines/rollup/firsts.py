"""When each group begins, from the smallest time of each."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from typing import Any

from metric_tui.base.series import Group, Table, Value
from metric_tui.definitions.asks import MeasureAsk
from metric_tui.engines.rollup.find import Found
from metric_tui.engines.rollup.shelf import Shelf
from metric_tui.engines.times import TimeAxis


def first_event_table(shelf: Shelf, found: Found, ask: MeasureAsk) -> Table:
    """One value per group: its first event in UTC epoch seconds."""
    times = shelf.firsts(found.place.number, found.lens)
    axis = found.place.space.axis
    by_group: dict[Group, tuple[Value, ...]] = {}
    with closing(sqlite3.connect(":memory:")) as connection:
        for group, time in times.items():
            # the lens has its dimensions in their own order, and no filter applies
            shown = tuple(group[found.names.index(name)] for name in ask.slice.by)
            by_group[shown] = (_seconds(connection, axis, time),)
    return Table(1, by_group)


def _seconds(connection: sqlite3.Connection, axis: TimeAxis, time: Any) -> Value:
    if axis.is_converted:
        return float(time) / 1000.0
    # the store's own arithmetic, so that both ways agree to the last digit
    text = replace(axis, column=axis.dialect.literal(time)).epoch_milliseconds
    row = connection.execute(f"SELECT {text} / 1000.0").fetchone()
    return None if row[0] is None else float(row[0])
