"""Short forms write into the tree file: what they ask, what they refuse, and the way back."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from textual.widgets import Input

from metric_tui.base.errors import EditConflict
from metric_tui.definitions.edges import Target
from metric_tui.presentation.pieces import plain
from metric_tui.tui.screens.form import Form
from metric_tui.tui.widgets.bar import Bar
from metric_tui.tui.widgets.word_choice import WordChoice
from metric_tui.workspace import Workspace
from tests.tui.editor_stage import TREE, on_disk, stays
from tests.tui.stage import NARROW, WIDE, Stage, explorer


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workspace]:
    with stays(tmp_path, monkeypatch) as opened:
        yield opened


def form(stage: Stage) -> Form:
    assert isinstance(stage.app.screen, Form)
    return stage.app.screen


async def open_target(stage: Stage) -> None:
    """Press the key until there is a form: none opens while a changed file is read."""
    for _ in range(20):
        if isinstance(stage.app.screen, Form):
            return
        await stage.press("T")


def fill(stage: Stage, **texts: str) -> None:
    """Put texts into fields, and words into choices."""
    for name, text in texts.items():
        widget = form(stage).query_one(f"#{name}")
        assert isinstance(widget, Input | WordChoice)
        widget.value = text


def typed(stage: Stage) -> dict[str, str]:
    fields = form(stage).query(".form_row > Input, .form_row > WordChoice")
    return {str(each.id): each.value for each in fields if isinstance(each, Input | WordChoice)}


def said(stage: Stage) -> str:
    return " ".join(plain(line).strip() for line in form(stage).query_one("#form_said", Bar).lines)


def with_line(line: str) -> str:
    """The tree with one more line in the focus metric."""
    return TREE.replace("    owner: team\n", f"    owner: team\n{line}\n")


@pytest.mark.parametrize("size", [WIDE, NARROW])
async def test_a_target_is_typed_and_its_effect_seen(
    workspace: Workspace, size: tuple[int, int]
) -> None:
    async with explorer(workspace, size) as stage:
        await stage.press("T")
        assert typed(stage) == {
            "value": "", "by": "", "from": "", "each": "week", "where": "", "lower": "95%",
            "good": "up",
        }  # fmt: skip
        await stage.type("1.2k")
        await stage.press("tab")
        await stage.type("2026-03")
        await stage.press("enter")
        line = "    target: {value: 1200, by: 2026-03-31, grain: week}"
        assert on_disk(workspace) == with_line(line)
        assert "saved the target of Nights" in stage.bar("footer")
        assert any("target 1" in text for text in stage.card())
        await stage.press("U")
        assert on_disk(workspace) == TREE
        assert not any("target" in text for text in stage.card())
        await stage.press("U")
        assert "no save of this session" in stage.bar("footer")


async def test_a_target_that_is_there_is_changed_in_its_own_style(workspace: Workspace) -> None:
    old = with_line(
        "    target:     # agreed in May\n      value: 500\n      lower: 0.9  # lenient"
    )
    workspace.save(old)
    async with explorer(workspace) as stage:
        await stage.press("T")
        assert typed(stage)["value"] == "500"
        assert typed(stage)["lower"] == "90%"
        fill(stage, value="600", good="down")
        await stage.press("enter")
        expected = old.replace("value: 500", "value: 600").replace(
            "# lenient\n", "# lenient\n    direction: down\n"
        )
        assert on_disk(workspace) == expected
        assert workspace.tree.metrics["nights"].direction == "down"
        await stage.press("T", "ctrl+u", "enter")
        assert workspace.tree.metrics["nights"].target is None
        await stage.press("U", "U")
        assert on_disk(workspace) == old


async def test_a_form_left_as_it_was_changes_nothing(workspace: Workspace) -> None:
    old = with_line("    target: {value: 5e2, from: 2026-01-01}")
    workspace.save(old)
    async with explorer(workspace) as stage:
        for key in ("enter", "escape"):
            await stage.press("T", key)
            assert on_disk(workspace) == old
            assert stage.app.screen is stage.main


@pytest.mark.parametrize(
    ("texts", "reason", "field"),
    [
        ({}, "a target needs a value", "value"),
        ({"value": "many"}, "`many` is no number", "value"),
        ({"value": "5", "by": "soon"}, "`soon` is not a day", "by"),
        ({"value": "5", "by": "2026-02-30"}, "does not exist in the calendar", "by"),
        ({"value": "5", "by": "2026-01", "from": "2026-02"}, "must be later", "by"),
        ({"value": "5", "each": "no"}, "a target for all days needs a last one", "by"),
        ({"value": "5", "lower": "120%"}, "up to 100%", "lower"),
        ({"value": "5", "where": "platform"}, "no filter", "where"),
        ({"value": "5", "where": "planet=mars"}, "no dimension `planet`", "where"),
        ({"value": "5", "by": "2026-12-31", "each": "no"}, "need a first one", "from"),
    ],
)
async def test_what_cannot_be_used_is_said_at_its_field(
    workspace: Workspace, texts: dict[str, str], reason: str, field: str
) -> None:
    async with explorer(workspace) as stage:
        await stage.press("T")
        fill(stage, **texts)
        await stage.press("enter")
        assert reason in said(stage)
        focused = form(stage).focused
        assert focused is not None
        assert focused.id == field
        assert on_disk(workspace) == TREE


async def test_a_file_that_changed_meanwhile_is_not_written_over(workspace: Workspace) -> None:
    outside = TREE.replace("owner: team", "owner: someone else")
    async with explorer(workspace) as stage:
        await stage.press("T")
        fill(stage, value="5")
        workspace.path.write_text(outside)
        await stage.press("enter")
        assert "changed" in said(stage)
        # also once the explorer has read it
        stage.main.reload_all()
        await stage.settle()
        await stage.press("enter")
        assert "changed meanwhile" in said(stage)
        assert on_disk(workspace) == outside
        await stage.press("escape")
        await open_target(stage)
        fill(stage, value="5")
        await stage.press("enter")
        assert on_disk(workspace) == with_line("    target: 5").replace(
            "owner: team\n    target", "owner: someone else\n    target"
        ).replace("owner: team}", "owner: someone else}")


async def test_a_file_that_cannot_be_written_says_so(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("metric_tui.workspace.core.write_atomically", refuse)
    async with explorer(workspace) as stage:
        await stage.press("T")
        fill(stage, value="5")
        await stage.press("enter")
        assert "cannot be written: Permission denied" in said(stage)
        assert on_disk(workspace) == TREE


async def test_a_broken_file_is_mended_first(workspace: Workspace) -> None:
    async with explorer(workspace) as stage:
        workspace.path.write_text("version: [")
        stage.main.reload_all()
        await stage.settle()
        await stage.press("T")
        fill(stage, value="5")
        await stage.press("enter")
        assert "errors of its own" in said(stage)
        assert on_disk(workspace) == "version: ["


def test_an_edit_with_errors_is_not_saved(workspace: Workspace) -> None:
    from metric_tui.base.errors import DefinitionError
    from metric_tui.loading.edit import set_value

    with pytest.raises(DefinitionError, match="no metric is named `gros`") as caught:
        workspace.edit(
            lambda document: set_value(document, ("metrics", "nights", "expr"), "gros - cancelled"),
            seen=workspace.text,
        )
    assert caught.value.problems
    assert on_disk(workspace) == TREE
    with pytest.raises(EditConflict):
        workspace.edit(lambda document: document.text, seen="something else")


async def test_words_are_chosen_by_arrows(workspace: Workspace) -> None:
    async with explorer(workspace) as stage:
        await stage.press("T", "1", "down", "down", "down", "right", "right", "left", "enter")
        target = workspace.tree.metrics["nights"].target
        assert target == Target(value=1, grain="month")
        await stage.press("T", "up", "space", "enter")
        assert workspace.tree.metrics["nights"].direction == "down"


async def test_shares_are_typed_in_percent(workspace: Workspace) -> None:
    text = TREE.replace("    owner: team\n", "    owner: team\n    unit: percent\n", 1)
    workspace.save(text)
    async with explorer(workspace) as stage:
        await stage.press("T")
        fill(stage, value="14%", **{"by": "2026-Q2", "from": "2026-04-01", "each": "no"})
        await stage.press("enter")
        target = workspace.tree.metrics["nights"].target
        assert target == Target(value=0.14, by=date(2026, 6, 30), since=date(2026, 4, 1))
        await stage.press("T")
        assert typed(stage)["value"] == "14%"
        assert typed(stage)["each"] == "no"
        assert replace(target, value=0.14) == target


async def test_a_note_stands_at_the_last_day_shown_and_is_marked(workspace: Workspace) -> None:
    async with explorer(workspace) as stage:
        await stage.press("down", "comma", "N")
        assert typed(stage) == {"what": "", "day": "2026-02-01", "metrics": "gross", "more": ""}
        await stage.type("New form: 50% [x]")
        await stage.press("enter")
        line = '  - {date: 2026-02-01, label: "New form: 50% [x]", metrics: [gross]}\n'
        assert on_disk(workspace) == f"{TREE}annotations:\n{line}"
        row = next(text for text in stage.tree() if "Gross" in text)
        assert "◆" in row
        assert "◆" not in stage.tree()[0]
        await stage.press("N")
        fill(stage, what="All of it", metrics=" gross, nights ,gross", day="2026-W03", more="Why")
        await stage.press("enter")
        note = workspace.tree.annotations[1]
        assert (note.date, note.metrics) == (date(2026, 1, 18), ("gross", "nights"))
        assert note.description == "Why"
        await stage.press("U", "U")
        assert on_disk(workspace) == TREE
        assert "◆" not in "".join(stage.tree())


@pytest.mark.parametrize(
    ("texts", "reason"),
    [
        ({}, "a note says what happened"),
        ({"what": "x", "day": ""}, "is not a day"),
        ({"what": "x", "metrics": "gros"}, "did you mean `gross`"),
    ],
)
async def test_a_note_that_says_nothing_is_refused(
    workspace: Workspace, texts: dict[str, str], reason: str
) -> None:
    async with explorer(workspace) as stage:
        await stage.press("N")
        fill(stage, **texts)
        await stage.press("enter")
        assert reason in said(stage)
        assert on_disk(workspace) == TREE


async def test_on_a_found_metric_the_key_of_a_note_goes_to_the_one_before(
    workspace: Workspace,
) -> None:
    async with explorer(workspace) as stage:
        await stage.press("slash")
        await stage.type("s")
        await stage.press("enter")
        first = stage.selected
        await stage.press("n", "N")
        assert stage.selected == first
        await stage.press("n")
        second = stage.selected
        assert second != first
        await stage.press("#")
        assert stage.selected == first
        # whoever moves on is no longer searching
        await stage.press("home", "end", "up")
        if stage.selected == first:
            await stage.press("down")
        await stage.press("N")
        assert form(stage)


async def test_taking_a_save_back_spares_what_another_program_wrote(workspace: Workspace) -> None:
    async with explorer(workspace) as stage:
        await stage.press("T")
        fill(stage, value="5")
        await stage.press("enter")
        outside = on_disk(workspace).replace("name: Stays", "name: Other")
        workspace.path.write_text(outside)
        stage.main.reload_all()
        await stage.settle()
        await stage.press("U")
        assert on_disk(workspace) == outside
        assert "was changed since it was saved" in stage.bar("footer")


async def test_a_word_is_chosen_by_the_mouse(workspace: Workspace) -> None:
    async with explorer(workspace) as stage:
        await stage.press("T")
        # ` up  down  hold `: the second word begins after four cells
        await stage.pilot.click("#good", offset=(6, 0))
        assert typed(stage)["good"] == "down"
        await stage.pilot.click("#good", offset=(14, 0))
        assert typed(stage)["good"] == "hold"


async def test_words_without_room_are_left_out_whole_and_the_one_held_is_shown(
    workspace: Workspace,
) -> None:
    async with explorer(workspace, (40, 16)) as stage:
        await stage.press("T")
        each = form(stage).query_one("#each", WordChoice)
        assert each.render_line(0).text.split() == ["no", "day", "[week]", "month"]
        await stage.press("down", "down", "down", "left", "left", "left")
        assert each.value == "year"
        assert each.render_line(0).text.split() == ["month", "quarter", "[year]"]
