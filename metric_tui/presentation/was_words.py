"""What changed definitions did to a metric, in sentences."""

from collections.abc import Iterator

from metric_tui.analysis.why import Why
from metric_tui.presentation.glyphs import Glyphs
from metric_tui.presentation.numbers import difference, number_style
from metric_tui.presentation.safe import safe

NAMED = 3


def was_sentences(found: Why, glyphs: Glyphs) -> Iterator[str]:
    """What part of the change is due to changed definitions, and what cannot be told of them."""
    was = found.was
    if was is None or found.explanation.change is None:
        return
    yield _part_sentence(found, glyphs)
    for name in dict.fromkeys([found.question.metric, *_places(found)]):
        earlier, later = (tree.metrics.get(name) for tree in (was.tree, found.tree))
        if earlier and later and earlier.unit != later.unit:
            units = [safe(each.unit or "no unit") for each in (earlier, later)]
            yield f"{_title(found, name)} was counted in {units[0]} and is in {units[1]} now."
    for name, reason in was.errors.items():
        yield f"{_title(found, name)} is told by the later definition in both periods: {safe(reason)}."
    if found.question.metric in was.redefined and found.tree.dimensions_of(found.question.metric):
        yield "Segments are left out: those of two definitions cannot be held against each other."


def _part_sentence(found: Why, glyphs: Glyphs) -> str:
    explanation = found.explanation
    style = number_style(found.tree.metrics[found.question.metric])
    amount = explanation.by_definitions
    if amount is None:
        return "What changed definitions did to it cannot be told."
    parts = {found.question.metric: explanation.definition}
    for place in explanation.contributions:
        parts[place.name] = parts.get(place.name, 0.0) + (place.definition or 0.0)
    told = sorted((name for name in parts if parts[name]), key=lambda name: -abs(parts[name]))
    if not told:
        return "None of it is due to a changed definition."
    named = [
        f"{_title(found, name).lower()} {difference(parts[name], style, glyphs)}"
        for name in told[:NAMED]
    ]
    if len(told) > NAMED:
        named.append(f"{len(told) - NAMED} more")
    return (
        f"Changed definitions make {difference(amount, style, glyphs)} of it: {', '.join(named)}."
    )


def _places(found: Why) -> list[str]:
    return [place.name for place in found.explanation.contributions]


def _title(found: Why, name: str) -> str:
    metric = found.metric(name)
    return safe(metric.title if metric else name)
