"""Until when data is trusted: what the file or `--as-of` says, else the last event."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Run

ROWS = [
    ("2025-01-06T09:00:30Z", "a", 1),
    ("2025-01-07T09:00:00Z", "a", 2),
    ("2025-01-14T09:00:00Z", "b", 3),
    ("2025-02-20T09:00:00Z", "b", 4),
]
TREE = """
version: 1
store: events.db
settings: {{grain: week, watermark: {watermark}}}
sources:
  a: {{table: events, agg_time_dimension: at, entities: {{user: user}}, filter: "event = 'a'"}}
  b: {{table: events, agg_time_dimension: at, entities: {{user: user}}, filter: "event = 'b'"}}
metrics:
  a: {{source: a, agg: count}}
  people: {{source: a, agg: count_distinct, expr: user}}
  mean: {{source: a, agg: average, expr: user}}
  b: {{source: b, agg: count}}
tree: {{focus: b}}
"""
RANGE = ("--start", "2025-01-06", "--end", "2025-02-23")

Shown = Callable[..., dict[str, dict[str, Any]]]


@pytest.fixture
def shown(tmp_path: Path, small_store: Callable[..., Path], run: Run) -> Shown:
    """By metric and week, the period of the JSON."""
    small_store("at TEXT, event TEXT, user INTEGER", ROWS)

    def ask(*words: object, watermark: str = "auto") -> dict[str, dict[str, Any]]:
        tree = tmp_path / "tree.yaml"
        tree.write_text(TREE.format(watermark=watermark))
        done = run("show", tree, "a", "people", "mean", "b", *words, "--format", "json")
        assert done.code == 0, done.err
        return {
            metric["metric"]: {entry["period"]: entry for entry in metric["series"]}
            for metric in json.loads(done.out)["metrics"]
        }

    return ask


def test_a_source_that_stopped_is_stale_where_nobody_says_until_when(shown: Shown) -> None:
    last = shown(*RANGE)["a"]["2025-02-17"]
    assert (last["value"], "stale" in last["notes"]) == (None, True)


@pytest.mark.parametrize(
    ("words", "watermark"),
    [((), "2025-02-23"), ((), "2025-02-23T23:59:59Z"), (("--as-of", "2025-02-23"), "auto")],
)
def test_it_has_zeros_up_to_a_watermark_that_is_given(
    shown: Shown, words: tuple[str, ...], watermark: str
) -> None:
    found = shown(*RANGE, *words, watermark=watermark)
    for name in ("a", "people"):
        assert [entry["value"] for entry in found[name].values()] == [2, 0, 0, 0, 0, 0, 0]
    assert all(entry["notes"] == [] for entry in found["a"].values())
    assert found["b"]["2025-02-17"]["value"] == 1


def test_a_mean_of_nothing_stays_null(shown: Shown) -> None:
    found = shown(*RANGE, watermark="2025-02-23")["mean"]
    assert [entry["value"] for entry in found.values()] == [1.5, *[None] * 6]


def test_nothing_is_reported_after_it(shown: Shown) -> None:
    found = shown("--start", "2025-01-06", "--end", "2025-02-23", watermark="2025-01-19")
    assert [entry["value"] for entry in found["a"].values()] == [2, 0, *[None] * 5]
    assert [entry["value"] for entry in found["b"].values()][2:] == [None] * 5


def test_as_of_a_day_after_the_last_event_completes_its_week(shown: Shown) -> None:
    running = shown("--last", "1")["b"]
    assert list(running) == ["2025-02-10"]
    assert list(shown("--last", "1", "--as-of", "2025-02-23")["b"]) == ["2025-02-17"]
