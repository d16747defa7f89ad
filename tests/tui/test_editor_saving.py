"""Saving, conflicts, leaving, recovery: nothing typed is lost, nothing is overwritten unasked."""

from pathlib import Path

import pytest

from metric_tui.base.errors import MetricTuiError
from metric_tui.tui.screens.choice import ChoiceScreen, Difference
from metric_tui.workspace import Workspace
from tests.tui.editor_stage import TREE, Play, editing

EDITED = TREE.replace("name: Stays", "name: StaysX")
OUTSIDE = TREE.replace("owner: team", "owner: someone else")


@pytest.fixture(autouse=True)
def _own_state(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


async def edit(play: Play) -> None:
    play.screen.editor.go_to(2)
    await play.press("end", "X")


def asked(play: Play) -> str:
    assert isinstance(play.stage.screen, ChoiceScreen)
    return play.shown("Vertical")


@pytest.mark.parametrize("key", ["f2", "ctrl+s"])
async def test_saving_writes_the_file_and_says_so(tmp_path: Path, key: str) -> None:
    async with editing(tmp_path) as play:
        await edit(play)
        assert "unsaved" in play.shown("#title")
        await play.press(key)
        assert play.on_disk == EDITED
        assert "saved tree.yaml" in play.shown("#title")
        await play.press("escape")
        assert play.stage.given == [True]


async def test_leaving_without_a_change_gives_false(tmp_path: Path) -> None:
    async with editing(tmp_path) as play:
        await play.press("f2")
        assert "nothing to save" in play.shown("#title")
        await play.press("escape")
        assert play.stage.given == [False]


async def test_undo_reaches_back_past_a_save(tmp_path: Path) -> None:
    async with editing(tmp_path) as play:
        await edit(play)
        await play.press("f2", "ctrl+z")
        assert play.screen.editor.text == TREE
        assert play.screen.is_unsaved
        await play.press("f2")
        assert play.on_disk == TREE


async def test_a_save_can_be_taken_back(tmp_path: Path) -> None:
    async with editing(tmp_path) as play:
        await play.press("f10")
        await edit(play)
        await play.press("f10")
        assert "first" in play.shown("#title")
        await play.press("f2", "f10")
        assert play.on_disk == TREE
        assert play.screen.editor.text == TREE
        await play.press("ctrl+z")
        assert play.screen.editor.text == EDITED


async def test_errors_are_named_before_they_are_saved(tmp_path: Path) -> None:
    async with editing(tmp_path, line=17) as play:
        await play.press("end", "x")
        await play.press("f2")
        assert "1 error in the text" in asked(play)
        await play.press("l")
        assert play.on_disk == TREE
        assert play.screen.editor.cursor_location[0] == 16
        await play.press("f2", "s")
        assert "cancelledx" in play.on_disk
        assert "✗ 1 error" in play.shown("#title")


async def test_a_file_changed_on_disk_is_not_overwritten_unasked(tmp_path: Path) -> None:
    async with editing(tmp_path) as play:
        await edit(play)
        play.path.write_text(OUTSIDE)
        await play.press("f2")
        assert "changed on disk" in asked(play)
        await play.press("escape")
        assert play.on_disk == OUTSIDE
        assert play.screen.editor.text == EDITED
        await play.press("f2", "k")
        assert play.on_disk == EDITED


async def test_reloading_after_a_conflict_can_be_undone(tmp_path: Path) -> None:
    async with editing(tmp_path) as play:
        await edit(play)
        play.path.write_text(OUTSIDE)
        await play.press("f2", "r")
        assert play.screen.editor.text == OUTSIDE
        assert not play.screen.is_unsaved
        await play.press("ctrl+z")
        assert play.screen.editor.text == EDITED
        await play.press("f2")
        assert play.on_disk == EDITED


async def test_an_edit_that_the_app_has_read_by_now_is_a_conflict_too(tmp_path: Path) -> None:
    async with editing(tmp_path) as play:
        await edit(play)
        play.path.write_text(OUTSIDE)
        play.stage.workspace.reload()
        play.screen.file_changed()
        await play.settle()
        assert "saving will ask" in play.shown("#title")
        await play.press("f2")
        assert "changed on disk" in asked(play)
        assert play.on_disk == OUTSIDE


async def test_an_outside_edit_is_taken_where_nothing_is_unsaved(tmp_path: Path) -> None:
    async with editing(tmp_path) as play:
        play.path.write_text(OUTSIDE)
        play.stage.workspace.reload()
        play.screen.file_changed()
        await play.settle()
        assert play.screen.editor.text == OUTSIDE
        assert not play.screen.is_unsaved


async def test_the_difference_shows_both_texts(tmp_path: Path) -> None:
    async with editing(tmp_path, size=(100, 40)) as play:
        await edit(play)
        play.path.write_text(OUTSIDE)
        await play.press("f2", "d")
        shown = asked(play)
        assert "-name: Stays" in shown
        assert "+name: StaysX" in shown
        await play.press("pagedown", "pageup", "right", "left", "j", "down", "escape")
        assert "+name: StaysX" not in asked(play)


@pytest.mark.parametrize(("key", "on_disk", "given"), [("s", EDITED, [True]), ("x", TREE, [False])])
async def test_leaving_asks_about_unsaved_changes(
    tmp_path: Path, key: str, on_disk: str, given: list[bool]
) -> None:
    async with editing(tmp_path) as play:
        await edit(play)
        await play.press("escape")
        assert "Unsaved changes" in asked(play)
        await play.press(key)
        assert play.on_disk == on_disk
        assert play.stage.given == given
        assert play.stage.workspace.recovery() is None


@pytest.mark.parametrize("key", ["c", "escape"])
async def test_one_may_stay(tmp_path: Path, key: str) -> None:
    async with editing(tmp_path) as play:
        await edit(play)
        await play.press("escape", key)
        assert play.stage.screen is play.screen
        assert play.screen.editor.text == EDITED


async def test_unsaved_text_is_kept_and_forgotten_once_saved(tmp_path: Path) -> None:
    async with editing(tmp_path) as play:
        await edit(play)
        assert play.stage.workspace.recovery() == EDITED
        await play.press("f2")
        assert play.stage.workspace.recovery() is None


async def test_the_way_out_keeps_unsaved_text(tmp_path: Path) -> None:
    async with editing(tmp_path) as play:
        play.screen.keep_unsaved()
        assert play.stage.workspace.recovery() is None
        play.screen.editor.insert("# half a thought\n", (0, 0))
        play.screen.keep_unsaved()
        assert play.stage.workspace.recovery() == "# half a thought\n" + TREE


@pytest.mark.parametrize(("key", "text"), [("r", EDITED), ("x", TREE)])
async def test_text_of_an_earlier_session_is_offered(tmp_path: Path, key: str, text: str) -> None:
    async with editing(tmp_path) as play:
        play.stage.workspace.keep_recovery(EDITED)
    async with editing(tmp_path) as play:
        assert "Unsaved text from last time" in asked(play)
        await play.press("d")
        assert "+name: StaysX" in asked(play)
        await play.press(key)
        assert play.screen.editor.text == text
        assert play.on_disk == TREE
        assert play.stage.workspace.recovery() == (EDITED if key == "r" else None)


async def test_a_file_that_cannot_be_written_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise MetricTuiError("`[/foo]` cannot be written: full")

    monkeypatch.setattr(Workspace, "save", refuse)
    async with editing(tmp_path) as play:
        await edit(play)
        await play.press("f2")
        assert [note.message for note in play.stage._notifications] == [
            "not saved: `[/foo]` cannot be written: full"
        ]
        assert play.screen.is_unsaved


async def test_hostile_text_in_a_difference_is_text(tmp_path: Path) -> None:
    hostile = "# [/foo] [@click=app.quit]q[/] \x1b]0;x\x07"
    lines = [text for text, _ in Difference("a\n", hostile, "[red]", "b").lines()]
    assert lines[-1] == "+# [/foo] [@click=app.quit]q[/] ␛]0;x␇"
    async with editing(tmp_path, size=(100, 40)) as play:
        play.screen.editor.insert(hostile + "\n", (0, 0))
        await play.press("escape", "d")
        assert "+# [/foo] [@click=app.quit]q[/] ␛]0;x␇" in asked(play)
