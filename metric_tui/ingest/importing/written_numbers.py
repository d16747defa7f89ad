"""Numbers as people write them: grouped by thousands, with a decimal comma, a sign of money or percent.

A column is one of numbers where all its values are written alike, and can be read in one way only.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from metric_tui.ingest.importing.nulls import Place

_WAYS = ((",", "."), (".", ","), (" \u00a0\u202f", ","), (" \u00a0\u202f", "."), ("'’", "."))
"""What stands between thousands, any of these characters, and before decimals."""

_PLAIN = r"(?:0|[1-9]\d{0,14})"


@dataclass(frozen=True)
class Style:
    """One way to write numbers."""

    thousands: str
    decimal: str
    prefix: str
    suffix: str

    @cached_property
    def _whole(self) -> str:
        grouped = rf"[1-9]\d{{0,2}}(?:[{self.thousands}]\d{{3}}){{1,4}}"
        return rf"(?:{grouped}|{_PLAIN})"

    def _pattern(self, digits: str) -> str:
        prefix, suffix = re.escape(self.prefix), re.escape(self.suffix)
        sign = rf"(?:-?{prefix}|{prefix}-)" if prefix else "-?"
        return rf"(?:{sign}{digits}{suffix}\n)*"

    @cached_property
    def numbers(self) -> "re.Pattern[str]":
        """Lines of numbers."""
        return re.compile(self._pattern(rf"{self._whole}(?:\{self.decimal}\d+)?"), re.ASCII)

    @cached_property
    def wholes(self) -> "re.Pattern[str]":
        """Lines of whole numbers."""
        return re.compile(self._pattern(self._whole), re.ASCII)

    def number(self, text: str) -> float:
        """What a text of this style stands for; a percentage is as many as are written."""
        body = text.removesuffix(self.suffix)
        is_negative = "-" in body
        body = body.replace("-", "").removeprefix(self.prefix)
        for character in self.thousands:
            body = body.replace(character, "")
        found = float(body.replace(self.decimal, "."))
        return -found if is_negative else found


@dataclass(slots=True)
class Styles:
    """The ways in which all values of a column so far can be written."""

    example: str
    """A value that is written so, and no plain number."""

    place: Place
    """Of the example."""

    possible: list[Style]
    wholes: set[Style]
    """Those in which all values so far are whole."""

    is_said: bool
    """Whether the user says which mark is before decimals."""

    has_marks: bool = False
    """Whether any value has a comma or point."""

    def narrow(self, values: Sequence[str]) -> None:
        """Keep the ways that some more values can be written in."""
        lines = "\n".join(values) + "\n"
        if lines.count("\n") != len(values):
            self.possible = []
        self.possible = [style for style in self.possible if style.numbers.fullmatch(lines)]
        self.wholes = {s for s in self.possible if s in self.wholes and s.wholes.fullmatch(lines)}
        self.has_marks = self.has_marks or "," in lines or "." in lines

    @property
    def chosen(self) -> Style | None:
        """The way in which the column is written; None where it may be several."""
        decimals = {style.decimal for style in self.possible}
        if not self.possible or (len(decimals) > 1 and self.has_marks):
            return None
        first = self.possible[0]
        has_affix = bool(first.prefix or first.suffix)
        # groups of three digits alone may be addresses, versions or phone numbers
        is_sure = first.thousands == "," or first not in self.wholes
        return first if has_affix or is_sure or self.is_said else None

    @property
    def doubt(self) -> str:
        """Why none is chosen, as a clause."""
        readings = [f"{style.number(self.example):.15g}" for style in self.possible]
        words = list(dict.fromkeys(readings))
        words += ["no number"] if len(words) == 1 else []
        return f"`{self.example}` may be {' or '.join(words)}"


def styles_of(
    example: str, place: Place, decimal: str | None, *, first: str, has_whole: bool, has_other: bool
) -> Styles:
    """The ways that a column may be written in.

    Args:
        example: a value that is no plain number.
        place: of the example.
        decimal: the mark before decimals, where it is known.
        first: the first value of all; the others have its sign of money or percent.
        has_whole: whether there were plain whole numbers before.
        has_other: whether there were plain numbers with decimals before.
    """
    prefix, suffix = _affixes(first)
    marks = {decimal} if decimal else {"."} if has_other else {",", "."}
    possible = [
        Style(thousands, mark, prefix, suffix) for thousands, mark in _WAYS if mark in marks
    ]
    if (has_whole or has_other) and (prefix or suffix):
        possible = []
    wholes = set() if has_other else set(possible)
    return Styles(example, place, possible, wholes, decimal is not None, has_other)


def fits(style: Style, value: str) -> bool:
    """Whether a value is written so."""
    return style.numbers.fullmatch(f"{value}\n") is not None


def first_other(styles: Iterable[Style], values: Sequence[str]) -> int:
    """The place of the first value that is written in none of some ways; of the first for none."""
    ways = list(styles)
    others = (i for i, value in enumerate(values) if not any(fits(way, value) for way in ways))
    return next(others, 0)


def _affixes(text: str) -> tuple[str, str]:
    """A sign of money or percent before and after a number, with a blank if there is one."""
    body = text.removeprefix("-")
    prefix = suffix = ""
    if body and unicodedata.category(body[0]) == "Sc":
        prefix = body[0] + (body[1] if body[1:2] in (" ", "\u00a0") else "")
    last = body[-1:]
    if last and (last == "%" or unicodedata.category(last) == "Sc") and not prefix:
        suffix = (body[-2] if body[-2:-1] in (" ", "\u00a0", "\u202f") else "") + last
    return prefix, suffix
