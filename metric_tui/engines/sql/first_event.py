"""When each group of a breakdown begins."""

from metric_tui.base.series import Table, shown_group
from metric_tui.definitions.asks import FirstEvent, MeasureAsk
from metric_tui.engines.common import Fetched
from metric_tui.engines.sql.simple import number, scope_of
from metric_tui.engines.store import Store


def first_event_statement(store: Store, ask: MeasureAsk) -> str:
    """SELECT dimensions, first event in UTC epoch seconds, one row a group."""
    assert isinstance(ask.measure, FirstEvent)
    scope = scope_of(store, ask.measure.rows)
    axis = store.axis(scope.source, ask.measure.rows.time_column)
    dimensions = [f"{scope.group_key(name)} AS d{i}" for i, name in enumerate(ask.slice.by)]
    condition = scope.condition(scope.source.filter)
    places = ", ".join(str(index + 1) for index in range(len(dimensions)))
    picked = ", ".join([*dimensions, f"MIN({axis.epoch_milliseconds}) / 1000.0 AS first"])
    where = f"\nWHERE {condition}" if condition else ""
    return f"SELECT {picked}\n{scope.from_clause()}{where}\nGROUP BY {places}"


def first_event_table(ask: MeasureAsk, fetched: Fetched) -> Table:
    """One value per group: its first event in UTC epoch seconds."""
    width = len(ask.slice.by)
    return Table(1, {shown_group(row[:width]): (number(row[width]),) for row in fetched.rows})
