"""An error in what is said of a metric beside its computation is told, and the metric has its value."""

import json
from pathlib import Path
from typing import Any

import pytest

from metric_tui.definitions.metric import SIDE_KEYS
from tests.conftest import Run
from tests.small_tree import TREE, write_tree

SIMPLE = "{agg: sum, event: booked, expr: nights, components: bookings * nights_per_booking, unit: nights, owner: team@example.org, indicator: leading}"
ASKED = ("--start", "2026-06-01", "--end", "2026-06-21", "--no-rollup")
NIGHTS = [5, 11, 8]
"""Booked in the weeks of 1, 8 and 15 June, added up by hand."""

WRONG: dict[str, tuple[str, ...]] = {
    "influences": (
        "[nobody]",
        "[{metric: nobody}, bookings]",
        "[{metric: bookings, lag: soon}]",
        "[{metric: bookings, expect: sideways}]",
        "[{metric: bookings, confidence: 7}]",
        "[{metirc: bookings}]",
        "[[bookings]]",
        "{metric: bookings}",
        "7",
    ),
    "guardrails": ("[nobody]", "[{metric: bookings, max: wide}]", "[[bookings]]", "{a: b}", "[true]", "nobody"),
    "target": ("{value: many}", "many", "{by: 2026-12-31}", "{value: 7, by: soon}", "{value: 7, lower: 7}", "[7]"),
    "components": (
        "bookngs * nights_per_booking",
        "bookings *",
        "[bookings, nights_per_booking]",
        "{by bookings: bookings * nights_per_booking, by nobody: nobody + bookings}",
        "{by bookings: bookings * nights_per_booking, by error: bookings *}",
        "nights + cancelled",
    ),
    "owner": ("[a, b]", "{name: a}", "true"),
    "watchers": ("{a: b}", "[[a]]"),
    "unit": ("[nights]", "{a: b}"),
    "format": ("wide", "',.0x'", "[a]"),
    "direction": ("sideways", "[up]"),
    "indicator": ("middling",),
    "category": ("[a]", "{a: b}"),
    "label": ("[a]", "true"),
    "description": ("[a]",),
    "tags": ("{a: b}", "[[a]]"),
    "meta": ("text", "[a]"),
    "hidden": ("maybe",),
    "dimensions": ("[nowhere]", "{a: b}"),
}  # fmt: skip
"""Values that are wrong under each key of a metric that does not compute it."""

NOTES = (
    "annotations: [{date: soon, label: a}]",
    "annotations: [{date: 2026-06-03, label: a, metrics: [nobody]}]",
    "annotations: {a: b}",
    "objectives: [{objective: a, key_results: [{metric: nobody, to: 7}]}]",
    "objectives: [{objective: a, key_results: [{metric: gross, to: many}]}]",
    "objectives: [{objective: a, key_results: [{metric: gross, from: 7, to: 7}]}]",
    "objectives: 7",
    "scenarios: {a: {levers: [{metric: nobody, change: +10%}]}}",
    "scenarios: {a: {levers: [{metric: gross, change: wide}]}}",
)
"""Parts of the file that concern no metric's computation."""


def spoiled(key: str, value: str) -> str:
    """The small tree with a wrong value under one key of `gross`."""
    kept = {"agg": "sum", "event": "booked", "expr": "nights", "components": "bookings * nights_per_booking"}  # fmt: skip
    written = ", ".join(f"{word}: {said}" for word, said in {**kept, key: value}.items())
    assert SIMPLE in TREE
    return TREE.replace(SIMPLE, f"{{{written}}}")


CASES = [(key, value, spoiled(key, value)) for key, values in WRONG.items() for value in values]
FILES = [*((key, value, text) for key, value, text in CASES), *(("file", n, f"{TREE}{n}\n") for n in NOTES)]  # fmt: skip


def values_of(printed: str, metric: str) -> list[Any]:
    found = json.loads(printed)["metrics"]
    series = next(each["series"] for each in found if each["metric"] == metric)
    return [period["value"] for period in series]


def test_every_key_beside_the_computation_is_tried() -> None:
    assert set(WRONG) == SIDE_KEYS


