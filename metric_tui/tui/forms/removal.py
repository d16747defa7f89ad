"""The question before a driver is taken off."""

from collections.abc import Iterator

from metric_tui.definitions.tree import MetricTree
from metric_tui.loading.drivers import Removal
from metric_tui.presentation.safe import safe
from metric_tui.tui.screens.choice import Answer, ChoiceScreen, Difference

MOST_NAMED = 2
"""Metrics left unused that are named; of more their number is told."""


def removal_screen(removal: Removal, tree: MetricTree, file_name: str, text: str) -> ChoiceScreen:
    """What taking a driver off would do: gives `remove` or `keep`."""
    child, parent = (_title(tree, name) for name in (removal.child, removal.parent))
    return ChoiceScreen(
        f"Take {child} off {parent}",
        " ".join(_sentences(removal, tree)),
        (Answer("r", "remove it from the file", "remove"), Answer("k", "keep it", "keep")),
        difference=Difference(text, removal.text, file_name, f"{file_name} without it"),
    )


def _sentences(removal: Removal, tree: MetricTree) -> Iterator[str]:
    parent = _title(tree, removal.parent)
    match removal.formula:
        case (old, ""):
            yield f"The relation `{old}` says nothing without it and goes with it."
        case (old, new):
            yield f"`{old}` becomes `{new}`."
            if removal.changes_value:
                yield f"{parent} is computed from that, so its own value changes too."
            else:
                yield f"What that does not give of {parent} is shown as a residual."
        case None:
            yield f"No number changes; {parent} is only no longer held against it."
    if removal.unused:
        titles = [_title(tree, name) for name in removal.unused[:MOST_NAMED]]
        more = len(removal.unused) - len(titles)
        named = f"{', '.join(titles)} and {more} more" if more else " and ".join(titles)
        one = len(removal.unused) == 1
        rest = (
            "stays in the file, though nothing uses it"
            if one
            else ("stay in the file, though nothing uses them")
        )
        yield f"{named} {rest} any more."


def _title(tree: MetricTree, name: str) -> str:
    return safe(tree.metrics[name].title)
