"""From rows read from pages to partials, as `rollup.roll` makes them of rows read by SQL."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from metric_tui.base.series import Group
from metric_tui.engines.rollup.codes import number_of
from metric_tui.engines.rollup.fold import NotNumbers
from metric_tui.engines.rollup.pack import Packed, joined
from metric_tui.engines.rollup.pages.bitmaps import serialized
from metric_tui.engines.rollup.pages.blocks import CODES, Blocks, joined_by, widened
from metric_tui.engines.rollup.pages.cells import Grid
from metric_tui.engines.rollup.pages.coding import Cell
from metric_tui.engines.rollup.pages.expressions import NOTHING as NO_VALUE
from metric_tui.engines.rollup.pages.expressions import OTHER, WHOLE, together
from metric_tui.engines.rollup.pages.file import Unreadable
from metric_tui.engines.rollup.pages.folding import Numbers, folded
from metric_tui.engines.rollup.pages.groups import (
    Keys,
    distinct,
    mixed,
    order,
    parts,
    sets_by_key,
)
from metric_tui.engines.rollup.pages.logs import roll_logs
from metric_tui.engines.rollup.pages.rows import EventRows, PageRows, joined_places
from metric_tui.engines.rollup.pages.scan import PageScanner
from metric_tui.engines.rollup.roll import Roller

HELD_ROWS = 400_000
"""Rows held before the days gone past are rolled up: many for one step, few enough to hold."""

MOST_HELD_ROWS = 3_000_000
"""Rows held before all days are rolled up, in whatever order the rows stand."""

_MOST_ENTITY = 2**32 - 1
_MOST_WHOLE = 2**31
"""As many such numbers as are ever held add up to one that a floating number holds exactly."""

_LATE_SHARE = 0.05
"""Of a stretch's rows, so many may belong to days that are rolled up already."""


