"""What is known is told while the rest is computed."""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from threading import Event

import pytest

from metric_tui.analysis.answers import answer
from metric_tui.analysis.meanwhile import telling
from metric_tui.base.errors import Cancelled
from metric_tui.definitions.asks import MeasureAsk
from metric_tui.engines.rollup import measures_for, refresh
from metric_tui.engines.sql.run import SqlMeasures, Told, nobody
from metric_tui.engines.sql.simple import Outcome
from metric_tui.planning.answer import Answer
from metric_tui.planning.question import Question
from tests.conftest import PATIENCE
from tests.engines.rollup_stores import opened, tree_of, without_logs, write_store

ROWS = [(f"2026-03-{day:02d}T10:00:00Z", "buy", day, "ios", 1, day, 0) for day in range(1, 21)]


def test_telling_ends_with_the_block() -> None:
    heard = Event()
    count = 0

    def tell() -> None:
        nonlocal count
        count += 1
        heard.set()

    def leave() -> None:
        with telling(tell):
            assert heard.wait(PATIENCE)
            raise Cancelled("stopped")

    with pytest.raises(Cancelled):
        leave()
    before = count
    heard.clear()
    assert not heard.wait(0.01)
    assert count == before


class Held(SqlMeasures):
    """Plain SQL that waits for an event before its last statement."""

    def __init__(self, *arguments: object, heard: Event) -> None:
        super().__init__(*arguments)  # type: ignore[arg-type]
        self.heard = heard

    def tables(
        self, asks: Iterable[MeasureAsk], told: Told = nobody
    ) -> Mapping[MeasureAsk, Outcome]:
        wanted = tuple(asks)
        if not wanted:
            return {}
        found = dict(super().tables(wanted[:-1], told))
        assert self.heard.wait(PATIENCE)
        return {**found, **super().tables(wanted[-1:], told)}


@pytest.mark.parametrize("with_rollups", [False, True])
def test_known_metrics_are_told_before_the_answer_is_whole(
    tmp_path: Path, with_rollups: bool
) -> None:
    path = tmp_path / "store.db"
    write_store(path, ROWS)
    asked = Question(grain="week", compare="none", metrics=("revenue", "buys", "median", "steps"))
    heard = Event()
    told: list[Answer] = []

    def tell(known: Answer) -> None:
        told.append(known)
        heard.set()

    with opened(path, tree_of()) as store, without_logs():
        if with_rollups:
            refresh(store)
        measures = measures_for(store)
        slow = Held(store, heard=heard)
        if with_rollups:
            measures.plain = slow  # type: ignore[attr-defined]
        whole = answer(asked, store, measures if with_rollups else slow, revision=0, tell=tell)
        plain = answer(asked, store, SqlMeasures(store), revision=0)
    assert whole == plain
    assert whole.is_whole
    first = told[0]
    assert not first.is_whole
    assert "revenue" in first.metrics
    assert "steps" not in first.metrics
    assert all(first.metrics[name] == plain.metrics[name] for name in first.metrics)


def test_nothing_is_told_of_a_quick_answer(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    write_store(path, ROWS)
    told: list[Answer] = []
    with opened(path, tree_of()) as store:
        tell: Callable[[Answer], None] = told.append
        answer(
            Question(grain="week", metrics=("buys",)),
            store,
            SqlMeasures(store),
            revision=0,
            tell=tell,
        )
    assert told == []
