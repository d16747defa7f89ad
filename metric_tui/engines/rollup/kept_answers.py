"""Answers kept from earlier where they still hold, and the rest from whoever computes them."""

import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from metric_tui.base.errors import MetricTuiError
from metric_tui.base.series import Table
from metric_tui.definitions.asks import MeasureAsk
from metric_tui.engines.rollup.answers import AnswerFile, Known, joined, without
from metric_tui.engines.rollup.changes import Changes
from metric_tui.engines.rollup.shelf import Shelf
from metric_tui.engines.sql.run import Told
from metric_tui.engines.sql.simple import Outcome
from metric_tui.engines.store import Store

Compute = Callable[[Sequence[MeasureAsk], Told], object]
"""Tells the outcomes of asks, or of as many as it can."""


@dataclass(frozen=True, slots=True)
class KeptAnswers:
    """The answers kept of one store."""

    store: Store
    shelf: Shelf

    def tell(self, asks: Iterable[MeasureAsk], told: Told, compute: Compute) -> None:
        """Tell outcomes: what is kept first, then what is computed, which is kept from then on.

        Args:
            asks: what is wanted.
            told: hears of each outcome once.
            compute: gives what is not kept, each ask in the spans of which nothing is.
        """
        wanted = tuple(asks)
        fingerprint = self.store.engine.fingerprint()
        with self.shelf.lock:
            answers = AnswerFile(
                self.shelf.path, self.store.tree, fingerprint, self._changes(fingerprint)
            )
            kept = answers.find(wanted)
        rest = {ask: without(ask, kept.get(ask, {})) for ask in wanted}
        told({ask: joined(ask, kept[ask], None) for ask, part in rest.items() if part is None})
        waiting = by_part(rest)
        computed: dict[MeasureAsk, Table] = {}

        def answered(outcomes: Mapping[MeasureAsk, Outcome]) -> None:
            computed.update((a, table) for a, table in outcomes.items() if isinstance(table, Table))
            told(
                {
                    ask: _whole(ask, outcome, kept)
                    for part, outcome in outcomes.items()
                    for ask in waiting[part]
                }
            )

        try:
            if waiting:
                compute(tuple(waiting), answered)
        finally:
            # what was found before somebody stopped it is not computed again
            if computed and self.store.engine.fingerprint() == fingerprint:
                with self.shelf.lock:
                    answers.keep(computed)

    def _changes(self, fingerprint: str) -> Changes:
        """What the cache knows of changes, where it is current; for callers with the lock."""
        try:
            if not self.shelf.is_current(fingerprint) or self.shelf.cache is None:
                return Changes(self.store, None)
            generation = int(self.shelf.cache.meta("generation") or 0)
        except sqlite3.Error:
            return Changes(self.store, None)
        return Changes(self.store, self.shelf.cache, generation)


def by_part(
    rest: Mapping[MeasureAsk, MeasureAsk | None],
) -> Mapping[MeasureAsk, Sequence[MeasureAsk]]:
    """What has to be asked, each with the asks it is the rest of."""
    found: dict[MeasureAsk, list[MeasureAsk]] = {}
    for ask, part in rest.items():
        if part is not None:
            found.setdefault(part, []).append(ask)
    return found


def _whole(ask: MeasureAsk, outcome: Outcome, kept: Mapping[MeasureAsk, Known]) -> Outcome:
    """What was computed of an ask, with what was kept of it."""
    if isinstance(outcome, MetricTuiError):
        return outcome
    return joined(ask, kept.get(ask, {}), outcome)
