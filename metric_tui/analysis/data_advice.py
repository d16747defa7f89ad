"""Advice that only the data can give: totals that never fall, targets that nobody missed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

from metric_tui.analysis.answers import Measures, answer
from metric_tui.analysis.data_finding import DataFinding
from metric_tui.analysis.goals import wanted_of
from metric_tui.base.periods import Grain
from metric_tui.base.series import Note
from metric_tui.definitions.kinds.broken import Broken
from metric_tui.definitions.metric import Metric
from metric_tui.engines.store import Store
from metric_tui.loading.lint.focus import can_only_rise, totals_since_ever
from metric_tui.planning.answer import Answer
from metric_tui.planning.question import Question

FEWEST_PERIODS = 6
"""What is the same in fewer periods may be so by chance."""

UNFINISHED: frozenset[Note] = frozenset({"partial", "immature", "stale"})
"""Notes of values that are still to change."""


def vanity_found(store: Store, measures: Measures, found: Answer) -> Iterator[DataFinding]:
    """Totals since ever that nobody has seen fall, though their definition would let them.

    A total that fell in some period, or on some of its last days, is none: amounts of both signs,
    such as a balance, tell by falling.

    Args:
        store: of the tree.
        measures: what answers.
        found: every metric in every period.
    """
    tree = store.tree
    names = [name for name in totals_since_ever(tree) if not can_only_rise(tree, name)]
    rising = tuple(name for name in names if _only_rises(_values(found, name)))
    if not rising:
        return
    by_day = answer(_about(found.question, rising, "day"), store, measures, revision=0)
    for name in rising:
        if _only_rises(_values(by_day, name)):
            count = len(_values(found, name))
            yield DataFinding(
                code="vanity-metric",
                message=f"`{name}` sums since ever, and fell in none of {count:,} periods",
                together="{} sum since ever, and fell in no period",
                hint="give it a `window`, or look at what is added in each period",
                metric=name,
            )


def _only_rises(values: Sequence[float]) -> bool:
    return (
        len(values) >= FEWEST_PERIODS
        and values[-1] > values[0]
        and all(later >= earlier for earlier, later in pairwise(values))
    )


def easy_targets(store: Store, measures: Measures, found: Answer) -> Iterator[DataFinding]:
    """Targets of the whole that every period met there ever was, so that nobody could miss them.

    Args:
        store: of the tree.
        measures: what answers.
        found: every metric in every period of the tree's own grain.
    """
    judged = {name: metric for name, metric in store.tree.metrics.items() if _is_judged(metric)}
    for grain, names in _by_grain(judged, found.question.grain).items():
        own = found
        if grain != found.question.grain:
            own = answer(_about(found.question, names, grain), store, measures, revision=0)
        for name in names:
            metric, values = judged[name], _values(own, name)
            assert metric.target is not None
            wanted = wanted_of(metric, metric.target)
            if len(values) >= FEWEST_PERIODS and all(map(wanted.is_met_by, values)):
                yield DataFinding(
                    code="easy-target",
                    message=f"the target of `{name}` was met in every one of {len(values):,} periods",
                    together="the targets of {} were met in every period",
                    hint="set one that can be missed, or watch it as a guardrail",
                    metric=name,
                )


def _is_judged(metric: Metric) -> bool:
    is_whole = metric.target is not None and not metric.target.where
    return (
        is_whole
        and metric.direction != "hold"
        and not (metric.is_draft or isinstance(metric, Broken))
    )


def _by_grain(judged: Mapping[str, Metric], own: Grain) -> Mapping[Grain, tuple[str, ...]]:
    """Metrics by the periods that their targets are meant for."""
    grains: dict[Grain, tuple[str, ...]] = {}
    for name, metric in judged.items():
        grain = (metric.target.grain if metric.target is not None else None) or own
        if grain != "total":
            grains[grain] = (*grains.get(grain, ()), name)
    return grains


def _values(found: Answer, name: str) -> tuple[float, ...]:
    """The values of finished periods, earliest first; those without one are left out."""
    each = found.metrics[name]
    if each.error is not None:
        return ()
    return tuple(
        value
        for value, notes in zip(each.total.values, each.total.notes, strict=True)
        if value is not None and not notes & UNFINISHED
    )


MOST_PERIODS: Mapping[Grain, int] = {"hour": 400, "day": 400, "week": 400, "month": 120}
"""The latest periods of another grain than the tree's; 40 of a longer one."""


def _about(question: Question, names: Iterable[str], grain: Grain) -> Question:
    return replace(question, metrics=tuple(names), grain=grain, last=MOST_PERIODS.get(grain, 40))
