"""Keys and settings from the user's file and the environment, and what is said of wrong ones."""

from pathlib import Path

import pytest
from textual.widgets import Input

from metric_tui.presentation.glyphs import ASCII, UNICODE
from metric_tui.tui.commands import COMMANDS
from metric_tui.tui.configuring import configured, keymap_of, known_commands
from metric_tui.tui.keys import MAIN, WHAT_IF, key_named, keys_here, obeyed, shown_keys
from metric_tui.tui.screens.help import Help
from metric_tui.tui.settings import Settings
from metric_tui.tui.widgets.pane import Pane
from tests.tui.fake_workspace import FakeWorkspace
from tests.tui.stage import Stage, explorer

TERMINAL = {"TERM": "xterm-256color", "LANG": "C.UTF-8"}


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    path = tmp_path / "metric-tui" / "config.yaml"
    path.parent.mkdir()
    return path


def test_without_a_file_the_terminal_decides(file: Path) -> None:
    assert not file.exists()
    assert configured(TERMINAL) == Settings()


def test_the_file_wins_over_what_is_guessed_and_a_variable_over_the_file(file: Path) -> None:
    file.write_text("theme: nord\nascii: true\ncolour: false\nlean: true\nkeys: {drill: z}\n")
    found = configured(TERMINAL)
    assert (found.theme, found.glyphs) == ("nord", ASCII)
    assert found.is_colourless
    assert found.is_lean
    assert found.keymap == {"drill": "z"}
    variables = {
        "METRIC_TUI_THEME": "dracula", "METRIC_TUI_ASCII": "0", "METRIC_TUI_LEAN": "0",
        "METRIC_TUI_KEYS": "drill=x; find=/ ctrl+f",
    }  # fmt: skip
    other = configured(TERMINAL | variables)
    assert (other.theme, other.glyphs) == ("dracula", UNICODE)
    assert not other.is_lean
    assert other.keymap == {"drill": "x", "find": "slash,ctrl+f"}
    file.write_text("colour: true\nlean: false\n")
    assert configured(TERMINAL | {"NO_COLOR": "1"}).is_colourless
    assert not configured(TERMINAL | {"SSH_TTY": "/dev/pts/0"}).is_lean


def test_every_variable_works_without_a_file(file: Path) -> None:
    assert not file.exists()
    assert configured(TERMINAL | {"METRIC_TUI_KEYS": "drill=z"}).keymap == {"drill": "z"}
    assert configured(TERMINAL | {"METRIC_TUI_THEME": "nord"}).theme == "nord"
    assert configured(TERMINAL | {"METRIC_TUI_LEAN": "1"}).is_lean
    assert configured(TERMINAL | {"METRIC_TUI_ASCII": "1"}).glyphs is ASCII


@pytest.mark.parametrize(
    ("keys", "keymap", "fault"),
    [
        ({"drll": ("z",)}, {}, "`drll` is no action (did you mean `drill`?)"),
        ({"drill": ("hyper z", "z")}, {"drill": "z"}, "`hyper z` is no key for `drill`"),
        ({"drill": ("z",), "find": ("z", "/")}, {"drill": "z", "find": "slash"}, "already the key"),
        ({"drill": ()}, {}, "`drill` has no key"),
        ({"grain": ("f",)}, {"grain": "f"}, "`filter` has no key any more, as `grain` took `f`"),
        ({"drill": ("Home",)}, {"drill": "home"}, "`first_line` has no key any more, as `drill`"),
        ({"drill": ("Ctrl+Q", "z")}, {"drill": "z"}, "`ctrl+q` is already the key of `quit`"),
    ],
)
def test_a_key_that_cannot_be_is_said_and_the_others_hold(
    keys: dict[str, tuple[str, ...]], keymap: dict[str, str], fault: str
) -> None:
    found, faults = keymap_of(keys)
    assert found == keymap
    assert any(fault in text for text in faults)


def test_keys_may_be_swapped_and_written_as_people_write_them() -> None:
    keys = {"grain": ("f",), "filter": ("g",), "find": (",", "Ctrl+F"), "earlier": ("F5",)}
    found, faults = keymap_of(keys)
    assert found == {
        "grain": "f", "filter": "g", "find": "comma,ctrl+f", "earlier": "f5",
    }  # fmt: skip
    assert faults == ()
    find = next(command for command in COMMANDS if command.name == "find")
    assert shown_keys(find, keys_here(MAIN, found)) == ", ctrl+f"
    assert shown_keys(find, keys_here(MAIN, {})) == "/"


