"""What each value of a dimension did to the last period's change: rate and mix, volume and rate."""

from dataclasses import replace

from metric_tui.analysis.answers import Measures, setting_of
from metric_tui.analysis.splits import splits_of
from metric_tui.analysis.telling import DimensionSplit
from metric_tui.definitions.quotients import with_mean_parts
from metric_tui.engines.store import Store
from metric_tui.planning.question import Question


def effects_of(
    metric: str, dimension: str, question: Question, store: Store, measures: Measures
) -> DimensionSplit | None:
    """A question's last period against what it is compared with; None without a comparison.

    Raises:
        QuestionError: there is no such metric, or the range cannot be placed.
        StoreError: the store cannot be read.
        Cancelled: the engine was interrupted.
    """
    store.tree.metric(metric)
    setting, frame = setting_of(store, question)
    before = frame.compared[-1]
    if before is None:
        return None
    found = splits_of(
        (metric,),
        (dimension,),
        question.where,
        replace(setting, tree=with_mean_parts(store.tree)),
        measures,
        (before.span, frame.periods[-1].span),
        with_slices=False,
    )
    return found.tables[0] if found.tables else None
