"""The list of trees that opens where no file was named."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest
from textual.app import App
from textual.pilot import Pilot

from metric_tui.cli import demo
from metric_tui.tui.app import Explorer
from metric_tui.tui.picking import TreePicker
from metric_tui.tui.screens.picker import Picker
from metric_tui.tui.settings import settings_from
from tests.conftest import Run
from tests.small_tree import TREE, write_tree

BUNDLED = (Path("bundled/product.yaml"), Path("bundled/dau.yaml"))
SEVERAL = (Path("one.yaml"), Path("two.yaml"))
ENVIRONMENTS = ({"TERM": "xterm-256color"}, {"METRIC_TUI_ASCII": "1"}, {"NO_COLOR": "1"})
SIZES = ((80, 24), (120, 40))


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("environment", ENVIRONMENTS)
@pytest.mark.parametrize(
    ("here", "first"), [((), BUNDLED[0]), (SEVERAL, SEVERAL[0])], ids=["none", "several"]
)
async def test_enter_picks_the_first_tree(
    here: tuple[Path, ...], first: Path, environment: dict[str, str], size: tuple[int, int]
) -> None:
    app = TreePicker(here, BUNDLED, settings_from(environment))
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        assert isinstance(app.screen, Picker)
        await pilot.press("enter")
    assert app.return_value == first
    assert app.return_code == 0


@pytest.mark.parametrize("key", ["escape", "q", "ctrl+q"])
async def test_a_key_leaves_without_a_tree(key: str) -> None:
    app = TreePicker((), BUNDLED, settings_from({}))
    async with app.run_test() as pilot:
        await pilot.pause()
        await pilot.press(key)
    assert app.return_value is None
    assert app.return_code == 0


class Terminal:
    """Runs the apps of a command without one: keys go to the picker, what opens then is noted."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *keys: str) -> None:
        self.keys = keys
        self.offered: list[str] = []
        self.opened: list[Path] = []
        monkeypatch.setattr("metric_tui.cli.explore.is_terminal", lambda: True)
        monkeypatch.setattr(App, "run", self.run)

    @property
    def run(self) -> Callable[[App[object]], object]:
        return lambda app: asyncio.run(app.run_async(headless=True, auto_pilot=self.drive))

    async def drive(self, pilot: Pilot[object]) -> None:
        await pilot.pause()
        if isinstance(pilot.app, Explorer):
            self.opened.append(pilot.app.workspace.path)
            await pilot.press("ctrl+q")
        elif isinstance(pilot.app.screen, Picker):
            self.offered = [option.label for option in pilot.app.screen._list.options]
            await pilot.press(*self.keys)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working directory."""
    found = tmp_path / "here"
    found.mkdir()
    monkeypatch.chdir(found)
    return found


@pytest.mark.usefixtures("folder")
def test_a_bundled_tree_opens_on_a_sample_store_that_is_built(
    monkeypatch: pytest.MonkeyPatch, run: Run
) -> None:
    built: list[str] = []
    monkeypatch.setattr(demo, "ensure_sample", lambda name, **_: built.append(name))
    terminal = Terminal(monkeypatch, "d", "a", "u", "enter")
    assert run().code == 0
    assert [path.name for path in terminal.opened] == ["dau.yaml"]
    assert built == ["dau"]


def test_of_several_trees_the_one_picked_opens_and_files_that_cannot_be_read_are_left_out(
    folder: Path, monkeypatch: pytest.MonkeyPatch, run: Run
) -> None:
    write_tree(folder)
    (folder / "other.yaml").write_text(TREE)
    (folder / "unreadable.yaml").write_bytes(b"\xff\xfe\nmetrics:\n")
    (folder / "folder.yaml").mkdir()
    terminal = Terminal(monkeypatch, "down", "enter")
    assert run().code == 0
    assert terminal.offered == ["nights.yaml", "other.yaml", "nights_booked", "dau"]
    assert [path.name for path in terminal.opened] == ["other.yaml"]


def test_a_broken_tree_that_is_picked_says_what_is_wrong(
    folder: Path, monkeypatch: pytest.MonkeyPatch, run: Run
) -> None:
    write_tree(folder)
    (folder / "broken.yaml").write_text("version: 1\nmetrics:\n  a: {agg: [}\n")
    terminal = Terminal(monkeypatch, "enter")
    ran = run()
    assert ran.code == 2
    assert "broken.yaml` holds no tree that can be shown" in ran.err
    assert not terminal.opened


@pytest.mark.usefixtures("folder")
def test_a_picker_that_cannot_be_drawn_ends_with_code_1(
    monkeypatch: pytest.MonkeyPatch, run: Run
) -> None:
    Terminal(monkeypatch, "enter")
    monkeypatch.setattr("metric_tui.tui.application.line_variables", lambda _: {})
    ran = run()
    assert ran.code == 1
    assert ran.err.startswith("error: metric-tui ended by a fault of its own (")
