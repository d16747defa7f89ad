"""What is wrong with a tree file, as data; rendering is `presentation.problem_lines`."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning", "info"]
"""`info` is good to know, and nothing to mend."""

Path = tuple[str | int, ...]
"""Where a value stands in the document: keys of mappings and indexes of lists, from the root."""


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Span:
    """A stretch of the file; lines and columns count from 1, the end is exclusive."""

    line: int
    column: int
    end_line: int
    end_column: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing wrong, in one sentence without a full stop, literals in backticks."""

    code: str
    message: str
    severity: Severity = "error"
    hint: str | None = None
    span: Span | None = None
    """None where no place in the file is to blame."""

    metric: str | None = None
    """The metric the problem concerns, or None when it concerns the file."""

    stops_metric: bool = True
    """Whether an error leaves the metric without a value; False for one in an edge, target or note,
    beside which the metric is computed all the same."""

    together: str | None = None
    """The message where the same is said of several, with `{}` where they are listed."""

    subject: str | None = None
    """Which of them this one is about, a name; the metric without it."""

    also: tuple[Span, ...] = ()
    """Further places, where one problem stands for several that say the same."""


def by_place(problem: Problem) -> tuple[int, int, str]:
    """A key that sorts problems by where they stand in the file."""
    span = problem.span
    return (span.line, span.column, problem.code) if span else (0, 0, problem.code)


def errors_by_words(problems: Iterable[Problem]) -> dict[tuple[str, str], Problem]:
    """Errors by what they say, wherever they stand by now."""
    return {
        (problem.code, problem.message): problem
        for problem in problems
        if problem.severity == "error"
    }
