"""Which rows are read together, and what is read of each: a few values, by the row's event."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from metric_tui.engines.rollup.tracks import Column, Fold, Track

FEW_VALUES = 3
"""Events that need no more values of a row are read apart from those that need many."""


@dataclass(frozen=True, slots=True)
class Folding:
    """How one column comes out of the values read of a cell's rows."""

    fold: Fold
    slot: int
    """Place among the values of a row; no matter where rows are counted."""


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """Events that are read by one statement."""

    events: tuple[int, ...]
    """Codes; 0 stands for all events that nobody names."""

    slots: tuple[Mapping[int, str], ...]
    """SQL of each value of a row, by the event's code."""

    foldings: Mapping[int, tuple[Folding, ...]]
    """By the event's code, one for each of its columns."""


def columns_of(tracks: Sequence[Track], names: Sequence[str]) -> tuple[tuple[Column, ...], ...]:
    """By the event's code, the columns that any track keeps of its rows."""
    kept = [track for track in tracks if track.shape != "first"]
    return tuple(
        tuple(dict.fromkeys(c for track in kept if track.reads(name) for c in track.columns))
        for name in (None, *names)
    )


def readings_of(columns: Sequence[Sequence[Column]], *, reads_all: bool) -> tuple[Reading, ...]:
    """Which events are read together: those of which little is read, and the others.

    Many rows are of events that are only counted, and little is fetched of those. More than two
    statements would cost more than they save: each goes over all rows.

    Args:
        columns: by the event's code.
        reads_all: whether events without a column are read too.
    """
    few: list[int] = []
    many: list[int] = []
    for code, own in enumerate(columns):
        if own or reads_all:
            (few if len(_values(own)) <= FEW_VALUES else many).append(code)
    return tuple(_reading(events, columns) for events in (few, many) if events)


def _reading(events: Sequence[int], columns: Sequence[Sequence[Column]]) -> Reading:
    values = {code: _values(columns[code]) for code in events}
    width = max(map(len, values.values()))
    return Reading(
        events=tuple(events),
        slots=tuple(
            {code: own[slot] for code, own in values.items() if slot < len(own)}
            for slot in range(width)
        ),
        foldings={
            code: tuple(
                Folding(c.fold, 0 if c.fold == "rows" else values[code].index(c.value))
                for c in columns[code]
            )
            for code in events
        },
    )


def _values(columns: Sequence[Column]) -> tuple[str, ...]:
    """The values that columns need; entities first, so that they meet those of other events."""
    ordered = sorted(columns, key=lambda column: column.fold != "collect")
    return tuple(dict.fromkeys(c.value for c in ordered if c.fold != "rows"))


def slot_sql(
    slot: Mapping[int, str], reading: Reading, case: Callable[[dict[int, str]], str]
) -> str:
    """SQL of one value of a row.

    Args:
        slot: the SQL by the event's code.
        reading: whose value it is.
        case: makes SQL that chooses by the row's event.
    """
    texts = set(slot.values())
    if len(texts) == 1:
        (text,) = texts
        # reading a column costs less than asking for the event
        if "(" not in text or len(slot) == len(reading.events):
            return text
    return case(dict(slot))
