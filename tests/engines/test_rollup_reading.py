"""What is read of a store's rows: which events together, which values, and when groups begin."""

from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch

import pytest

from metric_tui.definitions.asks import FirstEvent, MeasureAsk, Rows, Slice
from metric_tui.engines.rollup import close_all, measures_for, refresh, worker
from metric_tui.engines.rollup.measures import RollupMeasures
from metric_tui.engines.rollup.readings import readings_of
from metric_tui.engines.rollup.tracks import ALL_ROWS, Column
from metric_tui.engines.sql.run import SqlMeasures
from metric_tui.planning.question import Question
from tests.engines.rollup_stores import Row, compared, opened, tree_of, write_store

DAY = "2026-03-{:02}T{:02}:00:00Z"


@pytest.fixture(autouse=True)
def small_chunks() -> Iterator[None]:
    with patch.object(worker, "CHUNK_ROWS", 2):
        yield
    close_all()


def row(day: int, hour: int, platform: str, plan: int, *, user: object = 1) -> Row:
    return (DAY.format(day, hour), "open", user, platform, plan, 3, 0)


@pytest.mark.parametrize("by", [("platform",), ("plan",), ("platform", "plan")])
def test_groups_begin_with_their_earliest_row_wherever_it_stands(
    tmp_path: Path, by: tuple[str, ...]
) -> None:
    path = tmp_path / "store.db"
    rows = [
        row(9, 5, "ios", 1),
        row(9, 4, "web", 1),
        # the same platform earlier, but on another plan: a cell that is new by itself
        row(5, 7, "ios", 2),
        row(5, 6, "web", 2),
        # the day on which they began, in a later stretch
        row(5, 3, "ios", 2),
        row(9, 2, "web", 1),
        row(5, 2, "web", 2),
    ]
    write_store(path, rows)
    everything = FirstEvent(rows=Rows(source="events", time_column="at"))
    ask = MeasureAsk(measure=everything, spans=(), slice=Slice(by=by))
    with opened(path, tree_of()) as store:
        refresh(store)
        measures = measures_for(store)
        assert isinstance(measures, RollupMeasures)
        assert measures.from_partials([ask])[ask].table == SqlMeasures(store).tables([ask])[ask]


@pytest.mark.parametrize("users", [(0.5, 1.5, 0.5), (1, 1.0, 2.5), (b"\x01", b"\x02", "1")])
def test_fractions_and_blobs_are_entities_like_any_other(
    tmp_path: Path, users: tuple[object, ...]
) -> None:
    answered = []
    for name, entities in (("numbers", (1, 2, 1)), ("others", users)):
        path = tmp_path / f"{name}.db"
        write_store(path, [row(5, 3 + hour, "ios", 1, user=u) for hour, u in enumerate(entities)])
        with opened(path, tree_of()) as store:
            refresh(store)
            answered.append(compared(store, [Question(grain="day"), Question(grain="week")]))
    assert answered[0] == answered[1] > 0


def test_events_that_need_many_values_are_read_apart() -> None:
    counted = (ALL_ROWS, Column("count", "json_extract(p, '$.a')"))
    entities = (ALL_ROWS, Column("collect", "user_id"), Column("sum", "amount"))
    many = tuple(Column("sum", f"amount * {factor}") for factor in range(5))
    few, other = readings_of([counted, entities, many, ()], reads_all=False)
    assert few.events == (0, 1)
    assert [dict(slot) for slot in few.slots] == [
        {0: "json_extract(p, '$.a')", 1: "user_id"},
        {1: "amount"},
    ]
    assert other.events == (2,)
    assert len(other.slots) == 5


def test_events_without_a_measure_are_read_only_where_all_rows_count() -> None:
    assert readings_of([(), (ALL_ROWS,)], reads_all=False)[0].events == (1,)
    assert readings_of([(), (ALL_ROWS,)], reads_all=True)[0].events == (0, 1)
