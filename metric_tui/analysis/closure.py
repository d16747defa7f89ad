"""Whether the parts of an explanation add up, and which may be shown as a share."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import groupby

from metric_tui.analysis.driver_games import Driver
from metric_tui.analysis.explanation import Contribution

SHARE_TOLERANCE = 1e-9


def share_is_fair(change: float, amounts: Iterable[float], scale: float) -> bool:
    """Whether parts of a change may be shown as shares of it (E6).

    They may not where the change is nothing but rounding, or where two parts of opposite
    sign are each larger than the change itself.
    """
    listed = tuple(amounts)
    opposed = any(a > abs(change) for a in listed) and any(a < -abs(change) for a in listed)
    return abs(change) > SHARE_TOLERANCE * scale and not opposed


def with_shares(focus: Driver, places: Sequence[Contribution]) -> tuple[Contribution, ...]:
    """The same places with `share` set where it does not mislead among its siblings."""
    if focus.before is None or focus.after is None:
        return tuple(places)
    change = focus.after - focus.before
    amounts = [place.contribution or 0.0 for place in places]
    scale = max(map(abs, (focus.before, focus.after, *amounts)))
    ordered = sorted(places, key=lambda place: place.path[:-1])
    fair = {
        parent: share_is_fair(change, (each.contribution or 0.0 for each in siblings), scale)
        for parent, siblings in groupby(ordered, key=lambda place: place.path[:-1])
    }
    return tuple(
        replace(place, share=place.contribution / change)
        if place.contribution is not None and fair[place.path[:-1]]
        else place
        for place in places
    )


def largest_gap(
    focus: Driver, extras: float, places: Sequence[Contribution]
) -> tuple[float, float]:
    """The worst difference of a node from the sum of what it was split into, and the scale.

    Args:
        focus: the explained metric.
        extras: its own residual and change of definition.
        places: all places below it.

    Returns:
        The gap in the unit of the focus, and max(1, |before|, |after|, largest part) (E11).
    """
    if focus.before is None or focus.after is None:
        return 0.0, 1.0
    sums: dict[tuple[str, ...], float] = {}
    for place in places:
        if place.contribution is not None:
            parent = place.path[:-1]
            sums[parent] = sums.get(parent, 0.0) + place.contribution
    root = (focus.name,)
    targets = {place.path: (place.contribution or 0.0, own_extras(place)) for place in places}
    targets[root] = (focus.after - focus.before, extras)
    gaps = [abs(targets[path][0] - targets[path][1] - found) for path, found in sums.items()]
    amounts = (place.contribution or 0.0 for place in places)
    return max(gaps, default=0.0), max(1.0, *map(abs, (focus.before, focus.after, *amounts)))


def own_extras(place: Contribution) -> float:
    """A place's residual and change of definition."""
    return (place.residual or 0.0) + (place.definition or 0.0)
