"""What is going to be asked of a large store, computed beforehand where that takes a while."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from functools import partial
from itertools import chain

from metric_tui.analysis.answers import Measures, answer, setting_of
from metric_tui.analysis.crossing import cell_asks
from metric_tui.analysis.health import row_asks
from metric_tui.analysis.why import why
from metric_tui.analysis.why_question import WhyQuestion
from metric_tui.base.errors import Cancelled, MetricTuiError, QuestionError
from metric_tui.base.periods import DEFAULT_PERIODS, Calendar, Grain, Span
from metric_tui.base.series import Cell
from metric_tui.definitions.asks import Condition
from metric_tui.definitions.quotients import with_mean_parts
from metric_tui.definitions.tree import MetricTree
from metric_tui.engines.rollup import describe
from metric_tui.engines.store import Store
from metric_tui.planning.answer import Answer
from metric_tui.planning.conditions import leaving_out
from metric_tui.planning.frame import Frame
from metric_tui.planning.question import Compare, Question
from metric_tui.planning.ranges import at_grain, next_length, resized, stepped

WEEKS_BACK = 26
"""How far back days are read; the last quarter that is over lies within."""

OTHER_GRAINS: tuple[Grain, ...] = ("day", "week", "month", "quarter")

MOST_DIMENSIONS = 6
"""By which the tree is broken down beforehand."""

MOST_VALUES = 5
"""Of each of these, by which it is filtered beforehand."""

MOST_EXCLUDED = 1
"""Of these, without which everything is computed beforehand."""

A_DAY = timedelta(days=1)

MOST_NEIGHBOURS = 24
"""Questions computed around one: of 10 million events one to two seconds of one processor."""


def foreseen_questions(store: Store) -> tuple[Question, ...]:
    """The question the explorer opens with, and the same as one key each makes of it."""
    settings = store.tree.settings
    first = Question(grain=settings.grain, compare=settings.compare)
    longer = replace(first, last=next_length(DEFAULT_PERIODS[first.grain], direction=1))
    slices = _breakdowns(first, kept_dimensions(store))
    # hours cost the reading of a few days' rows, which are kept then
    hours = () if first.grain == "hour" else (at_grain(first, "hour"),)
    return (first, *_other_grains(first), *slices, *_other_comparisons(first), longer, *hours)


def kept_dimensions(store: Store) -> tuple[str, ...]:
    """Those that rollups keep, the first few: any other costs a pass over the store."""
    kept = (source.dimensions for source in describe(store).sources)
    return tuple(dict.fromkeys(chain.from_iterable(kept)))[:MOST_DIMENSIONS]


def _other_grains(question: Question) -> Iterator[Question]:
    return (at_grain(question, grain) for grain in OTHER_GRAINS if grain != question.grain)


def _breakdowns(question: Question, names: Iterable[str]) -> Iterator[Question]:
    return (question.sliced_by(name) for name in names)


def _other_comparisons(question: Question) -> Iterator[Question]:
    compares: tuple[Compare, ...] = ("previous", "year_ago")
    return (replace(question, compare=name) for name in compares if name != question.compare)


def largest_values(found: Answer, metric: str) -> tuple[Cell, ...]:
    """The values of the first few segments of a metric; none where it is not broken down."""
    answered = found.metrics.get(metric)
    values = [segment.group[0] for segment in answered.segments] if answered else []
    return tuple(value for value in values if value is not None)[:MOST_VALUES]


def _filtered(question: Question, dimension: str, values: Iterable[Cell]) -> Iterator[Question]:
    others = tuple(entry for entry in question.where if entry.dimension != dimension)
    for value in values:
        condition = Condition(dimension=dimension, operator="=", choices=(value,))
        yield replace(question, where=(*others, condition))


def neighbours(
    question: Question,
    frame: Frame,
    tree: MetricTree,
    dimensions: Iterable[str],
    values: Mapping[str, Sequence[Cell]],
) -> tuple[Question, ...]:
    """What one key of the explorer makes of a question, what is likeliest first.

    Args:
        question: the one on screen.
        frame: its periods.
        tree: that is asked.
        dimensions: by which it may be broken down, the one on screen first.
        values: of a dimension by which it may be filtered, the largest first.
    """
    calendar = tree.settings.calendar
    first, *others = [*_breakdowns(question, dimensions)] or [question]
    moves = [partial(stepped, count=-1), *(partial(resized, direction=step) for step in (1, -1))]
    found = (
        first,
        *_moved(question, frame, calendar, [moves[0]]),
        *_other_grains(question),
        *_other_comparisons(question),
        *_moved(question, frame, calendar, [*moves[1:], partial(stepped, count=1)]),
        *chain.from_iterable(_filtered(question, name, values[name]) for name in values),
        replace(question, where=()),
        question.sliced_by(),
        *others,
        *chain.from_iterable(_excluding(question, name, values[name]) for name in values),
        replace(question, compare="none"),
        at_grain(question, "year"),
        at_grain(question, "hour"),
    )
    return tuple(each for each in dict.fromkeys(found) if each != question)[:MOST_NEIGHBOURS]


def _moved(
    question: Question, frame: Frame, calendar: Calendar, moves: Iterable[Callable[..., Question]]
) -> Iterator[Question]:
    for move in moves:
        # there is nothing after the data
        with suppress(QuestionError):
            moved: Question = move(question, frame, calendar)
            # the part of a day that there is of a running period is asked of the store
            if moved.end is None or calendar.midnight(moved.end + A_DAY) <= frame.cutoff:
                yield moved


def _excluding(question: Question, dimension: str, values: Iterable[Cell]) -> Iterator[Question]:
    for value in [*values][:MOST_EXCLUDED]:
        # a filter may leave nothing else
        with suppress(QuestionError):
            yield replace(question, where=leaving_out(question.where, dimension, value))


def filtered_questions(store: Store, measures: Measures) -> Iterator[Question]:
    """The first question for the largest segments of each dimension it is broken down by.

    Args:
        store: of the tree that will be asked.
        measures: what answers the breakdowns.

    Raises:
        Cancelled: the measures were told to stop.
    """
    first, *others = foreseen_questions(store)
    for question in others:
        if not question.by:
            continue
        try:
            found = answer(question.about(store.tree.focus), store, measures, revision=0)
        except Cancelled:
            raise
        except MetricTuiError:
            # whoever asks it will be told
            continue
        values = largest_values(found, store.tree.focus)
        yield from _filtered(first, question.by[0], values)


def compute_foreseen(
    store: Store, measures: Measures, keep: Callable[[Answer], None] = lambda found: None
) -> None:
    """Compute what is going to be asked: the measures keep what they find.

    Args:
        store: of the tree that will be asked.
        measures: what answers; useful only where it keeps answers.
        keep: is given every whole answer.

    Raises:
        Cancelled: the measures were told to stop.
    """
    for ask in _asks(store, measures):
        try:
            found = ask()
        except Cancelled:
            raise
        except MetricTuiError:
            # whoever asks it will be told
            continue
        if isinstance(found, Answer):
            keep(found)


def _asks(store: Store, measures: Measures) -> Iterator[Callable[[], object]]:
    first, *others = foreseen_questions(store)
    yield lambda: answer(first, store, measures, revision=0)
    yield lambda: why(_cause(store.tree, first), store, measures)
    for question in chain(others, filtered_questions(store, measures)):
        yield partial(answer, question, store, measures, revision=0)
    yield lambda: _look_back(store, measures, first)


def _look_back(store: Store, measures: Measures, question: Question) -> None:
    """Read the days whose change may be explained next: rows at fault, and cells of the focus."""
    setting, frame = setting_of(store, question)
    wide = replace(setting, tree=with_mean_parts(store.tree))
    splits = why(_cause(store.tree, question), store, measures).splits
    own = [split for split in splits if split.metric == store.tree.focus]
    names, calendar = tuple(store.tree.metrics), setting.calendar
    last = calendar.day_of(frame.cutoff)
    # week by week, the latest first: comparing all rows at once would need as much room again
    for weeks in range(WEEKS_BACK):
        days = [last - timedelta(weeks=each) for each in (weeks + 1, weeks)]
        span = Span(*map(calendar.midnight, days))
        rows = chain(*row_asks(names, (), setting, span).values())
        measures.tables((*rows, *cell_asks(own, (), wide, span)))


def _cause(tree: MetricTree, question: Question) -> WhyQuestion:
    return WhyQuestion(metric=tree.focus, grain=question.grain, compare=question.compare)
