"""Every metric type on random small stores: plain Python, SQLite and DuckDB agree."""

import math
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from metric_tui.analysis.shapes import funnel_steps, retention_triangle
from metric_tui.base.periods import Grain
from metric_tui.base.series import Group
from metric_tui.engines.sql.run import SqlMeasures
from metric_tui.planning.answer import Answer, Values
from metric_tui.planning.question import Question
from tests.oracle.calendar import Span
from tests.oracle.drawing import WHERES, Drawn, Store, drawn, funnels, retentions, stores
from tests.oracle.evaluate import evaluate, is_immature, is_partial
from tests.oracle.stage import answers, ask, opened
from tests.oracle.world import Ask

DEFAULT = settings.get_profile("default").max_examples
CHOSEN = settings().max_examples
SCALE = CHOSEN / DEFAULT
"""A longer profile makes every test longer by the same factor."""


def few(count: int) -> settings:
    return settings(
        max_examples=max(1, round(count * SCALE)),
        deadline=None,
        suppress_health_check=[
            HealthCheck.function_scoped_fixture,
            HealthCheck.too_slow,
            HealthCheck.data_too_large,
        ],
    )


Cells = dict[tuple[str, Group], float | None]


def cells_of(answer: Answer, metric: str) -> Cells:
    """Values by period and group; a group that is not there is null."""
    found = answer.metrics[metric]
    assert found.error is None, (metric, found.error)
    assert found.not_sliced is None, (metric, found.not_sliced)
    parts: dict[Group, Values] = {(): found.total}
    if answer.question.by:
        parts = {segment.group: segment.values for segment in found.segments}
    return {
        (period.label, group): value
        for group, values in parts.items()
        for period, value in zip(answer.frame.periods, values.values, strict=True)
    }


def expected_cells(one: Drawn, metric: str, spans: Mapping[str, Span]) -> Cells:
    world, keep = one.world, WHERES[one.where]
    groups: list[Group] = [()]
    for dimension in one.question.by:
        rows = [row for rows in one.store.rows.values() for row in rows]
        groups = [(value,) for value in {row[dimension]: None for row in rows}]
    return {
        (label, group): evaluate(
            world,
            metric,
            Ask(
                grain=one.question.grain,
                span=span,
                keep=(keep,),
                group=(one.question.by[0], group[0]) if group else None,
            ),
        )
        for group in groups
        for label, span in spans.items()
    }


def spans_of(one: Drawn, answer: Answer) -> Mapping[str, Span]:
    """The periods by the oracle's own calendar, named as the answer names them."""
    start, end, grain = one.question.start, one.question.end, one.question.grain
    assert start is not None
    assert end is not None
    spans = one.store.calendar.periods(start, end, grain)
    assert [period.span.start for period in answer.frame.periods] == [s for s, _ in spans]
    assert [period.span.end for period in answer.frame.periods] == [e for _, e in spans]
    return {p.label: s for p, s in zip(answer.frame.periods, spans, strict=True)}


def same(one: float | None, other: float | None) -> bool:
    if one is None or other is None:
        return one is other
    return math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-9)


def differing(found: Cells, expected: Cells) -> list[Any]:
    """The cells that differ; a group that no input has is not there, whatever COALESCE says."""
    groups = {group for _, group in found}
    return [
        (cell, found.get(cell), expected.get(cell))
        for cell in {**found, **expected}
        if not same(found.get(cell), expected.get(cell))
        and not (cell[1] not in groups and expected.get(cell) == 0)
    ]


@given(one=drawn())
@few(25)
def test_both_engines_answer_as_plain_python_does(one: Drawn, tmp_path: Path) -> None:
    for engine in ("sqlite", "duckdb"):
        answer = answers(one, tmp_path, engine)
        spans = spans_of(one, answer)
        for metric, definition in one.metrics.items():
            expected = expected_cells(one, metric, spans)
            differences = differing(cells_of(answer, metric), expected)
            assert not differences, (engine, metric, definition, differences)


