"""A store described for the checks of a tree file: its tables, columns and event names."""

from collections.abc import Mapping

from metric_tui.base.errors import Cancelled, MetricTuiError
from metric_tui.base.problems import Problem
from metric_tui.definitions.sources import Source
from metric_tui.engines.rows import event_names
from metric_tui.engines.store import Store
from metric_tui.loading.load import Loaded
from metric_tui.loading.store_checks import StoreSchema, store_problems


def problems_against_store(loaded: Loaded, store: Store) -> tuple[Problem, ...]:
    """What a tree names that its store does not have.

    Raises:
        StoreError: the store cannot be opened.
    """
    if loaded.tree is None:
        return ()
    return store_problems(loaded.tree, loaded.document, described(store))


def described(store: Store) -> StoreSchema:
    """The store as far as the tree's sources reach.

    Raises:
        StoreError: the store cannot be opened.
    """
    tables = {
        table: {column.name: column.type for column in store.engine.columns(table)}
        for table in store.engine.tables()
    }
    queries = {
        source.name: names
        for source in store.tree.sources.values()
        if source.sql is not None and (names := _columns(store, source)) is not None
    }
    return StoreSchema(tables=tables, columns_of_queries=queries, events=_events(store))


def _columns(store: Store, source: Source) -> tuple[str, ...] | None:
    try:
        return tuple(column.name for column in store.columns(source).values())
    except Cancelled:
        raise
    except MetricTuiError:
        return None


def _events(store: Store) -> Mapping[str, tuple[str, ...] | None]:
    found: dict[str, tuple[str, ...] | None] = {}
    for source in store.tree.sources.values():
        try:
            found[source.name] = event_names(store, source)
        except Cancelled:
            raise
        except MetricTuiError:
            continue
    return found


def found_event_columns(store: Store) -> Mapping[str, str]:
    """The columns of event names that no source gives and that were found, by source."""
    found: dict[str, str] = {}
    for source in store.tree.sources.values():
        if source.event_column is None and source.name in store.tree.sources_of_events:
            try:
                column = store.event_column(source)
            except Cancelled:
                raise
            except MetricTuiError:
                # that the table cannot be read is said elsewhere
                continue
            found.update({} if column is None else {source.name: column})
    return found
