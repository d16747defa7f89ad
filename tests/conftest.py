"""What several folders of tests share: stores, places of one's own, and a way to run commands."""

import fcntl
import os
import signal
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

import sample_data
from metric_tui.cli.main import call

ROOT = Path(__file__).parent.parent
SAMPLE_EVENTS = 40_000
TODAY = date(2026, 6, 30)

PATIENCE = 60.0
"""Seconds to wait for what takes none: a busy machine is slow, and only a test that fails waits."""

_LONGEST_ID = 80

# the same examples each time, however slow the machine; `--hypothesis-profile=long` draws others
settings.register_profile(
    "suite", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile(
    "long", max_examples=1_500, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("suite")

SampleStore = Callable[[str, int], Path]
SmallStore = Callable[..., Path]
Run = Callable[..., "Ran"]


@dataclass(frozen=True, slots=True)
class Ran:
    """A command that has ended."""

    code: int
    out: str
    err: str


def pytest_make_parametrize_id(config: pytest.Config, val: object, argname: str) -> str | None:
    """Name what is long or bytes by its argument: workers must agree on every id.

    None leaves the name to pytest, which numbers equal ones.
    """
    is_named = not isinstance(val, bytes) and len(repr(val)) <= _LONGEST_ID
    return None if is_named else argname


@pytest.fixture(autouse=True)
def _own_places(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No test reads or writes what belongs to the user who runs it, or knows what day it is."""
    monkeypatch.setattr("metric_tui.cli.clock.today", lambda: TODAY)
    for variable in ("XDG_CACHE_HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.setenv(variable, str(tmp_path / variable.lower()))
    monkeypatch.delenv("NO_COLOR", raising=False)


@pytest.fixture(scope="session")
def sample_store(tmp_path_factory: pytest.TempPathFactory) -> SampleStore:
    """Gives the store of a scenario with a number of events; tests only read it.

    The first test to ask builds it, for every worker of the run.
    """
    own = tmp_path_factory.getbasetemp()
    # the folder above a worker's own belongs to the run; above that of a run alone, to every run
    folder = own.parent if "PYTEST_XDIST_WORKER" in os.environ else own

    def built(name: str, events: int) -> Path:
        path = folder / f"{name}_{events}.db"
        with path.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not path.exists():
                sample_data.build(name, path, events=events)
        return path

    return built


@pytest.fixture(scope="session")
def sample_stores(sample_store: SampleStore) -> Mapping[str, Path]:
    """A small store of every scenario, by name."""
    return {name: sample_store(name, SAMPLE_EVENTS) for name in sample_data.SCENARIOS}


@pytest.fixture
def small_store(tmp_path: Path) -> SmallStore:
    """Makes `events.db` in the test's folder: columns as SQL, then rows."""

    def make(columns: str, rows: Iterable[tuple[Any, ...]], *, name: str = "events.db") -> Path:
        path = tmp_path / name
        marks = ", ".join("?" * len(columns.split(",")))
        with closing(sqlite3.connect(path)) as connection, connection:
            connection.execute(f"CREATE TABLE events ({columns})")
            connection.executemany(f"INSERT INTO events VALUES ({marks})", rows)
        return path

    return make


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command line in this process."""

    def ran(*arguments: object) -> Ran:
        capsys.readouterr()
        code = call([str(argument) for argument in arguments])
        printed = capsys.readouterr()
        return Ran(code, printed.out, printed.err)

    return ran


@pytest.fixture(scope="session")
def shared_directory() -> Path:
    """The cases and stores kept beside the repository, for those who have them."""
    found = ROOT.parent / "shared"
    if not found.is_dir():
        pytest.skip("there is no directory `shared` beside the repository")
    return found


@pytest.fixture
def ctrl_c() -> Iterator[None]:
    """Has Python hear Ctrl+C: a program that was started in the background ignores it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)
