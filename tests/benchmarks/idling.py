"""What it brings, and costs, to foresee around the question on screen while nobody presses a key."""

import random
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from metric_tui.analysis.answers import answer
from metric_tui.analysis.foreseen import (
    filtered_questions,
    foreseen_questions,
    kept_dimensions,
    largest_values,
    neighbours,
)
from metric_tui.analysis.kept_answers import KeptAnswers
from metric_tui.definitions.asks import Condition
from metric_tui.engines.rollup import close_all, measures_for
from metric_tui.engines.store import Store
from metric_tui.loading.load import load
from metric_tui.planning.question import Question
from metric_tui.workspace import Workspace
from tests.benchmarks.measuring import Lines, spread

DIMENSION = "platform"
Where = Literal["nowhere", "first", "between"]
IDLED: dict[Where, str] = {
    "nowhere": "without idling",
    "first": "after idling on the first",
    "between": "after idling on the one between",
}
STOPS = 60
"""How often foreseeing is stopped at some moment."""


@dataclass(frozen=True, slots=True)
class Idling:
    """The figures of one store.

    Args:
        path: of the store.
        store: whose rollups are fresh.
        forget: drops the answers kept on disk, and what is held of rollups.
    """

    path: Path
    store: Store
    forget: Callable[[Store], None]

    def measure(self, lines: Lines) -> None:
        """Add all figures."""
        self._begin_anew()
        found = self._one_key_away()
        lines.add(
            f"changed question one key from the first, in a new explorer after `refresh`"
            f" ({len(found)} questions): median / p95 / worst",
            f"{spread(found)} ms",
        )
        for where, idled in IDLED.items():
            self._begin_anew()
            found, cpu = self._two_keys_away(where)
            lines.add(
                f"changed question two keys from the first, {idled}"
                f" ({len(found)} questions): median / p95 / worst",
                f"{spread(found)} ms",
            )
        lines.add(
            "foreseeing around a question, CPU time: median / p95 / worst", f"{spread(cpu)} ms"
        )
        self._begin_anew()
        lines.add(
            f"foreseeing, stopped {STOPS} times, until it has stopped: median / p95 / worst",
            f"{spread(self._stops())} ms",
        )

    def _begin_anew(self) -> None:
        """Keep only what `refresh` computes beforehand."""
        self.forget(self.store)
        shutil.rmtree(KeptAnswers().directory, ignore_errors=True)
        keep = KeptAnswers().keeper("", self.store.engine)
        for each in self._foreseen():
            keep(answer(each, self.store, measures_for(self.store), revision=0))

    def _foreseen(self) -> tuple[Question, ...]:
        measures = measures_for(self.store)
        return (*foreseen_questions(self.store), *filtered_questions(self.store, measures))

    def _one_key_away(self) -> list[float]:
        """Seconds of each question, in one explorer that has only answered the first."""
        first, *others = self._foreseen()
        close_all()
        measured = []
        with self._explorer(first) as workspace:
            for question in others:
                started = time.perf_counter()
                workspace.answer(question)
                measured.append(time.perf_counter() - started)
        return measured

    def _between(self) -> Iterator[Question]:
        first = foreseen_questions(self.store)[0]
        filtered = Condition(dimension=DIMENSION, operator="=", choices=("ios",))
        yield replace(first, grain="month")
        yield replace(first, grain="day")
        yield replace(first, compare="year_ago")
        yield replace(first, last=18)
        yield replace(first, where=(filtered,))

    def _two_keys_away(self, idled: Where) -> tuple[list[float], list[float]]:
        """Seconds of each question, in a new explorer for each one between; CPU time of idling."""
        measured, cpu = [], []
        first = foreseen_questions(self.store)[0]
        for between in self._between():
            near = self._near(between)
            # nothing of the explorer before is in memory
            close_all()
            with self._explorer(first) as workspace:
                for question in (first, between):
                    workspace.answer(question)
                    if question == {"first": first, "between": between}.get(idled):
                        before = time.process_time()
                        self._foresee(workspace, question, threading.Event())
                        cpu.append(time.process_time() - before)
                for question in near:
                    started = time.perf_counter()
                    workspace.answer(question)
                    measured.append(time.perf_counter() - started)
        return measured, cpu

    def _near(self, between: Question) -> tuple[Question, ...]:
        """What one key makes of a question and is not known from the first one."""
        measures, tree = measures_for(self.store), self.store.tree
        known = foreseen_questions(self.store)
        found = answer(known[0].sliced_by(DIMENSION), self.store, measures, revision=0)
        values = {DIMENSION: largest_values(found, tree.focus)}
        frame = answer(between, self.store, measures, revision=0).frame
        near = neighbours(between, frame, tree, kept_dimensions(self.store), values)
        return tuple(each for each in near if each not in known)

    def _stops(self) -> list[float]:
        """Seconds between a key and the moment when nothing is foreseen any more."""
        measured: list[float] = []
        chance = random.Random(1)
        while len(measured) < STOPS:
            for between in self._between():
                with self._explorer(between) as workspace:
                    stopped = threading.Event()
                    thread = threading.Thread(
                        target=self._foresee, args=(workspace, between, stopped)
                    )
                    thread.start()
                    time.sleep(chance.uniform(0.05, 0.8))
                    was_busy = thread.is_alive()
                    started = time.perf_counter()
                    stopped.set()
                    thread.join()
                    if was_busy:
                        measured.append(time.perf_counter() - started)
        return measured

    def _foresee(self, workspace: Workspace, question: Question, stopped: threading.Event) -> None:
        workspace.foresee_around(question, workspace.tree.focus, DIMENSION, stopped.is_set)

    @contextmanager
    def _explorer(self, question: Question) -> Iterator[Workspace]:
        """A new explorer, in which the first question and another one were asked."""
        loaded = replace(load("", name="tree"), tree=self.store.tree)
        workspace = Workspace(Path("tree.yaml"), "", loaded, store=str(self.path))
        try:
            workspace.answer(foreseen_questions(self.store)[0])
            workspace.answer(question)
            yield workspace
        finally:
            workspace.close()
