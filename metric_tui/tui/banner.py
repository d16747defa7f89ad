"""The problems of the file, above the tree that is still the last good one."""

from pathlib import Path

from metric_tui.base.private import write_private
from metric_tui.base.problems import Problem
from metric_tui.presentation.glyphs import Glyphs
from metric_tui.presentation.pieces import Line, line
from metric_tui.presentation.safe import safe
from metric_tui.workspace import Workspace

MOST = 3


def banner_lines(workspace: Workspace, glyphs: Glyphs) -> tuple[Line, ...]:
    """What keeps the file from being used; nothing where it is in use."""
    errors = [problem for problem in workspace.problems if problem.severity == "error"]
    if not errors:
        return ()
    rest = len(errors) - MOST
    more = (line((f"  and {rest} more; e opens the file", "dim")),) if rest > 0 else ()
    head = "the last good tree is shown; " if workspace.is_broken else ""
    return (
        line((f"{glyphs.bad} {head}{safe(workspace.path.name)} has {_count(len(errors))}", "bad")),
        *(line((_problem(problem), "warn")) for problem in errors[:MOST]),
        *more,
    )


def _count(errors: int) -> str:
    return "one error" if errors == 1 else f"{errors} errors"


def _problem(problem: Problem) -> str:
    place = f"line {problem.span.line}: " if problem.span else ""
    hint = f" ({problem.hint})" if problem.hint else ""
    return safe(f"  {place}{problem.message}{hint}")


def fault_lines(faults: tuple[str, ...], glyphs: Glyphs) -> tuple[Line, ...]:
    """What of the user's configuration cannot be used; the rest of it is."""
    rest = len(faults) - MOST
    more = (line((f"  and {rest} more", "dim")),) if rest > 0 else ()
    return (*(line((f"{glyphs.partial} {safe(text)}", "warn")) for text in faults[:MOST]), *more)


HINTS = (
    "Arrows walk the tree, Enter makes a driver the root of the view, Backspace comes back.",
    "b breaks a metric down, f filters, g changes the grain, c what values are compared with.",
    "? lists every key, Ctrl+P finds every action and metric by name. Any key hides this.",
)


def hint_lines(hints: tuple[str, ...]) -> tuple[Line, ...]:
    """What a newcomer needs to know."""
    return tuple(line((text, "accent")) for text in hints)


def is_first_start(state_directory: str) -> bool:
    """Whether the hint was never shown; notes that it is now."""
    if not state_directory:
        return False
    mark = Path(state_directory) / "hint-shown"
    try:
        if mark.exists():
            return False
        write_private(mark, "")
    except OSError:
        return False
    return True
