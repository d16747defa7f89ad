"""The explorer on a fixed workspace, driven by keys."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from time import monotonic
from typing import cast

from textual.pilot import Pilot
from textual.worker import WorkerCancelled

from metric_tui.planning.question import Question
from metric_tui.presentation.pieces import plain
from metric_tui.tui.app import Explorer
from metric_tui.tui.screens.main import MainScreen
from metric_tui.tui.settings import Settings
from metric_tui.tui.widgets.bar import Bar
from metric_tui.workspace import Workspace
from tests.conftest import PATIENCE

WIDE = (120, 40)
NARROW = (80, 24)


class Stage:
    """Presses keys and reads what is shown."""

    def __init__(self, pilot: Pilot[None]) -> None:
        self.pilot = pilot
        self.app = cast(Explorer, pilot.app)

    @property
    def main(self) -> MainScreen:
        """The main screen, also below a dialog."""
        return next(each for each in self.app.screen_stack if isinstance(each, MainScreen))

    async def settle(self) -> None:
        """Wait until nothing is computed any more and everything is drawn."""
        for _ in range(3):
            await self.pilot.pause()
            await self.workers_end()
        await self.pilot.pause()

    async def workers_end(self) -> None:
        """Wait for every worker; one that gave way to a newer one has ended too."""
        while True:
            try:
                await self.app.workers.wait_for_complete()
            except WorkerCancelled:
                await self.pilot.pause()
            else:
                return

    async def until(self, holds: Callable[[], object]) -> None:
        """Wait until something holds, however slow the machine is."""
        begun = monotonic()
        while not holds():
            if monotonic() - begun > PATIENCE:
                raise AssertionError("it did not come to that")
            await self.pilot.pause(0.01)

    async def press(self, *keys: str) -> None:
        for key in keys:
            await self.pilot.press(key)
            await self.settle()

    async def type(self, text: str) -> None:
        await self.press(*["space" if letter == " " else letter for letter in text])

    def tree(self) -> list[str]:
        """The tree's rows as text."""
        table = self.main.tree_table
        return [plain(table.line_at(index, 100)) for index in range(table.count)]

    def labels(self) -> list[str]:
        """The labels of the rows."""
        return [row.label for row in self.main.tree_table.rows]

    def card(self) -> list[str]:
        """The card's lines as text."""
        return [plain(pieces) for pieces in self.main.pane.content.lines]

    def bar(self, name: str) -> str:
        """A bar's lines as text."""
        return "\n".join(plain(pieces) for pieces in self.main.query_one(f"#{name}", Bar).lines)

    def question(self) -> Question:
        """What is asked now."""
        return self.main.question

    @property
    def selected(self) -> str:
        return self.main.selected[-1]


@asynccontextmanager
async def opening(workspace: Workspace) -> AsyncIterator[Stage]:
    """An explorer that may still wait for its first answer."""
    async with Explorer(workspace, Settings()).run_test(size=WIDE) as pilot:
        await pilot.pause()
        yield Stage(pilot)


@asynccontextmanager
async def explorer(
    workspace: Workspace, size: tuple[int, int] = WIDE, settings: Settings | None = None
) -> AsyncIterator[Stage]:
    """An explorer that has its first answer."""
    app = Explorer(workspace, settings or Settings())
    async with app.run_test(size=size) as pilot:
        stage = Stage(pilot)
        await stage.settle()
        yield stage
