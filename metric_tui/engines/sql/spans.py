"""Spans as SQL: which bucket a row falls into, and which windows a bucket belongs to."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from metric_tui.base.periods import EARLIEST, Span
from metric_tui.engines.times import TimeAxis

MOST_RANGES = 4
"""More separate ranges than this in a WHERE cost more than reading what lies between them."""


@dataclass(frozen=True, slots=True)
class Buckets:
    """Disjoint spans that rows are sorted into, and the asked spans each of them is part of."""

    disjoint: tuple[Span, ...]
    cover: tuple[tuple[int, ...], ...]
    """For every asked span the indexes of the disjoint ones it is made of, ascending."""

    @property
    def overlap(self) -> bool:
        """Whether a row may count in several asked spans, or a span is made of several buckets."""
        return any(len(indexes) > 1 for indexes in self.cover) or self._is_shared

    @property
    def _is_shared(self) -> bool:
        used = [index for indexes in set(self.cover) for index in indexes]
        return len(used) != len(set(used))


def buckets_of(spans: Sequence[Span]) -> Buckets:
    """Cut spans at all their bounds into disjoint pieces; empty spans cover nothing."""
    full = [span for span in dict.fromkeys(spans) if not span.is_empty]
    bounds = sorted({bound for span in full for bound in (span.start, span.end)})
    pieces = [Span(start, end) for start, end in pairwise(bounds)]
    position = {piece.start: index for index, piece in enumerate(pieces)}
    ends = {piece.end: index for index, piece in enumerate(pieces)}
    used = sorted({i for span in full for i in range(position[span.start], ends[span.end] + 1)})
    renumbered = {old: new for new, old in enumerate(used)}
    cover = tuple(
        ()
        if span.is_empty
        else tuple(renumbered[i] for i in range(position[span.start], ends[span.end] + 1))
        for span in spans
    )
    return Buckets(tuple(pieces[i] for i in used), cover)


def timeline_of(spans: Sequence[Span], *, until: datetime) -> Buckets:
    """Contiguous buckets from the beginning of time to `until`, cut at all bounds of the spans.

    What lies before, between and after the spans has buckets of its own; their order is time's.
    """
    full = [span for span in spans if not span.is_empty]
    bounds = sorted({EARLIEST, until, *(bound for s in full for bound in (s.start, s.end))})
    place = {bound: index for index, bound in enumerate(bounds)}
    return Buckets(
        tuple(Span(start, end) for start, end in pairwise(bounds)),
        tuple(
            () if span.is_empty else tuple(range(place[span.start], place[span.end]))
            for span in spans
        ),
    )


def cover_sql(covers: Iterable[Sequence[int]]) -> str:
    """A table `cover(bucket, span)` of which buckets each span is made of; never empty."""
    pairs = [(bucket, span) for span, buckets in enumerate(covers) for bucket in buckets]
    listed = ", ".join(f"({bucket}, {span})" for bucket, span in pairs or [(-1, -1)])
    return f"cover(bucket, span) AS (VALUES {listed})"


def bucket_sql(axis: TimeAxis, disjoint: Sequence[Span]) -> str:
    """A balanced CASE that gives the index of the span a row's time falls into.

    The rows are known to lie in one of the spans or in a gap between them; gaps give null.
    """
    edges: list[tuple[datetime, str]] = []
    for index, span in enumerate(disjoint):
        edges.append((span.start, str(index)))
        after = disjoint[index + 1].start if index + 1 < len(disjoint) else None
        if after is not None and after != span.end:
            edges.append((span.end, "NULL"))
    return stepwise(axis, edges)


def stepwise(axis: TimeAxis, edges: Sequence[tuple[datetime, str]]) -> str:
    """A balanced CASE that gives the text of the last edge at or before a row's time.

    A time before the first edge gives the first edge's text.
    """
    if len(edges) == 1:
        return edges[0][1]
    middle = len(edges) // 2
    bound = axis.bound(edges[middle][0])
    left, right = stepwise(axis, edges[:middle]), stepwise(axis, edges[middle:])
    return f"CASE WHEN {axis.compared} < {bound} THEN {left} ELSE {right} END"


def within_sql(axis: TimeAxis, spans: Iterable[Span]) -> str:
    """A condition that keeps the rows of the spans, as ranges an index can walk."""
    ranges = merged(spans)
    if len(ranges) > MOST_RANGES:
        ranges = [Span(ranges[0].start, ranges[-1].end)]
    parts = [
        f"{axis.compared} >= {axis.bound(span.start)} AND {axis.compared} < {axis.bound(span.end)}"
        for span in ranges
    ]
    return parts[0] if len(parts) == 1 else "(" + " OR ".join(f"({part})" for part in parts) + ")"


def merged(spans: Iterable[Span]) -> list[Span]:
    """Spans joined where they touch, ascending."""
    joined: list[Span] = []
    for span in sorted(spans):
        if joined and span.start <= joined[-1].end:
            joined[-1] = Span(joined[-1].start, max(joined[-1].end, span.end))
        else:
            joined.append(span)
    return joined
