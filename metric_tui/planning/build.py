"""From metrics asked for to the measures a store must answer, and back up again.

Both halves are pure: `plan` walks down what every metric needs, an engine answers the measures,
`fold` walks up and lets every metric combine the answers to its needs.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from metric_tui.base.errors import MetricTuiError, QuestionError
from metric_tui.base.series import Table
from metric_tui.definitions.asks import MeasureAsk, MetricAsk, Need, Setting
from metric_tui.definitions.kinds.draft import DRAFT_HINT, DRAFT_REASON
from metric_tui.definitions.metric import Metric
from metric_tui.planning.coarse_times import refuse_split_times

Outcome = Table | MetricTuiError
"""What an ask ends in: its table, or why there is none."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Every metric ask below the ones asked for, each after all it needs.

    `needs[ask]` maps slots to what must be answered first, or is the error of a metric that
    cannot be asked this way.
    """

    setting: Setting
    needs: Mapping[MetricAsk, Mapping[str, Need] | MetricTuiError]

    @property
    def measures(self) -> tuple[MeasureAsk, ...]:
        """What the store is asked, without repeats, in order of need."""
        found: dict[MeasureAsk, None] = {}
        for needs in self.needs.values():
            if not isinstance(needs, MetricTuiError):
                found.update((n, None) for n in needs.values() if isinstance(n, MeasureAsk))
        return tuple(found)


@dataclass(slots=True)
class _Planner:
    setting: Setting
    done: dict[MetricAsk, Mapping[str, Need] | MetricTuiError] = field(default_factory=dict)
    path: list[str] = field(default_factory=list)

    def add(self, ask: MetricAsk) -> None:
        if ask in self.done:
            return
        if ask.metric in self.path:
            circle = " › ".join((*self.path[self.path.index(ask.metric) :], ask.metric))
            self.done[ask] = QuestionError(f"`{ask.metric}` is computed from itself: {circle}")
            return
        self.path.append(ask.metric)
        needs = self._needs(ask)
        if not isinstance(needs, MetricTuiError):
            for need in needs.values():
                if isinstance(need, MetricAsk):
                    self.add(need)
        self.path.pop()
        self.done[ask] = needs

    def _needs(self, ask: MetricAsk) -> Mapping[str, Need] | MetricTuiError:
        try:
            metric = self.setting.tree.metric(ask.metric)
            self._check_drafts(metric)
            self._check_slice(ask)
            needs = metric.needs(ask, self.setting)
            refuse_split_times(needs.values(), self.setting)
            return needs
        except MetricTuiError as error:
            return error

    def _check_drafts(self, metric: Metric) -> None:
        """Refuse what is computed from a draft before its type says what is wrong with that."""
        metrics = self.setting.tree.metrics
        for name in metric.inputs:
            if name in metrics and metrics[name].is_draft:
                raise QuestionError(f"needs `{name}`: {DRAFT_REASON}", hint=DRAFT_HINT)

    def _check_slice(self, ask: MetricAsk) -> None:
        wanted = (*ask.slice.by, *(condition.dimension for condition in ask.slice.where))
        if not wanted:
            return
        known = self.setting.tree.dimensions_of(ask.metric)
        for name in wanted:
            if name not in known:
                raise QuestionError(
                    f"`{ask.metric}` has no dimension `{name}`",
                    hint=f"it has {', '.join(known) if known else 'none'}",
                )


def plan(asks: Iterable[MetricAsk], setting: Setting) -> Plan:
    """What must be known to answer the asks."""
    planner = _Planner(setting)
    for ask in asks:
        planner.add(ask)
    return Plan(setting, planner.done)


def fold(plan: Plan, answers: Mapping[MeasureAsk, Outcome]) -> Mapping[MetricAsk, Outcome]:
    """Combine the store's answers into every planned metric's outcome.

    What needs an answer that is not there yet is missing.
    """
    found: dict[MetricAsk, Outcome] = {}
    for ask, needs in plan.needs.items():
        if isinstance(needs, MetricTuiError):
            found[ask] = needs
        elif all(need in found or need in answers for need in needs.values()):
            found[ask] = _combined(ask, needs, plan.setting, found, answers)
    return found


def _combined(
    ask: MetricAsk,
    needs: Mapping[str, Need],
    setting: Setting,
    metrics: Mapping[MetricAsk, Outcome],
    measures: Mapping[MeasureAsk, Outcome],
) -> Outcome:
    tables: dict[str, Table] = {}
    for slot, need in needs.items():
        outcome = metrics[need] if isinstance(need, MetricAsk) else measures[need]
        if isinstance(outcome, MetricTuiError):
            return _because_of(need, outcome)
        tables[slot] = outcome
    try:
        return setting.tree.metrics[ask.metric].combine(ask, setting, tables)
    except MetricTuiError as error:
        return error


def _because_of(need: Need, error: MetricTuiError) -> MetricTuiError:
    if isinstance(need, MeasureAsk):
        return error
    # the first reason is the one worth reading, however many metrics stand between
    if error.message.startswith("needs `"):
        return error
    return QuestionError(f"needs `{need.metric}`: {error.message}", hint=error.hint)
