"""Funnels by Mixpanel's rule: first touch per entity and span, then each step in order.

For every step the entities that got that far and the step's events are put under each other; going
back in time, the earliest event at or after each is the smallest one seen so far. No event is
joined with another, but where a row may be of two steps: a row passes one step at most, so those
that were passed are remembered, and the earliest row that is none of them is taken.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from metric_tui.base.periods import EARLIEST, Span
from metric_tui.base.series import shown_group
from metric_tui.definitions.asks import FunnelMeasure, MeasureAsk
from metric_tui.engines.common import Fetched
from metric_tui.engines.sql.days import moment_sql
from metric_tui.engines.sql.scan import (
    dimension_names,
    grouping,
    read_rows,
    table_of,
    with_steps,
)
from metric_tui.engines.sql.simple import Outcome, number, scope_of
from metric_tui.engines.sql.spans import bucket_sql, buckets_of, cover_sql, within_sql
from metric_tui.engines.store import Store


def funnel_of(ask: MeasureAsk) -> FunnelMeasure:
    """The ask's measure, known to be a funnel's."""
    assert isinstance(ask.measure, FunnelMeasure)
    return ask.measure


def funnel_key(ask: MeasureAsk) -> MeasureAsk:
    """All steps of a funnel are counted at once."""
    return replace(ask, measure=replace(funnel_of(ask), step=1))


def funnel_statement(store: Store, asks: Sequence[MeasureAsk]) -> str:
    """SELECT step, span, dimensions of the first step's row, entities that reached the step."""
    ask = asks[0]
    names = dimension_names(ask.slice)
    last = max(funnel_of(one).step for one in asks)
    steps = [
        f"entered AS (\n{_entered(store, ask)}\n)",
        cover_sql(buckets_of(ask.spans).cover),
        f"reached_1 AS (\n{_first_touch(ask, names)}\n)",
    ]
    reached = _reached_by_rows if funnel_of(ask).has_shared_rows else _reached
    for step in range(2, last + 1):
        steps.append(f"step_{step} AS (\n{_step(store, ask, step)}\n)")
        steps.append(f"reached_{step} AS (\n{reached(store, ask, step, names)}\n)")
    return with_steps(steps, "\nUNION ALL\n".join(_count(s, names) for s in range(1, last + 1)))


def _entered(store: Store, ask: MeasureAsk) -> str:
    """The first step's rows in the spans."""
    measure = funnel_of(ask)
    rows = measure.steps[0]
    scope = scope_of(store, rows)
    axis = store.axis(scope.source, rows.time_column)
    disjoint = buckets_of(ask.spans).disjoint
    entity = scope.render(measure.entities[0].node)
    columns = [
        f"{entity} AS entity",
        f"{moment_sql(store, measure.steps, rows)} AS t",
        f"{bucket_sql(axis, disjoint)} AS bucket",
        f"{store.row_order(scope.source) or 'NULL'} AS row_order",
    ]
    where = [within_sql(axis, disjoint), f"{entity} IS NOT NULL"]
    return read_rows(scope, rows, columns, where=where, sliced=ask.slice)


def _first_touch(ask: MeasureAsk, names: list[str]) -> str:
    """Each entity's first row in each span."""
    is_by_rows = funnel_of(ask).has_shared_rows
    if not names and not is_by_rows:
        first = "SELECT entity, bucket, MIN(t) AS t FROM entered GROUP BY entity, bucket"
        return (
            "SELECT span, entity, MIN(t) AS entry, MIN(t) AS t"
            f"\nFROM ({first}) AS r JOIN cover ON cover.bucket = r.bucket{grouping(2)}"
        )
    earliest = ", ".join(["t", "row_order", *names])
    place = f"ROW_NUMBER() OVER (PARTITION BY span, entity ORDER BY {earliest}) AS place"
    passed = ["t AS t_1", "row_order AS r_1"] if is_by_rows else []
    picked = ", ".join(["span", "entity", "t AS entry", "t", *passed, *names])
    return (
        f"SELECT {picked}\nFROM (SELECT entered.*, span, {place} FROM entered"
        " JOIN cover ON cover.bucket = entered.bucket) AS r WHERE place = 1"
    )


