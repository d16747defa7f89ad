"""What can be done with levers: one table for keys, footer and help, as for the main screen."""

from metric_tui.tui.commands import Command, Group, Place


def _command(
    group: Group, name: str, keys: str, shown: str, words: str, description: str,
    *, argument: str = "", in_footer: bool = True,
) -> Command:  # fmt: skip
    footer: tuple[Place, ...] = ("tree",) if in_footer else ()
    return Command(
        name=name, keys=tuple(keys.split()), shown=shown, words=words, description=description,
        group=group, footer=footer, argument=argument,
    )  # fmt: skip


WHAT_IF_COMMANDS: tuple[Command, ...] = (
    _command("Ask", "step", "left minus h", "- ← h", "less", "Take 1% of its value from the selected metric",
             argument="-1"),
    _command("Ask", "step", "right plus l", "+ → l", "more", "Add 1% of its value to the selected metric",
             argument="1"),
    _command("Ask", "step", "left_curly_bracket shift+left", "{", "-10%", "Take 10% from it",
             argument="-10", in_footer=False),
    _command("Ask", "step", "right_curly_bracket shift+right", "}", "+10%", "Add 10% to it",
             argument="10", in_footer=False),
    _command("Ask", "type", "equals_sign enter", "= ↵", "type", "Type a change: +10%, -200, =0.35 or @platform:ios"),
    _command("Ask", "level", "at", "@", "as in", "Set it to what it is in one segment of a dimension"),
    _command("Ask", "reset", "0", "0", "reset", "Leave the selected metric alone"),
    _command("Ask", "reset_all", "R", "R", "reset all", "Leave all metrics alone", in_footer=False),
    _command("Ask", "seek", "g", "g", "goal",
             "Say what the focus shall be; the selected metric is set to what gets it there"),
    _command("Ask", "influences", "i", "i", "influences",
             "Measure what believed drivers moved with; shown apart, never in the sum",
             in_footer=False),
    _command("Keep", "save", "S", "S", "save", "Save the levers in the file's `scenarios`"),
    _command("Keep", "scenarios", "o", "o", "open",
             "Choose a saved scenario; it is held against what came since"),
    _command("Look", "other_pane", "tab shift+tab", "Tab", "scroll", "Between levers and outcome",
             in_footer=False),
    _command("Always", "help", "question_mark f1", "? F1", "help", "This help"),
    _command("Always", "leave", "escape q", "Esc q", "back", "Back to the tree",
             in_footer=False),
)  # fmt: skip
