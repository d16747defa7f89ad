"""Where events stand in the store: tables or queries, their time, entities and dimensions."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from metric_tui.definitions.fields import given_by_place, yaml_field
from metric_tui.definitions.fragments import Fragment


@dataclass(frozen=True, slots=True, kw_only=True)
class Dimension:
    """A column, expression or JSON property by which metrics are sliced and filtered."""

    name: str = given_by_place()
    expr: Fragment = yaml_field("SQL expression over the source's columns", shorthand=True)
    label: str | None = yaml_field("how it is shown", default=None)
    description: str | None = yaml_field("what it means", default=None)
    buckets: tuple[float, ...] = yaml_field(
        "upper bounds, inclusive and ascending: `[1, 4, 19]` gives 0-1, 2-4, 5-19, 20+", default=()
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One stream of events: a table, or a read-only query.

    Exactly one of `table` and `sql` is given; the reader sees to it.
    """

    name: str = given_by_place()
    table: str | None = yaml_field("the table or view that holds the rows", default=None)
    sql: str | None = yaml_field("one read-only SELECT instead of a table", default=None)
    agg_time_dimension: str = yaml_field(
        "the column with the event's time: ISO text, date text, epoch seconds or milliseconds",
        also=("time_column",),
    )
    time_format: str | None = yaml_field(
        "how its times are written where that is not told by itself: `%m/%d/%Y %H:%M`", default=None
    )
    event_column: str | None = yaml_field(
        "the column with the event's name; `event`, `event_name`, `event_type` or `name` is found",
        default=None,
    )
    entities: Mapping[str, Fragment] = yaml_field(
        "who or what acts: name to column or expression", default_factory=dict
    )
    primary_entity: str | None = yaml_field(
        "the entity of which each row is one; other sources reach its dimensions as `entity__name`",
        default=None,
    )
    dimensions: Mapping[str, Dimension] = yaml_field(
        "what metrics may be sliced by: name to column or expression", default_factory=dict
    )
    filter: tuple[Fragment, ...] = yaml_field(
        "condition every row must meet; a list is joined by AND", default=()
    )
    description: str | None = yaml_field("what the rows are", default=None)
    label: str | None = yaml_field("how it is shown", default=None)


EVENT_COLUMNS = ("event", "event_name", "event_type", "name")
"""Columns that are taken for the event's name where a source names none, the first that is there."""


def found_event_column(columns: Iterable[str]) -> str | None:
    """The column with the event's name, told by its own name alone; None where there is none."""
    by_lower = {column.lower(): column for column in columns}
    return next((by_lower[name] for name in EVENT_COLUMNS if name in by_lower), None)
