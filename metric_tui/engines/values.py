"""The values of a dimension, and how many rows have each."""

from collections.abc import Mapping

from metric_tui.base.errors import QuestionError
from metric_tui.base.periods import EARLIEST, LATEST, Span
from metric_tui.base.series import Cell, shown_group
from metric_tui.definitions.asks import MeasureAsk, Rows, Slice, VolumeMeasure
from metric_tui.definitions.sources import Source
from metric_tui.engines.sql.scope import Scope
from metric_tui.engines.store import Store

Counts = dict[Cell, int]


def dimension_values(
    store: Store, dimension: str, limit: int, *, rollup: bool = True
) -> tuple[tuple[Cell, int], ...]:
    """A dimension's values and their rows over all sources that have it, most first.

    Rows without a time are of no period, and do not count.

    Args:
        store: whose rows are counted.
        dimension: one of the tree's.
        limit: how many values at most.
        rollup: False to have plain SQL go over every row.

    Raises:
        QuestionError: no source has it.
        StoreError: the store cannot be read.
    """
    sources = [s for s in store.tree.sources.values() if store.tree.dimension(s, dimension)]
    if not sources:
        raise QuestionError(f"the tree has no dimension `{dimension}`")
    known = _from_partials(store, sources, dimension) if rollup else {}
    counts: Counts = {}
    for source in sources:
        own = known.get(source.name)
        for value, rows in (_by_sql(store, source, dimension) if own is None else own).items():
            counts[value] = counts.get(value, 0) + rows
    ranked = sorted(counts.items(), key=lambda item: (-item[1], str(item[0])))
    return tuple(ranked[:limit])


def _from_partials(
    store: Store, sources: list[Source], dimension: str
) -> Mapping[str, Mapping[Cell, int]]:
    """By source, as far as rollups keep it."""
    from metric_tui.engines.rollup import measures_for
    from metric_tui.engines.rollup.measures import RollupMeasures

    measures = measures_for(store)
    if not isinstance(measures, RollupMeasures):
        return {}
    asks = {
        MeasureAsk(
            measure=VolumeMeasure(
                rows=Rows(source=source.name, time_column=source.agg_time_dimension)
            ),
            spans=(Span(EARLIEST, LATEST),),
            slice=Slice(by=(dimension,)),
        ): source.name
        for source in sources
    }
    return {
        asks[ask]: {
            group[0]: int(row[0]) for group, row in found.table.values.items() if row[0] is not None
        }
        for ask, found in measures.from_partials(tuple(asks)).items()
        if not found.missing
    }


def _by_sql(store: Store, source: Source, dimension: str) -> Counts:
    scope = Scope(store, source)
    value = scope.group_key(dimension)
    condition = scope.condition(source.filter)
    has_time = f"{store.axis(source, source.agg_time_dimension).compared} IS NOT NULL"
    where = " AND ".join(filter(None, (condition and f"({condition})", has_time)))
    statement = f"SELECT {value}, COUNT(*)\n{scope.from_clause()}\nWHERE {where}\nGROUP BY 1"
    return {shown_group(row[:1])[0]: int(row[1]) for row in store.engine.fetch(statement).rows}
