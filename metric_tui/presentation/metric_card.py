"""What is said of one metric beside its chart: value, change, target, drivers, dimension."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from metric_tui.base.series import Note
from metric_tui.definitions.kinds.broken import Broken
from metric_tui.definitions.metric import Metric
from metric_tui.definitions.tree import MetricTree
from metric_tui.planning.answer import Answer, MetricAnswer, Values
from metric_tui.presentation.chart import ChartData
from metric_tui.presentation.dates import day_text
from metric_tui.presentation.glyphs import Glyphs
from metric_tui.presentation.limit_lines import limits_line, usual_of
from metric_tui.presentation.marks import (
    DIRECTION_WORDS,
    change_mark,
    notes_in_words,
    verdict,
)
from metric_tui.presentation.metric_chart import chart_data
from metric_tui.presentation.numbers import (
    NumberStyle,
    change_ratio_text,
    compact,
    difference,
    direction_glyph,
    full_with_unit,
    number_style,
)
from metric_tui.presentation.pieces import Line, Piece, joined, line, line_width
from metric_tui.presentation.residual_words import residual_text
from metric_tui.presentation.safe import safe
from metric_tui.presentation.segment_rows import SegmentTable
from metric_tui.presentation.tree_rows import Path, children_of

if TYPE_CHECKING:
    from metric_tui.analysis.goals import Goal
    from metric_tui.analysis.status import Flag


NARROW_CARD = 44
"""Cells of the card beside a tree in a terminal of 120 columns."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """A word at the left and what stands beside it, in parts that may be broken apart."""

    name: str
    parts: tuple[Line, ...]
    is_prose: bool = False
    """Whether the parts are the words of a sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricCard:
    """One metric in words; the chart is drawn between `head` and `facts`."""

    title: str
    head: tuple[Line, ...]
    chart: ChartData | None
    facts: tuple[Fact, ...]
    style: NumberStyle


def metric_card(
    tree: MetricTree,
    answer: Answer | None,
    path: Path,
    glyphs: Glyphs,
    *,
    views: Mapping[str, str] | None = None,
    contributions: Mapping[Path, float] | None = None,
    segments: SegmentTable | None = None,
    goal: "Goal | None" = None,
    flags: "Mapping[int, Flag] | None" = None,
) -> MetricCard:
    """The card of the metric at the end of `path`.

    Args:
        tree: the tree.
        answer: its numbers; None while they are being computed.
        path: where in the tree it stands.
        glyphs: the look.
        views: the component view chosen for a metric; its first one without.
        contributions: what each place did to the focus, in the focus's unit.
        segments: its change by one dimension, once that is known.
        goal: how its target stands, once that is known.
        flags: the periods that are not as expected, by index, once that is known.
    """
    metric = tree.metrics[path[-1]]
    found = answer.metrics.get(path[-1]) if answer else None
    style = number_style(metric)
    chart = chart_data(tree, answer, path[-1]) if answer and found else None
    facts = [
        _driver_fact(tree, answer, path, glyphs, views or {}, contributions or {}),
        segment_fact(segments, style, glyphs) if segments else None,
        _limits_fact(answer, path[-1], style, glyphs),
        _guardrail_fact(tree, answer, path[-1], flags or {}, glyphs),
        *_about(metric, glyphs),
    ]
    return MetricCard(
        title=safe(metric.title),
        head=_head(tree, metric, answer, found, goal, style, glyphs),
        chart=chart,
        facts=tuple(fact for fact in facts if fact is not None and fact.parts),
        style=style,
    )


def _head(
    tree: MetricTree,
    metric: Metric,
    answer: Answer | None,
    found: MetricAnswer | None,
    goal: "Goal | None",
    style: NumberStyle,
    glyphs: Glyphs,
) -> tuple[Line, ...]:
    if isinstance(metric, Broken):
        return (line((f"{glyphs.failed} {safe(metric.reason)}", "warn")),)
    if metric.is_draft:
        hint = line(("write `agg` or `type` to compute it", "dim"))
        return (line((f"{glyphs.missing} draft", "strong")), hint)
    if answer is None or (found is None and not answer.is_whole):
        return (line(("computing", "dim")),)
    if found is None:
        return (line(("not part of this answer", "dim")),)
    if found.error is not None:
        hint = line((safe(found.hint), "dim")) if found.hint else ()
        return (line((f"{glyphs.failed} {safe(found.error)}", "warn")), hint)
    total = found.total
    lines = [value_line(metric, total, style, glyphs)]
    lines += _target_lines(metric, goal, style, glyphs)
    lines += [line((f"{glyphs.partial} {text}", "warn")) for text in notes_in_words(_last(total))]
    left = residual_text(tree, found, glyphs)
    if left:
        lines.append(line((f"{glyphs.partial} {left}", "warn")))
    usual = usual_of(answer, found.metric)
    if usual is not None and usual.place != "inside":
        lines.append(limits_line(usual, style, glyphs))
    return tuple(pieces for pieces in lines if pieces)


