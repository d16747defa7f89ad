"""A SELECT without end that is typed into a tree file ends with the text that held it."""

from pathlib import Path

import pytest

from tests.tui.editor_stage import TREE, editing

ENDLESS = TREE.replace(
    "    table: events\n",
    "    sql: WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c)"
    " SELECT MAX(n) AS event, 0 AS occurred_at, 0 AS user_id, 0 AS nights, 0 AS country FROM c\n",
)


@pytest.mark.parametrize("then", ["a newer text", "leaving"])
async def test_a_check_ends_with_the_text_it_is_of(tmp_path: Path, then: str) -> None:
    assert ENDLESS != TREE
    async with editing(tmp_path) as play:
        limits = play.stage.workspace._store.engine.limits
        play.screen.editor.text = ENDLESS
        while not limits.is_running:
            await play.pilot.pause(0.02)
        if then == "leaving":
            play.screen.dismiss(None)
        else:
            play.screen.editor.text = TREE
        # it would run for ever
        await play.settle()
        while limits.is_running:
            await play.pilot.pause(0.02)
        if then != "leaving":
            assert [each.code for each in play.screen.problems] == ["no-counter-metric"]
