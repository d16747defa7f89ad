"""Logs in memory: their days, read from the cache when first asked for."""

import math
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from metric_tui.engines.rollup.cache import Cache, row_id
from metric_tui.engines.rollup.days import DaySpan
from metric_tui.engines.rollup.logs.groups import Groups
from metric_tui.engines.rollup.logs.memory import LogMemory
from metric_tui.engines.rollup.logs.parts import Part, Whole, group_of
from metric_tui.engines.rollup.pages.groups import order
from metric_tui.engines.rollup.scan import runs_of

Wholes = NDArray[np.int64]
Cells = NDArray[np.unsignedinteger[Any]]
Members = NDArray[np.uint32]
Mask = NDArray[np.bool_]


_Values = tuple[tuple[Any, ...], ...]
"""Of each dimension, by code."""

_UNKNOWN = -1

_CELL_BYTES = 2


class Sized(Protocol):
    """What is remembered says how many bytes it takes."""

    @property
    def nbytes(self) -> int: ...


Made = TypeVar("Made", bound=Sized)


@dataclass(slots=True)
class LogDay:
    """One day's rows: by member, each member's by moment and then as written; or values."""

    day: int
    told: "Cells | Callable[[], Cells]"
    """Places among the log's groups, or what tells them when they are first asked for."""

    kept: NDArray[Any]
    """Members, or values, whole or floating."""

    since: NDArray[np.uint32]
    """Milliseconds after `first`; empty where moments were not read."""

    first: int
    """The day's first moment, in UTC milliseconds."""

    @property
    def cells(self) -> Cells:
        """Places among the log's groups, which may be met only now."""
        if callable(self.told):
            self.told = self.told()
        return self.told

    @property
    def moments(self) -> Wholes:
        """UTC milliseconds."""
        return self.since.astype(np.int64) + self.first

    def of(self, mask: Mask | None) -> "LogDay":
        """Those of some rows, or all."""
        if mask is None or mask.all():
            return self
        return LogDay(self.day, self.cells[mask], self.kept[mask], self.since[mask], self.first)


@dataclass(slots=True)
class Log:
    """One log, as far as it has been read."""

    number: int
    """Of its track in the cache."""

    reach: DaySpan
    """The days that it can have rows of."""

    is_of_members: bool
    memory: LogMemory
    has_moments: bool = True
    """Whether days are read with their moments, of values only for parts of days."""

    only: Mask | None = None
    """By member's number whether their rows are read, beyond the last as the last says; None where
    everybody's are."""

    groups: Groups = field(default_factory=Groups)
    """The values of all dimensions of each cell met."""

    days: dict[int, LogDay] = field(default_factory=dict)
    memo: dict[Any, Any] = field(default_factory=dict)
    """What was made of it."""

    _of_number: dict[tuple[tuple[Any, ...], ...], Wholes] = field(default_factory=dict)
    """By the values of the dimensions, the place of each cell's number."""

    _read: set[int] = field(default_factory=set)

    def read(self, cache: Cache, low: int, high: int) -> None:
        """Read the days from `low` up to, and without, `high`, as far as there are any.

        Raises:
            Damaged: the cache does not hold what was written.
        """
        low, high = max(low, self.reach[0]), min(high, self.reach[1])
        if low >= high:
            return
        missing = [day for day in range(low, high) if day not in self._read]
        for first, last in runs_of(missing):
            self._take(cache, first, last + 1)
        self._read.update(missing)

    def take_moments(self) -> None:
        """Have days with their moments."""
        if not self.has_moments:
            self.has_moments = True
            self._read.clear()

    def remembered(self, key: Hashable, make: "Callable[[], Made]") -> "Made":
        """What was made of the log before, or is made now."""
        name = (self.number, key)
        if key in self.memo:
            self.memory.use(name)
        else:
            made = self.memo[key] = make()
            self.memory.hold(name, made.nbytes, partial(self.memo.pop, key, None))
        found: Made = self.memo[key]
        return found

    def between(self, low: int, high: int) -> Iterator[LogDay]:
        """The days with rows from `low` up to, and without, `high`, which have been read."""
        for day in range(max(low, self.reach[0]), min(high, self.reach[1])):
            if day in self.days:
                self.memory.use((self.number, day))
                yield self.days[day]

    def forget_before(self, day: int) -> None:
        """Let go of the days before one, which are not asked for again."""
        for earlier in [known for known in self.days if known < day]:
            del self.days[earlier]

    def _take(self, cache: Cache, low: int, high: int) -> None:
        base = row_id(self.number, 0, 0)
        for identifier, parts in cache.rows_between("sets", base + low, base + high - 1):
            found = self._day(identifier - base, parts)
            self.days[identifier - base] = found
            size = len(found.kept) * _CELL_BYTES + found.kept.nbytes + found.since.nbytes
            self.memory.hold((self.number, found.day), size, partial(self._drop, found.day))

    def _drop(self, day: int) -> None:
        del self.days[day]
        self._read.discard(day)

    def _day(self, day: int, parts: Mapping[int, Part]) -> LogDay:
        own = [parts[rank] for rank in sorted(parts)]
        kept = joined_columns([_kept(part) for part in own])
        # the other columns are let go of
        cells = partial(self._cells_of, [(part[0], part[1], part[3][0]) for part in own])
        moments = joined_columns([_moments(part) for part in own] if self.has_moments else [])
        first = int(moments.min()) if self.has_moments else 0
        since = (moments - first).astype(np.uint32)
        if not self.is_of_members:
            # mostly nobody asks of which cells they are
            return LogDay(day, cells, narrowed(kept), since, first)
        members = kept.astype(np.uint32)
        if self.only is None:
            places = _by_member(members, since)
        else:
            rows = np.flatnonzero(self.only.take(members, mode="clip"))
            places = rows[_by_member(members[rows], since[rows])]
        return LogDay(day, cells()[places], members[places], since[places], first)

    def _cells_of(self, parts: Sequence[tuple[_Values, int, Whole]]) -> Cells:
        return joined_columns(
            [self._cells(unpacked(whole, count), values) for values, count, whole in parts]
        )

    def _cells(self, numbers: Wholes, values: _Values) -> Cells:
        known = self._of_number.get(values)
        if known is None:
            known = np.full(math.prod(map(len, values)), _UNKNOWN, dtype=np.int64)
            self._of_number[values] = known
        places = known[numbers]
        if (places == _UNKNOWN).any():
            for number in np.flatnonzero(np.bincount(numbers[places == _UNKNOWN])).tolist():
                known[number] = self.groups.place(group_of(number, values))
            places = known[numbers]
        small = len(self.groups.values) <= 2**16
        return places.astype(np.uint16) if small else places.astype(np.uint32)


