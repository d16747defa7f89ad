"""Files into a table: looked over first, then written."""

import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from pathlib import Path

from metric_tui.base.errors import StoreError
from metric_tui.ingest.importing.columns import Column, Kind, kind_of_text
from metric_tui.ingest.importing.faults import ImportFault
from metric_tui.ingest.importing.files import RowFile, row_files
from metric_tui.ingest.importing.moments import event_column
from metric_tui.ingest.importing.survey import Survey
from metric_tui.ingest.importing.table import Table, opened_table
from metric_tui.ingest.importing.timing import Timing, timing_of
from metric_tui.ingest.importing.writing import Writing, kinds_of

_ENDINGS_OF_OTHERS = (".duckdb", ".ddb", ".parquet", ".pq")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """How files are to be taken in."""

    table: str = "events"
    key: tuple[str, ...] = ()
    """Columns by which a row that is there already is known."""

    time: str | None = None
    """The column of times; None to find it."""

    time_layout: str | None = None
    """How its times are written, as `strptime` takes it; None for the usual ways."""

    zone: tzinfo | None = None
    """Of times that name none; None for UTC."""

    texts: frozenset[str] = frozenset()
    """Columns that are text whatever they look like."""

    nulls: frozenset[str] = frozenset()
    """Text beside the empty one that stands for no value."""

    decimal: str | None = None
    """The mark before decimals, `.` or `,`; None to find it."""

    encoding: str = "utf-8"
    separator: str | None = None
    """What separates the values of delimited text; None to find it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What was taken in."""

    table: str
    is_new: bool
    """Whether the table was made."""

    read: int
    added: int
    columns: tuple[tuple[str, str], ...]
    """Each column of the files with what it holds, in words."""

    fresh: tuple[str, ...]
    """Columns that the table did not have."""

    time: str | None
    """The column of times; None where none is."""

    indexes: tuple[tuple[str, ...], ...]


