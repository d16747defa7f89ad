"""What a question is answered with: every metric's values, comparisons, segments and proof."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from metric_tui.base.periods import Calendar
from metric_tui.base.series import Group, Note, Value
from metric_tui.planning.frame import Frame
from metric_tui.planning.question import Question


@dataclass(frozen=True, slots=True, kw_only=True)
class Values:
    """Values of the reported periods and of what each is compared with; all of shape (T,)."""

    values: tuple[Value, ...]
    compared: tuple[Value, ...]
    notes: tuple[frozenset[Note], ...]

    @property
    def value(self) -> Value:
        """The last period's value."""
        return self.values[-1] if self.values else None

    @property
    def comparison(self) -> Value:
        """What the last period is compared with."""
        return self.compared[-1] if self.compared else None

    def base_at(self, index: int) -> Value:
        """What the change of a period is measured from.

        None for an immature period: the earlier one has had more time, so the two are not alike.
        """
        is_immature = bool(self.notes) and "immature" in self.notes[index]
        return None if is_immature or not self.compared else self.compared[index]

    @property
    def base(self) -> Value:
        """What the last period's change is measured from; None where it is immature."""
        return self.base_at(-1)

    @property
    def known(self) -> tuple[Value, ...]:
        """Every value that is shown or compared with."""
        return (*self.values, *self.compared)

    @property
    def change(self) -> Value:
        """Value minus its base, None if either is."""
        if self.value is None or self.base is None:
            return None
        return self.value - self.base

    @property
    def change_ratio(self) -> Value:
        """Change over the size of its base, None if that is zero."""
        if self.change is None or not self.base:
            return None
        return self.change / abs(self.base)


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """One component view recomputed from its children; each of shape (T,)."""

    view: str
    formula: str
    computed: tuple[Value, ...]
    residual: tuple[Value, ...]
    """Measured minus computed, None where either side is."""

    def left_over(self, value: Value) -> Value:
        """The last period's residual; None where there is none, or nothing but rounding.

        Args:
            value: of the metric in that period.
        """
        last = self.residual[-1] if self.residual else None
        return None if last is None or closes(last, value) else last


CLOSES_WITHIN = 1e-9
"""A residual of this part of the value, or of 1 for a smaller one, is rounding."""


def closes(residual: float, value: Value) -> bool:
    """Whether a formula gives the measured value up to rounding."""
    return abs(residual) <= CLOSES_WITHIN * max(1.0, abs(value or 0.0))


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentValues:
    """One slice of a breakdown: a value per dimension of `question.by`."""

    group: Group
    values: Values


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricAnswer:
    """One metric's part of an answer; with an `error` its values are all None."""

    metric: str
    total: Values
    segments: tuple[SegmentValues, ...] = ()
    """By value, null last; empty without a breakdown or where it is refused."""

    not_sliced: str | None = None
    """Why the metric has no segments although a breakdown was asked for."""

    identities: tuple[Identity, ...] = ()
    error: str | None = None
    hint: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The answer to one question at one revision of file and store."""

    question: Question
    revision: int
    frame: Frame
    calendar: Calendar
    metrics: Mapping[str, MetricAnswer]
    """In tree order; metrics asked for by name in the order they were named."""

    is_whole: bool = True
    """Whether everything is computed; metrics that are not yet are missing."""

    @property
    def last_day(self) -> date:
        """The last reported local day, inclusive."""
        end = self.frame.periods[-1].span.end
        return self.calendar.day_of(end - timedelta(microseconds=1))
