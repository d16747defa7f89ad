"""Computing beforehand what is likely to be asked next, so that it is there then.

Engines and analyses are imported where they are called: an answer that is kept needs none of them.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Event, Lock, RLock
from typing import TYPE_CHECKING

from metric_tui.analysis.kept_answers import KeptAnswers
from metric_tui.base.errors import Cancelled, MetricTuiError
from metric_tui.base.stopping import stoppable
from metric_tui.definitions.tree import MetricTree
from metric_tui.engines.store import Store
from metric_tui.planning.answer import Answer
from metric_tui.planning.question import Question
from metric_tui.workspace.judging import Judging

if TYPE_CHECKING:
    from metric_tui.analysis.answers import Measures

FORESEEN_KEPT = 64
"""How many foreseen answers stay in memory: what is near the last two or three questions."""

FORESEEN_VALUES_KEPT = 400_000
"""How many values they hold at most, about 30 MB."""

LEAVING_SECONDS = 2.0
"""How long leaving waits for the measure being computed; most take milliseconds."""

Key = tuple[int, Question]
"""A revision of file and store, and a question."""


@dataclass(frozen=True, slots=True)
class Foreseen:
    """An answer nobody has asked for yet."""

    answer: Answer
    fingerprint: str
    """Of the store, as it was then: somebody may have written since."""


class Foreseeing(Judging):
    """Computes what one key makes of the first question, and of the one on screen.

    Whoever inherits opens the store and says what is known.
    """

    revision: int
    _tree_text: str
    """What `tree` was read from; the file may hold a newer text that cannot be used."""

    _lock: RLock
    _answers: OrderedDict[Key, Answer]
    _generation: int

    def __init__(self) -> None:
        self._stopped = Event()
        self._is_read = Event()
        """Not set while the store is read into rollups."""
        self._is_read.set()
        self._foreseeing: Store | None = None
        self._foresight = Lock()
        """Held while something is foreseen around a question: one thread at most does that."""
        self._foreseen: OrderedDict[Key, Foreseen] = OrderedDict()
        self._foreseen_around: object = None

    def _open_store(self, tree: MetricTree) -> Store:
        raise NotImplementedError

    def _place_of(self, question: Question, store: Store, fingerprint: str) -> Path:
        raise NotImplementedError

    def compute_foreseen(self) -> None:
        """Compute what is going to be asked first of a large store.

        Raises:
            StoreError: the store cannot be read.
            Cancelled: `stop` was called meanwhile.
        """
        from metric_tui.analysis.foreseen import compute_foreseen
        from metric_tui.engines import rollup

        store = self._foreseeing = self._open_store(self.tree)
        try:
            measures = rollup.measures_for(store, cancelled=self._stopped.is_set)
            keep = KeptAnswers().keeper(self._tree_text, store.engine)
            with stoppable(self._stopped.is_set):
                compute_foreseen(store, measures, keep)
        finally:
            self._foreseeing = None
            store.engine.close()

    def foresee_around(
        self, question: Question, metric: str, dimension: str | None, cancelled: Callable[[], bool]
    ) -> None:
        """Compute what one key makes of a question that was answered, as far as it is not known.

        Only from rollups that are fresh, and once for a question; a question asked meanwhile, a
        change of file or store and `stop` end it. What rollups do not answer is left out.

        Args:
            question: the one on screen.
            metric: whose largest segments the tree is filtered by.
            dimension: of these segments; None where there is none.
            cancelled: asked before every measure.
        """
        with self._foresight, suppress(MetricTuiError):
            store, revision, generation = self._store, self.revision, self._generation
            around = (revision, question, dimension)
            shown = self._answers.get((revision, question))
            if shown is None or around == self._foreseen_around or not self._may_foresee:
                return

            def is_over() -> bool:
                is_left = self._stopped.is_set() or cancelled()
                return is_left or (revision, generation) != (self.revision, self._generation)

            from metric_tui.engines.rollup import measures_alone

            with stoppable(is_over):
                measures = measures_alone(store, is_over)
                if measures is not None:
                    foresight = _Foresight(shown, store, measures, metric, dimension)
                    for each in foresight.questions(self._foresee):
                        if is_over():
                            return
                        self._foresee(each, foresight)
            self._foreseen_around = around

    @property
    def _may_foresee(self) -> bool:
        return self._uses_rollups and self._is_read.is_set()

    def _foresee(self, question: Question, foresight: "_Foresight") -> Answer | None:
        """The answer, from memory, from disk or computed; None where rollups do not give it.

        Raises:
            Cancelled: somebody asked for that.
        """
        from metric_tui.analysis.answers import answer

        store, revision = foresight.store, foresight.shown.revision
        key = (revision, question)
        fingerprint = store.engine.fingerprint()
        with self._lock:
            known, ahead = self._answers.get(key), self._foreseen.get(key)
        if known is None and ahead is not None and ahead.fingerprint == fingerprint:
            known = ahead.answer
        if known is not None:
            return known
        place = self._place_of(question, store, fingerprint)
        calendar = store.tree.settings.calendar
        found = KeptAnswers().read(place, question, calendar, revision=revision)
        if found is None:
            try:
                found = answer(question, store, foresight.measures, revision=revision)
            except Cancelled:
                raise
            except MetricTuiError:
                # whoever asks it will be told
                return None
            if store.engine.fingerprint() != fingerprint:
                # read half before and half after a write
                return None
        self._keep_foreseen(key, Foreseen(found, fingerprint))
        return found

    def _keep_foreseen(self, key: Key, found: Foreseen) -> None:
        with self._lock:
            self._foreseen[key] = found
            values = sum(_values_in(each.answer) for each in self._foreseen.values())
            while len(self._foreseen) > FORESEEN_KEPT or values > FORESEEN_VALUES_KEPT:
                values -= _values_in(self._foreseen.popitem(last=False)[1].answer)

    def _take_foreseen(self, key: Key) -> Foreseen | None:
        """What was foreseen of a question, or of the same about all metrics; with `_lock` held."""
        revision, question = key
        if not question.metrics:
            return self._foreseen.pop(key, None)
        whole = self._foreseen.get((revision, replace(question, metrics=())))
        if whole is None or not whole.answer.metrics.keys() >= set(question.metrics):
            return None
        asked = {name: whole.answer.metrics[name] for name in question.metrics}
        return replace(whole, answer=replace(whole.answer, question=question, metrics=asked))

    def _leave_foresight(self) -> None:
        """Wait until nothing is foreseen any more."""
        self._stopped.set()
        if self._foresight.acquire(timeout=LEAVING_SECONDS):
            self._foresight.release()


@dataclass(frozen=True, slots=True)
class _Foresight:
    """What is looked at around a question."""

    shown: Answer
    store: Store
    measures: "Measures"
    metric: str
    dimension: str | None

    def questions(
        self, foresee: "Callable[[Question, _Foresight], Answer | None]"
    ) -> Iterator[Question]:
        """What is foreseen, the segments that tell what may be filtered by first."""
        from metric_tui.analysis.foreseen import kept_dimensions, largest_values, neighbours

        question, tree = self.shown.question, self.store.tree
        names = sorted(kept_dimensions(self.store), key=lambda name: name != self.dimension)
        values = {}
        if self.dimension in names:
            sliced = foresee(question.sliced_by(self.dimension), self)
            values = {self.dimension: largest_values(sliced, self.metric)} if sliced else {}
        yield from neighbours(question, self.shown.frame, tree, names, values)


def _values_in(answer: Answer) -> int:
    series = sum(1 + len(found.segments) for found in answer.metrics.values())
    return 2 * len(answer.frame.periods) * series
