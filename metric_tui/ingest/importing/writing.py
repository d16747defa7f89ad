"""Rows on their way into a table."""

import re
import sqlite3
from collections.abc import Mapping, Sequence
from itertools import repeat
from typing import Any

from metric_tui.ingest.importing.batches import Batch
from metric_tui.ingest.importing.columns import Kind, kind_of_text, kind_of_value, stored
from metric_tui.ingest.importing.faults import ImportFault
from metric_tui.ingest.importing.files import RowFile
from metric_tui.ingest.importing.survey import Survey, first_where
from metric_tui.ingest.importing.table import Table
from metric_tui.ingest.importing.timing import Timing, kind_of_times

_NUMERAL = re.compile(r"\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?\s*", re.ASCII)
"""Text of which SQLite makes a number, where a column makes any."""

_NUMBERS = (Kind.TRUTH, Kind.WHOLE, Kind.NUMBER)


def kinds_of(
    files: Sequence[RowFile],
    survey: Survey,
    table: Table,
    timing: Timing,
    texts: frozenset[str] = frozenset(),
) -> dict[str, Kind]:
    """What each column is written as, by its name in lower case.

    Args:
        files: looked over.
        survey: of them.
        table: that they are written into.
        timing: what becomes of times.
        texts: columns, in lower case, that are text whatever they look like.

    Raises:
        ImportFault: the table has numbers where a file has text.
    """
    found = {}
    for column in survey.columns:
        name, kind = column.name.lower(), column.kind
        if name in table.computed:
            raise ImportFault(f"`{table.name}` computes `{column.name}` itself")
        is_time = timing.column == column.name
        if is_time and timing.rewriting is not None:
            kind = kind_of_times(timing.rewriting.form)
        elif name in texts or table.holds_text(name):
            kind = Kind.TEXT
        elif kind is Kind.TEXT and not is_time:
            _check_text(files, survey, table, column.name)
        found[name] = kind
    return found


def _check_text(files: Sequence[RowFile], survey: Survey, table: Table, name: str) -> None:
    """Refuse text where a table has numbers, or would make a number of it that is another text."""
    if not table.makes_numbers(name):
        return
    is_for_numbers = table.is_for_numbers(name)
    found = first_where(
        files, survey, name, _is_no_number if is_for_numbers else _makes_another_number
    )
    if found is None:
        return
    file, line, value = found
    if is_for_numbers:
        raise file.fault(
            line,
            f"`{name}` is `{value}`, and `{table.name}` holds numbers there",
            "say which text stands for none, such as --null N/A, or write another --table",
        )
    raise file.fault(
        line,
        f"`{name}` is `{value}`, of which `{table.name}` would make another number",
        f"its column is declared as {table.types[name.lower()]}: write another --table",
    )


def _is_no_number(value: Any, is_text: bool) -> bool:
    return (kind_of_text(value) if is_text else kind_of_value(value)) not in _NUMBERS


def _makes_another_number(value: Any, _: bool) -> bool:
    """Whether SQLite would make a number of a value that is not written as it was."""
    text = str(value)
    if not _NUMERAL.fullmatch(text) or kind_of_text(text) is Kind.WHOLE:
        return False
    return repr(float(text)) != text


