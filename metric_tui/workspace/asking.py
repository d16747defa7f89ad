"""Asking a tree: answers, explanations, targets, rows; kept in memory and, where that pays, on disk.

Engines and analyses are imported where they are called: an answer that is kept needs none of them.
"""

from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import replace
from threading import Event, RLock
from time import monotonic
from typing import TYPE_CHECKING

from metric_tui.analysis.inspected import EventTable
from metric_tui.analysis.kept_answers import KeptAnswers
from metric_tui.base.errors import Cancelled
from metric_tui.base.series import Cell
from metric_tui.definitions.edges import Level
from metric_tui.definitions.tree import MetricTree
from metric_tui.engines.store import Store
from metric_tui.planning.answer import Answer
from metric_tui.planning.question import Question

if TYPE_CHECKING:
    from metric_tui.analysis.answers import Measures
    from metric_tui.analysis.goals import Goal, KeyResultStanding
    from metric_tui.analysis.levers import Lever
    from metric_tui.analysis.scenario import Model
    from metric_tui.analysis.shapes import Shape
    from metric_tui.analysis.status import Flag
    from metric_tui.analysis.telling import DimensionSplit
    from metric_tui.analysis.why import Why, WhyQuestion
    from metric_tui.engines.rollup.refreshing import Progress

LARGE_BYTES = 200_000_000
"""From about a million events on plain SQL takes seconds, and rollups pay for themselves at once."""

SMALL_BYTES = 80_000_000
"""Up to about half a million events plain SQL reads a year of every metric in about a second."""

ANSWERS_KEPT = 64
"""How many answers stay in memory; a person steps back through a dozen questions."""

READ_SOON_SECONDS = 0.3
"""A few new rows are read in less, and nothing is asked of the store meanwhile."""

_LOOK_SECONDS = 0.05
"""Between two looks whether a question that waits is still asked."""


