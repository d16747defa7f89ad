"""Compiled loops over rows read from pages, where the installation has them.

They are built with the package by a C compiler, if there is one (`hook.py`), and take less than half
the time that numpy takes for the same. Each function here gives None where they are not there, or where
they leave the rows to numpy: whoever calls does it by numpy then, which also tells what is wrong.
"""

import ctypes
import os
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

SOURCE = Path(__file__).with_name("kernels.c")
"""A library built of another source is not used: its functions may take other arguments."""

LIBRARY = Path(__file__).with_name("_kernels.so")

SWITCH = "METRIC_TUI_KERNELS"
"""Set to 0 in the environment, the compiled loops are not used."""

Bytes = NDArray[np.uint8]
Wholes = NDArray[np.int64]
Places = NDArray[np.signedinteger[Any]]
"""Places in pages, or kinds of values, of 32 bits or 64."""

FINE = 0

_BYTES, _WHOLES, _REALS, _SHORT, _PLACES, _BITS = (
    np.ctypeslib.ndpointer(dtype=kind, flags="C_CONTIGUOUS")
    for kind in (np.uint8, np.int64, np.float64, np.uint32, np.int32, np.uint64)
)
_NUMBER, _STATUS = ctypes.c_int64, ctypes.c_int


class _Table(ctypes.Structure):
    """Of the same layout as in `kernels.c`."""

    _fields_ = (
        ("slots", ctypes.c_void_p),
        ("mask", ctypes.c_int64),
        ("hashes", ctypes.c_void_p),
        ("kinds", ctypes.c_void_p),
        ("words", ctypes.POINTER(ctypes.c_void_p)),
        ("positions", ctypes.c_int64),
        ("most_bytes", ctypes.c_int64),
    )


_TABLE = ctypes.POINTER(_Table)

_SIGNATURES: dict[str, tuple[Any, tuple[Any, ...]]] = {
    "take_apart": (
        _STATUS,
        (_BYTES, _NUMBER, _WHOLES, *[_NUMBER] * 2, _BYTES, *[_NUMBER] * 2, _WHOLES, *[_PLACES] * 2),
    ),
    "find_codes": (_STATUS, (_BYTES, _NUMBER, *[_PLACES] * 2, _NUMBER, _TABLE, _WHOLES)),
    "read_times": (_STATUS, (_BYTES, _NUMBER, *[_PLACES] * 2, _NUMBER, _NUMBER, _WHOLES)),
    "read_seconds": (_STATUS, (_BYTES, _NUMBER, *[_PLACES] * 2, _NUMBER, _WHOLES)),
    "read_numbers": (
        _STATUS,
        (_BYTES, _NUMBER, *[_PLACES] * 2, _WHOLES, _NUMBER, _NUMBER, _BYTES, _WHOLES, _REALS),
    ),
    "write_sets": (
        _NUMBER,
        (_WHOLES, _SHORT, _NUMBER, _NUMBER, _BYTES, _WHOLES, _WHOLES, _WHOLES),
    ),
    "pack_numbers": (_STATUS, (_WHOLES, _WHOLES, _NUMBER, _BYTES, _WHOLES)),
    "enter_codes": (_STATUS, (_WHOLES, _NUMBER, _WHOLES, _NUMBER, _NUMBER)),
    "rows_of_new": (_NUMBER, (_SHORT, _NUMBER, _BITS, _NUMBER, _WHOLES)),
    "count_distinct": (_STATUS, (_WHOLES, _SHORT, _NUMBER, _BITS, _NUMBER, _WHOLES, _NUMBER)),
    "sets_by_key": (_NUMBER, (_WHOLES, _SHORT, _NUMBER, _NUMBER, _WHOLES, _WHOLES, _SHORT)),
}


@cache
def library() -> Any:
    """The compiled functions; None where they are not there or not wanted."""
    if os.environ.get(SWITCH) == "0":
        return None
    try:
        found = ctypes.CDLL(str(LIBRARY))
        found.kernels_version.restype = ctypes.c_int64
        if found.kernels_version() != zlib.crc32(SOURCE.read_bytes()):
            return None
        for name, (result, arguments) in _SIGNATURES.items():
            function = getattr(found, name)
            function.restype, function.argtypes = result, arguments
    except (OSError, AttributeError):
        return None
    return found


@dataclass(frozen=True, slots=True)
class Table:
    """The values of a column met before, by hash, as `coding.Coder` keeps them."""

    slots: Wholes
    """Codes, -1 where there is none; a power of two of them."""

    hashes: Wholes
    """By code."""

    kinds: Wholes
    """By code."""

    words: Sequence[NDArray[np.uint64]]
    """By position of eight bytes, of every code."""

    most_bytes: int
    """Longer values have no code."""

    def _compiled(self) -> _Table:
        pointers = (ctypes.c_void_p * len(self.words))(*(own.ctypes.data for own in self.words))
        return _Table(
            slots=self.slots.ctypes.data,
            mask=len(self.slots) - 1,
            hashes=self.hashes.ctypes.data,
            kinds=self.kinds.ctypes.data,
            words=pointers,
            positions=len(self.words),
            most_bytes=self.most_bytes,
        )


@dataclass(frozen=True, slots=True)
class Taken:
    """Where the values of pages stand, of shape wanted columns by rows but for `numbers`."""

    numbers: Wholes
    """Of rows."""

    kinds: NDArray[np.int32]
    begins: NDArray[np.int32]