def test_every_action_has_one_name() -> None:
    assert {"drill", "depth_3", "view_trend", "line_down", "step_-10"} <= known_commands().keys()


async def test_faults_are_told_in_a_banner_until_a_key_is_pressed(file: Path) -> None:
    file.write_text("theme: no-such\nkeys: {drll: x, find: z}\n")
    async with explorer(FakeWorkspace(), settings=configured(TERMINAL)) as stage:
        banner = stage.bar("banner")
        assert "`drll` is no action" in banner
        assert "no theme `no-such`" in banner
        assert "48.2k" in stage.tree()[0]
        await stage.press("down")
        assert not stage.main.query_one("#banner").display


async def test_a_new_key_works_and_is_shown_in_footer_and_help(file: Path) -> None:
    file.write_text("keys: {drill: z, find: ctrl+f}\n")
    async with explorer(FakeWorkspace(), settings=configured(TERMINAL)) as stage:
        assert "z drill" in stage.bar("footer")
        assert "ctrl+f find" in stage.bar("footer")
        await stage.press("down", "z")
        assert stage.main.choices.root == ("nights_booked", "gross_nights")
        await stage.press("enter")
        assert len(stage.main.choices.root) == 2
        await stage.press("question_mark")
        assert isinstance(stage.app.screen, Help)
        content = stage.app.screen.query_one(Pane).content
        text = ["".join(piece.text for piece in line) for line in content.lines]
        assert any(line.startswith("ctrl+f") and "few letters" in line for line in text)


def test_every_key_is_written_so_that_it_can_be_read_back() -> None:
    for command in (*MAIN, *WHAT_IF):
        assert {key_named(text) for text in command.shown.split()} <= set(command.keys)


def test_without_keys_of_ones_own_every_command_has_all_of_its_keys() -> None:
    for place in (MAIN, WHAT_IF):
        assert keys_here(place, {}) == {command.id: command.keys for command in place}


def pressed(stage: Stage, key: str) -> list[str]:
    """What the key is bound to where the focus is, the first that is asked standing first."""
    return [
        found.action
        for _, table in stage.main._binding_chain
        for found in table.key_to_bindings.get(key, ())
        if found.id is not None
    ]


@pytest.mark.parametrize(
    "keymap",
    [
        {},
        {"find": "g"},
        {"find": "j", "view_why": "down"},
        {"drill": "home", "order": "enter,f5"},
        {"grain": "f", "filter": "g", "compare": "question_mark,f1"},
        {"up": "tab,shift+tab", "line_down": "f", "export": "y"},
    ],
)
@pytest.mark.parametrize("focus", ["tree", "pane"])
async def test_a_shown_key_does_what_it_says(keymap: dict[str, str], focus: str) -> None:
    async with explorer(FakeWorkspace(), (200, 40), Settings(keymap=keymap)) as stage:
        if focus == "pane":
            stage.main.pane.focus()
            await stage.settle()
        shown = keys_here(MAIN, obeyed(keymap))
        actions = {command.id: command.action for command in MAIN}
        for name, keys in shown.items():
            for key in keys:
                assert pressed(stage, key)[0] == actions[name]
        words = {command.id: command.words for command in MAIN if focus in command.footer}
        for name, word in words.items():
            assert (f" {word} " in stage.bar("footer") + " ") == bool(shown[name])


async def test_a_footer_leaves_out_an_action_that_lost_its_key() -> None:
    settings = Settings(keymap={"find": "g", "export": "question_mark"})
    async with explorer(FakeWorkspace(), settings=settings) as stage:
        footer = stage.bar("footer")
        assert "g find" in footer
        assert "grain" not in footer
        assert "F1 help" in footer
        await stage.press("f1")
        assert isinstance(stage.app.screen, Help)
        content = stage.app.screen.query_one(Pane).content
        text = ["".join(piece.text for piece in line) for line in content.lines]
        assert any(line.startswith("no key") and "hours, days" in line for line in text)


async def test_another_key_of_quit_can_still_be_typed() -> None:
    async with explorer(FakeWorkspace(), settings=Settings(keymap={"quit": "z"})) as stage:
        await stage.press("slash")
        await stage.type("z")
        assert stage.app.screen.query_one(Input).value == "z"
