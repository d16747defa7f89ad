"""A day's rows in memory, by time."""

from bisect import bisect_left
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from metric_tui.base.series import Cell, Group
from metric_tui.engines.rollup.pack import as_sqlite_sorts
from metric_tui.engines.rollup.readings import Reading
from metric_tui.engines.rollup.spaces import Lens
from metric_tui.engines.rollup.where import CannotTell

Places = NDArray[np.int32]
Numbers = NDArray[Any]
"""Whole or floating."""

Members = Callable[[Sequence[Cell]], NDArray[np.uint32]]
"""The numbers of entities; raises `CannotTell` where one has none."""

Packed = tuple[Any, ...]
"""Rows as values that `marshal` writes: of arrays the type and the bytes, of the rest lists."""

_MOST_REMEMBERED = 24
"""Arrays of a day's rows that measures share, before all are made anew."""


@dataclass(slots=True, eq=False)
class Values:
    """One value of each row, as far as rows have any."""

    present: NDArray[np.bool_]
    """Which are not null."""

    read: Numbers | Sequence[Cell]
    """By row; an array, with 0 for null, where all are whole or all are floating."""

    _numbers: Numbers | None = None
    _entities: NDArray[np.uint32] | None = None

    @classmethod
    def of(cls, read: Sequence[Cell]) -> "Values":
        """From values as they are read; whoever has them may let go of them."""
        present = np.array([value is not None for value in read], dtype=bool)
        kinds = {type(value) for value in read if value is not None}
        if kinds in ({int}, {float}):
            try:
                dtype = np.int64 if kinds == {int} else np.float64
                return cls(present, np.array([value or 0 for value in read], dtype=dtype))
            except OverflowError:
                pass
        return cls(present, read)

    @property
    def packed(self) -> Packed:
        """As plain values."""
        return _packed(self.present), _packed(self.read)

    @classmethod
    def of_packed(cls, packed: Packed) -> "Values":
        """From plain values."""
        present, read = packed
        return cls(_unpacked(present), _unpacked(read))

    @property
    def numbers(self) -> Numbers:
        """The values as numbers, 0 for null.

        Raises:
            CannotTell: some are no numbers, or too large to be added up here.
        """
        if isinstance(self.read, np.ndarray):
            return self.read
        if self._numbers is None:
            found = np.array([0 if value is None else value for value in self.read])
            if len(found) and found.dtype.kind not in "if":
                raise CannotTell
            self._numbers = found
        return self._numbers

    def entities(self, members: Members) -> NDArray[np.uint32]:
        """The values as entities, 0 for null.

        Raises:
            CannotTell: one has no number.
        """
        if self._entities is None:
            rows = np.flatnonzero(self.present).tolist()
            found = np.zeros(len(self.present), dtype=np.uint32)
            every = self.read.tolist() if isinstance(self.read, np.ndarray) else self.read
            found[rows] = members([every[row] for row in rows])
            self._entities = found
        return self._entities


@dataclass(frozen=True, slots=True)
class Times:
    """When rows happened, as the store writes what bounds are compared with; ascending."""

    read: NDArray[Any] | Sequence[Cell]
    """By row; an array where all are numbers, or all are texts of which it holds the bytes."""

    @classmethod
    def of(cls, read: Sequence[Cell]) -> "Times":
        """From times as they are read."""
        kinds = {type(time) for time in read}
        with suppress(UnicodeEncodeError, OverflowError):
            if kinds == {str}:
                # texts compare byte by byte, a shorter one first, in arrays as in SQLite
                return cls(np.array(read, dtype=bytes))
            if kinds and kinds <= {int, float}:
                return cls(np.array(read))
        return cls(read)

    def before(self, bounds: Sequence[Cell]) -> list[int]:
        """How many rows are before each of some bounds, all numbers or all texts."""
        read, is_text = self.read, isinstance(bounds[0], str)
        if isinstance(read, np.ndarray) and (read.dtype.kind == "S") == is_text:
            wanted = np.array(bounds, dtype=bytes if is_text else None)
            found: list[int] = np.searchsorted(read, wanted).tolist()
            return found
        times: Sequence[Any] = read.tolist() if isinstance(read, np.ndarray) else read
        return [bisect_left(times, as_sqlite_sorts(bound), key=as_sqlite_sorts) for bound in bounds]


@dataclass(frozen=True, slots=True, eq=False)
class DayRows:
    """A day's rows of those events that are read together, by time."""

    reading: Reading
    times: Times
    events: Places
    """Codes."""

    cells: Places
    """Places among `groups`."""

    groups: Sequence[Group]
    """The values of all dimensions of a space."""

    slots: Sequence[Values]
    """As in the reading."""

    _memo: dict[object, Any] = field(default_factory=dict)
    """What measures of one question share."""

    @property
    def packed(self) -> Packed:
        """As plain values."""
        arrays = (_packed(self.times.read), _packed(self.events), _packed(self.cells))
        return (*arrays, list(self.groups), [values.packed for values in self.slots])

    @classmethod
    def of_packed(cls, reading: Reading, packed: Packed) -> "DayRows":
        """From plain values."""
        times, events, cells, groups, slots = packed
        return cls(
            reading=reading,
            times=Times(_unpacked(times)),
            events=_unpacked(events),
            cells=_unpacked(cells),
            groups=groups,
            slots=[Values.of_packed(own) for own in slots],
        )

    def __len__(self) -> int:
        return len(self.events)

    def parts(self, bounds: tuple[Cell, ...]) -> Places:
        """By row, how many of some ascending bounds, at least one, it has reached."""

        def make() -> Places:
            sizes = np.diff(self.times.before(bounds), prepend=0, append=len(self))
            return np.repeat(np.arange(len(sizes), dtype=np.int32), sizes)

        found: Places = self._remembered(bounds, make)
        return found

    def of_event(self, code: int) -> Places:
        """The rows of an event."""

        def make() -> Places:
            return np.flatnonzero(self.events == code).astype(np.int32)

        found: Places = self._remembered(code, make)
        return found

    def by_lens(self, lens: Lens) -> tuple[Sequence[Group], Places]:
        """The groups of a lens that rows are in, and by row the place of its own."""

        def make() -> tuple[Sequence[Group], Places]:
            groups: dict[Group, int] = {}
            names = [tuple([group[index] for index in lens]) for group in self.groups]
            places = [groups.setdefault(name, len(groups)) for name in names]
            return list(groups), np.array(places, dtype=np.int32)[self.cells]

        found: tuple[Sequence[Group], Places] = self._remembered(("lens", *lens), make)
        return found

    def _remembered(self, key: object, make: Callable[[], Any]) -> Any:
        if key not in self._memo:
            if len(self._memo) >= _MOST_REMEMBERED:
                self._memo.clear()
            self._memo[key] = make()
        return self._memo[key]


def _packed(values: NDArray[Any] | Sequence[Cell]) -> Any:
    if isinstance(values, np.ndarray):
        return (values.dtype.str, values.tobytes())
    return list(values)


def _unpacked(packed: Any) -> Any:
    return np.frombuffer(packed[1], dtype=packed[0]) if isinstance(packed, tuple) else packed
