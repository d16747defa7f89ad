"""The one mutable object: the tree file, the store behind it, and the answers found so far."""

from metric_tui.analysis.inspected import Definition, EventTable, Names
from metric_tui.workspace.core import Changed, Preview, Workspace

__all__ = ["Changed", "Definition", "EventTable", "Names", "Preview", "Workspace"]
