"""A small tree file with its store, and an app that opens the editor on it."""

import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from textual.app import App
from textual.pilot import Pilot
from textual.worker import WorkerCancelled

from metric_tui.tui.screens.editor import EditorScreen
from metric_tui.workspace import Workspace

TREE = """\
# what this tree is about: every byte of it matters
version: 1
name: Stays
store: stays.db

sources:
  events:
    table: events
    agg_time_dimension: occurred_at
    event_column: event
    entities: {user: user_id}
    dimensions: {country: country}

metrics:
  nights:   # a comment   with   gaps
    type: derived
    expr: gross - cancelled
    owner: team
  gross: {agg: sum, event: booked, expr: nights, owner: team}
  cancelled: {agg: sum, event: cancelled, expr: nights, owner: team}

tree: {focus: nights}
"""


def put_store(path: Path) -> None:
    """Six weeks of bookings and cancellations."""
    with sqlite3.connect(path) as connection:
        connection.execute(
            "CREATE TABLE events (user_id INT, event TEXT, occurred_at TEXT, nights INT, country)"
        )
        connection.executemany(
            "INSERT INTO events VALUES (?, ?, ?, ?, ?)",
            [
                (day, event, f"2026-0{1 + day // 28}-{1 + day % 28:02d} 12:00:00", nights, "PT")
                for day in range(42)
                for event, nights in (("booked", 10 + day), ("cancelled", 2))
            ],
        )
    connection.close()


@contextmanager
def stays(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workspace]:
    """The tree opened from a folder, which holds all that the explorer keeps too."""
    monkeypatch.setenv("XDG_STATE_HOME", str(folder / "state"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(folder / "cache"))
    put_store(folder / "stays.db")
    path = folder / "tree.yaml"
    path.write_text(TREE)
    opened = Workspace.open(path)
    yield opened
    opened.close()


def on_disk(workspace: Workspace) -> str:
    """The file as it stands."""
    return workspace.path.read_text()


class Prompt(EditorScreen):
    """The editor without pauses, so that tests need not wait."""

    CHECK_PAUSE = 0.001
    PREVIEW_PAUSE = 0.001
    TITLE_PAUSE = 0.001


class Stage(App[None]):
    """Opens the editor and notes what it gives."""

    def __init__(self, workspace: Workspace, line: int, metric: str | None) -> None:
        super().__init__()
        self.workspace = workspace
        self.first = Prompt(workspace, line, metric, workspace.default_question())
        self.given: list[bool | None] = []

    def on_mount(self) -> None:
        self.push_screen(self.first, self.given.append)


class Play:
    """The stage with what tests ask of it."""

    def __init__(self, pilot: Pilot[None], stage: Stage, path: Path) -> None:
        self.pilot = pilot
        self.stage = stage
        self.path = path

    @property
    def screen(self) -> EditorScreen:
        return self.stage.first

    @property
    def on_disk(self) -> str:
        return self.path.read_bytes().decode()

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)
        await self.settle()

    async def type(self, text: str) -> None:
        for character in text:
            self.screen.editor.insert(character)
        await self.settle()

    async def settle(self) -> None:
        """Until nothing is left to do."""
        for _ in range(4):
            await self.pilot.pause()
            # an exclusive worker that gave way to a newer one
            with suppress(WorkerCancelled):
                await self.stage.workers.wait_for_complete()
        await self.pilot.pause()

    def shown(self, selector: str) -> str:
        """A widget's text as it is on the screen on top."""
        widget: Any = self.stage.screen.query_one(selector)
        region = widget.region
        rows = self.stage.screen._compositor.render_strips()
        lines = rows[region.y : region.bottom]
        return "\n".join(line.crop(region.x, region.right).text.rstrip() for line in lines)


@asynccontextmanager
async def editing(
    directory: Path,
    text: str = TREE,
    *,
    line: int = 1,
    metric: str | None = None,
    size: tuple[int, int] = (80, 24),
) -> AsyncIterator[Play]:
    """The editor open on a fresh file with this text."""
    path = directory / "tree.yaml"
    path.write_bytes(text.encode())
    if not (directory / "stays.db").exists():
        put_store(directory / "stays.db")
    workspace = Workspace.open(path)
    stage = Stage(workspace, line, metric)
    async with stage.run_test(size=size) as pilot:
        play = Play(pilot, stage, path)
        await play.settle()
        yield play
    workspace.close()
