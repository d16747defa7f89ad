"""Metrics found by a few letters, and where in the tree they stand."""

from collections import deque
from collections.abc import Mapping, Sequence
from itertools import pairwise

from metric_tui.definitions.tree import MetricTree
from metric_tui.presentation.tree_rows import Path, children_of, top_of


def score(letters: str, text: str) -> float:
    """How well letters fit a text in their order: 0 not at all, more for runs and word starts."""
    wanted = letters.lower().replace(" ", "")
    words = text.lower()
    if not wanted:
        return 0.0
    place, total, before = -1, 0.0, -2
    for letter in wanted:
        place = words.find(letter, place + 1)
        if place < 0:
            return 0.0
        is_start = place == 0 or not words[place - 1].isalnum()
        total += 1.0 + (2.0 if place == before + 1 else 0.0) + (1.5 if is_start else 0.0)
        before = place
    bonus = 4.0 if letters.lower() in words else 0.0
    return (total + bonus) / (1 + 0.02 * len(words))


def ranked(letters: str, texts: Sequence[str]) -> tuple[int, ...]:
    """The indexes of the texts that fit, best first; all in their order for no letters."""
    if not letters.strip():
        return tuple(range(len(texts)))
    scores = [(score(letters, text), -index) for index, text in enumerate(texts)]
    return tuple(-index for value, index in sorted(scores, reverse=True) if value > 0)


def matches(letters: str, tree: MetricTree) -> tuple[str, ...]:
    """Names of metrics that fit, best first: by title, name or tags, or by a word about them.

    Category, indicator and owner fit only where they hold the letters as they are typed: too many
    metrics share them for a looser match.
    """
    names = [name for name, metric in tree.metrics.items() if not metric.hidden]

    def best(name: str) -> float:
        metric = tree.metrics[name]
        texts = [metric.title, name, " ".join(metric.tags)]
        about = (metric.category, metric.indicator, metric.owner)
        words = [(text or "").replace("_", " ") for text in about]
        texts += [text for text in words if letters.strip().lower() in text.lower()]
        return max(score(letters, text) for text in texts)

    found = [(best(name), -index, name) for index, name in enumerate(names)]
    return tuple(name for value, _, name in sorted(found, reverse=True) if value > 0)


def places_of(tree: MetricTree, views: Mapping[str, str]) -> dict[str, Path]:
    """The place nearest to the focus of every metric that is reached under the chosen views.

    A metric reached only by another component view has the place it takes there.
    """
    found = _nearest(tree, views)
    for metric in tree.metrics.values():
        for view in metric.views[1:]:
            if any(name not in found for name in view.formula.names):
                other = _nearest(tree, {**views, metric.name: view.name})
                found = {**other, **found}
    return found


def _nearest(tree: MetricTree, views: Mapping[str, str]) -> dict[str, Path]:
    top = top_of(tree)
    found: dict[str, Path] = {top: (top,)}
    waiting: deque[Path] = deque([(top,)])
    while waiting:
        path = waiting.popleft()
        for edge in children_of(tree, path, views):
            if edge.child not in found:
                found[edge.child] = (*path, edge.child)
                waiting.append(found[edge.child])
    return found


def views_along(tree: MetricTree, path: Path, views: Mapping[str, str]) -> dict[str, str]:
    """The chosen component views, changed where a step of the path needs another one."""
    found = dict(views)
    for above, below in pairwise(path):
        if any(edge.child == below for edge in tree.edges(above, found.get(above))):
            continue
        for view in tree.metrics[above].views:
            if below in view.formula.names:
                found[above] = view.name
                break
    return found
