"""Rollups of local stores: partials by day and cell in a cache file, and answers from them.

`measures_for` gives the answerer of a store, `refresh` reads what is new into its cache,
`describe` says what the cache holds. Numbers are those of plain SQL; where the partials cannot
give them (see `engines.rollup.measures`), plain SQL is asked.
"""

import sys
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from metric_tui.definitions.asks import MeasureAsk
    from metric_tui.engines.rollup.description import CacheDescription
    from metric_tui.engines.rollup.refreshing import Progress, RefreshReport
    from metric_tui.engines.sql.run import Told
    from metric_tui.engines.sql.simple import Outcome
    from metric_tui.engines.store import Store

SMALL_BYTES = 16_000_000
"""A smaller store is answered by plain SQL at once and gets no cache of its own accord."""


class Measures(Protocol):
    """Whatever answers measures."""

    def tables(
        self, asks: "Iterable[MeasureAsk]", told: "Told" = ...
    ) -> "Mapping[MeasureAsk, Outcome]": ...


def measures_for(
    store: "Store", *, cancelled: Callable[[], bool] = lambda: False, rollup: bool = True
) -> Measures:
    """The fastest answerer of a store: from its cache where there is one, by plain SQL elsewhere.

    Cheap enough to be called for every question: partials stay in memory between calls. A cache
    that is older than the store is not used until it is refreshed.

    Args:
        store: who is asked.
        cancelled: asked before every statement.
        rollup: False to have plain SQL answer everything.
    """
    from metric_tui.engines.sql.run import SqlMeasures

    plain = SqlMeasures(store, cancelled)
    if not rollup:
        return plain
    from metric_tui.engines.rollup.files import cache_path
    from metric_tui.engines.rollup.measures import RollupMeasures
    from metric_tui.engines.rollup.shelves import shelf_at

    path = cache_path(store)
    if path is None or not path.exists():
        return plain
    return RollupMeasures(store, shelf_at(path), plain)


def measures_alone(store: "Store", cancelled: Callable[[], bool]) -> Measures | None:
    """What answers from fresh rollups without a statement that could read all of the store.

    None where there are no such rollups, and where no index finds the ends of the data: telling
    the range of a question would cost as much.

    Args:
        store: who is asked.
        cancelled: asked before every measure.

    Raises:
        StoreError: the store cannot be read.
    """
    from metric_tui.engines.rollup.files import cache_path
    from metric_tui.engines.sql.indexes import finds_ends

    path = cache_path(store)
    if path is None or not is_fresh(store) or not finds_ends(store):
        return None
    from metric_tui.engines.rollup.alone import RollupsAlone
    from metric_tui.engines.rollup.shelves import shelf_at

    return RollupsAlone(store, shelf_at(path), cancelled)


def is_worthwhile(store: "Store") -> bool:
    """Whether a cache of the store would be used: it is a SQLite file, and not a small one."""
    return size_of(store) >= SMALL_BYTES


def size_of(store: "Store") -> int:
    """Bytes of a store that rollups can be made of; 0 for any other."""
    from metric_tui.engines.sqlite import SqliteEngine

    engine = store.engine
    if not isinstance(engine, SqliteEngine) or not engine.path.exists():
        return 0
    return engine.path.stat().st_size


def is_fresh(store: "Store") -> bool:
    """Whether the cache holds the store as it stands."""
    from metric_tui.engines.rollup.files import cache_path
    from metric_tui.engines.rollup.shelves import shelf_at

    path = cache_path(store)
    if path is None or not path.exists():
        return False
    tables = [source.table for source in store.tree.sources.values() if source.table]
    return shelf_at(path).is_fresh(store.engine.fingerprint(), tables)


def is_complete(store: "Store", *, also_derived: bool = False) -> bool:
    """Whether the cache holds the store as it stands, and all that the tree asks for."""
    from metric_tui.engines.rollup.description import is_complete as complete

    return complete(store, also_derived=also_derived)


def refresh(
    store: "Store",
    progress: "Callable[[Progress], None] | None" = None,
    *,
    rebuild: bool = False,
    cancelled: Callable[[], bool] = lambda: False,
    read: Callable[[], None] = lambda: None,
) -> "RefreshReport":
    """Read what is new in the store into its cache; see `engines.rollup.refreshing.refresh`."""
    from metric_tui.engines.rollup.refreshing import refresh as run

    return run(store, progress, rebuild=rebuild, cancelled=cancelled, read=read)


def describe(store: "Store") -> "CacheDescription":
    """What the cache holds of the store, and what it leaves to plain SQL."""
    from metric_tui.engines.rollup.description import described

    return described(store)


def close_all() -> None:
    """Let go of every cache file; they are opened again when asked for."""
    # nothing is open where the shelves were never imported
    shelves = sys.modules.get("metric_tui.engines.rollup.shelves")
    if shelves is not None:
        shelves.close_shelves()
