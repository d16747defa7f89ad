"""Any statement ends: after its time, by another thread, by Ctrl+C, and when nobody wants it.

Every statement here has no end of its own.
"""

import signal
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import duckdb
import pytest

from metric_tui.base.errors import Cancelled, TimeLimitMet
from metric_tui.base.stopping import StoppableRows, check_stopped, stoppable
from metric_tui.engines.common import Engine
from metric_tui.engines.duckdb import DuckdbEngine
from metric_tui.engines.sqlite import SqliteEngine

COUNTING = "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c)"
ENDLESS = {
    "one row": f"{COUNTING} SELECT MAX(n) FROM c",
    "rows": f"{COUNTING} SELECT n FROM c WHERE n % 1000 = 0",
    "join": "SELECT COUNT(*) FROM events a, events b, events c, events d, events e, events f",
}
SOURCE = f"{COUNTING} SELECT MAX(n) AS n, '2026-06-01' AS day FROM c"


@pytest.fixture(params=["sqlite", "duckdb"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    rows = "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 999) SELECT n FROM c"
    found: Engine
    if request.param == "sqlite":
        with closing(sqlite3.connect(tmp_path / "store.db")) as connection, connection:
            connection.execute(f"CREATE TABLE events AS {rows}")
        found = SqliteEngine(tmp_path / "store.db")
    else:
        with duckdb.connect(str(tmp_path / "store.duckdb")) as duck:
            duck.execute(f"CREATE TABLE events AS {rows}")
        found = DuckdbEngine(tmp_path / "store.duckdb")
    yield found
    found.close()


def read_source(engine: Engine) -> None:
    text = engine.rows_of(SOURCE, source="counting", time_column="day")
    engine.fetch(f"SELECT n FROM {text} AS s")


def reading(statement: str) -> Callable[[Engine], object]:
    return lambda engine: engine.fetch(statement)


RUNS: dict[str, Callable[[Engine], object]] = {
    **{name: reading(statement) for name, statement in ENDLESS.items()},
    "source": read_source,
}


@pytest.fixture(params=list(RUNS))
def run(request: pytest.FixtureRequest) -> Callable[[Engine], object]:
    return RUNS[request.param]


def once_it_runs(engine: Engine, act: Callable[[], object]) -> threading.Thread:
    """Do something again and again from another thread, as long as a statement runs."""

    def look() -> None:
        is_over = threading.Event()
        while not engine.limits.is_running:
            is_over.wait(0.01)
        while engine.limits.is_running:
            act()
            is_over.wait(0.05)

    found = threading.Thread(target=look, daemon=True)
    found.start()
    return found


def test_a_statement_ends_after_its_time(engine: Engine, run: Callable[[Engine], object]) -> None:
    engine.limits.seconds = 0.2
    with pytest.raises(TimeLimitMet, match=r"took longer than 0.2 s and was stopped") as raised:
        run(engine)
    assert raised.value.exit_code == 1
    assert "--timeout 2" in (raised.value.hint or "")
    # so that a busy machine does not stop this one too
    engine.limits.seconds = None
    assert engine.fetch("SELECT COUNT(*) FROM events").rows == [(999,)]


def test_the_source_that_took_too_long_is_named_and_not_begun_again(engine: Engine) -> None:
    engine.limits.seconds = 0.2
    with pytest.raises(TimeLimitMet, match="the `sql` of `counting`") as first:
        read_source(engine)
    engine.limits.seconds = None
    with pytest.raises(TimeLimitMet) as second:
        read_source(engine)
    assert second.value is first.value
    assert engine.limits.times_met == 2


def test_another_thread_ends_a_statement(engine: Engine, run: Callable[[Engine], object]) -> None:
    # once is enough: whatever begins has begun by then
    helper = once_it_runs(engine, engine.interrupt)
    with pytest.raises(Cancelled):
        run(engine)
    helper.join()
    assert engine.fetch("SELECT COUNT(*) FROM events").rows == [(999,)]


def test_a_statement_nobody_wants_ends(engine: Engine, run: Callable[[Engine], object]) -> None:
    unwanted = threading.Event()
    helper = once_it_runs(engine, unwanted.set)
    with stoppable(unwanted.is_set), pytest.raises(Cancelled):
        run(engine)
    helper.join()
    assert engine.fetch("SELECT COUNT(*) FROM events").rows == [(999,)]


def test_a_statement_nobody_wants_any_more_does_not_begin_for_ever(engine: Engine) -> None:
    with stoppable(lambda: True), pytest.raises(Cancelled):
        engine.fetch(ENDLESS["one row"])


@pytest.mark.usefixtures("ctrl_c")
def test_ctrl_c_ends_a_statement(engine: Engine, run: Callable[[Engine], object]) -> None:
    assert threading.current_thread() is threading.main_thread()
    sent = threading.Event()

    def press_once() -> None:
        if not sent.is_set():
            sent.set()
            signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)

    def run_to_the_end() -> None:
        # it may be pressed while the statement is being left
        run(engine)
        helper.join()

    helper = once_it_runs(engine, press_once)
    with pytest.raises(KeyboardInterrupt):
        run_to_the_end()
    assert engine.fetch("SELECT COUNT(*) FROM events").rows == [(999,)]


def test_going_through_many_rows_ends() -> None:
    rows = StoppableRows([(n,) for n in range(50_000)])
    with stoppable(lambda: True):
        # few rows are gone through in no time
        assert len(list(StoppableRows(rows[:1_000]))) == 1_000
        with pytest.raises(Cancelled):
            list(rows)
    assert list(rows) == [(n,) for n in range(50_000)]


def test_what_stops_the_outer_work_stops_the_inner() -> None:
    check_stopped()
    with stoppable(lambda: True):
        with stoppable(lambda: False), pytest.raises(Cancelled):
            check_stopped()
        with pytest.raises(Cancelled):
            check_stopped()
    check_stopped()
