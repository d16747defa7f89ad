"""Answers measures from partials where whole days can, and gives the rest to plain SQL."""

import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from metric_tui.base.errors import Cancelled, MetricTuiError
from metric_tui.base.periods import EARLIEST, Span
from metric_tui.base.series import Group, Table, Value
from metric_tui.definitions.asks import (
    FirstEvent,
    LifecycleMeasure,
    MeasureAsk,
    RetentionMeasure,
    SimpleMeasure,
    VolumeMeasure,
)
from metric_tui.engines.rollup.by_days import ByDays
from metric_tui.engines.rollup.collector import collector_paused
from metric_tui.engines.rollup.days import DayReader, DaySpan
from metric_tui.engines.rollup.files import remove
from metric_tui.engines.rollup.find import Found, found_for, is_interned, remember_for
from metric_tui.engines.rollup.firsts import first_event_table
from metric_tui.engines.rollup.kept_answers import KeptAnswers, by_part
from metric_tui.engines.rollup.lifecycle import lifecycle_table
from metric_tui.engines.rollup.logs.tracks import may_have_logs
from metric_tui.engines.rollup.pack import Damaged
from metric_tui.engines.rollup.retention import RetentionSets, Undecided, retention_table
from metric_tui.engines.rollup.shelf import Shelf
from metric_tui.engines.rollup.totals import distinct_table, total_table
from metric_tui.engines.rollup.tracks import SetAsks
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

    def tables(
        self, asks: Iterable[MeasureAsk], told: Told = nobody
    ) -> Mapping[MeasureAsk, Outcome]:
        """Answer all asks.

        Args:
            asks: the measures.
            told: hears of outcomes as they come, each once: first of those in the partials, then
                of what rows in their order say, one by one.

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
        answers = self.from_partials([ask for ask in wanted if ask not in slow])
        answered({ask: answer.table for ask, answer in answers.items() if not answer.missing})
        self._of_rows([ask for ask in wanted if ask in slow], answered)
        rest = {ask: _rest(ask, answers.get(ask)) for ask in wanted if ask not in found}
        waiting = by_part(rest)

        def joined_with_sql(outcomes: Mapping[MeasureAsk, Outcome]) -> None:
            fresh = {}
            for part, outcome in outcomes.items():
                for ask in waiting[part]:
                    answer = answers.get(ask)
                    fresh[ask] = outcome if answer is None else _joined(answer, outcome)
            answered(fresh)

        if waiting:
            self._by_sql(tuple(waiting), joined_with_sql)
        return found

    def _is_slow(self, ask: MeasureAsk) -> bool:
        """Whether it may take going over rows."""
        return may_have_logs(ask.measure) and ask not in self.shelf.answers

    def _of_rows(self, asks: Sequence[MeasureAsk], told: Told) -> None:
        """Answers of rows in their order, as far as there are any: those kept, then one by one."""

        def compute(parts: Sequence[MeasureAsk], tell: Told) -> None:
            # between two of them another question, such as one asked while this is computed
            # beforehand, gets its turn
            for part in parts:
                if self.plain.cancelled():
                    raise Cancelled("the question was given up")
                fresh = self.from_partials([part])
                tell({ask: answer.table for ask, answer in fresh.items()})

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

    def from_partials(self, asks: Sequence[MeasureAsk]) -> dict[MeasureAsk, "Answered"]:
        """What the partials know; asks that they know nothing of are missing."""
        with self.shelf.lock:
            try:
                if not self.shelf.is_current(self.store.engine.fingerprint()):
                    return {}
                assert self.shelf.cache is not None
                with self.shelf.cache.reading(), collector_paused():
                    return self._answered(asks)
            except sqlite3.OperationalError:
                self.shelf.close()
                return {}
            except (sqlite3.DatabaseError, Damaged):
                # a refresh would read only what is new: without the file it reads everything
                self.shelf.close()
                remove(self.shelf.path)
                return {}

    def _answered(self, asks: Sequence[MeasureAsk]) -> dict[MeasureAsk, "Answered"]:
        remember_for(self.store, self.shelf)
        answers = {}
        for ask in asks:
            answer = self.shelf.answers.get(ask)
            if answer is None:
                try:
                    answer = self._answer(ask)
                except (CannotTell, MetricTuiError):
                    continue
                self._remember(ask, answer)
            if answer is not None:
                answers[ask] = answer
        return answers

    def _remember(self, ask: MeasureAsk, answer: "Answered | None") -> None:
        if answer is None or answer.table.size * len(answer.table.values) > MOST_VALUES_REMEMBERED:
            return
        answers = self.shelf.answers
        if len(answers) >= MOST_ANSWERS_REMEMBERED:
            del answers[next(iter(answers))]
        answers[ask] = answer

    def _answer(self, ask: MeasureAsk) -> "Answered | None":
        if isinstance(ask.measure, RetentionMeasure):
            return self._retention(ask, ask.measure)
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
        days = self._days(found, ask.spans)
        if isinstance(ask.measure, LifecycleMeasure):
            return self._lifecycle(ask, ask.measure, found, days)
        missing = tuple(index for index, span in enumerate(days) if span is None)
        if not isinstance(ask.measure, SimpleMeasure) or len(missing) == len(days):
            return None
        table = TABLES[found.place.track.shape](
            self.shelf, found, ask, [span or (0, 0) for span in days]
        )
        return Answered(table, missing)

    def _days(self, found: Found, spans: tuple[Span, ...]) -> Sequence[DaySpan | None]:
        """The days of spans, which most measures of a question share."""
        key = ("days", found.place.space.key, found.extent, len(spans), spans[:1], spans[-1:])
        known = self.shelf.memo.get(key)
        if known is None or known[0] != spans:
            read = DayReader(found.place.space.axis, found.extent).spans(spans)
            known = self.shelf.memo[key] = (spans, read)
        days: Sequence[DaySpan | None] = known[1]
        return days

    def _retention(self, ask: MeasureAsk, measure: RetentionMeasure) -> "Answered | None":
        asks = SetAsks.of(measure, ask.slice)
        starts, by_group, returns = map(self._all, (asks.starts, asks.by_group, asks.returns))
        if starts is None or by_group is None or returns is None:
            return None
        every = (*starts, *by_group, *returns)
        spaces = {found.place.space.base_key for found in every}
        if len(spaces) > 1 and any(is_interned(self.shelf, found) for found in every):
            # every space numbers its entities by itself
            return None
        readers = [DayReader(found.place.space.axis, found.extent) for found in every]
        reached = [reader.days(Span(EARLIEST, measure.cutoff)) for reader in readers]
        days = self._days(starts[0], ask.spans)
        if None in reached or None in days:
            return None
        if any(self._days(found, ask.spans) != days for found in every):
            return None
        sets = RetentionSets(
            starts=starts,
            by_group=by_group,
            returns=returns,
            reach=min(max(span[1] for span in reached if span is not None), _after_rows(every)),
            first_groups=partial(self._first_groups, ask),
        )
        try:
            table = retention_table(
                self.shelf, sets, measure, ask.slice,
                [span for span in days if span is not None], self.store.tree.settings.calendar,
            )  # fmt: skip
        except Undecided:
            return None
        return Answered(table, ())

    def _first_groups(self, ask: MeasureAsk, day: int, members: Any) -> Mapping[Group, Any] | None:
        # numpy is worth its import only where several groups claim somebody
        from metric_tui.engines.rollup.logs.starts import first_groups

        return first_groups(self.store, self.shelf, ask, day, members)

    def _all(self, asks: Sequence[MeasureAsk]) -> tuple[Found, ...] | None:
        """Where the partials of all asks stand, None where those of any are missing."""
        found = [found_for(self.store, self.shelf, ask) for ask in asks]
        return None if None in found else tuple(place for place in found if place is not None)

    def _lifecycle(
        self,
        ask: MeasureAsk,
        measure: LifecycleMeasure,
        found: Found,
        days: Sequence[DaySpan | None],
    ) -> "Answered | None":
        before = self._days(found, measure.before)
        pairs = [
            (now, then)
            for now, then in zip(days, before, strict=True)
            if now is not None and then is not None
        ]
        if len(pairs) < len(days):
            # a group's zeros depend on how far all spans of the ask reach
            return None
        return Answered(lifecycle_table(self.shelf, found, ask, measure.state, pairs), ())


def _after_rows(every: Iterable[Found]) -> int:
    """A day number after every row."""
    last = [
        found.place.space.axis.calendar.day_of(found.extent.last).toordinal() + 2
        for found in every
        if found.extent.last is not None
    ]
    return max(last, default=0)


TABLES: dict[str, Callable[[Shelf, Found, MeasureAsk, Sequence[DaySpan]], Table]] = {
    "sum": total_table,
    "min": total_table,
    "max": total_table,
    "set": distinct_table,
}
"""How each shape of track answers a simple measure."""


@dataclass(frozen=True, slots=True)
class Answered:
    """What the partials say: a table, and the spans of the ask that they cannot tell."""

    table: Table
    missing: tuple[int, ...]


def _rest(ask: MeasureAsk, answer: Answered | None) -> MeasureAsk | None:
    """What plain SQL has to answer of an ask; None for nothing."""
    if answer is None:
        return ask
    if not answer.missing:
        return None
    return replace(ask, spans=tuple(ask.spans[index] for index in answer.missing))


def _joined(answer: Answered, plain: Outcome) -> Outcome:
    """One table of what the partials and what plain SQL say."""
    if isinstance(plain, MetricTuiError):
        return plain
    groups = dict.fromkeys([*answer.table.values, *plain.values])
    return Table(answer.table.size, {group: _row(group, answer, plain) for group in groups})


def _row(group: Group, answer: Answered, plain: Table) -> tuple[Value, ...]:
    row = list(answer.table.of(group))
    for index, value in zip(answer.missing, plain.of(group), strict=True):
        row[index] = value
    return tuple(row)
