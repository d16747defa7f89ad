"""Every key of the main screen, as a user would press it."""

import re
import threading
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from textual.widgets import Input

from metric_tui.definitions.asks import Condition
from metric_tui.presentation.glyphs import ASCII
from metric_tui.presentation.tree_rows import TreeRow
from metric_tui.tui.commands import COMMANDS, MOVES
from metric_tui.tui.keys import keys_here
from metric_tui.tui.screens.help import Help
from metric_tui.tui.screens.picker import Picker
from metric_tui.tui.settings import Settings, settings_from
from metric_tui.tui.views import VIEW_COMMANDS, VIEWS
from tests.tui.fake_workspace import FakeWorkspace, hostile_tree, wide_tree
from tests.tui.stage import NARROW, WIDE, Stage, explorer, opening


async def test_names_and_numbers_are_shown() -> None:
    async with explorer(FakeWorkspace()) as stage:
        assert "48.2k" in stage.tree()[0]
        assert "▲ +4.1%" in stage.tree()[0]
        assert "22–28 Jun 2026" in stage.bar("header")
        assert "up to 30 Jun 21:14" in stage.bar("header")
        assert any("48,210 nights" in text for text in stage.card())


async def test_names_stand_before_the_first_answer() -> None:
    workspace = FakeWorkspace()
    workspace.hold = threading.Event()
    async with opening(workspace) as stage:
        assert stage.labels()[:2] == ["Nights booked", "Gross nights"]
        assert stage.main.answer is None
        workspace.hold.set()
        await stage.settle()
        assert "48.2k" in stage.tree()[0]


async def test_the_card_follows_the_cursor() -> None:
    async with explorer(FakeWorkspace()) as stage:
        await stage.press("down")
        assert stage.selected == "gross_nights"
        assert stage.card()[0].startswith("Gross nights")
        await stage.press("j", "k", "up")
        assert stage.selected == "nights_booked"
        await stage.press("end")
        assert stage.selected == "host_cancel_rate"
        await stage.press("home")
        assert stage.selected == "nights_booked"


async def test_paging_goes_to_the_ends() -> None:
    async with explorer(FakeWorkspace(wide_tree()), NARROW) as stage:
        await stage.press("2", "pagedown")
        assert stage.main.tree_table.cursor > 8
        await stage.press("G")
        assert stage.main.tree_table.cursor == stage.main.tree_table.count - 1
        await stage.press("pageup", "home")
        assert stage.main.tree_table.cursor == 0


async def test_enter_drills_and_backspace_comes_back() -> None:
    async with explorer(FakeWorkspace()) as stage:
        await stage.press("down", "enter")
        assert stage.main.choices.root == ("nights_booked", "gross_nights")
        assert stage.bar("crumbs") == "Nights booked › Gross nights"
        assert stage.labels()[0] == "Gross nights"
        await stage.press("down", "enter")
        assert stage.bar("crumbs") == "Nights booked › Gross nights › Bookings"
        await stage.press("backspace", "h")
        assert len(stage.main.choices.root) == 1
        assert stage.selected == "gross_nights"
        await stage.press("minus")
        assert stage.main.choices.root == ("nights_booked", "gross_nights")


async def test_up_at_the_top_goes_to_the_row_above() -> None:
    async with explorer(FakeWorkspace()) as stage:
        await stage.press("down", "down", "left")
        assert stage.selected == "gross_nights"


async def test_space_opens_and_closes_and_digits_set_the_depth() -> None:
    async with explorer(FakeWorkspace()) as stage:
        whole = len(stage.labels())
        await stage.press("down", "space")
        assert len(stage.labels()) < whole
        await stage.press("space")
        assert len(stage.labels()) == whole
        await stage.press("1")
        assert "Bookings" not in stage.labels()
        await stage.press("end", "9")
        assert "Searchers" in stage.labels()


async def test_a_row_that_vanishes_leaves_the_cursor_above() -> None:
    async with explorer(FakeWorkspace()) as stage:
        await stage.press("down", "down", "down")
        assert stage.selected == "searchers"
        await stage.press("1")
        assert stage.selected == "gross_nights"


async def test_find_goes_to_a_metric_and_on() -> None:
    async with explorer(FakeWorkspace()) as stage:
        await stage.press("1", "slash")
        await stage.type("book")
        await stage.press("enter")
        first = stage.selected
        assert "book" in first
        await stage.press("n")
        assert stage.selected != first
        await stage.press("N")
        assert stage.selected == first
        await stage.press("slash")
        await stage.type("zzzz")
        await stage.press("enter")
        assert "no metric matches" in stage.bar("footer")


