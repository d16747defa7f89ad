"""Random keys, clicks, pastes and sizes for the explorer, from a seed; nothing of it may end the program.

    python -m tests.tui.monkey --keys 100000 --seed 1

Events come as fast as the explorer takes them, many before anything is drawn. What came last is told
with a failure; where threads and keys raced, the same seed may need more than one run to fail again.
"""

import argparse
import asyncio
import os
import random
import sys
import tempfile
from collections import Counter, deque
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import wraps
from pathlib import Path
from unittest.mock import patch

from textual import events
from textual.geometry import Size
from textual.keys import _character_to_key
from textual.pilot import Pilot
from textual.widgets import TextArea
from textual.worker import WorkerCancelled

from metric_tui.tui.app import Explorer
from metric_tui.tui.exploring import Exploring
from metric_tui.tui.keys import MAIN, WHAT_IF
from metric_tui.tui.screens.choice import ChoiceScreen
from metric_tui.tui.screens.editor import EditorScreen
from metric_tui.tui.screens.form import Form
from metric_tui.tui.screens.main import MainScreen
from metric_tui.tui.screens.what_if import WhatIf
from metric_tui.tui.settings import Settings
from metric_tui.workspace import Workspace
from tests.tui.monkey_trees import PASTES, Stand, places, stands

SESSION = 400
"""Keys between a start of the explorer and its end."""

STRETCH = 40
"""Keys between two looks at whether Escape leads back to the tree."""

ESCAPES = 12
"""More than screens and bars that lie above each other."""

SMALLEST, LARGEST = (20, 5), (160, 60)
PATIENCE = 120.0
"""Seconds for what was asked to be done."""

LEFT_OUT = {"ctrl+q", "Q"}
"""Keys that quit; `q`, which also goes back, ends a session where it quits."""

KEYS = (
    "up", "down", "left", "right", "enter", "escape", "tab", "shift+tab", "space", "backspace",
    "delete", "home", "end", "pageup", "pagedown", "ctrl+home", "ctrl+end", "ctrl+p", "shift+up",
    "shift+down", "shift+end", *(f"f{number}" for number in range(1, 13)),
    *(f"ctrl+{letter}" for letter in "abcdefghijklmnoprstuvwxyz"),
)  # fmt: skip

BOUND = tuple(sorted({key for command in (*MAIN, *WHAT_IF) for key in command.keys}))
OPENING = ("e", "e", "W", "A", "T", "N", "D")
"""Keys that open what is used for long."""


class MonkeyFailure(AssertionError):
    """What the explorer must not do, and the events before."""


@dataclass
class Report:
    """What was done."""

    keys: int = 0
    sessions: int = 0
    quits: int = 0
    saves: int = 0
    screens: Counter[str] = field(default_factory=Counter)
    """How many keys each kind of screen took."""

    def __str__(self) -> str:
        took = ", ".join(f"{name} {count}" for name, count in self.screens.most_common())
        return (
            f"{self.keys} keys in {self.sessions} sessions, {self.quits} left by a key,"
            f" {self.saves} changes of a file, all said; keys by screen: {took}"
        )


SAVES: tuple[tuple[type, str], ...] = (
    (EditorScreen, "action_save"), (EditorScreen, "action_undo_save"), (EditorScreen, "write"),
    (Form, "keep"), (MainScreen, "action_undo_save"), (MainScreen, "_removal_answered"),
    (WhatIf, "_save_as"),
)  # fmt: skip
"""All that may write the tree file, each run by a key or an answer that says so."""


