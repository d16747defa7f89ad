"""Why a metric moved, as Markdown for an issue, a wiki or a message."""

from collections.abc import Iterator

from metric_tui.analysis.why import Why
from metric_tui.presentation.glyphs import Glyphs
from metric_tui.presentation.numbers import difference, full, number_style
from metric_tui.presentation.report import markdown_text
from metric_tui.presentation.segment_rows import dimension_label
from metric_tui.presentation.why_words import (
    VERDICT_WORDS,
    bridge_text,
    headline,
    periods_text,
    rollout_text,
    slice_text,
    summary,
)


def why_markdown(found: Why, glyphs: Glyphs, *, depth: int, top: int) -> str:
    """A heading, the summary, and a table of drivers, segments, slices and influences each."""
    return "\n".join(_lines(found, glyphs, depth=depth, top=top)) + "\n"


def _lines(found: Why, glyphs: Glyphs, *, depth: int, top: int) -> Iterator[str]:
    metric = found.tree.metrics[found.question.metric]
    yield f"## {markdown_text(metric.title)}: {headline(found, glyphs)}"
    yield f"\n{periods_text(found, glyphs)}\n"
    yield from (f"- {markdown_text(sentence)}" for sentence in summary(found, glyphs))
    bridge = bridge_text(found, glyphs)
    if bridge:
        yield f"\n{bridge}"
    yield from _drivers(found, glyphs, depth)
    yield from _segments(found, glyphs, top)
    yield from _slices(found, glyphs)
    yield from _influences(found)


def _drivers(found: Why, glyphs: Glyphs, depth: int) -> Iterator[str]:
    places = [c for c in found.explanation.contributions if c.level <= depth]
    if not places:
        return
    style = number_style(found.tree.metrics[found.question.metric])
    yield from ("", "| driver | contribution | before | after |", "|---|---:|---:|---:|")
    for place in places:
        node = found.tree.metrics[place.name]
        own = number_style(node)
        indent = "&nbsp;&nbsp;" * (place.level - 1)
        amount = difference(place.contribution, style, glyphs)
        before, after = (full(value, own, glyphs) for value in (place.before, place.after))
        yield f"| {indent}{markdown_text(node.title)} | {amount} | {before} | {after} |"


def _segments(found: Why, glyphs: Glyphs, top: int) -> Iterator[str]:
    style = number_style(found.tree.metrics[found.question.metric])
    for split in found.splits:
        if split.metric != found.question.metric or split.table is None:
            continue
        label = markdown_text(dimension_label(found.tree, split.dimension))
        note = "" if split.table.is_additive else " (segments overlap)"
        if split.rollout is not None:
            note = f" ({markdown_text(rollout_text(split))})"
        yield from ("", f"| {label}{note} | contribution |", "|---|---:|")
        for row in split.table.rows[:top]:
            name = "(none)" if row.segment is None else markdown_text(str(row.segment))
            yield f"| {name} | {difference(row.contribution, style, glyphs)} |"


def _slices(found: Why, glyphs: Glyphs) -> Iterator[str]:
    rows = found.slices.rows if found.slices is not None else ()
    if not rows:
        return
    style = number_style(found.tree.metrics[found.question.metric])
    yield from ("", "| slice (overlapping) | contribution |", "|---|---:|")
    for row in rows:
        text = markdown_text(slice_text(found, row))
        yield f"| {text} | {difference(row.contribution, style, glyphs)} |"


def _influences(found: Why) -> Iterator[str]:
    if not found.influences:
        return
    yield from ("", "| believed influence | on | found | r | lag |", "|---|---|---|---:|---:|")
    for edge in found.influences:
        names = (markdown_text(found.tree.metrics[n].title) for n in (edge.metric, edge.parent))
        r = "" if edge.evidence.correlation is None else f"{edge.evidence.correlation:.2f}"
        lag = "" if edge.evidence.lag is None else f"{edge.evidence.lag} d"
        yield f"| {' | '.join(names)} | {VERDICT_WORDS[edge.evidence.verdict]} | {r} | {lag} |"
