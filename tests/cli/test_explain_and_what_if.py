"""`metric-tui explain` and `what-if` over twelve events, with shares worked out by hand."""

import json
from pathlib import Path

import pytest

from tests.cli.explaining import explained
from tests.conftest import Run
from tests.small_tree import write_tree


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    return write_tree(tmp_path)


def test_json_holds_every_key_of_the_contract(run: Run, tree: Path) -> None:
    document = explained(run, tree)
    assert document["schema"] == "metric-tui/explain/1"
    assert {
        "metric", "period", "against", "change", "method", "status", "components", "residual",
        "segments", "influences", "health", "summary",
    } <= document.keys()  # fmt: skip
    assert document["period"] == {"start": "2026-06-15", "end": "2026-06-21", "value": 8.0}
    assert document["against"] == {"start": "2026-06-08", "end": "2026-06-14", "value": 7.0}
    assert (document["metric"], document["change"], document["status"]) == ("nights", 1.0, "ok")
    for part in document["components"]:
        assert {
            "metric", "level", "path", "before", "after", "contribution", "of_parent",
        } <= part.keys()  # fmt: skip
    assert all(isinstance(line, str) for line in document["summary"])


def test_each_level_sums_to_the_one_above(run: Run, tree: Path) -> None:
    parts = {part["metric"]: part for part in explained(run, tree)["components"]}
    assert parts["gross"]["contribution"] == pytest.approx(8 - 11)
    assert parts["cancelled"]["contribution"] == pytest.approx(4 - 0)
    # 3 bookings of 11/3 nights become 2 of 4: each factor's change times the other's mean
    assert parts["bookings"]["contribution"] == pytest.approx((2 - 3) * (11 / 3 + 4) / 2)
    assert parts["nights_per_booking"]["contribution"] == pytest.approx((4 - 11 / 3) * 2.5)
    assert parts["bookings"]["path"] == ["nights", "gross", "bookings"]


def test_segments_of_a_dimension_sum_to_the_change(run: Run, tree: Path) -> None:
    document = explained(run, tree, "gross", "--by", "platform")
    own = [row for row in document["segments"] if row["metric"] == "gross"]
    rows = {row["value"]: row["contribution"] for row in own}
    assert rows == {"ios": 2.0 - 9.0, "web": 6.0, None: -2.0}
    assert sum(rows.values()) == document["change"] == -3.0


def test_periods_may_be_given_by_their_days(run: Run, tree: Path) -> None:
    document = explained(
        run, tree, "gross", "--period", "2026-06-08..2026-06-09", "--against", "2026-06-01"
    )
    assert document["period"]["value"] == 11.0
    assert document["against"] == {"start": "2026-06-01", "end": "2026-06-01", "value": 3.0}


@pytest.mark.parametrize("output", ["text", "md"])
def test_people_read_the_same_parts(run: Run, tree: Path, output: str) -> None:
    out = run("explain", tree, "--format", output).out
    for words in ("Nights booked", "Gross", "Cancelled", "+14%"):
        assert words in out


def test_a_change_that_cannot_be_told_is_exit_code_1(run: Run, tree: Path) -> None:
    ran = run("explain", tree, "cancel_ratio", "--period", "2020-01-01", "--against", "2020-01-02")
    assert ran.code == 1
    assert "Traceback" not in ran.out + ran.err
    assert run("explain", tree, "nope").code == 1
    assert run("explain", tree, "--period", "june").code == 2


def test_a_lever_moves_the_tree_above_it(run: Run, tree: Path) -> None:
    ran = run("what-if", tree, "--set", "bookings=+50%", "--format", "json")
    assert ran.code == 0, ran.err
    assert json.loads(ran.out)
    text = run("what-if", tree, "--set", "bookings=+50%").out
    # 3 bookings of 4 nights and no cancellation
    (focus,) = [line for line in text.splitlines() if "Nights booked" in line and "›" in line]
    assert "8 ›" in focus
    assert "12" in focus


