"""Readers of single values: text, numbers, dates, durations, formulas and fragments."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from contextlib import suppress
from datetime import date, datetime
from typing import Any

from metric_tui.base.errors import UnreadableText
from metric_tui.base.formulas import Formula, FormulaError, parse_formula
from metric_tui.base.periods import Duration
from metric_tui.definitions.edges import ComponentView, Percent
from metric_tui.definitions.fragments import Fragment
from metric_tui.loading.fragments import FragmentError, parse_fragment
from metric_tui.loading.nearest import nearest
from metric_tui.loading.nodes import Mapping, Node, Scalar, Sequence, solid
from metric_tui.loading.reading import UNREAD, Read, Reading, Spot, describe, key_spot

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_TIME = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-]\d{2}:?\d{2})?")
_PLAIN_NUMBER = re.compile(r"[-+]?([0-9]+(\.[0-9]*)?|\.[0-9]+)")
_NUMBER_LIKE = re.compile(r"[-+]?[0-9][0-9_,]*(\.[0-9]+)?\s*%?")

WANTED: dict[Any, str] = {
    str: "text",
    int: "a whole number",
    float: "a number",
    Percent: "a share such as `10%`",
    bool: "true or false",
    date: "a date such as `2026-12-31`",
    datetime: "a time such as `2026-12-31 18:00`",
    Duration: "a duration such as `7 days`",
    Fragment: "an SQL expression",
    Formula: "a formula such as `a / b`",
}
"""How a type is named in a message."""


def wrong_type(reading: Reading, node: Node, spot: Spot, wanted: str, hint: str | None) -> object:
    """Note that a value is of another type than its key takes."""
    return reading.report(
        "wrong-type", f"`{spot.key}` must be {wanted}, not {describe(node)}", node, hint=hint
    )


def _scalar(
    reading: Reading, node: Node, spot: Spot, wanted: str, hint: str | None = None
) -> Scalar | None:
    found = solid(node)
    if isinstance(found, Scalar) and found.kind != "null":
        return found
    wrong_type(reading, node, spot, wanted, hint)
    return None


def read_text(reading: Reading, node: Node, spot: Spot) -> object:
    """Text; a number is taken as it is written, true and false are not."""
    scalar = _scalar(reading, node, spot, WANTED[str])
    if scalar is None:
        return UNREAD
    if scalar.kind == "bool":
        hint = f'write `"{scalar.text}"` if the word is meant'
        return wrong_type(reading, node, spot, WANTED[str], hint)
    return scalar.text


def read_whole(reading: Reading, node: Node, spot: Spot) -> object:
    """A whole number."""
    scalar = _scalar(reading, node, spot, WANTED[int])
    if scalar is None:
        return UNREAD
    if scalar.kind != "int" or len(scalar.text) > 18:
        return wrong_type(reading, node, spot, WANTED[int], None)
    return int(scalar.text)


def read_number(reading: Reading, node: Node, spot: Spot) -> object:
    """A number that a float can hold."""
    scalar = _scalar(reading, node, spot, WANTED[float])
    if scalar is None:
        return UNREAD
    value = float(scalar.text) if scalar.kind in ("int", "float") else math.nan
    if not math.isfinite(value):
        return wrong_type(reading, node, spot, WANTED[float], _plain_number(scalar.text))
    return value


def _plain_number(word: str) -> str | None:
    """How a number with a percent sign or separators is written."""
    if not _NUMBER_LIKE.fullmatch(word):
        return None
    digits = word.replace("_", "").replace(",", "").rstrip(" %")
    value = float(digits) / 100 if word.endswith("%") else float(digits)
    return f"write `{value:.12g}`"


def read_percent(reading: Reading, node: Node, spot: Spot) -> object:
    """A share above 0, `10%` or `0.1`."""
    scalar = _scalar(reading, node, spot, WANTED[Percent])
    if scalar is None:
        return UNREAD
    word = scalar.text.strip()
    digits = word.removesuffix("%").strip()
    if not _PLAIN_NUMBER.fullmatch(digits):
        return wrong_type(reading, node, spot, WANTED[Percent], None)
    value = float(digits) / 100 if word.endswith("%") else float(digits)
    if value <= 0 or (value > 1 and not word.endswith("%")):
        hint = f"write `{digits}%`" if value > 0 else None
        message = f"`{spot.key}` must be {WANTED[Percent]} above 0, not `{word}`"
        return reading.report("bad-value", message, node, hint=hint)
    return value


def read_flag(reading: Reading, node: Node, spot: Spot) -> object:
    """True or false."""
    scalar = _scalar(reading, node, spot, WANTED[bool])
    if scalar is None:
        return UNREAD
    if scalar.kind != "bool":
        guess = {"yes": "true", "on": "true", "1": "true", "no": "false", "off": "false"}
        meant = guess.get(scalar.text.lower())
        return wrong_type(reading, node, spot, WANTED[bool], meant and f"write `{meant}`")
    return scalar.text.lower() == "true"


def read_date(reading: Reading, node: Node, spot: Spot) -> object:
    """A day of the calendar."""
    return _read_day(reading, node, spot, date, _DATE)


def read_time(reading: Reading, node: Node, spot: Spot) -> object:
    """A date and a time of day, with or without an offset from UTC."""
    return _read_day(reading, node, spot, datetime, _TIME)


def _read_day(
    reading: Reading, node: Node, spot: Spot, kind: type[date], pattern: re.Pattern[str]
) -> object:
    scalar = _scalar(reading, node, spot, WANTED[kind])
    if scalar is None:
        return UNREAD
    if pattern.fullmatch(scalar.text):
        # the pattern has no word on the month's length
        with suppress(ValueError):
            return kind.fromisoformat(scalar.text)
    text = describe(node).removeprefix("the text ")
    return reading.report("bad-date", f"`{spot.key}` must be {WANTED[kind]}, not {text}", node)


def read_duration(reading: Reading, node: Node, spot: Spot) -> object:
    """A count of units, `7 days`."""
    return _read_count(reading, node, spot, Duration.parse)


def read_lag(reading: Reading, node: Node, spot: Spot) -> object:
    """A count of units that may be none, `0 days`."""
    return _read_count(reading, node, spot, Duration.parse_lag)


def _read_count(
    reading: Reading, node: Node, spot: Spot, parse: Callable[[str], Duration]
) -> object:
    scalar = _scalar(reading, node, spot, WANTED[Duration])
    if scalar is None:
        return UNREAD
    if scalar.kind == "int":
        hint = f"write `{scalar.text.lstrip('+-')} days`"
        return reading.report("bad-duration", f"`{spot.key}` needs a unit", node, hint=hint)
    try:
        return parse(scalar.text)
    except ValueError as error:
        return reading.report("bad-duration", str(error), node)


def read_fragment(reading: Reading, node: Node, spot: Spot) -> object:
    """An SQL expression; a number or true may stand there too."""
    scalar = _scalar(reading, node, spot, WANTED[Fragment])
    if scalar is None:
        return UNREAD
    try:
        return parse_fragment(scalar.text)
    except FragmentError as error:
        return _unreadable(reading, scalar, "bad-fragment", error)


def read_formula(reading: Reading, node: Node, spot: Spot) -> object:
    """Arithmetic over metric names."""
    hint = None
    if isinstance(solid(node), Sequence):
        names = [item.text for item in _items(node) if isinstance(item, Scalar)]
        hint = f"write `{' + '.join(names)}` for a sum" if names else None
    scalar = _scalar(reading, node, spot, WANTED[Formula], hint)
    if scalar is None:
        return UNREAD
    try:
        return parse_formula(scalar.text)
    except FormulaError as error:
        return _unreadable(reading, scalar, "bad-formula", error)


def _unreadable(reading: Reading, scalar: Scalar, code: str, error: UnreadableText) -> object:
    within = (error.start, error.end)
    return reading.report(code, error.message, scalar, hint=error.hint, within=within)


def _items(node: Node) -> tuple[Node, ...]:
    found = solid(node)
    return found.items if isinstance(found, Sequence) else ()


def read_components(reading: Reading, node: Node, spot: Spot) -> object:
    """A formula, a mapping of named views, or `[]` for a leaf."""
    found = solid(node)
    if isinstance(found, Sequence) and not found.items:
        return ()
    if not isinstance(found, Mapping):
        formula = read_formula(reading, node, spot)
        if formula is UNREAD:
            return UNREAD
        return (_view("default", formula),)
    formulas = {
        key.text: read_formula(reading, value, key_spot(key)) for key, value in found.entries
    }
    found_views = {name: read for name, read in formulas.items() if read is not UNREAD}
    if formulas and not found_views:
        return UNREAD
    return tuple(_view(name, formula) for name, formula in found_views.items())


def _view(name: str, formula: object) -> ComponentView:
    assert isinstance(formula, Formula)
    return ComponentView(name=name, formula=formula)


def read_word_of(choices: tuple[str, ...]) -> Read:
    """A reader of one of several words."""

    def read(reading: Reading, node: Node, spot: Spot) -> object:
        found = solid(node)
        if isinstance(found, Scalar) and found.text in choices:
            return found.text
        if isinstance(found, Scalar) and found.kind == "null" and "none" in choices and found.text:
            return "none"
        if not isinstance(found, Scalar) or found.kind == "null":
            return wrong_type(reading, node, spot, f"one of {', '.join(choices)}", None)
        return unknown_value(reading, found, spot, choices)

    return read


def unknown_value(reading: Reading, scalar: Scalar, spot: Spot, choices: tuple[str, ...]) -> object:
    """Note a word that is not one of a key's choices."""
    close = nearest(scalar.text, choices)
    listed = ", ".join(choices)
    hint = f"did you mean `{close}`? (one of {listed})" if close else f"it is one of {listed}"
    return reading.report(
        "unknown-value",
        f"`{spot.key}` cannot be {describe(scalar).removeprefix('the text ')}",
        scalar,
        hint=hint,
    )


def read_anything(reading: Reading, node: Node, spot: Spot) -> object:
    """Any YAML value as plain Python: for `meta`."""
    found = solid(node)
    if isinstance(found, Sequence):
        return [read_anything(reading, item, spot) for item in found.items]
    if isinstance(found, Mapping):
        return {key.text: read_anything(reading, value, spot) for key, value in found.entries}
    if found.kind == "null":
        return None
    if found.kind == "bool":
        return found.text.lower() == "true"
    if found.kind == "int" and len(found.text) <= 18:
        return int(found.text)
    return float(found.text) if found.kind in ("int", "float") else found.text
