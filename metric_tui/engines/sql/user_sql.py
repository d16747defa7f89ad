"""A user's own SELECT of `day, value` as a source of daily values."""

from collections.abc import Sequence

from metric_tui.base.errors import QuestionError
from metric_tui.base.series import shown_group
from metric_tui.definitions.asks import MeasureAsk, SqlMeasure
from metric_tui.definitions.fragments import Column, Fragment
from metric_tui.definitions.sources import Dimension, Source
from metric_tui.engines.common import Fetched
from metric_tui.engines.sql.days import day_sql
from metric_tui.engines.sql.scan import dimension_names, grouping, table_of, with_steps
from metric_tui.engines.sql.scope import Scope
from metric_tui.engines.sql.simple import Outcome, number
from metric_tui.engines.sql.spans import bucket_sql, buckets_of, cover_sql, within_sql
from metric_tui.engines.store import METRIC_SUFFIX, Store

DAY, VALUE = "day", "value"


def sql_of(ask: MeasureAsk) -> SqlMeasure:
    """The ask's measure, known to be a user's SELECT."""
    assert isinstance(ask.measure, SqlMeasure)
    return ask.measure


def user_sql_statement(store: Store, asks: Sequence[MeasureAsk]) -> str:
    """SELECT span, dimensions, the days' values joined."""
    (ask,) = asks
    names = dimension_names(ask.slice)
    picked = ["span", *names]
    if sql_of(ask).period_agg == "last":
        partition = ", ".join(picked)
        latest = f"MAX(day) OVER (PARTITION BY {partition}) AS last_day"
        read = f"(SELECT placed.*, {latest} FROM placed) AS r WHERE day = last_day"
    else:
        read = "placed"
    joined = {"sum": "SUM(value)", "average": "AVG(value)", "last": "MAX(value)"}
    value = joined[sql_of(ask).period_agg]
    return with_steps(
        [
            f"days AS (\n{_days(store, ask, names)}\n)",
            cover_sql(buckets_of(ask.spans).cover),
            "placed AS (SELECT span, days.* FROM days JOIN cover ON cover.bucket = days.bucket)",
        ],
        f"SELECT {', '.join([*picked, value])}\nFROM {read}{grouping(len(picked))}",
    )


def _days(store: Store, ask: MeasureAsk, names: list[str]) -> str:
    """One row a local day and group that has a value; its rows are added."""
    measure = sql_of(ask)
    source = _as_source(store, measure, ask)
    scope = Scope(store, source)
    axis = store.axis(source, DAY)
    disjoint = buckets_of(ask.spans).disjoint
    value = store.engine.dialect.as_number(scope.render(Column(VALUE)))
    dimensions = [f"{scope.group_key(d)} AS d{i}" for i, d in enumerate(ask.slice.by)]
    filters = (*measure.filters, *ask.slice.filters)
    where = [within_sql(axis, disjoint), *scope.where(ask.slice.where)]
    where += [text for text in (scope.condition(filters),) if text]
    columns = [
        f"{bucket_sql(axis, disjoint)} AS bucket",
        f"{day_sql(store, source, DAY)} AS day",
        *dimensions,
        f"SUM({value}) AS value",
    ]
    return (
        f"SELECT {', '.join(columns)}\n{scope.from_clause()}\nWHERE "
        + "\n  AND ".join(where)
        + grouping(2 + len(names))
        + f"\nHAVING SUM({value}) IS NOT NULL"
    )


def _as_source(store: Store, measure: SqlMeasure, ask: MeasureAsk) -> Source:
    """The SELECT as a source whose other columns are dimensions.

    Raises:
        QuestionError: it gives no `day` or `value`, or lacks a dimension that is asked for.
    """
    name = f"{measure.metric}{METRIC_SUFFIX}"
    bare = Source(name=name, sql=measure.statement, agg_time_dimension=DAY)
    columns = store.columns(bare)
    wanted = (DAY, VALUE, *ask.slice.by, *(entry.dimension for entry in ask.slice.where))
    for column_name in wanted:
        if column_name.lower() not in columns:
            given = ", ".join(f"`{column.name}`" for column in columns.values())
            raise QuestionError(
                f"the SELECT of `{measure.metric}` gives no `{column_name}`", hint=given
            )
    dimensions = {
        column.name: Dimension(
            name=column.name, expr=Fragment(text=column.name, node=Column(column.name))
        )
        for key, column in columns.items()
        if key not in (DAY, VALUE)
    }
    return Source(
        name=name,
        sql=measure.statement,
        agg_time_dimension=DAY,
        dimensions=dimensions,
    )


def user_sql_outcomes(asks: Sequence[MeasureAsk], fetched: Fetched) -> list[Outcome]:
    """The ask's table: null where the SELECT gives no day."""
    (ask,) = asks
    width = len(ask.slice.by)
    cells = (
        (int(row[0]), shown_group(row[1 : 1 + width]), number(row[1 + width]))
        for row in fetched.rows
    )
    return [table_of(cells, len(ask.spans))]
