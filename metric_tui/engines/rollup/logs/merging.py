"""Many small parts of a day as one, so that a store that is refreshed all day keeps few of them."""

from array import array
from collections.abc import Mapping, Sequence
from itertools import accumulate
from typing import Any

from metric_tui.engines.rollup.codes import number_of
from metric_tui.engines.rollup.logs.parts import Part, Whole, group_of
from metric_tui.engines.rollup.logs.roll import part_of

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
    rows: list[tuple[int, Any, int]] = []
    for rank in ordered:
        own, count, first, (cells, since, *rest), reals = parts[rank]
        moments = accumulate(_numbers(since, count), initial=first)
        next(moments)
        kept = array("d", reals) if reals else _numbers(rest[0], count)
        known: dict[int, int] = {}
        for cell in set(_numbers(cells, count)):
            group = group_of(cell, own)
            places = [codes[index][value] for index, value in enumerate(group)]
            known[cell] = number_of(places, sizes)
        places = [known[cell] for cell in _numbers(cells, count)]
        rows += zip(places, kept, moments, strict=True)
    # sorting keeps the order of rows of one moment
    rows.sort(key=lambda row: row[2])
    return {ordered[0]: part_of(rows, values)}


def _joined_values(several: Sequence[tuple[tuple[Any, ...], ...]]) -> tuple[tuple[Any, ...], ...]:
    return tuple(
        tuple(dict.fromkeys(value for own in dimension for value in own))
        for dimension in zip(*several, strict=True)
    )


def _numbers(whole: Whole, count: int) -> list[int]:
    least, unit, width, planes = whole
    found = [0] * count
    for place in reversed(range(width)):
        plane = planes[place * count : (place + 1) * count]
        found = [number << 8 | byte for number, byte in zip(found, plane, strict=True)]
    return [least + unit * number for number in found]
