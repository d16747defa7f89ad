"""Compiled loops over rows read from pages, where the installation has them.

They are built with the package by a C compiler, if there is one (`hook.py`), and take a third of the
time that numpy takes for the same. Each function here gives None where they are not there, or where
they leave the rows to numpy: whoever calls does it by numpy then, which also tells what is wrong.
"""

import ctypes
import os
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

VERSION = 1
"""Of the functions; a library of another one is not used."""

LIBRARY = Path(__file__).with_name("_kernels.so")

SWITCH = "METRIC_TUI_KERNELS"
"""Set to 0 in the environment, the compiled loops are not used."""

Bytes = NDArray[np.uint8]
Wholes = NDArray[np.int64]

_FINE = 0

_BYTES, _WHOLES, _REALS, _SHORT = (
    np.ctypeslib.ndpointer(dtype=kind, flags="C_CONTIGUOUS")
    for kind in (np.uint8, np.int64, np.float64, np.uint32)
)
_NUMBER, _WORDS = ctypes.c_int64, ctypes.POINTER(ctypes.c_void_p)
_STATUS = ctypes.c_int

_SIGNATURES: dict[str, tuple[Any, tuple[Any, ...]]] = {
    "take_apart": (
        _STATUS,
        (_BYTES, _NUMBER, _WHOLES, _NUMBER, _NUMBER, _BYTES, _NUMBER, _NUMBER, *[_WHOLES] * 4),
    ),
    "find_codes": (
        _STATUS,
        (
            *(_BYTES, _NUMBER, *[_WHOLES] * 3, _NUMBER, _NUMBER),
            *(_WHOLES, _NUMBER, _WHOLES, _WHOLES, _WORDS, _NUMBER, _WHOLES),
        ),
    ),
    "read_times": (_STATUS, (_BYTES, _NUMBER, *[_WHOLES] * 3, _NUMBER, _NUMBER, _WHOLES)),
    "read_seconds": (_STATUS, (_BYTES, _NUMBER, _WHOLES, _WHOLES, _NUMBER, _WHOLES)),
    "read_numbers": (
        _STATUS,
        (_BYTES, _NUMBER, *[_WHOLES] * 3, _NUMBER, _NUMBER, _BYTES, _WHOLES, _REALS),
    ),
    "pack_numbers": (_STATUS, (_WHOLES, _NUMBER, _NUMBER, _BYTES, _WHOLES)),
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
        if found.kernels_version() != VERSION:
            return None
        for name, (result, arguments) in _SIGNATURES.items():
            function = getattr(found, name)
            function.restype, function.argtypes = result, arguments
    except (OSError, AttributeError):
        return None
    return found


def take_apart(
    data: Bytes, starts: Wholes, usable: int, wanted: Sequence[int], rows: int
) -> tuple[Wholes, Wholes, Wholes, Wholes] | None:
    """Where the values of leaf pages stand.

    Args:
        data: pages, and bytes to spare behind them.
        starts: of each page in `data`.
        usable: bytes of a page that hold anything.
        wanted: ascending places of columns in the table.
        rows: how many the pages hold.

    Returns:
        The rows' numbers; then, of shape wanted columns by rows: kinds, where values begin, and
        how many bytes each has.
    """
    functions = library()
    if functions is None or list(wanted) != sorted(wanted):
        return None
    is_wanted = np.zeros(max(wanted, default=-1) + 1, dtype=np.uint8)
    is_wanted[list(wanted)] = 1
    numbers = np.empty(rows, dtype=np.int64)
    kinds, begins, widths = (np.empty((len(wanted), rows), dtype=np.int64) for _ in range(3))
    status = functions.take_apart(
        *(data, len(data), starts, len(starts), usable, is_wanted, len(is_wanted), rows),
        *(numbers, kinds, begins, widths),
    )
    return (numbers, kinds, begins, widths) if status == _FINE else None


def find_codes(
    data: Bytes,
    values: tuple[Wholes, Wholes, Wholes],
    most_bytes: int,
    known: tuple[Wholes, Wholes, Wholes],
    words: Sequence[NDArray[np.uint64]],
) -> Wholes | None:
    """The code of each value in a table of hashes, as `coding.Coder` keeps it.

    Args:
        data: holds the values.
        values: kinds, where they begin, and how many bytes each has.
        most_bytes: longer ones are left to numpy.
        known: the table's slots, and of each code the hash and the kind.
        words: by position of eight bytes, of every code.

    Returns:
        By value; -1 where it has none.
    """
    functions = library()
    if functions is None:
        return None
    kinds, begins, widths = values
    slots, hashes, code_kinds = known
    codes = np.empty(len(kinds), dtype=np.int64)
    pointers = (ctypes.c_void_p * len(words))(*(own.ctypes.data for own in words))
    status = functions.find_codes(
        *(data, len(data), kinds, begins, widths, len(kinds), most_bytes),
        *(slots, len(slots) - 1, hashes, code_kinds, pointers, len(words), codes),
    )
    return codes if status == _FINE else None


def read_times(data: Bytes, values: tuple[Wholes, Wholes, Wholes], between: str) -> Wholes | None:
    """The number that the digits of each time make, up to its minute.

    Args:
        data: holds the times.
        values: kinds, where they begin, and how many bytes each has.
        between: what stands between date and clock; empty for dates.
    """
    functions = library()
    if functions is None:
        return None
    moments = np.empty(len(values[0]), dtype=np.int64)
    mark = ord(between) if between else 0
    status = functions.read_times(data, len(data), *values, len(moments), mark, moments)
    return moments if status == _FINE else None


def read_seconds(data: Bytes, begins: Wholes, widths: Wholes) -> Wholes | None:
    """Milliseconds since the minute of each time began; finer times than seconds are left."""
    functions = library()
    if functions is None:
        return None
    found = np.empty(len(begins), dtype=np.int64)
    status = functions.read_seconds(data, len(data), begins, widths, len(begins), found)
    return found if status == _FINE else None


def read_numbers(
    data: Bytes, kinds: Wholes, begins: Wholes, rows: Wholes, *, is_real: bool
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
        data, len(data), kinds, begins, rows, len(rows), is_real, found, wholes, reals
    )
    return (found, wholes, reals) if status == _FINE else None


def sets_by_key(
    keys: Wholes, entities: NDArray[np.uint32], size: int
) -> tuple[Wholes, NDArray[np.uint32]] | None:
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


def pack_numbers(numbers: Wholes, most_unit: int) -> tuple[int, int, int, bytes] | None:
    """A column of whole numbers, as `logs.parts.packed` gives it.

    Args:
        numbers: at least one.
        most_unit: what they are divided by where that leaves no rest.
    """
    functions = library()
    if functions is None:
        return None
    planes, told = np.empty(8 * len(numbers), dtype=np.uint8), np.empty(3, dtype=np.int64)
    if functions.pack_numbers(numbers, len(numbers), most_unit, planes, told) != _FINE:
        return None
    least, unit, width = told.tolist()
    return least, unit, width, planes[: width * len(numbers)].tobytes()
