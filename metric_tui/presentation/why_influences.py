"""What was found of believed influences: as words, as a sentence of the summary, and as lines."""

from collections.abc import Iterator

from metric_tui.analysis.evidence import EdgeFinding
from metric_tui.analysis.why import Why
from metric_tui.definitions.edges import Annotation
from metric_tui.presentation.dates import day_without_year
from metric_tui.presentation.glyphs import Glyphs
from metric_tui.presentation.marks import edge_mark
from metric_tui.presentation.numbers import difference, number_style
from metric_tui.presentation.pieces import Line, Role, beside_or_below, line
from metric_tui.presentation.safe import left, safe
from metric_tui.presentation.why_names import title_of

VERDICT_WORDS = {
    "evidence": "moved with",
    "no_clear_link": "no clear link",
    "too_short": "too short to tell",
    "refused": "cannot be told",
}

LEAST_EXPLAINED = 0.1
"""Part of the change that a believed driver's branch carries at least to be told."""
GRAIN_LETTERS = {"day": "d", "week": "w", "month": "mo"}

MIN_NAMES = 24
"""Columns that the names of an edge keep beside what was found; with fewer, that stands below."""

REFUSAL_WORDS = {
    "computed_from_parent": "one is computed from the other",
    "too_many_gaps": "too many days are missing",
    "constant": "one of them hardly moves",
}


def influence_words(edge: EdgeFinding) -> str:
    """What the test of an edge found: `moved with`, `cannot be told: too many days are missing`."""
    if edge.shift is not None:
        return "new level together"
    words = VERDICT_WORDS[edge.evidence.verdict]
    reason = edge.evidence.reason
    return f"{words}: {REFUSAL_WORDS[reason]}" if reason is not None else words


def shift_text(found: Why, edge: EdgeFinding) -> str:
    """`both from 1 Jun`, or `from 1 Jun, the parent from 8 Jun`; with the chance. Empty without."""
    shift = edge.shift
    if shift is None:
        return ""
    day = found.tree.settings.calendar.day_of
    driver, parent = (day_without_year(day(at)) for at in (shift.driver_at, shift.parent_at))
    when = f"both from {driver}" if driver == parent else f"from {driver}, then from {parent}"
    return f"{when}; by chance in {chance_text(shift.chance)}"


def chance_text(chance: float) -> str:
    """`1 of 208`, as people count odds."""
    return f"1 of {max(1, round(1 / chance)):,}"


def lag_text(edge: EdgeFinding) -> str:
    """By how much the driver leads, at the grain of its test: `8 d`, `1 w`; empty without one."""
    lag = edge.evidence.lag
    return "" if lag is None else f"{lag} {GRAIN_LETTERS.get(edge.grain, 'd')}"


def moved_text(found: Why, edge: EdgeFinding, glyphs: Glyphs) -> str:
    """`+0.26pp to +0.30pp a day`: the measured slope times the driver's move; empty without."""
    if edge.moved is None:
        return ""
    style = number_style(found.tree.metrics[edge.parent])
    low, _, high = (difference(value, style, glyphs) for value in edge.moved)
    return f"{low} to {high} a {edge.grain}"


def influence_sentences(found: Why, glyphs: Glyphs) -> Iterator[str]:
    """The believed driver whose branch carries most of this change; nothing where none does."""
    change = found.explanation.change
    first = next(iter(found.influences), None)
    if first is None or first.verdict != "evidence" or change is None:
        return
    if abs(first.explains) >= LEAST_EXPLAINED * abs(change) > 0:
        yield _influence_sentence(found, first, glyphs)


def _influence_sentence(found: Why, edge: EdgeFinding, glyphs: Glyphs) -> str:
    driver, parent = title_of(found, edge.metric), title_of(found, edge.parent).lower()
    if edge.shift is not None:
        return f"{driver} went to a new level with {parent}: {_shift_words(found, edge)}; that is no proof of a cause."
    lag = edge.evidence.lag or 0
    later = f", {lag} {edge.grain}{'' if lag == 1 else 's'} later" if lag else ""
    r = f"{edge.evidence.correlation or 0:.2f}".replace("-", glyphs.minus)
    return f"{driver} moved with {parent}{later} (r {r}){_noted(found, edge)}; that is no proof of a cause."


def _shift_words(found: Why, edge: EdgeFinding) -> str:
    """`both from 1 Jun on (Fewer notifications)`."""
    return shift_text(found, edge).split(";")[0] + _noted(found, edge)


def _noted(found: Why, edge: EdgeFinding) -> str:
    """What somebody noted of the driver in the later period, in brackets; empty without."""
    notes = [
        note for note in found.annotations if edge.metric in note.metrics and _is_later(found, note)
    ]
    return f" ({safe(notes[0].label)})" if notes else ""


def _is_later(found: Why, note: Annotation) -> bool:
    """Whether something happened after the earlier period began to be compared with the later."""
    day = found.tree.settings.calendar.day_of
    return note.date >= day(found.against.span.start)


def influence_lines(found: Why, cells: int, glyphs: Glyphs) -> Iterator[Line]:
    """The believed edges with what was found, each on one line or two; nothing without any."""
    if not found.influences:
        return
    yield line(("Believed influences", "strong"), ("  tested, never part of the sum", "dim"))
    for edge in found.influences:
        yield from _edge_lines(found, edge, cells, glyphs)


def _edge_lines(found: Why, edge: EdgeFinding, cells: int, glyphs: Glyphs) -> Iterator[Line]:
    evidence = edge.evidence
    names = f"  {edge_mark('influences')} {title_of(found, edge.metric)} {glyphs.crumb} {title_of(found, edge.parent)}"
    words = influence_words(edge)
    parts = [shift_text(found, edge)] if edge.shift is not None else []
    if evidence.correlation is not None and (not parts or evidence.verdict == "evidence"):
        r = f"{evidence.correlation:+.2f}".replace("-", glyphs.minus)
        parts.append(f"r {r} at {lag_text(edge)}, n {evidence.n}")
    moved = moved_text(found, edge, glyphs)
    if moved:
        parts.append(f"with this move {moved}")
    if evidence.agrees is False:
        parts.append("against what is expected")
    role: Role = "accent" if edge.verdict == "evidence" else "dim"
    room = cells - len(words) - 1
    if room < MIN_NAMES:
        yield from beside_or_below(
            line(left(names, cells)), "; ".join([words, *parts]), cells, "dim"
        )
        return
    # names can be cut, what was found cannot
    name = left(names, min(48, cells // 2 + 6, room))
    yield from beside_or_below(line(name, (f" {words}", role)), "; ".join(parts), cells, "dim")
