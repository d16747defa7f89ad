"""Answers measures from partials of days and parts of days; plain SQL answers the rest."""

import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from metric_tui.base.errors import Cancelled, MetricTuiError, StoreError
from metric_tui.base.periods import EARLIEST, LATEST, Span
from metric_tui.base.series import Table
from metric_tui.base.stopping import check_stopped
from metric_tui.definitions.asks import (
    FirstEvent,
    LifecycleMeasure,
    MeasureAsk,
    RetentionMeasure,
    SimpleMeasure,
    VolumeMeasure,
)
from metric_tui.engines.rollup.answered import Answered, rest_of, with_plain
from metric_tui.engines.rollup.by_days import ByDays
from metric_tui.engines.rollup.collector import collector_paused
from metric_tui.engines.rollup.cut_days.missing import RowsMissing
from metric_tui.engines.rollup.days import DayReader, DaySpan
from metric_tui.engines.rollup.files import remove
from metric_tui.engines.rollup.find import Found, found_for, remember_for
from metric_tui.engines.rollup.firsts import first_event_table
from metric_tui.engines.rollup.kept_answers import KeptAnswers, by_part
from metric_tui.engines.rollup.lifecycle import lifecycle_table
from metric_tui.engines.rollup.logs.tracks import may_have_logs
from metric_tui.engines.rollup.pack import Damaged
from metric_tui.engines.rollup.partials import Days, Partials
from metric_tui.engines.rollup.retained import Retained
from metric_tui.engines.rollup.shelf import Shelf
from metric_tui.engines.rollup.totals import distinct_table, total_table
from metric_tui.engines.rollup.where import CannotTell
from metric_tui.engines.sql.run import SqlMeasures, Told, nobody
from metric_tui.engines.sql.simple import Outcome
from metric_tui.engines.store import Store

MOST_ANSWERS_REMEMBERED = 1_000
MOST_VALUES_REMEMBERED = 2_000
"""Of each answer that is remembered; so all of them take 60 MB at the very most."""


