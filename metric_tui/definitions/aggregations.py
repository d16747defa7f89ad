"""The aggregations of a simple metric: one entry each, read by check, SQL, units and the README."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, get_args

AggregationName = Literal[
    "count", "count_distinct", "sum", "average", "min", "max", "median", "percentile", "sum_boolean"
]

Takes = Literal["nothing or a value", "a value", "a value or an entity"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Aggregation:
    """What one `agg` means.

    Attributes:
        name: the word in the file.
        summary: one line for the reference.
        takes: what `expr` may be.
        sql: SQL template over `{x}`, null for rows that do not count; None where it takes a rank.
        merge: joins the partial results of disjoint spans; None where partials cannot be joined,
            as with distinct counts.
        fills_with_zero: whether a period without rows is 0 between the first event and the
            watermark; otherwise it is null.
        counts: whether the result counts things; otherwise it has the unit of `expr`.
    """

    name: AggregationName
    summary: str
    takes: Takes
    sql: str | None
    merge: Callable[[float, float], float] | None
    fills_with_zero: bool
    counts: bool


def _add(left: float, right: float) -> float:
    return left + right


AGGREGATIONS: dict[str, Aggregation] = {
    entry.name: entry
    for entry in (
        Aggregation(
            name="count",
            summary="rows; with `expr`, rows where it is not null",
            takes="nothing or a value",
            sql="COUNT({x})",
            merge=_add,
            fills_with_zero=True,
            counts=True,
        ),
        Aggregation(
            name="count_distinct",
            summary="distinct values of `expr`, a column or an entity's name; nulls do not count",
            takes="a value or an entity",
            sql="COUNT(DISTINCT {x})",
            merge=None,
            fills_with_zero=True,
            counts=True,
        ),
        Aggregation(
            name="sum",
            summary="sum of `expr`; nulls are skipped",
            takes="a value",
            sql="SUM({x})",
            merge=_add,
            fills_with_zero=True,
            counts=False,
        ),
        Aggregation(
            name="average",
            summary="mean of `expr` over rows, at every grain; null without a value",
            takes="a value",
            sql="AVG({x})",
            merge=None,
            fills_with_zero=False,
            counts=False,
        ),
        Aggregation(
            name="min",
            summary="smallest `expr`",
            takes="a value",
            sql="MIN({x})",
            merge=min,
            fills_with_zero=False,
            counts=False,
        ),
        Aggregation(
            name="max",
            summary="largest `expr`",
            takes="a value",
            sql="MAX({x})",
            merge=max,
            fills_with_zero=False,
            counts=False,
        ),
        Aggregation(
            name="median",
            summary="middle value of `expr`, between the two middle ones when they are two",
            takes="a value",
            sql=None,
            merge=None,
            fills_with_zero=False,
            counts=False,
        ),
        Aggregation(
            name="percentile",
            summary="`percentile` (0 to 1) of `expr`; continuous interpolates, discrete takes a value",
            takes="a value",
            sql=None,
            merge=None,
            fills_with_zero=False,
            counts=False,
        ),
        Aggregation(
            name="sum_boolean",
            summary="rows where `expr` is true; false and null count 0",
            takes="a value",
            sql="SUM({x})",
            merge=_add,
            fills_with_zero=True,
            counts=True,
        ),
    )
}

assert tuple(AGGREGATIONS) == get_args(AggregationName)
