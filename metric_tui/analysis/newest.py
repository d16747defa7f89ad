"""The newest period first: what an index finds at once of a store that takes a while to be read."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date, timedelta
from time import monotonic
from typing import TYPE_CHECKING

from metric_tui.analysis.answers import Asked
from metric_tui.analysis.meanwhile import telling_more
from metric_tui.base.errors import Cancelled
from metric_tui.base.periods import Calendar, Period
from metric_tui.base.series import Note
from metric_tui.definitions.asks import LifecycleMeasure, MeasureAsk, SimpleMeasure
from metric_tui.engines.sql.run import SqlMeasures
from metric_tui.engines.sql.simple import Outcome
from metric_tui.planning.answer import Answer, Identity, MetricAnswer, SegmentValues, Values
from metric_tui.planning.build import fold, plan
from metric_tui.planning.frame import Frame
from metric_tui.planning.question import DateRange, Question

if TYPE_CHECKING:
    from metric_tui.engines.store import Store

NEAR_DAYS = 62
"""What looks back further than this from a period is left for later."""

MOST_SECONDS = 4.0
"""No further statement is begun after that: the whole answer is waited for."""

_INSTANT = timedelta(microseconds=1)


def tell_newest(
    question: Question,
    store: "Store",
    *,
    revision: int,
    tell: Callable[[Answer], None],
    cancelled: Callable[[], bool],
) -> None:
    """Tell the newest period's values by plain SQL, in answers that are not whole.

    Args:
        question: the whole question; nothing is told of one with a single period.
        store: with an index on its times, or this takes as long as the whole question.
        revision: of file and store, for whoever keeps the answer.
        tell: called from another thread, whenever more is known.
        cancelled: whether the question is no longer asked.

    Raises:
        QuestionError: the range cannot be placed, or a metric asked for does not exist.
        StoreError: the store cannot be opened.
        Cancelled: `cancelled` said so, or the engine was interrupted.
    """
    whole = Asked.of(question, store)
    shorter = newest_question(question, whole.frame, store.tree.settings.calendar)
    if shorter is None:
        return
    asked = Asked.of(shorter, store)
    # whether days are missing is told with the whole answer
    asked = replace(asked, setting=replace(asked.setting, volume_days=()))
    planned = plan([*asked.plain.values(), *asked.sliced.values()], asked.setting)
    known: dict[MeasureAsk, Outcome] = {}

    def tell_so_far() -> None:
        found = asked.answer(fold(planned, dict(known)), revision)
        tell(widened(found, question, whole.frame))

    started = monotonic()
    measures = SqlMeasures(store, lambda: cancelled() or monotonic() - started > MOST_SECONDS)
    with telling_more(known, tell_so_far):
        try:
            measures.tables(_near(planned.measures, asked.frame), known.update)
        except Cancelled:
            if cancelled():
                raise
    if known:
        tell_so_far()


def newest_question(question: Question, frame: Frame, calendar: Calendar) -> Question | None:
    """The same about the last period only; None where there is one, or periods are hours."""
    if len(frame.periods) < 2 or question.grain in ("hour", "total"):
        return None
    compared = frame.compared[-1]
    if isinstance(question.compare, DateRange):
        if compared is None:
            return None
        question = replace(question, compare=DateRange(*_days(compared, calendar)))
    if question.start is None and question.end is None:
        return replace(question, last=1)
    start, end = _days(frame.periods[-1], calendar)
    return replace(question, start=start, end=end, last=None)


def _days(period: Period, calendar: Calendar) -> tuple[date, date]:
    span = period.span
    return calendar.day_of(span.start), calendar.day_of(span.end - _INSTANT)


def _near(asks: Iterable[MeasureAsk], frame: Frame) -> tuple[MeasureAsk, ...]:
    """What reads the rows of a short while, the cheapest first."""
    last = frame.periods[-1].span
    longest = last.end - last.start + timedelta(days=NEAR_DAYS)
    near = [
        ask
        for ask in asks
        if not isinstance(ask.measure, LifecycleMeasure)
        and all(span.end - span.start <= longest for span in ask.spans)
    ]
    return tuple(sorted(near, key=lambda ask: not isinstance(ask.measure, SimpleMeasure)))


def widened(answer: Answer, question: Question, frame: Frame) -> Answer:
    """An answer about the last period of a frame as a part of the answer about all of it."""
    earlier = len(frame.periods) - len(answer.frame.periods)
    metrics = {name: _metric(found, earlier) for name, found in answer.metrics.items()}
    return replace(answer, question=question, frame=frame, metrics=metrics, is_whole=False)


def _metric(found: MetricAnswer, earlier: int) -> MetricAnswer:
    return replace(
        found,
        total=_values(found.total, earlier),
        segments=tuple(
            SegmentValues(group=segment.group, values=_values(segment.values, earlier))
            for segment in found.segments
        ),
        identities=tuple(_identity(identity, earlier) for identity in found.identities),
    )


def _values(values: Values, earlier: int) -> Values:
    nothing: tuple[None, ...] = (None,) * earlier
    no_notes: tuple[frozenset[Note], ...] = (frozenset(),) * earlier
    return Values(
        values=(*nothing, *values.values),
        compared=(*nothing, *values.compared),
        notes=(*no_notes, *values.notes),
    )


def _identity(identity: Identity, earlier: int) -> Identity:
    nothing: tuple[None, ...] = (None,) * earlier
    return replace(
        identity,
        computed=(*nothing, *identity.computed),
        residual=(*nothing, *identity.residual),
    )
