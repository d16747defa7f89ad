"""Sets of entities as bytes, many at once, in the portable format of roaring bitmaps.

The format is that of https://github.com/RoaringBitmap/RoaringFormatSpec, without runs. Sets that
are dense somewhere are left to pyroaring, which reads them all.
"""

import struct
from array import array
from collections.abc import Iterator
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from metric_tui.engines.rollup.kernels import members as kernels
from metric_tui.engines.rollup.pages.groups import Keys, slices

COOKIE = 12346
"""Stands before a bitmap without runs."""

MOST_LISTED = 4096
"""Entities of one container up to which they are listed; more are marked in a field of bits."""

_SPLIT = 16


def serialized(keys: Keys, entities: NDArray[np.uint32]) -> Iterator[tuple[int, bytes]]:
    """Each key and the bytes of its set.

    Args:
        keys: ascending.
        entities: by row; ascending within a key, each once.
    """
    if not len(keys):
        return
    compiled = kernels.write_sets(keys, entities, MOST_LISTED)
    if compiled is not None:
        for key, (low, high), data in zip(
            compiled[0], pairwise(compiled[1]), compiled[2], strict=True
        ):
            yield key, data or _by_library(entities[low:high])
        return
    upper = (entities >> _SPLIT).astype(np.uint16)
    begins = np.ones(len(keys), dtype=bool)
    begins[1:] = (keys[1:] != keys[:-1]) | (upper[1:] != upper[:-1])
    starts = np.flatnonzero(begins)
    sizes = np.diff(starts, append=len(keys))
    heads = np.empty((len(starts), 2), dtype="<u2")
    heads[:, 0] = upper[starts]
    heads[:, 1] = sizes - 1
    own = keys[starts]
    spans = list(slices(own))
    counts = np.array([end - begin for _, begin, end in spans])
    firsts = np.repeat(starts[[begin for _, begin, _ in spans]], counts)
    # cookie and count, then a head and an offset of four bytes each for every container
    offsets = (8 + 8 * np.repeat(counts, counts) + 2 * (starts - firsts)).astype("<u4")
    listed = entities.astype("<u2").tobytes()
    all_heads, all_offsets = heads.tobytes(), offsets.tobytes()
    bounds = [*starts.tolist(), len(keys)]
    dense = sizes > MOST_LISTED
    any_dense = bool(dense.any())
    for key, begin, end in spans:
        low, high = bounds[begin], bounds[end]
        if any_dense and dense[begin:end].any():
            yield key, _by_library(entities[low:high])
            continue
        yield (
            key,
            b"".join(
                (
                    struct.pack("<II", COOKIE, end - begin),
                    all_heads[4 * begin : 4 * end],
                    all_offsets[4 * begin : 4 * end],
                    listed[2 * low : 2 * high],
                )
            ),
        )


def _by_library(entities: NDArray[np.uint32]) -> bytes:
    from pyroaring import BitMap

    return bytes(BitMap(array("I", entities.tobytes())).serialize())
