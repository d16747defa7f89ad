"""Answers kept on disk, span by span, of what partials by day and cell cannot say.

They stand in a file of their own beside the partials, so that an answer can be kept while another
process refreshes. An answer is found again by everything that it depends on: the measure, its span
and slice, and how the tree declares its sources and its calendar. It holds while the store is as it
was; where later events cannot change it, it also holds while only later events were added.
"""

import hashlib
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from metric_tui import __version__
from metric_tui.base.periods import Span
from metric_tui.base.series import Group, Table, Value
from metric_tui.definitions.asks import (
    FunnelMeasure,
    LifecycleMeasure,
    MeasureAsk,
    RetentionMeasure,
    SessionsMeasure,
)
from metric_tui.definitions.tree import MetricTree
from metric_tui.engines.rollup.changes import Changes
from metric_tui.engines.rollup.finality import cutoff_of, final_from, without_cutoff
from metric_tui.engines.rollup.pack import Damaged, from_bytes, to_bytes
from metric_tui.engines.rollup.side_files import SideFile

MOST_ANSWERS = 100_000

_WITH_ZEROS = (FunnelMeasure, LifecycleMeasure, RetentionMeasure, SessionsMeasure)
"""Whose tables hold a zero where a group of the table has nothing."""

Values = dict[Group, Value]
"""One span's value of each group that has any."""

Known = dict[int, Values]
"""By the place of a span in its ask."""

Spot = tuple[str, str]
"""Under which key, and which part of it, an answer is kept."""


def answers_path(cache: Path) -> Path:
    """Where answers are kept beside a cache file."""
    return SideFile.beside(cache, "answers").path


@dataclass(frozen=True, slots=True)
class _Part:
    """One span of an ask."""

    ask: MeasureAsk
    place: int
    spot: Spot
    until: float | None
    """In UTC seconds, from when on events do not matter; None where all do."""


class AnswerFile:
    """The kept answers of one store; a file that cannot be used costs only time.

    Args:
        cache: the store's cache file.
        tree: whose asks are answered.
        fingerprint: of the store as it is.
        changes: what has changed since answers were kept.
    """

    def __init__(self, cache: Path, tree: MetricTree, fingerprint: str, changes: Changes) -> None:
        self._file = SideFile(answers_path(cache))
        self.fingerprint = fingerprint
        self.changes = changes
        self._calendar = tree.settings.calendar
        self._told: dict[MeasureAsk, list[_Part]] = {}
        settings = tree.settings
        self._prefix = repr(
            (__version__, settings.timezone, settings.week_start, dict(tree.sources))
        )

    def find(self, asks: Iterable[MeasureAsk]) -> dict[MeasureAsk, Known]:
        """What is known of each ask, by the places of its spans; asks without anything are missing."""
        parts: dict[Spot, list[_Part]] = {}
        for ask in asks:
            for part in self._parts(ask):
                # windows and periods of one measure may have spans in common
                parts.setdefault(part.spot, []).append(part)
        if not parts or not self._file.is_there:
            return {}
        found: dict[MeasureAsk, Known] = {}
        try:
            with self._file.opened() as connection:
                for part, data, checksum in self._rows(connection, parts):
                    found.setdefault(part.ask, {})[part.place] = from_bytes(data, checksum)
        except (sqlite3.Error, Damaged):
            return {}
        return found

    def _rows(
        self, connection: sqlite3.Connection, parts: Mapping[Spot, Sequence[_Part]]
    ) -> Iterable[tuple[_Part, bytes, int]]:
        keys = tuple(dict.fromkeys(key for key, _ in parts))
        marks = ", ".join("?" for _ in keys)
        statement = (
            "SELECT key, part, fingerprint, generation, data, checksum FROM spans"
            f" WHERE key IN ({marks})"
        )
        for key, name, fingerprint, generation, data, checksum in connection.execute(
            statement, keys
        ):
            for part in parts.get((key, name), ()):
                if fingerprint == self.fingerprint or self._holds(part, generation):
                    yield part, data, checksum

    def _holds(self, part: _Part, generation: int | None) -> bool:
        if part.until is None or generation is None:
            return False
        return self.changes.since(part.ask, generation) >= part.until

    def keep(self, tables: Mapping[MeasureAsk, Table]) -> None:
        """Keep answers of the store as it is now."""
        rows = [
            (*part.spot, self.fingerprint, self.changes.generation, part.until, *to_bytes(values))
            for ask, table in tables.items()
            for part, values in zip(self._parts(ask), _by_span(ask, table), strict=True)
        ]
        if rows:
            self._file.write(lambda connection: self._write(connection, rows))

    def _write(self, connection: sqlite3.Connection, rows: list[tuple[Any, ...]]) -> None:
        # an earlier version kept whole asks
        connection.execute("DROP TABLE IF EXISTS answers")
        connection.execute(
            "CREATE TABLE IF NOT EXISTS spans (key TEXT, part TEXT, fingerprint TEXT,"
            " generation INTEGER, until REAL, data BLOB, checksum INTEGER,"
            " PRIMARY KEY (key, part))"
        )
        connection.execute(
            "DELETE FROM spans WHERE until IS NULL AND fingerprint <> ?", (self.fingerprint,)
        )
        connection.executemany("INSERT OR REPLACE INTO spans VALUES (?, ?, ?, ?, ?, ?, ?)", rows)
        connection.execute(
            f"DELETE FROM spans WHERE rowid <= (SELECT MAX(rowid) FROM spans) - {MOST_ANSWERS}"
        )

    def _parts(self, ask: MeasureAsk) -> list[_Part]:
        # what is looked for in vain is mostly kept a moment later
        if ask not in self._told:
            self._told[ask] = self._parted(ask)
        return self._told[ask]

    def _parted(self, ask: MeasureAsk) -> list[_Part]:
        measure = ask.measure
        befores: Sequence[Span | None] = [None] * len(ask.spans)
        if isinstance(measure, LifecycleMeasure):
            befores = measure.before
            measure = replace(measure, before=())
        open_key = self._key((measure, ask.slice))
        if not ask.spans:
            return [_Part(ask, 0, (open_key, ""), None)]
        final_key = self._key(("final", without_cutoff(measure), ask.slice))
        is_alone = self.changes.tells(ask)
        cutoff = cutoff_of(measure)
        found = []
        for place, (span, before) in enumerate(zip(ask.spans, befores, strict=True)):
            until = final_from(measure, span, self._calendar) if is_alone else None
            is_final = until is not None and (cutoff is None or until <= cutoff)
            name = "/".join(_bound(one) for one in (span, before) if one is not None)
            spot = (final_key if is_final else open_key, name)
            seconds = until.timestamp() if is_final and until is not None else None
            found.append(_Part(ask, place, spot, seconds))
        return found

    def _key(self, parts: object) -> str:
        return hashlib.sha256(f"{self._prefix}{parts!r}".encode()).hexdigest()


