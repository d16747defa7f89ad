"""A metric by the values of a dimension: value, change, share, effects, sparkline."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from metric_tui.base.series import Cell, Group, Value
from metric_tui.definitions.tree import MetricTree
from metric_tui.planning.answer import Answer, SegmentValues, Values
from metric_tui.planning.conditions import keeps
from metric_tui.presentation.glyphs import Glyphs
from metric_tui.presentation.header import value_text
from metric_tui.presentation.marks import change_mark
from metric_tui.presentation.numbers import (
    PERCENT,
    NumberStyle,
    compact,
    difference,
    number_style,
)
from metric_tui.presentation.pieces import Line, Piece, Role, line
from metric_tui.presentation.safe import left, right, safe, width
from metric_tui.presentation.sparkline import sparkline

if TYPE_CHECKING:
    # the analysis is a tenth of the start
    from metric_tui.analysis.segments import SegmentChange

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
    effects: tuple[str, ...] = ()
    """What its part of the change is made of, one for each of the table's `effect_names`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentTable:
    """A metric's segments, largest change first."""

    metric: str
    dimensions: tuple[str, ...]
    label: str
    rows: tuple[SegmentRow, ...]
    adds_up: bool
    """Whether the segments sum to the total, so that shares mean something."""

    effect_names: tuple[str, ...] = ()
    """`rate` and `mix` of a rate, `volume` and `rate` of a sum of amounts; else none."""

    refusal: str | None = None
    """Why there are none."""


def segment_table(
    tree: MetricTree, answer: Answer, metric: str, glyphs: Glyphs
) -> SegmentTable | None:
    """The segments of one metric of an answer that was broken down; None where it was not.

    What the question's filters leave out is left out here too, though its rows would count 0.
    """
    found = answer.metrics.get(metric)
    if found is None or not answer.question.by:
        return None
    segments = tuple(
        segment
        for segment in found.segments
        if all(
            keeps(answer.question.where, name, value)
            for name, value in zip(answer.question.by, segment.group, strict=False)
        )
    )
    style = number_style(tree.metrics[metric])
    adds_up = _adds_up(found.segments, found.total)
    total = found.total.value if adds_up else None
    node = tree.metrics[metric]
    has_change = found.total.change is not None
    amounts = [
        _amount(segment.values, counts_in_full=adds_up and has_change) for segment in segments
    ]
    # without a change to have parts of, the largest segments come first
    sizes = [
        amount if has_change else segment.values.value
        for amount, segment in zip(amounts, segments, strict=True)
    ]
    rows = [
        SegmentRow(
            group=segment.group,
            label=group_text(segment.group),
            value=compact(segment.values.value, style, glyphs),
            change_text=change_mark(node, segment.values, glyphs)[0],
            change_role=change_mark(node, segment.values, glyphs)[1],
            change=amount,
            amount=difference(amount, style, glyphs),
            share=_share(segment.values.value, total, glyphs),
            series=segment.values.values,
        )
        for amount, segment in zip(amounts, segments, strict=True)
    ]
    ranked = sorted(
        zip(sizes, rows, strict=True), key=lambda pair: (-abs(pair[0] or 0.0), pair[1].label)
    )
    return SegmentTable(
        metric=metric,
        dimensions=answer.question.by,
        label=" and ".join(dimension_label(tree, name) for name in answer.question.by),
        rows=tuple(row for _, row in ranked),
        adds_up=adds_up,
        refusal=safe(found.not_sliced or found.error or "") or None,
    )


def with_effects(
    table: SegmentTable, changes: "Sequence[SegmentChange]", style: NumberStyle, glyphs: Glyphs
) -> SegmentTable:
    """The table with what each segment's part of the change is made of, as `explain` has it."""
    told = {change.segment: dict(effects_told(change)) for change in changes}
    names = next((tuple(effects) for effects in told.values() if effects), ())
    rows = tuple(
        replace(
            row,
            effects=tuple(
                difference(told.get(row.group[0], {}).get(name), style, glyphs) for name in names
            ),
        )
        for row in table.rows
    )
    return replace(table, rows=rows, effect_names=names)


