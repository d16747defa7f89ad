"""Aggregates that need all rows of a span at once: percentiles, rolling distinct counts, stocks."""

from dataclasses import dataclass

from metric_tui.base.series import Group, Table, Value, shown_group
from metric_tui.definitions.aggregations import AGGREGATIONS
from metric_tui.definitions.asks import MeasureAsk, SimpleMeasure
from metric_tui.engines.common import Fetched
from metric_tui.engines.sql.scope import Scope
from metric_tui.engines.sql.simple import (
    Outcome,
    number,
    row_condition,
    scope_of,
    select_rows,
    simple_of,
    stray_text,
    value_sql,
)
from metric_tui.engines.sql.spans import Buckets, buckets_of
from metric_tui.engines.store import Store


@dataclass(slots=True)
class HolisticScan:
    """One statement for one ask whose spans may overlap: rows, joined to the spans they are in."""

    store: Store
    ask: MeasureAsk
    buckets: Buckets

    @classmethod
    def of(cls, store: Store, ask: MeasureAsk) -> "HolisticScan":
        return cls(store, ask, buckets_of(ask.spans))

    def statement(self) -> str:
        """The SQL: span, dimensions, rows behind it, value, texts among the values.

        Raises:
            MetricTuiError: a fragment or dimension does not fit the source.
        """
        measure = simple_of(self.ask)
        steps = [f"rows_read AS (\n{self._rows(measure)}\n)", self._cover(), self._placed(measure)]
        if measure.non_additive is not None:
            steps.append(self._edge_rows(measure))
            return _with(steps, self._aggregate(measure, "kept"))
        if measure.percentile is None:
            return _with(steps, self._aggregate(measure, "placed"))
        steps.append(self._ranked())
        return _with(steps, self._percentile(measure.percentile, discrete=measure.discrete))

    def _rows(self, measure: SimpleMeasure) -> str:
        scope = scope_of(self.store, measure.rows)
        condition = row_condition(scope, measure.rows, self.ask.slice.filters)
        value = value_sql(scope, measure)
        columns = [f"{value} AS x", *self._stock_columns(scope, measure)]
        return select_rows(
            scope, measure.rows, self.ask.slice, self.buckets.disjoint, columns, condition
        )

    def _stock_columns(self, scope: Scope, measure: SimpleMeasure) -> list[str]:
        stock = measure.non_additive
        if stock is None:
            return []
        keys = [f"{scope.render(key.node)} AS k{i}" for i, key in enumerate(stock.group_by)]
        return [f"{scope.render(stock.column.node)} AS edge", *keys]

    def _cover(self) -> str:
        pairs = ", ".join(
            f"({bucket}, {span})"
            for span, indexes in enumerate(self.buckets.cover)
            for bucket in indexes
        )
        return f"cover(bucket, span) AS (VALUES {pairs})"

    def _placed(self, measure: SimpleMeasure) -> str:
        names = ["x", *self._dimensions()]
        if measure.non_additive is not None:
            names += ["edge", *(f"k{i}" for i in range(len(measure.non_additive.group_by)))]
        # a distinct count needs each value once a bucket; most rows repeat one
        distinct = "DISTINCT " if measure.aggregation == "count_distinct" else ""
        inner = f"SELECT {distinct}bucket, {', '.join(names)} FROM rows_read"
        return (
            f"placed AS (\nSELECT span, {', '.join(names)}"
            f" FROM ({inner}) AS r JOIN cover ON cover.bucket = r.bucket\n)"
        )

    def _edge_rows(self, measure: SimpleMeasure) -> str:
        stock = measure.non_additive
        assert stock is not None
        keys = ", ".join(["span", *(f"k{i}" for i in range(len(stock.group_by)))])
        edge = f"{stock.window_agg.upper()}(edge) OVER (PARTITION BY {keys}) AS edge_kept"
        return f"kept AS (SELECT * FROM (SELECT *, {edge} FROM placed) AS e WHERE edge = edge_kept)"

    def _aggregate(self, measure: SimpleMeasure, table: str) -> str:
        template = AGGREGATIONS[measure.aggregation].sql or ""
        return self._select(template.format(x="x"), table)

    def _ranked(self) -> str:
        keys = ", ".join(["span", *self._dimensions()])
        return (
            f"ranked AS (SELECT *, ROW_NUMBER() OVER (PARTITION BY {keys} ORDER BY x) AS k,"
            f" COUNT(*) OVER (PARTITION BY {keys}) AS n FROM placed WHERE x IS NOT NULL)"
        )

    def _percentile(self, share: float, *, discrete: bool) -> str:
        """Continuous: between ranks at `p (n - 1)`. Discrete: the value of rank `ceil(p n)`."""
        floor = self.store.engine.dialect.floor
        if discrete:
            # the smallest whole number at or above p n, safe against 0.07 * 100 > 7
            rank = f"{floor(f'{share!r} * n + 0.999999999')}"
            return self._select(
                f"MAX(CASE WHEN k = {rank} OR ({rank} < 1 AND k = 1) THEN x END)", "ranked"
            )
        place = f"({share!r} * (n - 1))"
        low = floor(place)
        lower = f"MAX(CASE WHEN k = {low} + 1 THEN x END)"
        upper = f"MAX(CASE WHEN k = {low} + 2 THEN x END)"
        fraction = f"MAX({place} - {low})"
        value = f"{lower} + {fraction} * COALESCE({upper} - {lower}, 0)"
        return self._select(value, "ranked")

    def _select(self, value: str, table: str) -> str:
        places = ", ".join(str(index + 1) for index in range(1 + len(self.ask.slice.by)))
        stray = (
            None
            if AGGREGATIONS[simple_of(self.ask).aggregation].counts
            else self.store.engine.dialect.is_text("x")
        )
        counted = f"SUM({self.store.engine.dialect.truth(stray)})" if stray else "0"
        names = ", ".join(["span", *self._dimensions()])
        return f"SELECT {names}, COUNT(*) AS n_rows, {value} AS value, {counted} AS stray\nFROM {table}\nGROUP BY {places}"

    def _dimensions(self) -> list[str]:
        return [f"d{index}" for index in range(len(self.ask.slice.by))]

    def outcome(self, fetched: Fetched) -> Outcome:
        """The ask's table."""
        width = len(self.ask.slice.by)
        size = len(self.ask.spans)
        values: dict[Group, list[Value]] = {}
        for row in fetched.rows:
            group = shown_group(row[1 : 1 + width])
            _, value, stray = row[1 + width :]
            if stray:
                return stray_text(simple_of(self.ask))
            place = values.setdefault(group, [None] * size)
            place[int(number(row[0]) or 0)] = number(value)
        return Table(size, {group: tuple(row) for group, row in values.items()})


def _with(steps: list[str], final: str) -> str:
    return "WITH " + ",\n".join(steps) + "\n" + final
