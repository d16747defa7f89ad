"""A store as a tree sees it: each source's columns, how it writes times, when it begins and ends."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from metric_tui.base.errors import StoreError
from metric_tui.base.periods import Calendar
from metric_tui.base.series import Cell, Table
from metric_tui.definitions.asks import MeasureAsk
from metric_tui.definitions.extents import Extent
from metric_tui.definitions.sources import Source, found_event_column
from metric_tui.definitions.tree import MetricTree
from metric_tui.engines.common import ColumnInfo, Engine
from metric_tui.engines.nothing import NoStore
from metric_tui.engines.resolution import Resolution, resolution_of
from metric_tui.engines.time_forms import ColumnForm, TimeForm
from metric_tui.engines.time_words import form_of_column
from metric_tui.engines.times import TimeAxis

SAMPLE_ROWS = 1_000

METRIC_SUFFIX = " (sql)"
"""Sets a metric's own SELECT apart from the sources of the tree, which may have its name."""

AGE_END = datetime(2101, 1, 1, tzinfo=UTC)
"""From here on times are hardly those of events."""

FIRST_INSTANT = datetime(200, 1, 1, tzinfo=UTC)
LAST_INSTANT = datetime(9800, 1, 1, tzinfo=UTC)
"""Times beyond these are mistakes in the store; periods there could not be compared with others."""