def take_apart(
    data: Bytes, starts: Wholes, usable: int, wanted: Sequence[int], rows: int
) -> Taken | None:
    """Where the values of leaf pages stand.

    Args:
        data: pages, and bytes to spare behind them.
        starts: of each page in `data`.
        usable: bytes of a page that hold anything.
        wanted: ascending places of columns in the table.
        rows: how many the pages hold.
    """
    functions = library()
    if functions is None or list(wanted) != sorted(wanted):
        return None
    is_wanted = np.zeros(max(wanted, default=-1) + 1, dtype=np.uint8)
    is_wanted[list(wanted)] = 1
    # half the bytes of 64 bits: for several columns it is writing them that takes the time
    shape = len(wanted), rows
    taken = Taken(np.empty(rows, np.int64), np.empty(shape, np.int32), np.empty(shape, np.int32))
    status = functions.take_apart(
        *(data, len(data), starts, len(starts), usable, is_wanted, len(is_wanted), rows),
        *(taken.numbers, taken.kinds, taken.begins),
    )
    return taken if status == FINE else None


def find_codes(data: Bytes, kinds: Places, begins: Places, table: Table) -> Wholes | None:
    """The code of each value.

    Args:
        data: holds the values.
        kinds: of the values.
        begins: where each begins.
        table: of the values met before.

    Returns:
        By value; -1 where it has none.
    """
    functions = library()
    if functions is None:
        return None
    codes = np.empty(len(kinds), dtype=np.int64)
    compiled = ctypes.byref(table._compiled())
    status = functions.find_codes(
        data, len(data), *_narrow(kinds, begins), len(codes), compiled, codes
    )
    return codes if status == FINE else None


def enter_codes(slots: Wholes, hashes: Wholes, first: int, end: int) -> bool:
    """Enter codes into a table of hashes; whether that was done.

    Args:
        slots: the table; -1 where there is no code. More than `end`, a power of two.
        hashes: of codes.
        first: of the codes to enter.
        end: the code after the last of them.
    """
    functions = library()
    if functions is None:
        return False
    status = functions.enter_codes(slots, len(slots) - 1, hashes, first, end)
    return bool(status == FINE)


def read_times(data: Bytes, kinds: Places, begins: Places, between: str) -> Wholes | None:
    """The number that the digits of each time make, up to its minute.

    Args:
        data: holds the times.
        kinds: of the times.
        begins: where each begins.
        between: what stands between date and clock; empty for dates.
    """
    functions = library()
    if functions is None:
        return None
    moments = np.empty(len(kinds), dtype=np.int64)
    mark = ord(between) if between else 0
    status = functions.read_times(
        data, len(data), *_narrow(kinds, begins), len(moments), mark, moments
    )
    return moments if status == FINE else None


def read_seconds(data: Bytes, kinds: Places, begins: Places) -> Wholes | None:
    """Milliseconds since the minute of each time began; finer times than seconds are left."""
    functions = library()
    if functions is None:
        return None
    found = np.empty(len(begins), dtype=np.int64)
    status = functions.read_seconds(data, len(data), *_narrow(kinds, begins), len(begins), found)
    return found if status == FINE else None


def read_numbers(
    data: Bytes, kinds: Places, begins: Places, rows: Wholes, *, is_real: bool
) -> tuple[Bytes, Wholes, NDArray[np.float64]] | None:
    """What some values are: kinds of results as `expressions` counts them, wholes and reals.

    Args:
        data: holds the values.
        kinds: of all rows.
        begins: where each begins.
        rows: those that are wanted.
        is_real: whether the column's type turns whole numbers into floating ones.
    """
    functions = library()
    if functions is None:
        return None
    found = np.empty(len(rows), dtype=np.uint8)
    wholes, reals = np.empty(len(rows), dtype=np.int64), np.empty(len(rows), dtype=np.float64)
    status = functions.read_numbers(
        data, len(data), *_narrow(kinds, begins), rows, len(rows), is_real, found, wholes, reals
    )
    return (found, wholes, reals) if status == FINE else None


def pack_numbers(
    numbers: Wholes, bounds: Sequence[int]
) -> list[tuple[int, int, int, bytes]] | None:
    """Columns of whole numbers, as `logs.parts.packed` gives them.

    Args:
        numbers: of one column behind the other.
        bounds: where each begins, and where the last one ends; none is empty.
    """
    functions = library()
    if functions is None:
        return None
    count = len(bounds) - 1
    planes = np.empty(8 * len(numbers), dtype=np.uint8)
    told = np.empty((count, 3), dtype=np.int64)
    cuts = np.array(bounds, dtype=np.int64)
    if functions.pack_numbers(numbers, cuts, count, planes, told) != FINE:
        return None
    view = planes.data
    return [
        (least, unit, width, view[8 * begin : 8 * begin + width * (end - begin)].tobytes())
        for (begin, end), (least, unit, width) in zip(pairwise(bounds), told.tolist(), strict=True)
    ]


def _narrow(*several: Places) -> tuple[NDArray[np.int32], ...]:
    """Arrays of 32 bits, which hold any place of pages read at once and any kind of value in them."""
    return tuple(own.astype(np.int32, copy=False) for own in several)
