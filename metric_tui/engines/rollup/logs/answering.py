"""Tables of sessions, funnels, conversions and percentiles, from logs."""

import numpy as np

from metric_tui.base.series import Table
from metric_tui.definitions.asks import (
    ConversionMeasure,
    FunnelMeasure,
    MeasureAsk,
    SessionsMeasure,
    SimpleMeasure,
)
from metric_tui.engines.rollup.logs.conversion_tables import conversion_table
from metric_tui.engines.rollup.logs.funnel_tables import funnel_table
from metric_tui.engines.rollup.logs.opening import OpenLog, open_logs
from metric_tui.engines.rollup.logs.percentiles import percentiles
from metric_tui.engines.rollup.logs.reading import joined_columns
from metric_tui.engines.rollup.logs.session_tables import sessions_table
from metric_tui.engines.rollup.logs.tabling import Counts, log_values
from metric_tui.engines.rollup.logs.windows import Window
from metric_tui.engines.rollup.shelf import Shelf
from metric_tui.engines.store import Store


def log_table(store: Store, shelf: Shelf, ask: MeasureAsk) -> Table | None:
    """The answer to an ask; None where there are no logs for it.

    Raises:
        CannotTell: SQL's answer depends on how the store declares a column.
        Damaged: the cache does not hold what was written.
    """
    measure = ask.measure
    logs = open_logs(store, shelf, ask)
    if not logs:
        return None
    shelf.log_memory.make_room()
    if isinstance(measure, SessionsMeasure):
        return sessions_table(logs[0], ask, measure)
    if isinstance(measure, FunnelMeasure):
        return funnel_table(logs, ask, measure)
    if isinstance(measure, ConversionMeasure):
        return conversion_table(logs, ask, measure, store.tree.settings.calendar)
    if isinstance(measure, SimpleMeasure):
        return _percentile_table(logs[0], ask, measure)
    return None


def _percentile_table(log: OpenLog, ask: MeasureAsk, measure: SimpleMeasure) -> Table:
    assert measure.percentile is not None
    windows = log.windows(ask.spans)
    if any(window.start is not None or window.end is not None for window in windows):
        log.log.take_moments()
    until = Window(0, log.log.reach[1])
    found = [log.days(window.low, window.high, until) for window in windows]
    is_sliced = bool(ask.slice.by or ask.slice.where)
    # a group may be met only where cells are told
    told = [joined_columns([d.cells for d in days] if is_sliced else []) for days in found]
    places, groups = log.targets(ask.slice) if is_sliced else (None, [()])
    share, discrete = measure.percentile, measure.discrete
    columns: list[Counts] = []
    for window, days, cells in zip(windows, found, told, strict=True):
        values = joined_columns([day.kept for day in days])
        if days and (window.start is not None or window.end is not None):
            number = np.repeat([day.day for day in days], [len(day.kept) for day in days])
            inside = window.rows(number, np.concatenate([day.moments for day in days]))
            values, cells = values[inside], cells[inside] if is_sliced else cells
        found_here = percentiles(values, cells, places, len(groups), share, discrete=discrete)
        columns.append(found_here)
    return log_values(groups, columns, nothing=None)