class Asking:
    """What a workspace is asked, from worker threads.

    Whoever inherits sets `tree`, `revision`, `_tree_text` and `_store` before the first question.
    """

    tree: MetricTree
    revision: int
    _tree_text: str
    """What `tree` was read from; the file may hold a newer text that cannot be used."""

    _store: Store

    def __init__(self, *, rollup: bool) -> None:
        self._uses_rollups = rollup
        self._lock = RLock()
        self._answers: OrderedDict[tuple[int, Question], Answer] = OrderedDict()
        self._reasons: OrderedDict[tuple[int, WhyQuestion], Why] = OrderedDict()
        self._generation = 0
        self._stopped = Event()
        self._is_read = Event()
        """Not set while the store is read into rollups."""
        self._is_read.set()
        self._foreseeing: Store | None = None

    def answer(self, question: Question, tell: Callable[[Answer], None] | None = None) -> Answer:
        """Answer a question, from memory where file and store have not changed since.

        Args:
            question: what is asked.
            tell: called from another thread with what is known, where the rest takes a while.

        Raises:
            QuestionError, StoreError, Cancelled.
        """
        with self._lock:
            key = (self.revision, question)
            store, cancelled = self._store, self._watch_cancel()
            if key in self._answers:
                self._answers.move_to_end(key)
                return self._answers[key]

        def compute() -> Answer:
            from metric_tui.analysis.answers import answer

            if tell is not None and self._is_being_read(store):
                self._wait_for_reading(question, store, key[0], tell, cancelled)
            measures = self._measures(store, cancelled)
            return answer(question, store, measures, revision=key[0], tell=tell)

        found = self._kept_or_computed(question, store, key[0], compute)
        with self._lock:
            self._answers[key] = found
            while len(self._answers) > ANSWERS_KEPT:
                self._answers.popitem(last=False)
        return found

    def _kept_or_computed(
        self, question: Question, store: Store, revision: int, compute: Callable[[], Answer]
    ) -> Answer:
        """The answer from disk where neither file nor store has changed since, else computed."""
        fingerprint = store.engine.fingerprint()
        if not fingerprint or not self._uses_rollups:
            return compute()
        kept = KeptAnswers()
        path = kept.path(
            text=self._tree_text,
            store=store.engine.url,
            fingerprint=fingerprint,
            question=question,
        )
        found = kept.read(path, question, store.tree.settings.calendar, revision=revision)
        if found is None:
            found = compute()
            # a store written to meanwhile may have been read half before and half after
            if store.engine.fingerprint() == fingerprint:
                kept.write(path, found)
        return found

    def _is_being_read(self, store: Store) -> bool:
        """Whether a large store is read into rollups just now, or is about to be."""
        return not self._is_read.is_set() or self._wants_refresh(store)

    def _wait_for_reading(
        self,
        question: Question,
        store: Store,
        revision: int,
        tell: Callable[[Answer], None],
        cancelled: Callable[[], bool],
    ) -> None:
        """Tell of the newest period where an index finds it, then wait until the store is read.

        Reading the store takes less than asking it for all periods by plain SQL.

        Raises:
            Cancelled: `cancelled` said so.
        """
        from metric_tui.analysis.newest import tell_newest
        from metric_tui.engines.sql.indexes import finds_times

        soon = monotonic() + READ_SOON_SECONDS
        while monotonic() < soon and not cancelled():
            self._is_read.wait(_LOOK_SECONDS)
            if not self._is_being_read(store):
                return
        if finds_times(store):
            tell_newest(question, store, revision=revision, tell=tell, cancelled=cancelled)
        while not self._is_read.wait(_LOOK_SECONDS):
            if cancelled():
                raise Cancelled("the query was stopped")

    def _measures(self, store: Store, cancelled: Callable[[], bool] = lambda: False) -> "Measures":
        """What answers measures: rollups where they are fresh, plain SQL for the rest."""
        from metric_tui.engines import rollup
        from metric_tui.engines.sql.run import SqlMeasures

        if not self._uses_rollups:
            return SqlMeasures(store, cancelled)

        return rollup.measures_for(store, cancelled=cancelled)

    @property
    def wants_refresh(self) -> bool:
        """Whether the store is so large that its rollups should be read anew without being asked.

        Raises:
            StoreError: the store cannot be read.
        """
        return self._wants_refresh(self._store)

    def _wants_refresh(self, store: Store) -> bool:
        from metric_tui.engines import rollup

        is_large = self._uses_rollups and rollup.size_of(store) >= LARGE_BYTES
        return is_large and not rollup.is_complete(store)

    def refresh(self, progress: "Callable[[Progress], None] | None" = None) -> None:
        """Read what is new in the store into its rollups; answers are the same, only sooner.

        Questions asked meanwhile neither wait for it nor stop it; `stop` does.

        Raises:
            StoreError: the store cannot be read.
            Cancelled: `stop` was called meanwhile.
        """
        from metric_tui.engines import rollup

        self._is_read.clear()
        store = self._open_store(self.tree)
        try:
            rollup.refresh(store, progress, cancelled=self._stopped.is_set)
        finally:
            store.engine.close()
            self._is_read.set()

    def stop(self) -> None:
        """Stop what is being computed and what is being read; for leaving. Safe from any thread."""
        self._stopped.set()
        self.cancel()
        foreseeing = self._foreseeing
        if foreseeing is not None:
            foreseeing.engine.interrupt()

    def compute_foreseen(self) -> None:
        """Compute what is going to be asked next of a large store, so that it is there then.

        Raises:
            StoreError: the store cannot be read.
            Cancelled: `stop` was called meanwhile.
        """
        from metric_tui.analysis.foreseen import compute_foreseen
        from metric_tui.engines import rollup

        store = self._foreseeing = self._open_store(self.tree)
        try:
            measures = rollup.measures_for(store, cancelled=self._stopped.is_set)
            compute_foreseen(store, measures, other_grains=True)
        finally:
            self._foreseeing = None
            store.engine.close()

    def _open_store(self, tree: MetricTree) -> Store:
        raise NotImplementedError

    def why(self, question: "WhyQuestion") -> "Why":
        """Explain a metric's change, from memory where file and store have not changed since.

        Raises:
            QuestionError, StoreError, Cancelled.
        """
        with self._lock:
            key = (self.revision, question)
            store, cancelled = self._store, self._watch_cancel()
            if key in self._reasons:
                return self._reasons[key]
        from metric_tui.analysis.why import why

        found = why(question, store, self._measures(store, cancelled))
        with self._lock:
            self._reasons[key] = found
            while len(self._reasons) > ANSWERS_KEPT:
                self._reasons.popitem(last=False)
        return found

    def effects(self, metric: str, dimension: str, question: Question) -> "DimensionSplit | None":
        """What each value of a dimension did to the last period's change; None without one.

        Raises:
            QuestionError, StoreError, Cancelled.
        """
        from metric_tui.analysis.effects import effects_of

        store = self._store
        measures = self._measures(store, self._watch_cancel())
        return effects_of(metric, dimension, question, store, measures)

    @property
    def has_quick_history(self) -> bool:
        """Whether years of every metric are read at once: from rollups, or as there is little.

        Raises:
            StoreError: the store cannot be read.
        """
        from metric_tui.engines import rollup

        store = self._store
        if rollup.size_of(store) <= SMALL_BYTES:
            return True
        return self._uses_rollups and rollup.is_complete(store)

    def unusual(
        self, answer: Answer, metrics: tuple[str, ...] | None = None
    ) -> "Mapping[str, Mapping[int, Flag]]":
        """By metric: an answer's periods that are not as expected, by index; of all or of some.

        Raises:
            QuestionError, StoreError, Cancelled.
        """
        from metric_tui.analysis.unusual import unusual_shown

        return unusual_shown(answer, self.answer, metrics=metrics)

    def goals(self, question: Question) -> tuple["Goal", ...]:
        """How every target of the tree stands at the end of the data, or at `as_of`.

        Raises:
            QuestionError, StoreError, Cancelled.
        """
        from metric_tui.analysis.goals import goals

        store = self._store
        return goals(store, self._measures(store, self._watch_cancel()), question)

    def key_results(self, question: Question) -> tuple["KeyResultStanding", ...]:
        """How far every key result of the tree is on its way."""
        from metric_tui.analysis.goals import key_results

        store = self._store
        return key_results(store, self._measures(store, self._watch_cancel()), question)

    def model(self, question: Question) -> tuple["Model", str]:
        """The values of a question's last period, ready for levers, and the period's name."""
        from metric_tui.analysis.scenario import Model

        found = self.answer(replace(question, metrics=tuple(self.tree.metrics), by=()))
        values = {name: answered.total.value for name, answered in found.metrics.items()}
        return Model(self.tree, values, {}), found.frame.periods[-1].label

    def lever(self, metric: str, change: str, question: Question) -> "Lever":
        """A lever as it is written; a segment's level is that of the question's last period.

        Raises:
            QuestionError: the text is no change, or names no segment of the metric.
        """
        from metric_tui.analysis.levers import Lever, check_level, lever_at

        level = Level.parse(change)
        if level is None:
            return Lever.parse(metric, change)
        check_level(self.tree, metric, level)
        asked = replace(question, metrics=(metric,), by=(level.dimension,))
        return lever_at(self.answer(asked).metrics[metric], level)

    def shape(self, metric: str, question: Question) -> "Shape":
        """A funnel's steps, a retention's triangle, or who came, stayed and left.

        Raises:
            QuestionError, StoreError, Cancelled.
        """
        from metric_tui.analysis.shapes import shape_of

        store = self._store
        return shape_of(store, self._measures(store, self._watch_cancel()), metric, question)

    def cancel(self) -> None:
        """Stop what is being computed; its worker raises Cancelled. Safe from any thread."""
        self._generation += 1
        self._store.engine.interrupt()

    def _watch_cancel(self) -> Callable[[], bool]:
        begun = self._generation
        return lambda: self._generation != begun

    def dimension_values(self, dimension: str, *, limit: int = 50) -> tuple[tuple[Cell, int], ...]:
        """A dimension's values and their rows, most first, for the filter's choices."""
        from metric_tui.engines.rows import dimension_values

        return dimension_values(self._store, dimension, limit)

    def sql(self, metric: str, question: Question) -> str:
        """The SQL that computes a metric for a question, one labelled statement a measure.

        Raises:
            QuestionError: the metric or the range cannot be asked this way.
            StoreError: the store cannot be opened.
        """
        from metric_tui.analysis.inspection import sql_of

        return sql_of(self._store, metric, question)

    def events(
        self, metric: str, question: Question, *, limit: int = 200, entity: Cell = None
    ) -> EventTable:
        """Rows behind the last period's value, or one entity's timeline, latest first."""
        from metric_tui.analysis.inspection import events_of

        return events_of(self._store, metric, question, limit=limit, entity=entity)
