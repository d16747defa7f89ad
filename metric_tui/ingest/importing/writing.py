"""Rows on their way into a table."""

from collections.abc import Mapping, Sequence
from itertools import repeat
from typing import Any

from metric_tui.ingest.importing.batches import Batch
from metric_tui.ingest.importing.columns import Kind, kind_of_text, kind_of_value, stored
from metric_tui.ingest.importing.files import RowFile
from metric_tui.ingest.importing.survey import Survey, first_where
from metric_tui.ingest.importing.table import Table
from metric_tui.ingest.importing.timing import Timing, kind_of_times

_NUMBERS = (Kind.TRUTH, Kind.WHOLE, Kind.NUMBER)


def kinds_of(
    files: Sequence[RowFile], survey: Survey, table: Table, timing: Timing
) -> dict[str, Kind]:
    """What each column is written as, by its name in lower case.

    Raises:
        ImportFault: the table has numbers where a file has text.
    """
    found = {}
    for column in survey.columns:
        name, kind = column.name.lower(), column.kind
        if timing.rewriting is not None and timing.column == column.name:
            kind = kind_of_times(timing.rewriting.form)
        elif name in table.names and table.holds_text(name):
            kind = Kind.TEXT
        elif name in table.names and table.holds_numbers(name) and kind is Kind.TEXT:
            file, line, value = first_where(files, survey, name, _is_no_number)
            raise file.fault(
                line,
                f"`{column.name}` is `{value}`, and `{table.name}` holds numbers there",
                "say which text stands for none, such as --null N/A, or write another --table",
            )
        found[name] = kind
    return found


def _is_no_number(value: Any, is_text: bool) -> bool:
    return (kind_of_text(value) if is_text else kind_of_value(value)) not in _NUMBERS


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
        names = [column.name for column in survey.columns]
        self._statement = table.inserting(names, self._key)

    def write(self, file: RowFile, batch: Batch) -> None:
        """Write some rows.

        Raises:
            ImportFault: a row lacks its key, or its time cannot be read.
            sqlite3.IntegrityError: the table refuses a row.
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
        self._table.connection.executemany(self._statement, zip(*columns, strict=True))

    def _converted(self, values: Sequence[Any], name: str, *, is_text: bool) -> Sequence[Any]:
        kind, nulls = self._kinds[name], self._survey.nulls
        if not is_text or kind is Kind.TRUTH:
            return [None if self._is_none(value) else stored(value, kind) for value in values]
        if kind is Kind.NUMBER:
            # Python rounds as it should, which SQLite does not always
            return [None if value in nulls else float(value) for value in values]
        if kind is Kind.WHOLE and not self._table.holds_numbers(name):
            return [None if value in nulls else int(value) for value in values]
        if len(nulls) == 1:
            # the empty one
            return [value or None for value in values]
        return [None if value in nulls else value for value in values]

    def _is_none(self, value: Any) -> bool:
        return value is None or (isinstance(value, str) and value in self._survey.nulls)

    def _times(self, file: RowFile, batch: Batch, values: Sequence[Any]) -> Sequence[Any]:
        rewriting = self._timing.rewriting
        assert rewriting is not None
        found = []
        for line, value in zip(batch.lines, values, strict=True):
            try:
                found.append(None if self._is_none(value) else rewriting.written(value))
            except (ValueError, OverflowError, OSError) as error:
                layout = f" as `{rewriting.layout}` says" if rewriting.layout else ""
                raise file.fault(
                    line, f"`{self._timing.column}` is `{value}`, which is no time{layout}"
                ) from error
        return found

    def _check_key(
        self, file: RowFile, batch: Batch, name: str, values: Sequence[Any] | None
    ) -> None:
        for line, value in zip(batch.lines, values or repeat(None), strict=False):
            if self._is_none(value):
                raise file.fault(line, f"it has no `{name}`, which is to tell rows apart")
