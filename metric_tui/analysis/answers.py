"""Answers a question over a store: frame, plan, measures, fold, and the proof of every identity."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import Protocol

from metric_tui.analysis.assembling import all_spans, metric_answer
from metric_tui.analysis.meanwhile import telling_more
from metric_tui.base.errors import Cancelled, MetricTuiError, QuestionError, StoreError
from metric_tui.base.periods import Calendar, Span
from metric_tui.base.volume import REACH
from metric_tui.definitions.asks import MeasureAsk, MetricAsk, Setting, Slice
from metric_tui.definitions.extents import Extent
from metric_tui.definitions.kinds.simple import Simple
from metric_tui.definitions.tree import MetricTree
from metric_tui.engines.emptiness import no_events
from metric_tui.engines.sql.run import Told
from metric_tui.engines.sql.scope import Scope
from metric_tui.engines.store import Store, last_event_of, watermark_of
from metric_tui.loading.nearest import nearest
from metric_tui.planning.answer import Answer
from metric_tui.planning.build import Outcome, Plan, fold, plan
from metric_tui.planning.frame import Frame, frame_of
from metric_tui.planning.question import Question

VOLUME_DAYS_BEFORE = 90 + REACH
"""How long before a range gaps are looked for: in windows of 90 days, and the weeks around."""


class Measures(Protocol):
    """Whatever answers measures: plain SQL, or rollups."""

    def tables(
        self, asks: Iterable[MeasureAsk], told: Told = ...
    ) -> Mapping[MeasureAsk, Outcome]: ...


def extents_of(store: Store) -> Mapping[tuple[str, str], Extent]:
    """When each source's events begin and end, by source and time column.

    A source that cannot be read is left out, as long as there is another: its metrics say why.

    Raises:
        StoreError: the store cannot be opened, or no source of it can be read.
        Cancelled: the engine was interrupted.
    """
    store.engine.tables()
    found: dict[tuple[str, str], Extent] = {}
    failed: list[MetricTuiError] = []
    for source_name, column in _time_columns(store.tree):
        source = store.tree.sources[source_name]
        try:
            condition = Scope(store, source).condition(source.filter)
            found[source_name, column] = store.extent(source, column, condition)
        except Cancelled:
            raise
        except MetricTuiError as error:
            failed.append(error)
    if failed and not found:
        raise failed[0]
    return found


def _time_columns(tree: MetricTree) -> tuple[tuple[str, str], ...]:
    own = [(source.name, source.agg_time_dimension) for source in tree.sources.values()]
    others = [
        (tree.source_of(metric).name, metric.agg_time_dimension)
        for metric in tree.metrics.values()
        if isinstance(metric, Simple)
        and metric.agg_time_dimension
        and (metric.source in tree.sources or len(tree.sources) == 1)
    ]
    return tuple(dict.fromkeys([*own, *others]))


def setting_of(
    store: Store, question: Question, reframed: Callable[[Frame], Frame] = lambda frame: frame
) -> tuple[Setting, Frame]:
    """What all metrics of a question share, and its periods.

    Args:
        store: of the tree.
        question: what is asked.
        reframed: makes of the question's periods those that count.

    Raises:
        QuestionError: the range cannot be placed.
        StoreError: the store cannot be opened.
    """
    extents = extents_of(store)
    calendar = store.tree.settings.calendar
    starts = [extent.first for extent in extents.values() if extent.first is not None]
    watermark = watermark_of(store.tree, extents, question.as_of) or store.until
    if watermark is None and question.start is None:
        raise no_events(store)
    frame = reframed(frame_of(question, watermark, calendar, first=min(starts, default=None)))
    last_event = last_event_of(store.tree, extents, question.as_of) or store.until
    frame = replace(frame, watermark=last_event)
    setting = Setting(
        tree=store.tree,
        calendar=calendar,
        grain=frame.grain,
        cutoff=frame.cutoff,
        extents=extents,
        is_trusted=question.as_of is not None or store.tree.settings.watermark != "auto",
        volume_days=_volume_days(frame, min(starts, default=frame.cutoff), calendar),
    )
    return setting, frame


@lru_cache(maxsize=64)
def _volume_days(frame: Frame, first: datetime, calendar: Calendar) -> tuple[Span, ...]:
    """The whole days of a frame, of the windows that reach back from it, and the weeks around."""
    spans = all_spans(frame)
    if not spans:
        return ()
    reach = timedelta(days=VOLUME_DAYS_BEFORE)
    begin = max(calendar.day_of(spans[0].start) - reach, calendar.day_of(first))
    until = calendar.day_of(spans[-1].end) + timedelta(days=REACH)
    count = (min(until, calendar.day_of(frame.cutoff)) - begin).days
    days = [calendar.midnight(begin + timedelta(days=place)) for place in range(count + 1)]
    return tuple(Span(start, end) for start, end in pairwise(days))


def answer(
    question: Question,
    store: Store,
    measures: Measures,
    *,
    revision: int,
    tell: Callable[[Answer], None] | None = None,
) -> Answer:
    """Answer a question.

    Args:
        question: what is asked.
        store: of the tree that is asked.
        measures: what answers its measures.
        revision: of file and store, for whoever keeps the answer.
        tell: called from another thread with what is known, where the rest takes a while.

    Raises:
        QuestionError: the range cannot be placed, or a metric asked for does not exist.
        StoreError: the store cannot be opened.
        Cancelled: the engine was interrupted.
    """
    _check_dimensions(question, store.tree)
    asked = Asked.of(question, store)
    planned = plan([*asked.plain.values(), *asked.sliced.values()], asked.setting)
    if tell is None:
        outcomes = fold(planned, measures.tables(planned.measures))
    else:
        outcomes = fold(planned, _told(asked, planned, measures, revision, tell))
    _raise_when_unreadable(outcomes, store)
    return asked.answer(outcomes, revision)


def _told(
    asked: "Asked",
    planned: Plan,
    measures: Measures,
    revision: int,
    tell: Callable[[Answer], None],
) -> Mapping[MeasureAsk, Outcome]:
    """Every measure; `tell` hears of what is known meanwhile, whenever there is more of it."""
    known: dict[MeasureAsk, Outcome] = {}

    def tell_so_far() -> None:
        tell(asked.answer(fold(planned, dict(known)), revision))

    with telling_more(known, tell_so_far):
        return measures.tables(planned.measures, known.update)


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as asks of metrics."""

    question: Question
    setting: Setting
    frame: Frame
    wanted: tuple[str, ...]
    plain: Mapping[str, MetricAsk]
    """Of the metrics wanted and of the components that prove them."""

    sliced: Mapping[str, MetricAsk]
    """Of the metrics wanted, where the question has a breakdown."""

    @classmethod
    def of(cls, question: Question, store: Store) -> "Asked":
        """What a question asks of a store."""
        setting, frame = setting_of(store, question)
        tree = store.tree
        wanted = tuple(tree.metric(name).name for name in question.metrics) or shown_metrics(tree)
        spans, sliced = all_spans(frame), slice_of(question)
        children = (child for name in wanted for child in _children(tree, name))
        names = dict.fromkeys((*wanted, *children))
        return cls(
            question,
            setting,
            frame,
            wanted,
            {name: MetricAsk(metric=name, spans=spans, slice=sliced) for name in names},
            _sliced_asks(question, tree, wanted, spans),
        )

    def answer(self, outcomes: Mapping[MetricAsk, Outcome], revision: int) -> Answer:
        """The answer, without the metrics that have no outcome yet."""
        tree = self.setting.tree
        found = {name: outcomes[ask] for name, ask in self.plain.items() if ask in outcomes}
        known = tuple(
            name
            for name in self.wanted
            if name in found and (name not in self.sliced or self.sliced[name] in outcomes)
        )
        return Answer(
            question=self.question,
            revision=revision,
            frame=self.frame,
            calendar=self.setting.calendar,
            metrics={
                name: metric_answer(
                    name,
                    tree,
                    self.frame,
                    found,
                    outcomes.get(self.sliced[name]) if name in self.sliced else None,
                    self.question.by,
                )
                for name in known
            },
            is_whole=len(known) == len(self.wanted),
        )


