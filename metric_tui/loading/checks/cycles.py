"""No metric may be computed from itself, nor be its own component."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from metric_tui.base.problems import Path, Problem
from metric_tui.definitions.metric import Metric
from metric_tui.loading.checks.file import File
from metric_tui.loading.checks.references import INPUT_FIELDS

Graph = Mapping[str, tuple[str, ...]]


def cycles_of_computation(file: File) -> Iterator[Problem]:
    """Metrics whose inputs lead back to them."""
    graph = {name: metric.inputs for name, metric in file.tree.metrics.items()}
    for cycle in cycles_in(graph):
        path = _place_of_input(file, cycle[0], cycle[1])
        way = " → ".join(f"`{name}`" for name in cycle)
        message = f"`{cycle[0]}` is computed from itself: {way}"
        yield file.at_value(path, "computation-cycle", message, within=_within(file, path, cycle))


def cycles_of_components(file: File) -> Iterator[Problem]:
    """Metrics whose components lead back to them, unless they are computed in that circle."""
    computed = {name: metric.inputs for name, metric in file.tree.metrics.items()}
    in_computation = {frozenset(cycle) for cycle in cycles_in(computed)}
    graph = {name: _components(metric) for name, metric in file.tree.metrics.items()}
    for cycle in cycles_in(graph):
        if frozenset(cycle) in in_computation:
            continue
        path = _place_of_component(file, cycle[0], cycle[1])
        way = " → ".join(f"`{name}`" for name in cycle)
        message = f"`{cycle[0]}` is a component of itself: {way}"
        yield file.at_value(path, "component-cycle", message, within=_within(file, path, cycle))


def _components(metric: Metric) -> tuple[str, ...]:
    names = (name for view in metric.views for name in view.formula.names)
    return tuple(dict.fromkeys(names))


def cycles_in(graph: Graph) -> list[tuple[str, ...]]:
    """Circles such that without their first members none is left; each begins and ends with one."""
    found: list[tuple[str, ...]] = []
    opened: set[str] = set()
    while cycles := _disjoint(_circles({k: v for k, v in graph.items() if k not in opened})):
        found.extend(cycles)
        opened.update(cycle[0] for cycle in cycles)
    return found


def _circles(graph: Graph) -> Iterator[tuple[str, ...]]:
    """Some circle through every edge that leads back; walked without recursion, each metric once."""
    done: set[str] = set()
    for start in graph:
        if start in done:
            continue
        trail: list[str] = [start]
        waiting: list[Iterator[str]] = [iter(graph[start])]
        while trail:
            name = next(waiting[-1], None)
            if name is None:
                done.add(trail.pop())
                waiting.pop()
            elif name in trail:
                yield (*trail[trail.index(name) :], name)
            elif name in graph and name not in done:
                trail.append(name)
                waiting.append(iter(graph[name]))


def _disjoint(cycles: Iterator[tuple[str, ...]]) -> list[tuple[str, ...]]:
    seen: set[str] = set()
    kept: list[tuple[str, ...]] = []
    for cycle in cycles:
        if seen.isdisjoint(cycle):
            kept.append(cycle)
            seen.update(cycle)
    return kept


def _place_of_input(file: File, metric: str, name: str) -> Path:
    own: Path = ("metrics", metric)
    node = file.tree.metrics[metric]
    for field in INPUT_FIELDS:
        entry = getattr(node, field, None)
        if entry is not None and entry.metric == name:
            return (*own, field, "metric")
    for index, entry in enumerate(getattr(node, "input_metrics", ())):
        if entry.metric == name:
            return (*own, "input_metrics", index, "metric")
    for field in ("expr", "start", "back"):
        if hasattr(node, field):
            return (*own, field)
    return own


def _place_of_component(file: File, metric: str, name: str) -> Path:
    own: Path = ("metrics", metric)
    if file.document.node((*own, "components")) is None:
        return (*own, "expr")
    views = file.tree.metrics[metric].views
    view = next(view.name for view in views if name in view.formula.names)
    return (*own, "components", view)


def _within(file: File, path: Path, cycle: tuple[str, ...]) -> tuple[int, int] | None:
    node = file.tree.metrics[cycle[0]]
    formulas = [view.formula for view in node.views if path[-1] in (view.name, "expr")]
    if path[-1] == "expr" and hasattr(node, "expr"):
        formulas = [node.expr]
    spans = [formula.spans[cycle[1]] for formula in formulas if cycle[1] in formula.names]
    return spans[0][0] if spans else None
