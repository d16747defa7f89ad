"""Writes the partials of one run beside those that are in the cache."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from metric_tui.engines.rollup.cache import Cache, row_id
from metric_tui.engines.rollup.pack import joined, merge_blocks, merge_sets
from metric_tui.engines.rollup.roll import Batch
from metric_tui.engines.rollup.scan import Job
from metric_tui.engines.rollup.spaces import Space


@dataclass(slots=True)
class Target:
    """Where the batches of one run are written."""

    cache: Cache
    space: Space
    numbers: Sequence[int]
    """The cache's number of each track of the job."""

    job: Job
    touched: dict[int, int]
    """By the cache's number of a track, the first day whose entities or rows have changed."""

    begun: frozenset[int] = frozenset()
    """By the cache's number, tracks of which nothing was there before."""

    strays: set[int] = field(default_factory=set)
    _written: dict[str, set[int]] = field(default_factory=dict)
    _logged: set[tuple[int, int, int]] = field(default_factory=set)
    """Days of logs of which this run has written something."""

    def write(self, batch: Batch) -> None:
        """Join a batch with what is there."""
        self.strays.update(self.numbers[place] for place in batch.strays)
        if batch.interned:
            self.cache.add_entities(self.space.base_key, batch.interned, self._known())
        for track, _, day in (*batch.sets, *batch.logs):
            number = self.numbers[track]
            self.touched[number] = min(day, self.touched.get(number, day))
        self._write("sets", batch.sets, lambda place, old, new: merge_sets(old, new))
        self._write("sets", batch.logs, self._merged_parts)
        self._logged.update(batch.logs)
        self._write("blocks", batch.blocks, self._merged_blocks)
        firsts = {(track, lens, 0): times for (track, lens), times in batch.firsts.items()}
        self._write("firsts", firsts, lambda place, old, new: _earliest(old, new))

    def _known(self) -> int:
        row = self.cache.connection.execute(
            "SELECT COUNT(*) FROM entities WHERE space = ?", (self.space.base_key,)
        ).fetchone()
        return int(row[0])

    def _merged_parts(
        self, place: tuple[int, int, int], old: dict[Any, Any], new: dict[Any, Any]
    ) -> dict[Any, Any]:
        # numpy is worth its import only for trees with logs
        from metric_tui.engines.rollup.logs.merging import merged

        # parts of this run come in no order, and rows between those of two may be yet to come
        return {**(old if place in self._logged else merged(old)), **new}

    def _merged_blocks(
        self, place: tuple[int, int, int], old: dict[Any, Any], new: dict[Any, Any]
    ) -> dict[Any, Any]:
        track = self.job.tracks[place[0]]
        return merge_blocks(old, new, [column.merge for column in track.columns[: track.kept]])

    def _write(
        self,
        table: str,
        found: Mapping[tuple[int, int, int], dict[Any, Any]],
        join: Callable[[tuple[int, int, int], dict[Any, Any], dict[Any, Any]], dict[Any, Any]],
    ) -> None:
        rows = []
        written = self._written.setdefault(table, set())
        for place, groups in found.items():
            number, lens, day = self.numbers[place[0]], *place[1:]
            identifier = row_id(number, lens, day)
            is_new = number in self.begun and identifier not in written
            known = None if is_new else self.cache.row(table, identifier)
            written.add(identifier)
            rows.append((identifier, groups if known is None else join(place, known, groups)))
        self.cache.write_rows(table, rows)


def _earliest(left: dict[Any, Any], right: dict[Any, Any]) -> dict[Any, Any]:
    return {group: joined("min", left.get(group), right.get(group)) for group in {**left, **right}}
