"""The what-if on a store small enough to add up by hand: steps, goals, saving, scoring.

In the week of 15 June 2 bookings of 4 nights each make 8 nights; nothing was cancelled. In the
week before it were 3 bookings, 11 nights, of which 4 were cancelled.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from textual.widgets import Input

from metric_tui.presentation.pieces import plain
from metric_tui.tui.screens.help import Help
from metric_tui.tui.screens.prompt import Prompt
from metric_tui.tui.screens.what_if import WhatIf
from metric_tui.tui.settings import Settings, settings_from
from metric_tui.tui.what_if_commands import WHAT_IF_COMMANDS
from metric_tui.tui.widgets.bar import Bar
from metric_tui.tui.widgets.pane import Pane
from metric_tui.workspace import Workspace
from tests.small_tree import TREE, write_tree
from tests.tui.stage import NARROW, Stage, explorer

SAVED = """\
scenarios:   # thought of by the team
  more bookings:
    levers: [{metric: bookings, change: "+10%"}]
    on: 2026-06-14
    grain: week
  as ios: {levers: [{metric: nights_per_booking, change: "@platform:ios"}], on: 2026-06-14, grain: week}
  undated: {levers: [{metric: bookings, change: +10%}]}
  astray: {levers: [{metric: bookings, change: +10%}, {metric: gross, change: +10%}], on: 2026-06-24}
