"""Values over spans and groups: what an engine returns and a metric's arithmetic combines."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, get_args

Note = Literal["partial", "immature", "stale", "small", "gap"]
NOTES: tuple[Note, ...] = get_args(Note)

Value = float | None
Cell = str | int | float | bool | None
"""A dimension's value as the store holds it; None is a group of its own."""

_BLOB = re.compile(r"x'((?:[0-9a-f]{2})*)'")

Group = tuple[Cell, ...]
"""One value per dimension of the breakdown; `()` when there is none."""


def cell_text(cell: Cell) -> str:
    """A dimension's value as filters write it; empty for rows without one."""
    if cell is None:
        return ""
    return str(cell).lower() if isinstance(cell, bool) else str(cell)


def blob_text(raw: bytes) -> str:
    """A BLOB as SQL writes it: `x'ff00'`."""
    return f"x'{raw.hex()}'"


def bytes_of(text: str) -> bytes | None:
    """The bytes that `blob_text` wrote, None for any other text."""
    found = _BLOB.fullmatch(text)
    return bytes.fromhex(found[1]) if found else None


def shown_group(values: Sequence[Any]) -> Group:
    """The values of a breakdown's dimensions as they are shown and filtered by.

    A BLOB is its bytes as SQL writes them, `x'ff00'`: text that every format can hold.
    """
    return tuple(blob_text(value) if isinstance(value, bytes) else value for value in values)


def group_order(group: Group) -> tuple[tuple[int, float, str], ...]:
    """A sort key for groups: numbers by size, then text, null last."""
    return tuple(_cell_order(cell) for cell in group)


def _cell_order(cell: Cell) -> tuple[int, float, str]:
    if cell is None:
        return (2, 0.0, "")
    if isinstance(cell, (int, float)):
        return (0, float(cell), "")
    return (1, 0.0, str(cell))


@dataclass(frozen=True, slots=True)
class Table:
    """Values of one metric: for each group, one value per asked span.

    `values[group]` has shape (S,), S the number of spans asked for. None is nothing to measure
    (0 / 0, or before the first event); 0.0 is a measured zero. A group that is missing has None
    everywhere. `notes` has the same shape where a group has any.
    """

    size: int
    values: Mapping[Group, tuple[Value, ...]]
    notes: Mapping[Group, tuple[frozenset[Note], ...]] = field(default_factory=dict)

    def of(self, group: Group) -> tuple[Value, ...]:
        """The group's values, all None where the group is missing."""
        return self.values.get(group) or (None,) * self.size

    def notes_of(self, group: Group) -> tuple[frozenset[Note], ...]:
        """The group's notes, empty sets where it has none."""
        return self.notes.get(group) or (frozenset(),) * self.size

    def map(self, function: Callable[[int, Value], Value]) -> "Table":
        """Apply a function of (span index, value) to every value of every group."""
        return replace(
            self,
            values={
                group: tuple(function(index, value) for index, value in enumerate(row))
                for group, row in self.values.items()
            },
        )

    def pick(self, indexes: Iterable[int]) -> "Table":
        """The same groups with only the spans at `indexes`, in that order."""
        chosen = tuple(indexes)
        return Table(
            len(chosen),
            {group: tuple(row[i] for i in chosen) for group, row in self.values.items()},
            {group: tuple(row[i] for i in chosen) for group, row in self.notes.items()},
        )

    def with_note(self, note: Note, marked: Iterable[bool]) -> "Table":
        """Add a note to the spans that are marked, in every group."""
        flags = tuple(marked)
        if not any(flags):
            return self
        extra = frozenset({note})
        return replace(
            self,
            notes={
                group: tuple(
                    notes | extra if flag else notes
                    for notes, flag in zip(self.notes_of(group), flags, strict=True)
                )
                for group in self.values
            },
        )


def combine(tables: Mapping[str, Table], function: Callable[[Mapping[str, Value]], Value]) -> Table:
    """Outer-join tables on their groups and apply a function of the named values to each cell.

    Null groups match null groups. Notes of all inputs carry over.

    Raises:
        ValueError: the tables do not answer the same number of spans.
    """
    names = tuple(tables)

    def each(rows: Mapping[str, tuple[Value, ...]]) -> Iterable[Value]:
        cells = zip(*rows.values(), strict=True)
        return [function(dict(zip(names, cell, strict=True))) for cell in cells]

    return combine_rows(tables, each)


def combine_rows(
    tables: Mapping[str, Table],
    function: Callable[[Mapping[str, tuple[Value, ...]]], Iterable[Value]],
) -> Table:
    """As `combine`, with a function of a group's named rows that gives all values of its row."""
    sizes = {table.size for table in tables.values()}
    if len(sizes) != 1:
        raise ValueError("tables of different sizes cannot be combined")
    groups = dict.fromkeys(group for table in tables.values() for group in table.values)
    values = {}
    notes = {}
    for group in groups:
        values[group] = tuple(function({name: table.of(group) for name, table in tables.items()}))
        if any(group in table.notes for table in tables.values()):
            marks = [table.notes_of(group) for table in tables.values()]
            notes[group] = tuple(frozenset().union(*column) for column in zip(*marks, strict=True))
    return Table(sizes.pop(), values, notes)
