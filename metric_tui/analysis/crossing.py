"""The dimensions that tell most of a change, crossed in search of the slices that tell it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain

from metric_tui.analysis.answers import Measures
from metric_tui.analysis.cells import CellReader, cells_of
from metric_tui.analysis.slices import TopSlices, top_slices_of_ratio, top_slices_of_sum
from metric_tui.analysis.telling import DimensionSplit, telling_order
from metric_tui.base.daily import added_up, days_of
from metric_tui.base.errors import MetricTuiError
from metric_tui.base.periods import Span
from metric_tui.base.series import Table
from metric_tui.definitions.asks import Condition, MeasureAsk, Setting
from metric_tui.definitions.kinds.simple import Simple
from metric_tui.definitions.quotients import Share, Term, share_of
from metric_tui.planning.build import Outcome

CROSSED = 4
"""How many dimensions are crossed in search of slices; more give cells too small to read."""

MOST_VALUES = 60
MOST_CELLS = 20_000
SLICES_SHOWN = 5
SLICES_LOOKED_AT = 40


def slices_of(
    reader: CellReader, measures: Measures, share: Share | None, tables: Sequence[DimensionSplit]
) -> TopSlices | None:
    """The slices of the telling dimensions crossed; None where segments do not add up."""
    by = tuple(_telling(tables))
    if share is None or not by:
        return None
    asked = tuple(sorted(by))
    try:
        cells = cells_of(reader, share, asked, _by_days(reader, measures, share, asked))
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


def _by_days(
    reader: CellReader, measures: Measures, share: Share, by: tuple[str, ...]
) -> Mapping[MeasureAsk, Outcome]:
    """The asks of all cells, each answered as the sum of its days."""
    days = [days_of(reader.setting.clip(span), reader.setting.calendar) for span in reader.spans]
    place = {day: index for index, day in enumerate(dict.fromkeys(chain(*days)))}
    places = [[place[day] for day in own] for own in days]
    daily = replace(reader, spans=tuple(place))
    asks = {term: daily.measure_ask(term, by) for term in share.terms}
    tables = measures.tables(asks.values())
    found: dict[MeasureAsk, Outcome] = {}
    for term, ask in asks.items():
        outcome = tables[ask]
        whole = added_up(outcome, places) if isinstance(outcome, Table) else outcome
        found[reader.measure_ask(term, by)] = whole
    return found


def cell_asks(
    tables: Sequence[DimensionSplit],
    where: tuple[Condition, ...],
    setting: Setting,
    span: Span,
) -> tuple[MeasureAsk, ...]:
    """What the search for slices asks of the days of a span.

    Args:
        tables: of the metric explained, which say what dimensions are crossed.
        where: filters of the whole tree.
        setting: with the parts of averages in its tree.
        span: any.

    Returns:
        Nothing where no slices are searched.
    """
    by = tuple(sorted(_telling(tables)))
    share = share_of(setting.tree, tables[0].metric) if by else None
    if share is None:
        return ()
    reader = CellReader(where, setting, days_of(setting.clip(span), setting.calendar))
    return tuple(reader.measure_ask(term, by) for term in share.terms)


def _counts(reader: CellReader, term: Term) -> bool:
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
