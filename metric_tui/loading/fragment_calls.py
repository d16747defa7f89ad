"""Calls in SQL fragments: the white-listed functions, JSON access and parts of a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from metric_tui.definitions import fragments as sql
from metric_tui.loading.fragment_paths import rooted_path
from metric_tui.loading.fragment_tokens import FragmentError, Token, text_of

if TYPE_CHECKING:
    from metric_tui.loading.fragments import Parser

_SYNONYMS = {"SUBSTRING": "SUBSTR", "IFNULL": "COALESCE"}

_PARTS_BY_FORMAT: dict[str, sql.DatePart] = {
    "%Y": "year",
    "%m": "month",
    "%d": "day",
    "%H": "hour",
    "%M": "minute",
    "%w": "weekday",
}
_PARTS_BY_WORD: dict[str, sql.DatePart] = {
    "YEAR": "year",
    "MONTH": "month",
    "DAY": "day",
    "HOUR": "hour",
    "MINUTE": "minute",
    "DOW": "weekday",
    "WEEKDAY": "weekday",
    "DATE": "date",
}
_AGGREGATES = {
    *("COUNT", "SUM", "AVG", "TOTAL", "GROUP_CONCAT", "MEDIAN", "PERCENTILE", "STDDEV"),
    *("STRING_AGG", "ARRAY_AGG", "COUNT_IF", "APPROX_COUNT_DISTINCT"),
}
_CLOCKS = {"NOW", "TIME", "DATETIME", "RANDOM"}
_NOW = {"now", "today", "yesterday", "tomorrow"}
_INSTANTS: dict[str, Literal["seconds", "days"]] = {"UNIXEPOCH": "seconds", "JULIANDAY": "days"}

FUNCTIONS_HINT = (
    f"the functions are {', '.join(sql.FUNCTIONS)}, json_extract, strftime, date, unixepoch,"
    " julianday and EXTRACT"
)


def call(parser: Parser, word: Token) -> sql.Node:
    """A word and the parentheses after it.

    Raises:
        FragmentError: the function is not on the list, or is given other arguments than it takes.
    """
    parser.refuse_statement()
    opened = parser.words[parser.place + 1]
    parser.place += 2
    if word.upper == "EXTRACT":
        return _extract(parser, word, opened)
    arguments = _arguments(parser, word, opened)
    if word.upper == "JSON_EXTRACT":
        return _json_extract(parser, word, opened, arguments)
    if word.upper == "STRFTIME":
        return _strftime(parser, word, arguments)
    if word.upper == "DATE":
        _check_count(word, parser, (1, 1), len(arguments))
        return sql.Part("date", arguments[0])
    if word.upper in _INSTANTS:
        _check_count(word, parser, (1, 1), len(arguments))
        return _instant(parser, word, _INSTANTS[word.upper], arguments[0])
    return _listed(parser, word, arguments)


def _arguments(parser: Parser, word: Token, opened: Token) -> tuple[sql.Node, ...]:
    if parser.take(")"):
        return ()
    if parser.word.upper in ("*", "DISTINCT"):
        raise _aggregate(word)
    parser.refuse_statement()
    found = [parser.expression(0)]
    while parser.take(","):
        found.append(parser.expression(0))
    parser.need(")", opened)
    return tuple(found)


def _listed(parser: Parser, word: Token, arguments: tuple[sql.Node, ...]) -> sql.Node:
    name = _SYNONYMS.get(word.upper, word.upper)
    if name in _AGGREGATES or (name in ("MIN", "MAX") and len(arguments) < 2):
        raise _aggregate(word)
    if name not in sql.FUNCTIONS:
        raise _unknown(word)
    _check_count(word, parser, sql.FUNCTIONS[name], len(arguments))
    return sql.Call(name, arguments)


def _aggregate(word: Token) -> FragmentError:
    return FragmentError(
        f"`{word.text}` is a function over many rows, and a fragment reads one",
        word.start,
        word.end,
        "the metric's `agg` says how rows become a value",
    )


def _unknown(word: Token) -> FragmentError:
    from metric_tui.loading.nearest import nearest

    hint = FUNCTIONS_HINT
    if word.upper in _CLOCKS:
        hint = "of a time only parts can be read: date(x), strftime('%H', x), EXTRACT(year FROM x)"
    elif close := nearest(
        word.upper, [*sql.FUNCTIONS, "JSON_EXTRACT", "STRFTIME", "EXTRACT", *_INSTANTS]
    ):
        hint = f"did you mean `{close}`?"
    return FragmentError(
        f"`{word.text}` is not a function of fragments", word.start, word.end, hint
    )


def _check_count(word: Token, parser: Parser, bounds: tuple[int, int | None], count: int) -> None:
    fewest, most = bounds
    if fewest <= count and (most is None or count <= most):
        return
    wanted = f"at least {fewest}" if most is None else f"{fewest} to {most}"
    if fewest == most:
        wanted = f"{fewest}"
    noun = "argument" if wanted.endswith("1") else "arguments"
    raise FragmentError(
        f"{word.upper} takes {wanted} {noun}, not {count}",
        word.start,
        parser.words[parser.place - 1].end,
    )


def _json_extract(
    parser: Parser, word: Token, opened: Token, arguments: tuple[sql.Node, ...]
) -> sql.Node:
    _check_count(word, parser, (2, 2), len(arguments))
    path = parser.words[parser.place - 2]
    if path.kind != "text" or arguments[1] != sql.Literal(text_of(path)):
        raise FragmentError(
            "the path of json_extract must be a text such as `'$.a'`", path.start, path.end
        )
    return sql.Json(arguments[0], rooted_path(path))


def _instant(
    parser: Parser, word: Token, unit: Literal["seconds", "days"], operand: sql.Node
) -> sql.Node:
    """A time as a number; the time of asking is none, as an answer must not change by itself."""
    if isinstance(operand, sql.Literal) and str(operand.value).lower() in _NOW:
        raise FragmentError(
            f"`{word.text}` reads a column, not the time of asking",
            word.start,
            parser.words[parser.place - 1].end,
            "write the column with the time, such as unixepoch(closed_at)",
        )
    return sql.Instant(unit, operand)


def _strftime(parser: Parser, word: Token, arguments: tuple[sql.Node, ...]) -> sql.Node:
    closed = parser.words[parser.place - 1]
    first = arguments[0] if arguments else None
    if isinstance(first, sql.Literal) and first.value == "%s" and len(arguments) == 2:
        return _instant(parser, word, "seconds", arguments[1])
    part = _PARTS_BY_FORMAT.get(str(first.value)) if isinstance(first, sql.Literal) else None
    if part is None or len(arguments) != 2:
        raise FragmentError(
            "strftime takes one part and a column",
            word.start,
            closed.end,
            f"write strftime('%Y', x); the parts are {' '.join(_PARTS_BY_FORMAT)} %s",
        )
    return sql.Part(part, arguments[1])


def _extract(parser: Parser, word: Token, opened: Token) -> sql.Node:
    part = _PARTS_BY_WORD.get(parser.word.upper)
    is_epoch = parser.word.upper == "EPOCH"
    if part is None and not is_epoch:
        raise FragmentError(
            f"EXTRACT cannot read `{parser.word.text}`",
            parser.word.start,
            parser.word.end,
            f"the parts are {', '.join(_PARTS_BY_WORD).lower()}, epoch",
        )
    parser.place += 1
    parser.need("FROM", word)
    operand = parser.expression(0)
    parser.need(")", opened)
    if part is None:
        return _instant(parser, word, "seconds", operand)
    return sql.Part(part, operand)
