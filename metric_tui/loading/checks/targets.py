"""Targets must say what they are for."""

from __future__ import annotations

from collections.abc import Iterator

from metric_tui.base.errors import QuestionError
from metric_tui.base.problems import Path, Problem
from metric_tui.definitions.edges import Target
from metric_tui.definitions.metric import Metric
from metric_tui.definitions.quotients import has_open_begin
from metric_tui.loading.checks.file import File
from metric_tui.loading.nearest import did_you_mean
from metric_tui.planning.conditions import parse_conditions


def targets_are_clear(file: File) -> Iterator[Problem]:
    """A target says whether it is for each period or for all days together, and for which rows."""
    for metric in file.tree.metrics.values():
        target = metric.target
        if target is None:
            continue
        path: Path = ("metrics", metric.name, "target")
        if has_open_begin(file.tree, metric.name):
            yield _which_days(file, path, target)
        for index, text in enumerate(target.where):
            problem = _which_rows(file, metric, (*path, "where", index), text)
            if problem is not None:
                yield problem


def _which_days(file: File, path: Path, target: Target) -> Problem:
    value = f"{target.value:,.12g}"
    assert target.by is not None
    return file.at_key(
        path,
        "unclear-target",
        f"`target` does not say whether {value} is for each period or for all days together",
        hint=f"add `grain: {file.tree.settings.grain}` for each {file.tree.settings.grain}, or"
        f" `from: {target.by.year}-01-01` for all days from then on",
    )


def _which_rows(file: File, metric: Metric, path: Path, text: str) -> Problem | None:
    try:
        (condition,) = parse_conditions([text])
    except QuestionError as error:
        return file.at_value(path, "unclear-target", error.message, hint=error.hint)
    known = _dimensions_of(file, metric)
    if known is None or condition.dimension in known:
        return None
    return file.at_value(
        path,
        "unclear-target",
        f"`{metric.name}` has no dimension `{condition.dimension}`",
        hint=did_you_mean(condition.dimension, known)
        or (f"the dimensions are {', '.join(known)}" if known else None),
    )


def _dimensions_of(file: File, metric: Metric) -> tuple[str, ...] | None:
    """What it may be sliced by; None where that is not known, as something else is wrong."""
    try:
        return file.tree.dimensions_of(metric.name)
    except (KeyError, QuestionError):
        return None