async def test_a_metric_of_another_component_view_is_found() -> None:
    async with explorer(FakeWorkspace()) as stage:
        await stage.press("slash")
        await stage.type("new bookings")
        await stage.press("enter")
        assert stage.selected == "new_bookings"
        assert stage.main.choices.views["bookings"] == "by guest"


async def test_order_and_component_view() -> None:
    async with explorer(FakeWorkspace()) as stage:
        await stage.press("o")
        assert stage.main.choices.order == "contribution"
        assert "ordered by" in stage.bar("footer")
        await stage.press("o", "o", "o", "down", "down", "v")
        assert stage.main.choices.views == {"bookings": "by guest"}
        assert "Repeat bookings" in stage.labels()
        assert any("no column is named `guest`" in text for text in stage.tree())


async def test_filter_and_clear() -> None:
    workspace = FakeWorkspace()
    async with explorer(workspace) as stage:
        await stage.press("f", "enter")
        assert isinstance(stage.app.screen, Picker)
        await stage.press("space", "down", "space", "enter")
        where = (Condition(dimension="country", operator="=", choices=("PT", "ES")),)
        assert stage.question().where == where
        assert "country = PT, ES" in stage.bar("header")
        assert "24.1k" in stage.tree()[0]
        await stage.press("F")
        assert stage.question().where == ()
        await stage.press("F")
        assert "no filter" in stage.bar("footer")


async def test_the_grain_is_picked_by_letter() -> None:
    async with explorer(FakeWorkspace()) as stage:
        await stage.press("g", "m")
        assert stage.question().grain == "month"
        await stage.press("u")
        assert stage.question().grain == "week"


async def test_periods_step_and_stretch() -> None:
    async with explorer(FakeWorkspace()) as stage:
        await stage.press("comma")
        assert stage.question().end == date(2026, 6, 21)
        await stage.press("full_stop")
        assert stage.question().end is None
        await stage.press("left_square_bracket")
        assert stage.question().last == 10
        await stage.press("right_square_bracket")
        assert stage.question().last == 13


async def test_a_typed_range_is_checked_while_it_is_typed() -> None:
    async with explorer(FakeWorkspace()) as stage:
        await stage.press("d")
        await stage.type("soon")
        await stage.press("enter")
        assert len(stage.app.screen_stack) == 2
        await stage.press("ctrl+u")
        await stage.type("2026-05")
        await stage.press("enter")
        assert stage.question().start == date(2026, 5, 1)
        assert stage.question().end == date(2026, 5, 31)


async def test_compare_and_as_of() -> None:
    async with explorer(FakeWorkspace()) as stage:
        await stage.press("c", "n")
        assert stage.question().compare == "none"
        await stage.press("c", "y")
        assert "vs a year ago" in stage.bar("header")
        await stage.press("c", "d")
        await stage.type("2026-04")
        await stage.press("enter")
        assert "vs 1–30 Apr 2026" in stage.bar("header")
        await stage.press("a")
        await stage.type("2026-06-15")
        await stage.press("enter")
        assert stage.question().as_of == date(2026, 6, 15)
        assert "as of 2026-06-15" in stage.bar("header")
        await stage.press("u", "u", "u", "u", "u")
        assert stage.question().compare == "previous"
        assert "nothing to undo" in stage.bar("footer")


async def test_break_down_shows_segments_and_enter_filters() -> None:
    workspace = FakeWorkspace()
    async with explorer(workspace) as stage:
        await stage.press("b")
        assert stage.main.view.name == "segments"
        assert any(text.startswith("PT") for text in stage.card())
        await stage.press("tab", "enter")
        assert stage.question().where[0].choices == ("PT",)
        assert stage.main.dimension == "platform"


async def test_views_by_key_and_in_turn() -> None:
    async with explorer(FakeWorkspace()) as stage:
        for command in VIEW_COMMANDS:
            await stage.press(command.keys[0])
            assert f"'{stage.main.view.name}'" == command.argument
        await stage.press("i")
        seen = []
        for _ in VIEWS:
            seen.append(stage.main.view.name)
            await stage.press("right_curly_bracket")
        assert seen == [view.name for view in VIEWS]
        await stage.press("left_curly_bracket")
        assert stage.main.view is VIEWS[-1]


async def test_the_definition_shows_sql_and_yaml_as_they_are() -> None:
    async with explorer(FakeWorkspace()) as stage:
        await stage.press("s")
        text = "\n".join(stage.card())
        assert "WHERE event = 'x [/foo] y'" in text
        assert "YAML, line 12" in text