"""


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workspace]:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    opened = Workspace.open(write_tree(tmp_path, TREE + SAVED))
    yield opened
    opened.close()


def screen_of(stage: Stage) -> WhatIf:
    return next(each for each in stage.app.screen_stack if isinstance(each, WhatIf))


def levers(stage: Stage) -> dict[str, list[str]]:
    """The words of each row of the table of levers after its label, by metric."""
    table = screen_of(stage).levers
    return {
        row.metric: plain(table.line_at(index, 70))[len(row.label) :].split()
        for index, row in enumerate(table.rows)
    }


def outcome(stage: Stage) -> list[str]:
    return [plain(each) for each in screen_of(stage).query_one("#outcome", Pane).content.lines]


def footer(stage: Stage) -> str:
    return "".join(plain(each) for each in screen_of(stage).query_one("#footer", Bar).lines)


async def select(stage: Stage, metric: str) -> None:
    table = screen_of(stage).levers
    table.move_to([row.metric for row in table.rows].index(metric))
    await stage.settle()


async def type_text(stage: Stage, text: str) -> None:
    assert isinstance(stage.app.screen, Prompt)
    stage.app.screen.query_one(Input).value = text
    await stage.press("enter")


async def test_it_lists_the_metrics_below_the_focus_with_their_values(workspace: Workspace) -> None:
    async with explorer(workspace) as stage:
        await stage.press("W")
        assert list(levers(stage)) == [
            "gross", "bookings", "bookers", "nights_per_booking", "cancelled", "cancel_ratio",
        ]  # fmt: skip
        assert levers(stage)["gross"][0] == "8"
        assert outcome(stage)[0].split()[:2] == ["Nights", "booked"]
        assert "unchanged" in outcome(stage)[0]
        assert "What if" in plain(screen_of(stage).query_one("#header", Bar).lines[0])


@pytest.mark.parametrize(
    ("keys", "bookings", "nights"),
    [
        (("right",), "+1%", "8.08"),
        (("plus", "l"), "+2%", "8.16"),
        (("minus",), "−1%", "7.92"),
        (("left", "h"), "−2%", "7.84"),
        (("right_curly_bracket",), "+10%", "8.80"),
        (("shift+right", "shift+right"), "+20%", "9.60"),
        (("left_curly_bracket",), "−10%", "7.20"),
        (("shift+left", "right"), "−9%", "7.28"),
    ],
)
async def test_keys_move_the_lever_and_the_focus_follows_at_once(
    workspace: Workspace, keys: tuple[str, ...], bookings: str, nights: str
) -> None:
    async with explorer(workspace) as stage:
        await stage.press("W")
        await select(stage, "bookings")
        await stage.press(*keys)
        assert levers(stage)["bookings"][1] == bookings
        assert nights in outcome(stage)[0]
        assert any(text.startswith("= gross") or "Gross" in text for text in outcome(stage))


async def test_a_change_is_typed_and_taken_back(workspace: Workspace) -> None:
    async with explorer(workspace) as stage:
        await stage.press("W")
        await select(stage, "bookings")
        await stage.press("equals_sign")
        await type_text(stage, "lots")
        assert isinstance(stage.app.screen, Prompt)
        await type_text(stage, "=5")
        assert levers(stage)["bookings"] == ["2", "=5", "5", *levers(stage)["bookings"][3:]]
        assert "20" in outcome(stage)[0]
        await stage.press("0")
        assert "unchanged" in outcome(stage)[0]
        await stage.press("right")
        await select(stage, "cancelled")
        await stage.press("enter")
        await type_text(stage, "+2")
        assert "6.08" in outcome(stage)[0]
        await stage.press("R")
        assert "unchanged" in outcome(stage)[0]


async def test_a_percentage_is_typed_as_one(workspace: Workspace) -> None:
    async with explorer(workspace) as stage:
        await stage.press("W")
        await select(stage, "cancel_ratio")
        await stage.press("enter")
        await type_text(stage, "35%")
        assert "=35.0%" in levers(stage)["cancel_ratio"]


async def test_a_driver_is_set_to_what_it_is_in_a_segment(workspace: Workspace) -> None:
    async with explorer(workspace) as stage:
        await stage.press("W")
        await select(stage, "nights_per_booking")
        await stage.press("equals_sign")
        await type_text(stage, "@platfrom:web")
        assert isinstance(stage.app.screen, Prompt)
        await type_text(stage, "@platform:web")
        await stage.settle()
        # the web's one booking had 6 nights, and there were 2 bookings
        assert levers(stage)["nights_per_booking"][:3] == ["4", "@web", "6"]
        assert "12" in outcome(stage)[0]
        await stage.press("right")
        assert levers(stage)["nights_per_booking"][1] == "=6.04"
        await stage.press("equals_sign")
        await type_text(stage, "@platform:android")
        await stage.settle()
        assert "`platform` has no value `android`" in " ".join(outcome(stage)[:2])


async def test_a_segment_is_chosen_from_those_there_are(workspace: Workspace) -> None:
    async with explorer(workspace) as stage:
        await stage.press("W")
        await select(stage, "nights_per_booking")
        await stage.press("at")
        await stage.type("ios")
        await stage.press("enter")
        assert levers(stage)["nights_per_booking"][:3] == ["4", "@ios", "2"]
        await stage.press("S")
        await type_text(stage, "as on ios")
        (lever,) = workspace.tree.scenarios["as on ios"].levers
        assert lever.change == "@platform:ios"
        await stage.press("R", "o")
        await stage.type("as on")
        await stage.press("enter")
        assert levers(stage)["nights_per_booking"][:3] == ["4", "@ios", "2"]


async def test_a_level_is_scored_as_it_was_when_it_was_thought_of(workspace: Workspace) -> None:
    async with explorer(workspace) as stage:
        await stage.press("W", "o")
        await stage.type("as ios")
        await stage.press("enter")
        texts = outcome(stage)
        place = next(i for i, text in enumerate(texts) if text.startswith("Since as ios"))
        # in the week of 8 June 3 bookings, of which ios had 2 with 9 nights; 4 were cancelled
        assert texts[place + 2].split()[-4:-1] == ["7", "9.50", "8"]
        assert texts[place + 3].split()[-4:-1] == ["3.67", "4.50", "4"]


async def test_a_goal_sets_the_selected_driver(workspace: Workspace) -> None:
    async with explorer(workspace) as stage:
        await stage.press("W")
        await select(stage, "nights_per_booking")
        await stage.press("g")
        await type_text(stage, "+25%")
        assert "10" in outcome(stage)[0]
        assert "=5" in levers(stage)["nights_per_booking"]


async def test_a_goal_out_of_reach_is_said_in_the_panel(workspace: Workspace) -> None:
    async with explorer(workspace) as stage:
        await stage.press("W")
        await select(stage, "bookers")
        await stage.press("g")
        await type_text(stage, "100")
        assert "does not depend on" in " ".join(outcome(stage)[:2])
        await select(stage, "bookings")
        await stage.press("right")
        assert "does not depend on" not in " ".join(outcome(stage)[:2])


async def test_what_is_believed_stands_apart(workspace: Workspace) -> None:
    async with explorer(workspace) as stage:
        await stage.press("W")
        await select(stage, "bookers")
        await stage.press("right_curly_bracket")
        assert "unchanged" in outcome(stage)[0]
        assert any("i measures" in text for text in outcome(stage))
        await stage.press("i")
        assert any("too short" in text for text in outcome(stage))
        assert any("apart, not in the sum" in text for text in outcome(stage))


async def test_the_drivers_are_ranked_by_what_one_percent_is_worth(workspace: Workspace) -> None:
    async with explorer(workspace) as stage:
        await stage.press("W")
        texts = outcome(stage)
        place = next(i for i, text in enumerate(texts) if text.startswith("1% more of"))
        assert "+0.08" in texts[place + 1]


async def test_saving_keeps_the_rest_of_the_file(workspace: Workspace) -> None:
    async with explorer(workspace) as stage:
        before = workspace.path.read_text()
        await stage.press("W", "S")
        assert "nothing to save" in footer(stage)
        await select(stage, "bookings")
        await stage.press("right_curly_bracket", "S")
        await type_text(stage, "one more")
        assert "saved as one more" in footer(stage)
        after = workspace.path.read_text()
        start, end = before[: before.index("\n  astray")], before[before.index("\n  astray") :]
        assert after.startswith(start)
        added = after[len(before) :]
        assert after == before + added
        assert end in after
        assert "one more" in added
        saved = workspace.tree.scenarios["one more"]
        assert saved.levers[0].change == "+10%"
        assert str(saved.on) == "2026-06-24"
        await stage.press("escape")
        assert stage.app.screen is stage.main
        assert stage.main.answer is not None
        assert stage.main.answer.revision == workspace.revision


async def test_a_file_changed_by_another_program_is_not_overwritten(workspace: Workspace) -> None:
    async with explorer(workspace) as stage:
        await stage.press("W")
        await stage.press("right", "S")
        workspace.path.write_text(workspace.path.read_text() + "# theirs\n")
        stage.main.workspace.poll = lambda: "nothing"  # type: ignore[method-assign]
        await type_text(stage, "mine")
        assert "was changed by another program" in " ".join(outcome(stage)[:2])
        assert workspace.path.read_text().endswith("# theirs\n")


async def test_a_saved_scenario_is_scored_against_what_came(workspace: Workspace) -> None:
    async with explorer(workspace) as stage:
        await stage.press("W", "o", "enter")
        assert "+10%" in levers(stage)["bookings"]
        texts = outcome(stage)
        place = next(i for i, text in enumerate(texts) if text.startswith("Since more bookings"))
        assert "2026-06-08" in texts[place]
        assert "2026-06-15" in texts[place]
        # before 11 - 4, thought 12.1 - 4, and it came to 8
        assert texts[place + 2].split()[-4:-1] == ["7", "8.10", "8"]
        assert texts[place + 3].split()[-4:-1] == ["3", "3.30", "2"]
        assert texts[place + 3].split()[-1].startswith("−1.3")


async def test_a_scenario_that_cannot_be_scored_says_why(workspace: Workspace) -> None:
    async with explorer(workspace) as stage:
        await stage.press("W", "o")
        await stage.type("und")
        await stage.press("enter")
        assert "not scored" in footer(stage)
        assert "+10%" in levers(stage)["bookings"]
        await stage.press("o")
        await stage.type("ast")
        await stage.press("enter")
        assert "no week is over" in " ".join(outcome(stage)[:3])


async def test_narrow_and_plain_it_fits(workspace: Workspace) -> None:
    plain_look = settings_from({"METRIC_TUI_ASCII": "1", "NO_COLOR": "1"})
    async with explorer(workspace, NARROW, plain_look) as stage:
        await stage.press("W", "right_curly_bracket")
        assert screen_of(stage).has_class("-narrow")
        assert all(len(text) <= 80 and text.isascii() for text in outcome(stage))
        await stage.press("tab")
        assert screen_of(stage).query_one("#outcome").has_focus
        await stage.press("tab", "q")
        assert stage.app.screen is stage.main


async def test_every_key_is_in_the_help_and_in_the_palette(workspace: Workspace) -> None:
    async with explorer(workspace, settings=Settings()) as stage:
        await stage.press("W")
        for command in WHAT_IF_COMMANDS:
            assert hasattr(screen_of(stage), f"action_{command.name}")
        await stage.press("question_mark")
        assert isinstance(stage.app.screen, Help)
        await stage.press("escape")
        await select(stage, "bookings")
        await stage.press("ctrl+p")
        await stage.type("Add 10%")
        await stage.press("enter")
        await stage.settle()
        assert "+10%" in levers(stage)["bookings"]


async def test_before_the_numbers_are_there_nothing_opens(workspace: Workspace) -> None:
    async with explorer(workspace) as stage:
        stage.main.answer = None
        await stage.press("W")
        assert stage.app.screen is stage.main
        assert "not there yet" in stage.bar("footer")


async def test_numbers_that_are_stopped_are_asked_for_again(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    from metric_tui.base.errors import Cancelled

    def stopped(_: object) -> None:
        raise Cancelled("stopped")

    async with explorer(workspace) as stage:
        with monkeypatch.context() as held:
            held.setattr(workspace, "model", stopped)
            await stage.press("W")
            assert "stopped, as file or store changed" in outcome(stage)[0]
            await stage.press("right")
            assert "not there yet" in footer(stage)
        await stage.press("escape", "W")
        assert "unchanged" in outcome(stage)[0]
