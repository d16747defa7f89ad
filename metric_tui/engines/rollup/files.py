"""The cache files of stores: where each lies, how much all may take, which go first."""

import hashlib
import os
from pathlib import Path

from metric_tui.base.places import cache_directory
from metric_tui.base.private import database_files
from metric_tui.engines.sqlite import SqliteEngine
from metric_tui.engines.store import Store

CACHE_BYTES = 2 * 10**9
CACHE_BYTES_VARIABLE = "METRIC_TUI_CACHE_BYTES"
"""Environment variable with the most bytes all cache files may take."""


def cache_path(store: Store) -> Path | None:
    """The store's cache file, None for a store that is no SQLite file."""
    engine = store.engine
    if not isinstance(engine, SqliteEngine):
        return None
    name = hashlib.sha256(str(engine.path.resolve()).encode()).hexdigest()[:24]
    return cache_directory() / "rollups" / f"{name}.db"


def remove(path: Path) -> None:
    """Delete a cache file and what SQLite keeps beside it."""
    for file in database_files(path):
        file.unlink(missing_ok=True)


def size_of(path: Path) -> int:
    """Bytes of a cache file and what SQLite keeps beside it."""
    return sum(file.stat().st_size for file in database_files(path) if file.exists())


def most_bytes() -> int:
    """The most bytes all cache files may take."""
    return int(os.environ.get(CACHE_BYTES_VARIABLE) or CACHE_BYTES)


def evict(directory: Path, *, keep: Path) -> None:
    """Delete the caches that were not refreshed for longest until the rest fits."""
    limit = most_bytes()
    keep.touch()
    files = sorted(directory.glob("*.db"), key=lambda file: file.stat().st_mtime, reverse=True)
    total = 0
    for file in files:
        total += size_of(file)
        if total > limit and file != keep:
            remove(file)