class Monkey:
    """One session: events for one explorer, and looks at what came of them."""

    def __init__(
        self, pilot: Pilot[None], stand: Stand, draw: random.Random, report: Report
    ) -> None:
        self.pilot = pilot
        self.app = pilot.app
        self.stand = stand
        self.draw = draw
        self.report = report
        self.last: deque[str] = deque(maxlen=40)
        self.bytes = stand.path.read_bytes()
        self.may_save = False
        """Whether an action that saves was run since the last rest."""

    @property
    def is_over(self) -> bool:
        """Whether the explorer has ended."""
        return self.app._exception is not None or self.app.return_code is not None

    def fail(self, what: str) -> MonkeyFailure:
        """A failure with the events before it."""
        stack = " > ".join(type(screen).__name__ for screen in self.app.screen_stack)
        return MonkeyFailure(
            f"{self.stand.path.name}: {what}\nscreens: {stack}\nlast events: {' '.join(self.last)}"
        )

    async def play(self, keys: int) -> None:
        """Do so many things, or fewer where a key quits."""
        for number in range(1, keys + 1):
            self.act()
            self.report.keys += 1
            if self.draw.random() < 0.3:
                await self.pilot.pause()
            else:
                await asyncio.sleep(0)
            if self.is_over:
                self.look_at_end()
                return
            self.look_at_file()
            if number % STRETCH == 0:
                await self.go_back()

    def look_at_end(self) -> None:
        """An end is right after `q`, or after a choice of the palette, and never by a fault."""
        if self.app._exception is not None:
            raise self.fail(f"ended by {self.app._exception!r}") from self.app._exception
        if not {"q", "enter", "click"} & set(self.last):
            raise self.fail("ended by no key that quits")
        self.report.quits += 1

    def look_at_file(self) -> None:
        """The file holds what it did, unless an action that saves was run."""
        found = self.stand.path.read_bytes()
        if found != self.bytes:
            if not self.may_save:
                raise self.fail("the file was changed by no action that saves")
            self.report.saves += 1
            self.bytes = found

    async def rest(self) -> None:
        """Wait until nothing is computed any more."""
        for _ in range(3):
            await self.pilot.pause()
            running = [worker for worker in self.app.workers if not worker.is_finished]
            try:
                await asyncio.wait_for(self.app.workers.wait_for_complete(running), PATIENCE)
            except WorkerCancelled:
                continue
            except TimeoutError:
                raise self.fail(f"still busy after {PATIENCE:.0f} s") from None

    async def go_back(self) -> None:
        """Escape must lead to the tree; where text is not saved, `x` leaves it behind."""
        for _ in range(ESCAPES):
            await self.rest()
            if self.is_over:
                self.look_at_end()
                return
            self.look_at_file()
            if isinstance(self.app.screen, Exploring):
                self.may_save = False
                return
            is_unsaved = isinstance(self.app.screen, ChoiceScreen) and any(
                answer.value == "stay" for answer in self.app.screen._answers
            )
            self.key("x" if is_unsaved else "escape")
        raise self.fail(f"{ESCAPES} times Escape do not lead to the tree")

    # events

    def act(self) -> None:
        """One random event."""
        self.report.screens[type(self.app.screen).__name__] += 1
        kinds = (KEYS, BOUND, OPENING, self.letter, self.mouse, self.paste, self.resize)
        (kind,) = self.draw.choices(kinds, (30, 30, 6, 14, 14, 2, 4))
        if isinstance(kind, tuple):
            self.key(self.draw.choice(kind))
        else:
            kind()

    def letter(self) -> None:
        character = chr(self.draw.randrange(33, 127))
        self.key(_character_to_key(character), character)

    def key(self, key: str, character: str | None = None) -> None:
        """Press a key, unless it quits."""
        if key in LEFT_OUT and not isinstance(self.app.focused, TextArea):
            return
        self.last.append(key)
        event = events.Key(key, character or _written(key))
        event.set_sender(self.app)
        self.app.post_message(event)

    def mouse(self) -> None:
        """Click, scroll or move somewhere."""
        size = self.app.size
        x, y = self.draw.randrange(max(size.width, 1)), self.draw.randrange(max(size.height, 1))
        match self.draw.choice(("click", "click", "double", "scroll", "hover", "right")):
            case "scroll":
                way = self.draw.choice((events.MouseScrollUp, events.MouseScrollDown))
                self.point(way, x, y)
            case "hover":
                self.point(events.MouseMove, x, y)
            case kind:
                self.last.append("click")
                for _ in range(2 if kind == "double" else 1):
                    button = 3 if kind == "right" else 1
                    self.point(events.MouseDown, x, y, button)
                    self.point(events.MouseUp, x, y, button)

    def point(self, kind: type[events.MouseEvent], x: int, y: int, button: int = 0) -> None:
        """Post an event of the mouse as a terminal does."""
        self.last.append(f"{kind.__name__}@{x},{y}")
        assert self.app._driver is not None
        self.app._driver.process_message(
            kind(
                None,
                x,
                y,
                0,
                0,
                button,
                shift=False,
                meta=False,
                ctrl=False,
                screen_x=x,
                screen_y=y,
            )
        )

    def paste(self) -> None:
        text = self.draw.choice(PASTES)
        self.last.append(f"paste {text[:12]!r}")
        self.app.post_message(events.Paste(text))

    def resize(self) -> None:
        size = Size(*(self.draw.randint(*ends) for ends in zip(SMALLEST, LARGEST, strict=True)))
        self.last.append(f"size {size.width}x{size.height}")
        assert self.app._driver is not None
        self.app._driver._size = size
        self.app.post_message(events.Resize(size, size))


