"""Writing a stream of events into one SQLite file, all or nothing."""

import secrets
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from .scenarios import EventStream

INDEXES = (
    # a metric asks for one or a few events over a span of time
    ("event", "occurred_at"),
    # freshness and volume checks ask for a span of time over all events
    ("occurred_at",),
)


def write_store(
    path: Path,
    stream: EventStream,
    *,
    events: int,
    progress: Callable[[int, int], None] | None,
) -> None:
    """Write the stream to a new file beside `path`, then rename it to `path`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    try:
        with closing(sqlite3.connect(unfinished)) as connection:
            _prepare(connection, stream)
            _fill(connection, stream, events=events, progress=progress)
            _finish(connection)
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
    if progress is not None:
        progress(events, events)


def _prepare(connection: sqlite3.Connection, stream: EventStream) -> None:
    import sqlite_utils

    # a failed build is thrown away whole, so nothing here needs a journal
    connection.execute("PRAGMA journal_mode = OFF")
    connection.execute("PRAGMA synchronous = OFF")
    columns = {"event_id": int, **stream.columns}
    sqlite_utils.Database(connection).table("events").create(columns, pk="event_id")
    connection.commit()


def _fill(
    connection: sqlite3.Connection,
    stream: EventStream,
    *,
    events: int,
    progress: Callable[[int, int], None] | None,
) -> None:
    names = ", ".join(stream.columns)
    marks = ", ".join("?" for _ in stream.columns)
    insert = f"INSERT INTO events ({names}) VALUES ({marks})"  # noqa: S608
    written = 0
    for rows in stream.days:
        connection.executemany(insert, rows)
        written += len(rows)
        if progress is not None:
            progress(min(written, events), events)
    connection.commit()


def _finish(connection: sqlite3.Connection) -> None:
    import sqlite_utils

    table = sqlite_utils.Database(connection).table("events")
    for columns in INDEXES:
        table.create_index(columns)
    connection.execute("ANALYZE")
    connection.commit()
