"""Asking a tree: answers, explanations, targets, rows; kept in memory and, where that pays, on disk.

Engines and analyses are imported where they are called: an answer that is kept needs none of them.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterable
from pathlib import Path
from threading import RLock
from time import monotonic, sleep
from typing import TYPE_CHECKING

from metric_tui.analysis.inspected import EventTable
from metric_tui.analysis.kept_answers import KeptAnswers
from metric_tui.base.errors import Cancelled, TimeLimitMet
from metric_tui.base.series import Cell
from metric_tui.base.stopping import stoppable
from metric_tui.definitions.tree import MetricTree
from metric_tui.engines.store import Store
from metric_tui.planning.answer import Answer
from metric_tui.planning.question import Question
from metric_tui.workspace.foreseeing import Foreseeing
from metric_tui.workspace.stopping import cancellable

if TYPE_CHECKING:
    from metric_tui.analysis.answers import Measures
    from metric_tui.analysis.unmatched import Unmatched
    from metric_tui.analysis.why import Why
    from metric_tui.analysis.why_question import WhyQuestion
    from metric_tui.definitions.asks import Condition
    from metric_tui.engines.rollup.refreshing import Progress

LARGE_BYTES = 200_000_000
"""From about a million events on plain SQL takes seconds, and rollups pay for themselves at once."""

ANSWERS_KEPT = 64
"""How many answers stay in memory; a person steps back through a dozen questions."""

READ_SOON_SECONDS = 0.3
"""A few new rows are read in less, and nothing is asked of the store meanwhile."""

_LOOK_SECONDS = 0.05
"""Between two looks whether a question that waits is still asked."""


class Asking(Foreseeing):
    """What a workspace is asked, from worker threads.

    Whoever inherits sets `tree`, `revision`, `_tree_text` and `_store` before the first question.
    """

    tree: MetricTree
    revision: int
    _store: Store

    def __init__(self, *, rollup: bool) -> None:
        super().__init__()
        self._uses_rollups = rollup
        self._lock = RLock()
        self._answers: OrderedDict[tuple[int, Question], Answer] = OrderedDict()
        self._reasons: OrderedDict[tuple[int, WhyQuestion], Why] = OrderedDict()
        self._generation = 0

    @cancellable
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
            foreseen = self._take_foreseen(key)

        def compute() -> Answer:
            if foreseen is not None and foreseen.fingerprint == store.engine.fingerprint():
                return foreseen.answer
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
        keep = kept.keeper(self._tree_text, store.engine)
        path = self._place_of(question, store, fingerprint)
        found = kept.read(path, question, store.tree.settings.calendar, revision=revision)
        if found is None:
            found = compute()
            keep(found)
        return found

    def _place_of(self, question: Question, store: Store, fingerprint: str) -> Path:
        return KeptAnswers().path(
            text=self._tree_text,
            store=store.engine.url,
            fingerprint=fingerprint,
            question=question,
        )

    def is_kept(self, question: Question) -> bool:
        store = self._store
        if (self.revision, question) in self._answers:
            return True
        fingerprint = store.engine.fingerprint()
        if not fingerprint or not self._uses_rollups:
            return False
        return self._place_of(question, store, fingerprint).exists()

    def _is_being_read(self, store: Store) -> bool:
        """Whether a large store is read into rollups just now, or is about to be."""
        return not self._is_read.is_set() or self._wants_refresh(store, also_derived=False)

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
            sleep(_LOOK_SECONDS)
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

        So they should where only what makes answers come sooner is missing.

        Raises:
            StoreError: the store cannot be read.
        """
        return self._wants_refresh(self._store, also_derived=True)

    def _wants_refresh(self, store: Store, *, also_derived: bool) -> bool:
        from metric_tui.engines import rollup

        is_large = self._uses_rollups and rollup.size_of(store) >= LARGE_BYTES
        return is_large and not rollup.is_complete(store, also_derived=also_derived)

    def refresh(
        self,
        progress: "Callable[[Progress], None] | None" = None,
        read: Callable[[], None] = lambda: None,
    ) -> None:
        """Read what is new in the store into its rollups; answers are the same, only sooner.

        Questions asked meanwhile do not stop it; `stop` does.

        Args:
            progress: told how far the reading is.
            read: called when all is read; what is done after that makes some answers come sooner.

        Raises:
            StoreError: the store cannot be read.
            Cancelled: `stop` was called meanwhile.
        """
        from metric_tui.engines import rollup

        def told() -> None:
            self._is_read.set()
            read()

        self._is_read.clear()
        store = self._open_store(self.tree)
        try:
            with stoppable(self._stopped.is_set):
                rollup.refresh(store, progress, cancelled=self._stopped.is_set, read=told)
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

    @cancellable
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

    @cancellable
    def why_redefined(self, question: "WhyQuestion", tree: MetricTree, name: str) -> "Why":
        """Explain a change whose earlier period is told by the definitions of an earlier tree.

        Args:
            question: which change.
            tree: the earlier one; its rows are those of the open store.
            name: what its file is called in messages.

        Raises:
            QuestionError, StoreError, Cancelled.
        """
        from metric_tui.analysis.earlier import Earlier
        from metric_tui.analysis.why import why

        store, cancelled = self._store, self._watch_cancel()
        before = Store(store.engine, tree)
        earlier = Earlier(name=name, store=before, measures=self._measures(before, cancelled))
        return why(question, store, self._measures(store, cancelled), earlier)

    @property
    def store_url(self) -> str:
        """The store's path or URL in full."""
        return self._store.engine.url

    @property
    def engine_name(self) -> str:
        """The engine's word: `sqlite`, `duckdb`."""
        return self._store.engine.name

    @property
    def limits_met(self) -> tuple[TimeLimitMet, ...]:
        """Statements to the store that were stopped because their time was over."""
        return self._store.engine.limits.met

    def cancel(self) -> None:
        """Stop what is being computed; its worker raises Cancelled. Safe from any thread."""
        self._generation += 1
        self._store.engine.interrupt()

    def _watch_cancel(self) -> Callable[[], bool]:
        begun = self._generation
        return lambda: self._generation != begun or self._stopped.is_set()

    @cancellable
    def dimension_values(self, dimension: str, *, limit: int = 50) -> tuple[tuple[Cell, int], ...]:
        """A dimension's values and their rows, most first, for the filter's choices."""
        from metric_tui.engines.values import dimension_values

        return dimension_values(self._store, dimension, limit, rollup=self._uses_rollups)

    @cancellable
    def unmatched(self, where: Iterable["Condition"]) -> "tuple[Unmatched, ...]":
        """Values that filters ask for and no row of the store has.

        Raises:
            QuestionError, StoreError, Cancelled.
        """
        from metric_tui.analysis.unmatched import unmatched_values

        return tuple(unmatched_values(self._store, where, rollup=self._uses_rollups))

    @cancellable
    def sql(self, metric: str, question: Question) -> str:
        """The SQL that computes a metric for a question, one labelled statement a measure.

        Raises:
            QuestionError: the metric or the range cannot be asked this way.
            StoreError: the store cannot be opened.
        """
        from metric_tui.analysis.inspection import sql_of

        return sql_of(self._store, metric, question)

    @cancellable
    def events(
        self, metric: str, question: Question, *, limit: int = 200, entity: Cell = None
    ) -> EventTable:
        """Rows behind the last period's value, or one entity's timeline, latest first."""
        from metric_tui.analysis.inspection import events_of

        return events_of(self._store, metric, question, limit=limit, entity=entity)
