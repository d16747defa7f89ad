"""What the explorer can do: one table from which keys, footer, palette and help are made."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from textual.binding import Binding, BindingType

Group = Literal["Move", "Walk the tree", "Ask", "Look", "Keep", "Always"]
Place = Literal["tree", "pane", "segments"]
"""What has the focus; the footer names the keys that matter there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One thing to do, by key, by mouse or from the palette."""

    name: str
    """The action's name; the id by which a file remaps its keys."""

    keys: tuple[str, ...]
    """Textual's names of the keys; a Ctrl key always has a plain twin."""

    shown: str
    """The keys as people write them."""

    words: str
    """One or two words for the footer."""

    description: str
    """What it does, for help and palette: a sentence without a full stop."""

    group: Group
    footer: tuple[Place, ...] = ()
    argument: str = ""
    """What the action is called with."""

    in_palette: bool = True

    @property
    def action(self) -> str:
        """The action string a binding runs."""
        return f"{self.name}({self.argument})"

    @property
    def id(self) -> str:
        """The name in a file of keys."""
        return f"{self.name}_{self.argument}".strip("_").replace("'", "")


def _command(
    group: Group,
    name: str,
    keys: str,
    shown: str,
    words: str,
    description: str,
    *,
    footer: tuple[Place, ...] = (),
    argument: str = "",
    in_palette: bool = True,
) -> Command:
    return Command(
        name=name, keys=tuple(keys.split()), shown=shown, words=words, description=description,
        group=group, footer=footer, argument=argument, in_palette=in_palette,
    )  # fmt: skip


_TREE: tuple[Place, ...] = ("tree",)
_PANE: tuple[Place, ...] = ("pane", "segments")
_BOTH: tuple[Place, ...] = ("tree", *_PANE)

MOVES: tuple[Command, ...] = (
    _command("Move", "line_down", "down j", "↓ j", "down", "One row down"),
    _command("Move", "line_up", "up k", "↑ k", "up", "One row up"),
    _command("Move", "page_down", "pagedown ctrl+d J", "PgDn J", "page", "A page down"),
    _command("Move", "page_up", "pageup ctrl+u K", "PgUp K", "page", "A page up"),
    _command("Move", "first_line", "home", "Home", "top", "The first row"),
    _command("Move", "last_line", "end G", "End G", "bottom", "The last row"),
)
"""Of every list of rows, wherever it is."""

