"""Growth accounting: one pass over all history, reduced to which entity was seen in which bucket.

For span j with the span before it, the statement counts A entities active, B active before, R in
both, and by the bucket in which each was first seen N and H: first seen in j, and before j. Then
retained = R, new = N, resurrected = A - N - R, churned = B - R, dormant = H - B - resurrected.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from metric_tui.base.periods import EARLIEST, Span
from metric_tui.base.series import Group, Table, shown_group
from metric_tui.definitions.asks import LifecycleMeasure, LifecycleState, MeasureAsk
from metric_tui.engines.common import Fetched
from metric_tui.engines.sql.scan import (
    dimension_names,
    grouping,
    read_rows,
    table_of,
    with_steps,
)
from metric_tui.engines.sql.simple import Outcome, scope_of
from metric_tui.engines.sql.spans import Buckets, bucket_sql, timeline_of, within_sql
from metric_tui.engines.store import Store


@dataclass(slots=True)
class Counts:
    """What is known of one group in one span."""

    active: int = 0
    before: int = 0
    both: int = 0
    first_seen: int = 0
    seen_before: int = 0

    def of(self, state: LifecycleState) -> float:
        """The entities in a state."""
        resurrected = self.active - self.first_seen - self.both
        found = {
            "new": self.first_seen,
            "retained": self.both,
            "resurrected": resurrected,
            "churned": self.before - self.both,
            "dormant": self.seen_before - self.before - resurrected,
        }
        return float(found[state])


def lifecycle_of(ask: MeasureAsk) -> LifecycleMeasure:
    """The ask's measure, known to be of a lifecycle."""
    assert isinstance(ask.measure, LifecycleMeasure)
    return ask.measure


def lifecycle_key(ask: MeasureAsk) -> MeasureAsk:
    """All states of the same spans are counted at once."""
    return replace(ask, measure=replace(lifecycle_of(ask), state="new"))


def lifecycle_statement(store: Store, asks: Sequence[MeasureAsk]) -> str:
    """SELECT span, dimensions, A, B, R; then -1 - bucket, dimensions, entities first seen in it."""
    ask = asks[0]
    names = dimension_names(ask.slice)
    buckets = _buckets(ask)
    keys = ", ".join(["span", *names, "entity"])
    sides = (
        f"sides AS (\nSELECT {keys}, MAX(now) AS now, MAX(1 - now) AS before"
        f"\nFROM seen JOIN cover ON cover.bucket = seen.bucket{grouping(2 + len(names))}\n)"
    )
    firsts = (
        f"firsts AS (\nSELECT {', '.join([*names, 'entity'])}, MIN(bucket) AS bucket"
        f"\nFROM seen{grouping(1 + len(names))}\n)"
    )
    group = grouping(1 + len(names))
    counted = ", ".join(["span", *names, "SUM(now), SUM(before), SUM(now * before)"])
    first = ", ".join(["-1 - bucket", *names, "COUNT(*), 0, 0"])
    return with_steps(
        [_seen(store, ask, buckets), _cover(buckets), sides, firsts],
        f"SELECT {counted}\nFROM sides{group}\nUNION ALL\nSELECT {first}\nFROM firsts{group}",
    )


def _buckets(ask: MeasureAsk) -> Buckets:
    spans = (*ask.spans, *lifecycle_of(ask).before)
    return timeline_of(spans, until=max(span.end for span in spans))


def _seen(store: Store, ask: MeasureAsk, buckets: Buckets) -> str:
    measure = lifecycle_of(ask)
    scope = scope_of(store, measure.rows)
    axis = store.axis(scope.source, measure.rows.time_column)
    entity = scope.render(measure.entity.node)
    bucket = bucket_sql(axis, buckets.disjoint)
    end = buckets.disjoint[-1].end
    read = read_rows(
        scope,
        measure.rows,
        [f"{bucket} AS bucket", f"{entity} AS entity"],
        where=[within_sql(axis, [Span(EARLIEST, end)]), f"{entity} IS NOT NULL"],
        sliced=ask.slice,
        distinct=True,
    )
    return f"seen AS (\n{read}\n)"


def _cover(buckets: Buckets) -> str:
    size = len(buckets.cover) // 2
    pairs = [
        f"({bucket}, {span % size}, {int(span < size)})"
        for span, covered in enumerate(buckets.cover)
        for bucket in covered
    ]
    return f"cover(bucket, span, now) AS (VALUES {', '.join(pairs)})"


def lifecycle_outcomes(asks: Sequence[MeasureAsk], fetched: Fetched) -> list[Outcome]:
    """Each ask's table."""
    ask = asks[0]
    counts = _counted(ask, fetched.rows)
    return [_table(counts, lifecycle_of(one).state, len(ask.spans)) for one in asks]


def _counted(ask: MeasureAsk, rows: Iterable[Sequence[int]]) -> dict[Group, list[Counts]]:
    width = len(ask.slice.by)
    buckets = _buckets(ask)
    found: dict[Group, list[Counts]] = {}
    for row in rows:
        place = int(row[0])
        group: Group = shown_group(row[1 : 1 + width])
        counts = found.setdefault(group, [Counts() for _ in ask.spans])
        if place >= 0:
            entry = counts[place]
            entry.active, entry.before, entry.both = (int(n) for n in row[1 + width :])
        else:
            _add_first(counts, buckets, -1 - place, int(row[1 + width]))
    return found


def _add_first(counts: list[Counts], buckets: Buckets, bucket: int, entities: int) -> None:
    for entry, cover in zip(counts, buckets.cover, strict=False):
        if cover and bucket < cover[0]:
            entry.seen_before += entities
        elif bucket in cover:
            entry.first_seen += entities


def _table(counts: dict[Group, list[Counts]], state: LifecycleState, size: int) -> Table:
    return table_of(
        (
            (index, group, entry.of(state))
            for group, row in counts.items()
            for index, entry in enumerate(row)
        ),
        size,
    )
