"""What is good, what is bad, and the marks and words that say so without colour."""

from typing import TYPE_CHECKING

from metric_tui.base.series import NOTES, Note, Value
from metric_tui.definitions.edges import EDGE_MARKS, EdgeKind
from metric_tui.definitions.metric import Direction, Metric
from metric_tui.planning.answer import Values
from metric_tui.presentation.glyphs import Glyphs
from metric_tui.presentation.numbers import (
    NumberStyle,
    change_text,
    direction_glyph,
    number_style,
)
from metric_tui.presentation.pieces import Role

if TYPE_CHECKING:
    from metric_tui.analysis.status import Flag

DIRECTION_WORDS: dict[Direction, str] = {
    "up": "higher is better",
    "down": "lower is better",
    "hold": "meant to hold",
}

EDGE_WORDS: dict[EdgeKind, str] = {
    "components": "component",
    "influences": "influence",
    "guardrails": "guardrail",
}

NOTE_WORDS: dict[Note, str] = {
    "partial": "partial: the period is not whole",
    "immature": "immature: its window is still open",
    "stale": "stale: its events end earlier",
    "small": "small: fewer than 30 rows or people behind it",
    "gap": "gap: days with hardly any of its events",
}


def change_role(
    direction: Direction,
    value: Value,
    comparison: Value,
    style: NumberStyle,
    glyphs: Glyphs,
) -> Role:
    """Good, bad or dim, by the way that is good for the metric; what does not show is dim."""
    glyph = direction_glyph(value, comparison, style, glyphs)
    if glyph not in (glyphs.up, glyphs.down) or direction == "hold":
        return "dim"
    return "good" if (glyph == glyphs.up) == (direction == "up") else "bad"


def change_mark(
    metric: Metric, values: Values, glyphs: Glyphs, index: int = -1
) -> tuple[str, Role]:
    """A period's change with its role: `▲ +4.1%`, good; `·` where it is immature."""
    style = number_style(metric, values.known)
    pair = (values.values[index], values.base_at(index)) if values.values else (None, None)
    text = change_text(*pair, style, glyphs)
    if not text and pair[0] is not None and values.compared and values.compared[index] is not None:
        return glyphs.dot, "dim"
    return text, change_role(metric.direction, *pair, style, glyphs)


def verdict(role: Role, glyphs: Glyphs) -> str:
    """The word beside the colour: ✓ better, ✗ worse, else nothing."""
    return {"good": f"{glyphs.good} better", "bad": f"{glyphs.bad} worse"}.get(role, "")


def change_word(metric: Metric, values: Values, glyphs: Glyphs) -> tuple[str, Role]:
    """What the last period's change means for a metric: `✗ worse`, or nothing."""
    is_bad = change_mark(metric, values, glyphs)[1] == "bad"
    return (verdict("bad", glyphs), "bad") if is_bad else ("", "plain")


def flag_mark(flag: "Flag", glyphs: Glyphs) -> tuple[str, str]:
    """A period that is not as expected: a sign for above or below, and a word."""
    sign = glyphs.up if flag.score > 0 else glyphs.down
    return sign, "new level" if flag.is_level_shift else "unusual"


def edge_mark(kind: EdgeKind | None) -> str:
    """`=` exact, `~` believed, `!` counter-metric, blank for a root."""
    return EDGE_MARKS[kind] if kind else ""


def notes_in_words(notes: frozenset[Note]) -> tuple[str, ...]:
    """One sentence per note, in fixed order."""
    return tuple(NOTE_WORDS[note] for note in NOTES if note in notes)


def short_notes(notes: frozenset[Note]) -> str:
    """The notes as single words."""
    return " ".join(note for note in NOTES if note in notes)