def without(ask: MeasureAsk, known: Known) -> MeasureAsk | None:
    """What is left to ask of an ask; None for nothing."""
    if not ask.spans:
        return None if known else ask
    rest = [place for place in range(len(ask.spans)) if place not in known]
    if not rest:
        return None
    if len(rest) == len(ask.spans):
        return ask
    measure = ask.measure
    if isinstance(measure, LifecycleMeasure):
        measure = replace(measure, before=tuple(measure.before[place] for place in rest))
    return replace(ask, measure=measure, spans=tuple(ask.spans[place] for place in rest))


def joined(ask: MeasureAsk, known: Known, rest: Table | None) -> Table:
    """The table of an ask from what was known and the table of what was left."""
    every = dict(known)
    if rest is not None:
        missing = [place for place in range(max(len(ask.spans), 1)) if place not in known]
        by_span = [dict[Group, Value]() for _ in missing]
        for group, row in rest.values.items():
            for values, value in zip(by_span, row, strict=True):
                values[group] = value
        every.update(zip(missing, by_span, strict=True))
    groups = dict.fromkeys(group for values in every.values() for group in values)
    size = max(len(ask.spans), 1)
    # a group that one of the spans has may be unknown to what was kept of the others
    nothing = 0.0 if isinstance(ask.measure, _WITH_ZEROS) else None
    return Table(
        size,
        {
            group: tuple(every[place].get(group, nothing) for place in range(size))
            for group in groups
        },
    )


def _by_span(ask: MeasureAsk, table: Table) -> list[Values]:
    """One mapping a span; a group without a value is there too, as it is in the table."""
    found: list[Values] = [{} for _ in range(max(len(ask.spans), 1))]
    for group, row in table.values.items():
        for values, value in zip(found, row, strict=True):
            values[group] = value
    return found


def _bound(span: Span) -> str:
    return f"{span.start.timestamp():.3f}..{span.end.timestamp():.3f}"
