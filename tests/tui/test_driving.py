"""Hanging drivers on a metric and taking them off, as a person does it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from textual.widgets import Input, Static

from metric_tui.tui.screens.choice import ChoiceScreen
from metric_tui.tui.screens.form import Form
from metric_tui.tui.screens.picker import OptionList, Picker
from metric_tui.tui.widgets.word_choice import WordChoice
from metric_tui.workspace import Workspace
from tests.tui.editor_stage import TREE, on_disk, stays
from tests.tui.stage import NARROW, WIDE, Stage, explorer


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workspace]:
    with stays(tmp_path, monkeypatch) as opened:
        yield opened


def asked(stage: Stage) -> str:
    assert isinstance(stage.app.screen, ChoiceScreen)
    return str(stage.app.screen.query_one("#message", Static).content)


@pytest.mark.parametrize("size", [WIDE, NARROW])
async def test_a_term_is_taken_off_after_a_question(
    workspace: Workspace, size: tuple[int, int]
) -> None:
    async with explorer(workspace, size) as stage:
        await stage.press("end", "D")
        assert "`gross - cancelled` becomes `gross`." in asked(stage)
        assert "Nights is computed from that" in asked(stage)
        assert "Cancelled stays in the file" in asked(stage)
        await stage.press("k")
        assert on_disk(workspace) == TREE
        await stage.press("D", "escape")
        assert on_disk(workspace) == TREE
        before = stage.tree()[0].split()[2]
        await stage.press("D", "r")
        assert on_disk(workspace) == TREE.replace("gross - cancelled", "gross")
        assert stage.selected == "nights"
        assert stage.labels() == ["Nights", "Gross", "Cancelled"]
        assert stage.tree()[0].split()[2] != before
        assert "took Cancelled off" in stage.bar("footer")
        await stage.press("U")
        assert on_disk(workspace) == TREE


async def test_the_top_hangs_on_nothing(workspace: Workspace) -> None:
    async with explorer(workspace) as stage:
        await stage.press("D")
        assert "no metric is above" in stage.bar("footer")


async def test_a_factor_cannot_be_taken_off(workspace: Workspace) -> None:
    workspace.save(TREE.replace("gross - cancelled", "gross * cancelled"))
    async with explorer(workspace) as stage:
        await stage.press("end", "D")
        assert "no sum with `cancelled`" in stage.bar("footer")


async def test_what_changed_meanwhile_is_not_written_over(workspace: Workspace) -> None:
    outside = TREE.replace("owner: team", "owner: someone else")
    async with explorer(workspace) as stage:
        await stage.press("end", "D")
        workspace.path.write_text(outside)
        await stage.press("r")
        assert on_disk(workspace) == outside
        assert "not removed" in stage.bar("footer")


async def test_an_event_of_the_store_becomes_a_driver(workspace: Workspace) -> None:
    async with explorer(workspace) as stage:
        await stage.press("down", "A")
        assert isinstance(stage.app.screen, Picker)
        options = stage.app.screen.query_one(OptionList).options
        assert [(each.label, each.note) for each in options] == [
            ("booked", "event"), ("cancelled", "event"), ("cancelled", "metric"),
        ]  # fmt: skip
        await stage.press("enter")
        assert isinstance(stage.app.screen, Form)
        assert stage.app.screen.query_one("#name", Input).value == "booked"
        stage.app.screen.query_one("#agg", WordChoice).value = "sum"
        await stage.press("enter")
        assert isinstance(stage.app.screen, Form)
        stage.app.screen.query_one("#of", Input).value = "nights"
        await stage.press("enter")
        line = "  booked: {agg: sum, event: booked, expr: nights}\n"
        cancelled = "  cancelled: {agg: sum, event: cancelled, expr: nights, owner: team}\n"
        assert on_disk(workspace) == TREE.replace(
            "event: booked, expr: nights, owner: team}",
            "event: booked, expr: nights, owner: team, influences: [booked]}",
        ).replace(cancelled, cancelled + line)
        row = next(text for text in stage.tree() if "~ Booked" in text)
        gross = next(text for text in stage.tree() if "= Gross" in text)
        assert row.split()[2] == gross.split()[3]
        await stage.press("U")
        assert on_disk(workspace) == TREE


async def test_what_would_not_load_is_said_and_not_written(workspace: Workspace) -> None:
    async with explorer(workspace) as stage:
        await stage.press("down", "A", "enter")
        form = stage.app.screen
        assert isinstance(form, Form)
        for field, text in (("name", "gross"), ("name", "Two words")):
            form.query_one(f"#{field}", Input).value = text
            await stage.press("enter")
            assert stage.app.screen is form
        form.query_one("#name", Input).value = "new"
        form.query_one("#of", Input).value = "nigths"
        await stage.press("enter")
        said = " ".join(
            "".join(piece.text for piece in line)
            for line in form.query_one("#form_said").lines  # type: ignore[attr-defined]
        )
        assert "nigths" in said
        assert on_disk(workspace) == TREE


async def test_a_metric_of_the_file_becomes_a_guardrail(workspace: Workspace) -> None:
    async with explorer(workspace) as stage:
        await stage.press("down", "A", "end", "enter", "right", "enter")
        assert on_disk(workspace) == TREE.replace(
            "event: booked, expr: nights, owner: team}",
            "event: booked, expr: nights, owner: team, guardrails: [cancelled]}",
        )
        assert any("! Cancelled" in text for text in stage.tree())
