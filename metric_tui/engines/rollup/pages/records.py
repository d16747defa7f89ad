"""Takes apart the records of leaf pages: where each column's value of each row stands."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

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
    kinds: NDArray[np.int64]
    starts: Places
    widths: Places
    codes: Places | None = None
    """Of values met before, -1 for others; None where nobody has looked."""

    def of(self, rows: NDArray[np.int64]) -> "Values":
        """Those of some rows."""
        codes = None if self.codes is None else self.codes[rows]
        return Values(self.data, self.kinds[rows], self.starts[rows], self.widths[rows], codes)

    def words(self, places: Places) -> NDArray[np.uint64]:
        """The eight bytes from each place on, the first the lowest, whatever they are."""
        size = len(self.data) - 7
        view = np.ndarray(shape=(size,), dtype="<u8", buffer=self.data.data, strides=(1,))
        return view[places]

    def python(self, row: int) -> int | float | str | bytes | None:
        """One value as SQLite would hand it out, but for what its column's type makes of it."""
        kind, start, width = int(self.kinds[row]), int(self.starts[row]), int(self.widths[row])
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
        widths = self.widths[rows]
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


def records(
    pages: Pages,
    usable: int,
    wanted: Sequence[int],
    tables: Mapping[int, kernels.Table] = MappingProxyType({}),
) -> Records:
    """Take apart the rows of leaf pages.

    Args:
        pages: leaf pages of one table.
        usable: bytes of a page that hold anything.
        wanted: ascending places of the columns to be found.
        tables: by place, what is known of columns whose values have codes.

    Raises:
        Unreadable: a row runs over its page, or is of fewer columns than the table.
    """
    try:
        found = _compiled_records(pages, usable, wanted, tables)
        return _records(pages, usable, wanted) if found is None else found
    except IndexError as error:
        raise Unreadable("a damaged page") from error


def _compiled_records(
    pages: Pages, usable: int, wanted: Sequence[int], tables: Mapping[int, kernels.Table]
) -> Records | None:
    rows = int(_two_bytes(pages.data, pages.starts + 3).sum())
    own = [tables.get(column) for column in wanted]
    found = kernels.take_apart(pages.data, pages.starts, usable, wanted, rows, own)
    if found is None:
        return None
    columns = {}
    for index, (column, table) in enumerate(zip(wanted, own, strict=True)):
        codes = None if table is None else found.codes[index]
        columns[column] = Values(
            pages.data, found.kinds[index], found.begins[index], found.widths[index], codes
        )
    return Records(found.numbers, columns)


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
        widths = _WIDTHS[np.minimum(kinds, _ONE_BYTE)]
        long = np.flatnonzero(kinds >= _ONE_BYTE)
        if long.size:
            widths[long] = (kinds[long] - FIRST_BLOB) // 2
        if column in wanted_here:
            columns[column] = Values(data, kinds, body, widths)
        if column < last:
            body = body + widths
    if (place > header_end).any():
        raise Unreadable("rows from before a column was added")
    if (body + widths > begun + lengths).any():
        raise Unreadable("a damaged row")
    return Records(numbers, columns)


def _two_bytes(data: Bytes, places: Places) -> Places:
    high: Places = data[places].astype(np.int64) << 8
    return high | data[places + 1]
