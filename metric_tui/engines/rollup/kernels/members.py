"""Compiled loops over entities; see the package about where they are not."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from metric_tui.engines.rollup.kernels import FINE, Wholes, library

Entities = NDArray[np.uint32]

_BYTES_A_ROW = 18
"""Of sets, at most: a row of a set and a container of its own."""


def sets_by_key(keys: Wholes, entities: Entities, size: int) -> tuple[Wholes, Entities] | None:
    """Keys, ascending, each with its entities, ascending and each once.

    Args:
        keys: one a row, from 0 to below `size`.
        entities: one a row, ascending.
        size: how many keys there may be.
    """
    functions = library()
    if functions is None:
        return None
    ends = np.empty(size, dtype=np.int64)
    own_keys, own = np.empty_like(keys), np.empty_like(entities)
    used = functions.sets_by_key(keys, entities, len(keys), size, ends, own_keys, own)
    return (own_keys[:used], own[:used]) if used >= 0 else None


def write_sets(
    keys: Wholes, entities: Entities, most_listed: int
) -> tuple[list[int], list[int], list[bytes]] | None:
    """Sets of entities as bytes, as `pages.bitmaps.serialized` gives them.

    Args:
        keys: ascending, one a row.
        entities: ascending within a key, each once.
        most_listed: a set of which more have the same upper half is left out: empty.

    Returns:
        The keys, where the rows of each begin and after the last end, and the bytes.
    """
    functions = library()
    if functions is None:
        return None
    room = len(keys) + 1
    data = np.empty(_BYTES_A_ROW * room, dtype=np.uint8)
    own_keys, firsts, ends = (np.empty(room, dtype=np.int64) for _ in range(3))
    count = functions.write_sets(
        keys, entities, len(keys), most_listed, data, own_keys, firsts, ends
    )
    bounds = [0, *ends[:count].tolist()]
    view = data.data
    written = [view[begin:end].tobytes() for begin, end in pairwise(bounds)]
    return own_keys[:count].tolist(), firsts[: count + 1].tolist(), written


def rows_of_new(parts: Sequence[NDArray[np.integer[Any]]], most: int) -> list[Wholes] | None:
    """The places, part by part, of the rows whose entity no row before them has.

    Args:
        parts: of the rows.
        most: the largest entity.
    """
    functions = library()
    if functions is None:
        return None
    met = _bits(most + 1)
    found = []
    for part in parts:
        rows = np.empty(len(part), dtype=np.int64)
        used = functions.rows_of_new(_short(part), len(part), met, most + 1, rows)
        if used < 0:
            return None
        found.append(rows[:used])
    return found


def count_distinct(
    groups: Wholes, entities: NDArray[np.integer[Any]], count: int, most: int
) -> Wholes | None:
    """How many different entities each group has.

    Args:
        groups: by row; empty where there is one group.
        entities: by row.
        count: of groups.
        most: the largest entity.
    """
    functions = library()
    if functions is None:
        return None
    counts = np.zeros(count, dtype=np.int64)
    status = functions.count_distinct(
        *(np.ascontiguousarray(groups), _short(entities), len(entities)),
        *(_bits((most + 1) * count), most + 1, counts, count),
    )
    return counts if status == FINE else None


def _bits(count: int) -> NDArray[np.uint64]:
    return np.zeros(-(-count // 64), dtype=np.uint64)


def _short(entities: NDArray[np.integer[Any]]) -> Entities:
    if entities.dtype == np.int32:
        # none is negative
        return np.ascontiguousarray(entities).view(np.uint32)
    return np.ascontiguousarray(entities, dtype=np.uint32)
