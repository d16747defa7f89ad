"""Partials as bytes: day rows of numbers, and sets of entities, per group of a lens."""

import marshal
import zlib
from array import array
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from metric_tui.base.series import Group
from metric_tui.engines.rollup.tracks import Merge

BLOCK_DAYS = 32
"""Days whose numbers stand in one row of the cache."""

NOTHING: dict[Merge, float] = {"add": 0, "min": float("inf"), "max": float("-inf")}
"""What a day without values holds, by how values are joined."""

Packed = tuple[tuple[str, bytes], ...]
"""Each column's typecode and its `BLOCK_DAYS` numbers."""

Columns = list[list[Any]]
"""The `BLOCK_DAYS` numbers of each column of one group."""


class Damaged(Exception):
    """Bytes of the cache are not what was written."""


def day_number(day: date) -> int:
    """A day as the whole number that cache rows are sorted by."""
    return day.toordinal()


def joined(merge: Merge, left: Any, right: Any) -> Any:
    """Two partials of one column; None is nothing."""
    if left is None or right is None:
        return right if left is None else left
    if merge == "add":
        return left + right
    choose = min if merge == "min" else max
    try:
        return choose(left, right)
    except TypeError:
        return choose(left, right, key=as_sqlite_sorts)


def as_sqlite_sorts(value: Any) -> tuple[int, Any]:
    """Numbers, then text, then blobs."""
    return (1 if isinstance(value, str) else 2 if isinstance(value, bytes) else 0, value)


def empty_columns(merges: Sequence[Merge]) -> Columns:
    """The columns of a block in which nothing was measured."""
    return [[NOTHING[merge]] * BLOCK_DAYS for merge in merges]


def pack_columns(columns: Columns) -> Packed:
    """The numbers of one group, each column in the smallest type that holds them."""
    return tuple(map(_packed, columns))


def _packed(numbers: Sequence[Any]) -> tuple[str, bytes]:
    for code in "BHIq":
        try:
            return code, array(code, numbers).tobytes()
        except (TypeError, OverflowError):
            continue
    return "d", array("d", numbers).tobytes()


def merge_packed(left: Packed, right: Packed, merges: Sequence[Merge]) -> Packed:
    """Two packed groups of one block as one."""
    columns = zip(left, right, merges, strict=True)
    return tuple(_merged(one, other, merge) for one, other, merge in columns)


def _merged(left: tuple[str, bytes], right: tuple[str, bytes], merge: Merge) -> tuple[str, bytes]:
    nothing = NOTHING[merge]
    every = numbers(left).tolist()
    # what is new lies mostly on a day or two of the block
    for place, value in enumerate(numbers(right).tolist()):
        if value != nothing:
            every[place] = joined(merge, every[place], value)
    return _packed(every)


def numbers(column: tuple[str, bytes]) -> "memoryview[Any]":
    """A packed column's numbers, one per day of the block."""
    code, data = column
    view: memoryview[Any] = memoryview(data).cast(code)  # type: ignore[call-overload]
    return view


def merge_blocks(
    left: Mapping[Group, Packed], right: Mapping[Group, Packed], merges: Sequence[Merge]
) -> dict[Group, Packed]:
    """Two blocks of one track and lens as one."""
    found = dict(left)
    for group, packed in right.items():
        found[group] = merge_packed(found[group], packed, merges) if group in found else packed
    return found


def merge_sets(left: Mapping[Group, bytes], right: Mapping[Group, bytes]) -> dict[Group, bytes]:
    """Two days' sets of one track and lens as one."""
    from pyroaring import BitMap

    found = dict(left)
    for group, data in right.items():
        if group in found:
            union = BitMap.deserialize(found[group]) | BitMap.deserialize(data)
            found[group] = union.serialize()
        else:
            found[group] = data
    return found


def united(parts: Sequence[Any]) -> Any:
    """One set of entities from sets and arrays of numbers."""
    from pyroaring import BitMap

    sets = [part for part in parts if not isinstance(part, array)]
    if len(sets) < len(parts):
        loose = [part for part in parts if isinstance(part, array)]
        sets.append(BitMap(loose[0] if len(loose) == 1 else array("I", b"".join(loose))))
    if len(sets) == 1:
        return sets[0]
    # for a few sets this is several times faster than one union of all
    union = sets[0] | sets[1]
    for part in sets[2:]:
        union |= part
    return union


def bitmap(entities: Any) -> Any:
    """A set of entities that somebody may have read from its bytes before."""
    from pyroaring import BitMap

    return BitMap.deserialize(entities) if isinstance(entities, bytes) else entities


def to_bytes(value: Mapping[Any, Any]) -> tuple[bytes, int]:
    """A row of the cache with its checksum."""
    data = marshal.dumps(dict(value))
    return data, zlib.crc32(data)


def from_bytes(data: bytes, checksum: int) -> dict[Any, Any]:
    """A row of the cache.

    Raises:
        Damaged: the bytes are others than those written.
    """
    # marshal trusts its input, so nothing unchecked may reach it
    if not isinstance(data, bytes) or zlib.crc32(data) != checksum:
        raise Damaged("a row of the cache is damaged")
    found: dict[Any, Any] = marshal.loads(data)
    return found
