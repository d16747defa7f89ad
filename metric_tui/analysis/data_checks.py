"""A tree held against its data: do components close, do segments add up, is every leaf measured?"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from metric_tui.analysis.answers import Measures, answer
from metric_tui.analysis.data_advice import easy_targets, vanity_found
from metric_tui.analysis.data_finding import DataFinding
from metric_tui.analysis.share_checks import shares_beyond
from metric_tui.base.errors import Cancelled, MetricTuiError
from metric_tui.base.series import Value
from metric_tui.definitions.kinds.broken import Broken
from metric_tui.definitions.kinds.simple import Simple
from metric_tui.definitions.quotients import ADDITIVE
from metric_tui.definitions.sources import Source
from metric_tui.engines.rows import rows_without_time
from metric_tui.engines.store import Store
from metric_tui.engines.time_forms import TimeForm
from metric_tui.planning.answer import Answer, MetricAnswer, closes
from metric_tui.planning.question import Question

MOST_PERIODS = 400
"""The latest periods that relations are recomputed in; more would say the same."""


def data_findings(store: Store, measures: Measures) -> tuple[DataFinding, ...]:
    """Compute every metric in every period, and hold relations and segments against each other.

    Raises:
        StoreError: the store cannot be opened.
        Cancelled: the engine was interrupted.
    """
    settings = store.tree.settings
    names = tuple(
        name
        for name, metric in store.tree.metrics.items()
        if not (store.tree.is_planned(name) or isinstance(metric, Broken))
    )
    if not names:
        return (*_times(store),)
    question = Question(
        grain=settings.grain, last=_periods(store, measures, names), compare="none", metrics=names
    )
    found = answer(question, store, measures, revision=0)
    return (
        *_times(store),
        *_metrics(store, found),
        *{each.message: each for each in _segments(store, measures, question)}.values(),
        *shares_beyond(store.tree, found),
        *vanity_found(store, measures, found),
        *easy_targets(store, measures, found),
    )


def _periods(store: Store, measures: Measures, names: tuple[str, ...]) -> int:
    """How many complete periods the data hold, up to a limit."""
    settings = store.tree.settings
    if settings.grain == "total":
        return 1
    whole = answer(
        Question(grain="total", compare="none", metrics=names[:1]), store, measures, revision=0
    )
    first, last = whole.frame.start, whole.last_day
    count = len(settings.calendar.periods(first, last, settings.grain))
    return max(1, min(count - 1, MOST_PERIODS))


def _times(store: Store) -> Iterator[DataFinding]:
    for source in store.tree.sources.values():
        try:
            form = store.time_form(source, source.agg_time_dimension)
            missing, lost, far = rows_without_time(store, source)
        except Cancelled:
            raise
        except MetricTuiError as error:
            yield DataFinding(
                code="unread-source", message=error.message, hint=error.hint, source=source.name
            )
            continue
        if form is TimeForm.MIXED:
            message = (
                f"`{source.agg_time_dimension}` of `{source.name}` mixes several forms of time"
            )
            yield DataFinding(
                code="mixed-times",
                message=message,
                hint="every row is converted by itself, which is slow",
                source=source.name,
            )
        if missing:
            yield DataFinding(
                code="no-time-yet",
                message=(
                    f"{_rows_have(missing, source)} no time yet (`{source.agg_time_dimension}` is"
                    f" null), so no period counts {'it' if missing == 1 else 'them'}"
                ),
                source=source.name,
                is_information=True,
            )
        for count, said in ((lost, "no time that can be read"), (far, "a time after 2100")):
            if count:
                yield DataFinding(
                    code="unreadable-times",
                    message=(
                        f"{_rows_have(count, source)} {said}, so no period counts"
                        f" {'it' if count == 1 else 'them'}"
                    ),
                    source=source.name,
                )


def _rows_have(count: int, source: Source) -> str:
    return f"{count:,} {'row' if count == 1 else 'rows'} of `{source.name}` {'has' if count == 1 else 'have'}"


def _metrics(store: Store, found: Answer) -> Iterator[DataFinding]:
    for name, each in found.metrics.items():
        if each.error is not None:
            yield DataFinding(
                code="not-computed", message=f"`{name}` cannot be computed: {each.error}",
                together=f"{{}} cannot be computed: {each.error}", hint=each.hint, metric=name,
            )  # fmt: skip
            continue
        if not any(each.total.values):
            message = f"`{name}` has no value in any of {len(each.total.values):,} periods"
            together = f"{{}} have no value in any of {len(each.total.values):,} periods"
            yield DataFinding(code="no-data", message=message, metric=name, together=together)
        yield from _residuals(each, found)


def _residuals(each: MetricAnswer, found: Answer) -> Iterator[DataFinding]:
    for identity in each.identities:
        open_periods = [
            (abs(residual), period.label)
            for residual, value, period in zip(
                identity.residual, each.total.values, found.frame.periods, strict=True
            )
            if residual is not None and not closes(residual, value)
        ]
        if open_periods:
            worst, label = max(open_periods)
            yield DataFinding(
                code="open-relation",
                message=(
                    f"`{each.metric}` is not `{identity.formula}` in {len(open_periods):,} of"
                    f" {len(found.frame.periods):,} periods, by {worst:g} in {label} at the most"
                ),
                hint="a row counts on one side only, or a slice is missing or counted twice",
                metric=each.metric,
            )


def _segments(store: Store, measures: Measures, question: Question) -> Iterator[DataFinding]:
    """Segments of what adds over rows must sum to the whole.

    A dimension of the rows themselves cannot fail to; one that is joined may double them.
    """
    additive = tuple(
        name
        for name, metric in store.tree.metrics.items()
        if isinstance(metric, Simple)
        and metric.agg in ADDITIVE
        and metric.non_additive_dimension is None
    )
    by_dimension: dict[str, list[str]] = {}
    for name in additive:
        for dimension in _joined_dimensions(store, name):
            by_dimension.setdefault(dimension, []).append(name)
    for dimension, names in by_dimension.items():
        asked = replace(question, grain="total", last=None, by=(dimension,), metrics=tuple(names))
        found = answer(asked, store, measures, revision=0)
        yield from _unequal(found.metrics, dimension)


def _joined_dimensions(store: Store, metric: str) -> tuple[str, ...]:
    sources = store.tree.metrics[metric].slicing_sources(store.tree)
    own = {name for source in sources for name in store.tree.sources[source].dimensions}
    return tuple(name for name in store.tree.dimensions_of(metric) if name not in own)


def _unequal(metrics: Mapping[str, MetricAnswer], dimension: str) -> Iterator[DataFinding]:
    for name, each in metrics.items():
        total = each.total.value
        if each.not_sliced is not None:
            yield DataFinding(code="uneven-segments", message=each.not_sliced, metric=name)
            # the metrics of one dimension are refused for one reason
            return
        parts = _sum(segment.values.value for segment in each.segments)
        if each.error is None and total is not None and not closes(parts - total, total):
            message = (
                f"the segments of `{name}` by `{dimension}` sum to {parts:g}, not to {total:g}"
            )
            yield DataFinding(
                code="uneven-segments",
                message=message,
                hint="a joined source may have several rows for one key",
                metric=name,
            )


def _sum(values: Iterable[Value]) -> float:
    return sum(value for value in values if value is not None)
