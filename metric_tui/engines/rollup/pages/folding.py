"""Adds up values by key, all at once."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from metric_tui.engines.rollup.pages.expressions import NOTHING, REAL, WHOLE, Results
from metric_tui.engines.rollup.pages.groups import Keys
from metric_tui.engines.rollup.tracks import Fold

Numbers = NDArray[np.number[Any]]
"""Whole numbers of 64 bits, or floating ones."""


def folded(fold: Fold, results: Results | None, places: Keys, count: int) -> Numbers:
    """One column by key.

    Args:
        fold: what is made of the values of a key.
        results: the values, by row: numbers, the whole ones small enough to be added up exactly;
            None where rows are only counted.
        places: the place of each row's key.
        count: of keys.

    Returns:
        By key; where a key has no value: 0, or infinite for the smallest and the largest.
    """
    if fold == "rows" or results is None:
        return np.bincount(places, minlength=count)
    present = results.kinds != NOTHING
    if fold == "count":
        if present.all():
            return np.bincount(places, minlength=count)
        return np.bincount(places[present], minlength=count)
    rows = np.flatnonzero(present)
    numbers = _numbers(results, rows)
    where = places if len(rows) == len(places) else places[rows]
    if fold == "sum":
        total = np.bincount(where, weights=numbers, minlength=count)
        return total if numbers.dtype == np.float64 else total.astype(np.int64)
    least = fold == "min"
    found = np.full(count, np.inf if least else -np.inf)
    (np.minimum if least else np.maximum).at(found, where, numbers)
    return found


def _numbers(results: Results, rows: Keys) -> Numbers:
    """The values of some rows, whole if all are."""
    kinds = results.kinds[rows]
    wholes = results.wholes[rows]
    if (kinds == WHOLE).all():
        return wholes
    return np.where(kinds == REAL, results.reals[rows], wholes)
