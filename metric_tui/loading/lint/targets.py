"""Rules about targets: few, with a day to come, and not met before they begin."""

from __future__ import annotations

from collections.abc import Iterator

from metric_tui.base.problems import Problem
from metric_tui.definitions.metric import Direction, Metric
from metric_tui.loading.checks.file import File

MOST_TARGETS = 7


def few_targets(file: File) -> Iterator[Problem]:
    """More targets than anybody can aim at; said at the first that is too many."""
    aimed = [name for name, metric in _aimed(file)]
    if len(aimed) > MOST_TARGETS:
        message = (
            f"{len(aimed)} metrics have targets, and more than {MOST_TARGETS} are no priorities"
        )
        yield file.at_key(
            ("metrics", aimed[MOST_TARGETS], "target"),
            "too-many-targets",
            message,
            hint="keep those that somebody would act on, and watch the others",
            severity="warning",
        )


def targets_have_dates(file: File) -> Iterator[Problem]:
    """A target that is due some day is never late."""
    for name, metric in _aimed(file):
        assert metric.target is not None
        if metric.target.by is None:
            yield file.at_key(
                ("metrics", name, "target"),
                "undated-target",
                f"the target of `{name}` has no date",
                hint="add `by` with its last day",
                severity="warning",
                together="the targets of {} have no date",
            )


def targets_lie_ahead(file: File) -> Iterator[Problem]:
    """A target whose last day is over aims at nothing."""
    for name, metric in _aimed(file):
        by = metric.target.by if metric.target is not None else None
        if by is not None and file.today is not None and by < file.today:
            yield file.at_value(
                ("metrics", name, "target", "by"),
                "past-target",
                f"the target of `{name}` was due by {by}",
                hint="set the next one, or take it out",
                severity="warning",
                together="the targets of {} are past their dates",
            )


def _aimed(file: File) -> Iterator[tuple[str, Metric]]:
    for name, metric in file.tree.metrics.items():
        if metric.target is not None and not file.has_errors(name):
            yield name, metric


def key_results_ask_for_something(file: File) -> Iterator[Problem]:
    """A key result that begins where it is to end, or beyond, is met without doing anything."""
    for place, objective in enumerate(file.tree.objectives):
        for index, result in enumerate(objective.key_results):
            metric = file.tree.metrics.get(result.metric)
            if metric is None or result.start is None:
                continue
            if _is_met(result.start, result.goal, metric.direction):
                yield file.at_value(
                    ("objectives", place, "key_results", index, "goal"),
                    "easy-target",
                    f"the key result of `{result.metric}` is met from the start:"
                    f" it goes from {result.start:g} to {result.goal:g},"
                    f" and {metric.direction} is good",
                    hint="turn `from` and `to` around, or say `direction` on the metric",
                    severity="warning",
                )


def _is_met(start: float, goal: float, direction: Direction) -> bool:
    if direction == "hold":
        return False
    return start <= goal if direction == "down" else start >= goal
