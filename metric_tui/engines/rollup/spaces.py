"""What of a source can be kept in partials: its table, its time, its dimensions, its cells."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from itertools import combinations

from metric_tui.base.errors import MetricTuiError
from metric_tui.definitions.sources import Source
from metric_tui.engines.sql.scope import Scope
from metric_tui.engines.store import Store
from metric_tui.engines.time_forms import EPOCH_UNITS, TimeForm
from metric_tui.engines.times import TimeAxis

PAIRED_DIMENSIONS = 4
"""Of so many dimensions every pair is kept too; of the others each alone."""

MOST_DIMENSIONS = 20
MOST_VALUES = 64
"""A dimension with more values is left to plain SQL."""

FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(2200, 1, 1)
"""A table with times outside of these is left to plain SQL."""

KEPT_FORMS = frozenset(
    {
        TimeForm.DATE, TimeForm.MONTH, TimeForm.ISO, TimeForm.SPACE, TimeForm.OFFSET, TimeForm.MIXED,
        TimeForm.DAY_NUMBER, TimeForm.MONTH_NUMBER, *EPOCH_UNITS,
    }
)  # fmt: skip
"""Forms of time whose tables are kept in partials; those of others are small, or rare."""

Lens = tuple[int, ...]
"""Indexes of the dimensions by which partials are split; `()` for the whole."""


class Unfit(Exception):
    """A table or dimension cannot be kept in partials; `dimension` is the one at fault."""

    def __init__(self, reason: str, dimension: str | None = None) -> None:
        super().__init__(reason, dimension)
        self.reason = reason
        self.dimension = dimension


@dataclass(frozen=True, slots=True, kw_only=True)
class Space:
    """One source by one of its time columns, with the dimensions that split its partials."""

    source: str
    table: str
    from_sql: str
    rowid: str
    axis: TimeAxis
    condition: str | None
    """The source's own filter."""

    event: str | None
    """SQL of the event's name."""

    dimensions: tuple[tuple[str, str], ...]
    """Name and SQL of each."""

    excluded: tuple[str, ...] = ()
    """Dimensions left out, sorted: too many values, or values of a kind that cannot be told apart."""

    @property
    def base_key(self) -> str:
        """Its identity but for what was left out."""
        return _base_key(self)

    @property
    def key(self) -> str:
        """Its identity."""
        return f"{self.base_key}-{','.join(self.excluded)}" if self.excluded else self.base_key

    @property
    def kept(self) -> tuple[tuple[str, str], ...]:
        """The dimensions that are kept."""
        return tuple(entry for entry in self.dimensions if entry[0] not in self.excluded)

    @property
    def lenses(self) -> tuple[Lens, ...]:
        """Every way in which partials are split, the whole first."""
        count = len(self.kept)
        singles = [(index,) for index in range(count)]
        pairs = combinations(range(min(count, PAIRED_DIMENSIONS)), 2)
        return ((), *singles, *pairs)

    def lens_of(self, names: Sequence[str]) -> int | None:
        """The place of the lens with exactly these dimensions; None where none is kept."""
        place = {name: index for index, (name, _) in enumerate(self.kept)}
        if not all(name in place for name in names):
            return None
        lens = tuple(sorted(place[name] for name in set(names)))
        return self.lenses.index(lens) if lens in self.lenses else None

    def without(self, dimension: str) -> "Space":
        """The same without a dimension."""
        return replace(self, excluded=tuple(sorted({*self.excluded, dimension})))


@lru_cache(maxsize=64)
def _base_key(space: Space) -> str:
    axis = space.axis
    parts = [
        space.from_sql, space.rowid, space.condition, space.event, axis.compared, axis.form.name,
        axis.calendar.timezone, space.dimensions,
    ]  # fmt: skip
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:24]


def space_of(store: Store, source: Source, time_column: str) -> Space:
    """A source as it can be kept.

    Raises:
        Unfit: it cannot; the reason is for the user.
        MetricTuiError: the store cannot be read.
    """
    if source.table is None:
        raise Unfit("its rows are a query's")
    axis = store.axis(source, time_column)
    if axis.form is TimeForm.EMPTY:
        raise Unfit("its times cannot be read")
    if (
        axis.form not in KEPT_FORMS
        or axis.has_strays
        or store.column_form(source, time_column).is_text
    ):
        raise Unfit(f"its times are {axis.form.value}, which only plain SQL reads")
    columns = store.columns(source)
    _check_table(store, source.table)
    rowid = next((name for name in ("rowid", "_rowid_", "oid") if name not in columns), None)
    if rowid is None:
        raise Unfit("its rows have no number of their own")
    quote = store.engine.dialect.quote
    alias = quote(source.name)
    event = store.event_column(source)
    scope = Scope(store, source)
    return Space(
        source=source.name,
        table=source.table,
        from_sql=f"FROM {store.table_sql(source)} AS {alias}",
        rowid=f"{alias}.{rowid}",
        axis=axis,
        condition=scope.condition(source.filter),
        event=f"{alias}.{quote(event)}" if event and store.has_column(source, event) else None,
        dimensions=_dimensions(store, source),
    )


def _dimensions(store: Store, source: Source) -> tuple[tuple[str, str], ...]:
    found = []
    for name in source.dimensions:
        try:
            scope = Scope(store, source)
            text = scope.dimension(name)
        except MetricTuiError:
            continue
        if not scope.joined:
            found.append((name, text))
    return tuple(found[:MOST_DIMENSIONS])


def _check_table(store: Store, table: str) -> None:
    sql = schema_of(store, table)
    words = sql.upper()
    if not words.startswith("CREATE TABLE"):
        raise Unfit("it is no plain table")
    if "WITHOUT" in words and "ROWID" in words:
        raise Unfit("its rows have no number of their own")
    if "COLLATE" in words:
        raise Unfit("a column compares text by a rule of its own")


def schema_of(store: Store, table: str) -> str:
    """The statement that made a table, empty where it is a view or missing."""
    name = store.engine.dialect.literal(table.lower())
    rows = store.engine.fetch(
        f"SELECT sql FROM sqlite_master WHERE type = 'table' AND lower(name) = {name}"
    ).rows
    return str(rows[0][0] or "") if rows else ""
