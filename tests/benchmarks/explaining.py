"""How fast a change is explained: `uv run python -m tests.benchmarks.explaining --events 10000000`.

The change is of a focus with forty metrics below it and four dimensions. Stores are generated where
`--folder` says and deleted at the end unless it is given, rollups are made anew unless `--cache`
says where they are kept. All runs are of one thread; on a machine with other work, trust the
processor's times.
"""

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any
from unittest.mock import patch

from metric_tui.analysis import why as explanations
from metric_tui.analysis.foreseen import compute_foreseen
from metric_tui.analysis.why import Why, why
from metric_tui.analysis.why_question import WhyQuestion
from metric_tui.definitions.asks import Condition
from metric_tui.definitions.tree import MetricTree
from metric_tui.engines.rollup import close_all, measures_for, refresh
from metric_tui.engines.rollup.answers import answers_path
from metric_tui.engines.rollup.files import cache_path
from metric_tui.engines.rollup.measures import RollupMeasures
from metric_tui.engines.sqlite import SqliteEngine
from metric_tui.engines.store import Store
from tests.benchmarks.building import sample_store
from tests.benchmarks.larger_trees import larger_tree
from tests.benchmarks.measuring import VALUES, Lines

AGAIN = 21
"""How often the same question is asked again."""

OTHER_METRICS = 8

PARTS = (
    (RollupMeasures, "from_partials", "asks of rollups"),
    (RollupMeasures, "_by_sql", "asks by SQL"),
    (explanations, "splits_of", "segments"),
    (explanations, "edge_findings", "influences"),
    (explanations, "health_of", "health"),
    (explanations, "explain", "contributions"),
    (explanations, "bridge_of", "bridge"),
)
"""What explaining is made of, and what each part is told as."""

Run = Mapping[str, float]
"""Seconds by part; `total` on the clock, `processor` of the processor."""


@dataclass(slots=True)
class Watch:
    """Seconds by part; what a part spends in another counts for the inner one alone."""

    seconds: dict[str, float] = field(default_factory=dict)
    _open: list[float] = field(default_factory=list)

    def timed(self, part: str, run: Callable[..., Any]) -> Callable[..., Any]:
        """The same, with its time noted."""

        def timed(*arguments: Any, **named: Any) -> Any:
            self._open.append(0.0)
            started = time.perf_counter()
            try:
                return run(*arguments, **named)
            finally:
                took = time.perf_counter() - started
                self.seconds[part] = self.seconds.get(part, 0.0) + took - self._open.pop()
                if self._open:
                    self._open[-1] += took

        return timed


def other_questions(found: Why) -> Iterator[tuple[str, WhyQuestion]]:
    """What somebody who has read an explanation may ask next."""
    first, tree = found.question, found.tree
    for month, day in ((6, 21), (6, 14), (5, 31), (5, 17), (4, 26), (3, 29), (2, 22), (1, 25)):
        yield "another period", replace(first, as_of=date(2026, month, day))
    yield "another period", replace(first, compare="year_ago")
    for grain in ("day", "month", "quarter"):
        yield "another grain", replace(first, grain=grain)
        yield "another grain", replace(first, grain=grain, compare="year_ago")
    inner = [name for name in found.values if name != first.metric and tree.view_of(name, None)]
    for name in inner[:OTHER_METRICS]:
        yield "another metric", replace(first, metric=name)
    for dimension, value in (("platform", "ios"), ("country", "FR"), ("country", "US")):
        where = (Condition(dimension=dimension, operator="=", choices=(value,)),)
        yield "another filter", replace(first, where=where)


