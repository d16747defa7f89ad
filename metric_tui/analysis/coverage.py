"""Is it the pipeline? Checks on daily counts before a change is explained."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import median
from typing import Literal

from metric_tui.analysis.forecast import amounts
from metric_tui.analysis.status import flags
from metric_tui.base.volume import gap_places
from metric_tui.definitions.kinds.soundness import FEW

HealthCode = Literal["gap", "volume_break", "null_surge", "duplicates", "late"]

EARLIER, LATER = "the earlier period", "the period"
"""How texts call the two periods of a change."""

BREAK_FACTOR = 1.5
BREAK_DAYS = 14
SURGE_POINTS = 0.05
SURGE_FACTOR = 3
DUPLICATE_PART = 0.001
LATE_PART = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something about the data that may be the whole explanation."""

    code: HealthCode
    text: str
    """One sentence without a full stop."""

    share: float
    """The part of the period's rows that it concerns, from 0 to 1."""

    days: tuple[date, ...] = ()
    """The days it is about, ascending; none where it is about the period as a whole."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DailyCounts:
    """Rows per day, consecutive, up to the last complete day."""

    first: date
    counts: tuple[float, ...]

    def day(self, place: int) -> date:
        """The date of a position."""
        return self.first + timedelta(days=place)

    def places(self, start: date, end: date) -> range:
        """The positions of the days from `start` to before `end`, as far as there are any."""
        begin = max((start - self.first).days, 0)
        return range(begin, max(begin, min((end - self.first).days, len(self.counts))))


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """One of the two periods whose data are checked."""

    start: date
    end: date
    """The day after its last."""

    name: str = LATER
    """How texts call it."""

    @property
    def addition(self) -> str:
        """What is added to a text that else would be taken to be about the later period."""
        return "" if self.name == LATER else f" in {self.name}"


def gap(volume: DailyCounts, stretch: Stretch) -> Finding | None:
    """Days of a period that miss events, as `gap_places` finds them.

    Days that have no earlier week to be held against, such as the first ones, are left out.
    """
    within = volume.places(stretch.start, stretch.end)
    found = [place for place in gap_places(volume.counts) if place in within]
    if not found:
        return None
    days = f"{counted(len(found), 'day')} of {stretch.name}"
    if any(volume.counts[place] for place in found):
        text = f"a fifth or less of the usual events on {days}"
    else:
        text = f"no events on {days}"
    return Finding(
        code="gap",
        text=text,
        share=_missing_share(volume, within, found),
        days=tuple(map(volume.day, found)),
    )


def _missing_share(volume: DailyCounts, within: range, missing: Sequence[int]) -> float:
    """The part of a period's usual events that its missing days lack, by the median of the others."""
    others = [volume.counts[place] for place in within if place not in missing]
    usual = median(others) if others else 0.0
    if not usual:
        return 1.0
    lacking = sum(max(usual - volume.counts[place], 0.0) for place in missing)
    return min(lacking / (usual * len(within)), 1.0)


def volume_break(volume: DailyCounts, stretch: Stretch) -> Finding | None:
    """The latest lasting change of level in a period, by half as much again or more.

    A level changes where three days in a row are flagged the same way (see `status`), and
    the two weeks from there on differ that much from the two weeks before. Days that miss events
    are told as a gap, and say nothing of the level.
    """
    shifts = [flag.place - 2 for flag in flags(amounts(volume.counts)) if flag.is_level_shift]
    within = volume.places(stretch.start, stretch.end)
    missing = frozenset(gap_places(volume.counts))
    for place in reversed([each for each in shifts if each in within]):
        before = _level(volume, range(max(0, place - BREAK_DAYS), place), missing)
        after = _level(volume, range(place, place + BREAK_DAYS), missing)
        if before is None or after is None:
            continue
        if max(before, after) >= BREAK_FACTOR * min(before, after):
            since = volume.day(place)
            was = f"about {before:,.0f} events a day before"
            text = f"about {after:,.0f} events a day since {since}{stretch.addition}, {was}"
            part = (within.stop - place) / len(within)
            share = part * (1 - min(before, after) / max(before, after))
            return Finding(code="volume_break", text=text, share=share, days=(since,))
    return None


def _level(volume: DailyCounts, places: range, missing: frozenset[int]) -> float | None:
    """The median of some days without those that miss events; None where no day is left."""
    days = (place for place in places if place < len(volume.counts) and place not in missing)
    return median(counts) if (counts := [volume.counts[place] for place in days]) else None


def null_surge(
    column: str,
    before: float,
    now: float,
    *,
    whole: str = "the rows",
    rows: tuple[float, float] = (FEW, FEW),
    earlier: str = EARLIER,
) -> Finding | None:
    """A column that is null far more often in one period than in the other.

    Args:
        column: its name, for the text.
        before: the share of a whole in which it is null, in the earlier period.
        now: the same in the later one.
        whole: what they are shares of, for the text.
        rows: how many rows that is, before and now.
        earlier: how texts call the earlier period.

    Returns:
        A finding at three times the other share and five percentage points more, where 30
        rows or more stand behind both: like any rate, a share of fewer swings by chance.
    """
    less, more = sorted((before, now))
    if more < SURGE_FACTOR * less or more < less + SURGE_POINTS or min(rows) < FEW:
        return None
    if now > before:
        text = f"`{column}` is null in {now:.0%} of {whole}, {before:.0%} before"
    else:
        text = f"`{column}` was null in {before:.0%} of {whole} in {earlier}, {now:.0%} now"
    return Finding(code="null_surge", text=text, share=more - less)


def duplicates(source: str, repeated: float, rows: float, *, name: str = LATER) -> Finding | None:
    """Rows that equal another one of a period, from one in a thousand on."""
    if not rows or repeated < DUPLICATE_PART * rows or not repeated:
        return None
    verb = "repeats" if repeated == 1 else "repeat"
    text = f"{counted(int(repeated), 'row')} of `{source}` {verb} another one of {name}"
    share = repeated / rows
    return Finding(code="duplicates", text=f"{text} ({share:.1%})", share=share)


def late(source: str, arrived_late: float, rows: float, *, name: str = LATER) -> Finding | None:
    """Rows that came a day or more after what they report, from one in a hundred on."""
    if not rows or arrived_late < LATE_PART * rows:
        return None
    share = f"{arrived_late / rows:.0%} of the rows of `{source}`"
    if name == LATER:
        text = f"{share} came over a day late, so the last days may still rise"
    else:
        text = f"{share} in {name} came over a day late"
    return Finding(code="late", text=text, share=arrived_late / rows)


def counted(count: int, word: str) -> str:
    """A number with its noun."""
    return f"{count:,} {word}" if count == 1 else f"{count:,} {word}s"
