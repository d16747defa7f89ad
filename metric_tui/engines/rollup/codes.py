"""Whole numbers for a row's day, event and dimensions, so that one number names its cell in SQL.

A dimension's values are learnt as they are met: 0 is a value not known yet, 1 is null.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from metric_tui.base.series import Cell
from metric_tui.engines.dialects.base import Dialect
from metric_tui.engines.rollup.spaces import MOST_VALUES, Unfit
from metric_tui.engines.times import TimeAxis

UNKNOWN, NULL = 0, 1


@dataclass(slots=True)
class Dictionary:
    """The values of one dimension by code."""

    name: str
    sql: str
    dialect: Dialect
    values: list[Cell] = field(default_factory=lambda: [None, None])
    _codes: dict[Cell, int] = field(default_factory=dict)
    _order: list[int] = field(default_factory=list)

    def learn(self, pairs: Iterable[tuple[Cell, str]]) -> None:
        """Take up values with SQLite's names of their types.

        Raises:
            Unfit: too many values, or of a type whose equal values are written differently.
        """
        for value, kind in pairs:
            if kind not in ("text", "integer", "null"):
                raise Unfit(f"holds values of type {kind}", self.name)
            if value is not None and value not in self._codes:
                self._codes[value] = len(self.values)
                self._order.append(len(self.values))
                self.values.append(value)
        if len(self._codes) > MOST_VALUES:
            raise Unfit(f"has more than {MOST_VALUES} values", self.name)

    def code(self, value: Cell) -> int:
        """The code of a value that has been learnt."""
        return NULL if value is None else self._codes[value]

    def often(self, codes: Counter[int]) -> None:
        """Ask for the most frequent values first from now on."""
        self._order.sort(key=lambda code: -codes[code])

    @property
    def case(self) -> str:
        """SQL that gives a row's code."""
        literal = self.dialect.literal
        if all(isinstance(value, str) for value in self._codes):
            whens = [f"WHEN {literal(self.values[code])} THEN {code}" for code in self._order]
            tested = self.sql
        else:
            # text and whole number of the same digits are different values; so are 1 and 1.0
            whens = [
                f"WHEN {literal(_typed(self.values[code]))} THEN {code}" for code in self._order
            ]
            tested = f"typeof({self.sql}) || ':' || {self.sql}"
        if whens and "json_extract" in self.sql:
            # nothing in JSON is a blob, so one can stand for null, and JSON is read once
            whens.insert(0, f"WHEN x'00' THEN {NULL}")
            return f"CASE ifnull({tested}, x'00') {' '.join(whens)} ELSE {UNKNOWN} END"
        rest = f"CASE WHEN {self.sql} IS NULL THEN {NULL} ELSE {UNKNOWN} END"
        return f"CASE {tested} {' '.join(whens)} ELSE {rest} END" if whens else rest


def _typed(value: Cell) -> str:
    return f"{'text' if isinstance(value, str) else 'integer'}:{value}"


@dataclass(frozen=True, slots=True)
class Ladder:
    """Consecutive local days; code 0 is before them, the last code after them."""

    first: date
    count: int

    @property
    def size(self) -> int:
        """How many codes there are."""
        return self.count + 2

    def day(self, code: int) -> int:
        """The number of the day with a code, as `date.toordinal` counts."""
        return self.first.toordinal() + code - 1

    def case(self, axis: TimeAxis) -> str:
        """SQL that gives a row's code."""
        calendar = axis.calendar
        edges = [
            axis.bound(calendar.midnight(self.first + timedelta(days=index)))
            for index in range(self.count + 1)
        ]
        return _balanced(axis.compared, edges, 0)


def _balanced(compared: str, edges: Sequence[str], code: int) -> str:
    """How many of the ascending edges a value has reached, plus `code`."""
    if not edges:
        return str(code)
    middle = len(edges) // 2
    below = _balanced(compared, edges[:middle], code)
    above = _balanced(compared, edges[middle + 1 :], code + middle + 1)
    return f"CASE WHEN {compared} < {edges[middle]} THEN {below} ELSE {above} END"


@dataclass(slots=True)
class EventCodes:
    """The events that somebody names, from 1 on; 0 stands for all others and null."""

    sql: str | None
    names: tuple[str, ...]
    dialect: Dialect
    _order: list[int] = field(init=False)

    def __post_init__(self) -> None:
        self._order = list(range(1, self.size))

    @property
    def size(self) -> int:
        """How many codes there are."""
        return len(self.names) + 1

    def name(self, code: int) -> str | None:
        """The event of a code, None for those that nobody names."""
        return self.names[code - 1] if code else None

    def often(self, codes: Counter[int]) -> None:
        """Ask for the most frequent events first from now on."""
        self._order.sort(key=lambda code: -codes[code])

    @property
    def case(self) -> str:
        """SQL that gives a row's code."""
        return self.choice({code: str(code) for code in range(self.size)})

    def choice(self, texts: Mapping[int, str]) -> str:
        """SQL that is one of several by a row's code, null for a code without one."""
        rest = texts.get(0, "NULL")
        whens = " ".join(
            f"WHEN {self._literal(code)} THEN {texts[code]}"
            for code in self._order
            if code in texts
        )
        return f"CASE {self.sql} {whens} ELSE {rest} END" if whens else rest

    def condition(self, codes: Sequence[int]) -> str:
        """SQL that keeps the rows of some codes, to be put behind other conditions."""
        others = [code for code in range(self.size) if code not in codes]
        if not others:
            return ""
        if 0 in codes:
            listed = ", ".join(map(self._literal, others))
            return f" AND ({self.sql} IS NULL OR {self.sql} NOT IN ({listed}))"
        return f" AND {self.sql} IN ({', '.join(map(self._literal, codes))})"

    def _literal(self, code: int) -> str:
        return self.dialect.literal(self.names[code - 1])


def number_of(codes: Sequence[int], sizes: Sequence[int]) -> int:
    """One number for several codes, of which each may be so many."""
    key = 0
    for code, size in zip(codes, sizes, strict=True):
        key = key * size + code
    return key
