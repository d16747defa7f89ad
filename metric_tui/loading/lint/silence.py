"""Warnings that a file wants to hear nothing of: `meta: {ignore: [code]}`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from metric_tui.base.problems import Path, Problem
from metric_tui.definitions.tree import MetricTree
from metric_tui.loading.checks.file import File
from metric_tui.loading.codes import DATA_WARNINGS, ERRORS, WARNINGS
from metric_tui.loading.nearest import did_you_mean


def is_silenced(problem: Problem, tree: MetricTree | None) -> bool:
    """Whether the file's `meta` or its metric's names the code of a warning; errors are always said."""
    if tree is None or problem.severity == "error":
        return False
    metric = tree.metrics.get(problem.metric or "")
    own = ignored_codes(metric.meta) if metric is not None else ()
    return problem.code in (*ignored_codes(tree.meta), *own)


def heard(problems: Iterable[Problem], tree: MetricTree | None) -> tuple[Problem, ...]:
    """The problems that are not silenced."""
    return tuple(problem for problem in problems if not is_silenced(problem, tree))


def ignored_codes(meta: Mapping[str, Any]) -> tuple[str, ...]:
    """The codes of `ignore`: one word, or a list."""
    ignored = meta.get("ignore")
    words = ignored if isinstance(ignored, list | tuple) else [ignored]
    return tuple(word for word in words if isinstance(word, str))


def unknown_codes(file: File) -> Iterator[Problem]:
    """Words of `ignore` that are no warning's code."""
    yield from _unknown(file, ("meta", "ignore"), file.tree.meta)
    for name, metric in file.tree.metrics.items():
        yield from _unknown(file, ("metrics", name, "meta", "ignore"), metric.meta)


def _unknown(file: File, path: Path, meta: Mapping[str, Any]) -> Iterator[Problem]:
    if "ignore" not in meta:
        return
    ignored = meta["ignore"]
    places = (
        [((*path, place), word) for place, word in enumerate(ignored)]
        if isinstance(ignored, list | tuple)
        else [(path, ignored)]
    )
    for own, word in places:
        if not isinstance(word, str):
            message, hint = "`ignore` takes codes of warnings", "write `ignore: [no-owner]`"
        elif word in ERRORS:
            message = f"`{word}` is an error, and errors cannot be ignored"
            hint = "mend it; only warnings can be silenced"
        elif word not in WARNINGS and word not in DATA_WARNINGS:
            known = (*WARNINGS, *DATA_WARNINGS)
            message = f"no warning has the code `{word}`"
            hint = did_you_mean(word, known) or "the code stands in brackets before the warning"
        else:
            continue
        yield file.at_value(own, "unknown-code", message, hint=hint, severity="warning")
