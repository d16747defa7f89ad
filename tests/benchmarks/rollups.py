"""How fast rollups are: `uv run python -m tests.benchmarks.rollups --events 10000000`.

Stores are generated where `--folder` says and deleted at the end unless it is given. Ratios are of
runs that took turns; on a machine with other work, trust the processor's times and the ratios.
"""

import argparse
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.benchmarks.answering import answering
from tests.benchmarks.building import appended, building, growth, sample_store
from tests.benchmarks.measuring import VALUES, Lines, tree_of
from tests.benchmarks.opening import opening


def measured(name: str, events: int, folder: Path, lines: Lines, *, with_duckdb: bool) -> None:
    """All figures of one store, and of building one with a tenth of its events."""
    tree = tree_of(name)
    tenth = sample_store(name, events // 10, folder)
    small = building(name, tenth, events // 10, tree, lines)
    path = sample_store(name, events, folder)
    large = building(name, path, events, tree, lines)
    growth(name, small, large, lines)
    answering(path, tree, lines, with_duckdb=with_duckdb)
    opening(name, path, folder, lines)
    appended(path, tree, large.wall, lines)


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--stores", nargs="+", default=list(VALUES), choices=list(VALUES))
    parser.add_argument("--folder", type=Path, help="where stores are kept between runs")
    parser.add_argument("--duckdb", action="store_true", help="compare with a native DuckDB table")
    chosen = parser.parse_args(arguments)
    lines = Lines()
    # processes begin with compiled modules, as they do where the package is used
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    sys.dont_write_bytecode = False
    print("| what | measured |\n| --- | --- |")
    with tempfile.TemporaryDirectory(dir=chosen.folder) as own:
        os.environ["XDG_CACHE_HOME"] = own
        for name in chosen.stores:
            folder = chosen.folder or Path(own)
            measured(name, chosen.events, folder, lines, with_duckdb=chosen.duckdb)


if __name__ == "__main__":
    main(sys.argv[1:])
