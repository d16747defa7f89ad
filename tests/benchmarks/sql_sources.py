"""What a source that joins a table to itself costs: its bare SELECT, and the tree over it.

Run as `python -m tests.benchmarks.sql_sources [--events N] [--limit SECONDS] [--duckdb]`. The store is made
anew: people who ask and answer for six years, half of them in one month only. "Pushed in" is how
the SELECT was asked before: pasted into every statement, whose conditions SQLite pushes into it.
"""

import argparse
import os
import random
import sqlite3
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from metric_tui.analysis.answers import answer
from metric_tui.base.errors import TimeLimitMet
from metric_tui.engines.common import Engine
from metric_tui.engines.duckdb import DuckdbEngine
from metric_tui.engines.sql.run import SqlMeasures
from metric_tui.engines.sqlite import SqliteEngine
from metric_tui.engines.store import Store
from metric_tui.loading.load import load
from metric_tui.planning.question import Question

SELECT = """
SELECT p.user_id, p.ts,
  CASE WHEN m.asks > 0 AND m.answers > 0 THEN 'both' WHEN m.asks > 0 THEN 'asks only' ELSE 'answers only' END AS role
FROM events p
JOIN (SELECT user_id, substr(ts, 1, 7) AS month,
        SUM(CASE WHEN event = 'asked' THEN 1 ELSE 0 END) AS asks,
        SUM(CASE WHEN event = 'answered' THEN 1 ELSE 0 END) AS answers
      FROM events WHERE event IN ('asked', 'answered') AND user_id IS NOT NULL GROUP BY 1, 2) m
  ON m.user_id = p.user_id AND m.month = substr(p.ts, 1, 7)
WHERE p.event IN ('asked', 'answered')"""
TREE = f"""
version: 1
name: Roles
store: events.db
settings: {{grain: month}}
sources:
  roles:
    sql: |
      {SELECT.strip().replace(chr(10), chr(10) + "      ")}
    agg_time_dimension: ts
    entities: {{user: user_id}}
    dimensions: {{role: role}}
metrics:
  posts: {{agg: count, influences: [users, both]}}
  users: {{agg: count_distinct}}
  both: {{agg: count_distinct, filter: "role = 'both'"}}
tree: {{focus: posts}}
"""
QUESTIONS = {
    "by month": Question(grain="month"),
    "by week": Question(grain="week"),
    "by month and role": Question(grain="month", by=("role",)),
}


class PushedIn(SqliteEngine):
    """Asks the SELECT of a source within every statement."""

    def rows_of(self, statement: str, *, source: str, time_column: str) -> str:
        return f"({statement})"


def write(path: Path, events: int) -> None:
    """A store of so many events."""
    draw, first = random.Random(7), datetime(2019, 1, 1, tzinfo=UTC)
    people = max(events // 4, 1)

    def rows() -> list[tuple[int, int, str, str]]:
        made = []
        for number in range(events):
            user = int(people * draw.random() ** 2)
            moment = first + timedelta(minutes=draw.randrange(60 * 24 * 365 * 6))
            event = draw.choice(("asked", "answered", "answered", "voted", "voted"))
            made.append((number, user, event, moment.strftime("%Y-%m-%dT%H:%M:%SZ")))
        return sorted(made, key=lambda row: row[3])

    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(
            "CREATE TABLE events (id INTEGER PRIMARY KEY, user_id INTEGER, event TEXT, ts TEXT)"
        )
        connection.executemany("INSERT INTO events VALUES (?, ?, ?, ?)", rows())


def to_duckdb(path: Path) -> Path:
    """The same store for DuckDB."""
    import duckdb

    with (
        closing(sqlite3.connect(path)) as connection,
        duckdb.connect(str(path.with_suffix(".duckdb"))) as duck,
    ):
        duck.execute("CREATE TABLE events (id BIGINT, user_id BIGINT, event VARCHAR, ts VARCHAR)")
        lines = path.with_suffix(".csv")
        with lines.open("w", encoding="utf-8") as stream:
            for row in connection.execute("SELECT * FROM events"):
                stream.write(",".join(map(str, row)) + "\n")
        duck.execute(f"COPY events FROM '{lines}'")
    return path.with_suffix(".duckdb")


def timed(work: Callable[[], object]) -> float | None:
    """Seconds; None where the limit was met."""
    started = time.perf_counter()
    try:
        work()
    except TimeLimitMet:
        return None
    return time.perf_counter() - started


def asked(engine: Engine, question: Question) -> float | None:
    """Seconds for a question as a new process asks it."""
    tree = load(TREE, name="roles.yaml").tree
    assert tree is not None

    def work() -> None:
        store = Store(engine, tree)
        answer(question, store, SqlMeasures(store), revision=0)
        if engine.limits.met:
            raise engine.limits.met[0]

    try:
        return timed(work)
    finally:
        engine.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--events", type=int, default=200_000)
    parser.add_argument("--limit", type=float, default=60.0, help="seconds for one statement")
    parser.add_argument("--duckdb", action="store_true")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["XDG_CACHE_HOME"] = folder
        path = Path(folder) / "events.db"
        write(path, chosen.events)
        with closing(sqlite3.connect(path)) as connection:
            bare = timed(lambda: connection.execute(SELECT).fetchall()) or 0.0
        print(f"{chosen.events:,} events; the bare SELECT {bare:.2f} s\n")
        print(f"{'':<20}{'pushed in':>14}{'read once':>11}{'of bare':>9}{'kept':>8}", end="")
        print(f"{'DuckDB':>9}" if chosen.duckdb else "")
        duck = to_duckdb(path) if chosen.duckdb else None
        for name, question in QUESTIONS.items():
            print(_line(name, question, path, duck, bare, chosen.limit))


def _line(
    name: str, question: Question, path: Path, duck: Path | None, bare: float, limit: float
) -> str:
    before, after, first, again = PushedIn(path), SqliteEngine(path), *_keeping(path)
    before.limits.seconds = limit
    seconds = asked(before, question)
    once = asked(after, question) or 0.0
    asked(first, question)
    kept = asked(again, question) or 0.0
    shown = f"> {limit:.0f} s" if seconds is None else f"{seconds:.2f} s"
    line = f"{name:<20}{shown:>14}{once:>9.2f} s{once / bare:>8.1f}x{kept:>6.2f} s"
    if duck is not None:
        line += f"{asked(DuckdbEngine(duck), question) or 0.0:>7.2f} s"
    return line


def _keeping(path: Path) -> tuple[SqliteEngine, SqliteEngine]:
    engines = SqliteEngine(path), SqliteEngine(path)
    for engine in engines:
        engine.keep_copies()
    return engines


if __name__ == "__main__":
    main()