@given(one=drawn())
@few(25)
def test_notes_say_what_is_not_over(one: Drawn, tmp_path: Path) -> None:
    one = replace(one, question=replace(one.question, by=()))
    answer = answers(one, tmp_path, "sqlite")
    keep = WHERES[one.where]
    for index, span in enumerate(spans_of(one, answer).values()):
        asked = Ask(grain=one.question.grain, span=span, keep=(keep,))
        for metric in ("conversion", "funnel", "retention"):
            notes = answer.metrics[metric].total.notes[index]
            assert ("immature" in notes) == is_immature(one.world, metric, asked), metric
        for metric, source in (("visits", "events"), ("orders", "orders")):
            notes = answer.metrics[metric].total.notes[index]
            assert ("partial" in notes) == is_partial(one.world, source, asked), metric


def values_of(answer: Answer, metric: str) -> tuple[float | None, ...]:
    found = answer.metrics[metric]
    assert found.error is None, found.error
    return found.total.values


def over_all(store: Store, grain: Grain, *names: str) -> Question:
    """All of a store's periods, none of them before its first event."""
    first, last = store.instants[0], store.instants[-1]
    return Question(
        grain=grain,
        start=store.calendar.day(first),
        end=store.calendar.day(last),
        compare="none",
        metrics=names,
    )


GRAINS: st.SearchStrategy[Grain] = st.sampled_from(("day", "week", "month"))
USERS = {"users": {"agg": "count_distinct", "source": "events"}}
STATES = ("new", "retained", "resurrected", "churned", "dormant")


@given(store=stores(), grain=GRAINS)
@few(25)
def test_growth_accounting_adds_up(store: Store, grain: Grain, tmp_path: Path) -> None:
    found: dict[str, Any] = {
        state: {"type": "lifecycle", "input_metric": "users", "state": state} for state in STATES
    }
    with opened(store, USERS | found, tmp_path, "sqlite") as place:
        answer = ask(place, over_all(store, grain, "users", *STATES))
    rows = {name: values_of(answer, name) for name in ("users", *STATES)}
    for place_now, active in enumerate(rows["users"]):
        now = {name: row[place_now] or 0.0 for name, row in rows.items()}
        if active is None:
            continue
        assert active == now["new"] + now["retained"] + now["resurrected"]
        churned = rows["churned"][place_now]
        before = rows["users"][place_now - 1] if place_now else None
        if churned is not None and before is not None:
            assert active - before == now["new"] + now["resurrected"] - churned
            assert before == now["retained"] + churned


@given(store=stores(), definition=retentions(), grain=GRAINS)
@few(30)
def test_returning_then_or_later_never_rises_with_time(
    store: Store, definition: dict[str, Any], grain: Grain, tmp_path: Path
) -> None:
    given_metrics: dict[str, Any] = {
        "buys": {"agg": "count", "source": "events", "event": "buy"},
        "orders": {"agg": "count", "source": "orders"},
        "retention": {
            **{key: value for key, value in definition.items() if key != "brackets"},
            "criteria": "on_or_after",
            "offset": 0,
        },
    }
    with opened(store, given_metrics, tmp_path, "sqlite") as place:
        question = over_all(store, grain)
        triangle = retention_triangle(place, SqlMeasures(place), "retention", question)
    for cohort in triangle.cohorts:
        counts = [count for count in cohort.counts if count is not None]
        assert counts == sorted(counts, reverse=True)
        assert all(count <= (cohort.size or 0.0) for count in counts)


@given(store=stores(), definition=funnels(), grain=GRAINS)
@few(30)
def test_fewer_reach_each_further_step(
    store: Store, definition: dict[str, Any], grain: Grain, tmp_path: Path
) -> None:
    with opened(store, {"funnel": definition}, tmp_path, "sqlite") as place:
        shape = funnel_steps(place, SqlMeasures(place), "funnel", over_all(store, grain))
    counts = [step.count or 0.0 for step in shape.steps]
    assert counts == sorted(counts, reverse=True)


PAIRS: st.SearchStrategy[tuple[Grain, Grain]] = st.sampled_from(
    (("hour", "day"), ("day", "week"), ("day", "month"), ("month", "quarter"), ("quarter", "year"))
)


