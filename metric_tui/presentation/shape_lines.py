"""The tables behind a value as lines: a funnel's steps, a retention's triangle, a lifecycle's stack."""

from collections.abc import Callable, Iterator

from metric_tui.analysis.shapes import Cohort, FunnelShape, Stack, StepCount, Triangle
from metric_tui.base.periods import Period
from metric_tui.base.series import Value
from metric_tui.presentation.glyphs import Glyphs
from metric_tui.presentation.numbers import COUNT, compact, difference, full
from metric_tui.presentation.pieces import EMPTY, Line, Piece, Role, line
from metric_tui.presentation.safe import left, right, safe, width
from metric_tui.presentation.stack_chart import FILLS, STATE_ROLES, UPWARD, draw_stack

PeriodName = Callable[[Period], str]
"""How a period is called in a column of them."""

LONGEST_STEP = 28
SHORTEST_BAR = 8
BAR_OF_ITS_OWN = 40
NUMBER = 9
CELL = 6
"""Cells of a column of the triangle: four digits at most, a sign, a gap."""

WIDE_TABLE = 60
"""Cells that the columns of the lifecycle table take beside the period, named in full."""


def funnel_lines(found: FunnelShape, name: PeriodName, cells: int, glyphs: Glyphs) -> list[Line]:
    """The steps with their bars, beside their numbers or below them where there is no room."""
    label = min(max((width(safe(step.label)) for step in found.steps), default=0), LONGEST_STEP)
    room = cells - label - 4 * NUMBER - 2
    note = "immature: its window is still open" if found.is_immature else ""
    lines = [
        line((name(found.period), "dim"), (f"  {glyphs.partial} {note}" if note else "", "warn")),
        EMPTY,
        line(
            " " * label,
            *((right(word, NUMBER), "dim") for word in ("count", "of first", "of prev.", "drop")),
        ),
    ]
    first = found.steps[0].count if found.steps else None
    before: Value = None
    for step in found.steps:
        numbers = _step_line(step, before, label, glyphs)
        if room >= SHORTEST_BAR:
            lines.append((*numbers, *line("  ", _bar(step.count, first, room, glyphs))))
        else:
            bar = _bar(step.count, first, min(cells - 2, BAR_OF_ITS_OWN), glyphs)
            lines += [numbers, line("  ", bar)]
        before = step.count
    return lines


def _step_line(step: StepCount, before: Value, label: int, glyphs: Glyphs) -> Line:
    lost = None if before is None or step.count is None else step.count - before
    return line(
        (left(safe(step.label), label, glyphs.ellipsis), "label"),
        (right(full(step.count, COUNT, glyphs), NUMBER), "value"),
        right(_percent(step.rate_of_first, glyphs, digits=1), NUMBER),
        right("" if before is None else _percent(step.rate_of_previous, glyphs, digits=1), NUMBER),
        (right(difference(lost, COUNT, glyphs) if lost else "", NUMBER), "bad"),
    )


def _bar(count: Value, whole: Value, cells: int, glyphs: Glyphs) -> Piece:
    share = min(count / whole, 1.0) if count is not None and whole else 0.0
    filled = max(round(share * cells), 1 if share else 0)
    return Piece(FILLS[glyphs.dots]["retained"] * filled, "series")


def _percent(share: Value, glyphs: Glyphs, *, digits: int = 0) -> str:
    return glyphs.missing if share is None else f"{share:.{digits}%}"