@dataclass(slots=True)
class Explaining:
    """One store and tree, explained."""

    name: str
    store: Store
    lines: Lines
    watch: Watch

    def measured(self) -> None:
        """All figures, of a store whose rollups are fresh and that nothing was asked of before."""
        first = WhyQuestion(metric=self.store.tree.focus, grain="week")
        self.add("the first of all", [self.asked(first)])
        started = time.perf_counter()
        compute_foreseen(self.store, measures_for(self.store))
        took = time.perf_counter() - started
        self.lines.add(f"{self.name}: what is foreseen, once", f"| {took:.1f} s |")
        close_all()
        self.add("partials read from the file anew", [self.asked(first)])
        self.add("again", [self.asked(first) for _ in range(AGAIN)])
        groups: dict[str, list[WhyQuestion]] = {}
        for group, question in other_questions(why(first, self.store, measures_for(self.store))):
            groups.setdefault(group, []).append(question)
        for group, questions in groups.items():
            self.add(group, [self.asked(question) for question in questions])
            self.add(f"{group}, again", [self.asked(question) for question in questions])

    def asked(self, question: WhyQuestion) -> Run:
        """The time of one explanation."""
        self.watch.seconds = {}
        started, processor = time.perf_counter(), time.process_time()
        self.watch.timed("the rest", why)(question, self.store, measures_for(self.store))
        return {
            "total": time.perf_counter() - started,
            "processor": time.process_time() - processor,
            **self.watch.seconds,
        }

    def add(self, label: str, runs: Sequence[Run]) -> None:
        """A line: median, 95 % and worst by processor and by clock, and each part's median."""
        processor, clock = (_spread([run[of] for run in runs]) for of in ("processor", "total"))
        parts = {part for run in runs for part in run} - {"total", "processor"}
        medians = {part: statistics.median(run.get(part, 0.0) for run in runs) for part in parts}
        order = sorted(parts, key=lambda part: -medians[part])
        listed = ", ".join(f"{part} {medians[part] * 1e3:.0f}" for part in order)
        self.lines.add(f"{self.name}: {label}", f"{processor} | {clock} | {listed}")


def _spread(seconds: Sequence[float]) -> str:
    ordered = sorted(seconds)
    p95 = ordered[round(0.95 * (len(ordered) - 1))]
    return " / ".join(
        f"{each * 1e3:.0f}" for each in (statistics.median(ordered), p95, ordered[-1])
    )


def explaining(name: str, path: Path, tree: MetricTree, lines: Lines) -> None:
    """The figures of one tree, from the first question on."""
    watch = Watch()
    with closing(SqliteEngine(path)) as engine, ExitStack() as patches:
        store = Store(engine, tree)
        cache = cache_path(store)
        assert cache is not None
        with suppress(FileNotFoundError):
            answers_path(cache).unlink()
        for owner, function, part in PARTS:
            timed = watch.timed(part, getattr(owner, function))
            patches.enter_context(patch.object(owner, function, timed))
        patches.callback(close_all)
        Explaining(name, store, lines, watch).measured()


def refreshed(name: str, path: Path, tree: MetricTree, lines: Lines) -> None:
    """Read the store into rollups; of a tree with all metrics, so that others find theirs."""
    started = time.perf_counter()
    with closing(SqliteEngine(path)) as engine:
        refresh(Store(engine, tree))
    lines.add(f"{name}: reading into rollups", f"| {time.perf_counter() - started:.1f} s |")


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--stores", nargs="+", default=list(VALUES), choices=list(VALUES))
    parser.add_argument("--folder", type=Path, help="where stores are kept between runs")
    parser.add_argument("--cache", type=Path, help="where rollups are kept between runs")
    parser.add_argument(
        "--whole", action="store_true", help="also with percentiles, funnels, conversions, sessions"
    )
    chosen = parser.parse_args(arguments)
    lines = Lines()
    print("Milliseconds, median / 95 % / worst; the parts by the clock, median of each.\n")
    print("| what | processor | clock | of it |\n| --- | --: | --: | --- |")
    with tempfile.TemporaryDirectory(dir=chosen.folder) as own:
        os.environ["XDG_CACHE_HOME"] = str(chosen.cache or own)
        for name in chosen.stores:
            path = sample_store(name, chosen.events, chosen.folder or Path(own))
            refreshed(name, path, larger_tree(name), lines)
            explaining(name, path, larger_tree(name, only_partials=True), lines)
            if chosen.whole:
                explaining(f"{name}, whole tree", path, larger_tree(name), lines)


if __name__ == "__main__":
    main(sys.argv[1:])
