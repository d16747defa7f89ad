"""Why a metric moved, as lines: health first, then drivers, segments, slices, influences."""

from collections.abc import Iterator
from dataclasses import dataclass

from metric_tui.analysis.explanation import Contribution
from metric_tui.analysis.segments import SegmentChange
from metric_tui.analysis.telling import DimensionSplit, telling_order
from metric_tui.analysis.why import Why
from metric_tui.presentation.dates import day_without_year
from metric_tui.presentation.glyphs import Glyphs
from metric_tui.presentation.marks import edge_mark
from metric_tui.presentation.numbers import NumberStyle, compact, difference, number_style
from metric_tui.presentation.pieces import (
    EMPTY,
    Line,
    Role,
    beside_or_below,
    hanging,
    line,
    wrapped,
)
from metric_tui.presentation.safe import left, right, safe, width
from metric_tui.presentation.segment_rows import dimension_label, effects_told
from metric_tui.presentation.why_guardrails import guardrail_notes
from metric_tui.presentation.why_influences import influence_lines
from metric_tui.presentation.why_names import style_of, title_of
from metric_tui.presentation.why_rows import OwnPart, driver_rows
from metric_tui.presentation.why_words import (
    bridge_text,
    fault_text,
    headline,
    method_text,
    no_split_text,
    periods_text,
    segments_note,
    slice_text,
    summary,
)

WIDE = 72
"""From here on bars are longer and labels whole."""

LABEL = 38
SHORTEST_LABEL = 14
SHORTEST_BAR = 3
SEGMENTS_SHOWN = 5
AMOUNT = 9


@dataclass(frozen=True, slots=True)
class _Page:
    found: Why
    cells: int
    glyphs: Glyphs
    top: int

    @property
    def style(self) -> NumberStyle:
        return number_style(self.found.tree.metrics[self.found.question.metric])

    @property
    def bar(self) -> int:
        """Cells of a bar on either side of its zero line, where there is room."""
        return 8 if self.cells >= WIDE else 5

    @property
    def largest(self) -> float:
        """The contribution that fills a bar."""
        found = self.found.explanation
        parts = [found.change, found.definition]
        parts += [each for c in found.contributions for each in (c.contribution, c.definition)]
        return max(abs(each or 0.0) for each in parts) or 1.0

    def title(self, name: str) -> str:
        return title_of(self.found, name)


@dataclass(frozen=True, slots=True)
class _Columns:
    """Cells of a table of amounts."""

    label: int
    bar: int
    """On either side of its zero line."""


def why_lines(
    found: Why, cells: int, glyphs: Glyphs, *, top: int = SEGMENTS_SHOWN, depth: int = 99
) -> tuple[Line, ...]:
    """Everything found, top to bottom.

    Args:
        found: the findings.
        cells: width of a line.
        glyphs: the marks that can be shown.
        top: segments told of each dimension; the rest are folded.
        depth: levels of drivers shown.
    """
    page = _Page(found, cells, glyphs, top)
    blocks = (
        _head(page),
        _health(page),
        _bridge(page),
        _drivers(page, depth),
        _segments(page),
        _slices(page),
        influence_lines(page.found, page.cells, page.glyphs),
        _guardrails(page),
        _happened(page),
    )
    lines: list[Line] = []
    for block in blocks:
        rows = list(block)
        if rows:
            lines += [EMPTY, *rows] if lines else rows
    return tuple(lines)


def _head(page: _Page) -> Iterator[Line]:
    found = page.found
    role = _role(page, found.explanation.change)
    yield line(
        (page.title(found.question.metric), "title"), "  ", (headline(found, page.glyphs), role)
    )
    yield line((periods_text(found, page.glyphs), "dim"))
    for sentence in summary(found, page.glyphs):
        for text in wrapped(sentence, page.cells):
            yield line(text)


def _health(page: _Page) -> Iterator[Line]:
    if page.found.health:
        yield line(("The data", "strong"))
    for finding in page.found.health:
        sign, text = fault_text(finding, page.glyphs)
        title = f"  {sign} {page.title(finding.metric)}:"
        role: Role = "plain" if finding.noted else "warn"
        yield from beside_or_below(line((title, role)), text, page.cells)