@dataclass(slots=True)
class Store:
    """An engine with what was learnt of one tree's sources; learnt anew after a change.

    The methods may be called from any thread.
    """

    engine: Engine
    tree: MetricTree
    _columns: dict[str, Mapping[str, ColumnInfo]] = field(default_factory=dict)
    _forms: dict[tuple[str, str], ColumnForm] = field(default_factory=dict)
    _samples: dict[tuple[str, str], Sequence[Cell]] = field(default_factory=dict)
    _extents: dict[tuple[str, str], Extent] = field(default_factory=dict)
    _row_orders: dict[str, str | None] = field(default_factory=dict)
    repeated_keys: dict[str, str | None] = field(default_factory=dict)
    """By source that was joined, what is wrong with its keys."""

    kept: dict[MeasureAsk, Table] = field(default_factory=dict)
    """Tables that no range changes: when each group begins."""

    @property
    def until(self) -> datetime | None:
        """Where there is no store: the moment that stands for the end of its data."""
        return self.engine.until if isinstance(self.engine, NoStore) else None

    def table_sql(self, source: Source) -> str:
        """What follows FROM, without an alias."""
        if source.sql is not None:
            return self.engine.rows_of(
                bare_select(source.sql),
                source=source.name.removesuffix(METRIC_SUFFIX),
                time_column=source.agg_time_dimension,
            )
        return self.engine.dialect.quote(source.table or "")

    def columns(self, source: Source) -> Mapping[str, ColumnInfo]:
        """The source's columns by lower-case name.

        Raises:
            StoreError: the store has no such table, or the query fails.
        """
        found = self._columns.get(source.name)
        if found is None:
            columns = self._read_columns(source)
            found = self._columns[source.name] = {column.name.lower(): column for column in columns}
        return found

    def _read_columns(self, source: Source) -> tuple[ColumnInfo, ...]:
        if source.sql is not None:
            # not by `table_sql`: to learn the names no row has to be read
            select = bare_select(source.sql)
            fetched = self.engine.fetch(f"SELECT * FROM (\n{select}\n) AS q LIMIT 0")
            return tuple(ColumnInfo(name=name, type="") for name in fetched.columns)
        columns = self.engine.columns(source.table or "")
        if not columns:
            raise StoreError(
                f"the store has no table `{source.table}`",
                hint=f"it has {_listed(self.engine.tables())}",
            )
        return columns

    def has_column(self, source: Source, name: str) -> bool:
        """Whether the source has a column of that name, in any case."""
        return name.lower() in self.columns(source)

    def event_column(self, source: Source) -> str | None:
        """The column with the event's name: the one given, else one found where events are named.

        Raises:
            StoreError: the store cannot be read.
        """
        if source.event_column is not None or source.name not in self.tree.sources_of_events:
            return source.event_column
        return found_event_column(column.name for column in self.columns(source).values())

    def row_order(self, source: Source) -> str | None:
        """SQL of the order in which a table's rows were written, None where none is kept."""
        if source.table is None:
            return None
        if source.name not in self._row_orders:
            self._row_orders[source.name] = self._found_row_order(source)
        return self._row_orders[source.name]

    def _found_row_order(self, source: Source) -> str | None:
        column = f"{self.engine.dialect.quote(source.name)}.rowid"
        table = f"{self.table_sql(source)} AS {self.engine.dialect.quote(source.name)}"
        try:
            self.engine.fetch(f"SELECT {column} FROM {table} LIMIT 0")
        except StoreError:
            # views and tables without a rowid have no such column
            return None
        return column

    def axis(self, source: Source, time_column: str) -> TimeAxis:
        """The source's time column, ready to be compared.

        Raises:
            StoreError: there is no such column, or it holds no times.
        """
        found, dialect = self.column_form(source, time_column), self.engine.dialect
        column = f"{dialect.quote(source.name)}.{dialect.quote(time_column)}"
        if found.is_text:
            is_whole = found.form not in (TimeForm.EPOCH_SECONDS, TimeForm.JULIAN)
            column = dialect.number_of_text(column, is_whole=is_whole)
        return TimeAxis(
            column=column,
            form=found.form,
            dialect=dialect,
            calendar=self.tree.settings.calendar,
            layout=source.time_format if found.form is TimeForm.LAYOUT else None,
            has_strays=found.has_strays,
        )

    def time_form(self, source: Source, time_column: str) -> TimeForm:
        """How the column writes its times."""
        return self.column_form(source, time_column).form

    def column_form(self, source: Source, time_column: str) -> ColumnForm:
        """How the column writes its times, with an example.

        Raises:
            StoreError: there is no such column, or it holds no times.
        """
        key = (source.name, time_column)
        if key not in self._forms:
            self._forms[key] = self._found_form(source, time_column)
        return self._forms[key]

    def _found_form(self, source: Source, time_column: str) -> ColumnForm:
        if not self.has_column(source, time_column):
            raise StoreError(
                f"source `{source.name}` has no column `{time_column}`",
                hint=f"it has {_listed(column.name for column in self.columns(source).values())}",
            )
        sample = self._sample(source, time_column)
        self._samples[source.name, time_column] = sample
        return form_of_column(source, time_column, sample)

    def _sample(self, source: Source, time_column: str) -> list[Cell]:
        """Values from both ends of the source: forms often change where a writer did."""
        column = self.engine.dialect.quote(time_column)
        table = self.table_sql(source)
        head = f"SELECT {column} FROM {table} AS q LIMIT {SAMPLE_ROWS}"
        values = [row[0] for row in self.engine.fetch(head).rows]
        for order in ("ASC", "DESC"):
            # the smallest and largest values show a stray form that a sample may miss
            edge = f"SELECT {column} FROM {table} AS q WHERE {column} IS NOT NULL ORDER BY 1 {order} LIMIT 1"
            values += [row[0] for row in self.engine.fetch(edge).rows]
        return values

    def extent(self, source: Source, time_column: str, condition: str | None) -> Extent:
        """When the source's events begin and end.

        Args:
            source: whose events.
            time_column: which time.
            condition: SQL of the source's own filter, None without one.
        """
        key = (source.name, time_column)
        if key not in self._extents:
            self._extents[key] = self._read_extent(source, time_column, condition)
        return self._extents[key]

    def _read_extent(self, source: Source, time_column: str, condition: str | None) -> Extent:
        axis = self.axis(source, time_column)
        first = _within_calendar(axis.instant(self._edge(source, axis, condition, "ASC")))
        last = _within_calendar(self._last(source, axis, condition))
        if last is None:
            return Extent(first=first, last=None, unit=axis.coverage)
        # the last day of a column of days counts to its end, the last hour of one of hours
        event = axis.end_of(last)
        covered = self._resolution(source, time_column, axis).end_of(event, axis.calendar)
        return Extent(first=first, last=covered, event=event, unit=axis.coverage)

    def _last(self, source: Source, axis: TimeAxis, condition: str | None) -> datetime | None:
        """The last event of this age; 9999-12-31 stands for "never", and is no end of any data."""
        is_of_age = f"{axis.compared} < {axis.bound(AGE_END)}"
        within = f"({condition}) AND {is_of_age}" if condition else is_of_age
        last = axis.instant(self._edge(source, axis, within, "DESC"))
        return last or axis.instant(self._edge(source, axis, condition, "DESC"))

    def _resolution(self, source: Source, time_column: str, axis: TimeAxis) -> Resolution:
        alias = self.engine.dialect.quote(source.name)
        sample = self._samples.get((source.name, time_column), ())
        from_sql = f"FROM {self.table_sql(source)} AS {alias}"
        return resolution_of(self.engine, axis, from_sql, sample)

    def _edge(self, source: Source, axis: TimeAxis, condition: str | None, order: str) -> Cell:
        alias = self.engine.dialect.quote(source.name)
        where = [f"{axis.compared} IS NOT NULL", *([condition] if condition else [])]
        # ORDER BY with LIMIT walks an index from its end; MIN with a filter would not
        statement = (
            f"SELECT {axis.column} FROM {self.table_sql(source)} AS {alias}"
            f" WHERE {' AND '.join(where)} ORDER BY {axis.compared} {order} LIMIT 1"
        )
        rows = self.engine.fetch(statement).rows
        return rows[0][0] if rows else None


