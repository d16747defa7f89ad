"""What an answer means: targets, unusual periods, parts of a change, what-ifs, shapes.

Analyses are imported where they are called: an answer that is kept needs none of them.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from metric_tui.definitions.edges import Level
from metric_tui.definitions.tree import MetricTree
from metric_tui.engines.store import Store
from metric_tui.planning.answer import Answer
from metric_tui.planning.question import Question
from metric_tui.workspace.stopping import cancellable

if TYPE_CHECKING:
    from metric_tui.analysis.answers import Measures
    from metric_tui.analysis.goals import Goal
    from metric_tui.analysis.guardrails import Evidence
    from metric_tui.analysis.key_results import KeyResultStanding
    from metric_tui.analysis.levers import Lever
    from metric_tui.analysis.scenario import Model
    from metric_tui.analysis.shapes import Shape
    from metric_tui.analysis.status import Flag
    from metric_tui.analysis.telling import DimensionSplit

SMALL_BYTES = 16_000_000
"""Of 300,000 events (55 MB) plain SQL reads a year of every metric in 3 to 5 s; of so few at once."""


class Judging:
    """What is asked beyond values; whoever inherits answers questions and measures."""

    tree: MetricTree
    _store: Store
    _uses_rollups: bool

    def answer(self, question: Question, tell: Callable[[Answer], None] | None = None) -> Answer:
        """Answer a question."""
        raise NotImplementedError

    def _measures(self, store: Store, cancelled: Callable[[], bool] = lambda: False) -> "Measures":
        raise NotImplementedError

    def _watch_cancel(self) -> Callable[[], bool]:
        raise NotImplementedError

    def is_kept(self, question: Question) -> bool:
        """Whether a question is answered already, in memory or on disk."""
        raise NotImplementedError

    def has_quick_history(self, answer: Answer) -> bool:
        """Whether what an answer is to be judged by is known, read from rollups, or little.

        Raises:
            StoreError: the store cannot be read.
        """
        from metric_tui.analysis.unusual import history_question
        from metric_tui.engines import rollup

        store, question = self._store, history_question(answer)
        return (
            question is None
            or rollup.size_of(store) <= SMALL_BYTES
            or (self._uses_rollups and rollup.is_complete(store))
            or self.is_kept(question)
        )

    def unusual(
        self, answer: Answer, metrics: tuple[str, ...] | None = None
    ) -> "Mapping[str, Mapping[int, Flag]]":
        """By metric: an answer's periods that are not as expected, by index; of all or of some.

        Raises:
            QuestionError, StoreError, Cancelled.
        """
        from metric_tui.analysis.unusual import unusual_shown

        return unusual_shown(answer, self.answer, metrics=metrics)

    @cancellable
    def goals(self, question: Question) -> tuple["Goal", ...]:
        """How every target of the tree stands at the end of the data, or at `as_of`.

        Raises:
            QuestionError, StoreError, Cancelled.
        """
        from metric_tui.analysis.goals import goals

        store = self._store
        return goals(store, self._measures(store, self._watch_cancel()), question)

    @cancellable
    def key_results(self, question: Question) -> tuple["KeyResultStanding", ...]:
        """How far every key result of the tree is on its way."""
        from metric_tui.analysis.key_results import key_results

        store = self._store
        return key_results(store, self._measures(store, self._watch_cancel()), question)

    @cancellable
    def effects(self, metric: str, dimension: str, question: Question) -> "DimensionSplit | None":
        """What each value of a dimension did to the last period's change; None without one.

        Raises:
            QuestionError, StoreError, Cancelled.
        """
        from metric_tui.analysis.effects import effects_of

        store = self._store
        measures = self._measures(store, self._watch_cancel())
        return effects_of(metric, dimension, question, store, measures)

    def model(self, question: Question) -> tuple["Model", str]:
        """The values of a question's last period, ready for levers, and the period's name."""
        from metric_tui.analysis.scenario import Model

        found = self.answer(replace(question, metrics=tuple(self.tree.metrics), by=()))
        values = {name: answered.total.value for name, answered in found.metrics.items()}
        model = Model(self.tree, values, {}, self._evidence(found))
        return model, found.frame.periods[-1].label

    def _evidence(self, found: Answer) -> "Mapping[str, Evidence]":
        """What is usual for guardrails without a bound, before the last period of an answer."""
        from metric_tui.analysis.guardrails import evidence_from, unbounded
        from metric_tui.analysis.unusual import history_question

        question, names = history_question(found), unbounded(self.tree)
        if question is None or not names:
            return {}
        history = self.answer(replace(question, metrics=names))
        return {
            name: evidence_from(
                answered.total.values, answered.total.notes, None, history.frame.grain
            )
            for name, answered in history.metrics.items()
            if answered.error is None
        }

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

    @cancellable
    def shape(self, metric: str, question: Question) -> "Shape":
        """A funnel's steps, a retention's triangle, or who came, stayed and left.

        Raises:
            QuestionError, StoreError, Cancelled.
        """
        from metric_tui.analysis.shapes import shape_of

        store = self._store
        return shape_of(store, self._measures(store, self._watch_cancel()), metric, question)
