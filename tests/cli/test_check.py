"""`metric-tui check`: formats, contract and exit codes."""

import json
from datetime import date
from pathlib import Path

import pytest

from metric_tui.ingest.bundled import bundled_trees
from tests.conftest import Run
from tests.small_tree import TREE, write_tree

PROBLEM_KEYS = [
    "code", "severity", "message", "hint", "line", "column", "end_line", "end_column", "metric",
]  # fmt: skip


@pytest.fixture
def bad_tree(tmp_path: Path) -> Path:
    return write_tree(tmp_path, TREE.replace("gross - cancelled", "gros - cancelled"))


def test_a_good_tree_is_fine(run: Run, tmp_path: Path) -> None:
    ran = run("check", write_tree(tmp_path))
    assert ran.code == 0
    assert ran.out.rstrip().endswith("fine")


def test_text_points_at_the_place(run: Run, bad_tree: Path) -> None:
    ran = run("check", bad_tree)
    assert ran.code == 2
    line = next(n for n, text in enumerate(TREE.splitlines(), 1) if "gross - cancelled" in text)
    assert "error[unknown-metric]: no metric is named `gros`" in ran.out
    assert f"nights.yaml:{line}:11" in ran.out
    assert "    expr: gros - cancelled" in ran.out
    assert "          ^^^^" in ran.out
    assert "= hint: did you mean `gross`?" in ran.out
    assert ran.err == "1 error, 0 warnings\n"


def test_json_holds_every_key_of_the_contract(run: Run, bad_tree: Path, tmp_path: Path) -> None:
    ran = run("check", bad_tree, tmp_path / "missing.yaml", "--format", "json")
    assert ran.code == 2
    document = json.loads(ran.out)
    assert list(document) == ["schema", "files", "errors", "warnings"]
    assert (document["schema"], document["errors"]) == ("metric-tui/check/1", 2)
    bad, missing = document["files"]
    assert bad["file"] == "nights.yaml"
    (problem,) = bad["problems"]
    assert list(problem) == PROBLEM_KEYS
    assert (problem["code"], problem["severity"]) == ("unknown-metric", "error")
    line = TREE.splitlines()[problem["line"] - 1].replace("gross -", "gros -")
    assert line[problem["column"] - 1 : problem["end_column"] - 1] == "gros"
    assert problem["metric"] == "nights"
    assert (missing["file"], missing["problems"][0]["line"]) == ("missing.yaml", None)


def test_github_gives_annotations(run: Run, bad_tree: Path) -> None:
    ran = run("check", bad_tree, "--format", "github")
    assert ran.code == 2
    (line,) = ran.out.splitlines()
    assert line.startswith(f"::error file={bad_tree},line=")
    assert ",title=unknown-metric::no metric is named `gros`" in line


def test_strict_fails_on_warnings(run: Run, tmp_path: Path) -> None:
    tree = write_tree(tmp_path, TREE.replace(", owner: team@example.org}", "}"))
    assert run("check", tree).code == 0
    assert run("check", tree, "--strict").code == 1


def test_columns_and_events_are_held_against_the_store(run: Run, tmp_path: Path) -> None:
    text = TREE.replace("event: booked, expr: nights", "event: bookd, expr: nigts")
    ran = run("check", write_tree(tmp_path, text))
    assert ran.code == 2
    assert "`nigts`" in ran.out
    assert "did you mean `nights`?" in ran.out
    assert "`bookd`" in ran.out


def test_a_store_that_cannot_be_read_is_a_warning_at_its_line(run: Run, tmp_path: Path) -> None:
    tree = write_tree(tmp_path)
    (tmp_path / "events.db").unlink()
    ran = run("check", tree, "--format", "json")
    assert ran.code == 0
    (problem,) = json.loads(ran.out)["files"][0]["problems"]
    assert (problem["severity"], problem["line"]) == ("warning", 3)
    assert "there is no store" in problem["message"]


def test_bundled_trees_are_fine_before_and_after_their_store_is_built(run: Run) -> None:
    for strict in ((), ("--strict",)):
        assert run("check", *bundled_trees(), *strict).code == 0
    assert run("demo", "dau", "--no-tui", "--events", 2000).code == 0
    assert run("check", *bundled_trees(), "--strict").code == 0


def test_data_proves_the_relations(run: Run, tmp_path: Path) -> None:
    assert run("check", write_tree(tmp_path), "--data").code == 0
    text = TREE.replace("bookings * nights_per_booking", "bookings * bookings")
    path = tmp_path / "open.yaml"
    path.write_text(text, encoding="utf-8")
    assert run("check", path).code == 0
    ran = run("check", path, "--data", "--format", "json")
    assert ran.code == 1
    codes = {problem["code"] for problem in json.loads(ran.out)["files"][0]["problems"]}
    assert "open-relation" in codes


WITHOUT_OWNERS = TREE.replace(", owner: team@example.org}", "}")


def test_the_same_advice_is_one_entry_for_people_and_builds_and_one_a_metric_for_programs(
    run: Run, tmp_path: Path
) -> None:
    tree = write_tree(tmp_path, WITHOUT_OWNERS)
    text = run("check", tree)
    assert text.out.count("[no-owner]") == 1
    assert "nobody answers for `cancelled` and `cancel_ratio`" in text.out
    assert text.err == "0 errors, 1 warning\n"
    (annotation,) = run("check", tree, "--format", "github").out.splitlines()
    assert "`cancelled` and `cancel_ratio`" in annotation
    document = json.loads(run("check", tree, "--format", "json").out)
    problems = document["files"][0]["problems"]
    assert [problem["metric"] for problem in problems] == ["cancelled", "cancel_ratio"]
    assert document["warnings"] == 2
    assert problems[0]["message"] == "nobody answers for `cancelled`"


def test_what_day_it_is_comes_from_the_command(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tree = write_tree(tmp_path)
    for day, is_past in ((date(2026, 12, 31), False), (date(2027, 1, 1), True)):
        monkeypatch.setattr("metric_tui.cli.clock.today", lambda day=day: day)
        assert ("[past-target]" in run("check", tree).out) is is_past


def test_warnings_from_the_store_are_silenced_too(run: Run, tmp_path: Path) -> None:
    broken = TREE.replace("event: cancelled", "event: canceled")
    assert "[dead-event]" in run("check", write_tree(tmp_path, broken)).out
    (tmp_path / "events.db").unlink()
    silent = run("check", write_tree(tmp_path, broken + "meta: {ignore: dead-event}\n"))
    assert "dead-event" not in silent.out
    (tmp_path / "events.db").unlink()
    tree = tmp_path / "nights.yaml"
    assert "[store-unread]" in run("check", tree).out
    tree.write_text(broken + "meta: {ignore: [store-unread]}\n", encoding="utf-8")
    assert "store-unread" not in run("check", tree).out