@dataclass(slots=True)
class PageRoller:
    """Rolls up rows read from pages into the batch of a roller."""

    scanner: PageScanner
    roller: Roller
    _held: dict[int, list[EventRows]] = field(default_factory=lambda: defaultdict(list))
    _rows: int = 0
    _blocks: dict[tuple[int, int], Blocks] = field(default_factory=dict)
    """By track and lens."""

    _begun: dict[int, int] = field(default_factory=dict)
    """By the number of a cell, the first day met."""

    def read(self, low: int, high: int) -> None:
        """Take up the rows of one stretch, then roll up the days it has gone past.

        Raises:
            Unreadable: rows of this stretch cannot be read from pages; nothing of it is taken up.
            NotNumbers: entities must be numbered by a dictionary.
            Unfit, sqlite3.Error: as of `Scanner.rows`.
        """
        found = self.scanner.rows(low, high)
        for code, rows in found.events.items():
            self._check(code, rows)
        if self.roller.plan.firsts and len(found.days):
            self._keep_firsts(found)
        for code, rows in found.events.items():
            self._held[code].append(rows)
            self._rows += len(rows.days)
        if self._rows > MOST_HELD_ROWS:
            self._close(None)
        elif self._rows > HELD_ROWS and len(found.days):
            # a log is mostly written in the order of its times, but for a few late rows
            before = int(np.quantile(found.days, _LATE_SHARE, method="lower"))
            held = sum(int((r.days < before).sum()) for rows in self._held.values() for r in rows)
            if 2 * held > self._rows:
                self._close(before)

    def release(self) -> None:
        """Roll up every day."""
        self._close(None)

    def finish(self) -> None:
        """Roll up every day, and hand every block to the batch."""
        self.release()
        for (number, lens), blocks in self._blocks.items():
            track = self.roller.job.tracks[number]
            merges = [column.merge for column in track.columns[: track.kept]]
            wide = [CODES] * len(self.roller.plan.lenses[lens])
            groups: dict[int, Group] = {}
            found: dict[int, dict[Group, Packed]] = defaultdict(dict)
            for block, group, packed in blocks.packed(merges):
                known = groups.get(group)
                if known is None:
                    known = groups[group] = self.roller.group(lens, parts(group, wide))
                found[block][known] = packed
            for block, own in found.items():
                self.roller.keep_block((number, lens, block), own)
        self._blocks.clear()

    def _check(self, code: int, rows: EventRows) -> None:
        """Let everything go wrong that can, before any of it is taken up."""
        for column in self.scanner.kept[code]:
            if not column.read or column.fold == "count":
                continue
            results = rows.values[column.read[0]]
            kept = results.kinds != NO_VALUE
            wholes = results.wholes[kept]
            least, most = int(wholes.min(initial=0)), int(wholes.max(initial=0))
            if column.fold in ("collect", "members"):
                if (results.kinds[kept] != WHOLE).any() or least < 0 or most > _MOST_ENTITY:
                    raise NotNumbers
            elif (results.kinds == OTHER).any() or max(-least, most) > _MOST_WHOLE:
                # a log of values has no need to add them up, but few are larger
                raise Unreadable("values that cannot be added up exactly")

    def _keep_firsts(self, found: PageRows) -> None:
        count = len(found.codes)
        present, places = self._cells(found)
        least = np.full(len(present), np.iinfo(np.int64).max)
        np.minimum.at(least, places, found.days)
        fresh = []
        for index, (key, day) in enumerate(zip(present.tolist(), least.tolist(), strict=True)):
            if self._begun.get(key, day) >= day:
                self._begun[key] = day
                if self.roller.begins(day, parts(key, [CODES] * count)):
                    fresh.append(index)
        if not fresh:
            return
        begins = np.zeros(len(present), dtype=bool)
        begins[fresh] = True
        earliest: dict[int, Cell] = {}
        # of times of one minute, or one number, the text decides
        soonest = np.full(len(present), np.iinfo(np.int64).max)
        np.minimum.at(soonest, places, found.moments)
        first = begins[places] & (found.moments == soonest[places])
        for row in np.flatnonzero(first).tolist():
            place, time = int(places[row]), self.scanner.time_of(found.times, row)
            earliest[place] = joined("min", earliest.get(place), time)
        wide = [CODES] * len(found.codes)
        self.roller.keep_firsts(
            (parts(int(present[place]), wide), time) for place, time in earliest.items()
        )

    def _cells(self, found: PageRows) -> tuple[Keys, Keys]:
        """The cells that occur, and the place among them of each row's."""
        sizes = self._sizes()
        present, places = distinct(
            mixed(found.codes, sizes, len(found.days)), int(np.prod(sizes, dtype=object))
        )
        wide = [CODES] * len(sizes)
        cells = [number_of(parts(key, sizes), wide) for key in present.tolist()]
        return np.array(cells, dtype=np.int64), places

    def _sizes(self) -> list[int]:
        return [len(entry.values) for entry in self.roller.scanner.dictionaries]

    def _close(self, before: int | None) -> None:
        """Roll up the days before one, or all."""
        closing: dict[int, EventRows] = {}
        rest: dict[int, list[EventRows]] = defaultdict(list)
        for code, held in self._held.items():
            rows = _together(held)
            if before is not None:
                past = rows.days < before
                rest[code].append(rows.of(~past))
                rows = rows.of(past)
            if len(rows.days):
                closing[code] = rows
        self._held = rest
        self._rows = sum(len(rows.days) for held in rest.values() for rows in held)
        if closing:
            self._roll(closing)

    def _roll(self, closing: dict[int, EventRows]) -> None:
        first = min(int(rows.days.min()) for rows in closing.values())
        days = max(int(rows.days.max()) for rows in closing.values()) - first + 1
        grid = Grid(self._sizes(), first, days)
        for code, rows in closing.items():
            self._roll_numbers(code, rows, grid)
        for number, entities in self._set_tracks().items():
            self._roll_sets(number, entities, closing, grid)
        roll_logs(self.roller, self.scanner.kept, closing, grid.sizes)

    def _roll_numbers(self, code: int, rows: EventRows, grid: Grid) -> None:
        met, places = grid.met(rows.days, rows.codes)
        columns = self.scanner.kept[code]
        uses = self.roller.plan.uses[code]
        # rows are gone through once; each lens then adds up what the cells of a day have
        cells: dict[int, Numbers] = {}
        for pick in {pick for use in uses for pick in use.picks}:
            column = columns[pick]
            values = None if column.fold == "rows" else rows.values[column.value]
            cells[pick] = folded(column.fold, values, places, len(met.days))
        for lens, dimensions in enumerate(self.roller.plan.lenses):
            present, places = distinct(*met.keys(dimensions))
            group, day = np.divmod(present, grid.days)
            group = widened(group, [grid.sizes[index] for index in dimensions])
            done = {
                pick: joined_by(columns[pick].merge, numbers, places, len(present))
                for pick, numbers in cells.items()
            }
            for use in uses:
                kept = np.flatnonzero(done[use.picks[0]])
                if not len(kept):
                    continue
                target = self._blocks.get((use.number, lens))
                if target is None:
                    target = self._blocks[use.number, lens] = Blocks(CODES ** len(dimensions))
                numbers = [done[pick][kept] for pick in use.picks]
                target.add(group[kept], day[kept] + grid.first, numbers)

    def _set_tracks(self) -> dict[int, dict[int, str]]:
        """The tracks that keep entities: by event's code, the entity's SQL."""
        found: dict[int, dict[int, str]] = defaultdict(dict)
        for code, uses in enumerate(self.roller.plan.uses):
            for use in uses:
                if use.entities is not None:
                    found[use.number][code] = self.scanner.kept[code][use.entities].value
        return found

    def _roll_sets(
        self, number: int, entities: dict[int, str], closing: dict[int, EventRows], grid: Grid
    ) -> None:
        chosen = []
        for code, sql in entities.items():
            if code in closing:
                rows = closing[code]
                present = np.flatnonzero(rows.values[sql].kinds != NO_VALUE)
                own = EventRows(rows.days, rows.codes, {"": rows.values[sql]}, None)
                chosen.append(own if len(present) == len(rows.days) else own.of(present))
        if not chosen:
            return
        days = np.concatenate([rows.days for rows in chosen])
        codes = zip(*(rows.codes for rows in chosen), strict=True)
        met, places = grid.met(days, [np.concatenate(own) for own in codes])
        who = np.concatenate([rows.values[""].wholes for rows in chosen])
        ascending = order(who, int(who.max(initial=0)))
        who, places = who[ascending].astype(np.uint32), places[ascending]
        for lens, dimensions in enumerate(self.roller.plan.lenses):
            keys, size = met.keys(dimensions)
            self._keep_sets(number, lens, *sets_by_key(keys[places], who, size), grid)

    def _keep_sets(
        self, number: int, lens: int, keys: Keys, numbers: NDArray[np.uint32], grid: Grid
    ) -> None:
        sizes = [grid.sizes[index] for index in self.roller.plan.lenses[lens]]
        found: dict[int, dict[Group, bytes]] = defaultdict(dict)
        groups: dict[int, Group] = {}
        for key, data in serialized(keys, numbers):
            code, day = divmod(key, grid.days)
            group = groups.get(code)
            if group is None:
                group = groups[code] = self.roller.group(lens, parts(code, sizes))
            found[day][group] = data
        for day, sets in found.items():
            self.roller.keep_sets((number, lens, day + grid.first), sets)


def _together(held: Sequence[EventRows]) -> EventRows:
    if len(held) == 1:
        return held[0]
    return EventRows(
        np.concatenate([rows.days for rows in held]),
        tuple(np.concatenate(own) for own in zip(*(rows.codes for rows in held), strict=True)),
        {sql: together([rows.values[sql] for rows in held]) for sql in held[0].values},
        joined_places([rows.places for rows in held]),
    )