def test_a_lever_may_be_what_the_driver_is_in_one_segment(run: Run, tree: Path) -> None:
    ran = run("what-if", tree, "--set", "nights_per_booking=@platform:web", "--format", "json")
    assert ran.code == 0, ran.err
    document = json.loads(ran.out)
    assert document["levers"] == [{"metric": "nights_per_booking", "change": "@platform:web"}]
    # the web had 6 nights in its one booking, and there were 2 bookings without cancellation
    after = {each["metric"]: each["after"] for each in document["metrics"]}
    assert (after["nights_per_booking"], after["nights"]) == (6.0, 12.0)
    text = run("what-if", tree, "--set", "nights_per_booking=@platform:web").out
    assert "@platform:web" in text.splitlines()[0]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["--set", "nope=+1%"], 1),
        (["--set", "bookings"], 1),
        (["--set", "bookings=many"], 1),
        (["--set", "bookings=@platform:andriod"], 1),
        (["--set", "bookings=@country:PT"], 1),
        (["--nope"], 2),
    ],
)
def test_a_lever_that_is_none_is_refused(
    run: Run, tree: Path, arguments: list[str], code: int
) -> None:
    ran = run("what-if", tree, *arguments)
    assert (ran.code, ran.out) in ((code, ""), (2, ""))
    assert ran.err


def test_a_what_if_says_what_is_better_and_what_is_worse(run: Run, tree: Path) -> None:
    # in that week 11 nights were booked and 4 cancelled
    text = run("what-if", tree, "--set", "cancelled=+2", "--as-of", "2026-06-14").out
    words = {
        name: line.split()[-2:]
        for line in text.splitlines()
        for name in ("= Nights booked", "› Cancelled", "! Cancel ratio")
        if name in line and "›" in line
    }
    assert words == {
        "= Nights booked": ["✗", "worse"],
        "› Cancelled": ["✗", "worse"],
        # two weeks do not say what is usual for it
        "! Cancel ratio": ["✗", "worse"],
    }
    bounded = tree.read_text().replace(
        "guardrails: [cancel_ratio]", "guardrails: [{metric: cancel_ratio, max: 0.4}]"
    )
    tree.write_text(bounded)
    text = run("what-if", tree, "--set", "cancelled=+2", "--as-of", "2026-06-14").out
    # 6 of 11 are more than 0.4, and 4 + 0.1 of 11 are not
    assert "✗ guardrail" in text
    text = run("what-if", tree, "--set", "cancelled=+0.1", "--as-of", "2026-06-14").out
    assert "✓ guardrail" in text
    assert run("what-if", tree, "--set", "cancelled=+2", "--ascii").out.isascii()


def test_a_rate_of_nothing_has_a_value_once_there_is_something(run: Run, tree: Path) -> None:
    # of 8 nights none was cancelled
    ran = run("what-if", tree, "--set", "cancelled=+2", "--format", "json")
    after = {each["metric"]: each["after"] for each in json.loads(ran.out)["metrics"]}
    assert after["cancel_ratio"] == 2 / 8


def test_a_what_if_is_a_table_in_markdown(run: Run, tree: Path) -> None:
    ran = run("what-if", tree, "--set", "bookings=+50%", "--format", "md")
    assert ran.code == 0, ran.err
    assert ran.out.startswith("## What if: Bookings +50%\n")
    # 3 bookings of 4 nights and no cancellation
    assert "| Nights booked | 8 | 12 | +4 | +50% | ✓ better |" in ran.out
    assert "**Bookings** | 2 | 3 | +1 | +50% |" in ran.out
    # 1 % more bookings, as 1 % more nights of each, are 0.08 nights
    assert "| 1% more of | moves Nights booked by |" in ran.out
    assert ran.out.count("+0.08 |") == 2


def test_what_a_lever_is_believed_to_bring_stands_apart(run: Run, tree: Path) -> None:
    for output in ("text", "md"):
        out = run("what-if", tree, "--set", "bookers=+10%", "--format", output).out
        assert "not in the sum" in out
        assert "Bookers and Bookings: " in out
        assert "too short to tell" in " ".join(out.split())
        assert "not in the sum" not in run("what-if", tree, "--set", "gross=+1").out


def test_what_cannot_be_reached_or_set_is_refused(run: Run, tree: Path) -> None:
    ran = run("what-if", tree, "--goal", "cancel_ratio=0.5", "--by", "bookers")
    assert (ran.code, ran.out) == (1, "")
    assert "does not depend" in ran.err
    assert run("what-if", tree, "--set", "bookings=1e400").code == 1
