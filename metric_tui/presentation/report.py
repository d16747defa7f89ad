"""The tree as text for pipes, files and the clipboard, from the rows the explorer shows."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta

from metric_tui.base.series import Value
from metric_tui.definitions.tree import MetricTree
from metric_tui.planning.answer import Answer, MetricAnswer, Values
from metric_tui.presentation.dates import days_of
from metric_tui.presentation.glyphs import Glyphs
from metric_tui.presentation.header import condition_text, freshness_pieces, question_pieces
from metric_tui.presentation.judged import Judged
from metric_tui.presentation.limit_lines import limits_cell, usual_of
from metric_tui.presentation.marks import change_mark, notes_in_words, short_notes
from metric_tui.presentation.metric_chart import compared_text
from metric_tui.presentation.numbers import difference, full, number_style
from metric_tui.presentation.pieces import hanging, plain
from metric_tui.presentation.residual_words import residual_notes
from metric_tui.presentation.safe import left, right, safe, width
from metric_tui.presentation.segment_rows import group_text, segment_lines, segment_table
from metric_tui.presentation.tree_rows import Path, TreeChoices, TreeRow, top_of, tree_rows
from metric_tui.presentation.tree_table import columns_for, row_line

WIDTH = 100
"""Cells of a line where no terminal says otherwise."""

NOT_JUDGED = Judged()


def heading(tree: MetricTree, answer: Answer, glyphs: Glyphs, *, store: str = "") -> str:
    """Two lines: what tree and store, and what was asked of it."""
    calendar = tree.settings.calendar
    first = f"{safe(tree.name or 'Metric tree')}"
    name = f"{first} {glyphs.dot} {safe(store)}" if store else first
    fresh = plain(freshness_pieces(answer.frame, calendar, glyphs))
    asked = plain(question_pieces(answer.question, answer.frame, calendar, glyphs))
    return f"{name}   {fresh}\n{asked}"


def tree_report(
    tree: MetricTree,
    answer: Answer,
    glyphs: Glyphs,
    *,
    store: str = "",
    depth: int = 9,
    cells: int = WIDTH,
    contributions: Mapping[Path, float] | None = None,
    choices: TreeChoices | None = None,
    roots: tuple[str, ...] = (),
    judged: Judged = NOT_JUDGED,
) -> str:
    """The tree with a heading, one line per place, segments below where it was broken down.

    Args:
        tree: the tree.
        answer: its numbers.
        glyphs: the look.
        store: what the store is called.
        depth: levels below a root; 0 for the roots alone.
        cells: the longest line.
        contributions: what each place did to the focus, by path.
        choices: what the explorer shows, in place of `depth` and `roots`.
        roots: metrics each of which begins a tree; the focus without any.
        judged: how targets stand and what is unusual, where that was looked up.
    """
    chosen = (choices,) if choices else _choices(roots or (top_of(tree),), depth)
    shown = _rows(tree, answer, glyphs, chosen, contributions, judged)
    columns = columns_for(shown, cells)
    lines = [plain(row_line(row, columns, cells, glyphs)) for row in shown]
    blocks = [heading(tree, answer, glyphs, store=store), "\n".join(lines)]
    blocks += list(_segment_blocks(tree, answer, glyphs, cells))
    notes = [*_note_lines(tree, answer, glyphs), *_judged_lines(tree, answer, glyphs, judged)]
    if notes:
        blocks.append(_paragraph(notes, cells))
    return "\n\n".join(blocks) + "\n"


def _paragraph(notes: Iterable[str], cells: int) -> str:
    """Notes below one another, each with its later lines indented."""
    return "\n".join(row for note in notes for row in hanging(note, cells))


def _choices(roots: tuple[str, ...], depth: int) -> tuple[TreeChoices, ...]:
    return tuple(TreeChoices(root=(root,), depth=depth) for root in roots)


def _rows(
    tree: MetricTree,
    answer: Answer,
    glyphs: Glyphs,
    chosen: tuple[TreeChoices, ...],
    contributions: Mapping[Path, float] | None,
    judged: Judged,
) -> tuple[TreeRow, ...]:
    words = judged.words(answer, glyphs)
    return tuple(
        row
        for each in chosen
        for row in tree_rows(
            tree, answer, each, glyphs,
            contributions=contributions, words=words, unusual=judged.unusual,
        )
    )  # fmt: skip


def _segment_blocks(tree: MetricTree, answer: Answer, glyphs: Glyphs, cells: int) -> Iterator[str]:
    for name in answer.metrics:
        table = segment_table(tree, answer, name, glyphs)
        if table is None:
            continue
        title = f"{safe(tree.metrics[name].title)} by {table.label}"
        if table.refusal:
            yield f"{title}\n  {table.refusal}"
            continue
        lines = segment_lines(table, cells - 2, glyphs)
        yield "\n".join([title, *(f"  {plain(pieces)}" for pieces in lines)])


def _note_lines(tree: MetricTree, answer: Answer, glyphs: Glyphs) -> Iterator[str]:
    for name, found in answer.metrics.items():
        title = safe(tree.metrics[name].title)
        if found.error is not None:
            hint = f" ({safe(found.hint)})" if found.hint else ""
            yield f"{glyphs.failed} {title}: {safe(found.error)}{hint}"
        for note in notes_in_words(found.total.notes[-1]) if found.total.notes else ():
            yield f"{glyphs.partial} {title}: {note}"


def _not_sliced_lines(tree: MetricTree, answer: Answer, glyphs: Glyphs) -> Iterator[str]:
    """Why metrics have no segments although there is a breakdown."""
    for name, found in answer.metrics.items():
        if found.not_sliced:
            yield f"{glyphs.failed} {safe(tree.metrics[name].title)}: {safe(found.not_sliced)}"


def _judged_lines(
    tree: MetricTree, answer: Answer, glyphs: Glyphs, judged: Judged
) -> Iterator[str]:
    yield from residual_notes(tree, answer, glyphs)
    yield from judged.target_notes(tree, glyphs)
    yield from judged.notes(tree, answer, glyphs)


def _cells_of(
    tree: MetricTree, name: str, label: str, values: Values, glyphs: Glyphs
) -> tuple[str, ...]:
    metric = tree.metrics[name]
    style = number_style(metric, values.known)
    return (
        label,
        full(values.value, style, glyphs),
        full(values.comparison, style, glyphs) if values.compared else "",
        difference(values.change, style, glyphs),
        change_mark(metric, values, glyphs)[0],
        short_notes(values.notes[-1]) if values.notes else "",
    )


_HEADINGS = ("metric", "value", "compared", "change", "", "notes", "status", "natural limits")
_LEFT = (0, 4, 5, 6, 7)


def _table_rows(
    tree: MetricTree, answer: Answer, glyphs: Glyphs, judged: Judged
) -> Iterator[tuple[str, ...]]:
    for name, found in answer.metrics.items():
        title = safe(tree.metrics[name].title)
        if found.error is not None:
            yield (title, glyphs.failed, "", "", "", safe(found.error), "", "")
            continue
        if tree.metrics[name].is_draft:
            yield (title, glyphs.missing, "", "", "", "draft", "", "")
            continue
        limits = limits_cell(usual_of(answer, name), number_style(tree.metrics[name]), glyphs)
        word = judged.word(tree, answer, found, glyphs)
        yield (*_cells_of(tree, name, title, found.total, glyphs), word, limits)
        for segment in found.segments:
            label = f"  {group_text(segment.group)}"
            yield (*_cells_of(tree, name, label, segment.values, glyphs), "", "")


def table_report(
    tree: MetricTree,
    answer: Answer,
    glyphs: Glyphs,
    *,
    store: str = "",
    cells: int = WIDTH,
    judged: Judged = NOT_JUDGED,
) -> str:
    """One row per metric, and per segment below it, with full numbers in aligned columns.

    Columns that hold nothing are left out; what is to be told of a metric stands below, in lines
    of at most `cells`.
    """
    rows = [_HEADINGS, *_table_rows(tree, answer, glyphs, judged)]
    columns = [place for place in range(len(_HEADINGS)) if any(row[place] for row in rows[1:])]
    widths = {place: max(width(row[place]) for row in rows) for place in columns}
    lines = [
        "  ".join(
            (left if place in _LEFT else right)(row[place], widths[place]) for place in columns
        ).rstrip()
        for row in rows
    ]
    blocks = [heading(tree, answer, glyphs, store=store), "\n".join(lines)]
    told = (
        *_not_sliced_lines(tree, answer, glyphs),
        *_judged_lines(tree, answer, glyphs, judged),
    )
    blocks += filter(None, [_paragraph(told, cells)])
    return "\n\n".join(blocks) + "\n"


def markdown_report(
    tree: MetricTree,
    answer: Answer,
    glyphs: Glyphs,
    *,
    store: str = "",
    depth: int = 9,
    contributions: Mapping[Path, float] | None = None,
    choices: TreeChoices | None = None,
    roots: tuple[str, ...] = (),
    judged: Judged = NOT_JUDGED,
) -> str:
    """A heading and a table that a wiki or an issue shows as such; as `tree_report`."""
    chosen = (choices,) if choices else _choices(roots or (top_of(tree),), depth)
    rows = _rows(tree, answer, glyphs, chosen, contributions, judged)
    rows = tuple(row for row in rows if row.metric in answer.metrics)
    lines = [
        f"# {markdown_text(safe(tree.name or 'Metric tree'))}",
        "",
        markdown_text(
            f"{compared_text(answer, tree, glyphs)}" + (f" {glyphs.dot} {store}" * bool(store))
        ),
        *(f"- {markdown_text(condition_text(condition))}" for condition in answer.question.where),
        "",
        "| Metric | Value | Change | Contribution | Natural limits | |",
        "|---|--:|:--|--:|---|---|",
        *(_markdown_row(tree, answer, row, glyphs) for row in rows),
    ]
    told = (
        *_not_sliced_lines(tree, answer, glyphs),
        *residual_notes(tree, answer, glyphs),
        *judged.notes(tree, answer, glyphs),
    )
    notes = [f"- {markdown_text(note)}" for note in told]
    return "\n".join([*lines, *([""] if notes else []), *notes]) + "\n"


def _markdown_row(tree: MetricTree, answer: Answer, row: TreeRow, glyphs: Glyphs) -> str:
    indent = "&nbsp;&nbsp;" * row.indent
    mark = f"`{row.mark}` " if row.mark else ""
    usual = usual_of(answer, row.metric)
    limits = limits_cell(usual, number_style(tree.metrics[row.metric]), glyphs)
    cells = (row.value, row.change, row.extra.amount, limits, row.extra.word)
    return (
        f"| {indent}{mark}{markdown_text(row.label)} | "
        + " | ".join(map(markdown_text, cells))
        + " |"
    )


def markdown_text(text: str) -> str:
    """Text as it stands, whatever marks of Markdown it holds."""
    for character in "\\|`*_[]<>":
        text = text.replace(character, f"\\{character}")
    return text


def csv_rows(tree: MetricTree, answer: Answer) -> Iterator[tuple[str, ...]]:
    """A head, then one row per metric, segment and period; numbers unrounded, null empty."""
    by = answer.question.by
    yield ("metric", "period", "end", *by, "value", "comparison", "notes", "error")
    calendar = tree.settings.calendar
    periods = [(period.label, str(days_of(period, calendar)[1])) for period in answer.frame.periods]
    if answer.frame.grain == "hour":
        periods = [
            (
                label,
                calendar.local(period.span.start + timedelta(hours=1)).isoformat("T", "minutes"),
            )
            for (label, _), period in zip(periods, answer.frame.periods, strict=True)
        ]
    for found in answer.metrics.values():
        note = "draft" if tree.metrics[found.metric].is_draft else ""
        yield from _csv_of(found, periods, len(by), note=note)


def _csv_of(
    found: MetricAnswer, periods: list[tuple[str, str]], dimensions: int, *, note: str
) -> Iterator[tuple[str, ...]]:
    groups = [((), found.total), *((part.group, part.values) for part in found.segments)]
    for group, values in groups:
        labels = tuple(_csv_text("" if cell is None else str(cell)) for cell in group)
        labels = labels or ("",) * dimensions
        for place, (start, end) in enumerate(periods):
            numbers = (_number(values.values[place]), _number(values.compared[place]))
            notes = short_notes(values.notes[place]) or note
            yield (found.metric, start, end, *labels, *numbers, notes, found.error or "")


def _number(value: Value) -> str:
    if value is None:
        return ""
    return str(int(value)) if value == int(value) and abs(value) < 1e15 else repr(value)


def _csv_text(text: str) -> str:
    # a spreadsheet would run a cell that begins like a formula
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


def csv_report(tree: MetricTree, answer: Answer) -> str:
    """The rows of `csv_rows` as CSV text."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(csv_rows(tree, answer))
    return out.getvalue()
