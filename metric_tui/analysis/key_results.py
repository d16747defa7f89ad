"""Key results held against the data: each by the last mature period of its own grain."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from metric_tui.analysis.answers import Measures, outcomes_of, setting_of
from metric_tui.analysis.limits import UNSETTLED
from metric_tui.analysis.outlook import Progress, key_result_progress
from metric_tui.base.periods import Grain, Period
from metric_tui.base.series import Table, Value
from metric_tui.definitions import edges
from metric_tui.definitions.asks import MetricAsk, Slice
from metric_tui.definitions.tree import MetricTree
from metric_tui.engines.store import Store
from metric_tui.planning.question import Question

USUAL: Grain = "month"

PERIODS_BACK: Mapping[Grain, int] = {
    "hour": 168, "day": 120, "week": 60, "month": 24, "quarter": 8, "year": 5,
}  # fmt: skip
"""How far back a mature period is looked for: longer than most windows are open."""

OTHER_FILTER = "key result is for the whole"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyResultStanding:
    """A key result and how far it is on its way."""

    objective: str
    key_result: edges.KeyResult
    current: Value
    progress: Progress
    grain: Grain = USUAL
    period: Period | None = None
    """The last mature one, which `current` is of; None where there is none."""

    reason: str | None = None
    """Why it is not judged, in words; None where it is."""


def key_results(
    store: Store, measures: Measures, question: Question
) -> tuple[KeyResultStanding, ...]:
    """How far every key result is: its metric's last mature period between start and goal.

    The grain is the key result's own, whatever is on screen; under a filter none is judged.

    Raises:
        StoreError: the store cannot be opened.
        Cancelled: the engine was interrupted.
    """
    tree = store.tree
    rows = [
        (entry.objective, result)
        for entry in tree.objectives
        for result in entry.key_results
        if result.metric in tree.metrics
    ]
    if question.where:
        return tuple(_not_judged(tree, *row) for row in rows)
    found: dict[edges.KeyResult, KeyResultStanding] = {}
    for grain in dict.fromkeys(grain_of(tree, result) for _, result in rows):
        own = [row for row in rows if grain_of(tree, row[1]) == grain]
        found |= _of_grain(store, measures, question, grain, own)
    return tuple(replace(found[result], objective=objective) for objective, result in rows)


def grain_of(tree: MetricTree, result: edges.KeyResult) -> Grain:
    """The grain a key result is judged at: its own, that of its metric's target, or the month."""
    target = tree.metrics[result.metric].target
    grain = result.grain or (target.grain if target is not None else None) or USUAL
    return grain if grain in PERIODS_BACK else USUAL


def _not_judged(tree: MetricTree, objective: str, result: edges.KeyResult) -> KeyResultStanding:
    return KeyResultStanding(
        objective=objective,
        key_result=result,
        current=None,
        progress=Progress(done=None, expected=None, is_met=False),
        grain=grain_of(tree, result),
        reason=OTHER_FILTER,
    )


def _of_grain(
    store: Store,
    measures: Measures,
    question: Question,
    grain: Grain,
    rows: list[tuple[str, edges.KeyResult]],
) -> dict[edges.KeyResult, KeyResultStanding]:
    asked = replace(
        question, grain=grain, start=None, end=None, last=PERIODS_BACK[grain], running=False
    )
    setting, frame = setting_of(store, asked)
    today = setting.calendar.day_of(setting.cutoff)
    spans = tuple(period.span for period in frame.periods)
    asks = {
        result.metric: MetricAsk(metric=result.metric, spans=spans, slice=Slice())
        for _, result in rows
    }
    outcomes = outcomes_of(asks.values(), setting, measures)
    found = {}
    for objective, result in rows:
        outcome = outcomes[asks[result.metric]]
        place = _last_mature(outcome) if isinstance(outcome, Table) else None
        current = (
            outcome.of(())[place] if place is not None and isinstance(outcome, Table) else None
        )
        found[result] = KeyResultStanding(
            objective=objective,
            key_result=result,
            current=current,
            progress=_progress(store.tree, result, current, today),
            grain=grain,
            period=frame.periods[place] if place is not None else None,
        )
    return found


def _last_mature(table: Table) -> int | None:
    """The last period with a value that will not change any more."""
    values, notes = table.of(()), table.notes_of(())
    settled = (
        place
        for place in reversed(range(table.size))
        if values[place] is not None and not UNSETTLED & notes[place]
    )
    return next(settled, None)


def _progress(tree: MetricTree, result: edges.KeyResult, current: Value, today: date) -> Progress:
    begin = date(result.by.year, 1, 1) if result.by else today
    total = (result.by - begin).days + 1 if result.by else 0
    progress = key_result_progress(
        start=result.start if result.start is not None else result.goal,
        goal=result.goal,
        current=current,
        elapsed=(today - begin).days,
        total=total,
    )
    if (
        result.start is not None
        or current is None
        or tree.metrics[result.metric].direction != "down"
    ):
        return progress
    # without a beginning only the direction says on which side of the goal it is met
    is_met = current <= result.goal
    return replace(progress, is_met=is_met, done=1.0 if is_met else 0.0)
