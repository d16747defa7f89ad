"""Where the entities of a retention stand, and its table made of them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from metric_tui.base.periods import EARLIEST, Span
from metric_tui.base.series import Group, Table
from metric_tui.definitions.asks import MeasureAsk, RetentionMeasure
from metric_tui.engines.rollup.days import DayReader
from metric_tui.engines.rollup.find import Found, found_for, is_interned
from metric_tui.engines.rollup.partials import Days, Partials
from metric_tui.engines.rollup.retention import RetentionSets, Starts, Undecided, retention_table
from metric_tui.engines.rollup.shelf import Shelf
from metric_tui.engines.rollup.tracks import SetAsks
from metric_tui.engines.store import Store

LaidOut = Callable[[Found], Days]
"""Lays out the spans of an ask on the partials of a track."""


@dataclass(frozen=True, slots=True)
class Retained:
    """Answers retentions from one store's partials."""

    store: Store
    shelf: Shelf

    def table(
        self,
        ask: MeasureAsk,
        measure: RetentionMeasure,
        whole_days: LaidOut,
        laid_out: LaidOut,
    ) -> Table | None:
        """The members of each span's cohort, or those who came back; None where days cannot tell.

        Args:
            ask: the spans and the slice.
            measure: of the ask.
            whole_days: lays out the ask's spans on whole days.
            laid_out: the same where days may be cut in parts.
        """
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
        whole = whole_days(starts[0]).spans
        if None in reached or any(whole_days(found).spans != whole for found in every):
            return None
        days = laid_out(starts[0])
        is_cut = days.partials is not self.shelf
        if None in days.spans or (is_cut and len(starts) > 1):
            # starts of several kinds have cuts of their own
            return None
        sets = RetentionSets(
            starts=Starts(days.partials, (days.found,) if is_cut else starts),
            by_group=self._by_group(by_group, laid_out, is_cut=is_cut),
            returns=returns,
            reach=min(max(span[1] for span in reached if span is not None), _after_rows(every)),
            first_groups=partial(self._first_groups, ask, days.partials),
        )
        try:
            return retention_table(
                self.shelf,
                sets,
                measure,
                ask.slice,
                [span for span in days.spans if span is not None],
                self.store.tree.settings.calendar,
            )
        except Undecided:
            return None

    def _by_group(self, founds: tuple[Found, ...], laid_out: LaidOut, *, is_cut: bool) -> Starts:
        if not is_cut:
            return Starts(self.shelf, founds)
        # the days that are cut have been read
        days = laid_out(founds[0])
        return Starts(days.partials, (days.found,))

    def _first_groups(
        self, ask: MeasureAsk, partials: Partials, place: int, members: Any
    ) -> Mapping[Group, Any] | None:
        assert isinstance(ask.measure, RetentionMeasure)
        if ask.measure.recurring and partials is not self.shelf:
            # logs tell the first row of a day, which may be in an earlier part of it
            return None
        # numpy is worth its import only where several groups claim somebody
        from metric_tui.engines.rollup.logs.starts import first_groups

        return first_groups(self.store, self.shelf, ask, partials.day_of(place), members)

    def _all(self, asks: Sequence[MeasureAsk]) -> tuple[Found, ...] | None:
        """Where the partials of all asks stand, None where those of any are missing."""
        found = [found_for(self.store, self.shelf, ask) for ask in asks]
        return None if None in found else tuple(place for place in found if place is not None)


def _after_rows(every: Iterable[Found]) -> int:
    """A day number after every row."""
    last = [
        found.place.space.axis.calendar.day_of(found.extent.last).toordinal() + 2
        for found in every
        if found.extent.last is not None
    ]
    return max(last, default=0)