def _bridge(page: _Page) -> Iterator[Line]:
    text = bridge_text(page.found, page.glyphs)
    if text:
        yield line(("Who came and left", "strong"))
        yield from (line(f"  {part}") for part in wrapped(text, page.cells - 2))


def _drivers(page: _Page, depth: int) -> Iterator[Line]:
    shown = list(driver_rows(page.found, depth))
    if not shown:
        return
    yield line(("Drivers", "strong"), (f"  {method_text(page.found, page.glyphs)}", "dim"))
    names = [_driver_name(page, place) for place in shown]
    told = [_told(page, place) for place in shown if isinstance(place, Contribution)]
    longest = min(max(map(width, names)), LABEL)
    after = max((width(was + flag) for was, flag in told), default=0)
    columns = _columns(page, longest, after)
    # half a number is worse than none: what is not worth a name is left out
    has_values = columns.label >= longest
    if not has_values:
        columns = _columns(page, longest, max((width(flag) for _, flag in told), default=0))
    for place, name in zip(shown, names, strict=True):
        if isinstance(place, OwnPart):
            yield line(*_amount(page, columns, name, place.amount))
        else:
            yield _driver_line(page, columns, place, has_values=has_values)


def _driver_name(page: _Page, place: Contribution | OwnPart) -> str:
    words = (
        place.words(page.glyphs)
        if isinstance(place, OwnPart)
        else f"{edge_mark('components')} {page.title(place.name)}"
    )
    return f"{'  ' * place.level}{words}"


def _driver_line(page: _Page, columns: _Columns, place: Contribution, *, has_values: bool) -> Line:
    name = _driver_name(page, place)
    was, flag = _told(page, place)
    if place.contribution is None:
        reason = no_split_text(page.found, place)
        return line(left(name, columns.label), (f"{was[1:]}  {reason}", "dim"))
    parts = _amount(page, columns, name, place.contribution)
    return line(*parts, (was if has_values else "", "dim"), (flag, "warn"))


def _told(page: _Page, place: Contribution) -> tuple[str, str]:
    """A driver's two values, and what is to be known of its part."""
    style = style_of(page.found, place.name)
    values = [compact(value, style, page.glyphs) for value in (place.before, place.after)]
    flag = "" if place.status == "ok" else f"  {place.status.replace('_', ' ')}"
    return f"  {f' {page.glyphs.crumb} '.join(values)}", flag


def _columns(page: _Page, longest: int, after: int) -> _Columns:
    """Room for names up to `longest` and `after` cells behind the bars, which give way first."""
    room = page.cells - AMOUNT - 2 - after
    bars = range(page.bar, SHORTEST_BAR, -1)
    bar = next((bar for bar in bars if longest + 2 * bar <= room), SHORTEST_BAR)
    return _Columns(min(LABEL, max(room - 2 * bar, SHORTEST_LABEL)), bar)


def _amount(
    page: _Page, columns: _Columns, label: str, amount: float
) -> tuple[tuple[str, Role], ...]:
    """A name, an amount and its bar."""
    role = _role(page, amount)
    return (
        (left(label, columns.label, page.glyphs.ellipsis), "label"),
        (right(difference(amount, page.style, page.glyphs), AMOUNT), role),
        (" ", "plain"),
        (_bar(page, columns.bar, amount), role),
    )


def _bar(page: _Page, cells: int, amount: float) -> str:
    """A bar to the right of the zero line for a gain, to the left for a loss."""
    # segments may gain and lose far more than the drivers: their bars end at the edge
    size = min(cells, round(abs(amount) / page.largest * cells))
    full = page.glyphs.bars[-1]
    if amount < 0:
        return " " * (cells - size) + full * size + page.glyphs.axis + " " * cells
    return " " * cells + page.glyphs.axis + full * size + " " * (cells - size)


