"""Random events end neither the explorer nor the file; what would is noticed."""

from pathlib import Path

import pytest

from metric_tui.tui.screens.main import MainScreen
from tests.tui.monkey import MonkeyFailure, run
from tests.tui.monkey_trees import places


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory in which all that the explorer writes stays."""
    monkeypatch.chdir(tmp_path)
    for name, value in places(tmp_path).items():
        monkeypatch.setenv(name, value)
    return tmp_path


async def test_two_thousand_random_events_do_no_harm(folder: Path) -> None:
    report = await run(2_000, 7, folder)
    assert report.keys >= 2_000
    assert report.sessions >= 4
    assert {"MainScreen", "EditorScreen", "Palette", "Picker", "Help"} <= set(report.screens)


async def test_a_key_that_ends_the_explorer_is_noticed(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fault(_: MainScreen) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(MainScreen, "action_help", fault)
    with pytest.raises((MonkeyFailure, ZeroDivisionError)):
        await run(400, 7, folder)


async def test_a_file_that_is_written_unasked_is_noticed(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def write(screen: MainScreen) -> None:
        screen.workspace.path.write_text("version: 1\n", encoding="utf-8")

    monkeypatch.setattr(MainScreen, "action_help", write)
    with pytest.raises(MonkeyFailure, match="by no action that saves"):
        await run(400, 7, folder)


async def test_a_screen_that_escape_does_not_leave_is_noticed(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from metric_tui.tui.screens.help import Help

    async def stay(*_: object) -> None:
        return

    monkeypatch.setattr(Help, "action_dismiss", stay)
    with pytest.raises(MonkeyFailure, match="do not lead to the tree"):
        await run(400, 7, folder)
