"""The same advice about many metrics, said once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from metric_tui.base.problems import Problem


def grouped(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Problems with one for each advice: it names all it is about, and has all their places.

    Only what says the same of several is joined, where the first of them stood: code, sentence
    and hint are equal. What joins several concerns no metric by itself.
    """
    groups: dict[object, list[Problem]] = {}
    for place, problem in enumerate(problems):
        key: object = place
        if problem.together is not None:
            key = (problem.severity, problem.code, problem.together, problem.hint)
        groups.setdefault(key, []).append(problem)
    return tuple(_joined(group) for group in groups.values())


def _joined(group: list[Problem]) -> Problem:
    first = group[0]
    names = tuple(dict.fromkeys(f"`{each.subject or each.metric}`" for each in group))
    if first.together is None or len(names) == 1:
        return first
    return replace(
        first,
        message=first.together.replace("{}", listed(names)),
        metric=None,
        also=tuple(each.span for each in group[1:] if each.span is not None),
    )


def listed(names: tuple[str, ...]) -> str:
    """Names in a sentence: `a, b and c`."""
    *others, last = names
    return f"{', '.join(others)} and {last}" if others else last
