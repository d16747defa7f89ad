"""Dimensions that became null: a pipeline that lost a column, and no change of anything else."""

from collections.abc import Iterable, Iterator, Sequence

from metric_tui.analysis.answers import Measures
from metric_tui.analysis.cells import CellReader
from metric_tui.analysis.coverage import Finding, null_surge
from metric_tui.analysis.segments import SegmentChange
from metric_tui.analysis.telling import DimensionSplit
from metric_tui.base.series import Table, Value
from metric_tui.definitions.kinds.derived import Derived
from metric_tui.definitions.kinds.simple import Simple
from metric_tui.definitions.quotients import rows_behind, share_of
from metric_tui.definitions.tree import MetricTree


def null_surges(
    splits: Sequence[DimensionSplit], reader: CellReader, measures: Measures, earlier: str
) -> Iterator[tuple[str, Finding]]:
    """The metrics with a dimension that is null far more often in one period than in the other.

    Args:
        splits: tables by dimension, whose null segment tells a surge.
        reader: of the earlier and the later period, with the parts of averages in its tree.
        measures: what answers how many rows there are.
        earlier: how texts call the earlier period.
    """
    tree = reader.setting.tree
    for split in splits:
        for before, after in _null_shares(split, tree):
            metric = tree.metrics[split.metric]
            whole = "the rows" if isinstance(metric, Simple) and metric.agg == "count" else "it"
            if null_surge(split.dimension, before, after, whole=whole) is None:
                continue
            # rows are counted only where there is something to tell
            rows = _rows_of(split.metric, reader, measures)
            found = null_surge(
                split.dimension, before, after, whole=whole, rows=rows, earlier=earlier
            )
            if found is not None:
                yield split.metric, found


def _null_shares(split: DimensionSplit, tree: MetricTree) -> Iterator[tuple[float, float]]:
    """The part that the null segment has before and after, where parts are shares of rows."""
    rows = split.table.rows if split.table is not None and split.table.is_additive else ()
    # what is added and taken away has no shares of rows; what it is made of is looked at
    if isinstance(tree.metrics.get(split.metric), Derived) or not _are_shares(rows):
        return
    for row in rows:
        # what had no rows at all before is no surge of null
        if row.segment is None and row.share_before is not None and row.share_after is not None:
            yield row.share_before, row.share_after


def _are_shares(rows: Iterable[SegmentChange]) -> bool:
    shares: list[Value] = [each for row in rows for each in (row.share_before, row.share_after)]
    return all(0 <= (share or 0.0) <= 1 for share in shares)


def _rows_of(metric: str, reader: CellReader, measures: Measures) -> tuple[float, float]:
    """How many rows the whole of a metric rests on, before and after."""
    share = share_of(reader.setting.tree, metric)
    terms = rows_behind(reader.setting.tree, share) if share is not None else ()
    asks = [reader.measure_ask(term, ()) for term in terms]
    tables = measures.tables(asks)
    before = after = 0.0
    for ask in asks:
        table = tables[ask]
        if isinstance(table, Table):
            values = table.of(())
            before, after = before + (values[0] or 0.0), after + (values[1] or 0.0)
    return before, after