COMMANDS: tuple[Command, ...] = (
    _command("Walk the tree", "drill", "enter l right", "↵ l →", "drill",
             "Make the selected driver the root of the view", footer=_TREE),
    _command("Walk the tree", "up", "backspace h left", "⌫ h ←", "up",
             "Back up: the metric above becomes the root again", footer=_TREE),
    _command("Walk the tree", "back", "minus", "-", "last place", "Go to where you were before"),
    _command("Walk the tree", "open_or_close", "space", "Space", "open", "Open or close the selected row"),
    *(
        _command("Walk the tree", "depth", str(level), str(level), "depth",
                 f"Show {level} level{'s' * (level > 1)} below the root", argument=str(level),
                 in_palette=level <= 4)
        for level in range(1, 10)
    ),
    _command("Walk the tree", "order", "o", "o", "order",
             "Order siblings: by file, contribution, change, name"),
    _command("Walk the tree", "component_view", "v", "v", "components",
             "Next of the metric's ways to be written by components"),
    _command("Walk the tree", "find", "slash", "/", "find", "Find a metric by a few letters",
             footer=_TREE),
    _command("Walk the tree", "find_next", "n", "n", "next", "The next metric found"),
    _command("Walk the tree", "find_previous", "number_sign", "#", "previous",
             "The previous metric found; N too, on one that was found"),
    _command("Ask", "filter", "f", "f", "filter", "Filter the whole tree by a dimension's values",
             footer=_TREE),
    _command("Ask", "exclude", "exclamation_mark", "!", "leave out",
             "Leave the selected segment out of the whole tree", footer=("segments",)),
    _command("Ask", "clear_filters", "F", "F", "no filter", "Take all filters away"),
    _command("Ask", "break_down", "b", "b", "break down",
             "Break the metric down; again for the next dimension", footer=_TREE),
    _command("Ask", "grain", "g", "g", "grain", "Choose hours, days, weeks, months, quarters, years",
             footer=_TREE),
    _command("Ask", "earlier", "comma", ",", "earlier", "One period back"),
    _command("Ask", "later", "full_stop", ".", "later", "One period on"),
    _command("Ask", "shorter", "left_square_bracket", "[", "shorter", "Fewer periods"),
    _command("Ask", "longer", "right_square_bracket", "]", "longer", "More periods"),
    _command("Ask", "range", "d", "d", "dates",
             "Type a range: last 8 weeks, 2026-03..2026-05, ytd"),
    _command("Ask", "compare", "c", "c", "compare", "Choose what values are compared with",
             footer=_TREE),
    _command("Ask", "as_of", "a", "a", "as of", "Look at the data as it was on a day"),
    _command("Ask", "undo", "u", "u", "undo", "Undo the last change of the question"),
    _command("Look", "other_pane", "tab shift+tab", "Tab", "card", "Between the tree and the card",
             footer=_BOTH),
    _command("Look", "full", "plus", "+", "full screen", "The card on the whole screen, and back",
             footer=_PANE),
    _command("Look", "next_view", "right_curly_bracket", "}", "next view", "The card's next view",
             footer=_PANE),
    _command("Look", "previous_view", "left_curly_bracket", "{", "previous view",
             "The card's previous view", footer=_PANE),
    _command("Look", "map", "m", "m", "map",
             "The tree as boxes from left to right, and back; arrows go from box to box", footer=_TREE),
    _command("Look", "what_if", "W", "W", "what if",
             "Change drivers and see what the tree would be; seek a goal"),
    _command("Look", "theme", "t", "t", "theme", "Choose colours"),
    _command("Keep", "edit", "e", "e", "edit", "Edit the YAML at the metric's line"),
    _command("Keep", "edit_outside", "E", "E", "$EDITOR", "Edit the file in $VISUAL or $EDITOR"),
    _command("Keep", "target", "T", "T", "target", "Set the metric's target, or change it"),
    _command("Keep", "note", "N", "N", "note", "Note what happened to the metric, and when"),
    _command("Keep", "add_driver", "A", "A", "add driver",
             "Hang a driver on the metric: an event of the store, or a metric of the file"),
    _command("Keep", "remove_driver", "D", "D", "remove driver",
             "Take the driver off the metric above it, after a question"),
    _command("Keep", "undo_save", "U", "U", "undo save",
             "Put the file back to before the last save of this session"),
    _command("Keep", "copy", "y", "y", "copy", "Copy the value, the row, the SQL or the YAML",
             footer=_PANE),
    _command("Keep", "export", "x", "x", "export", "Write what is seen to a file"),
    _command("Keep", "refresh", "r", "r", "refresh", "Read file and store anew"),
    _command("Always", "help", "question_mark f1", "? F1", "help", "This help", footer=_BOTH),
    _command("Always", "palette", "colon ctrl+p", ": Ctrl+P", "palette",
             "Every action and every metric by name"),
    _command("Always", "cancel", "escape", "Esc", "back",
             "Cancel the running query, or close what is on top", footer=_PANE),
    _command("Always", "leave", "q", "q", "back", "Back; quits at the top of the tree"),
    _command("Always", "suspend", "ctrl+z Z", "Z Ctrl+Z", "suspend",
             "Back to the shell; fg comes back here"),
    _command("Always", "quit", "ctrl+q Q", "Q Ctrl+Q", "quit", "Quit"),
)  # fmt: skip


GROUPS: tuple[Group, ...] = ("Move", "Walk the tree", "Ask", "Look", "Keep", "Always")


def bindings(commands: Iterable[Command]) -> list[BindingType]:
    """Bindings of commands, each with the id by which a file of keys reaches it."""
    return [
        Binding(",".join(command.keys), command.action, command.words, show=False, id=command.id)
        for command in commands
    ]
