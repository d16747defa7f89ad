"""`metric-tui show` over twelve events; what is expected is added up by hand in small_tree."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Run
from tests.small_tree import TREE, write_tree

METRIC_KEYS = [
    "metric", "label", "level", "parents", "edge", "type", "unit", "category",
    "indicator", "owner", "tags", "value", "comparison", "change",
    "change_ratio", "status", "guardrail", "target", "limits", "unusual", "notes", "series", "segments", "not_sliced",
    "identity", "error",
]  # fmt: skip


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    return write_tree(tmp_path)


@pytest.fixture
def shown(run: Run, tree: Path) -> Any:
    """Runs `show` with JSON and gives the document."""

    def document(*arguments: object) -> dict[str, Any]:
        ran = run("show", tree, *arguments, "--format", "json")
        assert ran.code == 0, ran.err
        found: dict[str, Any] = json.loads(ran.out)
        return found

    return document


def series(document: dict[str, Any], metric: str) -> dict[str, float | None]:
    (found,) = [entry for entry in document["metrics"] if entry["metric"] == metric]
    return {point["period"]: point["value"] for point in found["series"]}


def test_json_holds_every_key_of_the_contract(shown: Any) -> None:
    document = shown("--last", 1, "--by", "platform")
    assert list(document) == ["schema", "tree", "question", "watermark", "metrics"]
    assert document["schema"] == "metric-tui/show/1"
    assert document["tree"] == {"name": "Nights", "file": "nights.yaml", "focus": "nights"}
    assert document["question"] == {
        "grain": "week",
        "start": "2026-06-15",
        "end": "2026-06-21",
        "as_of": None,
        "compare": "previous",
        "where": [],
        "by": ["platform"],
    }
    assert document["watermark"] == "2026-06-24T12:00:00+01:00"
    focus = document["metrics"][0]
    assert list(focus) == METRIC_KEYS
    assert (focus["level"], focus["parents"], focus["edge"]) == (0, [], None)
    assert (focus["value"], focus["comparison"], focus["change"]) == (8.0, 7.0, 1.0)
    assert focus["change_ratio"] == 1 / 7
    assert {"value", "by", "pace", "projected", "required_growth"} <= focus["target"].keys()
    assert focus["series"] == [{"period": "2026-06-15", "value": 8.0, "notes": []}]
    assert focus["identity"] == [
        {"view": "default", "formula": "gross - cancelled", "computed": 8.0, "residual": 0.0}
    ]
    for segment in focus["segments"]:
        assert list(segment) == ["where", "value", "comparison", "series"]


def test_natural_limits_stand_beside_a_metric_with_enough_periods(tmp_path: Path, run: Run) -> None:
    tree = write_tree(tmp_path)
    week = run("show", tree, "nights", "--last", 3, "--format", "json")
    assert json.loads(week.out)["metrics"][0]["limits"] is None
    days = run(
        "show", tree, "gross", "--grain", "day", "--start", "2026-06-09", "--end", "2026-06-17",
        "--format", "json",
    )  # fmt: skip
    # 8 days before the last: 7 nights on the first, 2 on the seventh, none on the others
    reach = 2.66 * (7 + 2 + 2) / 7
    limits = json.loads(days.out)["metrics"][0]["limits"]
    assert limits == pytest.approx(
        {"lower": 0.0, "mean": 9 / 8, "upper": 9 / 8 + reach, "periods": 8, "last": "above"}
    )


def test_metrics_come_in_tree_order_without_the_hidden_ones(shown: Any) -> None:
    names = [entry["metric"] for entry in shown()["metrics"]]
    assert names == [
        "nights", "gross", "bookings", "bookers", "nights_per_booking", "cancelled", "cancel_ratio",
    ]  # fmt: skip


def test_edges_are_named_by_kind(shown: Any) -> None:
    edges = {entry["metric"]: (entry["edge"], entry["level"]) for entry in shown()["metrics"]}
    assert edges["gross"] == ("components", 1)
    assert edges["cancel_ratio"] == ("guardrails", 1)
    assert edges["bookers"] == ("influences", 3)


def test_a_hidden_metric_is_shown_when_it_is_named(shown: Any) -> None:
    assert series(shown("secret", "--last", 1), "secret") == {"2026-06-15": 2.0}


def test_weeks_are_local_weeks(shown: Any) -> None:
    document = shown("--start", "2026-06-03", "--end", "2026-06-16")
    assert series(document, "nights") == {"2026-06-01": 4.0, "2026-06-08": 7.0, "2026-06-15": 8.0}
    assert series(document, "bookers")["2026-06-15"] == 2.0


def test_the_running_week_is_added_on_request_and_marked(shown: Any) -> None:
    assert "2026-06-22" not in series(shown("--last", 2), "nights")
    (focus,) = shown("nights", "--last", 2, "--running")["metrics"]
    assert focus["series"][-1] == {"period": "2026-06-22", "value": 8.0, "notes": ["partial"]}
    assert focus["notes"] == ["partial"]
    # up to Wednesday noon of the week before: nights 2, the 6 of Wednesday 11:00 Lisbon included
    assert focus["comparison"] == 8.0


def test_a_running_period_is_compared_with_the_same_elapsed_part(shown: Any) -> None:
    (focus,) = shown("gross", "--as-of", "2026-06-09", "--last", 1, "--running")["metrics"]
    assert focus["series"][-1]["value"] == 4.0 + 2.0 + 5.0
    # of the week before the first two days count: 3 and 2 nights
    assert focus["comparison"] == 5.0


def test_as_of_looks_at_the_data_as_if_it_ended_then(shown: Any) -> None:
    document = shown("gross", "--as-of", "2026-06-14")
    assert document["question"]["end"] == "2026-06-14"
    assert document["question"]["as_of"] == "2026-06-14"
    assert series(document, "gross")["2026-06-08"] == 11.0


@pytest.mark.parametrize(
    ("grain", "periods"),
    [
        ("day", {"2026-06-08": 4.0, "2026-06-09": 7.0}),
        ("week", {"2026-06-08": 11.0}),
        ("month", {"2026-06-01": 32.0}),
        ("quarter", {"2026-04-01": 32.0}),
        ("year", {"2026-01-01": 32.0}),
        ("total", {"2026-06-08": 11.0}),
    ],
)
def test_every_grain_counts_anew(shown: Any, grain: str, periods: dict[str, float]) -> None:
    dates = ("--start", "2026-06-08", "--end", "2026-06-09")
    assert series(shown("gross", *dates, "--grain", grain), "gross") == periods


def test_hours_are_named_with_their_offset(shown: Any) -> None:
    document = shown("gross", "--start", "2026-06-09", "--end", "2026-06-09", "--grain", "hour")
    found = series(document, "gross")
    assert len(found) == 24
    assert found["2026-06-09T11:00+01:00"] == 2.0
    assert found["2026-06-09T12:00+01:00"] == 5.0
    assert sum(value or 0 for value in found.values()) == 7.0


@pytest.mark.parametrize(
    ("compare", "expected"),
    [("previous", 11.0), ("year_ago", None), ("none", None), ("2026-06-01..2026-06-09", 11.0)],
)
def test_every_comparison(shown: Any, compare: str, expected: float | None) -> None:
    document = shown("gross", "--last", 1, "--compare", compare)
    assert document["question"]["compare"] == compare
    assert document["metrics"][0]["comparison"] == expected


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        (["platform=ios"], {"2026-06-08": 9.0, "2026-06-15": 2.0}),
        (["platform!=ios"], {"2026-06-08": 0.0, "2026-06-15": 6.0}),
        (["platform="], {"2026-06-08": 2.0, "2026-06-15": 0.0}),
        (["platform!="], {"2026-06-08": 9.0, "2026-06-15": 8.0}),
        (["platform=ios", "platform=web"], {"2026-06-08": 9.0, "2026-06-15": 8.0}),
    ],
)
def test_filters_choose_rows(shown: Any, where: list[str], expected: dict[str, float]) -> None:
    options = [word for text in where for word in ("--where", text)]
    document = shown("gross", "--last", 2, *options)
    assert document["question"]["where"] == where
    assert series(document, "gross") == expected


def test_null_is_a_segment_of_its_own_and_comes_last(shown: Any) -> None:
    (gross,) = shown("gross", "--start", "2026-06-08", "--end", "2026-06-28", "--by", "platform")[
        "metrics"
    ]
    assert [segment["where"]["platform"] for segment in gross["segments"]] == [
        "=SUM(A1)", "ios", "web", None,
    ]  # fmt: skip
    assert [point["value"] for point in gross["segments"][-1]["series"]] == [2.0, 0.0, 0.0]


def test_named_metrics_come_alone_or_with_what_is_below(shown: Any) -> None:
    alone = shown("gross", "cancelled")["metrics"]
    assert [entry["metric"] for entry in alone] == ["gross", "cancelled"]
    below = shown("gross", "--tree")["metrics"]
    assert [entry["metric"] for entry in below] == [
        "gross", "bookings", "bookers", "nights_per_booking",
    ]  # fmt: skip


def test_depth_cuts_the_tree(shown: Any) -> None:
    names = [entry["metric"] for entry in shown("--depth", 1)["metrics"]]
    assert names == ["nights", "gross", "cancelled", "cancel_ratio"]


def test_depth_cuts_the_printed_tree_too(run: Run, tree: Path) -> None:
    lines = run("show", tree, "--depth", 1, "--ascii").out.splitlines()
    places = {
        word: line.index(word) for line in lines[1:] for word in ("Nights", "Gross") if word in line
    }
    assert places["Gross"] > places["Nights"]
    assert not any("Bookings" in line for line in lines)


def test_another_store_may_stand_in(run: Run, tree: Path, tmp_path: Path) -> None:
    (tmp_path / "moved").mkdir()
    moved = (tmp_path / "events.db").rename(tmp_path / "moved" / "other.db")
    assert run("show", tree).code == 3
    assert run("show", tree, "--store", moved).code == 0


def test_csv_has_a_row_for_every_metric_segment_and_period(run: Run, tree: Path) -> None:
    ran = run(
        "show", tree, "gross", "--last", 1, "--running", "--by", "platform", "--format", "csv"
    )
    rows = list(csv.DictReader(io.StringIO(ran.out)))
    assert list(rows[0]) == [
        "metric", "period", "end", "platform", "value", "comparison", "notes", "error",
    ]  # fmt: skip
    found = {(row["period"], row["platform"]): row["value"] for row in rows}
    assert found["2026-06-15", "ios"] == "2"
    assert found["2026-06-22", "ios"] == "5"
    # a spreadsheet would compute a cell that begins like a formula
    assert found["2026-06-22", "'=SUM(A1)"] == "3"


@pytest.mark.parametrize("output", ["tree", "table", "md"])
def test_every_format_for_people_names_each_metric(run: Run, tree: Path, output: str) -> None:
    ran = run("show", tree, "--last", 3, "--format", output)
    assert ran.code == 0
    for title in ("Nights booked", "Gross", "Cancelled", "Bookings", "Cancel ratio"):
        assert title in ran.out
    assert "+14%" in ran.out


OBJECTIVES = """\
objectives:
  - objective: Fewer cancellations
    key_results: [{metric: cancelled, from: 4, to: 0, by: 2026-12-31, grain: week}]
