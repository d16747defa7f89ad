"""Rows of Parquet files, by DuckDB."""

import json
import math
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from metric_tui.ingest.importing.batches import ROWS_AT_ONCE, Batch
from metric_tui.ingest.importing.faults import ImportFault


def parquet_batches(path: Path, name: str) -> Iterator[Batch]:
    """Rows as SQLite can hold them: times as ISO text in UTC, what is nested as JSON.

    Raises:
        ImportFault: DuckDB is not installed, or cannot read the file.
    """
    try:
        import duckdb
    except ImportError as error:
        raise ImportFault(
            f"`{name}` is a Parquet file, which DuckDB reads",
            hint="install `metric-tui[duckdb]`",
        ) from error
    with duckdb.connect() as connection:
        try:
            connection.execute("SET TimeZone = 'UTC'")
            found = connection.execute(*_query(connection, path))
            columns = tuple(str(entry[0]) for entry in found.description or ())
            begun = 1
            while rows := found.fetchmany(ROWS_AT_ONCE):
                lines = range(begun, begun + len(rows))
                yield Batch(columns, [[*map(_plain, row)] for row in rows], lines, is_text=False)
                begun += len(rows)
        except duckdb.Error as error:
            raise ImportFault(f"`{name}` cannot be read ({error})") from error


def _query(connection: Any, path: Path) -> tuple[str, list[str]]:
    """What selects all rows; times with zones as they are in UTC, for which DuckDB asks for no more."""
    # the path is no pattern
    name = "".join(f"[{each}]" if each in "[*?" else each for each in str(path))
    told = connection.execute("DESCRIBE SELECT * FROM read_parquet(?)", [name]).fetchall()
    columns = []
    for column, kind, *_ in told:
        quoted = '"' + str(column).replace('"', '""') + '"'
        has_zone = str(kind) == "TIMESTAMP WITH TIME ZONE"
        columns.append(f"{quoted} AT TIME ZONE 'UTC' AS {quoted}" if has_zone else quoted)
    return f"SELECT {', '.join(columns)} FROM read_parquet(?)", [name]


def _plain(value: Any) -> Any:
    if isinstance(value, float) and math.isnan(value):
        return None
    if value is None or isinstance(value, (bool, int, float, str, bytes)):
        return value
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, datetime):
        moment = value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
        return moment.replace(tzinfo=None).isoformat() + "Z"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, (dict, list, tuple)):
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)
    return str(value)