async def test_events_and_one_entity() -> None:
    async with explorer(FakeWorkspace(), (160, 50)) as stage:
        await stage.press("R")
        assert any("user_0" in text for text in stage.card())
        await stage.press("tab", "down", "enter")
        assert any("timeline of user_1" in text for text in stage.card())


async def test_the_card_fills_the_screen_and_escape_leaves() -> None:
    async with explorer(FakeWorkspace()) as stage:
        await stage.press("plus")
        assert stage.main.is_full
        assert not stage.main.tree_table.display or stage.main.tree_table.size.width == 0
        await stage.press("escape")
        assert not stage.main.is_full
        assert stage.main.tree_table.has_focus


async def test_tab_goes_to_the_card_and_back() -> None:
    async with explorer(FakeWorkspace()) as stage:
        await stage.press("tab")
        assert stage.main.pane.has_focus
        assert "full screen" in stage.bar("footer")
        await stage.press("tab")
        assert stage.main.tree_table.has_focus
    async with explorer(FakeWorkspace(), NARROW) as stage:
        await stage.press("tab")
        assert stage.main.is_full
        await stage.press("q")
        assert not stage.main.is_full


async def test_copy_hands_over_the_text(monkeypatch: pytest.MonkeyPatch) -> None:
    copied: list[str] = []
    async with explorer(FakeWorkspace(), settings=Settings(is_in_tmux=True)) as stage:
        monkeypatch.setattr(stage.app, "copy_to_clipboard", copied.append)
        await stage.press("y", "v", "y", "s", "y", "y", "y", "r")
        assert copied[0] == "48,210"
        assert copied[1].startswith("SELECT count(*)")
        assert copied[2].startswith("nights_booked:")
        assert "Nights booked" in copied[3]
        assert "tmux: set -s set-clipboard on" in stage.bar("footer")


async def test_export_writes_and_never_overwrites(tmp_path: Path) -> None:
    async with explorer(FakeWorkspace()) as stage:
        target = tmp_path / "seen.csv"
        for _ in range(2):
            await stage.press("x")
            stage.app.screen.query_one(Input).value = str(target)
            await stage.press("enter")
        assert target.read_text().startswith("metric,period,end")
        assert "is there already" in stage.bar("footer")


async def test_refresh_and_a_file_that_changes() -> None:
    workspace = FakeWorkspace()
    async with explorer(workspace) as stage:
        await stage.press("down", "r")
        assert workspace.reloads == 1
        assert stage.selected == "gross_nights"
        workspace.changed = "file"
        stage.main.look_for_changes()
        await stage.settle()
        assert workspace.reloads == 2
        assert "48.2k" in stage.tree()[0]


async def test_escape_cancels_a_running_query() -> None:
    workspace = FakeWorkspace()
    async with explorer(workspace) as stage:
        workspace.hold = threading.Event()
        await stage.pilot.press("c", "n")
        await stage.pilot.pause()
        assert stage.main.is_waiting
        before = workspace.cancels
        await stage.press("escape")
        assert workspace.cancels > before
        assert not stage.main.is_waiting
        assert "cancelled" in stage.bar("banner") + stage.bar("footer") + stage.bar("header")
        workspace.hold = None
        await stage.press("r")
        assert "48.2k" in stage.tree()[0]


async def test_an_answer_to_an_older_question_is_dropped() -> None:
    workspace = FakeWorkspace()
    async with explorer(workspace) as stage:
        from metric_tui.planning.question import Question
        from metric_tui.tui.workers import Answered

        old = workspace.answer(Question(grain="year"))
        stage.main.post_message(Answered(0, old, {}))
        await stage.settle()
        assert stage.main.answer is not None
        assert stage.main.answer.question.grain == "week"


async def test_a_store_that_fails_is_said_and_the_explorer_goes_on() -> None:
    workspace = FakeWorkspace()
    workspace.fails = True
    async with explorer(workspace) as stage:
        assert "the store is locked" in stage.bar("banner")
        assert stage.labels()[0] == "Nights booked"
        workspace.fails = False
        await stage.press("r")
        assert "48.2k" in stage.tree()[0]
        assert not stage.main.query_one("#banner").display