def _limits_fact(
    answer: Answer | None, metric: str, style: NumberStyle, glyphs: Glyphs
) -> Fact | None:
    """The natural limits of a metric that is within them; one that is not says so at the top."""
    usual = usual_of(answer, metric)
    if usual is None or usual.place != "inside":
        return None
    return Fact(name="", parts=(limits_line(usual, style, glyphs),))


def _guardrail_fact(
    tree: MetricTree,
    answer: Answer | None,
    metric: str,
    flags: "Mapping[int, Flag]",
    glyphs: Glyphs,
) -> Fact | None:
    """How a guardrail stands, and by what; nothing for a metric that is none."""
    found = answer.metrics.get(metric) if answer else None
    if answer is None or found is None or found.error is not None:
        return None
    # imported with the first answer, as names are on the screen before
    from metric_tui.analysis.guardrails import evidence_of, guardrail_standing
    from metric_tui.presentation.guardrail_words import guardrail_mark, guardrail_text

    evidence = evidence_of(found, answer.frame.grain, flags)
    standing = guardrail_standing(tree, metric, evidence)
    if standing is None:
        return None
    mark, role = guardrail_mark(standing, glyphs)
    text = guardrail_text(standing, number_style(tree.metrics[metric]), glyphs)
    return Fact(name="", parts=(line((f"{mark.split(' ', 1)[0]} {text}", role)),))


def _last(total: Values) -> frozenset[Note]:
    return total.notes[-1] if total.notes else frozenset()


def value_line(metric: Metric, total: Values, style: NumberStyle, glyphs: Glyphs) -> Line:
    """`48,210 nights  ▲ +1,902 (+4.1%) ✓ better`."""
    style = number_style(metric, total.known)
    change, role = change_mark(metric, total, glyphs)
    value = Piece(full_with_unit(total.value, style, glyphs), "strong")
    if total.change is None:
        return (value, Piece(f"  {change}", role)) if change else (value,)
    glyph = direction_glyph(total.value, total.base, style, glyphs)
    amount = difference(total.change, style, glyphs)
    ratio = change_ratio_text(total.value, total.base, style, glyphs)
    beside = f" ({ratio})" if style.kind != "percent" and not style.in_points else ""
    word = verdict(role, glyphs)
    return (
        value,
        Piece(f"  {glyph} {amount}{beside}", role),
        *line((f" {word}" if word else "", role)),
    )


def _target_lines(
    metric: Metric, goal: "Goal | None", style: NumberStyle, glyphs: Glyphs
) -> tuple[Line, ...]:
    """`target 800 each week · pace 89% · met in 15%`, on two lines where a card may not hold it."""
    parts = target_parts(metric, goal, style, glyphs)
    whole = joined(parts, Piece(f" {glyphs.dot} ", "dim"))
    return (whole,) if line_width(whole) <= NARROW_CARD else parts


def target_parts(
    metric: Metric, goal: "Goal | None", style: NumberStyle, glyphs: Glyphs
) -> tuple[Line, ...]:
    """What a metric's target is, then how it stands where that is known; nothing without one."""
    target = metric.target
    if target is None:
        return ()
    by = f" by {day_text(target.by)}" if target.by else ""
    each = f" each {goal.grain}" if goal is not None and goal.grain else by
    rows = f", {' and '.join(map(safe, target.where))}" if target.where else ""
    start = line(
        ("target ", "dim"), (compact(target.value, style, glyphs), "target"), (each + rows, "dim")
    )
    if goal is None:
        return (start,)
    # imported with the first goal: the analysis is a tenth of the start
    from metric_tui.presentation.goal_lines import STATUS_WORDS

    if goal.reason is not None:
        return (start, line((safe(goal.reason), "dim")))
    words, role = STATUS_WORDS[goal.outlook.status]
    chance, pace = goal.outlook.probability, goal.outlook.pace
    outlook = joined(
        [
            line(f"pace {pace:.0%}") if pace is not None else (),
            line((f"met in {chance:.0%}" if chance is not None else words, role)),
        ],
        Piece(f" {glyphs.dot} ", "dim"),
    )
    return (start, outlook)


