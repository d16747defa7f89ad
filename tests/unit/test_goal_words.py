"""Targets and key results in words and as Markdown tables."""

from dataclasses import replace
from datetime import date

import pytest

from metric_tui.analysis.goals import Goal
from metric_tui.analysis.key_results import KeyResultStanding
from metric_tui.analysis.outlook import Outlook, Progress, key_result_progress
from metric_tui.definitions.edges import KeyResult, Target
from metric_tui.presentation.glyphs import ASCII, UNICODE
from metric_tui.presentation.goal_lines import goal_lines, result_mark
from metric_tui.presentation.goal_markdown import goal_markdown
from metric_tui.presentation.pieces import plain
from tests.tui.fake_workspace import small_tree

TREE = small_tree()
GOAL = Goal(
    metric="nights_booked",
    target=Target(value=50_000, by=date(2026, 12, 31)),
    start=date(2026, 6, 29),
    end=date(2026, 7, 5),
    grain="week",
    elapsed=2,
    outlook=Outlook(
        status="at_risk", actual=9_000.0, projected=48_000.0, low=45_000.0, high=51_000.0,
        probability=0.25, pace=0.96,
    ),
)  # fmt: skip


def standing(current: float | None, objective: str = "Grow") -> KeyResultStanding:
    result = KeyResult(
        metric="bookings", start=100.0, goal=200.0, by=date(2026, 12, 31), label="Book|ings"
    )
    progress = key_result_progress(start=100.0, goal=200.0, current=current, elapsed=50, total=100)
    return KeyResultStanding(
        objective=objective, key_result=result, current=current, progress=progress
    )


def cells(row: str) -> list[str]:
    return [cell.strip() for cell in row.replace("\\|", "/").split("|")[1:-1]]


def test_a_target_is_a_row_with_pace_projection_band_chance_and_status() -> None:
    lines = goal_markdown(TREE, [GOAL], [], UNICODE).splitlines()
    assert lines[0] == "## Targets"
    found = dict(zip(cells(lines[2]), cells(lines[4]), strict=True))
    assert found == {
        "metric": "Nights booked",
        "target": "50.0k each week",
        "by": "29 Jun – 5 Jul 2026",
        "so far": "9.0k",
        "pace": "96%",
        "projection": "48.0k",
        "80% band": "45.0k to 51.0k",
        "P(hit)": "25%",
        "status": "◌ at risk",
    }
    assert len(cells(lines[3])) == len(found)


def test_what_is_not_known_of_a_target_is_left_empty() -> None:
    over = replace(GOAL, grain=None, outlook=Outlook(status="missed", actual=1.0))
    row = cells(goal_markdown(TREE, [over], [], UNICODE).splitlines()[4])
    assert row == ["Nights booked", "50.0k", "5 Jul 2026", "1", "", "", "", "", "✗ missed"]


def test_each_objective_has_a_table_of_its_key_results() -> None:
    results = [standing(180.0), standing(130.0), standing(None, "Stay_ing")]
    text = goal_markdown(TREE, [], results, UNICODE)
    blocks = text.split("\n\n")
    assert [block for block in blocks if block.startswith("## ")] == ["## Grow", "## Stay\\_ing"]
    first, second = (cells(row) for row in blocks[1].splitlines()[2:])
    assert first == ["Book/ings", "100", "180", "200", "31 Dec 2026", "80%", "◌ on its way"]
    assert second[-2:] == ["30%", "✗ behind"]
    assert cells(blocks[3].splitlines()[2])[2] == ""


def test_a_tree_without_targets_has_no_tables() -> None:
    assert goal_markdown(TREE, [], [], UNICODE) == ""


@pytest.mark.parametrize(
    ("current", "words"),
    [
        (200.0, "met"),
        (160.0, "on its way"),
        (140.0, "behind"),
        (90.0, "behind"),
        (None, "no value"),
    ],
)
def test_a_key_result_says_in_a_word_how_it_stands(current: float | None, words: str) -> None:
    assert words in result_mark(standing(current), UNICODE)[0]
    shown = "\n".join(map(plain, goal_lines(TREE, [], [standing(current)], 80, ASCII)))
    assert words in shown
    assert shown.isascii()


def test_without_a_date_nothing_is_behind() -> None:
    progress = Progress(done=0.1, expected=None, is_met=False)
    undated = replace(standing(110.0), progress=progress)
    assert result_mark(undated, UNICODE) == ("◌ on its way", "plain")
