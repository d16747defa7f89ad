"""What is found behind a number, as values; finding it is `analysis.inspection`."""

from dataclasses import dataclass

from metric_tui.base.series import Cell


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """What a metric is, shown to a sceptic."""

    metric: str
    rule: str
    """How its type computes, in a sentence or two."""

    yaml: str
    """Its lines in the file as they stand."""

    line: int
    """The first of them, from 1."""

    sql: str
    """What computes it, ready to paste; for a computed metric the SQL of its inputs, labelled."""

    sources: tuple[str, ...]
    dimensions: tuple[str, ...]
    last_event: str | None
    """Local ISO time of the last event of its sources."""

    time_forms: tuple[str, ...] = ()
    """For each source: how the store writes its times, as found out."""

    times: tuple[str, ...] = ()
    """The same in words, with an example."""

    event_columns: tuple[str, ...] = ()
    """The columns with the events' names; those that the file does not give are marked so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EventTable:
    """Rows behind a value, latest first."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    entity_column: int | None
    """Where the acting entity stands, for its timeline; None without one."""

    note: str | None = None
    """Why there may be more, or none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """What an editor may complete."""

    metrics: tuple[str, ...]
    columns: tuple[str, ...]
    events: tuple[str, ...]
    dimensions: tuple[str, ...]
