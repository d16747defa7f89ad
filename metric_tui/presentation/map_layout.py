"""The tree as boxes from left to right: which are shown, and where.

A metric's drivers stand in the column to its right, the metric at their middle. What does not fit is
collapsed, what is furthest from the selected metric first; the way to it is always shown.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from metric_tui.presentation.tree_rows import Path, TreeRow

BOX_LINES = 3
LINK_CELLS = 4
"""Between two columns."""

NARROWEST, WIDEST = 22, 36
"""Cells of a box."""

MOST_OPENED = 200
"""How many places are tried, nearest first: no terminal has room for more."""


@dataclass(frozen=True, slots=True)
class Box:
    """One metric in its place."""

    row: TreeRow
    column: int
    top: int
    """Its first line."""

    drivers: tuple[Path, ...]
    """Those shown to its right."""

    hidden: int
    """How many drivers are not shown."""

    @property
    def middle(self) -> int:
        """The line at which links meet it."""
        return self.top + 1


@dataclass(frozen=True, slots=True)
class MapLayout:
    """All boxes, by path."""

    boxes: Mapping[Path, Box]
    selected: Path
    cells: int
    """Of a box."""

    lines: int
    """Of all."""

    above: int
    """How many places stand to the left of the first column and are not shown."""

    def left_of(self, box: Box) -> int:
        """The first cell of a box."""
        return box.column * (self.cells + LINK_CELLS)

    def at(self, column: int, line: int) -> Path | None:
        """Whose box has a cell; None for none."""
        for path, box in self.boxes.items():
            left = self.left_of(box)
            if left <= column < left + self.cells and box.top <= line < box.top + BOX_LINES:
                return path
        return None

    def beside(self, step: int) -> Path:
        """The box above (-1) or below (1) the selected one in its column; itself at an end."""
        column = self.boxes[self.selected].column
        own = sorted((b.top, path) for path, b in self.boxes.items() if b.column == column)
        paths = [path for _, path in own]
        place = paths.index(self.selected) + step
        return paths[min(max(place, 0), len(paths) - 1)]


def map_layout(rows: Sequence[TreeRow], selected: Path, cells: int, lines: int) -> MapLayout:
    """Place boxes.

    Args:
        rows: of the tree with everything open, the root first.
        selected: a place; where it is not among the rows, what is above it.
        cells: the width there is.
        lines: the height there is; more are used only for the way to the selected metric.
    """
    every = {row.path: row for row in rows if row.path[: len(rows[0].path)] == rows[0].path}
    root = rows[0].path
    while selected not in every and len(selected) > len(root):
        selected = selected[:-1]
    selected = selected if selected in every else root
    placing = _Placing(every, _drivers(every), root, selected, cells)
    placing.open_what_fits(lines)
    boxes = dict(placing.boxes())
    return MapLayout(
        boxes,
        selected,
        placing.width,
        placing.height(placing.top),
        len(placing.top) - len(root),
    )


def _drivers(every: Mapping[Path, TreeRow]) -> dict[Path, list[Path]]:
    found: dict[Path, list[Path]] = {path: [] for path in every}
    for path in every:
        if path[:-1] in found:
            found[path[:-1]].append(path)
    return found


class _Placing:
    """What is open, and how high that makes every place."""

    def __init__(
        self,
        every: Mapping[Path, TreeRow],
        drivers: Mapping[Path, Sequence[Path]],
        root: Path,
        selected: Path,
        cells: int,
    ) -> None:
        self._every = every
        self._drivers = drivers
        self._selected = selected
        deepest = max(map(len, every)) - len(root) + 1
        most = max((cells + LINK_CELLS) // (NARROWEST + LINK_CELLS), 1)
        self._columns = min(most, deepest)
        room = cells - LINK_CELLS * (self._columns - 1)
        self.width = min(WIDEST, room // self._columns)
        # the selected metric's own drivers are in sight too
        wanted = len(selected) - len(root) + bool(drivers[selected])
        self.top = selected[: len(root) + max(wanted - self._columns + 1, 0)]
        self._opened = {selected[:size] for size in range(len(self.top), len(selected))}

    def open_what_fits(self, lines: int) -> None:
        """Open places, nearest to the selected one first, as far as there is room."""
        below = [
            path
            for path in self._every
            if path[: len(self.top)] == self.top and self._drivers[path] and self._has_column(path)
        ]
        nearest = sorted(below, key=self._distance)[:MOST_OPENED]
        is_changed = True
        while is_changed:
            is_changed = False
            for path in nearest:
                if path in self._opened or not self._is_shown(path):
                    continue
                self._opened.add(path)
                if self.height(self.top) > lines:
                    self._opened.discard(path)
                else:
                    is_changed = True

    def _has_column(self, path: Path) -> bool:
        """Whether there is a column for what is below a place."""
        return len(path) - len(self.top) < self._columns - 1

    def _is_shown(self, path: Path) -> bool:
        return path == self.top or path[:-1] in self._opened

    def _distance(self, path: Path) -> int:
        common = 0
        for one, other in zip(path, self._selected, strict=False):
            if one != other:
                break
            common += 1
        return len(path) + len(self._selected) - 2 * common

    def _shown(self, path: Path) -> Sequence[Path]:
        return self._drivers[path] if path in self._opened else ()

    def height(self, path: Path) -> int:
        """Lines of a place and all that is shown below it."""
        return max(BOX_LINES, sum(map(self.height, self._shown(path))))

    def boxes(self) -> Iterator[tuple[Path, Box]]:
        """Every box shown, from the first line on."""
        yield from self._placed(self.top, 0)

    def _placed(self, path: Path, line: int) -> Iterator[tuple[Path, Box]]:
        shown = self._shown(path)
        begin, tops = line, []
        for driver in shown:
            below = dict(self._placed(driver, line))
            tops.append(below[driver].top)
            yield from below.items()
            line += self.height(driver)
        top = (tops[0] + tops[-1]) // 2 if tops else begin
        hidden = 0 if shown else len(self._drivers[path])
        column = len(path) - len(self.top)
        yield path, Box(self._every[path], column, top, tuple(shown), hidden)
