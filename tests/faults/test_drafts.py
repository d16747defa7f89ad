"""Metrics that are only planned: they have their place and no value, and are no error anywhere."""

import json
from pathlib import Path

import pytest

from metric_tui.definitions.kinds.draft import Draft
from metric_tui.loading.load import load
from metric_tui.loading.schema import json_schema
from metric_tui.presentation.pieces import plain
from metric_tui.workspace import Workspace
from tests.conftest import Run
from tests.small_tree import TREE, write_tree
from tests.tui.stage import explorer

PLAN = """\
version: 1
name: Plan
metrics:
  revenue:
    label: Revenue
    owner: ana@example.org
    target: {value: 100, by: 2027-12-31, from: 2026-01-01, grain: month}
    components: buyers * basket
    influences: [{metric: speed, lag: 7 days}]
    guardrails: [complaints]
  buyers: {label: Who buys, owner: ana@example.org, description: they pay}
  basket: {}
  speed:
  complaints: {direction: down, unit: calls}
  margin: {type: derived, expr: revenue - basket}
tree: {focus: revenue}
"""
DRAFTS = ("revenue", "buyers", "basket", "speed", "complaints")


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    path = tmp_path / "plan.yaml"
    path.write_text(PLAN, encoding="utf-8")
    return path


def test_a_tree_of_drafts_needs_no_store_and_has_no_error(run: Run, plan: Path) -> None:
    for more in ((), ("--data",)):
        checked = run("check", plan, *more)
        assert checked.code == 0, checked.out
        assert "error" not in checked.out
        assert "not-computed" not in checked.out


@pytest.mark.parametrize("output", ["tree", "table", "csv", "md"])
def test_it_is_drawn_with_a_word(run: Run, plan: Path, output: str) -> None:
    shown = run("show", plan, "--format", output)
    assert (shown.code, shown.err) == (0, "")
    rows = [line for line in shown.out.splitlines() if "draft" in line]
    assert len(rows) >= len(DRAFTS)
    assert "--" not in shown.out or output == "md"
    if output != "csv":
        assert all("–" in row for row in rows)


def test_its_type_is_draft_in_json(run: Run, plan: Path) -> None:
    shown = run("show", plan, "--format", "json")
    found = {each["metric"]: each for each in json.loads(shown.out)["metrics"]}
    assert set(found) == set(DRAFTS)
    for each in found.values():
        assert (each["type"], each["value"], each["error"]) == ("draft", None, None)
        assert {period["value"] for period in each["series"]} == {None}
    assert found["buyers"]["edge"] == "components"
    assert found["speed"]["edge"] == "influences"
    assert found["complaints"]["edge"] == "guardrails"


def test_a_draft_that_is_named_is_no_failure(run: Run, plan: Path) -> None:
    assert run("show", plan, "revenue", "buyers").code == 0


def test_what_is_computed_from_a_draft_says_so(run: Run, plan: Path) -> None:
    shown = run("show", plan, "margin")
    assert shown.code == 1
    assert "--  needs `revenue`: it is a draft and has no value yet" in shown.out


@pytest.mark.parametrize("output", ["text", "md", "json"])
def test_there_is_nothing_to_explain(run: Run, plan: Path, output: str) -> None:
    told = run("explain", plan, "--format", output)
    assert (told.code, told.err) == (0, "")
    assert "draft" in told.out


def test_a_what_if_says_that_there_is_nothing_to_move(run: Run, plan: Path) -> None:
    told = run("what-if", plan, "--set", "buyers=100")
    assert "it is a draft and has no value yet" in told.err
    assert "Traceback" not in told.out + told.err


def test_other_commands_end_in_a_sentence(run: Run, plan: Path) -> None:
    assert run("refresh", plan).code == 0
    told = run("sql", plan, "revenue")
    assert "`revenue` is a draft and has no value yet" in told.err


INPUTS = {
    "derived": "{type: derived, expr: planned + gross}",
    "ratio": "{type: ratio, numerator: gross, denominator: planned}",
    "cumulative": "{type: cumulative, input_metric: planned, window: 7 days}",
    "lifecycle": "{type: lifecycle, input_metric: planned, state: new}",
    "conversion": "{type: conversion, base_metric: planned, conversion_metric: bookings}",
    "retention": "{type: retention, start: planned, return: booked}",
    "funnel": "{type: funnel, steps: [planned, booked]}",
}


