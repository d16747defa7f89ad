"""What a view of the card is."""

from collections.abc import Hashable
from dataclasses import dataclass

from metric_tui.base.series import Cell
from metric_tui.presentation.pieces import Line, line
from metric_tui.presentation.safe import safe
from metric_tui.tui.seen import Seen
from metric_tui.tui.widgets.pane import Cells, Content
from metric_tui.workspace import Workspace


@dataclass(frozen=True, slots=True)
class FilterBy:
    """Ask the same with these values of dimensions alone."""

    pairs: tuple[tuple[str, Cell], ...]


@dataclass(frozen=True, slots=True)
class ShowEntity:
    """Show one entity's timeline."""

    entity: Cell


Choice = FilterBy | ShowEntity


@dataclass(frozen=True, slots=True)
class Fault:
    """Why something could not be looked up."""

    message: str
    hint: str | None = None


class View:
    """One way to look at the selected metric: a tab of the card, and a screen of its own.

    `fetch` runs off the UI thread; `show` makes lines from what is at hand and touches nothing.
    """

    name = ""
    key = ""
    description = ""

    def subject(self, seen: Seen) -> Hashable | None:
        """What must be looked up to show it; None where the answer is enough."""
        return None

    def fetch(self, workspace: Workspace, seen: Seen) -> object:
        """Look it up."""
        raise NotImplementedError

    def show(self, seen: Seen, found: object | None, cells: Cells) -> Content:
        """The lines, for a number of columns and rows; `found` is None until it is looked up."""
        raise NotImplementedError


def title_line(seen: Seen) -> Line:
    """The metric's title, with where it stands."""
    above = f" {seen.glyphs.crumb} ".join(
        safe(seen.tree.metrics[name].title) for name in seen.path[:-1]
    )
    title = safe(seen.tree.metrics[seen.metric].title)
    return line((title, "title"), (f"  in {above}" if above else "", "dim"))


def fault_lines(fault: Fault) -> tuple[Line, ...]:
    """A fault in the panel it concerns."""
    hint = (line((safe(fault.hint), "dim")),) if fault.hint else ()
    return (line((safe(fault.message), "warn")), *hint)


def waiting_line(seen: Seen, what: str) -> Line:
    """Stands where something is being looked up."""
    return line((f"{seen.glyphs.partial} {what}", "dim"))
