"""A fault of ours: what was typed is kept, the terminal given back, and what to do is said."""

import os
import pty
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from textual.worker import WorkerFailed

from metric_tui.tui.app import Explorer
from metric_tui.tui.crash import crash_message
from metric_tui.tui.screens.choice import ChoiceScreen
from metric_tui.tui.screens.editor import EditorScreen
from metric_tui.tui.settings import Settings
from metric_tui.workspace import Workspace
from tests.conftest import PATIENCE
from tests.small_tree import TREE, write_tree
from tests.tui.stage import Stage, explorer

SETTINGS = "xdg_state_home/metric-tui"


async def _typed(stage: Stage) -> EditorScreen:
    await stage.press("e")
    editor = stage.app.screen
    assert isinstance(editor, EditorScreen)
    editor.editor.insert("# typed\n")
    return editor


def _said(app: Explorer) -> list[str]:
    return app.last_words.splitlines()


async def test_unsaved_text_is_kept_and_offered_at_the_next_start(tmp_path: Path) -> None:
    path = write_tree(tmp_path)
    settings = Settings(state_directory=str(tmp_path / SETTINGS))
    workspace = Workspace.open(path)
    with suppress(ZeroDivisionError):  # raised again by the test of an app
        async with explorer(workspace, settings=settings) as stage:
            editor = await _typed(stage)
            editor.call_later(lambda: 1 / 0)
            await stage.pilot.pause()
    workspace.close()
    (log,) = (tmp_path / SETTINGS).glob("crash-*.log")
    assert "ZeroDivisionError" in log.read_text()
    assert _said(stage.app) == [
        "error: metric-tui ended by a fault of its own (ZeroDivisionError);"
        f" the traceback is in {log}",
        "hint: the unsaved text of `nights.yaml` is kept: open the tree again and press e"
        " to restore it",
    ]
    assert stage.app.return_code == 1
    assert path.read_text() == TREE
    again = Workspace.open(path)
    async with explorer(again) as stage:
        await stage.press("e")
        assert isinstance(stage.app.screen, ChoiceScreen)
        await stage.press("r")
        assert isinstance(stage.app.screen, EditorScreen)
        assert "# typed" in stage.app.screen.editor.text
    again.close()


async def test_a_fault_of_a_worker_is_named_and_keeps_the_text_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace = Workspace.open(write_tree(tmp_path))

    def broken(_: str) -> None:
        raise KeyError("secret")

    with suppress(WorkerFailed):  # raised again by the test of an app
        async with explorer(workspace, settings=Settings(state_directory=str(tmp_path))) as stage:
            editor = await _typed(stage)
            monkeypatch.setattr(workspace, "check", broken)
            editor.check(editor.editor.text)
            await stage.pilot.pause()
            await stage.until(lambda: stage.app.last_words)
    (log,) = tmp_path.glob("crash-*.log")
    assert "in broken" in log.read_text()
    assert "(KeyError)" in stage.app.last_words
    assert "secret" not in stage.app.last_words
    assert "# typed" in (workspace.recovery() or "")
    workspace.close()


async def test_what_cannot_be_kept_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    workspace = Workspace.open(write_tree(tmp_path))

    def full(_: str) -> None:
        raise OSError(28, "No space left on device")

    with suppress(ZeroDivisionError):  # raised again by the test of an app
        async with explorer(workspace) as stage:
            editor = await _typed(stage)
            monkeypatch.setattr(workspace, "keep_recovery", full)
            editor.call_later(lambda: 1 / 0)
            await stage.pilot.pause()
    workspace.close()
    assert _said(stage.app) == [
        "error: metric-tui ended by a fault of its own (ZeroDivisionError);"
        " the traceback could not be written",
        "hint: the unsaved text of `nights.yaml` could not be kept: No space left on device",
    ]


def test_without_unsaved_text_there_is_nothing_to_restore() -> None:
    said = crash_message(KeyError("secret"), "/x/crash.log", "").splitlines()
    assert said == [
        "error: metric-tui ended by a fault of its own (KeyError); the traceback is in /x/crash.log",
        "hint: nothing was unsaved: start it again",
    ]


FAULTY = """
from metric_tui.tui.screens.main import MainScreen
MainScreen.action_grain = lambda self: [][0]
from metric_tui.cli.main import run
run()
"""
LEFT_ON = (b"\x1b[?1049", b"\x1b[?1000", b"\x1b[?1003", b"\x1b[?2004")
"""The other screen, two kinds of mouse, bracketed paste: each ends with h for on and l for off."""


def test_the_terminal_is_given_back_and_the_process_ends_with_code_1(tmp_path: Path) -> None:
    path = write_tree(tmp_path)
    here, there = pty.openpty()
    environment = {**os.environ, "TERM": "xterm-256color"}
    process = subprocess.Popen(
        [sys.executable, "-c", FAULTY, str(path)],
        stdin=there, stdout=there, stderr=there, env=environment, cwd=tmp_path,
    )  # fmt: skip
    os.close(there)
    drawn = _read(here, until=b"Nights")
    os.write(here, b"g")
    drawn += _read(here, until=None)
    assert process.wait(timeout=PATIENCE) == 1
    assert b"ended by a fault of its own (IndexError)" in drawn
    assert drawn.rstrip().endswith(b"hint: nothing was unsaved: start it again")
    for mode in LEFT_ON:
        assert drawn.rfind(mode + b"l") > drawn.rfind(mode + b"h")
    assert drawn.rfind(b"\x1b[?25h") > drawn.rfind(b"\x1b[?25l")


def _read(terminal: int, *, until: bytes | None) -> bytes:
    """What is drawn until some bytes are there, or until the end."""
    seen = b""
    while until is None or until not in seen:
        try:
            found = os.read(terminal, 65_536)
        except OSError:
            return seen
        if not found:
            return seen
        seen += found
    return seen
