"""A metric by the values of a dimension: value, change, share, sparkline."""

from dataclasses import dataclass

from metric_tui.base.series import Cell, Group, Value
from metric_tui.definitions.tree import MetricTree
from metric_tui.planning.answer import Answer, SegmentValues, Values
from metric_tui.presentation.glyphs import Glyphs
from metric_tui.presentation.header import value_text
from metric_tui.presentation.marks import change_role
from metric_tui.presentation.numbers import (
    PERCENT,
    NumberStyle,
    change_text,
    compact,
    difference,
    number_style,
)
from metric_tui.presentation.pieces import Line, Piece, Role
from metric_tui.presentation.safe import left, right, safe, width
from metric_tui.presentation.sparkline import sparkline

SUM_TOLERANCE = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentRow:
    """One value of the dimension (or of several, crossed)."""

    group: Group
    label: str
    value: str
    change_text: str
    change_role: Role
    change: Value
    """In the metric's unit."""

    amount: str
    """The same in words: its part of the total's change where segments add up."""

    share: str
    """Part of the total; empty where segments do not add up."""

    series: tuple[Value, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentTable:
    """A metric's segments, largest change first."""

    metric: str
    dimensions: tuple[str, ...]
    label: str
    rows: tuple[SegmentRow, ...]
    adds_up: bool
    """Whether the segments sum to the total, so that shares mean something."""

    refusal: str | None = None
    """Why there are none."""


def segment_table(
    tree: MetricTree, answer: Answer, metric: str, glyphs: Glyphs
) -> SegmentTable | None:
    """The segments of one metric of an answer that was broken down; None where it was not."""
    found = answer.metrics.get(metric)
    if found is None or not answer.question.by:
        return None
    style = number_style(tree.metrics[metric])
    adds_up = _adds_up(found.segments, found.total)
    total = found.total.value if adds_up else None
    direction = tree.metrics[metric].direction
    rows = [
        SegmentRow(
            group=segment.group,
            label=group_text(segment.group),
            value=compact(segment.values.value, style, glyphs),
            change_text=_change(segment.values, style, glyphs),
            change_role=change_role(direction, *_pair(segment.values), style, glyphs),
            change=_amount(segment.values, adds_up=adds_up),
            amount=difference(_amount(segment.values, adds_up=adds_up), style, glyphs),
            share=_share(segment.values.value, total, glyphs),
            series=segment.values.values,
        )
        for segment in found.segments
    ]
    return SegmentTable(
        metric=metric,
        dimensions=answer.question.by,
        label=" and ".join(dimension_label(tree, name) for name in answer.question.by),
        rows=tuple(sorted(rows, key=lambda row: (-abs(row.change or 0.0), row.label))),
        adds_up=adds_up,
        refusal=safe(found.not_sliced or found.error or "") or None,
    )


def dimension_label(tree: MetricTree, name: str) -> str:
    """How a dimension is shown: its label, or its name in words."""
    for source in tree.sources.values():
        found = tree.dimension(source, name)
        if found is not None and found.label:
            return safe(found.label)
    return safe(name.replace("__", " ").replace("_", " "))


def group_text(group: Group) -> str:
    """A group for people: `PT`, `PT / ios`."""
    return " / ".join(value_text(cell) for cell in group) or "all"


def _pair(values: Values) -> tuple[Value, Value]:
    return values.value, values.comparison


def _change(values: Values, style: NumberStyle, glyphs: Glyphs) -> str:
    return change_text(values.value, values.comparison, style, glyphs)


def _amount(values: Values, *, adds_up: bool) -> Value:
    """The change; a segment that is there in one period only counts in full where segments add."""
    if values.change is not None or not adds_up:
        return values.change
    if values.value is None and values.comparison is None:
        return None
    return (values.value or 0.0) - (values.comparison or 0.0)


def _adds_up(segments: tuple[SegmentValues, ...], total: Values) -> bool:
    """Whether segments sum to the total in the last period and in what it is compared with."""
    pairs = [
        (total.value, [segment.values.value for segment in segments]),
        (total.comparison, [segment.values.comparison for segment in segments]),
    ]
    return all(
        abs(sum(part or 0.0 for part in parts) - whole) <= SUM_TOLERANCE * max(abs(whole), 1.0)
        for whole, parts in pairs
        if whole is not None
    )


def _share(value: Value, total: Value, glyphs: Glyphs) -> str:
    if value is None or not total:
        return ""
    return compact(value / total, PERCENT, glyphs)


def segment_lines(table: SegmentTable, cells: int, glyphs: Glyphs) -> tuple[Line, ...]:
    """One line per row, columns aligned, in at most `cells` cells."""
    rows = table.rows
    widths = [
        max((width(getattr(row, name)) for row in rows), default=0)
        for name in ("value", "change_text", "share", "amount")
    ]
    label = min(max((width(row.label) for row in rows), default=4), 28)
    points = max((len(row.series) for row in rows), default=0)
    room = cells - label - sum(size + 2 for size in widths if size)
    if room < 0:
        widths[2] = 0
        room = cells - label - sum(size + 2 for size in widths if size)
    spark = min(points, 13, room - 2) if room >= 8 and points > 1 else 0
    return tuple(_segment_line(row, label, widths, spark, glyphs) for row in rows)


def _segment_line(
    row: SegmentRow, label: int, widths: list[int], spark: int, glyphs: Glyphs
) -> Line:
    value, change, share, amount = widths
    parts: list[Piece] = [Piece(left(row.label, label, glyphs.ellipsis), "label")]
    parts.append(Piece("  " + right(row.value, value), "value"))
    if change:
        parts.append(Piece("  " + left(row.change_text, change), row.change_role))
    if amount:
        parts.append(Piece("  " + right(row.amount, amount)))
    if share:
        parts.append(Piece("  " + right(row.share, share), "dim"))
    if spark:
        parts.append(Piece("  " + sparkline(row.series, spark, glyphs), "spark"))
    return tuple(parts)


def filter_values(group: Group, dimensions: tuple[str, ...]) -> tuple[tuple[str, Cell], ...]:
    """The (dimension, value) pairs that pick one row."""
    return tuple(zip(dimensions, group, strict=True))
