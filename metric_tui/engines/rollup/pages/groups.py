"""Groups rows by keys, all at once."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from metric_tui.engines.rollup.kernels import members as kernels

Keys = NDArray[np.int64]
_RADIX_BITS = 16

_DENSE = 4
"""So many times as many keys as rows are counted in place rather than sorted."""


def distinct(keys: NDArray[np.integer[Any]], size: int) -> tuple[Keys, Keys]:
    """The keys that occur, ascending, and the place among them of each row's.

    Args:
        keys: one a row, from 0 to below `size`.
        size: how many keys there may be.
    """
    if size > _DENSE * len(keys) + 65_536:
        found, places = np.unique(keys, return_inverse=True)
        return found, places
    present = np.zeros(size, dtype=bool)
    present[keys] = True
    found = np.flatnonzero(present)
    where = np.zeros(size, dtype=np.int64)
    where[found] = np.arange(len(found))
    return found, where[keys]


def order(keys: NDArray[np.int64] | NDArray[np.uint32], most: int) -> Keys:
    """Places that sort keys, those of one key in the order they stand.

    Args:
        keys: not negative.
        most: the largest of them.
    """
    # numpy sorts 16 bits by counting, several times faster than it compares
    found = np.argsort(keys.astype(np.uint16), kind="stable")
    bits = _RADIX_BITS
    while most >> bits:
        part = (keys[found] >> bits).astype(np.uint16)
        found = found[np.argsort(part, kind="stable")]
        bits += _RADIX_BITS
    return found


def sets_by_key(
    keys: Keys, entities: NDArray[np.uint32], size: int
) -> tuple[Keys, NDArray[np.uint32]]:
    """Keys, ascending, each with its entities, ascending and each once.

    Args:
        keys: one a row, from 0 to below `size`.
        entities: one a row, ascending.
        size: how many keys there may be.
    """
    if size <= _DENSE * len(keys) + 65_536:
        compiled = kernels.sets_by_key(keys, entities, size)
        if compiled is not None:
            return compiled
    sorting = order(keys, size - 1)
    keys, entities = keys[sorting], entities[sorting]
    is_fresh = np.ones(len(keys), dtype=bool)
    is_fresh[1:] = (entities[1:] != entities[:-1]) | (keys[1:] != keys[:-1])
    return keys[is_fresh], entities[is_fresh]


def slices(keys: Keys) -> Iterator[tuple[int, int, int]]:
    """Each key of sorted keys, and where its rows begin and end."""
    if not len(keys):
        return
    cuts = np.flatnonzero(keys[1:] != keys[:-1]) + 1
    starts = [0, *cuts.tolist()]
    yield from zip(keys[starts].tolist(), starts, [*starts[1:], len(keys)], strict=True)


def mixed(codes: Sequence[NDArray[np.uint8] | Keys], sizes: Sequence[int], count: int) -> Keys:
    """One number for several codes of a row.

    Args:
        codes: of each dimension, by row.
        sizes: how many codes each dimension has.
        count: of rows.
    """
    keys = np.zeros(count, dtype=np.int64)
    for own, size in zip(codes, sizes, strict=True):
        keys = keys * size + own
    return keys


def parts(key: int, sizes: Sequence[int]) -> tuple[int, ...]:
    """The codes that `mixed` made a number of."""
    found = []
    for size in reversed(sizes):
        key, code = divmod(key, size)
        found.append(code)
    return tuple(reversed(found))