def narrowed(values: NDArray[Any]) -> NDArray[Any]:
    """Whole numbers in half the room where they fit."""
    # the least number of 64 bits has no absolute value among them
    if (
        values.dtype == np.int64
        and -(2**31) <= values.min(initial=0) <= values.max(initial=0) < 2**31
    ):
        return values.astype(np.int32)
    return values


def members_of(part: Part) -> Members:
    """The member of each row of a part."""
    return _kept(part).astype(np.uint32)


def _kept(part: Part) -> NDArray[Any]:
    """Members or values."""
    _, count, _, wholes, reals = part
    return np.frombuffer(reals, dtype=np.float64) if len(wholes) < 3 else unpacked(wholes[2], count)


def _moments(part: Part) -> Wholes:
    _, count, first, wholes, _ = part
    return first + np.cumsum(unpacked(wholes[1], count), dtype=np.int64)


def joined_columns(columns: Sequence[NDArray[Any]]) -> NDArray[Any]:
    """One column of several, which may be none."""
    if len(columns) == 1:
        return columns[0]
    return np.concatenate(columns) if columns else np.zeros(0, dtype=np.int64)


def unpacked(whole: Whole, count: int) -> NDArray[np.signedinteger[Any]]:
    """The numbers of a packed column of so many, of 32 bits where that is enough for any."""
    least, unit, width, planes = whole
    found = np.empty((count, 1 << (width - 1).bit_length() if width else 1), dtype=np.uint8)
    found[:, width:] = 0
    for place in range(width):
        found[:, place] = np.frombuffer(planes, dtype=np.uint8, count=count, offset=place * count)
    is_small = least >= -(2**31) and least + unit * ((1 << 8 * width) - 1) < 2**31
    kind = np.int32 if is_small else np.int64
    numbers: NDArray[Any] = found.view(f"<u{found.shape[1]}")[:, 0].astype(kind)
    if unit != 1:
        numbers *= unit
    if least:
        numbers += least
    return numbers


def _by_member(members: Members, moments: NDArray[np.uint32]) -> Wholes:
    """Places that sort by member and moment, those of one moment as they stand."""
    # a log is mostly written in the order of its times
    found = (
        np.argsort(moments, kind="stable")
        if (moments[1:] < moments[:-1]).any()
        else np.arange(len(moments))
    )
    return found[order(members[found], int(members.max(initial=0)))]
