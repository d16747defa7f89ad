"""Problems, finding, going to lines, completing names, and the preview."""

from pathlib import Path

import pytest

from metric_tui.base.problems import Problem, Span
from metric_tui.tui.widgets.completion_list import Choice, CompletionList, ranked
from metric_tui.tui.widgets.problem_list import problem_line
from metric_tui.tui.yaml_choices import choices_at
from metric_tui.tui.yaml_places import metric_at, place_at
from metric_tui.workspace import Names
from tests.tui.editor_stage import TREE, editing

BROKEN = TREE.replace("gross - cancelled", "gros - cancelled").replace("agg: sum", "agg: summ", 1)


@pytest.fixture(autouse=True)
def _own_state(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


async def test_a_problem_is_marked_at_its_line_and_listed(tmp_path: Path) -> None:
    async with editing(tmp_path) as play:
        await play.press("f4", "1", "7", "enter", "end", "x")
        rows = play.shown("YamlEditor").splitlines()
        marked = [row for row in rows if row.strip().startswith("17")]
        assert "17✗" in marked[0]
        assert "✗ error" in play.shown("ProblemList")
        assert "17:19" in play.shown("ProblemList")
        assert "cancelledx" in play.shown("ProblemList")
        await play.press("backspace")
        assert "✗" not in play.shown("YamlEditor")


async def test_problems_of_an_older_text_are_dropped(tmp_path: Path) -> None:
    async with editing(tmp_path) as play:
        before = play.screen.problems
        late = Problem(code="late", message="of a text long gone")
        play.screen.post_message(play.screen.Checked("another text", (late,)))
        await play.settle()
        assert play.screen.problems == before


async def test_f8_walks_the_problems_round_the_end(tmp_path: Path) -> None:
    async with editing(tmp_path, BROKEN) as play:
        places = sorted(
            {(p.span.line - 1, p.span.column - 1) for p in play.screen.problems if p.span}
        )
        assert len(places) > 1
        seen = []
        for _ in range(len(places) + 1):
            await play.press("f8")
            seen.append(play.screen.editor.cursor_location)
        assert seen == [*places, places[0]]
        await play.press("shift+f8")
        assert play.screen.editor.cursor_location == places[-1]


async def test_enter_in_the_list_goes_to_the_problem(tmp_path: Path) -> None:
    async with editing(tmp_path, BROKEN) as play:
        problems = play.screen.query_one("ProblemList")
        problems.focus()
        await play.press("j", "k", "enter")
        span = play.screen.problems[0].span
        assert span is not None
        assert play.screen.editor.cursor_location == (span.line - 1, span.column - 1)
        assert play.screen.editor.has_focus


async def test_the_same_advice_has_one_line_and_a_mark_at_each_place(tmp_path: Path) -> None:
    text = TREE.replace("nights, owner: team}", "nights}")
    async with editing(tmp_path, text) as play:
        listed = play.shown("ProblemList")
        assert listed.count("nobody answers for") == 1
        assert "nobody answers for `gross` and `cancelled`" in listed
        lines = text.splitlines()
        marked = {lines[row].strip().split(":")[0] for row in play.screen.editor.problems_by_row}
        assert {"gross", "cancelled"} <= marked


async def test_hostile_problems_are_text() -> None:
    problem = Problem(
        code="x",
        message="[USD] [/foo] [@click=app.quit]q[/] \x1b[31m",
        hint="[red]",
        span=Span(line=3, column=4, end_line=3, end_column=5),
    )
    shown = problem_line(problem).plain
    assert shown == "✗ error      3:4  [USD] [/foo] [@click=app.quit]q[/] \\x1b[31m  [red]"


@pytest.mark.parametrize("key", ["f3", "ctrl+f"])
async def test_find_steps_through_matches_and_wraps(tmp_path: Path, key: str) -> None:
    async with editing(tmp_path) as play:
        editor = play.screen.editor
        found = editor.matches_of("cancelled")
        await play.press(key, *"cancelled")
        assert f"1/{len(found)}" in play.shown("FindBar")
        assert editor.selected_text == "cancelled"
        assert min(editor.selection) == found[0]
        await play.press("enter")
        places = []
        for pressed in ["n"] * len(found) + ["p", "N"]:
            await play.press(pressed)
            places.append(min(editor.selection))
        assert places == [*found[2:], *found[:2], found[0], found[-1]]
        await play.press("escape")
        assert editor.has_focus
        await play.press("f3", "shift+f3", "escape", "escape")
        assert play.stage.given == [False]


async def test_what_is_not_found_is_said(tmp_path: Path) -> None:
    async with editing(tmp_path) as play:
        await play.press("f3", *"[/foo]")
        assert "no match" in play.shown("FindBar")
        await play.press("enter", "slash")
        assert play.screen.query_one("FindBar Input").has_focus


@pytest.mark.parametrize("key", ["f4", "ctrl+g"])
async def test_go_to_line(tmp_path: Path, key: str) -> None:
    async with editing(tmp_path) as play:
        await play.press(key, "1", "5", "enter")
        assert play.screen.editor.cursor_location == (14, 0)
        assert play.screen.editor.has_focus
        await play.press(key, "enter", "9", "9", "9", "enter")
        assert play.screen.editor.cursor_location[0] == play.screen.editor.document.line_count - 1
        await play.press(key, "escape")
        assert play.screen.editor.has_focus


@pytest.mark.parametrize("key", ["f5", "ctrl+@", "ctrl+space"])
async def test_names_of_the_store_complete(tmp_path: Path, key: str) -> None:
    text = TREE.replace("event: cancelled", "event: ")
    async with editing(tmp_path, text, line=20) as play:
        play.screen.editor.go_to(19, text.splitlines()[19].index("event: ") + 7)
        await play.press(key)
        completions = play.screen.query_one(CompletionList)
        assert list(completions.names) == ["booked", "cancelled"]
        assert "event" in play.shown("CompletionList")
        await play.press("c")
        assert list(completions.names) == ["cancelled"]
        await play.press("enter")
        assert not completions.is_open
        assert play.screen.editor.text == TREE


async def test_tab_after_a_letter_completes_a_key_with_its_colon(tmp_path: Path) -> None:
    async with editing(tmp_path, line=18) as play:
        await play.press("end", "enter", "d", "i", "tab")
        names = play.screen.query_one(CompletionList).names
        assert names[:2] == ("direction", "dimensions") or names[0].startswith("di")
        await play.press("r", "tab")
        assert play.screen.editor.document[18] == "    direction: "


async def test_the_list_of_names_closes_first(tmp_path: Path) -> None:
    async with editing(tmp_path, line=17) as play:
        await play.press("end", "backspace", "f5")
        completions = play.screen.query_one(CompletionList)
        await play.press("backspace")
        assert completions.is_open
        await play.press("down", "up", "escape")
        assert not completions.is_open
        assert play.stage.screen is play.screen
        await play.press("f5", "home")
        assert not completions.is_open


async def test_the_preview_shows_before_and_after(tmp_path: Path) -> None:
    async with editing(tmp_path, line=17, size=(120, 40)) as play:
        play.screen.editor.go_to(16, len("    expr: gross"))
        await play.press("space", "*", "space", "2")
        shown = play.shown("PreviewStrip")
        assert "Nights" in shown
        assert "before" in shown
        assert "after" in shown
        assert "▲ +" in shown
        for _ in range(4):
            await play.press("backspace")
        assert play.shown("PreviewStrip").strip() == ""


async def test_a_text_with_errors_has_no_preview(tmp_path: Path) -> None:
    async with editing(tmp_path, line=17) as play:
        await play.press("end", "x")
        assert "after" not in play.shown("PreviewStrip")


NAMES = Names(
    metrics=("gross", "nights"), columns=("user_id",), events=("booked",), dimensions=("country",)
)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("settings:\n  grain: |", {"week", "month"}),
        ("metrics:\n  a:\n    |", {"type", "agg", "influences"}),
        ("metrics:\n  a:\n    type: ratio\n    |", {"numerator", "label"}),
        ("metrics:\n  a: {type: |", {"ratio", "funnel"}),
        ("metrics:\n  a: {agg: sum, event: |", {"booked"}),
        ("metrics:\n  a:\n    influences:\n      - {metric: |", {"gross"}),
        ("metrics:\n  a:\n    influences:\n      - metric: gross\n        expect: |", {"up"}),
        ("metrics:\n  a:\n    guardrails: [gross, |", {"nights"}),
        ("metrics:\n  a:\n    guardrails: [{metric: |", {"gross"}),
        ("metrics:\n  a:\n    guardrails: [{metric: gross, |", {"max", "worse_than"}),
        ("metrics:\n  a:\n    guardrails:\n      - metric: gross\n        |", {"max", "min"}),
        ("metrics:\n  a:\n    components:\n      by side: |", {"gross"}),
        ("metrics:\n  a:\n    target: {value: 1, |", {"by", "from"}),
        ("tree:\n  focus: |", {"nights"}),
        ("sources:\n  e:\n    dimensions:\n      c: {expr: |", {"user_id"}),
        ("somewhere:\n  unknown: |", {"gross", "user_id", "booked", "country"}),
    ],
)
def test_what_may_stand_at_a_place(written: str, expected: set[str]) -> None:
    lines = written.replace("|", "").splitlines()
    place = place_at(lines, len(lines) - 1, len(written.splitlines()[-1]) - 1)
    assert expected <= {choice.name for choice in choices_at(place, NAMES)}


def test_a_row_knows_its_metric() -> None:
    lines = TREE.splitlines()
    assert [metric_at(lines, row) for row in (0, 14, 16, 18, 19, 21)] == [
        None, "nights", "nights", "gross", "cancelled", None,
    ]  # fmt: skip


def test_names_that_begin_with_the_word_come_first() -> None:
    choices = [Choice("net_gross", "metric"), Choice("Gross", "metric"), Choice("other", "metric")]
    assert [choice.name for choice in ranked(choices, "gro")] == ["Gross", "net_gross"]
