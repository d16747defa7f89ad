"""A change shared out over dimensions: one table each, and the slices of several that tell most."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace

from metric_tui.analysis.answers import Measures, outcomes_of
from metric_tui.analysis.cells import EMPTY_CELL, CellReader, cells_of
from metric_tui.analysis.crossing import slices_of
from metric_tui.analysis.rate_segments import split_ratio
from metric_tui.analysis.rollouts import rollout_of
from metric_tui.analysis.segments import (
    SegmentTable,
    list_distinct,
    split_count_times_mean,
    split_sum,
)
from metric_tui.analysis.slices import Cells, TopSlices, top_slices_of_ratio, top_slices_of_sum
from metric_tui.analysis.telling import DimensionSplit, furthest
from metric_tui.base.errors import MetricTuiError
from metric_tui.base.periods import Span
from metric_tui.base.series import Table
from metric_tui.definitions.asks import Condition, MeasureAsk, MetricAsk, Setting
from metric_tui.definitions.quotients import Linear, Share, count_behind, share_of
from metric_tui.planning.build import Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Splits:
    """Every table, and the slices of the metric that was asked about."""

    tables: tuple[DimensionSplit, ...]
    slices: TopSlices | None


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
    reader = CellReader(where, setting, spans)
    shares = {name: share_of(setting.tree, name) for name in metrics}
    pairs = [(name, dimension) for name in metrics for dimension in _dimensions(name, by, setting)]
    found = _measured(reader, measures, pairs, shares)
    tables = tuple(
        _split(reader, name, dimension, shares[name], found) for name, dimension in pairs
    )
    own = [split for split in tables if split.metric == metrics[0]]
    slices = slices_of(reader, measures, shares[metrics[0]], own) if with_slices else None
    return Splits(tables=tables, slices=slices)


def _dimensions(metric: str, by: tuple[str, ...], setting: Setting) -> tuple[str, ...]:
    return by or setting.tree.dimensions_of(metric)


@dataclass(frozen=True, slots=True)
class _Found:
    measures: Mapping[MeasureAsk, Outcome]
    metrics: Mapping[MetricAsk, Outcome]


def _measured(
    reader: CellReader,
    measures: Measures,
    pairs: Sequence[tuple[str, str]],
    shares: Mapping[str, Share | None],
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
        measures.tables(asks) if asks else {},
        outcomes_of(others, reader.setting, measures) if others else {},
    )


def _split(
    reader: CellReader, name: str, dimension: str, share: Share | None, found: _Found
) -> DimensionSplit:
    bare = DimensionSplit(metric=name, dimension=dimension, table=None)
    try:
        if share is None:
            table = _overlapping(
                found.metrics[reader.metric_ask(name, (dimension,))],
                found.metrics[reader.metric_ask(name, ())],
            )
            return replace(bare, table=table, furthest=furthest(table))
        cells = cells_of(reader, share, (dimension,), found.measures)
        count = count_behind(reader.setting.tree, share)
        if count is None:
            return _adding(bare, share, cells)
        counted = cells_of(reader, Share(Linear({count: 1.0})), (dimension,), found.measures)
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
