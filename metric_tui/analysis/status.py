"""Is a value unusual, and is its change good: flags and direction."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from metric_tui.analysis.forecast import DAILY, Rhythm, Values, track

CUT = 3.5
MEMORY = 120
SHIFT_LENGTH = 3

Direction = Literal["up", "down", "hold"]
Judgement = Literal["good", "bad", "neutral"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Flag:
    """A point that is not what its history led to expect."""

    place: int
    """Position in the series."""

    score: float
    """How many sigmas off; infinite where a constant series changed."""

    is_strong: bool
    """The largest of the last 120 points."""

    is_level_shift: bool
    """The third flag of one sign in a row: a new level; what follows it is not flagged."""


def flags(values: Values, rhythm: Rhythm = DAILY) -> tuple[Flag, ...]:
    """The unusual points of a series, oldest first.

    Args:
        values: on the model's scale (`forecast.amounts`, `forecast.rates`), consecutive and
            complete: leave out the running period.
        rhythm: `DAILY` needs 42 points, `COARSE` (weeks, months) 20; shorter gives none.
    """
    return tuple(flagged(track(values, rhythm).scores))


def flagged(scores: Sequence[float | None]) -> Iterator[Flag]:
    """Flags in a series of scores, none after a level shift until a score is usual again."""
    run = 0
    for place, score in enumerate(scores):
        if score is None:
            continue
        if abs(score) <= CUT:
            run = 0
            continue
        sign = 1 if score > 0 else -1
        run = run + sign if run * sign > 0 else sign
        if abs(run) > SHIFT_LENGTH:
            continue
        yield Flag(
            place=place,
            score=score,
            is_strong=is_largest(scores, place),
            is_level_shift=abs(run) == SHIFT_LENGTH,
        )


def is_largest(scores: Sequence[float | None], place: int) -> bool:
    """Whether no score of the 120 points up to here is further off."""
    window = scores[max(0, place + 1 - MEMORY) : place + 1]
    return abs(scores[place] or 0.0) >= max(abs(score) for score in window if score is not None)


def judge(
    change: float | None, direction: Direction | None, *, tolerance: float = 0.0
) -> Judgement:
    """Whether a change is good news.

    Args:
        change: after minus before; None where one of them is missing.
        direction: which way is good; `hold` means that any move is bad; None is unknown.
        tolerance: a change of at most this size is neutral, in the metric's unit.
    """
    if change is None or direction is None or abs(change) <= tolerance:
        return "neutral"
    if direction == "hold":
        return "bad"
    return "good" if (change > 0) == (direction == "up") else "bad"
