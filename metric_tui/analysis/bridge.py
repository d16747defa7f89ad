"""From one period's active entities to the next one's: who came, who came back, who left."""

from dataclasses import dataclass

from metric_tui.analysis.answers import Measures
from metric_tui.base.periods import Period
from metric_tui.base.series import Table
from metric_tui.definitions.asks import (
    Condition,
    LifecycleMeasure,
    LifecycleState,
    MeasureAsk,
    Setting,
    Slice,
)
from metric_tui.definitions.kinds.simple import Simple

STATES: tuple[LifecycleState, ...] = ("new", "retained", "resurrected", "churned")


@dataclass(frozen=True, slots=True, kw_only=True)
class Bridge:
    """Growth accounting between two periods: before + new + resurrected - churned = after."""

    before: float
    new: float
    resurrected: float
    churned: float
    after: float


def bridge_of(
    metric: str,
    where: tuple[Condition, ...],
    setting: Setting,
    measures: Measures,
    periods: tuple[Period, Period],
) -> Bridge | None:
    """How a distinct count came about from the earlier period's.

    None for other metrics, for periods that overlap or are not over, and where no answer is known.

    Args:
        metric: whose change is explained.
        where: filters of the whole tree.
        setting: of the question.
        measures: what answers.
        periods: the earlier and the later period.
    """
    node = setting.tree.metrics.get(metric)
    earlier, later = (period.span for period in periods)
    if not isinstance(node, Simple) or node.agg != "count_distinct":
        return None
    if node.non_additive_dimension is not None or earlier.end > later.start:
        return None
    if setting.is_running(later):
        # who is gone for good is not known before the period is over
        return None
    measure = node.measure(setting.tree)
    assert measure.value is not None
    asks = {
        state: MeasureAsk(
            measure=LifecycleMeasure(
                rows=measure.rows, entity=measure.value, state=state, before=(earlier,)
            ),
            spans=(later,),
            slice=Slice(where=where),
        )
        for state in STATES
    }
    tables = measures.tables(asks.values())
    counts: dict[LifecycleState, float] = {}
    for state, ask in asks.items():
        table = tables[ask]
        if not isinstance(table, Table):
            return None
        counts[state] = table.of(())[0] or 0.0
    return Bridge(
        before=counts["retained"] + counts["churned"],
        new=counts["new"],
        resurrected=counts["resurrected"],
        churned=counts["churned"],
        after=counts["new"] + counts["retained"] + counts["resurrected"],
    )
