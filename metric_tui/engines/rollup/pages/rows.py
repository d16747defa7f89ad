"""Rows read from pages: of one event, and of a stretch."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from metric_tui.engines.rollup.pages.expressions import Results
from metric_tui.engines.rollup.pages.records import Values

Rows = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class EventRows:
    """Rows of one event."""

    days: NDArray[np.int64]
    """As `date.toordinal` counts."""

    codes: tuple[NDArray[np.uint8], ...]
    """Of each dimension."""

    values: Mapping[str, Results]
    """By the value's SQL."""

    places: "Places | None"
    """Where each stands; None where no log is kept of them."""

    def of(self, rows: "Rows | NDArray[np.bool_]") -> "EventRows":
        """Some of them."""
        return EventRows(
            self.days[rows],
            tuple(codes[rows] for codes in self.codes),
            {sql: results.of(rows) for sql, results in self.values.items()},
            None if self.places is None else self.places.of(rows),
        )


@dataclass(frozen=True, slots=True)
class Places:
    """Where rows stand in the table and in time."""

    ranks: NDArray[np.int64]
    """The rows' numbers."""

    moments: NDArray[np.int64]
    """UTC milliseconds, as `TimeAxis.epoch_milliseconds` gives them."""

    def of(self, rows: "Rows | NDArray[np.bool_]") -> "Places":
        """Those of some rows."""
        return Places(self.ranks[rows], self.moments[rows])


def joined_places(several: "Sequence[Places | None]") -> "Places | None":
    """Those of several stretches, one behind the other; None where none are kept."""
    known = [places for places in several if places is not None]
    if not known:
        return None
    return Places(
        np.concatenate([places.ranks for places in known]),
        np.concatenate([places.moments for places in known]),
    )


@dataclass(frozen=True, slots=True)
class PageRows:
    """The rows of one stretch."""

    events: Mapping[int, EventRows]
    """By the event's code; only those of which something is kept."""

    days: NDArray[np.int64]
    """Of all rows, whatever their event."""

    codes: tuple[NDArray[np.uint8], ...]
    times: Values
    moments: NDArray[np.int64]
    """Of each time a number that sorts as it does, but for what is finer than a minute."""