def effects_told(row: "SegmentChange") -> tuple[tuple[str, float], ...]:
    """What a segment's contribution is made of, by name: volume and rate, or rate and mix."""
    effects = {"volume": row.volume_effect, "rate": row.rate_effect, "mix": row.mix_effect}
    known = [(name, effect) for name, effect in effects.items() if effect is not None]
    return tuple(known) if len(known) > 1 else ()


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


def _amount(values: Values, *, counts_in_full: bool) -> Value:
    """The change; of a segment that is there in one period only its value, where segments add."""
    if values.change is not None or not counts_in_full:
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


SHORTEST_SPARK = 8
LONGEST_SPARK = 13
LONGEST_LABEL = 28


@dataclass(frozen=True, slots=True)
class _Column:
    """One column of texts; without any text it takes no room."""

    head: str
    texts: tuple[str, ...]
    roles: tuple[Role, ...]
    is_left: bool = False

    def cells(self, *, with_head: bool) -> int:
        widest = max(map(width, self.texts), default=0)
        return max(widest, width(self.head) if with_head else 0) if widest else 0


def segment_lines(
    table: SegmentTable, cells: int, glyphs: Glyphs, *, with_head: bool = False
) -> tuple[Line, ...]:
    """One line per row, columns aligned, in at most `cells` cells; a head line before them if asked.

    Where room is short effects go first, then sparklines and shares.
    """
    rows = table.rows
    label = min(max((width(row.label) for row in rows), default=4), LONGEST_LABEL)
    points = max((len(row.series) for row in rows), default=0)
    own, share, effects = _columns(table)
    least = SHORTEST_SPARK + 2 if points > 1 else 0
    for shown in ([*own, share, *effects], [*own, share], own):
        sizes = [column.cells(with_head=with_head) for column in shown]
        room = cells - label - sum(size + 2 for size in sizes if size)
        if room >= (least if len(shown) > len(own) + 1 else 0):
            break
    spark = min(points, LONGEST_SPARK, room - 2) if room >= SHORTEST_SPARK and points > 1 else 0
    columns = [(column, size) for column, size in zip(shown, sizes, strict=True) if size]
    heads = [_padded(column.head, size, column) for column, size in columns]
    head = (line((" " * label + "".join(heads), "dim")),) if with_head else ()
    return (
        *head,
        *(
            (
                Piece(left(row.label, label, glyphs.ellipsis), "label"),
                *(
                    Piece(_padded(column.texts[place], size, column), column.roles[place])
                    for column, size in columns
                ),
                *line(("  " + sparkline(row.series, spark, glyphs) if spark else "", "spark")),
            )
            for place, row in enumerate(rows)
        ),
    )


def _columns(table: SegmentTable) -> tuple[list[_Column], _Column, list[_Column]]:
    """What always stands, the share, and the effects where there are any."""
    rows = table.rows

    def column(head: str, texts: Iterable[str], role: Role) -> _Column:
        return _Column(head, tuple(texts), (role,) * len(rows))

    changes = _Column(
        "change",
        tuple(row.change_text for row in rows),
        tuple(row.change_role for row in rows),
        is_left=True,
    )
    own = [
        column("now", (row.value for row in rows), "value"),
        changes,
        column("by", (row.amount for row in rows), "plain"),
    ]
    effects = [
        column(name, (row.effects[place] for row in rows), "dim")
        for place, name in enumerate(table.effect_names)
    ]
    return own, column("share", (row.share for row in rows), "dim"), effects


def _padded(text: str, size: int, column: _Column) -> str:
    return "  " + (left(text, size) if column.is_left else right(text, size))


def filter_values(group: Group, dimensions: tuple[str, ...]) -> tuple[tuple[str, Cell], ...]:
    """The (dimension, value) pairs that pick one row."""
    return tuple(zip(dimensions, group, strict=True))