@pytest.mark.parametrize("kind", INPUTS)
def test_every_kind_over_a_draft_gives_the_reason(run: Run, tmp_path: Path, kind: str) -> None:
    text = TREE.replace("metrics:\n", f"metrics:\n  planned: {{}}\n  over: {INPUTS[kind]}\n", 1)
    tree = write_tree(tmp_path, text)
    checked = run("check", tree, "--data")
    assert checked.code == 0, checked.out
    asked = ("--start", "2026-06-01", "--end", "2026-06-14")
    shown = run("show", tree, "over", "gross", *asked, "--format", "json")
    over, gross = json.loads(shown.out)["metrics"]
    assert over["error"] == "needs `planned`: it is a draft and has no value yet"
    assert [period["value"] for period in gross["series"]] == [5, 11]


def test_a_draft_among_measured_metrics_hangs_where_it_is_put(run: Run, tmp_path: Path) -> None:
    text = TREE.replace("  nights:\n", "  planned: {target: 5}\n  nights:\n    influences: [planned]\n", 1)  # fmt: skip
    tree = write_tree(tmp_path, text)
    asked = ("--start", "2026-06-08", "--end", "2026-06-14", "--grain", "week")
    shown = run("show", tree, *asked)
    assert shown.code == 0
    (row,) = [line for line in shown.out.splitlines() if "Planned" in line and "~" in line]
    assert "–" in row
    assert "draft" in row
    for filtered in (("--by", "platform"), ("--where", "platform=ios")):
        assert "draft" in run("show", tree, *asked, *filtered).out
    assert run("explain", tree, "nights", *asked).code == 0
    assert run("what-if", tree, "--set", "cancelled=+10%").code == 0


@pytest.mark.parametrize(
    ("written", "code", "hint"),
    [
        ("{aggg: count}", "unknown-key", "did you mean `agg`?"),
        ("{lable: Buyers}", "unknown-key", "did you mean `label`?"),
        ("{event: bought}", "missing-key", "write `agg: count` to count the event"),
        ("{expr: a + b}", "missing-key", "write `type: derived`"),
        ("{steps: [a, b]}", "missing-key", "write `type: funnel`"),
        ("7", "wrong-type", None),
    ],
)
def test_a_slip_makes_no_draft(written: str, code: str, hint: str | None) -> None:
    text = f"version: 1\nmetrics:\n  a: {written}\ntree: {{focus: a}}\n"
    (problem,) = load(text, name="t").errors
    assert problem.code == code
    assert hint is None or problem.hint == hint


@pytest.mark.parametrize("written", ["", "{}", "~", "{label: A}", "{owner: b, meta: {since: 1}}", "{dimensions: [x]}"])  # fmt: skip
def test_what_says_nothing_of_its_computation_is_a_draft(written: str) -> None:
    loaded = load(f"version: 1\nmetrics:\n  a: {written}\ntree: {{focus: a}}\n", name="t")
    assert loaded.errors == ()
    assert isinstance(loaded.require_tree().metrics["a"], Draft)


def test_a_tree_that_reads_rows_still_needs_a_store(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "plan.yaml"
    source = "metrics:\n  buys: {agg: count}\n"
    text = f"sources: {{e: {{table: e, agg_time_dimension: at}}}}\n{source}"
    path.write_text(PLAN.replace("metrics:\n", text, 1), encoding="utf-8")
    shown = run("show", path)
    assert shown.code == 3
    assert "the tree names no store" in shown.err


def test_the_schema_knows_drafts() -> None:
    schema = json_schema()
    assert "draft metric" in schema["definitions"]
    assert schema["definitions"]["draft metric"]["additionalProperties"] is False
    assert "required" not in schema["definitions"]["draft metric"]


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_the_explorer_draws_drafts(plan: Path, size: tuple[int, int]) -> None:
    async with explorer(Workspace.open(plan), size) as stage:
        rows = [row for row in stage.tree() if "draft" in row]
        assert len(rows) == len(DRAFTS)
        assert all("–" in row for row in rows)
        assert "– draft" in "\n".join(stage.card())
        await stage.press("m")
        boxes = "\n".join(map(plain, stage.main.tree_map._lines))
        assert boxes.count("– draft") == len(DRAFTS)
