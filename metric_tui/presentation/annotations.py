"""What happened in the periods shown: where it is marked, and in words."""

from collections.abc import Iterator, Mapping

from metric_tui.definitions.edges import Annotation
from metric_tui.definitions.tree import MetricTree
from metric_tui.planning.answer import Answer
from metric_tui.presentation.dates import day_text, days_of
from metric_tui.presentation.glyphs import Glyphs
from metric_tui.presentation.safe import safe

Happened = tuple[tuple[int, Annotation], ...]
"""Annotations by date, each with the index of the period in which it falls."""


def annotations_shown(tree: MetricTree, answer: Answer) -> Happened:
    """The annotations of the periods shown."""
    if not tree.annotations:
        return ()
    days = [days_of(period, tree.settings.calendar) for period in answer.frame.periods]
    return tuple(
        (index, each)
        for each in sorted(tree.annotations, key=lambda annotation: annotation.date)
        for index, (first, last) in enumerate(days)
        if first <= each.date <= last
    )


def annotations_of(metric: str, happened: Happened) -> Happened:
    """Those about a metric: those that name it, and those that name none and so concern all."""
    return tuple(
        (index, each) for index, each in happened if not each.metrics or metric in each.metrics
    )


def sparkline_places(happened: Happened, top: str) -> Mapping[str, frozenset[int]]:
    """By metric, the indexes of the periods its sparkline marks.

    An annotation that names no metric would mark every row; it stands on the top one alone.
    """
    found: dict[str, set[int]] = {}
    for index, each in happened:
        for metric in each.metrics or (top,):
            found.setdefault(metric, set()).add(index)
    return {metric: frozenset(places) for metric, places in found.items()}


def annotation_text(annotation: Annotation) -> str:
    """`8 Jun 2026 New payment form`."""
    return f"{day_text(annotation.date)} {safe(annotation.label)}"


def annotation_notes(tree: MetricTree, answer: Answer, glyphs: Glyphs) -> Iterator[str]:
    """`◆ 8 Jun 2026 New payment form (Bookings, Gross nights)`, for what is about a metric shown."""
    for _, each in annotations_shown(tree, answer):
        named = [metric for metric in each.metrics if metric in answer.metrics]
        if named or not each.metrics:
            titles = ", ".join(safe(tree.metrics[metric].title) for metric in named)
            about = f" ({titles})" if titles else ""
            yield f"{glyphs.event} {annotation_text(each)}{about}"