def _written(key: str) -> str | None:
    """The character that a terminal sends with a key; None without."""
    if key in ("enter", "tab", "space"):
        return {"enter": "\r", "tab": "\t", "space": " "}[key]
    return next((each for each in map(chr, range(33, 127)) if _character_to_key(each) == key), None)


@contextmanager
def noted_saves(monkey: Monkey) -> Iterator[None]:
    """Tell the monkey of every action that saves."""

    def noting(action: Callable[..., object]) -> Callable[..., object]:
        @wraps(action)
        def noted(*arguments: object, **named: object) -> object:
            monkey.may_save = True
            return action(*arguments, **named)

        return noted

    with ExitStack() as stack:
        for owner, name in SAVES:
            stack.enter_context(patch.object(owner, name, noting(getattr(owner, name))))
        yield


async def session(stand: Stand, keys: int, draw: random.Random, report: Report) -> None:
    """Start the explorer, play and leave it."""
    stand.path.write_text(stand.text, encoding="utf-8")
    workspace = Workspace.open(stand.path, store=str(stand.store))
    size = (draw.randint(SMALLEST[0], LARGEST[0]), draw.randint(SMALLEST[1], LARGEST[1]))
    app = Explorer(workspace, Settings())
    report.sessions += 1
    try:
        async with app.run_test(size=size, notifications=True, tooltips=True) as pilot:
            monkey = Monkey(pilot, stand, draw, report)
            with noted_saves(monkey):
                await monkey.play(keys)
                if not monkey.is_over:
                    await monkey.go_back()
                    await app.action_quit()
    finally:
        workspace.stop()
        workspace.close()


async def run(keys: int, seed: int, folder: Path) -> Report:
    """Play at least so many keys over all trees, in a folder.

    Raises:
        MonkeyFailure: the explorer ended, could not be left or wrote its file unasked.
    """
    draw, report, found = random.Random(seed), Report(), stands(folder)
    while report.keys < keys:
        stand = found[report.sessions % len(found)]
        await session(stand, min(SESSION, keys - report.keys), draw, report)
    return report


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--keys", type=int, default=2_000)
    parser.add_argument("--seed", type=int, default=1)
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.chdir(folder)
        with patch.dict(os.environ, places(folder)):
            try:
                report = asyncio.run(run(wanted.keys, wanted.seed, folder))
            except MonkeyFailure as failure:
                sys.stderr.write(f"seed {wanted.seed}: {failure}\n")
                if failure.__cause__ is not None:
                    raise
                return 1
    sys.stdout.write(f"seed {wanted.seed}: {report}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