def _driver_fact(
    tree: MetricTree,
    answer: Answer | None,
    path: Path,
    glyphs: Glyphs,
    views: Mapping[str, str],
    contributions: Mapping[Path, float],
) -> Fact | None:
    if answer is None:
        return None
    edges = [e for e in children_of(tree, path, views) if e.kind == "components"]
    amounts = {edge.child: contributions.get((*path, edge.child)) for edge in edges}
    if any(amount is not None for amount in amounts.values()):
        focus = number_style(tree.metrics[path[0]])
        ranked = sorted(edges, key=lambda edge: -abs(amounts[edge.child] or 0.0))
        parts = [
            _driver_part(tree, edge.child, difference(amounts[edge.child], focus, glyphs))
            for edge in ranked
        ]
    else:
        parts = [
            _driver_part(tree, edge.child, _own_change(tree, answer, edge.child, glyphs))
            for edge in edges
        ]
    return Fact(name="Why" if amounts else "", parts=tuple(parts))


def _driver_part(tree: MetricTree, metric: str, text: str) -> Line:
    return line(f"{safe(tree.metrics[metric].title)} ", (text, "value"))


def _own_change(tree: MetricTree, answer: Answer, metric: str, glyphs: Glyphs) -> str:
    found = answer.metrics.get(metric)
    if found is None:
        return glyphs.missing
    return change_mark(tree.metrics[metric], found.total, glyphs)[0] or glyphs.missing


def segment_fact(segments: SegmentTable, style: NumberStyle, glyphs: Glyphs) -> Fact:
    """The dimension's values by the size of their change."""
    ranked = sorted(segments.rows, key=lambda row: -abs(row.change or 0.0))
    return Fact(
        name=f"By {safe(segments.label)}",
        parts=tuple(
            line(f"{row.label} ", (difference(row.change, style, glyphs) or row.value, "value"))
            for row in ranked[:8]
        ),
    )


def _about(metric: Metric, glyphs: Glyphs) -> tuple[Fact, ...]:
    words = [
        DIRECTION_WORDS[metric.direction],
        metric.indicator or "",
        (metric.category or "").replace("_", " "),
        f"owner {metric.owner}" if metric.owner else "",
    ]
    parts = tuple(line((safe(word), "dim")) for word in words if word)
    found = [Fact(name="", parts=parts)]
    if metric.description:
        words_of = safe(metric.description).split()
        found.append(
            Fact(name="", parts=tuple(line((word, "dim")) for word in words_of), is_prose=True)
        )
    return tuple(found)


def fact_lines(facts: tuple[Fact, ...], cells: int, glyphs: Glyphs) -> tuple[Line, ...]:
    """The facts broken to a width; what follows stands under the first part."""
    names = [fact.name for fact in facts]
    indent = min(max((len(name) for name in names), default=0) + 2, cells // 3)
    return tuple(pieces for fact in facts for pieces in _broken(fact, cells, indent, glyphs))


def _broken(fact: Fact, cells: int, indent: int, glyphs: Glyphs) -> tuple[Line, ...]:
    separator = Piece(" " if fact.is_prose else f" {glyphs.dot} ", "dim")
    room = cells - (indent if fact.name else 0)
    rows: list[list[Line]] = [[]]
    for part in fact.parts:
        if rows[-1] and _length(joined([*rows[-1], part], separator)) > room:
            rows.append([])
        rows[-1].append(part)
    heads = [fact.name.ljust(indent) if fact.name else "", *[" " * indent] * len(rows)]
    return tuple(
        line((heads[index] if fact.name else "", "dim"), *joined(row, separator))
        for index, row in enumerate(rows)
    )


def _length(pieces: Line) -> int:
    return sum(len(piece.text) for piece in pieces)
