"""What is asked for is done, or refused with a sentence: contradictions, slips, ranges without data."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.conftest import Run
from tests.small_tree import TREE, write_tree


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    return write_tree(tmp_path)


QUESTIONS: dict[str, tuple[str, ...]] = {
    "show": (),
    "explain": (),
    "what-if": ("--set", "bookings=+10%"),
    "sql": ("nights",),
    "events": ("nights",),
}


@pytest.mark.parametrize("command", QUESTIONS)
@pytest.mark.parametrize(
    "when",
    [
        ["--start", "2010-01-01", "--end", "2010-01-31"],
        ["--start", "2030-01-01", "--end", "2030-01-31"],
        ["--as-of", "2001-01-01"],
        ["--start", "2030-01-01", "--end", "2030-01-31", "--no-rollup"],
    ],
)
def test_a_range_without_data_is_answered_and_said(
    run: Run, tree: Path, command: str, when: list[str]
) -> None:
    ran = run(command, tree, *QUESTIONS[command], *when)
    # a change or a what-if of nothing has no answer; the rest prints that there is nothing
    assert ran.code == (1 if command in ("explain", "what-if") else 0)
    told = {
        "show": "no events to measure",
        "explain": "it has no value in the",
        "what-if": "has no value to change",
        "sql": "",
        "events": "the data ends on 2026-06-24",
    }
    assert told[command] in ran.out + ran.err


def test_sql_of_a_range_after_the_data_says_so(run: Run, tree: Path) -> None:
    out = run("sql", tree, "nights", "--start", "2030-01-01", "--end", "2030-01-31").out
    assert "the range lies after the data" in out
    assert "SELECT" not in out


@pytest.mark.parametrize("command", ["show", "explain", "what-if", "events"])
def test_a_filter_that_no_row_passes_names_what_there_is(
    run: Run, tree: Path, command: str
) -> None:
    arguments = QUESTIONS[command]
    ran = run(command, tree, *arguments, "--where", "platform=iso")
    assert "no row has `platform` = `iso`; did you mean `ios`?" in ran.err
    # where rows pass in other weeks, it was no slip
    ran = run(command, tree, *arguments, "--where", "platform=web", "--as-of", "2026-06-14")
    assert "no row" not in ran.err.replace("no rows", "")


def test_a_dimension_that_is_not_there_is_named_in_filters_too(run: Run, tree: Path) -> None:
    for command, arguments in QUESTIONS.items():
        ran = run(command, tree, *arguments, "--where", "platfrom=ios")
        assert (ran.code, ran.out) == (1, "")
        assert "platform" in ran.err.split("hint: ")[1]


@pytest.mark.parametrize(
    "arguments",
    [
        ["show", "TREE", "--store", ""],
        ["check", "TREE", "--store", " "],
        ["refresh", "TREE", "--info", "--rebuild"],
        ["show", "TREE", "--running", "--start", "2026-06-01"],
        ["show", "TREE", "nights", "--depth", "1"],
        ["what-if", "TREE", "--set", "bookings=+1", "--set", "bookings=+2"],
        ["what-if", "TREE", "--set", "bookings=+1", "--goal", "nights=9", "--by", "bookings"],
    ],
)
def test_what_contradicts_itself_is_wrong_usage(run: Run, tree: Path, arguments: list[str]) -> None:
    ran = run(*(tree if word == "TREE" else word for word in arguments))
    assert (ran.code, ran.out) == (2, "")
    assert "Error: " in ran.err


@pytest.mark.parametrize("goal", ["nights=nan", "nights=inf", "nights=many", "nights"])
def test_a_goal_is_a_number(run: Run, tree: Path, goal: str) -> None:
    ran = run("what-if", tree, "--goal", goal, "--by", "bookings")
    assert (ran.code, ran.out) == (1, "")
    assert f"`{goal}` is no goal" in ran.err


def test_named_metrics_are_a_tree_where_that_is_asked_for(run: Run, tree: Path) -> None:
    alone = run("show", tree, "gross", "--format", "tree").out.split("\n\n")[1]
    assert [line.split()[1] for line in alone.splitlines()] == ["Gross"]
    below = run("show", tree, "gross", "--tree", "--format", "tree").out.split("\n\n")[1]
    assert len(below.splitlines()) == 4
    cut = run("show", tree, "gross", "--tree", "--depth", 1, "--format", "json").out
    names = [entry["metric"] for entry in json.loads(cut)["metrics"]]
    assert names == ["gross", "bookings", "nights_per_booking"]
    # without a word about the format it is a table
    assert run("show", tree, "gross").out.split("\n\n")[1].startswith("metric")


def test_a_what_if_whose_focus_is_broken_still_shows_its_lever(run: Run, tree: Path) -> None:
    tree.write_text(TREE.replace("gross - cancelled", "gros - cancelled"), encoding="utf-8")
    ran = run("what-if", tree, "--set", "bookings=+50%")
    assert ran.code == 1
    assert "Bookings" in ran.out
    assert "`nights` has no value in 2026-06-15: no metric is named `gros`" in ran.err


def test_a_comparison_is_as_short_as_a_range(run: Run, tree: Path) -> None:
    ran = run("show", tree, "--grain", "hour", "--compare", "0300-01-01..2026-01-01")
    assert (ran.code, ran.out) == (1, "")
    assert "holds too many hours" in ran.err


def test_the_most_periods_that_may_be_asked_for_are_judged_too(
    run: Run, tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("planning.frame", "analysis.unusual"):
        monkeypatch.setattr(f"metric_tui.{module}.MOST_PERIODS", 30)
    for last in (5, 30):
        ran = run("show", tree, "bookings", "--grain", "day", "--last", last, "--unusual")
        assert (ran.code, ran.err) == (0, "")
    assert run("show", tree, "bookings", "--grain", "day", "--last", 31).code == 1


def test_refresh_of_what_cannot_be_read_fails(run: Run, tree: Path) -> None:
    with closing(sqlite3.connect(tree.parent / "events.db")) as store, store:
        store.execute("ALTER TABLE events RENAME TO others")
    ran = run("refresh", tree)
    assert (ran.code, ran.out) == (3, "")
    assert "it has `others`" in ran.err
    tree.write_text("- 1\n", encoding="utf-8")
    ran = run("refresh", tree)
    assert (ran.code, ran.out) == (2, "")
    assert "1:1: the file must be a mapping of keys" in ran.err


@pytest.mark.parametrize("folder", [".", "./", "sub/..", ".."])
def test_a_directory_is_no_store_however_it_is_written(
    run: Run, tree: Path, folder: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tree.parent / "sub").mkdir()
    monkeypatch.chdir(tree.parent)
    Path("nights.yaml").write_text(TREE.replace("events.db", folder), encoding="utf-8")
    for command, arguments in QUESTIONS.items():
        ran = run(command, "nights.yaml", *arguments)
        assert (ran.code, ran.out) == (3, "")
        assert "is a directory, not a store" in ran.err


def test_a_file_without_metrics_is_said_once(run: Run, tree: Path) -> None:
    tree.write_text(TREE.split("metrics:")[0], encoding="utf-8")
    ran = run("show", tree)
    assert (ran.code, ran.out) == (1, "")
    assert "no events to measure" not in ran.err


@pytest.mark.parametrize("option", [["--by", "platform"], ["--compare", "year_ago"]])
def test_that_rows_are_neither_broken_down_nor_compared_is_said(
    run: Run, tree: Path, option: list[str]
) -> None:
    plain, ran = run("events", tree, "nights"), run("events", tree, "nights", *option)
    assert (ran.code, ran.out) == (0, plain.out)
    assert f"{option[0]} " in ran.err
