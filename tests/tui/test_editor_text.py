"""Typing, moving and keeping every byte."""

from pathlib import Path

import pytest
from textual.document._document import Selection

from metric_tui.tui.widgets.yaml_document import YamlDocument, difference_of
from metric_tui.tui.widgets.yaml_editor import YamlEditor
from tests.tui.editor_stage import TREE, editing


@pytest.fixture(autouse=True)
def _own_state(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


FILES = {
    "unix": TREE,
    "windows": TREE.replace("\n", "\r\n"),
    "no final newline": TREE.rstrip("\n"),
    "tabs": TREE.replace("gaps", "gaps\tand\ttabs"),
    "mixed line ends": TREE.replace("\n", "\r\n", 3),
    "separators": TREE.replace("team", '"te\x85\u2028 am"'),
    "byte order mark": TREE.replace("# what", "# \ufeffwhat"),
}


@pytest.mark.parametrize("text", FILES.values(), ids=FILES.keys())
async def test_a_save_changes_only_what_was_typed(tmp_path: Path, text: str) -> None:
    async with editing(tmp_path, text, line=3) as play:
        await play.press("end", "X", "f2")
        if play.stage.screen is not play.screen:
            await play.press("s")
        assert play.on_disk == text.replace("name: Stays", "name: StaysX")


@pytest.mark.parametrize("text", FILES.values(), ids=FILES.keys())
async def test_undo_brings_every_byte_back(tmp_path: Path, text: str) -> None:
    async with editing(tmp_path, text, line=2) as play:
        await play.press("ctrl+k", "ctrl+k", "enter", "a", "down", "ctrl+k", "ctrl+x", "backspace")
        assert play.screen.editor.text != text
        for _ in range(12):
            await play.press("ctrl+z")
        assert play.screen.editor.text == text


async def test_a_new_line_ends_as_the_others_do(tmp_path: Path) -> None:
    async with editing(tmp_path, TREE.replace("\n", "\r\n"), line=3) as play:
        await play.press("end", "enter", "x")
        assert "name: Stays\r\nx\r\nstore" in play.screen.editor.text


async def test_enter_keeps_the_indent_and_goes_deeper_after_a_colon(tmp_path: Path) -> None:
    async with editing(tmp_path, line=7) as play:
        await play.press("end", "enter", "a", "enter", "b")
        assert "  events:\n    a\n    b\n    table" in play.screen.editor.text


async def test_tab_indents_and_shift_tab_dedents(tmp_path: Path) -> None:
    async with editing(tmp_path, line=3) as play:
        editor = play.screen.editor
        await play.press("tab")
        assert editor.document[2] == "  name: Stays"
        await play.press("shift+tab")
        assert editor.document[2] == "name: Stays"
        editor.selection = Selection((1, 0), (3, 2))
        await play.press("tab")
        assert editor.document.lines[1:4] == ["  version: 1", "  name: Stays", "  store: stays.db"]
        assert editor.selection == Selection((1, 0), (3, 4))
        await play.press("shift+tab")
        assert editor.text == TREE
        await play.press("ctrl+z", "ctrl+z")
        assert editor.document[1] == "version: 1"


@pytest.mark.parametrize("key", ["f9", "ctrl+underscore", "ctrl+slash"])
async def test_comments_go_on_and_off(tmp_path: Path, key: str) -> None:
    async with editing(tmp_path, TREE.replace("\n", "\r\n"), line=16) as play:
        editor = play.screen.editor
        editor.selection = Selection((15, 4), (17, 5))
        await play.press(key)
        assert editor.document.lines[15:18] == [
            "    # type: derived",
            "    # expr: gross - cancelled",
            "    # owner: team",
        ]
        await play.press(key)
        assert editor.text == TREE.replace("\n", "\r\n")


async def test_a_paste_is_text_whatever_it_holds(tmp_path: Path) -> None:
    hostile = "[USD] [/foo] [red]x[/] [@click=app.quit]q[/] \x1b[31m\u202e"
    async with editing(tmp_path, line=1) as play:
        play.screen.editor.insert(hostile)
        await play.settle()
        shown = play.shown("YamlEditor")
        assert "[USD] [/foo] [red]x[/] [@click=app.quit]q[/] ␛[31m�" in shown
        assert "\x1b" not in shown
        assert hostile in play.screen.editor.text


async def test_it_opens_at_the_line_with_the_cursor_in_view(tmp_path: Path) -> None:
    text = TREE + "".join(f"# {number}\n" for number in range(200))
    async with editing(tmp_path, text, line=150) as play:
        assert play.screen.editor.cursor_location == (149, 0)
        assert "150" in play.shown("YamlEditor")
        assert "saved" in play.shown("#title")


async def test_only_rows_that_changed_are_drawn(tmp_path: Path) -> None:
    async with editing(tmp_path, line=3) as play:
        editor = play.screen.editor
        drawn: list[int] = []
        taken = editor._exchange_repaint_regions

        def note() -> object:
            regions = taken()
            drawn.append(sum(region.height for region in regions))
            return regions

        editor._exchange_repaint_regions = note  # type: ignore[method-assign, assignment]
        await play.pilot.press("x")
        # a refresh with nothing to draw may come between; no draw is larger than the row
        assert max(drawn) == 1


async def test_it_works_without_tree_sitter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("metric_tui.tui.widgets.yaml_text.yaml_parser", lambda: None)
    async with editing(tmp_path, line=3) as play:
        await play.press("end", "x")
        assert "name: Staysx" in play.shown("YamlEditor")


async def test_keys_and_comments_have_colours_of_their_own(tmp_path: Path) -> None:
    async with editing(tmp_path) as play:
        editor = play.screen.editor
        colours = {
            segment.text.strip(): segment.style.color
            for row in range(3)
            for segment in editor.render_line(row)
            if segment.style and segment.text.strip()
        }
        assert len({str(colours[word]) for word in ("name", "1", "Stays")}) == 3


def test_the_difference_of_two_texts_is_whole_lines() -> None:
    document = YamlDocument("a\nb\nc\n")
    assert difference_of(document, "a\nB\nc\n") == ((1, 0), (2, 0), "B\n")
    assert difference_of(document, "a\nb\nc\n") is None


def test_a_word_with_a_capital_is_found_as_written() -> None:
    editor = YamlEditor("Name name\nNAME")
    assert editor.matches_of("name") == ((0, 0), (0, 5), (1, 0))
    assert editor.matches_of("Name") == ((0, 0),)


async def test_the_view_jumps_by_half_instead_of_following_the_cursor(tmp_path: Path) -> None:
    text = TREE + "".join(f"# {number}\n" for number in range(200))
    async with editing(tmp_path, text) as play:
        editor = play.screen.editor
        tops = set()
        for _ in range(40):
            await play.pilot.press("down")
            tops.add(editor.scroll_offset.y)
            assert 0 <= editor.cursor_location[0] - editor.scroll_offset.y < editor.size.height
        assert len(tops) <= 5
        lefts = set()
        for _ in range(120):
            editor.insert("x")
            lefts.add(editor.scroll_offset.x)
        assert len(lefts) <= 4
        assert editor.scroll_offset.x > 0
        await play.press("home")
        assert editor.scroll_offset.x == 0
