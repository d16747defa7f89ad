"""How long the explorer takes to show all numbers: a large store opened again, against an empty one.

`uv run python -m tests.benchmarks.opening --events 10000000` starts the explorer in processes of
their own, without a terminal, and takes the time from the start of the process to the first screen
that holds every number.
"""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from metric_tui.base.places import cache_directory
from metric_tui.engines.rollup import refresh
from metric_tui.engines.sqlite import SqliteEngine
from metric_tui.engines.store import Store
from metric_tui.loading.load import load
from tests.benchmarks.building import empty_store, sample_store
from tests.benchmarks.measuring import CONFIGS, VALUES, Lines

RUNS = 9


def shown(tree: Path, store: Path) -> None:
    """Open the explorer, print the time when it shows all numbers, and leave."""
    from metric_tui.tui.app import Explorer
    from metric_tui.tui.configuring import configured
    from metric_tui.tui.screens.main import MainScreen
    from metric_tui.workspace import Workspace

    def say() -> None:
        print(time.time(), flush=True)
        os._exit(0)

    follow = MainScreen._follow_answer

    def followed(self: MainScreen) -> None:
        follow(self)
        if not self.is_part_known:
            self.call_after_refresh(say)

    MainScreen._follow_answer = followed  # type: ignore[method-assign]
    workspace = Workspace.open(tree, store=str(store))
    Explorer(workspace, configured(os.environ)).run(headless=True, size=(120, 40))


def opened(tree: Path, store: Path) -> float:
    """Seconds from the start of a process to all numbers on its screen."""
    started = time.time()
    command = [sys.executable, "-m", "tests.benchmarks.opening", "--show", str(tree), str(store)]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return float(said.split()[-1]) - started


def opening(name: str, path: Path, folder: Path, lines: Lines) -> None:
    """The figures of one store, by the bundled tree."""
    empty = empty_store(name, folder)
    tree = CONFIGS / f"{name}.yaml"
    found = load(tree.read_text(encoding="utf-8"), name=name).tree
    assert found is not None
    engine = SqliteEngine(path)
    refresh(Store(engine, found))
    engine.close()
    answers = cache_directory() / "answers"

    def computed() -> float:
        shutil.rmtree(answers, ignore_errors=True)
        return opened(tree, path)

    ways = {
        "an empty store": lambda: opened(tree, empty),
        "opened again": lambda: opened(tree, path),
        "opened again, the answer computed from rollups": computed,
    }
    for way in ways.values():
        way()
    # taking turns, so that a machine that changes its pace does so for all
    seconds: dict[str, list[float]] = {label: [] for label in ways}
    for _ in range(RUNS):
        for label, way in ways.items():
            seconds[label].append(way())
    middle = {label: statistics.median(found) for label, found in seconds.items()}
    base = middle["an empty store"]
    for label, value in middle.items():
        lines.add(f"{name}: {label}", f"{value * 1e3:.0f} ms = {value / base:.2f}x")


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--show", nargs=2, type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--folder", type=Path, help="where stores are kept between runs")
    chosen = parser.parse_args(arguments)
    if chosen.show:
        shown(*chosen.show)
        return
    lines = Lines()
    print("| what | measured |\n| --- | --- |")
    with tempfile.TemporaryDirectory(dir=chosen.folder) as own:
        os.environ["XDG_CACHE_HOME"] = os.environ["XDG_STATE_HOME"] = own
        for name in VALUES:
            path = sample_store(name, chosen.events, chosen.folder or Path(own))
            opening(name, path, Path(own), lines)


if __name__ == "__main__":
    main(sys.argv[1:])
