"""`metric-tui show` for people tells what is unusual, what left its limits, and what happened."""

import json
import sqlite3
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from metric_tui.workspace import judging
from tests.conftest import Run

FIRST, LAST = date(2026, 3, 1), date(2026, 6, 28)
SPIKE = date(2026, 6, 20)

TREE = """\
version: 1
name: Shop
store: events.db
settings: {timezone: UTC, grain: day}
sources:
  events: {table: events, agg_time_dimension: happened, event_column: event}
metrics:
  orders: {agg: count, event: order, components: web + app, target: {value: 12, by: 2026-12-31, grain: day}}
  web: {agg: count, event: order, filter: "place = 'web'"}
  app: {agg: count, event: order, filter: "place = 'app'"}
tree: {focus: orders}
annotations:
  - {date: 2026-06-20, label: Flash sale, metrics: [web]}
  - {date: 2026-06-22, label: New prices}
  - {date: 2026-03-02, label: Long before}
"""


def orders_of(day: date) -> tuple[int, int]:
    """Orders on the web and in the app: 6 or 7 and 4, on two days far more on the web."""
    web = 6 + (day - FIRST).days * 3 % 2
    return (40 if day in (SPIKE, LAST) else web), 4


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    days = [FIRST + timedelta(days=each) for each in range((LAST - FIRST).days + 1)]
    rows = [
        (f"{day}T{hour % 24:02d}:00:00Z", "order", place)
        for day in days
        for place, count in zip(("web", "app"), orders_of(day), strict=True)
        for hour in range(count)
    ]
    # the day after is running, so that the last one is over
    rows.append((f"{LAST + timedelta(days=1)}T01:00:00Z", "order", "web"))
    with closing(sqlite3.connect(tmp_path / "events.db")) as store, store:
        store.execute("CREATE TABLE events (happened TEXT, event TEXT, place TEXT)")
        store.executemany("INSERT INTO events VALUES (?, ?, ?)", rows)
    path = tmp_path / "shop.yaml"
    path.write_text(TREE, encoding="utf-8")
    return path


def row_of(text: str, label: str) -> str:
    return next(line for line in text.splitlines() if line.lstrip(" ▾=").startswith(label))


def marks(row: str) -> dict[int, str]:
    """The signs of a row's sparkline by their place in it."""
    (line,) = (word for word in row.split() if len(word) == 14)
    return {place: sign for place, sign in enumerate(line) if sign in "▲▼◆"}


TOLD = (
    "▲ Web: unusual Sat 20 Jun 2026, Sun 28 Jun 2026",
    "◆ 20 Jun 2026 Flash sale (Web)",
    "◆ 22 Jun 2026 New prices",
)


def unusual(run: Run, tree: Path, *arguments: object) -> dict[str, Any]:
    """What `show --format json` says is unusual, by metric."""
    ran = run("show", tree, *arguments, "--format", "json")
    assert (ran.code, ran.err) == (0, "")
    return {each["metric"]: each["unusual"] for each in json.loads(ran.out)["metrics"]}


def test_json_holds_the_same_periods(run: Run, tree: Path) -> None:
    found = unusual(run, tree, "--last", 14)
    assert [(flag["period"], flag["direction"]) for flag in found["web"]] == [
        ("2026-06-20", "above"),
        ("2026-06-28", "above"),
    ]
    for flag in found["web"]:
        assert list(flag) == ["period", "direction", "score", "strong", "level_shift"]
        assert flag["score"] > 3.5
        assert (flag["strong"], flag["level_shift"]) in ((True, False), (False, False))
    # the first of two is the largest so far
    assert found["web"][0]["strong"]
    assert found["app"] == []