"""


def test_markdown_has_the_targets_and_key_results_of_the_metrics_shown(
    run: Run, tmp_path: Path
) -> None:
    tree = write_tree(tmp_path, TREE + OBJECTIVES)
    whole = run("show", tree, "--format", "md").out
    # the running week of Monday 22 June has 1 + 3 nights up to Tuesday, the last complete day
    assert "| Nights booked | 40 each week | 22–28 Jun 2026 | 4 |" in whole
    # nothing was cancelled in the last week
    assert "| Cancelled | 4 | 0 | 0 | 31 Dec 2026 | 100% | ✓ met |" in whole
    assert whole.index("## Targets") < whole.index("## Fewer cancellations")
    gross = run("show", tree, "gross", "--format", "md").out
    assert "## " not in gross
    cancelled = run("show", tree, "cancelled", "--format", "md").out
    assert "## Targets" not in cancelled
    assert "## Fewer cancellations" in cancelled


def test_ascii_marks_are_ascii(run: Run, tree: Path) -> None:
    for more in ((), ("--where", "platform!=ios"), ("bookings", "--by", "platform")):
        assert run("show", tree, *more, "--ascii").out.isascii()


def test_a_metric_that_was_asked_for_and_failed_gives_exit_code_1(run: Run, tmp_path: Path) -> None:
    tree = write_tree(tmp_path, TREE.replace("expr: nights, direction", "expr: weight, direction"))
    whole = run("show", tree, "--format", "json")
    assert whole.code == 0
    found = {entry["metric"]: entry for entry in json.loads(whole.out)["metrics"]}
    assert found["cancelled"]["error"] == "source `events` has no column `weight`"
    assert found["nights"]["error"] == "needs `cancelled`: source `events` has no column `weight`"
    assert found["nights"]["value"] is None
    assert found["gross"]["value"] == 8.0
    asked = run("show", tree, "gross", "nights")
    assert asked.code == 1
    assert "Gross" in asked.out
    assert "no column `weight`" in asked.out
    assert run("show", tree, "gross").code == 0


def test_a_dimension_that_no_metric_has_is_one_error(run: Run, tree: Path) -> None:
    for option in ("--by", "--where"):
        ran = run("show", tree, option, "platfrm" if option == "--by" else "platfrm=ios")
        assert (ran.code, ran.out) == (1, "")
        assert "no dimension `platfrm`" in ran.err
        assert "platform" in ran.err


def test_a_range_without_events_is_said_on_stderr(run: Run, tree: Path) -> None:
    ran = run("show", tree, "--start", "2027-01-04", "--end", "2027-01-10", "--format", "json")
    assert ran.code == 0
    assert {entry["value"] for entry in json.loads(ran.out)["metrics"]} == {None}
    assert "no events" in ran.err
    assert "2026-06-24" in ran.err
    assert run("show", tree).err == ""


def test_json_says_what_is_declared_of_a_metric(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "draft.yaml"
    path.write_text(
        "version: 1\nmetrics:\n  back: {category: retention, indicator: leading, owner: ana@example.org,"
        " tags: [weekly]}\ntree: {focus: back}\n"
    )
    ran = run("show", path, "--format", "json")
    (metric,) = json.loads(ran.out)["metrics"]
    assert [metric[key] for key in ("category", "indicator", "owner", "tags", "level")] == [
        "retention", "leading", "ana@example.org", ["weekly"], 0,
    ]  # fmt: skip
