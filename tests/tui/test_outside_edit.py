"""A file edited outside while its editor is open in the explorer."""

from contextlib import suppress
from pathlib import Path

from textual.worker import WorkerCancelled

from metric_tui.tui.app import Explorer
from metric_tui.tui.screens.editor import EditorScreen
from metric_tui.tui.settings import settings_from
from metric_tui.workspace import Workspace
from tests.small_tree import TREE, write_tree


async def test_the_open_editor_follows_a_file_edited_outside(tmp_path: Path) -> None:
    path = write_tree(tmp_path)
    workspace = Workspace.open(path)
    app = Explorer(workspace, settings_from({"HOME": str(tmp_path), "TERM": "xterm-256color"}))
    try:
        async with app.run_test(size=(100, 30)) as pilot:
            with suppress(WorkerCancelled):
                await app.workers.wait_for_complete()
            await pilot.press("e")
            await pilot.pause()
            editor = app.screen
            assert isinstance(editor, EditorScreen)
            path.write_text(TREE.replace("name: Nights", "name: Nights of all", 1))
            main = app.screen_stack[-2]
            main.look_for_changes()  # type: ignore[attr-defined]
            for _ in range(20):
                # a question that a newer one replaced is cancelled, which is no failure
                with suppress(WorkerCancelled):
                    await app.workers.wait_for_complete()
                await pilot.pause()
            assert "name: Nights of all" in editor.editor.text
            assert workspace.tree.name == "Nights of all"
    finally:
        workspace.close()