def bare_select(sql: str) -> str:
    """The SELECT of a tree file without the `;` at its end."""
    return sql.strip().rstrip(";").rstrip()


def _within_calendar(instant: datetime | None) -> datetime | None:
    """An instant far enough from the ends of the calendar to count days and months from it."""
    return None if instant is None else min(max(instant, FIRST_INSTANT), LAST_INSTANT)


def _listed(names: object) -> str:
    shown = [f"`{name}`" for name in list(names)[:8]]  # type: ignore[call-overload]
    return ", ".join(shown) if shown else "none"


def watermark_of(
    tree: MetricTree,
    extents: Mapping[tuple[str, str], Extent],
    as_of: date | datetime | None = None,
) -> datetime | None:
    """The last instant the tree's data is trusted.

    Args:
        tree: its setting comes first; under `auto` it is the latest event of any source.
        extents: when sources begin and end.
        as_of: a question's own, which under `auto` is trusted beyond the latest event too.

    Returns:
        None for a store without events whose watermark nobody gives.
    """
    return _trusted_until(tree, [extent.last for extent in extents.values()], as_of)


def last_event_of(
    tree: MetricTree,
    extents: Mapping[tuple[str, str], Extent],
    as_of: date | datetime | None = None,
) -> datetime | None:
    """The watermark as it is shown: the last event itself, and not all that it stands for."""
    return _trusted_until(tree, [each.event or each.last for each in extents.values()], as_of)


def _trusted_until(
    tree: MetricTree, ends: Sequence[datetime | None], as_of: date | datetime | None
) -> datetime | None:
    setting, calendar = tree.settings.watermark, tree.settings.calendar
    if setting != "auto":
        return _given(setting, calendar)
    known = [end for end in ends if end is not None]
    if known and as_of is not None:
        known.append(_given(as_of, calendar))
    return max(known, default=None)


def _given(moment: date | datetime, calendar: Calendar) -> datetime:
    """The last second of a local day, or an instant itself; a time without a zone is local."""
    if isinstance(moment, datetime):
        return moment if moment.tzinfo else moment.replace(tzinfo=calendar.zone)
    return end_of_day(moment, calendar)


def end_of_day(day: date, calendar: Calendar) -> datetime:
    """The last second of a local day, in UTC."""
    return calendar.midnight(day + timedelta(days=1)) - timedelta(seconds=1)
