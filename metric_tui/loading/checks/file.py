"""What a check looks at: the tree, and where its parts stand."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date

from metric_tui.base.problems import Path, Problem, Severity
from metric_tui.definitions.metric import SIDE_KEYS
from metric_tui.definitions.tree import MetricTree
from metric_tui.loading.document import Document


@dataclass(frozen=True, slots=True)
class File:
    """A tree and the document it was read from; paths may use field names for keys."""

    tree: MetricTree
    document: Document
    problems: tuple[Problem, ...] = ()
    """What was found before: the lint rules look at it, the checks do not."""
    today: date | None = None
    """The day on which it is checked; without one nothing is said to be over."""

    def has_errors(self, metric: str) -> bool:
        """Whether an error was found in a metric before."""
        return any(each.severity == "error" and each.metric == metric for each in self.problems)

    def at_value(
        self,
        path: Path,
        code: str,
        message: str,
        *,
        hint: str | None = None,
        within: tuple[int, int] | None = None,
        severity: Severity = "error",
        together: str | None = None,
        subject: str | None = None,
    ) -> Problem:
        """A problem shown at a value, or at some characters of it."""
        span = self.document.value_span(path, within)
        return Problem(
            code=code,
            message=message,
            severity=severity,
            hint=hint,
            span=span,
            metric=_metric_of(path),
            together=together,
            subject=subject,
            stops_metric=not (code == "component-cycle" or _is_beside(path)),
        )

    def at_key(
        self,
        path: Path,
        code: str,
        message: str,
        *,
        hint: str | None = None,
        severity: Severity = "error",
        together: str | None = None,
    ) -> Problem:
        """A problem shown at the key of a value."""
        return Problem(
            code=code,
            message=message,
            severity=severity,
            hint=hint,
            span=self.document.key_span(path),
            metric=_metric_of(path),
            together=together,
            stops_metric=not (code == "component-cycle" or _is_beside(path)),
        )


def _metric_of(path: Path) -> str | None:
    return str(path[1]) if path[:1] == ("metrics",) and len(path) > 1 else None


def _is_beside(path: Path) -> bool:
    """Whether a path leads into what is said of a metric beside its computation."""
    return path[:1] == ("metrics",) and len(path) > 2 and path[2] in SIDE_KEYS


Check = Callable[[File], Iterable[Problem]]