def triangle_lines(found: Triangle, name: PeriodName, cells: int, glyphs: Glyphs) -> list[Line]:
    """Cohorts down, units since their start across, as many as fit; the weighted mean last."""
    names = [name(cohort.period) for cohort in found.cohorts]
    label = max(map(width, [*names, "weighted"]))
    size = max((width(_size(cohort, glyphs)) for cohort in found.cohorts), default=0)
    size = max(size, len("size")) + 2
    room = max((cells - label - size) // CELL, 1)
    begun = [place for place in range(len(found.columns)) if _has_begun(found, place)]
    shown = found.columns[: min(room, max(begun, default=0) + 1)]
    head = "".join(right(column, CELL - 1) + " " for column in shown)
    lines = [
        line((f"share that came back, by {found.unit} since the start", "dim")),
        line((left("", label) + right("size", size) + head, "dim")),
    ]
    for text, cohort in zip(names, found.cohorts, strict=True):
        start = line((left(text, label), "dim"), right(_size(cohort, glyphs), size))
        lines.append((*start, *_cohort(cohort, len(shown), glyphs)))
    overall = "".join(
        right("" if rate is None else _percent(rate, glyphs), CELL - 1) + " "
        for rate in found.overall[: len(shown)]
    )
    lines.append(line((left("weighted", label), "strong"), " " * size, (overall, "strong")))
    return [*lines, EMPTY, *_triangle_notes(found, len(shown), len(begun), glyphs)]


def _has_begun(found: Triangle, place: int) -> bool:
    return any(cohort.rates[place] is not None for cohort in found.cohorts)


def _size(cohort: Cohort, glyphs: Glyphs) -> str:
    return full(cohort.size, COUNT, glyphs)


def _cohort(cohort: Cohort, count: int, glyphs: Glyphs) -> Iterator[Piece]:
    for rate, is_immature in zip(cohort.rates[:count], cohort.is_immature[:count], strict=True):
        if rate is None:
            yield Piece(" " * CELL)
        elif is_immature:
            yield Piece(right(_percent(rate, glyphs), CELL - 1) + glyphs.partial, "warn")
        else:
            yield Piece(right(_percent(rate, glyphs), CELL - 1) + " ", "value")


def _triangle_notes(found: Triangle, shown: int, begun: int, glyphs: Glyphs) -> Iterator[Line]:
    is_open = any(
        immature and rate is not None
        for cohort in found.cohorts
        for rate, immature in zip(cohort.rates, cohort.is_immature, strict=True)
    )
    if is_open:
        yield line(
            (f"{glyphs.partial} not over for every member yet: left out of the last row", "warn")
        )
    rest = begun - shown
    if rest > 0:
        last = found.columns[shown - 1]
        yield line((f"up to {found.unit} {last}; {rest} more on a wider card (+)", "dim"))


def stack_lines(
    found: Stack, name: PeriodName, short: PeriodName, size: tuple[int, int], glyphs: Glyphs
) -> list[Line]:
    """The stack, its legend, and every period in numbers, latest first.

    Args:
        found: growth accounting by period.
        name: how a period is called where there is room.
        short: how it is called on the axis.
        size: columns and rows of the whole card.
        glyphs: the look.
    """
    columns, rows = size
    labels = [short(period) for period in found.periods]
    chart = draw_stack(found, labels, (columns, min(max(rows - 9, 7), 18)), glyphs)
    names = [name(period) for period in found.periods]
    is_wide = columns >= max(map(width, names), default=0) + WIDE_TABLE
    table = _stack_table(found, names if is_wide else labels, is_wide=is_wide, glyphs=glyphs)
    return [*chart, _legend(glyphs), EMPTY, *table]


def _legend(glyphs: Glyphs) -> Line:
    pieces: list[Piece] = []
    for state, role in STATE_ROLES.items():
        pieces += [Piece(FILLS[glyphs.dots][state], role), Piece(f" {state}  ", "dim")]
    return tuple(pieces)


def _stack_table(
    found: Stack, names: list[str], *, is_wide: bool, glyphs: Glyphs
) -> Iterator[Line]:
    """Who was active, in which state, and the quick ratio; signs stand for the states where narrow."""
    fills = FILLS[glyphs.dots]
    heads = {state: state if is_wide else fills[state] for state in STATE_ROLES}
    texts = [["", "active", *heads.values(), "quick ratio" if is_wide else "quick"]]
    for index in reversed(range(len(names))):
        counts = [found.states[state][index] for state in STATE_ROLES]
        shown = [compact(value, COUNT, glyphs) for value in (active_at(found, index), *counts)]
        texts.append([names[index], *shown, _ratio_text(quick_ratio(found, index), glyphs)])
    widths = [max(width(row[column]) for row in texts) for column in range(len(texts[0]))]
    for place, row in enumerate(texts):
        numbers = "".join(
            "  " + right(text, cells) for text, cells in zip(row[1:], widths[1:], strict=True)
        )
        notes = found.notes[-place] if place else frozenset()
        mark = f" {glyphs.partial}" if notes else ""
        role: Role = "value" if place else "dim"
        yield line((left(row[0], widths[0]), "dim"), (numbers, role), (mark, "warn"))


def active_at(found: Stack, index: int) -> Value:
    """How many are active in a period: new, retained and resurrected together."""
    values = [found.states[state][index] for state in UPWARD]
    return None if None in values else sum(value or 0.0 for value in values)


def quick_ratio(found: Stack, index: int) -> Value:
    """New and resurrected over churned; None where nobody churned or it is not known."""
    gained = [found.states["new"][index], found.states["resurrected"][index]]
    lost = found.states["churned"][index]
    return None if None in gained or not lost else sum(value or 0.0 for value in gained) / lost


def _ratio_text(ratio: Value, glyphs: Glyphs) -> str:
    return glyphs.missing if ratio is None else f"{ratio:.2f}"