def _step(store: Store, ask: MeasureAsk, step: int) -> str:
    """A later step's rows, from the first entry to the last one's end of window."""
    measure = funnel_of(ask)
    rows, entity = measure.steps[step - 1], measure.entities[step - 1]
    scope = scope_of(store, rows)
    axis = store.axis(scope.source, rows.time_column)
    who = scope.render(entity.node)
    full = [span for span in ask.spans if not span.is_empty]
    # a day more at both ends, since what knows only its day is compared as a day
    day = timedelta(days=1)
    after = max(span.end for span in full) + timedelta(seconds=measure.window.seconds) + day
    start = min(span.start for span in full)
    span = Span(start if start == EARLIEST else start - day, min(measure.cutoff, after))
    columns = [f"{who} AS entity", f"{moment_sql(store, measure.steps, rows)} AS t"]
    if measure.has_shared_rows:
        columns.append(f"{store.row_order(scope.source) or 'NULL'} AS r")
    return read_rows(
        scope,
        rows,
        columns,
        where=[within_sql(axis, [span]), f"{who} IS NOT NULL"],
        distinct=True,
    )


def _reached(store: Store, ask: MeasureAsk, step: int, names: list[str]) -> str:
    carried = ["span", "entity", "entry", *names]
    nothing = ", ".join(
        ["NULL AS span", "entity", "NULL AS entry", *(f"NULL AS {name}" for name in names)]
    )
    walk = (
        f"SELECT {', '.join(carried)}, t, 0 AS kind FROM reached_{step - 1}"
        f"\nUNION ALL\nSELECT {nothing}, t, 1 AS kind FROM step_{step}"
    )
    # the default frame reaches to the last row of the same instant, which counts as after
    upcoming = "MIN(CASE WHEN kind = 1 THEN t END) OVER (PARTITION BY entity ORDER BY t DESC)"
    milliseconds = funnel_of(ask).window.seconds * 1000
    return (
        f"SELECT {', '.join(carried)}, upcoming AS t"
        f"\nFROM (SELECT *, {upcoming} AS upcoming FROM (\n{walk}\n) AS w) AS r"
        f"\nWHERE kind = 0 AND upcoming <= entry + {milliseconds}"
    )


def _reached_by_rows(store: Store, ask: MeasureAsk, step: int, names: list[str]) -> str:
    """The earliest row of a step that passed none before, for each entity that got that far.

    Going back in time, a step's rows are counted; the row that is counted as often as an entity
    that waits for one is the earliest at or after it, the one counted once less the next. Rows of
    one instant come in the order in which they were written. A source without such an order has one
    row for an instant.
    """
    measure = funnel_of(ask)
    passed = [f"{name}_{earlier}" for earlier in range(1, step) for name in "tr"]
    carried = ["span", "entity", "entry", *passed, *names]
    nothing = [name if name == "entity" else f"NULL AS {name}" for name in carried]
    walk = (
        f"SELECT {', '.join(carried)}, t, NULL AS r, 0 AS kind FROM reached_{step - 1}"
        f"\nUNION ALL\nSELECT {', '.join(nothing)}, t, r, 1 AS kind FROM step_{step}"
    )
    counted = (
        f"SELECT *, SUM(kind) OVER (PARTITION BY entity ORDER BY t DESC, kind DESC, r DESC"
        f" ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS place FROM (\n{walk}\n) AS w"
    )
    shared = measure.shared(step)
    same = store.engine.dialect.same
    others = [f"NOT (later.t = was.t_{n} AND {same('later.r', f'was.r_{n}')})" for n in shared]
    on = " AND ".join(
        [
            "later.kind = 1",
            "later.entity = was.entity",
            f"later.place BETWEEN was.place - {len(shared)} AND was.place",
            *others,
        ]
    )
    kept = [f"was.{name}" for name in carried]
    pairs = (
        f"SELECT {', '.join(kept)}, later.t AS t, later.r AS r, ROW_NUMBER() OVER"
        " (PARTITION BY was.span, was.entity ORDER BY later.place DESC) AS nth"
        f"\nFROM counted AS was JOIN counted AS later ON {on}\nWHERE was.kind = 0"
    )
    milliseconds = measure.window.seconds * 1000
    return (
        f"WITH counted AS (\n{counted}\n)"
        f"\nSELECT {', '.join(carried)}, t, t AS t_{step}, r AS r_{step}"
        f"\nFROM (\n{pairs}\n) AS p WHERE nth = 1 AND t <= entry + {milliseconds}"
    )


def _count(step: int, names: list[str]) -> str:
    picked = ", ".join([str(step), "span", *names, "COUNT(*)"])
    return f"SELECT {picked} FROM reached_{step}{grouping(2 + len(names))}"


def funnel_outcomes(asks: Sequence[MeasureAsk], fetched: Fetched) -> list[Outcome]:
    """Each ask's table."""
    width = len(asks[0].slice.by)
    rows = [
        (int(row[0]), (int(row[1]), shown_group(row[2 : 2 + width]), number(row[2 + width])))
        for row in fetched.rows
    ]
    return [
        table_of(
            (cell for step, cell in rows if step == funnel_of(ask).step),
            len(ask.spans),
        ).map(lambda _, value: value or 0.0)
        for ask in asks
    ]
