"""What each place of the tree did to the focus metric, for the rows of the tree."""

from collections.abc import Mapping

from metric_tui.definitions.tree import MetricTree
from metric_tui.planning.answer import Answer
from metric_tui.presentation.tree_rows import Path, top_of

MOST_PLACES = 1_500
"""A wide net is split no further than this many places."""


def contributions_of(
    tree: MetricTree, answer: Answer, views: Mapping[str, str]
) -> dict[Path, float]:
    """Contributions to the focus's change between the compared periods, by path.

    In the focus's unit; empty where the focus has no value in one of the two, or no drivers.
    """
    # the analysis is loaded with the first answer, not with the first frame
    from metric_tui.analysis.contribution import Driver, explain

    left = MOST_PLACES

    def driver(name: str, path: Path) -> Driver:
        nonlocal left
        left -= 1
        total = answer.metrics[name].total
        view = tree.view_of(name, views.get(name)) or tree.view_of(name)
        names = view.formula.names if view else ()
        can_split = left > len(names) and all(
            child in answer.metrics and child not in path for child in names
        )
        return Driver(
            name=name,
            before=total.comparison,
            after=total.value,
            formula=view.formula if view and can_split else None,
            drivers=tuple(driver(child, (*path, child)) for child in names) if can_split else (),
        )

    focus = top_of(tree)
    if focus not in answer.metrics or answer.metrics[focus].total.change is None:
        return {}
    explanation = explain(driver(focus, (focus,)))
    return {
        place.path: place.contribution
        for place in explanation.contributions
        if place.contribution is not None and not place.is_not_applicable
    }
