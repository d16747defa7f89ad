"""Why a metric moved, as Markdown for an issue, a wiki or a message."""

from collections.abc import Iterator

from metric_tui.analysis.explanation import Contribution
from metric_tui.analysis.segments import SegmentChange
from metric_tui.analysis.telling import DimensionSplit, telling_order
from metric_tui.analysis.why import Why
from metric_tui.presentation.dates import day_text
from metric_tui.presentation.glyphs import Glyphs
from metric_tui.presentation.numbers import NumberStyle, difference, full, number_style
from metric_tui.presentation.report import markdown_text
from metric_tui.presentation.safe import safe
from metric_tui.presentation.segment_rows import dimension_label, effects_told
from metric_tui.presentation.why_guardrails import guardrail_notes
from metric_tui.presentation.why_influences import (
    influence_words,
    lag_text,
    moved_text,
    shift_text,
)
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


def why_markdown(found: Why, glyphs: Glyphs, *, depth: int, top: int) -> str:
    """A heading, the summary and all that the text tells, as lists and tables."""
    return "\n".join(_lines(found, glyphs, depth=depth, top=top)) + "\n"


def _lines(found: Why, glyphs: Glyphs, *, depth: int, top: int) -> Iterator[str]:
    metric = found.tree.metrics[found.question.metric]
    yield f"## {markdown_text(safe(metric.title))}: {headline(found, glyphs)}"
    yield f"\n{markdown_text(periods_text(found, glyphs))}\n"
    yield from (f"- {markdown_text(sentence)}" for sentence in summary(found, glyphs))
    if found.health:
        yield "\nThe data:\n"
    for finding in found.health:
        sign, text = fault_text(finding, glyphs)
        yield f"- {sign} {_title(found, finding.metric)}: {markdown_text(text)}"
    bridge = bridge_text(found, glyphs)
    if bridge:
        yield f"\n{bridge}"
    yield from _drivers(found, glyphs, depth)
    own = [split for split in found.splits if split.metric == found.question.metric]
    for split in sorted(own, key=telling_order):
        yield from _segments(found, split, glyphs, top)
    yield from _slices(found, glyphs)
    yield from _influences(found, glyphs)
    if found.guardrails:
        yield "\nGuardrails:\n"
    yield from (f"- {markdown_text(text)}" for text, _ in guardrail_notes(found, glyphs))
    if found.annotations:
        yield "\nWhat happened:\n"
    for note in found.annotations:
        yield f"- {day_text(note.date)}: {markdown_text(safe(note.label))}"


def _title(found: Why, name: str) -> str:
    return markdown_text(title_of(found, name))


def _drivers(found: Why, glyphs: Glyphs, depth: int) -> Iterator[str]:
    places = list(driver_rows(found, depth))
    if not places:
        return
    style = number_style(found.tree.metrics[found.question.metric])
    yield f"\nDrivers: {method_text(found, glyphs)}\n"
    yield from ("| driver | contribution | before | after | |", "|---|---:|---:|---:|---|")
    for place in places:
        indent = "&nbsp;&nbsp;" * (place.level - 1)
        if isinstance(place, OwnPart):
            amount = difference(place.amount, style, glyphs)
            yield f"| {indent}{place.words(glyphs)} | {amount} | | | |"
            continue
        own = style_of(found, place.name)
        amount = difference(place.contribution, style, glyphs)
        before, after = (full(value, own, glyphs) for value in (place.before, place.after))
        cells = (amount, before, after, markdown_text(_flag(found, place)))
        yield f"| {indent}{_title(found, place.name)} | {' | '.join(cells)} |"


def _flag(found: Why, place: Contribution) -> str:
    if place.contribution is None:
        return no_split_text(found, place)
    return "" if place.status == "ok" else place.status.replace("_", " ")


def _segments(found: Why, split: DimensionSplit, glyphs: Glyphs, top: int) -> Iterator[str]:
    label = markdown_text(dimension_label(found.tree, split.dimension))
    note = markdown_text(segments_note(split))
    rows = split.table.rows if split.table is not None else ()
    if not rows:
        if note:
            yield f"\n{label}: {note}"
        return
    style = number_style(found.tree.metrics[found.question.metric])
    names = list(dict.fromkeys(name for row in rows for name, _ in effects_told(row)))
    heads = [f"{label} ({note})" if note else label, "contribution", *names, "before", "after", ""]
    yield from ("", f"| {' | '.join(heads)} |", f"|---|{'---:|' * (len(heads) - 2)}---|")
    for row in rows[:top]:
        yield _segment_row(row, names, style, glyphs)
    rest = rows[top:]
    if rest and split.table is not None and split.table.is_additive:
        known = [row.contribution for row in rest if row.contribution is not None]
        amount = difference(sum(known), style, glyphs) if known else ""
        yield f"| other ({len(rest)} more) | {amount} |{' |' * (len(heads) - 2)}"


def _segment_row(row: SegmentChange, names: list[str], style: NumberStyle, glyphs: Glyphs) -> str:
    effects = dict(effects_told(row))
    cells = [
        "(none)" if row.segment is None else markdown_text(safe(row.segment)),
        difference(row.contribution, style, glyphs),
        *(difference(effects.get(name), style, glyphs) for name in names),
        full(row.before, style, glyphs),
        full(row.after, style, glyphs),
        "" if row.standing == "both" else row.standing,
    ]
    return f"| {' | '.join(cells)} |"


def _slices(found: Why, glyphs: Glyphs) -> Iterator[str]:
    rows = found.slices.rows if found.slices is not None else ()
    if not rows:
        return
    style = number_style(found.tree.metrics[found.question.metric])
    yield from (
        "",
        "| slice (overlapping) | contribution | before | after |",
        "|---|---:|---:|---:|",
    )
    for row in rows:
        text = markdown_text(slice_text(found, row))
        amount = difference(row.contribution, style, glyphs)
        values = (full(value, style, glyphs) for value in (row.before, row.after))
        yield f"| {text} | {amount} | {' | '.join(values)} |"


def _influences(found: Why, glyphs: Glyphs) -> Iterator[str]:
    if not found.influences:
        return
    heads = ("believed influence", "on", "found", "r", "lag", "n", "with this move")
    yield from ("", f"| {' | '.join(heads)} |", "|---|---|---|---:|---:|---:|---|")
    for edge in found.influences:
        evidence = edge.evidence
        r = "" if evidence.correlation is None else f"{evidence.correlation:+.2f}"
        found_words = influence_words(edge)
        if edge.shift is not None:
            found_words += f", {shift_text(found, edge)}"
        if evidence.agrees is False:
            found_words += "; against what is expected"
        cells = (
            _title(found, edge.metric),
            _title(found, edge.parent),
            markdown_text(found_words),
            r.replace("-", glyphs.minus),
            lag_text(edge),
            f"{evidence.n}",
            moved_text(found, edge, glyphs),
        )
        yield f"| {' | '.join(cells)} |"
