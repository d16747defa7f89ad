"""Many small parts of a day as one, so that a store that is refreshed all day keeps few of them."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from metric_tui.engines.rollup.codes import number_of
from metric_tui.engines.rollup.logs.packing import part_of
from metric_tui.engines.rollup.logs.parts import Part, group_of
from metric_tui.engines.rollup.logs.reading import unpacked

MOST_PARTS = 24
"""Of one day, beyond which they become one."""


def merged(parts: Mapping[int, Part]) -> dict[int, Part]:
    """Parts of one day and log, by the numbers of their first rows, as one if there are many."""
    if len(parts) <= MOST_PARTS:
        return dict(parts)
    ordered = sorted(parts)
    values = _joined_values([parts[rank][0] for rank in ordered])
    sizes = [len(own) for own in values]
    codes: list[dict[Any, int]] = [
        {value: code for code, value in reversed(list(enumerate(own)))} for own in values
    ]
    rows = []
    for rank in ordered:
        own, count, first, (cells, since, *rest), reals = parts[rank]
        kept = np.frombuffer(reals) if reals else unpacked(rest[0], count)
        moments = first + np.cumsum(unpacked(since, count), dtype=np.int64)
        met, number = np.unique(unpacked(cells, count), return_inverse=True)
        groups = [group_of(cell, own) for cell in met.tolist()]
        known = [
            number_of([codes[index][value] for index, value in enumerate(group)], sizes)
            for group in groups
        ]
        rows.append((np.array(known, dtype=np.int64)[number], kept, moments))
    cells_now, kept_now, moments_now = map(np.concatenate, zip(*rows, strict=True))
    # rows of one moment keep their order
    order = np.argsort(moments_now, kind="stable")
    part = part_of(cells_now[order], kept_now[order], moments_now[order], values)
    return {ordered[0]: part}


def _joined_values(several: Sequence[tuple[tuple[Any, ...], ...]]) -> tuple[tuple[Any, ...], ...]:
    return tuple(
        tuple(dict.fromkeys(value for own in dimension for value in own))
        for dimension in zip(*several, strict=True)
    )