def test_json_says_where_nobody_looked(
    run: Run, tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert set(unusual(run, tree, "--grain", "total").values()) == {None}
    assert set(unusual(run, tree, "--grain", "hour", "--last", 5).values()) == {None}
    monkeypatch.setattr(judging, "SMALL_BYTES", 0)
    assert set(unusual(run, tree, "--last", 14).values()) == {None}
    assert len(unusual(run, tree, "--last", 14, "--unusual")["web"]) == 2
    # it is known now
    assert len(unusual(run, tree, "--last", 14)["web"]) == 2


def test_a_series_that_never_moved_has_no_score_for_its_first_move(run: Run, tree: Path) -> None:
    with closing(sqlite3.connect(tree.parent / "events.db")) as store, store:
        store.execute("INSERT INTO events VALUES (?, 'order', 'app')", (f"{SPIKE}T23:00:00Z",))
    (flag,) = unusual(run, tree, "--last", 14)["app"]
    assert (flag["period"], flag["direction"], flag["score"]) == (str(SPIKE), "above", None)


def test_csv_has_no_place_for_it(run: Run, tree: Path) -> None:
    ran = run("show", tree, "--unusual", "--format", "csv")
    assert (ran.code, ran.out) == (2, "")
    assert "hint: leave --unusual out" in ran.err


@pytest.mark.parametrize("output", ["tree", "table", "md"])
def test_every_format_for_people_tells_what_is_unusual_and_what_happened(
    run: Run, tree: Path, output: str
) -> None:
    ran = run("show", tree, "--last", 14, "--format", output)
    assert (ran.code, ran.err) == (0, "")
    for told in TOLD:
        assert told in ran.out.replace("\\", "")
    assert "Long before" not in ran.out
    # each target stands once: in Markdown in a table of its own
    assert ("Orders: target 12 each day" in ran.out) == (output != "md")
    assert ("| Orders | 12 each day |" in ran.out) == (output == "md")
    assert "App: unusual" not in ran.out


@pytest.mark.parametrize("output", ["tree", "table"])
def test_notes_are_broken_at_the_width_of_the_terminal(
    run: Run, tree: Path, monkeypatch: pytest.MonkeyPatch, output: str
) -> None:
    long = "  - {date: 2026-06-20, label: " + "word " * 30 + "}\n"
    tree.write_text(TREE + long, encoding="utf-8")
    for cells in (None, 40):
        if cells:
            monkeypatch.setattr("metric_tui.cli.show.terminal_cells", lambda: 40)
        text = run("show", tree, "--last", 14, "--format", output).out
        notes = text.split("\n\n")[-1].splitlines()
        # where there is no terminal, a line is as long as that of other commands
        assert max(map(len, notes)) <= (cells or 100)
        assert "▲ Web: unusual Sat 20 Jun 2026, Sun 28 Jun 2026" in " ".join(text.split())
        assert "  word word" in text
        assert all(row[:1] in "▲▼◆✓✗◌" or row.startswith("  ") for row in notes)
    markdown = run("show", tree, "--last", 14, "--format", "md").out
    assert "word " * 29 in markdown


def test_in_the_tree_the_signs_stand_at_their_days(run: Run, tree: Path) -> None:
    text = run("show", tree, "--last", 14).out
    web, app = row_of(text, "Web"), row_of(text, "App")
    # 15 to 28 June: the spike comes before the sale of its day
    assert marks(web) == {5: "▲", 13: "▲"}
    assert marks(app) == {}
    # what names no metric stands on the top row alone
    assert marks(row_of(text, "Orders")) == {5: "▲", 7: "◆", 13: "▲"}


def test_a_single_metric_has_its_limits_status_and_marks(run: Run, tree: Path) -> None:
    text = run("show", tree, "orders", "--last", 9).out
    head = "metric value compared change status natural limits"
    assert row_of(text, "metric").split() == head.split()
    assert "New prices" in text
    assert "Flash sale" not in text
    assert "Orders: target 12 each day" in text


def test_limits_are_of_the_periods_before_the_last(run: Run, tree: Path) -> None:
    days = [orders_of(LAST - timedelta(days=back))[0] for back in range(7, 0, -1)]
    assert sorted(set(days)) == [6, 7]
    mean = sum(days) / len(days)
    # one day to the next it is always one more or one less
    limits = f"{mean - 2.66:.2f} to {mean + 2.66:.2f}"
    text = run("show", tree, "web", "--last", 8).out
    assert f"▲ {limits}" in row_of(text, "Web")
    assert f"above its natural limits, {limits}" in text
    # the app sells the same every day
    assert "4 to 4" in row_of(run("show", tree, "app", "--last", 8).out, "App")


def test_without_unicode_every_sign_is_ascii(run: Run, tree: Path) -> None:
    text = run("show", tree, "--last", 14, "--ascii").out
    assert text.isascii()
    assert "^ Web: unusual Sat 20 Jun 2026" in text
    assert "* 22 Jun 2026 New prices" in text


def test_a_large_store_is_read_for_it_from_rollups_or_where_that_is_asked_for(
    run: Run, tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(judging, "SMALL_BYTES", 0)
    before = run("show", tree, "--last", 14)
    assert (before.code, before.err) == (0, "")
    assert "unusual" not in before.out
    assert TOLD[2] in before.out
    assert TOLD[0] in run("show", tree, "--last", 14, "--unusual", "--no-rollup").out
    assert TOLD[0] not in run("show", tree, "--last", 14, "--no-rollup").out
    assert TOLD[0] in run("show", tree, "--last", 14, "--unusual").out
    # it is known now
    assert TOLD[0] in run("show", tree, "--last", 14).out
    assert run("refresh", tree).code == 0
    assert TOLD[0] in run("show", tree, "--last", 13).out
