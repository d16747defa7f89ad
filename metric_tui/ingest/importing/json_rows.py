"""Rows of JSON: an object a line, or a list of objects."""

import io
import json
from collections.abc import Iterable, Iterator
from itertools import chain, islice
from typing import Any

from metric_tui.ingest.importing.batches import ROWS_AT_ONCE, Batch, LineFault

MOST_COLUMNS = 2_000
"""As many as SQLite makes."""

Numbered = tuple[int, dict[str, Any]]


def json_batches(begin: str, text: io.TextIOBase) -> Iterator[Batch]:
    """Rows of objects; what one holds of lists and objects stays JSON.

    Args:
        begin: what was read of the text, up to the end of its first line that is not blank.
        text: the rest.

    Raises:
        LineFault: a line is no object.
    """
    found = _listed(begin, text) if begin.lstrip()[0] == "[" else _lines(begin, text)
    while several := list(islice(found, ROWS_AT_ONCE)):
        columns = _columns(several)
        names = tuple(dict.fromkeys(name for _, row in several for name in row))
        rows = [[_plain(row.get(name)) for name in names] for _, row in several]
        yield Batch(columns, rows, [line for line, _ in several], is_text=False)


def _columns(rows: Iterable[Numbered]) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for line, row in rows:
        found.update(dict.fromkeys(row))
        if len(found) > MOST_COLUMNS:
            raise LineFault(
                line, f"there are more than {MOST_COLUMNS:,} names by now",
                "names that are values belong into one column, as an object",
            )  # fmt: skip
    return tuple(map(_sound, found))


def _sound(text: str) -> str:
    """Text without halves of characters, which nothing can hold."""
    if text.isascii():
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _lines(begin: str, text: io.TextIOBase) -> Iterator[Numbered]:
    lines: Iterable[str] = chain(io.StringIO(begin, newline=""), text)
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                found = json.loads(line)
            except (ValueError, RecursionError) as error:
                raise LineFault(number, f"it is no JSON that can be read ({error})") from error
            yield number, _object(found, number)


def _listed(begin: str, text: io.TextIOBase) -> Iterator[Numbered]:
    try:
        found = json.loads(begin + text.read())
    except (ValueError, RecursionError) as error:
        line = error.lineno if isinstance(error, json.JSONDecodeError) else 1
        raise LineFault(line, f"it is no JSON that can be read ({error})") from error
    for place, each in enumerate(found, 1):
        # where in the text an element begins is not known
        yield 1, _object(each, 1, f"element {place} of the list")


def _object(value: Any, line: int, what: str = "it") -> dict[str, Any]:
    if not isinstance(value, dict):
        raise LineFault(
            line, f"{what} is no object", 'a row is an object such as {"event": "open"}'
        )
    if "" in value:
        raise LineFault(line, "one of its names is empty")
    return value


def _plain(value: Any) -> Any:
    if isinstance(value, (dict, list)):
        return _sound(json.dumps(value, ensure_ascii=False, separators=(",", ":")))
    if isinstance(value, str):
        return _sound(value)
    # not a number is none
    return None if value != value else value
