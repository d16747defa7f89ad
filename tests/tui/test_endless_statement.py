"""A statement without end stops with Esc, and does not keep anybody from leaving."""

import os
import pty
import subprocess
import sys
import threading
from pathlib import Path

import duckdb
import pytest

from metric_tui.workspace import Workspace
from tests.conftest import SmallStore
from tests.tui.stage import opening

COMMAND = "from metric_tui.cli.main import run; run()"
TREE = """\
version: 1
name: Endless
store: {store}
settings: {{grain: day, watermark: 2026-06-03}}
sources:
  events: {{table: events, agg_time_dimension: happened}}
  counting:
    sql: |
      WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c)
      SELECT '2026-06-01' AS day, MAX(n) AS n FROM c
    agg_time_dimension: day
metrics:
  rows: {{agg: count, source: events, influences: [counted]}}
  counted: {{agg: count, source: counting}}
tree: {{focus: rows}}
"""


@pytest.fixture(params=["sqlite", "duckdb"])
def tree(request: pytest.FixtureRequest, tmp_path: Path, small_store: SmallStore) -> Path:
    name = "events.db" if request.param == "sqlite" else "events.duckdb"
    if request.param == "sqlite":
        small_store("happened TEXT", [("2026-06-01",), ("2026-06-03",)])
    else:
        with duckdb.connect(str(tmp_path / name)) as duck:
            duck.execute("CREATE TABLE events AS SELECT '2026-06-01' AS happened")
    path = tmp_path / "endless.yaml"
    path.write_text(TREE.format(store=name), encoding="utf-8")
    return path


async def test_esc_stops_it_and_asking_again_begins_it_again(tree: Path) -> None:
    workspace = Workspace.open(tree)
    limits = workspace._store.engine.limits
    try:
        async with opening(workspace) as stage:
            for key in ("escape", "r"):
                while not limits.is_running:
                    await stage.pilot.pause(0.02)
                await stage.pilot.press("escape")
                await stage.settle()
                assert not limits.is_running
                assert "the query was stopped" in stage.bar("banner")
                if key == "escape":
                    await stage.pilot.press("r")
    finally:
        workspace.close()


def test_leaving_ends_the_process(tree: Path) -> None:
    here, there = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", COMMAND, str(tree)],
        stdin=there,
        stdout=there,
        stderr=there,
        env={**os.environ, "TERM": "xterm-256color"},
        cwd=tree.parent,
    )
    os.close(there)
    seen = b""

    def read() -> None:
        nonlocal seen
        while True:
            try:
                found = os.read(here, 65_536)
            except OSError:
                return
            if not found:
                return
            seen += found

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    try:
        is_drawn = threading.Event()
        while b"computing" not in seen and process.poll() is None:
            is_drawn.wait(0.02)
        os.write(here, b"q")
        # without end it would run into the timeout
        assert process.wait(timeout=60) == 0
    finally:
        process.kill()
        process.wait()
        reader.join(timeout=5)
        os.close(here)
