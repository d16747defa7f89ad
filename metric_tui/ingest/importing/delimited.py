"""Rows of delimited text: a line of names, then a row of values for each."""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from itertools import accumulate, chain, islice
from typing import Protocol, cast

from metric_tui.engines.time_forms import TEXT_PATTERNS, form_of
from metric_tui.ingest.importing.batches import ROWS_AT_ONCE, Batch, LineFault
from metric_tui.ingest.importing.columns import Kind, kind_of_text
from metric_tui.ingest.importing.separators import Separator, named_separator, separator_of

_LONGEST_VALUE = 2**31 - 1

_SAMPLED_LINES = 50
_SAMPLED_CHARACTERS = 100_000

_SAID = re.compile(r"\s*sep=(.+?)\s*", re.IGNORECASE)
"""A first line by which Excel knows what separates the values of the others."""


class _Reader(Protocol):
    """What `csv.reader` gives."""

    line_num: int

    def __iter__(self) -> Iterator[list[str]]: ...

    def __next__(self) -> list[str]: ...


def delimited_batches(
    begin: str, text: io.TextIOBase, separator: str | None = None
) -> Iterator[Batch]:
    """Rows by what separates the values of the first lines.

    Args:
        begin: what was read of the text, up to the end of its first line that is not blank.
        text: the rest.
        separator: what separates values; None to find it.

    Raises:
        LineFault: the names are no names, a row has another number of values, or one column looks
            like several.
    """
    csv.field_size_limit(_LONGEST_VALUE)
    said = _SAID.fullmatch(begin.strip())
    if said is not None:
        # blank lines are no rows, and count as lines
        begin = "\n" * len(begin.splitlines()) + text.readline()
        separator = separator or said[1]
    sample = _sample(text)
    header = begin.lstrip("\r\n")
    line = begin[: len(begin) - len(header)].count("\n") + 1
    known = separator_of(header, sample, line) if separator is None else named_separator(separator)
    lines = chain(io.StringIO(begin, newline=""), sample, text)
    reader = cast(_Reader, known.rows(lines))
    try:
        names = next((row for row in reader if row), [])
        columns = _named(known.restored([names])[0], reader.line_num)
        yield from _batches(reader, columns, known)
    except csv.Error as error:
        raise LineFault(reader.line_num, f"it is no row of values ({error})") from error


def _sample(text: io.TextIOBase) -> list[str]:
    """Some lines, which are taken from the text."""
    found: list[str] = []
    size = 0
    while len(found) < _SAMPLED_LINES and size < _SAMPLED_CHARACTERS:
        line = text.readline()
        if not line:
            break
        found.append(line)
        size += len(line)
    return found


def _named(names: list[str], line: int) -> tuple[str, ...]:
    columns = tuple(name.strip() for name in names)
    if not all(columns):
        place = columns.index("") + 1
        raise LineFault(line, f"column {place} has no name", "the first line names the columns")
    for name in columns:
        if kind_of_text(name) is not Kind.TEXT or form_of([name]) in TEXT_PATTERNS:
            raise LineFault(
                line, f"`{name}` is a value, and no name", "the first line names the columns"
            )
    return columns


def _batches(reader: "_Reader", columns: tuple[str, ...], separator: Separator) -> Iterator[Batch]:
    begin = reader.line_num
    while rows := list(islice(reader, ROWS_AT_ONCE)):
        lines: Sequence[int] = range(begin + 1, reader.line_num + 1)
        if len(lines) != len(rows):
            # line breaks within quotes
            sizes = [1 + sum(value.count("\n") for value in row) for row in rows]
            lines = [begin + 1 + before for before in accumulate(sizes[:-1], initial=0)]
        if set(map(len, rows)) != {len(columns)}:
            lines, rows = _without_blanks(lines, rows, len(columns))
        begin = reader.line_num
        if rows:
            rows = separator.restored(rows)
            yield Batch(columns, rows, lines, is_text=True)


def _without_blanks(
    lines: Sequence[int], rows: list[list[str]], width: int
) -> tuple[list[int], list[list[str]]]:
    for line, row in zip(lines, rows, strict=True):
        if row and len(row) != width:
            raise LineFault(
                line,
                f"it has {len(row)} value{'' if len(row) == 1 else 's'}, and {width} columns are named",
                "is a delimiter or a quote missing?",
            )
    kept = [(line, row) for line, row in zip(lines, rows, strict=True) if row]
    return [line for line, _ in kept], [row for _, row in kept]
