"""The list of trees that opens where no file was named."""

from pathlib import Path

import pytest

from metric_tui.tui.picking import TreePicker
from metric_tui.tui.screens.picker import Picker
from metric_tui.tui.settings import settings_from

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


async def test_escape_leaves_without_a_tree() -> None:
    app = TreePicker((), BUNDLED, settings_from({}))
    async with app.run_test() as pilot:
        await pilot.pause()
        await pilot.press("escape")
    assert app.return_value is None
    assert app.return_code == 0
