"""Whether a table is still the one that was read: what is noticed, and what is not.

Noticed: another schema; rows deleted, or inserted below the last row read (their number differs);
a table made anew (rows at its numbers differ, or there are fewer); any change of about 250 rows
that are compared in full: 200 spread over the table and the last 50 read. Not noticed: an update of
other rows in place, and a deletion made up for by as many insertions below the last row read.
`refresh --rebuild` reads everything anew.
"""

import hashlib
import math
from dataclasses import dataclass
from typing import Any

from metric_tui.engines.rollup.kept import KeptTable
from metric_tui.engines.rollup.spaces import Space, schema_of
from metric_tui.engines.store import Store

SPREAD_ROWS = 200
LAST_ROWS = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class TableNow:
    """A table as it stands; the numbers are 0 where it is empty."""

    schema: str
    low: int
    """Below the first row's number by 1."""

    high: int
    """The last row's number."""

    rows: int

    @property
    def is_dense(self) -> bool:
        """Whether row numbers run on with few gaps."""
        return self.high - self.low <= 4 * self.rows


def table_now(store: Store, space: Space) -> TableNow:
    """Look at a space's table."""
    low, high = _ends(store, space)
    rows = int(_one(store, counting(space, high))[0])
    return TableNow(schema=schema_of(store, space.table), low=low, high=high, rows=rows)


def grown_table(store: Store, space: Space, kept: KeptTable) -> TableNow | None:
    """A space's table if no row that was read has gone since, which counting them tells.

    Args:
        store: that holds it.
        space: whose table it is.
        kept: what is remembered of it.

    Returns:
        None where something else tells that it is not what was read.
    """
    schema = schema_of(store, space.table)
    low, high = _ends(store, space)
    if schema != kept.schema or high < kept.high:
        return None
    if digest_of(store, space, kept.sampled) != kept.digest:
        return None
    added = f"{space.rowid} > {kept.high} AND {space.rowid} <= {high}"
    more = int(_one(store, f"SELECT COUNT(*) {space.from_sql} WHERE {added}")[0])
    return TableNow(schema=schema, low=low, high=high, rows=kept.rows + more)


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


def kept_table(store: Store, space: Space, now: TableNow) -> KeptTable:
    """What is remembered of a table that has been read up to its last row."""
    sampled = _sampled(store, space, now)
    return KeptTable(
        schema=now.schema,
        high=now.high,
        rows=now.rows,
        sampled=sampled,
        digest=digest_of(store, space, sampled),
    )


def digest_of(store: Store, space: Space, sampled: tuple[int, ...]) -> str:
    """A hash over the whole content of some rows."""
    chosen = ", ".join(map(str, sampled))
    rows = store.engine.fetch(
        f"SELECT {space.rowid}, * {space.from_sql} WHERE {space.rowid} IN ({chosen})"
        f" ORDER BY {space.rowid}"
    ).rows
    return hashlib.sha256(repr(list(rows)).encode()).hexdigest()


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


def _sampled(store: Store, space: Space, now: TableNow) -> tuple[int, ...]:
    last = store.engine.fetch(
        f"SELECT {space.rowid} {space.from_sql} WHERE {space.rowid} <= {now.high}"
        f" ORDER BY {space.rowid} DESC LIMIT {LAST_ROWS}"
    ).rows
    step = max(1, (now.high - now.low) // SPREAD_ROWS)
    wanted = range(now.low + 1, now.high + 1, step)
    statement = f"SELECT {space.rowid} {space.from_sql} WHERE {space.rowid}"
    there = store.engine.fetch(f"{statement} IN ({', '.join(map(str, wanted))})").rows
    missing = set(wanted) - {int(row[0]) for row in there}
    after = [
        store.engine.fetch(f"{statement} >= {number} ORDER BY {space.rowid} LIMIT 1").rows
        for number in missing
    ]
    found = {int(row[0]) for rows in (last, there, *after) for row in rows}
    return tuple(sorted(number for number in found if number <= now.high))


def _one(store: Store, statement: str) -> tuple[Any, ...]:
    return tuple(store.engine.fetch(statement).rows[0])