@dataclass(slots=True)
class RollupMeasures:
    """Answers from a store's partials; the same numbers as plain SQL, or plain SQL itself."""

    store: Store
    shelf: Shelf
    plain: SqlMeasures
    may_read: bool = True
    """Whether rows may be read from the store to cut days in parts."""

    def tables(
        self, asks: Iterable[MeasureAsk], told: Told = nobody
    ) -> Mapping[MeasureAsk, Outcome]:
        """Answer all asks.

        Args:
            asks: the measures.
            told: hears of outcomes as they come, each once: first of those in the partials, then
                of what rows say, one by one.

        Raises:
            Cancelled: the engine was interrupted.
        """
        wanted = tuple(dict.fromkeys(asks))
        found: dict[MeasureAsk, Outcome] = {}

        def answered(outcomes: Mapping[MeasureAsk, Outcome]) -> None:
            found.update(outcomes)
            told(outcomes)

        # decided once: another thread may remember more meanwhile
        slow = {ask for ask in wanted if self._is_slow(ask)}
        answers = self.from_partials([ask for ask in wanted if ask not in slow], cut=False)
        answered({ask: answer.table for ask, answer in answers.items() if not answer.missing})
        of_rows = [ask for ask in wanted if ask not in found and (ask in slow or self._is_cut(ask))]
        self._of_rows(of_rows, answered)
        rest = {ask: rest_of(ask, answers.get(ask)) for ask in wanted if ask not in found}
        waiting = by_part(rest)

        def joined_with_sql(outcomes: Mapping[MeasureAsk, Outcome]) -> None:
            fresh = {}
            for part, outcome in outcomes.items():
                for ask in waiting[part]:
                    answer = answers.get(ask)
                    fresh[ask] = outcome if answer is None else with_plain(answer, outcome)
            answered(fresh)

        if waiting:
            self._by_sql(tuple(waiting), joined_with_sql)
        return found

    def _is_slow(self, ask: MeasureAsk) -> bool:
        """Whether it may take going over rows."""
        return may_have_logs(ask.measure) and ask not in self.shelf.answers

    def _is_cut(self, ask: MeasureAsk) -> bool:
        """Whether spans may begin or end inside of days."""
        calendar = self.store.tree.settings.calendar
        return not may_have_logs(ask.measure) and any(
            calendar.midnight(calendar.day_of(bound)) != bound
            for span in ask.spans
            for bound in (span.start, span.end)
            if bound not in (EARLIEST, LATEST)
        )

    def _of_rows(self, asks: Sequence[MeasureAsk], told: Told) -> None:
        """Answers of rows, as far as there are any: those kept, then one by one."""

        def compute(parts: Sequence[MeasureAsk], tell: Told) -> None:
            # between two of them another question, such as one asked while this is computed
            # beforehand, gets its turn
            for part in parts:
                if self.plain.cancelled():
                    raise Cancelled("the question was given up")
                fresh = self.from_partials([part])
                tell({ask: answer.table for ask, answer in fresh.items() if not answer.missing})

        state = self.shelf.generation, self.store.tree

        def remembered(outcomes: Mapping[MeasureAsk, Outcome]) -> None:
            with self.shelf.lock:
                # what is remembered is of one refresh and one tree
                if state == (self.shelf.generation, self.shelf.memo_of):
                    for ask, outcome in outcomes.items():
                        if isinstance(outcome, Table):
                            self._remember(ask, Answered(outcome, ()))
            told(outcomes)

        if asks:
            KeptAnswers(self.store, self.shelf).tell(asks, remembered, compute)

    def _by_sql(self, asks: Sequence[MeasureAsk], told: Told) -> None:
        """Answers of plain SQL, those kept from earlier where they still hold."""
        by_days = ByDays.of(asks, self.store.tree.settings.calendar)
        kept = KeptAnswers(self.store, self.shelf)
        kept.tell(by_days.asked, lambda found: told(by_days.outcomes(found)), self.plain.tables)

    def from_partials(
        self, asks: Sequence[MeasureAsk], *, cut: bool = True
    ) -> dict[MeasureAsk, Answered]:
        """What the partials know; asks that they know nothing of are missing.

        Args:
            asks: the measures.
            cut: whether days are cut where spans begin and end inside of them.

        Raises:
            Cancelled: the engine was interrupted.
        """
        answers: dict[MeasureAsk, Answered] = {}
        for _ in range(len(asks) + 1):
            missing = self._add_answers(answers, asks, cut)
            if missing is None:
                break
            # others get their turn meanwhile
            try:
                missing.read(self.store, self.shelf)
            except StoreError:
                # plain SQL says what is wrong with it
                break
        return answers

    def _add_answers(
        self, answers: dict[MeasureAsk, Answered], asks: Sequence[MeasureAsk], cut: bool
    ) -> RowsMissing | None:
        """Add what the partials know; returns what has to be read before they know more."""
        with self.shelf.lock:
            try:
                if not self.shelf.is_current(self.store.engine.fingerprint()):
                    return None
                assert self.shelf.cache is not None
                with self.shelf.cache.reading(), collector_paused():
                    return self._answered(answers, asks, cut)
            except sqlite3.OperationalError:
                self.shelf.close()
            except (sqlite3.DatabaseError, Damaged):
                # a refresh would read only what is new: without the file it reads everything
                self.shelf.close()
                remove(self.shelf.path)
            answers.clear()
            return None

    def _answered(
        self, answers: dict[MeasureAsk, Answered], asks: Sequence[MeasureAsk], cut: bool
    ) -> RowsMissing | None:
        remember_for(self.store, self.shelf)
        for ask in asks:
            check_stopped()
            if ask in answers:
                continue
            answer = self.shelf.answers.get(ask)
            if answer is None or (cut and answer.missing):
                try:
                    answer = self._answer(ask, cut)
                except Cancelled:
                    raise
                except RowsMissing as missing:
                    return missing
                except (CannotTell, MetricTuiError):
                    continue
                self._remember(ask, answer)
            if answer is not None:
                answers[ask] = answer
        return None

    def _remember(self, ask: MeasureAsk, answer: Answered | None) -> None:
        if answer is None or answer.table.size * len(answer.table.values) > MOST_VALUES_REMEMBERED:
            return
        answers = self.shelf.answers
        if len(answers) >= MOST_ANSWERS_REMEMBERED:
            del answers[next(iter(answers))]
        answers[ask] = answer

    def _answer(self, ask: MeasureAsk, cut: bool) -> Answered | None:
        if isinstance(ask.measure, RetentionMeasure):
            table = Retained(self.store, self.shelf).table(
                ask,
                ask.measure,
                partial(self._laid_out, spans=ask.spans, cut=False),
                partial(self._laid_out, spans=ask.spans, cut=cut),
            )
            return None if table is None else Answered(table, ())
        if may_have_logs(ask.measure):
            # numpy is worth its import only for trees with such measures
            from metric_tui.engines.rollup.logs.answering import log_table

            table = log_table(self.store, self.shelf, ask)
            return None if table is None else Answered(table, ())
        found = found_for(self.store, self.shelf, ask)
        if found is None:
            return None
        if isinstance(ask.measure, FirstEvent):
            return Answered(first_event_table(self.shelf, found, ask), ())
        if isinstance(ask.measure, VolumeMeasure):
            ask = replace(ask, measure=ask.measure.count)
        if isinstance(ask.measure, LifecycleMeasure):
            return self._lifecycle(ask, ask.measure, found, cut)
        if not isinstance(ask.measure, SimpleMeasure):
            return None
        shelf, found, days = self._laid_out(found, ask.spans, cut)
        missing = tuple(index for index, span in enumerate(days) if span is None)
        if len(missing) == len(days):
            return None
        table = TABLES[found.place.track.shape](
            shelf, found, ask, [span or (0, 0) for span in days]
        )
        return Answered(table, missing)

    def _laid_out(self, found: Found, spans: tuple[Span, ...], cut: bool) -> Days:
        """Where spans stand."""
        days = self._days(found, spans)
        if cut and None in days:
            # numpy is worth its import only for questions about parts of days
            from metric_tui.engines.rollup.cut_days.opening import cut_days

            laid = cut_days(self.store, self.shelf, found, spans, may_read=self.may_read)
            if laid is not None:
                return laid
        return Days(self.shelf, found, days)

    def _days(self, found: Found, spans: tuple[Span, ...]) -> Sequence[DaySpan | None]:
        """The days of spans, which most measures of a question share."""
        key = ("days", found.place.space.key, found.extent, len(spans), spans[:1], spans[-1:])
        known = self.shelf.memo.get(key)
        if known is None or known[0] != spans:
            read = DayReader(found.place.space.axis, found.extent).spans(spans)
            known = self.shelf.memo[key] = (spans, read)
        days: Sequence[DaySpan | None] = known[1]
        return days

    def _lifecycle(
        self, ask: MeasureAsk, measure: LifecycleMeasure, found: Found, cut: bool
    ) -> Answered | None:
        shelf, found, days = self._laid_out(found, (*ask.spans, *measure.before), cut)
        told = [span for span in days if span is not None]
        if len(told) < len(days):
            # a group's zeros depend on how far all spans of the ask reach
            return None
        pairs = list(zip(told[: len(ask.spans)], told[len(ask.spans) :], strict=True))
        return Answered(lifecycle_table(shelf, found, ask, measure.state, pairs), ())


TABLES: dict[str, Callable[[Partials, Found, MeasureAsk, Sequence[DaySpan]], Table]] = {
    "sum": total_table,
    "min": total_table,
    "max": total_table,
    "set": distinct_table,
}
"""How each shape of track answers a simple measure."""
