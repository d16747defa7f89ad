"""Whether an index finds a stretch of time, or its ends."""

from datetime import date

from metric_tui.engines.sqlite import SqliteEngine
from metric_tui.engines.store import Store

_A_DAY = (date(2020, 1, 1), date(2020, 1, 2))


def finds_ends(store: Store) -> bool:
    """Whether the first and the last time of every source are found without reading all rows.

    Raises:
        StoreError: the store cannot be read.
    """
    engine = store.engine
    if not isinstance(engine, SqliteEngine):
        return False
    for source in store.tree.sources.values():
        if source.table is None:
            return False
        column = engine.dialect.quote(source.agg_time_dimension)
        plan = engine.fetch(
            f"EXPLAIN QUERY PLAN SELECT {column} FROM {store.table_sql(source)}"
            f" ORDER BY {column} LIMIT 1"
        ).rows
        if any("TEMP B-TREE" in str(row[-1]) for row in plan):
            return False
    # asked last: how times are written is told by the ends of the column
    return finds_times(store)


def finds_times(store: Store) -> bool:
    """Whether the rows of a day are found without reading all rows, in every source with a table.

    Raises:
        StoreError: the store cannot be read.
    """
    engine = store.engine
    if not isinstance(engine, SqliteEngine):
        return False
    calendar = store.tree.settings.calendar
    for source in store.tree.sources.values():
        if source.table is None:
            return False
        axis = store.axis(source, source.agg_time_dimension)
        low, high = (axis.bound(calendar.midnight(day)) for day in _A_DAY)
        plan = engine.fetch(
            f"EXPLAIN QUERY PLAN SELECT 1 FROM {store.table_sql(source)}"
            f" AS {engine.dialect.quote(source.name)}"
            f" WHERE {axis.compared} >= {low} AND {axis.compared} < {high}"
        ).rows
        if not any(str(row[-1]).startswith("SEARCH") for row in plan):
            return False
    return True
