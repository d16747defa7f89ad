"""Numbers a column's distinct values, so that what is done with a value is done once.

Values are looked up by a hash of their bytes and then compared byte by byte: two values never share
a code. A value may have two codes, where a file writes a number in more bytes than it needs.
"""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from metric_tui.engines.rollup import kernels
from metric_tui.engines.rollup.pages.file import Unreadable
from metric_tui.engines.rollup.pages.records import Values

MOST_BYTES = 512
"""A longer value is not numbered."""

MOST_CODES = 2**18
FEW_CODES = 2**14
"""Up to here a column may be all distinct values; beyond, most rows must repeat one."""

MOST_ENTITIES = 2**20
"""Entities are numbered up to here, however seldom each is met."""

Codes = NDArray[np.int64]
Cell = int | float | str | bytes | None

_MIX, _SEED = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xD6E8FEB86659FD93)
_HALF, _NO_WORD = np.uint64(32), np.uint64(0)
_TAILS = np.array([0, *((1 << 8 * n) - 1 for n in range(1, 8)), 2**64 - 1], dtype=np.uint64)
"""Masks that keep so many bytes of a word."""

_EMPTY = -1
_SPARSE = 4
"""So many times as many places as codes."""


@dataclass(slots=True)
class Coder:
    """The distinct values of one column met so far."""

    is_real: bool = False
    """Whether the column's type turns whole numbers into floating ones."""

    holds_entities: bool = False
    values: list[Cell] = field(default_factory=list)
    _words: list[NDArray[np.uint64]] = field(default_factory=list)
    """By position of eight bytes: of every code, zero behind the end."""

    _kinds: NDArray[np.int64] = field(default_factory=lambda: np.zeros(64, dtype=np.int64))
    _slots: NDArray[np.int64] = field(default_factory=lambda: np.full(256, _EMPTY))
    _hashes: NDArray[np.int64] = field(default_factory=lambda: np.zeros(64, dtype=np.int64))
    _rows: int = 0

    def codes(self, rows: Values) -> Codes:
        """The code of each row's value.

        Raises:
            Unreadable: too many values, or too long ones.
        """
        self._rows += len(rows.kinds)
        codes = self._found(rows)
        rest = np.flatnonzero(codes == _EMPTY)
        if rest.size:
            unknown = rows.of(rest)
            self._learn(unknown)
            codes[rest] = self._found(unknown)
        return codes

    def _found(self, rows: Values) -> Codes:
        """The codes of values met before, and `_EMPTY` for the others."""
        table = kernels.Table(self._slots, self._hashes, self._kinds, self._words, MOST_BYTES)
        compiled = kernels.find_codes(rows.data, rows.kinds, rows.starts, table)
        if compiled is not None:
            return compiled
        hashes, words = _hashed(rows)
        codes: Codes = self._slots[hashes & (len(self._slots) - 1)]
        # mostly a value stands at the very place its hash names
        rest = np.flatnonzero((codes != _EMPTY) & (self._hashes[codes] != hashes))
        step = 0
        while rest.size:
            step += 1
            codes[rest] = self._slots[(hashes[rest] + step) & (len(self._slots) - 1)]
            found = codes[rest]
            rest = rest[(found != _EMPTY) & (self._hashes[found] != hashes[rest])]
        if not self._are(codes, rows, words):
            raise Unreadable("two values of one hash")
        return codes

    def _are(self, codes: Codes, rows: Values, words: "list[_Words]") -> bool:
        """Whether rows hold just what their codes stand for, where they have any."""
        known = codes != _EMPTY
        if not known.all():
            if not known.any():
                return True
            chosen = np.flatnonzero(known)
            codes, rows = codes[chosen], rows.of(chosen)
            _, words = _hashed(rows)
        if not np.array_equal(self._kinds[codes], rows.kinds):
            return False
        # a kind tells the width, so only words that a row reaches are left to compare
        return all(
            np.array_equal(known[codes if part.rows is None else codes[part.rows]], part.words)
            for known, part in zip(self._words, words, strict=False)
        )

    def _learn(self, rows: Values) -> None:
        """Give codes to values not met before."""
        hashes, _ = _hashed(rows)
        _, first, counts = np.unique(hashes, return_index=True, return_counts=True)
        # a frequent value goes to the very place its hash names
        fresh = first[np.argsort(-counts)]
        begun, end = len(self.values), len(self.values) + len(fresh)
        if end > self._most():
            raise Unreadable("too many distinct values")
        own = rows.of(fresh)
        _, words = _hashed(own)
        self._make_room(end, len(words))
        self.values += [self.value(own, row) for row in range(len(fresh))]
        self._kinds[begun:end] = own.kinds
        self._hashes[begun:end] = hashes[fresh]
        for index, part in enumerate(words):
            self._words[index][begun:end] = part.spread(len(fresh))
        if _SPARSE * end > len(self._slots):
            room = len(self._slots)
            while room < _SPARSE * end:
                room *= 4
            self._slots = np.full(room, _EMPTY)
            begun = 0
        if not kernels.enter_codes(self._slots, self._hashes, begun, end):
            for code in range(begun, end):
                self._enter(code)

    def _most(self) -> int:
        if self.holds_entities:
            return MOST_ENTITIES
        return min(MOST_CODES, max(FEW_CODES, self._rows // 2))

    def _enter(self, code: int) -> None:
        mask = len(self._slots) - 1
        place = int(self._hashes[code]) & mask
        while self._slots[place] != _EMPTY:
            place = (place + 1) & mask
        self._slots[place] = code

    def _make_room(self, codes: int, words: int) -> None:
        room = len(self._kinds)
        if codes > room:
            room = max(2 * room, codes)
            self._kinds = _longer(self._kinds, room)
            self._hashes = _longer(self._hashes, room)
            self._words = [_longer(known, room) for known in self._words]
        while len(self._words) < words:
            self._words.append(np.zeros(room, dtype=np.uint64))

    def value(self, rows: Values, row: int) -> Cell:
        """One row's value as SQLite would hand it out."""
        value = rows.python(row)
        return float(value) if self.is_real and isinstance(value, int) else value


@dataclass(frozen=True, slots=True)
class _Words:
    """Eight bytes of each row that reaches so far."""

    words: NDArray[np.uint64]
    rows: NDArray[np.int64] | None
    """None for all."""

    def spread(self, count: int) -> NDArray[np.uint64]:
        if self.rows is None:
            return self.words
        found = np.zeros(count, dtype=np.uint64)
        found[self.rows] = self.words
        return found


def _hashed(rows: Values) -> tuple[NDArray[np.int64], list[_Words]]:
    left: kernels.Places = rows.widths
    longest = int(left.max(initial=0))
    if longest > MOST_BYTES:
        raise Unreadable("a value too long to be numbered")
    hashes = (rows.kinds.astype(np.uint64) + _SEED) * _MIX
    words: list[_Words] = []
    reaching: NDArray[np.int64] | None = None
    starts = rows.starts
    for _ in range(0, longest, 8):
        if not left.all():
            further = np.flatnonzero(left)
            starts, left = starts[further], left[further]
            reaching = further if reaching is None else reaching[further]
        found = rows.words(starts)
        if int(left.min()) < 8:
            found &= _TAILS[np.minimum(left, 8)]
        if reaching is None:
            hashes = _mixed(hashes, found)
        else:
            hashes[reaching] = _mixed(hashes[reaching], found)
        words.append(_Words(found, reaching))
        starts, left = starts + 8, np.maximum(left - 8, 0)
    # once more, for words that differ in their last bytes only
    return _mixed(hashes, _NO_WORD).view(np.int64), words


def _mixed(hashes: NDArray[np.uint64], words: NDArray[np.uint64] | np.uint64) -> NDArray[np.uint64]:
    mixed = (hashes ^ words) * _MIX
    return mixed ^ (mixed >> _HALF)


def _longer(known: NDArray[Any], room: int) -> NDArray[Any]:
    longer = np.zeros(room, dtype=known.dtype)
    longer[: len(known)] = known
    return longer
