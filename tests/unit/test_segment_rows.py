"""Segments as a table: what each did to the change, and which columns fit where."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from metric_tui.base.errors import QuestionError
from metric_tui.planning.conditions import parse_conditions
from metric_tui.planning.question import Question
from metric_tui.presentation.glyphs import ASCII, UNICODE
from metric_tui.presentation.numbers import number_style
from metric_tui.presentation.pieces import line_width, plain
from metric_tui.presentation.segment_rows import (
    SegmentTable,
    segment_lines,
    segment_table,
    with_effects,
)
from metric_tui.workspace import Workspace
from tests.small_tree import write_tree

WEEKS = Question(grain="week", last=3)
FIRST_WEEK = Question(grain="week", start=date(2026, 6, 1), end=date(2026, 6, 7))


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workspace]:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    opened = Workspace.open(write_tree(tmp_path))
    yield opened
    opened.close()


def table_of(workspace: Workspace, metric: str) -> SegmentTable:
    answer = workspace.answer(WEEKS.sliced_by("platform").about(metric))
    table = segment_table(workspace.tree, answer, metric, UNICODE)
    split = workspace.effects(metric, "platform", WEEKS)
    assert table is not None
    assert split is not None
    assert split.table is not None
    style = number_style(workspace.tree.metrics[metric])
    return with_effects(table, split.table.rows, style, UNICODE)


def effects(table: SegmentTable) -> dict[str, tuple[str, ...]]:
    return {row.label: row.effects for row in table.rows}


def test_a_sum_of_amounts_moves_by_volume_and_by_rate(workspace: Workspace) -> None:
    table = table_of(workspace, "gross")
    assert table.effect_names == ("volume", "rate")
    # ios: 9 nights in 2 bookings, then 2 in 1; the web is new and nobody is lost
    assert effects(table) == {
        "ios": ("−3.25", "−3.75"),
        "web": ("+6", "+0"),
        "(none)": ("−2", "+0"),
    }


def test_a_rate_moves_by_rate_and_by_mix(workspace: Workspace) -> None:
    table = table_of(workspace, "nights_per_booking")
    assert table.effect_names == ("rate", "mix")
    # ios: 4.5 to 2 nights at 2/3 and 1/2 of all bookings
    rate = (2 - 4.5) * (2 / 3 + 1 / 2) / 2
    assert float(effects(table)["ios"][0].replace("−", "-")) == pytest.approx(rate, abs=0.01)


@pytest.mark.parametrize("metric", ["bookings", "nights"])
def test_a_plain_count_and_a_difference_of_sums_have_one_effect(
    workspace: Workspace, metric: str
) -> None:
    assert table_of(workspace, metric).effect_names == ()


def test_people_overlap_and_have_no_effects(workspace: Workspace) -> None:
    assert table_of(workspace, "bookers").effect_names == ()


def test_without_a_comparison_there_is_nothing_to_split(workspace: Workspace) -> None:
    asked = Question(grain="week", last=3, compare="none")
    assert workspace.effects("gross", "platform", asked) is None
    split = workspace.effects("gross", "country", WEEKS)
    assert split is not None
    assert split.table is None
    with pytest.raises(QuestionError):
        workspace.effects("nope", "platform", WEEKS)


@pytest.mark.parametrize("question", [replace(WEEKS, compare="none"), FIRST_WEEK])
def test_without_a_change_no_segment_has_a_part_of_it(
    workspace: Workspace, question: Question
) -> None:
    answer = workspace.answer(question.sliced_by("platform").about("gross"))
    assert answer.metrics["gross"].total.change is None
    table = segment_table(workspace.tree, answer, "gross", UNICODE)
    assert table is not None
    assert {(row.change, row.amount) for row in table.rows} == {(None, "")}
    # the largest first: in the week of 15 June the web, in that of 1 June ios
    assert table.rows[0].label == ("web" if question.compare == "none" else "ios")


@pytest.mark.parametrize("cells", range(24, 100))
def test_columns_stand_under_their_names_and_fit(workspace: Workspace, cells: int) -> None:
    table = table_of(workspace, "gross")
    head, *rows = segment_lines(table, cells, UNICODE, with_head=True)
    assert len(rows) == len(table.rows)
    if cells >= 32:
        assert all(line_width(each) <= cells for each in (head, *rows))
    text = plain(head)
    for name in ("volume", "rate"):
        assert (name in text) == (cells >= 56)
    for name, place in (("now", "value"), ("by", "amount"), ("volume", "effects")):
        if name in text:
            end = text.index(name) + len(name)
            said = getattr(table.rows[0], place)
            assert plain(rows[0])[:end].endswith(said[0] if isinstance(said, tuple) else said)


def test_a_report_has_no_head_and_ascii_stays_ascii(workspace: Workspace) -> None:
    answer = workspace.answer(WEEKS.sliced_by("platform").about("gross"))
    table = segment_table(workspace.tree, answer, "gross", ASCII)
    assert table is not None
    lines = [plain(each) for each in segment_lines(table, 80, ASCII)]
    assert len(lines) == len(table.rows)
    assert all(text.isascii() for text in lines)


@pytest.mark.parametrize(
    ("where", "labels"),
    [
        ((), {"ios", "web", "(none)"}),
        (("platform!=web",), {"ios", "(none)"}),
        (("platform!=",), {"ios", "web"}),
        (("platform=ios",), {"ios"}),
        (("platform!=web", "platform!="), {"ios"}),
    ],
)
def test_what_a_filter_leaves_out_is_no_segment(
    workspace: Workspace, where: tuple[str, ...], labels: set[str]
) -> None:
    question = replace(WEEKS, where=parse_conditions(where)).sliced_by("platform").about("gross")
    table = segment_table(workspace.tree, workspace.answer(question), "gross", UNICODE)
    assert table is not None
    assert table.adds_up
    assert {row.label for row in table.rows} == labels
