"""How fast a store is read into rollups, how much memory that takes, and what 100M events cost."""

import os
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import sample_data
from metric_tui.definitions.tree import MetricTree
from metric_tui.engines.rollup import kernels, refresh
from metric_tui.engines.rollup.files import cache_path, remove
from metric_tui.engines.sqlite import SqliteEngine
from metric_tui.engines.store import Store
from tests.benchmarks.measuring import VALUES, Lines, Timed, peak_memory, timed

_T = TypeVar("_T")

MODELLED_EVENTS = 100_000_000
APPENDED_ROWS, APPENDED_TIMES = 10_000, 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """What one cold build cost."""

    events: int
    wall: float
    cpu: float
    """Seconds of all processes' processors."""

    memory: float | None
    """The most bytes all processes held together; None where it cannot be seen."""

    disk: float


def sample_store(name: str, events: int, folder: Path) -> Path:
    """A generated store, made unless it is there."""
    path = folder / f"{name}-{events}.db"
    if not path.exists():
        sample_data.build(name, path, events=events)
    return path


def empty_store(name: str, folder: Path) -> Path:
    """A store with one event."""
    path = sample_store(name, 1_000, folder)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("DELETE FROM events WHERE event_id > 1")
        connection.commit()
    return path


def plain_group_by(path: Path, value: str) -> Timed:
    def run() -> int:
        with closing(sqlite3.connect(path)) as connection:
            return len(
                connection.execute(
                    f"SELECT substr(occurred_at,1,10), event, COUNT(*), SUM({value}), SUM(amount)"
                    " FROM events GROUP BY 1, 2"
                ).fetchall()
            )

    return timed(run)


def cold(path: Path, tree: MetricTree) -> tuple[Timed, float]:
    """A first reading, and after how many seconds of it everything is answered."""
    engine = SqliteEngine(path)
    store = Store(engine, tree)
    try:
        cache = cache_path(store)
        assert cache is not None
        remove(cache)
        return _timed_refresh(store)
    finally:
        engine.close()


def without_kernels(run: Callable[[], _T]) -> _T | None:
    """A run of this process and those it starts by numpy alone; None where it always is."""
    if kernels.library() is None:
        return None
    os.environ[kernels.SWITCH] = "0"
    kernels.library.cache_clear()
    try:
        return run()
    finally:
        del os.environ[kernels.SWITCH]
        kernels.library.cache_clear()


def _timed_refresh(store: Store) -> tuple[Timed, float]:
    answered: list[float] = []
    started = time.perf_counter()
    whole = timed(lambda: refresh(store, read=lambda: answered.append(time.perf_counter())))
    return whole, answered[0] - started


def building(name: str, path: Path, events: int, tree: MetricTree, lines: Lines) -> Built:
    """The figures of one cold build; leaves the store's rollups fresh."""
    lines.add(f"**{name}, {events:,} events**", f"{path.stat().st_size / 1e6:,.0f} MB")
    before = plain_group_by(path, VALUES[name])
    by_numpy = without_kernels(lambda: cold(path, tree))
    (build, answered), memory = peak_memory(lambda: cold(path, tree))
    after = plain_group_by(path, VALUES[name])
    wall, cpu = (before.wall + after.wall) / 2, (before.cpu + after.cpu) / 2
    lines.add(
        "cold build until everything is answered / plain GROUP BY, on the clock",
        f"{answered:.1f} / {wall:.1f} s = {answered / wall:.2f}x",
    )
    lines.add(
        "cold build with all that is derived / plain GROUP BY, on the clock",
        f"{build.wall:.1f} / {wall:.1f} s = {build.wall / wall:.2f}x",
    )
    lines.add(
        "the same two without compiled loops",
        "they are not there"
        if by_numpy is None
        else f"{by_numpy[1] / wall:.2f}x and {by_numpy[0].wall / wall:.2f}x",
    )
    lines.add(
        "cold build / plain GROUP BY, processor time",
        f"{build.cpu:.1f} / {cpu:.1f} s = {build.cpu / cpu:.2f}x"
        f" ({build.cpu / cpu / 2:.2f}x on two free cores)",
    )
    lines.add(
        "cold build an event, processor time and on the clock",
        f"{build.cpu / events * 1e6:.2f} and {build.wall / events * 1e6:.2f} us",
    )
    disk = build.result.cache_bytes
    lines.add("cache / store", f"{disk / 1e6:,.0f} MB = {disk / path.stat().st_size:.1%}")
    if memory is not None:
        lines.add("peak memory of all processes, cold build", f"{memory / 1e6:,.0f} MB")
    return Built(events=events, wall=build.wall, cpu=build.cpu, memory=memory, disk=disk)


def growth(name: str, small: Built, large: Built, lines: Lines) -> None:
    """How the cost of an event grows, and what the line through both says of a larger store."""
    per_event = [(built.cpu / built.events, built.wall / built.events) for built in (small, large)]
    lines.add(
        f"{name}: cost of an event, {large.events:,} / {small.events:,} events",
        f"{per_event[1][0] / per_event[0][0]:.2f}x processor time,"
        f" {per_event[1][1] / per_event[0][1]:.2f}x on the clock",
    )
    wall, cpu, disk = (
        _on_line(small, large, getattr(small, what), getattr(large, what))
        for what in ("wall", "cpu", "disk")
    )
    memory = ""
    if small.memory is not None and large.memory is not None:
        # what is held is bounded, so a smaller build may by chance have held more
        most = max(_on_line(small, large, small.memory, large.memory), small.memory, large.memory)
        memory = f", {most / 1e6:,.0f} MB of memory at most"
    lines.add(
        f"{name}: model of {MODELLED_EVENTS:,} events, the line through both",
        f"{wall / 60:.1f} min on the clock, {cpu / 60:.1f} min of processor time{memory},"
        f" {disk / 1e6:,.0f} MB of cache",
    )


def _on_line(small: Built, large: Built, low: float, high: float) -> float:
    slope = (high - low) / (large.events - small.events)
    return low + slope * (MODELLED_EVENTS - small.events)


def appended(path: Path, tree: MetricTree, cold_seconds: float, lines: Lines) -> None:
    """What new rows cost, the first time and mostly: whatever is at rest for minutes gets cold."""
    found = [_appended(path, tree) for _ in range(APPENDED_TIMES)]
    ordered = sorted(found, key=lambda each: each[1])
    for label, (answered, whole) in (
        ("the first", found[0]),
        (f"the median of {APPENDED_TIMES}", ordered[len(ordered) // 2]),
    ):
        lines.add(
            f"refresh after 10,000 appended rows: until everything is answered / in all, {label}",
            f"{answered:.2f} / {whole:.2f} s = {answered / cold_seconds:.1%}"
            f" / {whole / cold_seconds:.1%} of cold",
        )


def _appended(path: Path, tree: MetricTree) -> tuple[float, float]:
    with closing(sqlite3.connect(path)) as connection:
        columns = [row[1] for row in connection.execute("PRAGMA table_info(events)")][1:]
        names = ", ".join(columns)
        connection.execute(
            f"INSERT INTO events ({names}) SELECT {names} FROM events ORDER BY event_id DESC LIMIT {APPENDED_ROWS}"
        )
        connection.commit()
    engine = SqliteEngine(path)
    try:
        store = Store(engine, tree)
        store.engine.tables()
        found, answered = _timed_refresh(store)
        assert found.result.rows_read == APPENDED_ROWS
        return answered, found.wall
    finally:
        engine.close()
