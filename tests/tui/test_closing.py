"""Keys in quick succession: screens that close only themselves, lists that are not drawn yet."""

import importlib
import pkgutil
from collections.abc import Iterator

import pytest
from textual.app import App, ComposeResult
from textual.command import CommandList
from textual.css.query import DOMQuery
from textual.screen import ModalScreen, Screen
from textual.widgets import OptionList

import metric_tui.tui.screens
import metric_tui.tui.widgets
from metric_tui.tui.exploring import Exploring
from metric_tui.tui.screens.closing import ClosingScreen
from metric_tui.tui.screens.main import MainScreen
from metric_tui.tui.screens.palette import Palette, PaletteList
from metric_tui.tui.widgets.option_list import SafeOptionList
from tests.tui.fake_workspace import FakeWorkspace
from tests.tui.stage import Stage, explorer


class Question(ModalScreen[str], ClosingScreen[str]):
    """A screen that gives a word."""


class Asker(App[None]):
    """Asks two questions, one above the other."""

    def __init__(self) -> None:
        super().__init__()
        self.below, self.above = Question(), Question()
        self.given: list[str | None] = []

    def on_mount(self) -> None:
        self.push_screen(self.below, self.given.append)
        self.push_screen(self.above, self.given.append)


async def test_a_screen_is_closed_once() -> None:
    app = Asker()
    async with app.run_test() as pilot:
        app.above.dismiss("above")
        app.above.dismiss("again")
        await pilot.pause()
        assert app.screen is app.below
        assert app.given == ["above"]


async def test_a_screen_below_another_closes_when_it_is_on_top_again() -> None:
    app = Asker()
    async with app.run_test() as pilot:
        app.below.dismiss("below")
        await pilot.pause()
        assert app.screen is app.above
        assert app.given == []
        app.above.dismiss("above")
        await pilot.pause()
        assert app.given == ["above", "below"]
        assert len(app.screen_stack) == 1


def _classes(kind: type) -> Iterator[type]:
    for package in (metric_tui.tui.screens, metric_tui.tui.widgets):
        for module in pkgutil.iter_modules(package.__path__):
            found = importlib.import_module(f"{package.__name__}.{module.name}")
            for each in vars(found).values():
                if isinstance(each, type) and issubclass(each, kind):
                    yield each


def test_every_screen_but_the_main_one_closes_only_itself() -> None:
    ours = {each for each in _classes(Screen) if each.__module__.startswith("metric_tui")}
    assert {MainScreen, Palette} < ours
    for screen in ours:
        first = next(each for each in screen.__mro__ if "dismiss" in vars(each))
        assert issubclass(screen, Exploring) or first is ClosingScreen, screen


def test_every_list_of_options_is_a_safe_one() -> None:
    ours = {each for each in _classes(OptionList) if each.__module__.startswith("metric_tui")}
    assert PaletteList in ours
    assert all(issubclass(each, SafeOptionList) for each in ours)


class Lists(App[None]):
    """A list that is never drawn."""

    def compose(self) -> ComposeResult:
        options = SafeOptionList("one", "two")
        options.display = False
        yield options


async def test_a_page_of_a_list_that_is_not_drawn_is_none() -> None:
    async with Lists().run_test() as pilot:
        options = pilot.app.query_one(SafeOptionList)
        options.highlighted = 0
        options.action_page_down()
        options.action_page_up()
        assert options.highlighted == 0


@pytest.mark.parametrize("key", ["pagedown", "pageup", "ctrl+end", "ctrl+home", "down", "up"])
@pytest.mark.parametrize("size", [(20, 3), (20, 5), (80, 24)])
async def test_no_key_ends_the_palette_while_its_list_has_no_room(
    key: str, size: tuple[int, int]
) -> None:
    async with explorer(FakeWorkspace(), size=size) as stage:
        stage.app.simulate_key("ctrl+p")
        await stage.until(lambda: any(each.option_count for each in _lists(stage)))
        await stage.press(key, key)
        assert stage.app.screen.query(CommandList)
        await stage.press("escape")
        assert stage.app.screen is stage.main


def _lists(stage: Stage) -> DOMQuery[CommandList]:
    return stage.app.screen.query(CommandList)


async def test_enter_twice_runs_a_command_of_the_palette_once() -> None:
    async with explorer(FakeWorkspace()) as stage:
        runs: list[str] = []
        stage.main.go_to = lambda path: runs.append(path[-1])  # type: ignore[method-assign]
        await stage.press("colon")
        await stage.type("host")
        await stage.until(lambda: stage.app.screen.query_one(PaletteList).option_count)
        stage.app.simulate_key("enter")
        stage.app.simulate_key("enter")
        stage.app.simulate_key("enter")
        await stage.settle()
        assert stage.app.screen is stage.main
        assert runs == ["host_cancel_rate"]


async def test_escape_twice_closes_one_screen() -> None:
    async with explorer(FakeWorkspace()) as stage:
        await stage.press("question_mark", "colon")
        assert [type(each).__name__ for each in stage.app.screen_stack][1:] == ["Help"]
        stage.app.simulate_key("escape")
        stage.app.simulate_key("escape")
        await stage.settle()
        assert stage.app.screen is stage.main


async def test_a_search_that_begins_after_its_palette_is_closed_does_no_harm() -> None:
    async with explorer(FakeWorkspace()) as stage:
        await stage.press("ctrl+p")
        palette = stage.app.screen
        assert isinstance(palette, Palette)
        await stage.press("escape")
        # as a letter does that was typed just before
        palette._gather_commands("n")
        await stage.settle()
        assert stage.app.screen is stage.main


async def test_there_is_one_palette_at_a_time() -> None:
    async with explorer(FakeWorkspace()) as stage:
        await stage.press("ctrl+p")
        palette = stage.app.screen
        # what was looked up for a key of before may open above the palette
        stage.main.action_help()
        await stage.settle()
        await stage.press("ctrl+p", "ctrl+p")
        assert [type(each).__name__ for each in stage.app.screen_stack][1:] == ["Palette", "Help"]
        await stage.press("escape")
        assert stage.app.screen is palette
        await stage.press("escape", "ctrl+p")
        assert isinstance(stage.app.screen, Palette)