def outcomes_of(
    asks: Iterable[MetricAsk], setting: Setting, measures: Measures
) -> Mapping[MetricAsk, Outcome]:
    """Plan, measure and fold: every ask's table, or why there is none."""
    planned = plan(asks, setting)
    return fold(planned, measures.tables(planned.measures))


def setting_of_earlier(store: Store, setting: Setting) -> Setting:
    """The setting of a question under another tree over the same events.

    Raises:
        StoreError: none of that tree's sources can be read.
    """
    calendar = store.tree.settings.calendar
    return replace(setting, tree=store.tree, calendar=calendar, extents=extents_of(store))


def _check_dimensions(question: Question, tree: MetricTree) -> None:
    """Refuse a dimension that no source has; one that only some have is told metric by metric."""
    known = list(
        dict.fromkeys(
            name for source in tree.sources.values() for name in tree.dimension_names(source)
        )
    )
    for name in (*question.by, *(condition.dimension for condition in question.where)):
        if name not in known:
            close = nearest(name, known)
            listed = ", ".join(known) or "none"
            raise QuestionError(
                f"the tree has no dimension `{name}`",
                hint=f"did you mean `{close}`?" if close else f"it has {listed}",
            )


def shown_metrics(tree: MetricTree) -> tuple[str, ...]:
    """The metrics reached from the focus, without hidden ones; all of a tree without a focus."""
    reached = tree.in_tree_order() if tree.levels else tuple(tree.metrics)
    return tuple(name for name in reached if not tree.metrics[name].hidden)


def slice_of(question: Question, *, by: tuple[str, ...] = ()) -> Slice:
    """The tree-wide filter of a question, with a breakdown where one is named."""
    return Slice(by=by, where=question.where)


def _children(tree: MetricTree, metric: str) -> tuple[str, ...]:
    return tuple(
        name
        for view in tree.metrics[metric].views
        for name in view.formula.names
        if name in tree.metrics
    )


def _sliced_asks(
    question: Question, tree: MetricTree, wanted: tuple[str, ...], spans: tuple[Span, ...]
) -> dict[str, MetricAsk]:
    if not question.by:
        return {}
    sliced = slice_of(question, by=question.by)
    return {name: MetricAsk(metric=name, spans=spans, slice=sliced) for name in wanted}


def _raise_when_unreadable(outcomes: Mapping[MetricAsk, Outcome], store: Store) -> None:
    """A store that went away during the answer is one error, not one for every metric."""
    failed = [outcome for outcome in outcomes.values() if isinstance(outcome, StoreError)]
    if failed and len(failed) == len(outcomes):
        store.engine.tables()
