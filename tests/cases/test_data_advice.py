"""What only data can advise on, by SQL and from rollups alike: vanity, and targets nobody missed."""

from collections.abc import Callable, Iterable, Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from metric_tui.analysis.data_checks import data_findings
from metric_tui.engines.open import open_engine
from metric_tui.engines.rollup import close_all, measures_for, refresh
from metric_tui.engines.sql.run import SqlMeasures
from metric_tui.engines.store import Store
from metric_tui.loading.load import load
from tests.conftest import Run, SmallStore

TREE = """
version: 1
name: t
store: events.db
settings: {grain: GRAIN}
sources: {e: {table: events, agg_time_dimension: at, dimensions: {kind: amount}}}
metrics:
  net: {agg: sum, expr: amount}
  rows: {agg: count}
  mean: {agg: average, expr: amount}
  focus: FOCUS
tree: {focus: focus}
"""

MONDAY = date(2026, 1, 5)
BALANCE = "{type: cumulative, input_metric: net, components: []}"

Advised = Callable[..., set[tuple[str, str]]]


@pytest.fixture
def advised(tmp_path: Path, small_store: SmallStore) -> Iterator[Advised]:
    """Codes and metrics of a tree's advice, over one row of an amount on each of some days."""
    opened: list[Store] = []

    def found(
        focus: str, amounts: Iterable[float], *, grain: str = "week", step: int = 7
    ) -> set[tuple[str, str]]:
        rows = [
            (f"{MONDAY + timedelta(days=step * place)} 10:00:00", amount)
            for place, amount in enumerate(amounts)
        ]
        path = small_store("at TEXT, amount REAL", rows)
        text = TREE.replace("GRAIN", grain).replace("FOCUS", focus)
        store = Store(
            open_engine(str(path), beside=tmp_path / "t.yaml"),
            load(text, name="t").require_tree(),
        )
        opened.append(store)
        by_sql = data_findings(store, SqlMeasures(store))
        refresh(store)
        assert data_findings(store, measures_for(store)) == by_sql
        return {
            (finding.code, finding.metric or "")
            for finding in by_sql
            if finding.code in ("vanity-metric", "easy-target")
        }

    yield found
    close_all()
    for store in opened:
        store.engine.close()


VANITY = {("vanity-metric", "focus")}


def test_a_sum_since_ever_that_never_fell_is_vanity(advised: Advised) -> None:
    assert advised(BALANCE, [5.0] * 9) == VANITY


@pytest.mark.parametrize(
    "amounts",
    [
        [5.0, 5.0, 5.0, -1.0, 5.0, 5.0, 5.0, 5.0, 5.0],
        # too few to say, and a total that never moved
        [5.0] * 5,
        [5.0, *[0.0] * 9],
    ],
)
def test_one_that_fell_or_says_too_little_is_none(advised: Advised, amounts: list[float]) -> None:
    assert advised(BALANCE, amounts) == set()


def test_one_that_falls_within_its_periods_alone_is_none(advised: Advised) -> None:
    """Every month ends higher, and every second day takes something back."""
    assert advised(BALANCE, [5.0, -4.0] * 120, grain="month", step=1) == set()


def test_a_total_that_is_computed_further_is_looked_at_too(advised: Advised) -> None:
    text = "{type: derived, expr: all_time * 2, components: []}"
    with_total = f"{text}\n  all_time: {{type: cumulative, input_metric: net}}"
    assert advised(with_total, [5.0] * 9) == VANITY


def test_what_adds_up_over_a_window_is_none(advised: Advised) -> None:
    windowed = "{type: cumulative, input_metric: net, window: 28 days}"
    assert advised(windowed, [float(place) for place in range(12)]) == set()


def test_what_the_definition_settles_is_not_said_twice(
    run: Run, tmp_path: Path, small_store: SmallStore
) -> None:
    rows = [(f"{MONDAY + timedelta(weeks=place)} 10:00:00", 5.0) for place in range(9)]
    small_store("at TEXT, amount REAL", rows)
    path = tmp_path / "t.yaml"
    for metric, says in (("rows", "counts since ever"), ("net", "fell in none of 8 periods")):
        focus = f"{{type: cumulative, input_metric: {metric}, components: []}}"
        path.write_text(TREE.replace("GRAIN", "week").replace("FOCUS", focus))
        ran = run("check", path, "--data")
        assert ran.code == 0
        assert ran.out.count("[vanity-metric]") == 1
        assert says in ran.out
        path.write_text(f"{path.read_text()}meta: {{ignore: [vanity-metric]}}\n")
        assert "vanity-metric" not in run("check", path, "--data").out
    assert "vanity-metric" not in run("check", path).out


EASY = {("easy-target", "focus")}


@pytest.mark.parametrize(
    ("focus", "amounts", "told"),
    [
        ("{agg: sum, expr: amount, target: 4}", [5.0] * 9, EASY),
        ("{agg: sum, expr: amount, target: 5}", [5.0] * 9, EASY),
        ("{agg: sum, expr: amount, target: 6}", [5.0] * 9, set()),
        ("{agg: sum, expr: amount, target: 4}", [5.0] * 6, set()),
        ("{agg: sum, expr: amount, target: 4}", [5.0, 5.0, 3.0, *[5.0] * 6], set()),
        ("{agg: sum, expr: amount, direction: down, target: 6}", [5.0] * 9, EASY),
        ("{agg: sum, expr: amount, direction: down, target: 4}", [5.0] * 9, set()),
        ("{agg: sum, expr: amount, direction: hold, target: 4}", [5.0] * 9, set()),
        ("{agg: average, expr: amount, target: 4}", [5.0] * 9, EASY),
        # a day without rows has sold nothing, and half of the months had 20 or more
        ("{agg: sum, expr: amount, target: {value: 4, grain: day}}", [5.0] * 9, set()),
        ("{agg: sum, expr: amount, target: {value: 18, grain: month}}", [5.0] * 40, EASY),
        ("{agg: sum, expr: amount, target: {value: 22, grain: month}}", [5.0] * 40, set()),
    ],
)
def test_a_target_that_every_period_met_is_told(
    advised: Advised, focus: str, amounts: list[float], told: set[tuple[str, str]]
) -> None:
    assert advised(focus, amounts) == told


def test_targets_of_a_slice_are_left_alone(advised: Advised) -> None:
    focus = '{agg: sum, expr: amount, target: {value: 4, where: ["kind=a"]}}'
    assert advised(focus, [5.0] * 9) == set()


def test_the_same_finding_of_several_metrics_is_one_entry(
    run: Run, tmp_path: Path, small_store: SmallStore
) -> None:
    rows = [(f"{MONDAY + timedelta(weeks=place)} 10:00:00", None) for place in range(9)]
    small_store("at TEXT, amount REAL", rows)
    path = tmp_path / "t.yaml"
    path.write_text(
        TREE.replace("GRAIN", "week").replace("FOCUS", "{type: derived, expr: net / mean}")
    )
    ran = run("check", path, "--data")
    assert ran.code == 1
    assert ran.out.count("[no-data]") == 1
    assert "`net`, `mean` and `focus` have no value in any of 8 periods" in ran.out