@pytest.mark.parametrize(("key", "value", "text"), FILES, ids=[f"{k}: {v}" for k, v, _ in FILES])
def test_it_is_told_and_the_metric_is_computed(
    run: Run, tmp_path: Path, key: str, value: str, text: str
) -> None:
    tree = write_tree(tmp_path, text)
    checked = run("check", tree)
    assert checked.code == 2
    assert "error[" in checked.out
    shown = run("show", tree, "gross", *ASKED, "--format", "json")
    assert shown.code == 0, shown.err
    assert values_of(shown.out, "gross") == NIGHTS
    # what is computed from it works too: 5 - 1, 11 - 4, 8
    shown = run("show", tree, "nights", *ASKED, "--format", "json")
    assert values_of(shown.out, "nights") == [4, 7, 8]


@pytest.mark.parametrize(
    ("key", "value", "text"),
    [each for each in FILES if each[0] in ("components", "file") or each[1] == WRONG[each[0]][0]],
    ids=lambda found: found if len(found) < 100 else "",
)
def test_it_is_drawn_and_explained(
    run: Run, tmp_path: Path, key: str, value: str, text: str
) -> None:
    tree = write_tree(tmp_path, text)
    for output in ("tree", "table", "csv", "md", "json"):
        shown = run("show", tree, *ASKED, "--format", output)
        assert shown.code == 0, shown.err
        assert "--" not in shown.out.replace("---", "") or output == "md"
    explained = run("explain", tree, "gross", *ASKED[2:], "--grain", "week")
    assert explained.code == 0, explained.err
    assert explained.out.startswith("Gross  −3")  # 11 to 8
    supposed = run("what-if", tree, "--set", "cancelled=+10%", "--no-rollup")
    assert supposed.code == 0, supposed.err


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("{agg: sum,", "{agg: summ,"),
        ("expr: nights, components", "expr: nigths +, components"),
        ("event: booked, expr: nights, c", "event: {a: b}, expr: nights, c"),
        ("{agg: sum, event: booked, expr", "{agg: sum, filter: 'a +', event: booked, expr"),
        ("{agg: sum, event: booked, expr", "{agg: sum, source: nowhere, event: booked, expr"),
        ("{agg: sum, event: booked, expr", "{agg: sum, lable: Gross, event: booked, expr"),
    ],
)
def test_what_computes_it_stops_it(run: Run, tmp_path: Path, old: str, new: str) -> None:
    assert old in TREE
    tree = write_tree(tmp_path, TREE.replace(old, new, 1))
    shown = run("show", tree, "gross", *ASKED, "--format", "json")
    assert shown.code == 1
    assert values_of(shown.out, "gross") == [None, None, None]


def test_the_good_entries_beside_a_wrong_one_are_kept(run: Run, tmp_path: Path) -> None:
    wrong = "[{metric: nobody}, {metric: bookings, lag: soon}, {metric: bookers, lag: 0 days}]"
    tree = write_tree(tmp_path, spoiled("influences", wrong))
    checked = run("check", tree)
    assert [line for line in checked.out.splitlines() if line.startswith("error")] == [
        "error[unknown-metric]: no metric is named `nobody`",
        "error[bad-duration]: `soon` is not a duration such as `7 days` or `1 month`",
    ]
    shown = run("show", tree, "gross", "--tree", *ASKED)
    assert "at once" in shown.out or "Bookers" in shown.out


def test_children_of_a_view_with_an_unknown_name_stay_where_they_are(
    run: Run, tmp_path: Path
) -> None:
    sound = run("show", write_tree(tmp_path), *ASKED, "--format", "json")
    broken = tmp_path / "broken.yaml"
    broken.write_text(spoiled("components", "bookngs * nights_per_booking"), encoding="utf-8")
    shown = run("show", broken, *ASKED, "--format", "json")
    before = {each["metric"] for each in json.loads(sound.out)["metrics"]}
    after = {each["metric"] for each in json.loads(shown.out)["metrics"]}
    assert before - after == {"bookings", "bookers"}
    assert "nights_per_booking" in after
