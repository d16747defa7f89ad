"""A change shared out over dimensions: one table each, and the slices of several that tell most."""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from metric_tui.analysis.answers import Measures, outcomes_of
from metric_tui.analysis.quotients import Linear, Share, Term, count_behind, share_of
from metric_tui.analysis.rate_segments import split_ratio
from metric_tui.analysis.rollouts import rollout_of
from metric_tui.analysis.segments import (
    SegmentTable,
    list_distinct,
    split_count_times_mean,
    split_sum,
)
from metric_tui.analysis.slices import Cells, TopSlices, top_slices_of_ratio, top_slices_of_sum
from metric_tui.analysis.telling import DimensionSplit, furthest, telling_order
from metric_tui.base.errors import MetricTuiError
from metric_tui.base.periods import Span
from metric_tui.base.series import Group, Table, Value
from metric_tui.definitions.asks import Condition, MeasureAsk, MetricAsk, Setting, Slice
from metric_tui.definitions.kinds.simple import Simple
from metric_tui.planning.build import Outcome

CROSSED = 4
"""How many dimensions are crossed in search of slices; more give cells too small to read."""

MOST_VALUES = 60
MOST_CELLS = 20_000
SLICES_SHOWN = 5
SLICES_LOOKED_AT = 40
EMPTY_CELL = (0.0, 0.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Splits:
    """Every table, and the slices of the metric that was asked about."""

    tables: tuple[DimensionSplit, ...]
    slices: TopSlices | None


@dataclass(frozen=True, slots=True)
class _Reader:
    """What all tables of one question share."""

    where: tuple[Condition, ...]
    setting: Setting
    measures: Measures
    spans: tuple[Span, Span]

    def measure_ask(self, term: Term, by: tuple[str, ...]) -> MeasureAsk:
        name, filters = term
        metric = self.setting.tree.metrics[name]
        assert isinstance(metric, Simple)
        return MeasureAsk(
            measure=metric.measure(self.setting.tree),
            spans=tuple(self.setting.clip(span) for span in self.spans),
            slice=Slice(by=by, where=self.where, filters=filters),
        )

    def metric_ask(self, name: str, by: tuple[str, ...]) -> MetricAsk:
        return MetricAsk(metric=name, spans=self.spans, slice=Slice(by=by, where=self.where))


def splits_of(
    metrics: Sequence[str],
    by: tuple[str, ...],
    where: tuple[Condition, ...],
    setting: Setting,
    measures: Measures,
    spans: tuple[Span, Span],
    *,
    with_slices: bool = True,
) -> Splits:
    """Split every metric's change over every dimension it has.

    Args:
        metrics: the first is the one explained; its slices over several dimensions are searched.
        by: the dimensions; all that a metric has without any.
        where: filters of the whole tree.
        setting: with the parts of averages in its tree.
        measures: what answers.
        spans: the earlier and the later period.
        with_slices: whether slices of several dimensions are wanted too.
    """
    reader = _Reader(where, setting, measures, spans)
    shares = {name: share_of(setting.tree, name) for name in metrics}
    pairs = [(name, dimension) for name in metrics for dimension in _dimensions(name, by, setting)]
    found = _measured(reader, pairs, shares)
    tables = tuple(
        _split(reader, name, dimension, shares[name], found) for name, dimension in pairs
    )
    own = [split for split in tables if split.metric == metrics[0]]
    slices = _slices(reader, shares[metrics[0]], own) if with_slices else None
    return Splits(tables=tables, slices=slices)


def _dimensions(metric: str, by: tuple[str, ...], setting: Setting) -> tuple[str, ...]:
    return by or setting.tree.dimensions_of(metric)


@dataclass(frozen=True, slots=True)
class _Found:
    measures: Mapping[MeasureAsk, Outcome]
    metrics: Mapping[MetricAsk, Outcome]


def _measured(
    reader: _Reader, pairs: Sequence[tuple[str, str]], shares: Mapping[str, Share | None]
) -> _Found:
    asks: dict[MeasureAsk, None] = {}
    others: dict[MetricAsk, None] = {}
    for name, dimension in pairs:
        share = shares[name]
        if share is None:
            others[reader.metric_ask(name, (dimension,))] = None
            others[reader.metric_ask(name, ())] = None
        else:
            count = count_behind(reader.setting.tree, share)
            terms = (*share.terms, count) if count else share.terms
            asks.update((reader.measure_ask(term, (dimension,)), None) for term in terms)
    return _Found(
        reader.measures.tables(asks) if asks else {},
        outcomes_of(others, reader.setting, reader.measures) if others else {},
    )


def _split(
    reader: _Reader, name: str, dimension: str, share: Share | None, found: _Found
) -> DimensionSplit:
    bare = DimensionSplit(metric=name, dimension=dimension, table=None)
    try:
        if share is None:
            table = _overlapping(
                found.metrics[reader.metric_ask(name, (dimension,))],
                found.metrics[reader.metric_ask(name, ())],
            )
            return replace(bare, table=table, furthest=furthest(table))
        cells = _cells(reader, share, (dimension,), found.measures)
        count = count_behind(reader.setting.tree, share)
        if count is None:
            return _adding(bare, share, cells)
        counted = _cells(reader, Share(Linear({count: 1.0})), (dimension,), found.measures)
        return _adding(bare, share, cells, counted)
    except MetricTuiError as error:
        return replace(bare, refusal=error.message)


def _overlapping(outcome: Outcome, whole: Outcome) -> SegmentTable:
    """Segments that do not add up: each with its own change."""
    if isinstance(outcome, MetricTuiError):
        raise outcome
    before, after = whole.of(()) if isinstance(whole, Table) else (None, None)
    return list_distinct(_side(outcome, 0), _side(outcome, 1), totals=(before, after))


def _side(table: Table, index: int) -> dict[Hashable, float]:
    return {
        group[0]: value for group, row in table.values.items() if (value := row[index]) is not None
    }


def _adding(
    bare: DimensionSplit, share: Share, cells: Cells, counted: Cells | None = None
) -> DimensionSplit:
    """The table of segments that add up, and whether they took each other's place.

    Args:
        bare: what is known without one.
        share: the metric as a sum or a quotient.
        cells: its numerators and denominators.
        counted: how many rows a sum adds up, where it is a count times a mean.
    """
    if counted is not None:
        sums = {group: (cells.get(group, EMPTY_CELL), m) for group, m in counted.items()}
        table = split_count_times_mean(
            {group[0]: (m[0], n[0]) for group, (m, n) in sums.items() if m[0] or n[0]},
            {group[0]: (m[2], n[2]) for group, (m, n) in sums.items() if m[2] or n[2]},
        )
    elif share.is_sum:
        table = split_sum(
            {group[0]: m[0] for group, m in cells.items() if m[0]},
            {group[0]: m[2] for group, m in cells.items() if m[2]},
        )
    else:
        table = split_ratio(
            {group[0]: (m[0], m[1]) for group, m in cells.items() if m[0] or m[1]},
            {group[0]: (m[2], m[3]) for group, m in cells.items() if m[2] or m[3]},
        )
    rollout = rollout_of({group[0]: (m[1], m[3]) for group, m in cells.items()})
    if rollout is None:
        return replace(bare, table=table, furthest=furthest(table))
    names = (bare.dimension,)
    rows = (
        top_slices_of_sum(names, cells, rolling=names)
        if share.is_sum
        else top_slices_of_ratio(names, cells, are_counts=False, rolling=names)
    ).rows
    named = [abs(row.beyond_size) for row in rows if row.where[0][1] is not None]
    return replace(bare, table=table, rollout=rollout, furthest=max(named, default=0.0))


def _cells(
    reader: _Reader,
    share: Share,
    by: tuple[str, ...],
    measures: Mapping[MeasureAsk, Outcome],
) -> dict[tuple[Hashable, ...], tuple[float, float, float, float]]:
    """Numerator and denominator before, then after, of every combination of values.

    For a plain sum the second of each pair is the size of what was added up, as a count of
    events for slices to be large enough by.
    """
    tables: dict[Term, Table] = {}
    for term in share.terms:
        outcome = measures[reader.measure_ask(term, by)]
        if isinstance(outcome, MetricTuiError):
            raise outcome
        tables[term] = outcome
    groups = dict.fromkeys(group for table in tables.values() for group in table.values)
    sides = (share.top, share.bottom if share.bottom.terms else _sizes(share.top))
    return {
        group: (
            _added(sides[0], tables, group, 0),
            _added(sides[1], tables, group, 0),
            _added(sides[0], tables, group, 1),
            _added(sides[1], tables, group, 1),
        )
        for group in groups
    }


def _sizes(top: Linear) -> Linear:
    return Linear({term: abs(weight) for term, weight in top.terms.items()})


def _added(side: Linear, tables: Mapping[Term, Table], group: Group, index: int) -> float:
    return sum(weight * _zero(tables[term].of(group)[index]) for term, weight in side.terms.items())


def _zero(value: Value) -> float:
    return 0.0 if value is None else value


def _slices(
    reader: _Reader, share: Share | None, tables: Sequence[DimensionSplit]
) -> TopSlices | None:
    """The slices of the telling dimensions crossed; None where segments do not add up."""
    by = tuple(_telling(tables))
    if share is None or not by:
        return None
    # asked in one order whatever tells most, so that what was answered before is known again
    asked = tuple(sorted(by))
    found = reader.measures.tables([reader.measure_ask(term, asked) for term in share.terms])
    try:
        cells = _cells(reader, share, asked, found)
    except MetricTuiError:
        return None
    places = [asked.index(dimension) for dimension in by]
    cells = {tuple([group[place] for place in places]): m for group, m in cells.items()}
    rolling = frozenset(split.dimension for split in tables if split.rollout is not None)
    if share.is_sum:
        found_slices = top_slices_of_sum(by, cells, count=SLICES_LOOKED_AT, rolling=rolling)
    else:
        counts = all(_counts(reader, term) for term in share.terms)
        found_slices = top_slices_of_ratio(
            by, cells, are_counts=counts, count=SLICES_LOOKED_AT, rolling=rolling
        )
    # rows that do not carry a dimension say where it is not recorded, not where a change sits
    named = [row for row in found_slices.rows if all(value is not None for _, value in row.where)]
    rows = (
        replace(row, is_rolling=any(dimension in rolling for dimension, _ in row.where))
        for row in named[:SLICES_SHOWN]
    )
    return replace(found_slices, rows=tuple(rows))


def _counts(reader: _Reader, term: Term) -> bool:
    metric = reader.setting.tree.metrics[term[0]]
    return isinstance(metric, Simple) and metric.agg in ("count", "sum_boolean")


def _telling(tables: Sequence[DimensionSplit]) -> Iterator[str]:
    """The dimensions in which some value moved furthest beyond its size, as far as cells allow."""
    fit = [
        split
        for split in tables
        if split.table is not None and 1 < len(split.table.rows) <= MOST_VALUES
    ]
    cells = 1
    for split in sorted(fit, key=telling_order)[:CROSSED]:
        dimension = split.dimension
        cells *= len(split.table.rows) if split.table is not None else 1
        if cells > MOST_CELLS:
            return
        yield dimension
