"""What saved what-ifs name must be there."""

from __future__ import annotations

from collections.abc import Iterator

from metric_tui.base.problems import Problem
from metric_tui.definitions.edges import Level
from metric_tui.loading.checks.file import File
from metric_tui.loading.nearest import did_you_mean


def unknown_levels(file: File) -> Iterator[Problem]:
    """A lever set to a segment's level is on a metric that has the dimension."""
    for scenario in file.tree.scenarios.values():
        for index, lever in enumerate(scenario.levers):
            level = Level.parse(lever.change)
            if level is None or lever.metric not in file.tree.metrics:
                continue
            known = file.tree.dimensions_of(lever.metric)
            if level.dimension not in known:
                yield file.at_value(
                    ("scenarios", scenario.name, "levers", index, "change"),
                    "unknown-dimension",
                    f"`{lever.metric}` has no dimension `{level.dimension}`",
                    hint=did_you_mean(level.dimension, known)
                    or f"it has {', '.join(known) or 'none'}",
                )
