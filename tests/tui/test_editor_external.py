"""Handing a file to the user's own editor."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from textual.app import App

from metric_tui.tui.external_editor import command_line, edit_externally, editor_command

FILE = Path("/t/a b.yaml")


@pytest.mark.parametrize(
    ("environment", "words"),
    [
        ({}, ["vi"]),
        ({"EDITOR": "nano"}, ["nano"]),
        ({"VISUAL": "code -n", "EDITOR": "nano"}, ["code", "-n"]),
        ({"VISUAL": "", "EDITOR": "emacs -nw"}, ["emacs", "-nw"]),
        ({"VISUAL": "an 'open quote", "EDITOR": "nano"}, ["nano"]),
    ],
)
def test_visual_comes_before_editor_and_vi_is_last(
    environment: dict[str, str], words: list[str]
) -> None:
    assert editor_command(environment) == words


@pytest.mark.parametrize(
    ("editor", "words"),
    [
        (["/usr/bin/vim"], ["/usr/bin/vim", "+31", "/t/a b.yaml"]),
        (["emacs", "-nw"], ["emacs", "-nw", "+31", "/t/a b.yaml"]),
        (["code"], ["code", "--wait", "--goto", "/t/a b.yaml:31"]),
        (["code", "--wait"], ["code", "--wait", "--goto", "/t/a b.yaml:31"]),
        (["hx"], ["hx", "/t/a b.yaml:31"]),
        (["my-own"], ["my-own", "/t/a b.yaml"]),
    ],
)
def test_each_editor_is_told_the_line_in_its_own_way(editor: list[str], words: list[str]) -> None:
    assert command_line(editor, FILE, 31) == words


@pytest.mark.parametrize(
    ("editor", "said"),
    [("no-such-editor-[/foo]", "there is no editor"), ("false", "ended with status 1")],
)
async def test_what_goes_wrong_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, editor: str, said: str
) -> None:
    monkeypatch.setenv("VISUAL", editor)
    app: App[None] = App()
    async with app.run_test() as pilot:
        edit_externally(app, tmp_path / "t.yaml", 1)
        await pilot.pause()
        # a headless driver cannot be suspended, which is one of the things that go wrong
        (note,) = app._notifications
        assert "cannot be handed" in note.message
        monkeypatch.setattr(app, "suspend", lambda: _Nothing())
        edit_externally(app, tmp_path / "t.yaml", 1)
        await pilot.pause()
        assert said in [note.message for note in app._notifications][-1]


class _Nothing:
    def __enter__(self) -> None: ...

    def __exit__(self, *_: object) -> None: ...


async def test_the_editor_gets_file_and_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran: list[Any] = []

    def run(words: list[str], *, check: bool) -> SimpleNamespace:
        ran.append((words, check))
        return SimpleNamespace(returncode=0)

    monkeypatch.setenv("VISUAL", "nano")
    monkeypatch.setattr("metric_tui.tui.external_editor.subprocess.run", run)
    app: App[None] = App()
    async with app.run_test():
        monkeypatch.setattr(app, "suspend", lambda: _Nothing())
        edit_externally(app, tmp_path / "t.yaml", 7)
        assert ran == [(["nano", "+7", str(tmp_path / "t.yaml")], False)]
        assert not app._notifications
