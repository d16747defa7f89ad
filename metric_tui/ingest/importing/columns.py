"""What the columns of files hold: whole numbers, numbers, truth, text."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from metric_tui.ingest.importing.nulls import Place, Words
from metric_tui.ingest.importing.written_numbers import Style, Styles, first_other, styles_of


class Kind(Enum):
    """What all values of a column are; the value is what the user reads."""

    TRUTH = "true or false"
    WHOLE = "whole numbers"
    NUMBER = "numbers"
    TEXT = "text"
    BYTES = "bytes"

    @property
    def python(self) -> type:
        """The type that sqlite-utils makes a column of."""
        return {Kind.TEXT: str, Kind.BYTES: bytes, Kind.NUMBER: float}.get(self, int)


# a number with a leading zero or a plus, or one too long for 64 bits, is a name made of digits
_WHOLE = r"(?:0|-?(?:[1-9]\d{0,17}|[1-8]\d{18}))"
_NUMBER = r"-?(?:0|[1-9]\d{0,17})(?:\.\d+)?(?:[eE][+-]?\d{1,2})?"
_TRUTH = r"(?:true|false|True|False|TRUE|FALSE)"

_OF_TEXT = (
    (Kind.TRUTH, re.compile(_TRUTH), re.compile(rf"(?:{_TRUTH}\n)*")),
    (Kind.WHOLE, re.compile(_WHOLE), re.compile(rf"(?:{_WHOLE}\n)*")),
    (Kind.NUMBER, re.compile(_NUMBER), re.compile(rf"(?:{_NUMBER}\n)*")),
)
"""By kind, what one value is, and what many are that are joined: faster than one by one."""

_MOST_WHOLE = 9 * 10**18 - 1
"""As of text: SQLite has few that are larger."""

_EXACT_DIGITS = 15
"""A floating number holds any whole one of so many."""

TRUTHS = {
    written: number
    for number, text in enumerate(("false", "true"))
    for written in (text, text.title(), text.upper())
}
"""Truth as text, and the number that SQLite has for it."""


@dataclass(slots=True)
class Column:
    """What is known of a column so far."""

    name: str
    kinds: set[Kind] = field(default_factory=set)
    words: Words = field(default_factory=Words)
    """That stand for no value, unless the column turns out to be text."""

    is_long: bool = False
    """Whether some whole number has more digits than a floating one holds."""

    odd: tuple[str, Place] | None = None
    """The first value that is text, and where, where others are numbers."""

    styles: Styles | None = None
    """The ways in which its numbers may be written; None where all are plain."""

    def take(self, taken: "Taken") -> None:
        """Learn from some values, none of which is None or a word for none."""
        kinds = taken.kinds
        if taken.may_be_written or (self.styles is not None and taken.is_text):
            kinds = self._written(taken)
        has_numbers = bool((kinds | self.kinds) - {Kind.TEXT, Kind.BYTES})
        if Kind.TEXT in kinds and has_numbers and self.odd is None:
            self._note_odd(taken, taken.first_text)
        self.kinds |= kinds
        if not self.is_long and self.kinds & _HELD[Kind.NUMBER]:
            # most numbers are short, which is soon told
            is_short = taken.is_text and max(map(len, taken.values)) <= _EXACT_DIGITS
            self.is_long = not is_short and any(map(_is_long, taken.values))

    def _written(self, taken: "Taken") -> set[Kind]:
        """The kinds of values that may be numbers as people write them."""
        if self.styles is None:
            if not self.kinds <= {Kind.WHOLE, Kind.NUMBER}:
                return taken.kinds
            self.styles = styles_of(
                str(taken.values[taken.first_text]),
                taken.place(taken.first_text),
                taken.decimal,
                first=taken.values[0],
                has_whole=Kind.WHOLE in self.kinds,
                has_other=Kind.NUMBER in self.kinds,
            )
        ways = self.styles.possible
        self.styles.narrow(taken.values)
        if self.styles.possible:
            return {Kind.NUMBER}
        self.styles = None
        other = first_other(ways, taken.values)
        if self.kinds or other:
            self._note_odd(taken, other)
        return taken.kinds | {Kind.TEXT}

    def _note_odd(self, taken: "Taken", place: int) -> None:
        self.odd = (str(taken.values[place]), taken.place(place))

    @property
    def is_known(self) -> bool:
        """Whether no further value makes it another column."""
        return Kind.TEXT in self.kinds

    @property
    def kind(self) -> Kind:
        """The kind that all values are of; text where there is none."""
        found = joined(self.kinds)
        if self.styles is not None and found is not Kind.TEXT:
            style = self.styles.chosen
            if style is None:
                return Kind.TEXT
            found = Kind.WHOLE if style in self.styles.wholes else Kind.NUMBER
        # not a digit of a name made of digits is lost
        return Kind.TEXT if found is Kind.NUMBER and self.is_long else found

    @property
    def style(self) -> Style | None:
        """How its numbers are written; None where they are plain, or none are there."""
        return None if self.styles is None or self.kind is Kind.TEXT else self.styles.chosen

    def stored(self, value: Any) -> Any:
        """A value as SQLite is given it, in the column's own kind."""
        style = self.style
        is_written = style is not None and isinstance(value, str)
        return stored(style.number(value) if style and is_written else value, self.kind)


