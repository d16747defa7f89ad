"""Which dimensions tell most of a change: those in which some value moved beyond its size."""

from dataclasses import dataclass

from metric_tui.analysis.rollouts import Rollout
from metric_tui.analysis.segments import SegmentTable
from metric_tui.base.series import Value

EXCHANGED = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class DimensionSplit:
    """One metric's change over one dimension."""

    metric: str
    dimension: str
    table: SegmentTable | None
    refusal: str | None = None
    """Why there is no table."""

    rollout: Rollout | None = None
    """Which values took the place of which, where that is what moved the volume."""

    furthest: float = 0.0
    """How far one value moved beyond its size; of a rollout beyond the rate of what it replaced."""


def telling_order(split: DimensionSplit) -> tuple[bool, float, str]:
    """A sort key: dimensions in which some value moved furthest beyond its size come first.

    Dimensions whose values only took each other's place come last, unless a rollout is known and
    so what the rates did beyond it.
    """
    if split.table is None or not split.table.rows:
        return True, 0.0, split.dimension
    is_last = split.rollout is None and is_exchange(split.table)
    return is_last, -split.furthest, split.dimension


def is_exchange(table: SegmentTable) -> bool:
    """Whether values only took each other's place, in ways that are no rollout.

    What one value gained others lost, several times over the change itself: such a dimension
    hides where the change comes from.
    """
    gained = sum(max(row.contribution or 0.0, 0.0) for row in table.rows)
    lost = -sum(min(row.contribution or 0.0, 0.0) for row in table.rows)
    return min(gained, lost) > EXCHANGED * abs(table.change or 0.0)


def furthest(table: SegmentTable) -> float:
    """How far one value moved beyond what its size predicts, in the metric's unit."""
    change = table.change or 0.0
    return max(
        (
            abs((row.contribution or 0.0) - change * _mean_share(row.share_before, row.share_after))
            for row in table.rows
            if row.segment is not None
        ),
        default=0.0,
    )


def _mean_share(before: Value, after: Value) -> float:
    return ((before or 0.0) + (after or 0.0)) / 2
