"""What is going to be asked of a large store, computed beforehand where that takes a while."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from functools import partial
from itertools import chain

from metric_tui.analysis.answers import Measures, answer, setting_of
from metric_tui.analysis.crossing import cell_asks
from metric_tui.analysis.health import row_asks
from metric_tui.analysis.quotients import with_mean_parts
from metric_tui.analysis.why import why
from metric_tui.analysis.why_question import WhyQuestion
from metric_tui.base.errors import Cancelled, MetricTuiError
from metric_tui.base.periods import DEFAULT_PERIODS, Grain, Span
from metric_tui.definitions.asks import Condition
from metric_tui.definitions.tree import MetricTree
from metric_tui.engines.rollup import describe
from metric_tui.engines.store import Store
from metric_tui.planning.question import Compare, Question
from metric_tui.planning.ranges import next_length

WEEKS_BACK = 26
"""How far back days are read; the last quarter that is over lies within."""

OTHER_GRAINS: tuple[Grain, ...] = ("day", "week", "month", "quarter")

MOST_DIMENSIONS = 6
"""By which the tree is broken down beforehand."""

MOST_VALUES = 5
"""Of each of these, by which it is filtered beforehand."""


def foreseen_questions(store: Store) -> tuple[Question, ...]:
    """The question the explorer opens with, and the same as one key each makes of it.

    Breakdowns only by dimensions that rollups keep: any other costs a pass over the store.
    """
    settings = store.tree.settings
    first = Question(grain=settings.grain, compare=settings.compare)
    grains = (replace(first, grain=grain) for grain in OTHER_GRAINS if grain != first.grain)
    kept = (source.dimensions for source in describe(store).sources)
    names = dict.fromkeys(chain.from_iterable(kept))
    slices = (replace(first, by=(name,)) for name in [*names][:MOST_DIMENSIONS])
    compares: tuple[Compare, ...] = ("previous", "year_ago")
    others = (replace(first, compare=name) for name in compares if name != first.compare)
    longer = replace(first, last=next_length(DEFAULT_PERIODS[first.grain], direction=1))
    return (first, *grains, *slices, *others, longer)


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
        values = [segment.group[0] for segment in found.metrics[store.tree.focus].segments]
        for value in [value for value in values if value is not None][:MOST_VALUES]:
            condition = Condition(dimension=question.by[0], operator="=", choices=(value,))
            yield replace(first, where=(condition,))


def compute_foreseen(store: Store, measures: Measures) -> None:
    """Compute what is going to be asked: the measures keep what they find.

    Args:
        store: of the tree that will be asked.
        measures: what answers; useful only where it keeps answers.

    Raises:
        Cancelled: the measures were told to stop.
    """
    for ask in _asks(store, measures):
        try:
            ask()
        except Cancelled:
            raise
        except MetricTuiError:
            # whoever asks it will be told
            continue


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
