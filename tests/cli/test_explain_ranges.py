"""`metric-tui explain` over the ranges that every command takes, and ranges that contradict."""

from pathlib import Path
from typing import Any

import pytest

from tests.cli.explaining import explained
from tests.conftest import Run
from tests.small_tree import write_tree


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    return write_tree(tmp_path)


# nights booked less cancelled, by Lisbon weeks: 4, 7 and 8
WEEKS = {
    ("2026-06-01", "2026-06-07"): 4.0,
    ("2026-06-08", "2026-06-14"): 7.0,
    ("2026-06-15", "2026-06-21"): 8.0,
    ("2026-05-25", "2026-06-07"): 4.0,
    ("2026-06-08", "2026-06-21"): 15.0,
}


@pytest.mark.parametrize(
    ("arguments", "period", "against"),
    [
        (["--last", 1], ("2026-06-15", "2026-06-21"), ("2026-06-08", "2026-06-14")),
        (["--last", 2], ("2026-06-08", "2026-06-21"), ("2026-05-25", "2026-06-07")),
        # widened to whole weeks
        (
            ["--start", "2026-06-10", "--end", "2026-06-11"],
            ("2026-06-08", "2026-06-14"),
            ("2026-06-01", "2026-06-07"),
        ),
        (
            ["--start", "2026-06-10", "--end", "2026-06-16"],
            ("2026-06-08", "2026-06-21"),
            ("2026-05-25", "2026-06-07"),
        ),
        (["--end", "2026-06-16"], ("2026-06-15", "2026-06-21"), ("2026-06-08", "2026-06-14")),
    ],
)
def test_a_range_is_one_period_and_held_against_as_long_before(
    run: Run, tree: Path, arguments: list[object], period: Any, against: Any
) -> None:
    found = explained(run, tree, *arguments)
    for key, (start, end) in (("period", period), ("against", against)):
        assert found[key] == {"start": start, "end": end, "value": WEEKS[start, end]}
    assert found["change"] == WEEKS[period] - WEEKS[against]
    first = [part["contribution"] for part in found["components"] if part["level"] == 1]
    assert sum(first) == pytest.approx(found["change"])


def test_what_it_is_held_against_is_taken_as_it_is(run: Run, tree: Path) -> None:
    # of these two days 6 nights were booked and 1 cancelled; the week they lie in had 4 in all
    days = ["--against", "2026-06-01..2026-06-02"]
    for arguments in ([], ["--last", 2]):
        found = explained(run, tree, *arguments, *days)
        assert found["against"] == {"start": "2026-06-01", "end": "2026-06-02", "value": 5.0}


def test_with_a_total_days_are_not_widened(run: Run, tree: Path) -> None:
    found = explained(run, tree, "--grain", "total", "--start", "2026-06-09", "--end", "2026-06-09")
    assert found["period"] == {"start": "2026-06-09", "end": "2026-06-09", "value": 7.0}
    assert found["against"] == {"start": "2026-06-08", "end": "2026-06-08", "value": 4.0}


def test_hours_are_named_to_their_end(run: Run, tree: Path) -> None:
    out = run("explain", tree, "gross", "--grain", "hour", "--last", 3).out
    hours = "24 Jun 2026 09:00 +01:00 – 24 Jun 2026 12:00 +01:00"
    assert out.splitlines()[1].startswith(f"{hours} vs ")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--last", 2, "--start", "2026-06-01"], ("--last", "--start/--end")),
        (["--last", 2, "--end", "2026-06-01"], ("--last", "--start/--end")),
        (["--period", "2026-06", "--last", 2], ("--period", "--last")),
        (["--period", "2026-06", "--start", "2026-06-01"], ("--period", "--start")),
        (["--period", "2026-06", "--end", "2026-06-01"], ("--period", "--end")),
        (["--against", "2026-05", "--compare", "previous"], ("--against", "--compare")),
        (["--last", 2, "--grain", "total"], ("--last", "--grain total")),
    ],
)
def test_what_says_a_range_twice_is_wrong_usage(
    run: Run, tree: Path, arguments: list[object], words: tuple[str, ...]
) -> None:
    ran = run("explain", tree, *arguments)
    assert (ran.code, ran.out) == (2, "")
    fault, hint = ran.err.split("Error: ")[1].split("hint: ")
    assert all(word in fault for word in words)
    assert "give" in hint


@pytest.mark.parametrize("command", ["show", "what-if"])
def test_other_commands_refuse_the_same(run: Run, tree: Path, command: str) -> None:
    lever = ["--set", "bookings=+1"] if command == "what-if" else []
    for arguments in (["--last", 2, "--grain", "total"], ["--last", 2, "--end", "2026-06-01"]):
        ran = run(command, tree, *lever, *arguments)
        assert (ran.code, ran.out) == (2, "")
        assert "hint: give" in ran.err


@pytest.mark.parametrize(
    "arguments",
    [
        ["--start", "2026-06-08", "--end", "2026-06-01"],
        ["--period", "2026-06-08..2026-06-01"],
        ["--period", "2026-06-15", "--against", "2026-06-08..2026-06-01"],
        ["--last", 2, "--against", "2026-06-08..2026-06-01"],
    ],
)
def test_dates_upside_down_are_refused(run: Run, tree: Path, arguments: list[object]) -> None:
    ran = run("explain", tree, *arguments)
    assert (ran.code, ran.out) == (1, "")
    assert "before it starts on 2026-06-08" in ran.err
    assert "swap the two dates" in ran.err