@dataclass(frozen=True, slots=True)
class Taken:
    """Some values of a column: none is None or a word for none, and there is at least one."""

    values: Sequence[Any]
    kinds: set[Kind]
    is_text: bool
    """Whether text may mean a number or truth."""

    decimal: str | None
    """The mark before decimals, where the user says which."""

    place: Callable[[int], Place]
    """Of a value, by where it is among them."""

    @property
    def may_be_written(self) -> bool:
        """Whether they are no plain numbers, and may be numbers as people write them."""
        # where a comma is said to be before decimals, a point is between thousands
        is_other = self.decimal == "," and Kind.NUMBER in self.kinds
        return self.is_text and (Kind.TEXT in self.kinds or is_other)

    @property
    def first_text(self) -> int:
        """Where the first value is that is text and nothing else; 0 where none is."""
        kind = kind_of_text if self.is_text else kind_of_value
        places = (place for place, value in enumerate(self.values) if kind(value) is Kind.TEXT)
        return next(places, 0)


def joined(kinds: Iterable[Kind]) -> Kind:
    """The kind that holds values of several."""
    found = set(kinds)
    if len(found) == 1:
        return found.pop()
    for kind, held in _HELD.items():
        if found and found <= held:
            return kind
    return Kind.TEXT


_HELD = {
    Kind.WHOLE: {Kind.TRUTH, Kind.WHOLE},
    Kind.NUMBER: {Kind.TRUTH, Kind.WHOLE, Kind.NUMBER},
}
"""What each kind of numbers holds; truth is 1 and 0."""


def kinds_of_texts(texts: Sequence[str]) -> set[Kind]:
    """The kinds that some text stands for, without doubt; one kind where it holds all."""
    lines = "\n".join(texts) + "\n"
    if lines.count("\n") == len(texts):
        for kind, _, many in _OF_TEXT:
            if many.fullmatch(lines):
                return {kind}
    if kind_of_text(texts[0]) is Kind.TEXT:
        return {Kind.TEXT}
    return set(map(kind_of_text, texts))


def kinds_of(values: Sequence[Any], *, is_text: bool) -> set[Kind]:
    """The kinds of some values; of text, what it stands for if it may be more."""
    if not values:
        return set()
    return kinds_of_texts(values) if is_text else set(map(kind_of_value, values))


def _is_long(value: Any) -> bool:
    text = str(value)
    return len(text) > _EXACT_DIGITS and text.lstrip("-").isdigit()


def kind_of_text(text: str) -> Kind:
    """The kind that one text stands for."""
    for kind, one, _ in _OF_TEXT:
        if one.fullmatch(text):
            return kind
    return Kind.TEXT


def kind_of_value(value: Any) -> Kind:
    """The kind of a value that has a type."""
    if isinstance(value, bool):
        return Kind.TRUTH
    if isinstance(value, int):
        # SQLite has no larger whole numbers
        return Kind.WHOLE if -_MOST_WHOLE <= value <= _MOST_WHOLE else Kind.TEXT
    if isinstance(value, float):
        return Kind.NUMBER
    return Kind.BYTES if isinstance(value, bytes) else Kind.TEXT


def stored(value: Any, kind: Kind) -> Any:
    """A value of a kind as SQLite is given it."""
    if kind in (Kind.TRUTH, Kind.WHOLE):
        return TRUTHS[value] if value in TRUTHS else int(value)
    if kind is Kind.NUMBER:
        return float(TRUTHS.get(value, value))
    if kind is Kind.TEXT and not isinstance(value, str):
        return _text(value)
    return value


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
