"""The palette: every action and every metric by name, all of it shown as it is written."""

from collections.abc import Coroutine
from functools import partial
from typing import Any

from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.content import Content

from metric_tui.presentation.finding import places_of, score
from metric_tui.presentation.safe import safe
from metric_tui.tui.commands import MOVES, Command
from metric_tui.tui.exploring import Exploring
from metric_tui.tui.keys import MAIN, Keys, keys_here, shown_keys


class TreeCommands(Provider):
    """Finds actions of the table of commands and metrics of the tree."""

    async def discover(self) -> Hits:
        """The actions, in the table's order."""
        keys = self._keys()
        for command in self._commands():
            text, key = _title(command), shown_keys(command, keys)
            yield DiscoveryHit(Content(text), self._run(command), text=text, help=key)

    async def search(self, query: str) -> Hits:
        """Actions and metrics that fit what was typed."""
        keys = self._keys()
        for command in self._commands():
            text, key = _title(command), shown_keys(command, keys)
            if found := score(query, text):
                yield Hit(found, Content(text), self._run(command), text=text, help=key)
        screen = self.screen
        if not isinstance(screen, Exploring):
            return
        tree = screen.metric_tree
        for name, path in places_of(tree, screen.choices.views).items():
            text = safe(tree.metrics[name].title)
            if found := max(score(query, text), score(query, name)):
                go = partial(_go_to, screen, path)
                yield Hit(found, Content(text), go, text=text, help=f"metric {safe(name)}")

    def _commands(self) -> tuple[Command, ...]:
        return tuple(command for command in self._place() if command.in_palette)

    def _place(self) -> tuple[Command, ...]:
        # a screen above the main one has a table of its own
        own: tuple[Command, ...] = getattr(self.screen, "commands", MAIN)
        return own

    def _keys(self) -> Keys:
        settings = getattr(self.app, "settings", None)
        return keys_here(self._place(), settings.keymap if settings else {})

    def _run(self, command: Command) -> "partial[Coroutine[Any, Any, bool]]":
        target = self.focused if command in MOVES and self.focused is not None else self.screen
        return partial(self.app.run_action, command.action, target)


def _title(command: Command) -> str:
    return f"{command.description} ({command.words})"


def _go_to(screen: Exploring, path: tuple[str, ...]) -> None:
    screen.go_to(path)
