"""Leaving values of a dimension out: in the picker of filters, and from the segments."""

import shutil
import sqlite3
from pathlib import Path

import pytest

from metric_tui.definitions.asks import Condition
from metric_tui.ingest.bundled import bundled_tree, sample_data
from metric_tui.tui.screens.picker import Picker
from metric_tui.workspace import Workspace
from tests.tui.fake_workspace import FakeWorkspace
from tests.tui.stage import NARROW, WIDE, Stage, explorer


def without(*values: str | None) -> tuple[Condition, ...]:
    return (Condition(dimension="country", operator="!=", choices=values),)


def frame(stage: Stage) -> str:
    """The keys named in the picker's frame."""
    return str(stage.app.screen.query_one("#picker").border_subtitle)


def title(stage: Stage) -> str:
    from metric_tui.presentation.pieces import plain
    from metric_tui.tui.widgets.bar import Bar

    return plain(stage.app.screen.query_one("#picker_title", Bar).lines[0])


@pytest.mark.parametrize("size", [WIDE, NARROW])
async def test_the_picker_turns_is_into_is_not(size: tuple[int, int]) -> None:
    async with explorer(FakeWorkspace(), size) as stage:
        await stage.press("f", "enter")
        assert isinstance(stage.app.screen, Picker)
        assert "! is not" in frame(stage)
        await stage.press("space", "!", "down", "space")
        assert title(stage).strip() == "country is not"
        assert frame(stage) == "Space marks  ! is  ↵ accepts"
        await stage.press("enter")
        assert stage.question().where == without("PT", "ES")
        assert "country != PT, ES" in stage.bar("header")
        await stage.press("u")
        assert stage.question().where == ()


async def test_the_picker_opens_with_what_is_left_out_and_turns_back() -> None:
    async with explorer(FakeWorkspace()) as stage:
        await stage.press("f", "enter", "!", "enter", "f", "enter")
        assert title(stage).strip() == "country is not"
        await stage.press("!", "enter")
        assert stage.question().where == (
            Condition(dimension="country", operator="=", choices=("PT",)),
        )
        await stage.press("f", "enter", "!", "space", "enter")
        assert stage.question().where == ()


async def test_letters_still_narrow_the_list() -> None:
    async with explorer(FakeWorkspace()) as stage:
        await stage.press("f", "enter", "e", "!", "s")
        assert title(stage).split() == ["country", "is", "not", "es"]
        await stage.press("enter")
        assert stage.question().where == without("ES")


async def test_segments_are_left_out_one_after_another() -> None:
    async with explorer(FakeWorkspace()) as stage:
        await stage.press("!")
        assert "b shows segments" in stage.bar("footer")
        await stage.press("b", "!")
        assert stage.question().where == ()
        await stage.press("tab", "!", "!")
        assert stage.question().where == without("PT", "ES")
        assert stage.main.view.name == "segments"
        assert stage.main.dimension_of(stage.selected) == "country"
        await stage.press("u")
        assert stage.question().where == without("PT")
        await stage.press("u")
        assert stage.question().where == ()


async def test_what_alone_is_kept_cannot_be_left_out_too() -> None:
    async with explorer(FakeWorkspace()) as stage:
        await stage.press("f", "enter", "enter", "b", "tab", "!")
        assert "nothing else is left" in stage.bar("footer")
        assert stage.question().where[0].operator == "="


async def test_the_key_is_named_where_it_does_something() -> None:
    async with explorer(FakeWorkspace()) as stage:
        await stage.press("tab")
        assert "leave out" not in stage.bar("footer")
        await stage.press("b")
        assert "! leave out" in stage.bar("footer")
        await stage.press("p")
        assert "leave out" not in stage.bar("footer")


async def test_the_numbers_are_those_of_the_other_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    store, tree = tmp_path / "stays.db", tmp_path / "nights_booked.yaml"
    sample_data().build("nights_booked", store, events=20_000)
    shutil.copy(bundled_tree("nights_booked"), tree)
    workspace = Workspace.open(tree, store=str(store))
    async with explorer(workspace) as stage:
        stage.main.go_to(("nights_booked", "gross_nights"))
        await stage.press("b", "tab", "!")
        ((left_out,),) = (entry.choices for entry in stage.question().where)
        answer = workspace.answer(stage.question())
        period = answer.frame.periods[-1].span
        value = answer.metrics["gross_nights"].total.value
    with sqlite3.connect(store) as connection:
        ((expected,),) = connection.execute(
            "SELECT sum(nights) FROM events WHERE event = 'booking_confirmed' AND is_test = 0"
            " AND platform <> ? AND occurred_at >= ? AND occurred_at < ?",
            (left_out, f"{period.start:%Y-%m-%dT%H:%M:%SZ}", f"{period.end:%Y-%m-%dT%H:%M:%SZ}"),
        )
    connection.close()
    workspace.close()
    assert left_out in ("ios", "android", "web")
    assert value == expected


async def test_what_fits_nothing_is_said() -> None:
    async with explorer(FakeWorkspace()) as stage:
        await stage.press("g", "x", "x")
        assert "xx  fits none of these" in title(stage)
        await stage.press("backspace", "backspace")
        assert "fits" not in title(stage)
