"""Releases that roll out: values of a dimension that take each other's place by themselves.

The volume of a new app version comes from the versions before it, so it says nothing of why a
metric moved. What may say something is its rate, held against that of what it replaced.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping
from dataclasses import dataclass

from metric_tui.analysis.slice_ranking import Measures, Place

NEW = 0.1
"""A value is new where less than this part of its later size was there before."""

GONE = 0.5
"""A value goes where at most this part of its earlier size is left."""

MOST = 0.6
"""The part of all that moved that new and going values carry."""

EVEN = 0.5
"""How much of the larger of gain and loss the smaller makes up, so that both nearly cancel."""

LARGE = 0.2
"""The part of the whole that must have changed its value."""

MINOR = 0.05
"""Beside the largest move a smaller one than this part of it is not told."""

Sizes = Mapping[Hashable, tuple[float, float]]
"""Per value its size before and after: the denominator of a rate, the gross volume of a sum."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rollout:
    """What took the place of what, each largest first, crumbs left out."""

    came: tuple[Hashable, ...]
    went: tuple[Hashable, ...]


def rollout_of(sizes: Sizes) -> Rollout | None:
    """Whether values of a dimension took each other's place; None where they did not.

    Rows that do not carry the dimension are no value of it and take no part.
    """
    moves = {value: after - before for value, (before, after) in sizes.items() if value is not None}
    gained = sum(move for move in moves.values() if move > 0)
    lost = -sum(move for move in moves.values() if move < 0)
    came = [v for v, move in moves.items() if move > 0 and sizes[v][0] <= NEW * sizes[v][1]]
    went = [v for v, move in moves.items() if move < 0 and sizes[v][1] <= GONE * sizes[v][0]]
    carried = sum(abs(moves[value]) for value in (*came, *went))
    whole = max(sum(sizes[value][side] for value in moves) for side in (0, 1)) if moves else 0.0
    smaller, larger = sorted((gained, lost))
    is_one = (
        came
        and went
        and carried >= MOST * (gained + lost)
        and smaller >= EVEN * larger
        and smaller >= LARGE * whole
    )
    if not is_one:
        return None
    return Rollout(came=_told(came, moves), went=_told(went, moves))


def _told(values: list[Hashable], moves: Mapping[Hashable, float]) -> tuple[Hashable, ...]:
    """Values by the size of their move, without those that hardly count beside the first."""
    order = sorted(values, key=lambda value: (-abs(moves[value]), str(value)))
    return tuple(v for v in order if abs(moves[v]) >= MINOR * abs(moves[order[0]]))


def at_equal_size(
    slices: Mapping[Place, Measures], rolling: Collection[str], total: Measures
) -> dict[Place, Measures]:
    """The slices, those of rolling dimensions as if they had had their later size before.

    What such a slice was before is stated at its own rate, or where it is new at the rate of all
    values of those dimensions that were there under its other conditions. So only a difference of
    rates is left of it. A slice with nothing to be held against is left out.

    Args:
        slices: numerators and denominators of every slice; for sums totals and sizes.
        rolling: the dimensions with a rollout.
        total: the sums over everything.
    """
    if not rolling:
        return dict(slices)
    replaced: dict[tuple[Place, frozenset[str]], tuple[float, float]] = {}
    for place, m in slices.items():
        kind = _rest(place, rolling)
        if kind is not None:
            before = replaced.get(kind, (0.0, 0.0))
            replaced[kind] = before[0] + m[0], before[1] + m[1]
    scale = total[1] / total[3] if total[3] else 0.0
    found: dict[Place, Measures] = {}
    for place, m in slices.items():
        kind = _rest(place, rolling)
        if kind is None:
            found[place] = m
            continue
        top, bottom = replaced[kind] if m[1] <= NEW * m[3] else m[:2]
        if bottom and scale:
            size = m[3] * scale
            found[place] = (top / bottom * size, size, m[2], m[3])
    return found


def _rest(place: Place, rolling: Collection[str]) -> tuple[Place, frozenset[str]] | None:
    """The other conditions of a slice and its rolling dimensions; None without any."""
    names = frozenset(name for name, value in place if name in rolling and value is not None)
    if not names:
        return None
    return tuple(pair for pair in place if pair[0] not in names), names
