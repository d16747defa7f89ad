"""Whether an index finds a stretch of time, or its ends."""

from collections.abc import Callable, Sequence
from datetime import date

from metric_tui.definitions.sources import Source
from metric_tui.engines.sqlite import SqliteEngine
from metric_tui.engines.store import Store

_A_DAY = (date(2020, 1, 1), date(2020, 1, 2))


def finds_ends(store: Store) -> bool:
    """Whether the first and the last time of every source are found without reading all rows.

    Raises:
        StoreError: the store cannot be read.
    """

    def earliest(source: Source) -> str:
        column = store.engine.dialect.quote(source.agg_time_dimension)
        return f"SELECT {column} FROM {store.table_sql(source)} ORDER BY {column} LIMIT 1"

    def is_sorted(plan: Sequence[str]) -> bool:
        return not any("TEMP B-TREE" in step for step in plan)

    # the times are asked last: how they are written is told by the ends of the column
    return _all_plans(store, earliest, is_sorted) and finds_times(store)


def finds_times(store: Store) -> bool:
    """Whether the rows of a day are found without reading all rows, in every source with a table.

    Raises:
        StoreError: the store cannot be read.
    """

    def of_a_day(source: Source) -> str:
        axis = store.axis(source, source.agg_time_dimension)
        calendar = store.tree.settings.calendar
        low, high = (axis.bound(calendar.midnight(day)) for day in _A_DAY)
        return (
            f"SELECT 1 FROM {store.table_sql(source)}"
            f" AS {store.engine.dialect.quote(source.name)}"
            f" WHERE {axis.compared} >= {low} AND {axis.compared} < {high}"
        )

    def is_searched(plan: Sequence[str]) -> bool:
        return any(step.startswith("SEARCH") for step in plan)

    return _all_plans(store, of_a_day, is_searched)


def _all_plans(
    store: Store, statement: Callable[[Source], str], holds: Callable[[Sequence[str]], bool]
) -> bool:
    """Whether something holds of how SQLite answers a statement of every source."""
    engine = store.engine
    if not isinstance(engine, SqliteEngine):
        return False
    for source in store.tree.sources.values():
        if source.table is None:
            return False
        plan = engine.fetch(f"EXPLAIN QUERY PLAN {statement(source)}").rows
        if not holds([str(row[-1]) for row in plan]):
            return False
    return True