def import_files(
    names: Sequence[str],
    store: Path,
    wishes: Wishes,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Imported:
    """Take files into a table of a SQLite store; all of them, or nothing.

    Args:
        names: of files, or `-` for standard input.
        store: made if it is missing.
        wishes: how.
        progress: hears of bytes, of the two times that files are gone over.

    Raises:
        ImportFault: a file cannot be taken in.
        StoreError: the store is no SQLite file, or cannot be written.
    """
    if store.suffix.lower() in _ENDINGS_OF_OTHERS:
        raise StoreError(f"`{store}` is no SQLite store", hint="name one such as events.db")
    with row_files(names, wishes.encoding, wishes.separator) as files:
        count = _Progress(files, progress)
        texts = frozenset(name.lower() for name in wishes.texts)
        survey = Survey(wishes.nulls | {""}, time=wishes.time, texts=texts, decimal=wishes.decimal)
        survey.look(files, count.gone_over)
        if not survey.columns:
            raise ImportFault("there is no row in " + ", ".join(file.name for file in files))
        for name in (*wishes.key, *wishes.texts):
            if survey.column(name) is None:
                raise _no_column(survey, name)
        with opened_table(store, wishes.table) as table:
            if not table.is_new and not any(c.name.lower() in table.names for c in survey.columns):
                raise ImportFault(
                    f"`{table.name}` has none of the columns of {files[0].name}",
                    hint=f"it has {', '.join(table.names.values())}; is another --table meant?",
                )
            timing = timing_of(files, survey, table, wishes.time, wishes.time_layout, wishes.zone)
            return _written(files, survey, table, wishes, timing, count)


def _written(
    files: Sequence[RowFile],
    survey: Survey,
    table: Table,
    wishes: Wishes,
    timing: Timing,
    count: "_Progress",
) -> Imported:
    is_new = table.is_new
    kinds = kinds_of(files, survey, table, timing, survey.texts)
    fresh = table.make_room([(c.name, kinds[c.name.lower()]) for c in survey.columns])
    if wishes.key:
        _be_unique(table, wishes.key)
    writing = Writing(survey, table, kinds, wishes.key, timing)
    count.begin_anew()
    added = 0
    for file in files:
        try:
            for batch in file.batches():
                added += writing.write(file, batch)
                count.gone_over(file)
        finally:
            # what was looked over before tells nothing of what has come since
            file.check_unchanged()
    indexes = _indexed(table, timing)
    count.end()
    return Imported(
        table=table.name,
        is_new=is_new,
        read=survey.rows,
        added=added,
        columns=tuple(
            (c.name, _words(c, kinds[c.name.lower()], survey, timing, with_file=len(files) > 1))
            for c in survey.columns
        ),
        fresh=() if is_new else tuple(fresh),
        time=timing.column,
        indexes=indexes,
    )


def _be_unique(table: Table, key: Sequence[str]) -> None:
    try:
        table.be_unique(key)
    except sqlite3.IntegrityError as error:
        raise ImportFault(
            f"`{table.name}` has rows that share their key already ({', '.join(key)})",
            hint="name more columns by --key, or another --table",
        ) from error


def _words(column: Column, kind: Kind, survey: Survey, timing: Timing, *, with_file: bool) -> str:
    """What a column holds, and what beside it."""
    words = kind.value
    if timing.column == column.name and timing.form is not None:
        words = f"times: {timing.form.value}"
    elif column.name.lower() not in survey.texts:
        words += _aside(column, kind, with_file=with_file)
    if survey.nulls_of(column.name, is_text=kind is Kind.TEXT) > survey.nulls:
        words += f"; {column.words.told(survey.rows, with_file=with_file)}"
    return words


def _aside(column: Column, kind: Kind, *, with_file: bool) -> str:
    """Why a column is text, or how its numbers are written; mostly nothing."""
    if column.styles is not None:
        where = column.styles.place.words(with_file=with_file)
        if column.style is None:
            return f": {column.styles.doubt}, {where}; say which by --decimal . or --decimal ,"
        return f", written as `{column.styles.example}`" if kind is not Kind.TEXT else ""
    if kind is Kind.TEXT and column.odd is not None:
        text, place = column.odd
        is_number = kind_of_text(text) is not Kind.TEXT
        what = "is written otherwise" if is_number else "is no number"
        return f": `{text}` {what}, {place.words(with_file=with_file)}"
    return ""


def _indexed(table: Table, timing: Timing) -> tuple[tuple[str, ...], ...]:
    """Index what a metric asks for: a span of time, of all events or of those of a name."""
    if timing.column is None:
        return ()
    event = event_column(table.names.values())
    wanted: list[tuple[str, ...]] = [(timing.column,)]
    if event is not None:
        wanted.append((event, timing.column))
    for columns in wanted:
        table.be_indexed(columns)
    return tuple(tuple(table.names[name.lower()] for name in columns) for columns in wanted)


def _no_column(survey: Survey, name: str) -> ImportFault:
    names = ", ".join(column.name for column in survey.columns)
    return ImportFault(f"no column is named `{name}`", hint=f"there are {names}")


class _Progress:
    """Bytes gone over of all files, twice."""

    def __init__(self, files: Sequence[RowFile], told: Callable[[int, int], None]) -> None:
        self._files = files
        self._told = told
        self._before = 0

    def gone_over(self, file: RowFile) -> None:
        """Tell how far it is."""
        place = self._files.index(file)
        done = sum(own.size for own in self._files[:place]) + file.done
        self._told(self._before + done, 2 * self._size)

    def begin_anew(self) -> None:
        """Go over the files once more."""
        self._before = self._size

    def end(self) -> None:
        """Tell that all is done: not every file tells how far it is."""
        self._told(2 * self._size, 2 * self._size)

    @property
    def _size(self) -> int:
        return sum(own.size for own in self._files)
