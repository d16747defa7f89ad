"""Takes apart the records of leaf pages: where each column's value of each row stands."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from metric_tui.engines.rollup import kernels
from metric_tui.engines.rollup.pages.file import LEAF, Bytes, Pages, Unreadable
from metric_tui.engines.rollup.pages.varints import Places, varints

NULL, FLOAT, FALSE, TRUE, FIRST_BLOB, FIRST_TEXT = 0, 7, 8, 9, 12, 13
"""Kinds of values, called serial types by SQLite; 1 to 6 are whole numbers of so many bytes."""

_ONE_BYTE = 128
_WIDTHS = np.array(
    [0, 1, 2, 3, 4, 6, 8, 8, 0, 0, 0, 0, *((k - 12) // 2 for k in range(12, _ONE_BYTE)), 0],
    dtype=np.int64,
)
"""Bytes of a value by its kind."""


@dataclass(frozen=True, slots=True)
class Values:
    """One column's values as they stand in the pages, by row."""

    data: Bytes
    kinds: kernels.Places
    starts: kernels.Places

    @property
    def widths(self) -> Places:
        """How many bytes each has."""
        return _widths(self.kinds)

    def of(self, rows: NDArray[np.int64]) -> "Values":
        """Those of some rows."""
        return Values(self.data, self.kinds[rows], self.starts[rows])

    def words(self, places: kernels.Places) -> NDArray[np.uint64]:
        """The eight bytes from each place on, the first the lowest, whatever they are."""
        size = len(self.data) - 7
        view = np.ndarray(shape=(size,), dtype="<u8", buffer=self.data.data, strides=(1,))
        return view[places]

    def python(self, row: int) -> int | float | str | bytes | None:
        """One value as SQLite would hand it out, but for what its column's type makes of it."""
        kind, start = int(self.kinds[row]), int(self.starts[row])
        width = (kind - FIRST_BLOB) // 2 if kind >= FIRST_BLOB else int(_WIDTHS[kind])
        data = self.data[start : start + width].tobytes()
        if kind == NULL:
            return None
        if kind == FLOAT:
            return float(np.frombuffer(data, dtype=">f8")[0])
        if kind in (FALSE, TRUE):
            return int(kind == TRUE)
        if kind < FIRST_BLOB:
            return int.from_bytes(data, "big", signed=True)
        if kind % 2 == 0:
            return data
        try:
            return data.decode()
        except UnicodeDecodeError as error:
            raise Unreadable("text that is no UTF-8") from error

    def integers(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """Whole numbers of rows that hold such."""
        words = self.words(self.starts[rows]).byteswap().view(np.int64)
        widths = _widths(self.kinds[rows])
        numbers: NDArray[np.int64] = words >> (64 - 8 * np.maximum(widths, 1))
        if not widths.all():
            numbers = np.where(widths == 0, self.kinds[rows] == TRUE, numbers)
        return numbers

    def floats(self, rows: NDArray[np.int64]) -> NDArray[np.float64]:
        """Floating numbers of rows that hold such."""
        return self.words(self.starts[rows]).byteswap().view(np.float64)


@dataclass(frozen=True, slots=True)
class Records:
    """The rows of some pages."""

    numbers: NDArray[np.int64]
    """Each row's number, ascending as the pages are."""

    columns: dict[int, Values]
    """By the column's place in the table."""


def records(pages: Pages, usable: int, wanted: Sequence[int]) -> Records:
    """Take apart the rows of leaf pages.

    Args:
        pages: leaf pages of one table.
        usable: bytes of a page that hold anything.
        wanted: ascending places of the columns to be found.

    Raises:
        Unreadable: a row runs over its page, or is of fewer columns than the table.
    """
    try:
        found = _compiled_records(pages, usable, wanted)
        return _records(pages, usable, wanted) if found is None else found
    except IndexError as error:
        raise Unreadable("a damaged page") from error


def _compiled_records(pages: Pages, usable: int, wanted: Sequence[int]) -> Records | None:
    rows = int(_two_bytes(pages.data, pages.starts + 3).sum())
    found = kernels.take_apart(pages.data, pages.starts, usable, wanted, rows)
    if found is None:
        return None
    columns = zip(wanted, found.kinds, found.begins, strict=True)
    return Records(
        found.numbers,
        {place: Values(pages.data, kinds, begins) for place, kinds, begins in columns},
    )


def _records(pages: Pages, usable: int, wanted: Sequence[int]) -> Records:
    data, starts = pages.data, pages.starts
    if (data[starts] != LEAF).any():
        raise Unreadable("a page of another kind")
    counts = _two_bytes(data, starts + 3)
    first = np.repeat(np.cumsum(counts) - counts, counts)
    page = np.repeat(starts, counts)
    pointer = page + 8 + 2 * (np.arange(len(page)) - first)
    lengths, place = varints(data, page + _two_bytes(data, pointer))
    numbers, place = varints(data, place)
    # more than this does not stay on the page
    if (lengths > usable - 35).any():
        raise Unreadable("a row longer than a page")
    begun = place
    header, place = varints(data, place)
    header_end, body = begun + header, begun + header
    columns: dict[int, Values] = {}
    widths = np.zeros(len(body), dtype=np.int64)
    wanted_here = set(wanted)
    last = max(wanted, default=-1)
    for column in range(last + 1):
        kinds, place = varints(data, place)
        widths = _widths(kinds)
        if column in wanted_here:
            columns[column] = Values(data, kinds, body)
        if column < last:
            body = body + widths
    if (place > header_end).any():
        raise Unreadable("rows from before a column was added")
    if (body + widths > begun + lengths).any():
        raise Unreadable("a damaged row")
    return Records(numbers, columns)


def _widths(kinds: kernels.Places) -> Places:
    widths: Places = _WIDTHS[np.minimum(kinds, _ONE_BYTE)]
    long = np.flatnonzero(kinds >= _ONE_BYTE)
    if long.size:
        widths[long] = (kinds[long] - FIRST_BLOB) // 2
    return widths


def _two_bytes(data: Bytes, places: Places) -> Places:
    high: Places = data[places].astype(np.int64) << 8
    return high | data[places + 1]
