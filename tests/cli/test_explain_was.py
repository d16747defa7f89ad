"""`metric-tui explain --was`: the earlier period by the definitions of an earlier file."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.cli.explaining import explained
from tests.conftest import Run
from tests.small_tree import TREE, write_tree


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    return write_tree(tmp_path)


def earlier(tree: Path, *changes: tuple[str, str]) -> Path:
    """The tree before some changes: each text that stands there now, and what stood there."""
    text = TREE
    for now, then in changes:
        assert now in text
        text = text.replace(now, then, 1)
    path = tree.parent / "elsewhere" / "old.yaml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


NET = ("expr: gross - cancelled", "expr: gross")
IOS = ("event_column: event", "event_column: event\n    filter: \"platform = 'ios'\"")
BOOKINGS = (
    "bookings: {agg: count, event: booked,",
    "bookings: {agg: count, event: booked, filter: \"platform = 'ios'\",",
)


def test_a_changed_formula_has_its_own_row(run: Run, tree: Path) -> None:
    # in those weeks 11 and 8 nights were booked, 4 and none cancelled
    found = explained(run, tree, "--was", earlier(tree, NET))
    assert (found["against"]["value"], found["period"]["value"]) == (11.0, 8.0)
    parts = {row["metric"]: row["contribution"] for row in found["components"] if row["level"] == 1}
    # what was cancelled counts in half of the orders: once the later definition holds
    assert parts == {"gross": 8.0 - 11.0, "cancelled": (4.0 - 0.0) / 2}
    assert found["definition"] == -(4.0 + 0.0) / 2
    assert sum(parts.values()) + found["definition"] == found["change"] == 8.0 - 11.0
    assert found["was"]["contribution"] == -2.0
    assert found["was"]["redefined"] == ["nights"]
    assert found["was"]["not_computed"] == []


def test_a_leaf_that_is_measured_anew_is_told_as_definition_and_data(run: Run, tree: Path) -> None:
    # 3 and 2 bookings, of which 2 and 1 on ios
    found = explained(run, tree, "bookings", "--was", earlier(tree, BOOKINGS))
    assert (found["change"], found["definition"], found["components"]) == (0.0, 1.0, [])
    for output in ("text", "md"):
        out = run(
            "explain", tree, "bookings", "--was", earlier(tree, BOOKINGS), "--format", output
        ).out
        rows = [line for line in out.splitlines() if "changed d" in line]
        assert [("data" in row, "−1" in row) for row in rows] == [(True, True), (False, False)]
        assert "+1" in rows[1]
        assert "old.yaml" in out.replace("\\", "")
        assert "adds up" in out


def test_filters_of_the_source_reach_every_metric_of_it(run: Run, tree: Path) -> None:
    found = explained(run, tree, "--was", earlier(tree, IOS))
    # on ios 9 nights were booked and 4 cancelled
    assert (found["against"]["value"], found["change"]) == (5.0, 3.0)
    rows = {row["metric"]: row for row in found["components"]}
    # of the nights booked the earlier file sees 9 and 2, this one 11 and 8
    assert rows["gross"]["contribution"] == pytest.approx(8.0 - 9.0)
    by_definition = rows["bookings"]["definition"] + rows["nights_per_booking"]["definition"]
    assert found["was"]["contribution"] == pytest.approx(by_definition)
    # what was cancelled was all on ios
    assert "definition" not in rows["cancelled"]
    assert set(found["was"]["redefined"]) >= {"nights", "gross", "bookings", "nights_per_booking"}
    assert "cancelled" not in found["was"]["redefined"]
    first = [row["contribution"] for row in found["components"] if row["level"] == 1]
    assert sum(first) + found["definition"] == pytest.approx(found["change"])


def test_segments_of_two_definitions_are_not_held_against_each_other(run: Run, tree: Path) -> None:
    old = earlier(tree, IOS)
    assert {row["metric"] for row in explained(run, tree)["segments"]} == {
        "nights", "gross", "cancelled",
    }  # fmt: skip
    assert {row["metric"] for row in explained(run, tree, "--was", old)["segments"]} == {
        "cancelled"
    }
    out = run("explain", tree, "--was", old).out
    assert "Segments are left out" in out
    assert "By platform" not in out


def test_nothing_changed_is_said_and_changes_nothing(run: Run, tree: Path) -> None:
    old = earlier(tree, ("label: Nights booked", "label: Nights"))
    found = explained(run, tree, "--was", old)
    plain = explained(run, tree)
    told = "None of it is due to a changed definition."
    assert told in found["summary"]
    assert found["was"]["contribution"] == 0.0
    assert {**found, "was": None, "summary": plain["summary"]} == plain


def test_both_ways_round_the_signs_are_flipped(run: Run, tree: Path) -> None:
    old = earlier(tree, IOS)
    weeks = ["2026-06-15..2026-06-21", "2026-06-08..2026-06-14"]
    there = explained(run, tree, "--was", old, "--period", weeks[0], "--against", weeks[1])
    store = ["--store", tree.parent / "events.db"]
    back = explained(run, old, "--was", tree, "--period", weeks[1], "--against", weeks[0], *store)
    assert back["change"] == -there["change"]
    assert back["was"]["contribution"] == pytest.approx(-there["was"]["contribution"])


def test_a_changed_unit_is_told(run: Run, tree: Path) -> None:
    old = earlier(tree, ("unit: nights\n", "unit: EUR\n"))
    told = "Nights booked was counted in EUR and is in nights now."
    assert told in explained(run, tree, "--was", old)["summary"]


def test_problems_of_both_files_are_told_with_their_place(run: Run, tree: Path) -> None:
    old = earlier(tree, ("components: bookings *", "components: bokings *"))
    tree.write_text(TREE.replace("influences: [bookers]", "influences: [booker]"), encoding="utf-8")
    ran = run("explain", tree, "cancelled", "--was", old)
    assert ran.code == 0
    assert f"{tree}:25:54: no metric is named `booker`" in ran.err
    assert f"{old}:23:57: no metric is named `bokings` (did you mean `bookings`?)" in ran.err


def test_a_driver_the_earlier_file_cannot_compute_is_told_by_the_later(
    run: Run, tree: Path
) -> None:
    old = earlier(tree, NET, ("event: cancelled, expr: nights", "event: cancelled, expr: nihgts"))
    ran = run("explain", tree, "--was", old, "--format", "json")
    found = json.loads(ran.out)
    assert ran.code == 0
    assert [row["metric"] for row in found["was"]["not_computed"]] == ["cancelled"]
    assert any("by the later definition in both periods" in line for line in found["summary"])
    ran = run("explain", tree, "cancelled", "--was", old)
    assert (ran.code, ran.out) == (1, "")
    assert f"by `{old}`" in ran.err


@pytest.mark.parametrize(
    ("text", "code", "words"),
    [
        (None, 2, "there is no file"),
        ("metrics: [", 2, "old.yaml:1:11"),
        ("- 1\n", 2, "holds no tree"),
        (TREE.replace("  nights:", "  night:"), 1, "has no metric `nights`"),
        (TREE.replace("table: events", "table: event"), 3, "by `"),
    ],
)
def test_an_earlier_file_that_cannot_be_used(
    run: Run, tree: Path, text: str | None, code: int, words: str
) -> None:
    old = tree.parent / "old.yaml"
    if text is not None:
        old.write_text(text, encoding="utf-8")
    ran = run("explain", tree, "--was", old)
    assert (ran.code, ran.out) == (code, "")
    assert words in ran.err
    assert "Traceback" not in ran.err


@pytest.mark.skipif(shutil.which("git") is None, reason="there is no git")
def test_a_revision_of_the_file_will_do(run: Run, tree: Path) -> None:
    def git(*arguments: str) -> None:
        who = ["-c", "user.name=a", "-c", "user.email=a@example.org"]
        subprocess.run(["git", *who, *arguments], cwd=tree.parent, check=True, capture_output=True)

    tree.write_text(TREE.replace(*NET), encoding="utf-8")
    git("init")
    git("add", tree.name)
    git("commit", "-m", "gross")
    git("tag", "gross")
    tree.write_text(TREE, encoding="utf-8")
    for revision in ("HEAD", "gross"):
        found = explained(run, tree, "--was", revision)
        assert found["was"]["file"] == f"nights.yaml at {revision}"
        assert found["was"]["contribution"] == -2.0
    for wrong in ("HEAD~7", "nope", "--output=x", "HEAD:other", ""):
        ran = run("explain", tree, f"--was={wrong}")
        assert (ran.code, ran.out) == (2, "")
        assert "git" in ran.err
    assert not (tree.parent / "x").exists()
