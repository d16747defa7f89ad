"""Rows of JSON: an object a line, or a list of objects."""

import io
import json
from collections.abc import Iterable, Iterator
from itertools import chain, islice
from typing import Any

from metric_tui.ingest.importing.batches import ROWS_AT_ONCE, Batch, LineFault

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
        columns = tuple(dict.fromkeys(name for _, row in several for name in row))
        rows = [[_plain(row.get(name)) for name in columns] for _, row in several]
        yield Batch(columns, rows, [line for line, _ in several], is_text=False)


def _lines(begin: str, text: io.TextIOBase) -> Iterator[Numbered]:
    lines: Iterable[str] = chain(begin.splitlines(keepends=True), text)
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                yield number, _object(json.loads(line), number)
            except json.JSONDecodeError as error:
                raise LineFault(number, f"it is no JSON ({error.msg})") from error


def _listed(begin: str, text: io.TextIOBase) -> Iterator[Numbered]:
    try:
        found = json.loads(begin + text.read())
    except json.JSONDecodeError as error:
        raise LineFault(error.lineno, f"it is no JSON ({error.msg})") from error
    for place, each in enumerate(found, 1):
        # where in the text an element begins is not known
        yield place, _object(each, place)


def _object(value: Any, line: int) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise LineFault(line, "it is no object", 'a row is an object such as {"event": "open"}')
    if "" in value:
        raise LineFault(line, "one of its names is empty")
    return value


def _plain(value: Any) -> Any:
    if isinstance(value, (dict, list)):
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return value
