"""A share that leaves 0 to 100 % in the data is a finding; what is no share is none."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from metric_tui.analysis.share_checks import is_share
from metric_tui.loading.load import load
from tests.conftest import Run

HEAD = """\
version: 1
name: Shop
store: events.db
settings: {timezone: UTC, grain: week}
sources:
  events: {table: events, agg_time_dimension: happened, event_column: event, entities: {user: user_id}}
metrics:
  users: {agg: count_distinct, event: open, owner: a, influences: [m], guardrails: [opens]}
  opens: {agg: count, event: open, owner: a}
  web: {agg: count, event: open, filter: user_id < 2, owner: a}
  recent: {type: cumulative, input_metric: users, window: 2 days, owner: a}
"""
TAIL = "tree: {focus: users}\n"

ROWS = (
    # week of 1 June: three people on Monday, one of them on Sunday again
    ("2026-06-01T09:00:00Z", "open", 0),
    ("2026-06-01T10:00:00Z", "open", 1),
    ("2026-06-01T11:00:00Z", "open", 2),
    ("2026-06-07T09:00:00Z", "open", 2),
    # week of 8 June: two people, both on Sunday
    ("2026-06-14T09:00:00Z", "open", 0),
    ("2026-06-14T10:00:00Z", "open", 1),
    ("2026-06-15T09:00:00Z", "open", 1),
)


def findings(run: Run, path: Path, metric: str) -> list[tuple[str, str]]:
    """What `check --data` says of the metric `m`."""
    with closing(sqlite3.connect(path / "events.db")) as store, store:
        store.execute("CREATE TABLE IF NOT EXISTS events (happened TEXT, event TEXT, user_id INT)")
        store.execute("DELETE FROM events")
        store.executemany("INSERT INTO events VALUES (?, ?, ?)", ROWS)
    tree = path / "shop.yaml"
    tree.write_text(f"{HEAD}  m: {metric}\n{TAIL}", encoding="utf-8")
    found = json.loads(run("check", tree, "--data", "--format", "json").out)
    problems = found["files"][0]["problems"]
    return [(each["code"], each["message"]) for each in problems if each["metric"] == "m"]


@pytest.mark.parametrize(
    ("metric", "message"),
    [
        # three people of the first week over one of its last two days
        (
            "{type: ratio, numerator: users, denominator: recent, unit: percent, owner: a}",
            "`m` is a share, but outside 0 to 100 % in 1 of 2 periods, 300.0% in 2026-06-01",
        ),
        (
            "{type: derived, expr: users / recent, components: [], unit: percent, owner: a}",
            "`m` is a share, but outside 0 to 100 % in 1 of 2 periods, 300.0% in 2026-06-01",
        ),
        # the other share of 3 / 1
        (
            "{type: derived, expr: 1 - users / recent, components: [], unit: percent, owner: a}",
            "`m` is a share, but outside 0 to 100 % in 1 of 2 periods, -200.0% in 2026-06-01",
        ),
    ],
)
def test_a_share_beyond_its_whole_is_told(
    run: Run, tmp_path: Path, metric: str, message: str
) -> None:
    assert findings(run, tmp_path, metric) == [("share-beyond", message)]


@pytest.mark.parametrize(
    "metric",
    [
        "{type: ratio, numerator: web, denominator: opens, unit: percent, owner: a}",
        "{type: ratio, numerator: {metric: opens, filter: user_id < 2}, denominator: opens, owner: a}",
        # an amount each, and growth: neither is a share
        "{type: ratio, numerator: users, denominator: recent, owner: a}",
        "{type: derived, expr: users / recent - 1, components: [], unit: percent, owner: a}",
        "{type: derived, expr: (recent - users) / recent, components: [], unit: percent, owner: a}",
    ],
)
def test_what_is_within_or_no_share_is_not(run: Run, tmp_path: Path, metric: str) -> None:
    assert findings(run, tmp_path, metric) == []


def test_a_part_of_a_metric_is_a_share_without_a_unit() -> None:
    text = f"{HEAD}  m: {{type: ratio, numerator: {{metric: opens, filter: user_id < 2}}, denominator: opens}}\n{TAIL}"
    metrics = load(text, name="a").require_tree().metrics
    assert is_share(metrics["m"])
    assert not is_share(metrics["opens"])
