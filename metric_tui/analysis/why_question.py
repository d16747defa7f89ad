"""Which change is to be explained, and between which two stretches of time."""

from dataclasses import dataclass, replace
from datetime import date, datetime

from metric_tui.analysis.answers import setting_of
from metric_tui.base.errors import QuestionError
from metric_tui.base.periods import Grain, Period
from metric_tui.definitions.asks import Condition, Setting
from metric_tui.engines.store import Store
from metric_tui.planning.question import Compare, DateRange, Question
from metric_tui.planning.stretch import as_one


@dataclass(frozen=True, slots=True, kw_only=True)
class WhyQuestion:
    """Which change is to be explained.

    Without `period` all that `start`, `end` and `last` choose, as one; without these the last
    complete period of the grain. Without `against` what `compare` names.
    """

    metric: str
    grain: Grain
    period: DateRange | None = None
    """Days as they are, not widened."""

    start: date | None = None
    end: date | None = None
    last: int | None = None
    """With `start` and `end` a range as `Question` has it, widened to whole periods."""

    against: DateRange | None = None
    """Days as they are, not widened."""

    compare: Compare = "previous"
    where: tuple[Condition, ...] = ()
    by: tuple[str, ...] = ()
    """Dimensions to split by; all the metric has without any."""

    view: str | None = None
    """The metric's component view; its first one without it."""

    views: tuple[tuple[str, str], ...] = ()
    """Views of other metrics below, by metric."""

    as_of: date | datetime | None = None


def periods_of(question: WhyQuestion, store: Store) -> tuple[Setting, Period, Period]:
    """The setting, the period and what it is held against.

    Raises:
        QuestionError: a range cannot be placed, or there is nothing to compare with.
        StoreError: the store cannot be opened.
    """
    asked, calendar = _asked(question), store.tree.settings.calendar
    setting, frame = setting_of(
        store, asked, lambda frame: as_one(frame, asked, calendar, question.against)
    )
    against = frame.compared[-1]
    if against is None:
        raise QuestionError(
            "there is nothing to compare with", hint="name a range with --against D..D"
        )
    period = frame.periods[-1]
    return _with_grain(setting, question.grain, period, against), period, against


def _asked(question: WhyQuestion) -> Question:
    """The range in which the change lies; days that are given are taken as they are."""
    chosen = question.period
    asked = Question(
        grain=question.grain if chosen is None else "total",
        start=chosen.start if chosen else question.start,
        end=chosen.end if chosen else question.end,
        last=question.last,
        compare=question.against or question.compare,
        as_of=question.as_of,
    )
    return asked if asked.start or asked.end else replace(asked, last=question.last or 1)


def _with_grain(setting: Setting, grain: Grain, period: Period, against: Period) -> Setting:
    """The grain of the question where both ranges are one period of it, else a total."""
    calendar = setting.calendar
    if grain in ("hour", "total"):
        return setting
    both = (
        calendar.period(calendar.first_day(calendar.day_of(p.span.start), grain), grain).span
        == p.span
        for p in (period, against)
    )
    return replace(setting, grain=grain if all(both) else "total")
