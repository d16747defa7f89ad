"""Where the user was, as plain data for the next start; what no longer fits is left behind."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from itertools import pairwise
from typing import Any, cast

from metric_tui.base.periods import GRAINS
from metric_tui.base.series import Cell
from metric_tui.definitions.asks import Condition
from metric_tui.definitions.tree import MetricTree
from metric_tui.planning.question import Compare, DateRange, Question
from metric_tui.presentation.tree_rows import ORDERS, Path, TreeChoices, top_of

_CELL_TYPES = (str, int, float, bool, type(None))


def question_state(question: Question) -> dict[str, object]:
    """A question as JSON values."""
    compare = question.compare
    return {
        "grain": question.grain,
        "start": _iso(question.start),
        "end": _iso(question.end),
        "last": question.last,
        "as_of": _iso(question.as_of),
        "compare": [_iso(compare.start), _iso(compare.end)]
        if isinstance(compare, DateRange)
        else compare,
        "where": [
            [entry.dimension, entry.operator, list(entry.choices)] for entry in question.where
        ],
    }


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def question_from(state: object, default: Question) -> Question:
    """The question a state holds; the default where it holds none that can be read."""
    if not isinstance(state, Mapping) or state.get("grain") not in GRAINS:
        return default
    try:
        return Question(
            grain=state["grain"],
            start=_day(state.get("start")),
            end=_day(state.get("end")),
            last=_whole_number(state.get("last")),
            as_of=_moment(state.get("as_of")),
            compare=_compare(state.get("compare")),
            where=tuple(_condition(entry) for entry in state.get("where") or ()),
        )
    except (ValueError, TypeError, LookupError):
        return default


def _day(value: Any) -> date | None:
    return None if value is None else date.fromisoformat(value)


def _moment(value: Any) -> date | datetime | None:
    if value is None:
        return None
    return date.fromisoformat(value) if len(value) <= 10 else datetime.fromisoformat(value)


def _whole_number(value: Any) -> int | None:
    return value if isinstance(value, int) and 0 < value < 20_000 else None


def _compare(value: Any) -> Compare:
    if value in ("previous", "year_ago", "none"):
        return cast(Compare, value)
    first, last = value
    return DateRange(date.fromisoformat(first), date.fromisoformat(last))


def _condition(entry: Any) -> Condition:
    dimension, operator, choices = entry
    if operator not in ("=", "!=") or not isinstance(dimension, str):
        raise ValueError(operator)
    if not all(isinstance(choice, _CELL_TYPES) for choice in choices):
        raise TypeError(dimension)
    cells = cast("list[Cell]", choices)
    return Condition(dimension=dimension, operator=operator, choices=tuple(cells))


def choices_state(choices: TreeChoices) -> dict[str, object]:
    """Root, expansion, component views and order as JSON values."""
    return {
        "root": list(choices.root),
        "depth": choices.depth,
        "opened": sorted(list(path) for path in choices.opened),
        "closed": sorted(list(path) for path in choices.closed),
        "views": dict(choices.views),
        "order": choices.order,
    }


def choices_from(state: object, tree: MetricTree) -> TreeChoices:
    """The choices a state holds as far as the tree still has those places."""
    default = TreeChoices(root=(top_of(tree),))
    if not isinstance(state, Mapping):
        return default
    root = path_from(state.get("root"), tree)
    depth, order, views = state.get("depth"), state.get("order"), state.get("views")
    return TreeChoices(
        root=root or default.root,
        depth=depth if isinstance(depth, int) and 0 < depth < 10 else default.depth,
        opened=_paths(state.get("opened"), tree),
        closed=_paths(state.get("closed"), tree),
        views=_views(views, tree),
        order=order if order in ORDERS else default.order,
    )


def _views(state: object, tree: MetricTree) -> dict[str, str]:
    if not isinstance(state, Mapping):
        return {}
    return {
        name: view
        for name, view in state.items()
        if name in tree.metrics and isinstance(view, str) and tree.view_of(name, view)
    }


def _paths(state: object, tree: MetricTree) -> frozenset[Path]:
    entries = state if isinstance(state, list) else []
    return frozenset(path for entry in entries if (path := path_from(entry, tree)))


def path_from(state: object, tree: MetricTree) -> Path:
    """A path that the tree still has; empty otherwise."""
    if not isinstance(state, list | tuple) or not state:
        return ()
    names: Iterable[object] = state
    path = tuple(name for name in names if isinstance(name, str) and name in tree.metrics)
    is_whole = len(path) == len(state) and path[0] == top_of(tree)
    linked = all(tree.edge_between(above, below) for above, below in pairwise(path))
    return path if is_whole and linked else ()
