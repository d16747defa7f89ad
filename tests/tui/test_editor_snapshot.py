"""How the editor looks, with a problem."""

from collections.abc import Callable
from pathlib import Path

import pytest
from textual.pilot import Pilot

from metric_tui.workspace import Workspace
from tests.tui.editor_stage import TREE, Play, Stage, put_store


def test_the_editor_with_a_problem(
    snap_compare: Callable[..., bool], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    path = tmp_path / "tree.yaml"
    path.write_text(TREE.replace("gross - cancelled", "gros - cancelled"))
    put_store(tmp_path / "stays.db")
    stage = Stage(Workspace.open(path), 17, "nights")

    async def settle(pilot: Pilot[None]) -> None:
        await Play(pilot, stage, path).settle()

    assert snap_compare(stage, terminal_size=(80, 24), run_before=settle)