def _role(page: _Page, amount: float | None) -> Role:
    direction = page.found.tree.metrics[page.found.question.metric].direction
    if not amount or direction == "hold" or page.found.is_immature:
        return "plain"
    return "good" if (amount > 0) == (direction == "up") else "bad"


def _segments(page: _Page) -> Iterator[Line]:
    own = [split for split in page.found.splits if split.metric == page.found.question.metric]
    # one width for all tables, so that their columns stand in line
    shown = [row for split in own if split.table for row in split.table.rows[: page.top]]
    columns = _columns(
        page,
        max((width(_segment_name(row)) for row in shown), default=0),
        max((width(_effects(page, row)) for row in shown), default=0),
    )
    for split in sorted(own, key=telling_order):
        yield from _segment_lines(page, columns, split)


def _segment_lines(page: _Page, columns: _Columns, split: DimensionSplit) -> Iterator[Line]:
    label = dimension_label(page.found.tree, split.dimension)
    if split.table is None:
        yield line((f"By {label}", "strong"), (f"  {safe(split.refusal or '')}", "dim"))
        return
    rows = split.table.rows
    if not rows:
        return
    note = segments_note(split)
    yield line((f"By {label}", "strong"), (f"  {note}" if note else "", "dim"))
    if all(row.contribution is None for row in rows):
        yield from (_values_line(page, columns, row) for row in rows[: page.top])
        return
    for row in rows[: page.top]:
        parts = _amount(page, columns, _segment_name(row), row.contribution or 0.0)
        yield line(*parts, (_effects(page, row), "dim"))
    rest = rows[page.top :]
    if rest and split.table.is_additive:
        amount = sum(row.contribution or 0.0 for row in rest)
        yield line(*_amount(page, columns, f"  other ({len(rest)} more)", amount))


def _values_line(page: _Page, columns: _Columns, row: SegmentChange) -> Line:
    """A segment whose part of the change nobody can say: its two values alone."""
    was = f" {page.glyphs.crumb} ".join(
        compact(value, page.style, page.glyphs) for value in (row.before, row.after)
    )
    return line(
        (left(_segment_name(row), columns.label, page.glyphs.ellipsis), "label"), (was, "dim")
    )


def _effects(page: _Page, row: SegmentChange) -> str:
    standing = "" if row.standing == "both" else f"  {row.standing}"
    texts = [
        f"{name} {difference(effect, page.style, page.glyphs)}"
        for name, effect in effects_told(row)
    ]
    return (f"  {f' {page.glyphs.dot} '.join(texts)}" if texts else "") + standing


def _segment_name(row: SegmentChange) -> str:
    return f"  {'(none)' if row.segment is None else safe(row.segment)}"


def _slices(page: _Page) -> Iterator[Line]:
    slices = page.found.slices
    if slices is None or not slices.rows:
        return
    yield line(("Where it sits", "strong"), ("  slices overlap, so they do not add up", "dim"))
    if any(row.is_rolling for row in slices.rows):
        yield line(("  a release is held against what it replaced, at its later size", "dim"))
    size = max(width(slice_text(page.found, row)) for row in slices.rows) + 2
    for row in slices.rows:
        amount = difference(row.contribution, page.style, page.glyphs)
        was = f"  {compact(row.before, page.style, page.glyphs)} {page.glyphs.crumb} {compact(row.after, page.style, page.glyphs)}"
        yield line(
            left(f"  {slice_text(page.found, row)}", min(size + 2, page.cells - 26)),
            (right(amount, 10), _role(page, row.contribution)),
            (was, "dim"),
        )


def _guardrails(page: _Page) -> Iterator[Line]:
    if page.found.guardrails:
        yield line(("Guardrails", "strong"))
    for text, role in guardrail_notes(page.found, page.glyphs):
        yield from (line((row, role)) for row in hanging(f"  {text}", page.cells))


def _happened(page: _Page) -> Iterator[Line]:
    if page.found.annotations:
        yield line(("What happened", "strong"))
    for note in page.found.annotations:
        day = f"  {page.glyphs.event} {day_without_year(note.date)}"
        yield from beside_or_below(line(day), safe(note.label), page.cells)
