"""Opens a store beside its engine."""

import sqlite3
from pathlib import Path
from urllib.parse import quote


def opened(path: str) -> sqlite3.Connection:
    """The store, read only, with a small page cache: every page is read once."""
    connection = sqlite3.connect(
        f"file:{quote(str(Path(path).resolve()))}?mode=ro", uri=True, check_same_thread=False
    )
    connection.execute("PRAGMA query_only = 1")
    connection.execute("PRAGMA cache_size = -24576")
    connection.execute("PRAGMA temp_store = MEMORY")
    return connection