async def test_a_fault_of_ours_stays_in_its_panel(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    workspace = FakeWorkspace()

    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("secret value")

    monkeypatch.setattr(workspace, "definition", broken)
    settings = Settings(state_directory=str(tmp_path))
    async with explorer(workspace, settings=settings) as stage:
        await stage.press("s")
        assert any("a fault of metric-tui itself" in text for text in stage.card())
        assert len(list(tmp_path.glob("crash-*.log"))) == 1
        await stage.press("i")
        assert any("48,210" in text for text in stage.card())


async def test_theme_help_and_palette() -> None:
    async with explorer(FakeWorkspace()) as stage:
        await stage.press("t")
        await stage.type("day")
        await stage.press("enter")
        assert stage.app.theme == "metric-day"
        await stage.press("question_mark")
        assert isinstance(stage.app.screen, Help)
        await stage.press("escape", "colon")
        await stage.type("host")
        await stage.press("enter")
        await stage.settle()
        assert stage.selected == "host_cancel_rate"


async def test_q_goes_back_and_at_last_out() -> None:
    async with explorer(FakeWorkspace()) as stage:
        await stage.press("down", "enter", "tab", "q", "q")
        assert stage.main.choices.root == ("nights_booked",)
        assert stage.app.return_code is None
        await stage.pilot.press("q")
    assert stage.app.return_code == 0


async def test_where_the_user_was_comes_back() -> None:
    workspace = FakeWorkspace()
    async with explorer(workspace) as stage:
        await stage.press("g", "m", "down", "enter", "down", "p")
        await stage.pilot.press("ctrl+q")
    async with explorer(workspace) as stage:
        assert stage.question().grain == "month"
        assert stage.main.choices.root == ("nights_booked", "gross_nights")
        assert stage.selected == "bookings"
        assert stage.main.view.name == "trend"


async def test_keys_can_be_remapped() -> None:
    settings = Settings(keymap={"drill": "z", "line_down": "w"})
    async with explorer(FakeWorkspace(), settings=settings) as stage:
        await stage.press("w", "z")
        assert stage.main.choices.root == ("nights_booked", "gross_nights")


async def test_every_action_is_in_help_palette_and_has_a_plain_key() -> None:
    from metric_tui.tui.screens.help import help_lines

    commands = (*MOVES, *COMMANDS, *VIEW_COMMANDS)
    text = "\n".join(
        "".join(piece.text for piece in pieces)
        for pieces in help_lines(commands, keys_here(commands, {}), Settings().glyphs, 200)
    )
    for command in commands:
        if command.name != "depth":
            assert command.description in text
        assert any(not re.match(r"ctrl\+|f\d", key) for key in command.keys)
    keys = [key for command in (*MOVES, *COMMANDS, *VIEW_COMMANDS) for key in command.keys]
    assert len(keys) == len(set(keys))


async def test_actions_of_the_table_exist() -> None:
    async with explorer(FakeWorkspace()) as stage:
        for command in (*COMMANDS, *VIEW_COMMANDS):
            owner = stage.app if command.name == "quit" else stage.main
            assert hasattr(owner, f"action_{command.name}"), command.name
        for command in MOVES:
            assert hasattr(stage.main.tree_table, f"action_{command.name}")


@pytest.mark.parametrize("size", [(80, 24), (100, 30), (60, 14), (40, 12)])
async def test_the_footer_has_eight_keys_at_most(size: tuple[int, int]) -> None:
    async with explorer(FakeWorkspace(), size) as stage:
        keys = [
            piece for piece in stage.main.query_one("#footer").lines[0]  # type: ignore[attr-defined]
            if piece.role == "key"
        ]  # fmt: skip
        assert 0 < len(keys) <= (8 if size[0] < 100 else 12)
        assert "?" in stage.bar("footer")


async def test_a_small_terminal_gets_one_sentence() -> None:
    async with explorer(FakeWorkspace(), (39, 11)) as stage:
        assert stage.main.query_one("#tiny").display
        assert not stage.main.tree_table.display or not stage.main.tree_table.size
        await stage.pilot.resize_terminal(120, 40)
        await stage.settle()
        assert stage.main.tree_table.size.width > 60


@pytest.mark.parametrize("size", [(120, 40), (80, 24), (2, 1), (200, 60), (80, 40)])
async def test_hostile_names_are_shown_as_they_are(size: tuple[int, int]) -> None:
    async with explorer(FakeWorkspace(hostile_tree()), size) as stage:
        labels = stage.labels()
        assert "Revenue [USD]" in labels
        assert "[@click=app.quit]q[/]" in labels
        assert "a\\x1b[31mb" in labels
        if size[0] > 40:
            await stage.press("down", "down", "enter", "s", "question_mark", "escape", "colon")
            await stage.type("q")
            await stage.press("escape", "slash")
            await stage.type("[/foo]")
            await stage.press("enter", "down", "down")


async def test_ascii_draws_nothing_else() -> None:
    async with explorer(FakeWorkspace(), settings=Settings(glyphs=ASCII)) as stage:
        texts = [*stage.tree(), *stage.card(), stage.bar("header"), stage.bar("footer")]
        assert all(text.isascii() for text in texts)


def test_the_environment_decides_the_look() -> None:
    assert settings_from({"TERM": "xterm-256color"}).theme == "metric-night"
    assert settings_from({"TERM": "linux"}).theme == "ansi-dark"
    assert settings_from({"TERM": "xterm-256color", "SSH_TTY": "/dev/pts/0"}).is_lean
    assert settings_from({"TERM": "xterm-256color", "NO_COLOR": "1"}).is_colourless
    assert not settings_from({"TERM": "xterm-256color", "NO_COLOR": ""}).is_colourless
    assert settings_from({"LANG": "de_DE.ISO-8859-1"}).glyphs is ASCII


@pytest.mark.parametrize("size", [WIDE, NARROW])
async def test_an_ascii_terminal_gets_no_other_letter(size: tuple[int, int]) -> None:
    workspace = FakeWorkspace(wide_tree())
    async with explorer(workspace, size, settings=Settings(glyphs=ASCII)) as stage:
        for key in ("2", "end", "b", "question_mark"):
            await stage.press(key)
            strips = stage.app.screen._compositor.render_strips()
            text = "".join(strip.text for strip in strips)
            assert {letter for letter in text if not letter.isascii()} == set()


async def known_rows(stage: Stage) -> dict[str, TreeRow]:
    """Ask by month, and give the rows once some of them have numbers."""
    stage.main.ask(replace(stage.question(), grain="month"))

    def is_answered() -> bool:
        answer = stage.main.answer
        return answer is not None and answer.question.grain == "month"

    await stage.until(is_answered)
    return {row.metric: row for row in stage.main.tree_table.rows}


async def test_what_is_known_is_shown_while_the_rest_is_computed() -> None:
    workspace = FakeWorkspace()
    async with explorer(workspace) as stage:
        workspace.hold, workspace.quick = threading.Event(), ("nights_booked", "gross_nights")
        rows = await known_rows(stage)
        assert rows["gross_nights"].value
        assert not rows["bookings"].value
        assert "computing" in stage.bar("header")
        assert stage.main.is_waiting
        workspace.hold.set()
        await stage.settle()
        rows = {row.metric: row for row in stage.main.tree_table.rows}
        assert rows["bookings"].value
        assert "computing" not in stage.bar("header")


async def test_stopping_keeps_what_is_known() -> None:
    workspace = FakeWorkspace()
    async with explorer(workspace) as stage:
        workspace.hold, workspace.quick = threading.Event(), ("nights_booked", "gross_nights")
        stage.main.ask(replace(stage.question(), grain="month"))
        await stage.pilot.pause(0.1)
        await stage.press("escape")
        rows = {row.metric: row for row in stage.main.tree_table.rows}
        assert rows["gross_nights"].value
        assert not rows["bookings"].value
        assert not stage.main.is_waiting


async def test_a_store_that_is_written_to_all_the_time_is_followed_now_and_then(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = 100.0
    monkeypatch.setattr("metric_tui.tui.actions.following.monotonic", lambda: now)
    workspace = FakeWorkspace()
    async with explorer(workspace) as stage:

        async def written() -> int:
            workspace.changed = "store"
            stage.main.look_for_changes()
            await stage.settle()
            return workspace.reloads

        before = workspace.reloads
        assert await written() == before
        now += 2.9
        assert await written() == before
        now += 0.2
        assert await written() == before + 1
        # an answer that took a second stands for ten
        stage.main._took = 1.0
        now += 9.0
        assert await written() == before + 1
        now += 1.1
        assert await written() == before + 2
        # another component view is a computation of its own, however long ago the question was
        now += 600.0
        stage.main.after_contributions()
        await stage.settle()
        assert stage.main._took == 0.0
        # what is being computed is not stopped for it
        workspace.hold = threading.Event()
        now += 60.0
        stage.main.ask(replace(stage.question(), grain="month"))
        workspace.changed = "store"
        stage.main.look_for_changes()
        await stage.pilot.pause()
        assert workspace.reloads == before + 2
        workspace.hold.set()
        await stage.settle()
