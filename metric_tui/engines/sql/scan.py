"""A statement, the asks it answers, and what the kinds of statements share."""

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass

from metric_tui.base.series import Group, Table, Value
from metric_tui.definitions.asks import MeasureAsk, Rows, Slice
from metric_tui.definitions.fragments import Fragment
from metric_tui.engines.common import Fetched
from metric_tui.engines.sql.scope import Scope
from metric_tui.engines.sql.simple import Outcome, row_condition
from metric_tui.engines.store import Store


@dataclass(frozen=True, slots=True)
class Scan:
    """One statement and what its rows mean."""

    asks: tuple[MeasureAsk, ...]
    statement: Callable[[], str]
    outcomes: Callable[[Fetched], Sequence[Outcome]]
    """Each ask's table, in the order of `asks`."""


@dataclass(frozen=True, slots=True)
class Family:
    """How asks for one kind of measure are stated."""

    key: Callable[[MeasureAsk], Hashable]
    """Asks with the same key are answered by one statement."""

    scan: Callable[[Store, Sequence[MeasureAsk]], Scan]


def with_steps(steps: Iterable[str], final: str) -> str:
    """Named steps and the SELECT that reads them."""
    return "WITH " + ",\n".join(steps) + "\n" + final


def dimension_names(sliced: Slice) -> list[str]:
    """What the steps of a statement call the dimensions of the breakdown: `d0`, `d1`."""
    return [f"d{index}" for index in range(len(sliced.by))]


def grouping(count: int) -> str:
    """GROUP BY the first columns of a SELECT; nothing for none."""
    return "\nGROUP BY " + ", ".join(str(i + 1) for i in range(count)) if count else ""


def read_rows(
    scope: Scope,
    rows: Rows,
    columns: Sequence[str],
    *,
    where: Sequence[str],
    sliced: Slice | None = None,
    filters: tuple[Fragment, ...] = (),
    distinct: bool = False,
) -> str:
    """SELECT columns of some rows.

    Args:
        scope: where the columns were rendered; its joins are taken over.
        rows: which rows.
        columns: what is read, each with its name.
        where: more conditions, such as a range of time.
        sliced: the tree's filters, where these rows obey them; its breakdown becomes `d0`, `d1`.
        filters: filters of the metrics above.
        distinct: whether equal rows are given once.
    """
    dimensions = []
    conditions = list(where)
    if sliced is not None:
        dimensions = [f"{scope.group_key(name)} AS d{i}" for i, name in enumerate(sliced.by)]
        conditions += scope.where(sliced.where)
        filters = (*filters, *sliced.filters)
    own = (scope.condition(scope.source.filter), row_condition(scope, rows, filters))
    conditions += [text for text in own if text]
    return "\n".join(
        [
            ("SELECT DISTINCT " if distinct else "SELECT ") + ", ".join([*columns, *dimensions]),
            # the joins are known only after every fragment is rendered
            scope.from_clause(),
            "WHERE " + "\n  AND ".join(conditions),
        ]
    )


def table_of(cells: Iterable[tuple[int, Group, Value]], size: int) -> Table:
    """Cells of (span, group, value) as a table; what is missing is null."""
    values: dict[Group, list[Value]] = {}
    for span, group, value in cells:
        values.setdefault(group, [None] * size)[span] = value
    return Table(size, {group: tuple(row) for group, row in values.items()})
