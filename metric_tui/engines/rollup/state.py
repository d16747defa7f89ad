"""Whether a table is still the one that was read.

Any change of a row that was read is noticed, wherever it is: what the table's pages hold is hashed
(`pages/content.py`), and row by row where pages cannot be read. Rows added after the last one read
leave those hashes as they are. What is hashed is looked at before rows are read, so that a change
between the two shows in the next refresh.
"""

import hashlib
import math
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from metric_tui.engines.rollup.kept import KeptTable, TableContent
from metric_tui.engines.rollup.opening import opened
from metric_tui.engines.rollup.pages.content import PageHash, TablePages
from metric_tui.engines.rollup.pages.file import Unreadable
from metric_tui.engines.rollup.pages.snapshot import snapshot
from metric_tui.engines.rollup.spaces import Space, schema_of
from metric_tui.engines.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class TableNow:
    """A table as it stands; the numbers are 0 where it is empty."""

    schema: str
    low: int
    """Below the first row's number by 1."""

    high: int
    """The last row's number."""

    rows: int
    content: TableContent

    @property
    def is_dense(self) -> bool:
        """Whether row numbers run on with few gaps."""
        return self.high - self.low <= 4 * self.rows


def table_now(store: Store, space: Space, path: Path) -> TableNow:
    """Look at a space's table in the SQLite file at a path."""
    low, high = _ends(store, space)
    rows = int(_one(store, counting(space, high))[0])
    with closing(opened(str(path))) as connection:
        _, content = _contents(connection, path, space, high, None)
    schema = schema_of(store, space.table)
    return TableNow(schema=schema, low=low, high=high, rows=rows, content=content)


def grown_table(store: Store, space: Space, kept: KeptTable, path: Path) -> TableNow | None:
    """A space's table if every row that was read is there as it was.

    Args:
        store: that holds it.
        space: whose table it is.
        kept: what is remembered of it.
        path: of the store's file.

    Returns:
        None where anything tells that it is not what was read.
    """
    schema = schema_of(store, space.table)
    low, high = _ends(store, space)
    if schema != kept.schema or high < kept.high:
        return None
    with closing(opened(str(path))) as connection:
        is_same, content = _contents(connection, path, space, high, kept)
    if not is_same:
        return None
    added = f"{space.rowid} > {kept.high} AND {space.rowid} <= {high}"
    more = int(_one(store, f"SELECT COUNT(*) {space.from_sql} WHERE {added}")[0])
    return TableNow(schema=schema, low=low, high=high, rows=kept.rows + more, content=content)


def _contents(
    connection: sqlite3.Connection, path: Path, space: Space, high: int, kept: KeptTable | None
) -> tuple[bool, TableContent]:
    """Whether a table's rows are those that were read, and what it holds up to a row number."""
    known = kept.content if kept is not None else None
    counts = (known.leaves,) if known is not None else ()
    # of one moment: pages and rows of different ones would count as a change
    with snapshot(path, connection) as pages:
        try:
            found, now = TablePages(pages, space.table).hashed(high, counts)
        except Unreadable:
            found, now = [None] * len(counts), PageHash(leaves=0, digest="", after=None)
        content = TableContent(
            leaves=now.leaves,
            pages=now.digest,
            after=now.after,
            rows=_row_hash(connection, space, now.after, high),
        )
        is_same = known is None or (
            found == [known.pages if known.leaves else found[0]]
            and kept is not None
            and known.rows == _row_hash(connection, space, known.after, kept.high)
        )
    return is_same, content


def _row_hash(connection: sqlite3.Connection, space: Space, after: int | None, high: int) -> str:
    """A hash over the whole content of the rows numbered after one and up to another."""
    bound = f" AND {space.rowid} > {after}" if after is not None else ""
    # text need not be UTF-8, and is another value than a BLOB of the same bytes
    connection.text_factory = lambda text: (text,)
    rows = connection.execute(
        f"SELECT {space.rowid}, * {space.from_sql} WHERE {space.rowid} <= {high}{bound}"
        f" ORDER BY {space.rowid}"
    )
    content = hashlib.sha256()
    for row in rows:
        content.update(repr(row).encode())
    return content.hexdigest()


def counting(space: Space, high: int) -> str:
    """SQL that counts the rows up to number `high`, as of one moment.

    All rows are counted by pages, and only those after it one by one.
    """
    every = f"SELECT COUNT(*) {space.from_sql}"
    return f"SELECT ({every}) - ({every} WHERE {space.rowid} > {high})"


def _ends(store: Store, space: Space) -> tuple[int, int]:
    lowest = _one(store, f"SELECT MIN({space.rowid}) {space.from_sql}")[0]
    highest = _one(store, f"SELECT MAX({space.rowid}) {space.from_sql}")[0]
    return 0 if lowest is None else int(lowest) - 1, 0 if highest is None else int(highest)


def kept_table(now: TableNow) -> KeptTable:
    """What is remembered of a table that has been read up to its last row."""
    return KeptTable(schema=now.schema, high=now.high, rows=now.rows, content=now.content)


def first_change(store: Store, space: Space, high: int | None) -> float:
    """The earliest moment, in UTC seconds, of the rows after number `high`.

    Minus infinity where all may have changed (`high` is None) or a time cannot be read, infinity
    where no row after it has a time.
    """
    if high is None:
        return -math.inf
    axis = space.axis
    # the plus keeps SQLite from walking an index on the time from its far end
    rows = store.engine.fetch(
        f"SELECT {axis.column} {space.from_sql} WHERE {space.rowid} > {high}"
        f" AND {axis.compared} IS NOT NULL ORDER BY +({axis.compared}) LIMIT 1"
    ).rows
    if not rows:
        return math.inf
    try:
        instant = axis.instant(rows[0][0])
    except (ValueError, OverflowError, OSError):
        instant = None
    return -math.inf if instant is None else instant.timestamp()


def _one(store: Store, statement: str) -> tuple[Any, ...]:
    return tuple(store.engine.fetch(statement).rows[0])
