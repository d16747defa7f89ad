"""One metric over time as a line chart with axes, in characters."""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from metric_tui.base.series import Value
from metric_tui.presentation.glyphs import Glyphs
from metric_tui.presentation.pieces import Line, Piece, Role, line, overlaid
from metric_tui.presentation.raster import Raster
from metric_tui.presentation.safe import right, width

_LAYERS: tuple[Role, ...] = ("series", "warn", "compared", "mark", "target", "accent")
_ROUND_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)
_USELESS_ZEROS = re.compile(r"\.0+(?=\D|$)")
SMALLEST = (16, 4)
"""Columns and rows below which nothing is drawn."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChartData:
    """What is drawn: values of shape (T,), the same for what they are compared with."""

    values: tuple[Value, ...]
    labels: tuple[str, ...]
    """A short name per period, for the axis."""

    compared: tuple[Value, ...] = ()
    target: float | None = None
    events: tuple[int, ...] = ()
    """Indexes of the periods in which something happened."""

    partial_from: int | None = None
    """Index of the first period of a partial end, drawn apart; None where all are whole."""

    unusual: Mapping[int, bool] = field(default_factory=dict)
    """Indexes of the periods that are not as expected: whether above it."""

    ahead: tuple[float, float] | None = None
    """Between which values the next period is expected; it has the last of `labels`."""

    @property
    def slots(self) -> int:
        """How many periods there are across, the one ahead included."""
        return len(self.values) + (self.ahead is not None)


@dataclass(frozen=True, slots=True)
class _Scale:
    low: float
    high: float

    def place(self, value: float, dots: int) -> int:
        """The dot from the top at which a value stands."""
        reach = self.high - self.low
        share = (value - self.low) / reach if reach else 0.5
        return round((1 - share) * (dots - 1))


def draw_chart(
    data: ChartData,
    size: tuple[int, int],
    glyphs: Glyphs,
    number: Callable[[float], str],
) -> tuple[Line, ...]:
    """A chart of exactly `size` (columns, rows); no lines where that is too small or nothing known.

    Args:
        data: what is drawn.
        size: columns and rows, axes included.
        glyphs: the look; it decides between braille, blocks and ASCII.
        number: writes a value of the axis.
    """
    columns, rows = size
    scale = _scale_of(data)
    if scale is None or columns < SMALLEST[0] or rows < SMALLEST[1]:
        return ()
    height = rows - 1
    marks = _value_marks(scale, height, number)
    gutter = max(width(text) for text in marks.values()) if marks else 0
    raster = Raster(columns - gutter - 2, height, glyphs.dots, _LAYERS)
    _draw(data, scale, raster)
    body = _marked(data, scale, raster, glyphs)
    lines = [
        (
            Piece(right(marks.get(row, ""), gutter) + " ", "dim"),
            Piece(glyphs.tick if row in marks else glyphs.axis, "dim"),
            *body[row],
        )
        for row in range(height)
    ]
    return (*lines, _date_axis(data, raster.columns, gutter, glyphs))


def _scale_of(data: ChartData) -> _Scale | None:
    known = [
        value
        for value in (*data.values, *data.compared, data.target, *(data.ahead or ()))
        if value is not None and math.isfinite(value)
    ]
    if not known:
        return None
    low, high = min(known), max(known)
    if low == high:
        room = abs(low) * 0.1 or 1.0
        return _Scale(low - room, high + room)
    room = (high - low) * 0.04
    bottom = max(low - room, 0.0) if low >= 0 else low - room
    return _Scale(bottom, high + room)


def _value_marks(scale: _Scale, rows: int, number: Callable[[float], str]) -> dict[int, str]:
    """Round values by the row in which they stand: two at least, at most one in three rows."""
    step = _round_step((scale.high - scale.low), 2 if rows < 8 else 3)
    first = math.ceil(scale.low / step)
    last = math.floor(scale.high / step)
    marks = {}
    for index in range(first, min(last, first + 12) + 1):
        value = index * step
        marks[scale.place(value, rows)] = _USELESS_ZEROS.sub("", number(value))
    return marks


def _round_step(reach: float, least: int) -> float:
    """The longest round step that fits `least` times into the reach."""
    rough = reach / least
    power = 10.0 ** math.floor(math.log10(rough))
    return max(step * power for step in _ROUND_STEPS if step * power <= rough * 1.001)


def _draw(data: ChartData, scale: _Scale, raster: Raster) -> None:
    count = data.slots
    for index in data.events:
        x = _across(index, count, raster)
        raster.stroke((x, 0), (x, raster.dots_high - 1), "accent", on=1, off=2)
    if data.target is not None:
        y = scale.place(data.target, raster.dots_high)
        raster.stroke((0, y), (raster.dots_wide - 1, y), "target", on=1, off=3)
    _draw_series(data.compared, "compared", scale, raster, count=count, dash=(2, 2))
    whole = len(data.values) if data.partial_from is None else data.partial_from
    _draw_series(data.values[:whole], "series", scale, raster, count=count)
    if whole < len(data.values):
        end: list[Value] = [None] * max(whole - 1, 0)
        end += data.values[max(whole - 1, 0) :]
        _draw_series(end, "warn", scale, raster, count=count, dash=(1, 1))
    _draw_ahead(data, scale, raster)


def _draw_ahead(data: ChartData, scale: _Scale, raster: Raster) -> None:
    """A fan from the last value to the ends of what is expected next."""
    last = data.values[-1] if data.values else None
    if data.ahead is None or last is None or not math.isfinite(last):
        return
    place = len(data.values)
    here = (_across(place - 1, data.slots, raster), scale.place(last, raster.dots_high))
    x = _across(place, data.slots, raster)
    low, high = ((x, scale.place(value, raster.dots_high)) for value in data.ahead)
    for end in (low, high):
        raster.stroke(here, end, "mark", on=1, off=1)
    raster.stroke(low, high, "mark")


def _marked(
    data: ChartData, scale: _Scale, raster: Raster, glyphs: Glyphs
) -> list[tuple[Piece, ...]]:
    """The lines of the raster with a sign above or below what is not as expected."""
    body = list(raster.lines())
    for index, is_above in data.unusual.items():
        value = data.values[index]
        if value is None or not math.isfinite(value):
            continue
        row = scale.place(value, raster.dots_high) // raster.down
        row = min(max(row - 1 if is_above else row + 1, 0), raster.rows - 1)
        column = _across(index, data.slots, raster) // raster.across
        sign = glyphs.up if is_above else glyphs.down
        body[row] = overlaid(body[row], column, Piece(sign, "warn"))
    return body


def _draw_series(
    values: Sequence[Value],
    role: Role,
    scale: _Scale,
    raster: Raster,
    *,
    count: int | None = None,
    dash: tuple[int, int] = (1, 0),
) -> None:
    before: tuple[int, int] | None = None
    total = count or len(values)
    for index, value in enumerate(values):
        if value is None or not math.isfinite(value):
            before = None
            continue
        here = (_across(index, total, raster), scale.place(value, raster.dots_high))
        if before is None:
            raster.dot(*here, role)
        else:
            raster.stroke(before, here, role, on=dash[0], off=dash[1])
        before = here


def _across(index: int, count: int, raster: Raster) -> int:
    return round(index * (raster.dots_wide - 1) / (count - 1)) if count > 1 else 0


def _date_axis(data: ChartData, columns: int, gutter: int, glyphs: Glyphs) -> Line:
    cells = [glyphs.rule] * columns
    for index, text in date_labels(data.labels, columns):
        cells[index : index + len(text)] = text
    for index in data.events:
        place = round(index * (columns - 1) / max(data.slots - 1, 1))
        if cells[place] == glyphs.rule:
            cells[place] = glyphs.event
    return line(" " * (gutter + 1), (glyphs.corner + "".join(cells), "dim"))


def date_labels(labels: Sequence[str], columns: int) -> list[tuple[int, str]]:
    """The labels that fit under a chart, as (column, text with a blank on each side).

    The last one always stands; the others precede it at even steps.
    """
    if not labels:
        return []
    widest = max(width(text) for text in labels) + 2
    room = max((columns + 2) // (widest + 3), 1)
    step = max(-(-(len(labels) - 1) // room), 1)
    last = len(labels) - 1
    placed: list[tuple[int, str]] = []
    for index in sorted(range(last, -1, -step)):
        text = f" {labels[index]} "
        centre = round(index * (columns - 1) / last) if last else 0
        start = min(max(centre - len(text) // 2, 0), columns - len(text))
        if start >= 0 and (not placed or start >= placed[-1][0] + len(placed[-1][1])):
            placed.append((start, text))
    return placed
