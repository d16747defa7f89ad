"""What a check looks at: the tree, and where its parts stand."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date

from metric_tui.base.problems import Path, Problem, Severity
from metric_tui.definitions.tree import MetricTree
from metric_tui.loading.document import Document


@dataclass(frozen=True, slots=True)
class File:
    """A tree and the document it was read from; paths may use field names for keys."""

    tree: MetricTree
    document: Document
    today: date | None = None
    """The day on which it is checked; without one nothing is said to be over."""

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
        )


def _metric_of(path: Path) -> str | None:
    return str(path[1]) if path[:1] == ("metrics",) and len(path) > 1 else None


Check = Callable[[File], Iterable[Problem]]