class Writing:
    """Writes batches.

    Args:
        survey: of the files.
        table: has all their columns.
        kinds: what each is written as, by its name in lower case.
        key: columns that tell a row from others; none of their values is missing.
        timing: what becomes of times.
    """

    def __init__(
        self,
        survey: Survey,
        table: Table,
        kinds: Mapping[str, Kind],
        key: Sequence[str],
        timing: Timing,
    ) -> None:
        self._survey = survey
        self._table = table
        self._key = tuple(key)
        self._timing = timing
        self._kinds = kinds
        self._has_truth = {
            column.name.lower(): Kind.TRUTH in column.kinds for column in survey.columns
        }
        self._nulls = {
            name: survey.nulls_of(name, is_text=kind is Kind.TEXT) for name, kind in kinds.items()
        }
        self._styles = {
            column.name.lower(): None if kinds[column.name.lower()] is Kind.TEXT else column.style
            for column in survey.columns
        }
        names = [column.name for column in survey.columns]
        self._statement = table.inserting(names, self._key)

    def write(self, file: RowFile, batch: Batch) -> int:
        """Write some rows; returns how many were not there.

        Raises:
            ImportFault: a row lacks its key, its time cannot be read, or the table refuses it.
        """
        values = dict(
            zip(map(str.lower, batch.columns), zip(*batch.rows, strict=True), strict=True)
        )
        columns = []
        for column in self._survey.columns:
            name = column.name.lower()
            own = values.get(name)
            if own is None:
                written: Any = repeat(None, len(batch.rows))
            elif self._timing.rewriting is not None and self._timing.column == column.name:
                written = self._times(file, batch, own)
            else:
                written = self._converted(own, name, is_text=batch.is_text)
            columns.append(written)
        for name in self._key:
            self._check_key(file, batch, name, values.get(name.lower()))
        return self._inserted(file, batch, list(zip(*columns, strict=True)))

    def _inserted(self, file: RowFile, batch: Batch, rows: list[tuple[Any, ...]]) -> int:
        connection = self._table.connection
        connection.execute("SAVEPOINT batch")
        try:
            added = connection.executemany(self._statement, rows).rowcount
            connection.execute("RELEASE batch")
            return added
        except sqlite3.IntegrityError:
            # once more, one by one, to tell which it is
            connection.execute("ROLLBACK TO batch")
        for line, row in zip(batch.lines, rows, strict=True):
            try:
                connection.execute(self._statement, row)
            except sqlite3.IntegrityError as error:
                raise file.fault(line, f"`{self._table.name}` refuses the row ({error})") from error
        raise AssertionError("a row was refused")

    def _converted(self, values: Sequence[Any], name: str, *, is_text: bool) -> Sequence[Any]:
        kind, nulls = self._kinds[name], self._nulls[name]
        style = self._styles[name]
        if style is not None and is_text:
            numbers = (None if value in nulls else style.number(value) for value in values)
            return [None if each is None else stored(each, kind) for each in numbers]
        if not is_text or self._has_truth[name]:
            return [None if _is_none(value, nulls) else stored(value, kind) for value in values]
        if kind is Kind.NUMBER:
            # Python rounds as it should, which SQLite does not always
            return [None if value in nulls else float(value) for value in values]
        if kind is Kind.WHOLE and not self._table.makes_numbers(name):
            return [None if value in nulls else int(value) for value in values]
        if len(nulls) == 1:
            # the empty one
            return [value or None for value in values]
        return [None if value in nulls else value for value in values]

    def _times(self, file: RowFile, batch: Batch, values: Sequence[Any]) -> Sequence[Any]:
        rewriting = self._timing.rewriting
        assert rewriting is not None
        nulls = self._nulls[str(self._timing.column).lower()]
        found = []
        for line, value in zip(batch.lines, values, strict=True):
            try:
                found.append(None if _is_none(value, nulls) else rewriting.written(value))
            except (ValueError, OverflowError, OSError) as error:
                layout = f" as `{rewriting.layout}` says" if rewriting.layout else ""
                raise file.fault(
                    line, f"`{self._timing.column}` is `{value}`, which is no time{layout}"
                ) from error
        return found

    def _check_key(
        self, file: RowFile, batch: Batch, name: str, values: Sequence[Any] | None
    ) -> None:
        nulls = self._nulls[name.lower()]
        for line, value in zip(batch.lines, values or repeat(None), strict=False):
            if _is_none(value, nulls):
                raise file.fault(line, f"it has no `{name}`, which is to tell rows apart")


def _is_none(value: Any, nulls: frozenset[str]) -> bool:
    return value is None or (isinstance(value, str) and value in nulls)