@given(store=stores(), pair=PAIRS)
@few(30)
def test_a_finer_grain_sums_to_the_coarser(
    store: Store, pair: tuple[Grain, Grain], tmp_path: Path
) -> None:
    fine, coarse = pair
    found = {
        "rows": {"agg": "count", "source": "events"},
        "amount": {"agg": "sum", "source": "events", "expr": "amount"},
        "sessions": {"type": "sessions", "source": "events", "entity": "user", "gap": "6 hours"},
    }
    with opened(store, found, tmp_path, "sqlite") as place:
        whole = ask(place, over_all(store, coarse, *found))
        first, last = whole.frame.periods[0], whole.frame.periods[-1]
        calendar = store.calendar
        parts = ask(
            place,
            replace(
                over_all(store, fine, *found),
                start=calendar.day(first.span.start),
                end=calendar.day(last.span.end - timedelta(seconds=1)),
            ),
        )
    for metric in found:
        for period, value in zip(whole.frame.periods, values_of(whole, metric), strict=True):
            inside = [
                part or 0.0
                for piece, part in zip(parts.frame.periods, values_of(parts, metric), strict=True)
                if period.span.start <= piece.span.start < period.span.end
            ]
            assert same(value or 0.0, math.fsum(inside)), (metric, period.label)


@given(one=drawn(), shift=st.integers(-20, 20))
@few(20)
def test_a_range_never_changes_a_value(one: Drawn, shift: int, tmp_path: Path) -> None:
    question = one.question
    if question.grain == "total":
        question = replace(question, grain="week")
    assert question.start is not None
    assert question.end is not None
    moved = replace(
        question,
        start=question.start + timedelta(days=shift),
        end=question.end + timedelta(days=shift + 3),
    )
    with opened(one.store, one.metrics, tmp_path, "sqlite") as place:
        first, second = ask(place, question), ask(place, moved)
    for metric in one.metrics:
        here, there = cells_of(first, metric), cells_of(second, metric)
        for cell in set(here) & set(there):
            assert same(here[cell], there[cell]), (metric, cell)


@given(one=drawn())
@few(20)
def test_a_filter_equals_deleting_the_other_rows(one: Drawn, tmp_path: Path) -> None:
    """Where no rows are left, 0 may be null: when a source begins and ends is not filtered."""
    keep = WHERES[one.where]
    rest = one.store.where(keep)
    names = ("users", "visits", "stock", "ratio", "rolling_state", "sessions", *STATES)
    question = replace(one.question.about(*names), as_of=None)
    with opened(one.store, one.metrics, tmp_path, "sqlite") as place:
        filtered = ask(place, question)
    end = one.store.last
    with opened(rest, one.metrics, tmp_path, "sqlite", watermark=end) as place:
        deleted = ask(place, replace(question, where=()))
    for metric in names:
        here, there = cells_of(filtered, metric), cells_of(deleted, metric)
        for cell in set(here) & set(there):
            pair = here[cell], there[cell]
            # who was here before is known of a period only while the source goes on
            unknown = metric in (*STATES, "rolling_state") and None in pair
            assert unknown or same(pair[0] or 0.0, pair[1] or 0.0), (metric, cell, pair)


@given(one=drawn(), hours=st.integers(-11, 12))
@few(15)
def test_moving_the_clock_equals_moving_the_zone(one: Drawn, hours: int, tmp_path: Path) -> None:
    """A zone that is h hours ahead of UTC gives what UTC gives for events h hours later."""
    assume(not one.store.holds_days)
    ahead = timedelta(hours=hours)
    zoned = replace(one.store, zone=f"Etc/GMT{-hours:+d}")
    moved = replace(
        one.store,
        zone="UTC",
        rows={
            name: [{**row, "at": row["at"] + ahead} for row in rows]
            for name, rows in one.store.rows.items()
        },
    )
    found = []
    for store in (zoned, moved):
        with opened(store, one.metrics, tmp_path, "sqlite") as place:
            found.append(ask(place, one.question))
    for metric in one.metrics:
        here, there = (list(cells_of(answer, metric).values()) for answer in found)
        assert len(here) == len(there)
        assert all(map(same, here, there)), metric
