"""From the `store:` of a tree file to an engine; a new engine is one line in ENGINES."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from metric_tui.base.errors import StoreError
from metric_tui.base.places import cache_directory
from metric_tui.base.private import is_private_database
from metric_tui.definitions.tree import MetricTree
from metric_tui.engines.common import Engine

SAMPLE_SCHEME = "sample:"


def _sqlite(path: Path) -> Engine:
    from metric_tui.engines.sqlite import SqliteEngine

    return SqliteEngine(path)


def _duckdb(path: Path) -> Engine:
    from metric_tui.engines.duckdb import DuckdbEngine

    return DuckdbEngine(path)


ENGINES: dict[str, tuple[tuple[str, ...], Callable[[Path], Engine]]] = {
    "duckdb": ((".duckdb", ".ddb", ".parquet", ".pq"), _duckdb),
    "sqlite": ((".db", ".sqlite", ".sqlite3", ".db3"), _sqlite),
}
"""By URL scheme: the file endings that mean it, and how it is opened."""


def open_engine(store: str | None, *, beside: Path) -> Engine:
    """Open a store by path or URL (`sqlite:///x.db`, `duckdb:x.duckdb`, `sample:dau`).

    Args:
        store: what the file says; None is an error.
        beside: the tree file, for paths relative to it.

    Raises:
        StoreError: no store is named, or nothing can open it. Nothing is read yet.
    """
    if not store:
        raise StoreError("the tree names no store", hint="add `store: path/to/events.db`")
    if store.startswith(SAMPLE_SCHEME):
        return _sqlite(_readable_sample(store.removeprefix(SAMPLE_SCHEME)))
    scheme, separator, rest = store.partition(":")
    if separator and scheme in ENGINES:
        return ENGINES[scheme][1](_located(rest.removeprefix("//"), beside))
    if "://" in store:
        raise StoreError(
            f"no engine opens `{scheme}:` stores", hint=f"use one of {', '.join(sorted(ENGINES))}"
        )
    path = _located(store, beside)
    for endings, opener in ENGINES.values():
        if path.suffix.lower() in endings:
            return opener(path)
    return _sqlite(path)


def engine_of(tree: MetricTree, *, file: Path) -> Engine:
    """The store that a tree names, and none for a tree of drafts, which needs none.

    Raises:
        StoreError: it needs one and names none, or nothing can open it. Nothing is read yet.
    """
    if tree.store is None and not tree.needs_store:
        from metric_tui.engines.nothing import NoStore

        # what is planned is drawn in periods that end when the file was last changed
        return NoStore(datetime.fromtimestamp(int(file.stat().st_mtime), UTC))
    return open_engine(tree.store, beside=file)


def _located(text: str, beside: Path) -> Path:
    return beside.parent / Path(text).expanduser()


def _readable_sample(name: str) -> Path:
    """Where a sample store is that nobody else can have written, or where there is none yet."""
    path = sample_store_path(name)
    if path.exists() and not is_private_database(path):
        raise StoreError(
            f"the sample store `{path}` is not read: somebody else may have written it",
            hint=f"`metric-tui demo {name}` builds it anew",
        )
    return path


def sample_store_path(name: str) -> Path:
    """Where the sample store of a bundled tree is built: under the XDG cache directory."""
    return cache_directory() / "samples" / f"{name}.db"
