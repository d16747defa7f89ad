"""Measures that add up over days are asked of plain SQL by day, and put together for any span.

A session and a conversion belong to the local day on which they begin, so what is kept of days
serves every grain and range. Funnels do not add up, as an entity enters one once a period, nor do
distinct counts and percentiles.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from metric_tui.base.daily import added_up, days_of
from metric_tui.base.errors import MetricTuiError
from metric_tui.base.periods import Calendar, Span
from metric_tui.base.series import Table
from metric_tui.definitions.asks import ConversionMeasure, Measure, MeasureAsk, SessionsMeasure
from metric_tui.engines.sql.simple import Outcome


def adds_up_over_days(measure: Measure) -> bool:
    """Whether a measure over a span is the sum of what it is over the span's local days."""
    if isinstance(measure, SessionsMeasure):
        return measure.calculation != "entities"
    if isinstance(measure, ConversionMeasure):
        return measure.conversion.aggregation == "count"
    return False


class _Sum(NamedTuple):
    ask: MeasureAsk
    places: tuple[tuple[int, ...], ...]
    """Of each span's days among those asked."""


@dataclass(frozen=True, slots=True)
class ByDays:
    """Asks as they are put to plain SQL."""

    asked: tuple[MeasureAsk, ...]
    """What is asked: by day what adds up, and the rest as it is."""

    _sums: Mapping[MeasureAsk, Sequence[_Sum]]
    """By what is asked by day, the asks that are sums of it."""

    @classmethod
    def of(cls, asks: Iterable[MeasureAsk], calendar: Calendar) -> "ByDays":
        """Those of some asks, all of one slice of a measure in one."""
        asked: list[MeasureAsk] = []
        together: dict[MeasureAsk, list[MeasureAsk]] = {}
        for ask in asks:
            if adds_up_over_days(ask.measure):
                together.setdefault(replace(ask, spans=()), []).append(ask)
            else:
                asked.append(ask)
        sums: dict[MeasureAsk, Sequence[_Sum]] = {}
        for bare, several in together.items():
            place: dict[Span, int] = {}
            found = [
                _Sum(
                    ask,
                    tuple(
                        tuple(
                            [place.setdefault(day, len(place)) for day in days_of(span, calendar)]
                        )
                        for span in ask.spans
                    ),
                )
                for ask in several
            ]
            by_day = replace(bare, spans=tuple(place))
            sums[by_day] = found
            asked.append(by_day)
        return cls(tuple(asked), sums)

    def outcomes(self, answered: Mapping[MeasureAsk, Outcome]) -> dict[MeasureAsk, Outcome]:
        """The asks' own outcomes from those of what was asked."""
        found: dict[MeasureAsk, Outcome] = {}
        for asked, outcome in answered.items():
            if asked not in self._sums:
                found[asked] = outcome
                continue
            for ask, places in self._sums[asked]:
                found[ask] = (
                    outcome
                    if isinstance(outcome, MetricTuiError)
                    else _without_nothing(added_up(outcome, places))
                )
        return found


def _without_nothing(table: Table) -> Table:
    """Without groups that other spans have and these do not."""
    kept = {
        group: row for group, row in table.values.items() if any(value is not None for value in row)
    }
    return Table(table.size, kept)
