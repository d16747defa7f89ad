"""One metric's part of an answer: its values, segments and proofs, from tables over all spans."""

from collections.abc import Mapping
from functools import lru_cache

from metric_tui.base.errors import MetricTuiError
from metric_tui.base.periods import Span
from metric_tui.base.series import Group, Table, Value, group_order
from metric_tui.definitions.tree import MetricTree
from metric_tui.engines.sql.scope import bucket_labels
from metric_tui.planning.answer import Identity, MetricAnswer, SegmentValues, Values
from metric_tui.planning.build import Outcome
from metric_tui.planning.frame import Frame


@lru_cache(maxsize=64)
def all_spans(frame: Frame) -> tuple[Span, ...]:
    """Every span a frame reports or compares with, each once, ascending."""
    compared = [period.span for period in frame.compared if period is not None]
    return tuple(sorted({*(period.span for period in frame.periods), *compared}))


def metric_answer(
    name: str,
    tree: MetricTree,
    frame: Frame,
    found: Mapping[str, Outcome],
    sliced: Outcome | None,
    by: tuple[str, ...],
) -> MetricAnswer:
    """A metric's part of the answer.

    Args:
        name: the metric.
        tree: where it stands.
        frame: the periods.
        found: tables of the metric and of the components that prove it, by name.
        sliced: its table by segment; None where there is no breakdown.
        by: the dimensions of the breakdown.
    """
    outcome = found[name]
    if tree.metrics[name].is_draft:
        empty = _values(Table(len(all_spans(frame)), {}), (), _places(frame))
        return MetricAnswer(metric=name, total=empty)
    if isinstance(outcome, MetricTuiError):
        empty = _values(Table(len(all_spans(frame)), {}), (), _places(frame))
        return MetricAnswer(metric=name, total=empty, error=outcome.message, hint=outcome.hint)
    total = _values(outcome, (), _places(frame))
    return MetricAnswer(
        metric=name,
        total=total,
        segments=_segments(sliced, frame, tree, by) if isinstance(sliced, Table) else (),
        not_sliced=sliced.message if isinstance(sliced, MetricTuiError) else None,
        identities=_identities(name, tree, frame, total, found),
    )


Places = tuple[tuple[int, ...], tuple[int | None, ...]]


@lru_cache(maxsize=64)
def _places(frame: Frame) -> Places:
    """Where the spans of a frame's periods, and of what they are compared with, stand in tables."""
    place = {span: index for index, span in enumerate(all_spans(frame))}
    return (
        tuple(place[period.span] for period in frame.periods),
        tuple(None if period is None else place[period.span] for period in frame.compared),
    )


def _values(table: Table, group: Group, places: Places) -> Values:
    now, then = places
    values, notes = table.of(group), table.notes_of(group)
    return Values(
        values=tuple([values[index] for index in now]),
        compared=tuple([None if index is None else values[index] for index in then]),
        notes=tuple([notes[index] for index in now]),
    )


def _segments(
    table: Table, frame: Frame, tree: MetricTree, by: tuple[str, ...]
) -> tuple[SegmentValues, ...]:
    labels = [_bucket_order(tree, name) for name in by]

    def order(group: Group) -> tuple[tuple[int, ...], tuple[tuple[int, float, str], ...]]:
        places = tuple(
            known.get(str(cell), len(known)) for known, cell in zip(labels, group, strict=False)
        )
        return places, group_order(group)

    places = _places(frame)
    segments = (
        SegmentValues(group=group, values=_values(table, group, places))
        for group in sorted(table.values, key=order)
    )
    return tuple(segment for segment in segments if _is_measured(segment.values))


def _bucket_order(tree: MetricTree, dimension: str) -> Mapping[str, int]:
    """The place of each bucket's name, which as text would put 30-89 before 7-29."""
    for source in tree.sources.values():
        found = tree.dimension(source, dimension)
        if found is not None and found.buckets:
            return {label: i for i, label in enumerate(bucket_labels(found.buckets))}
    return {}


def _is_measured(values: Values) -> bool:
    return any(value is not None for value in (*values.values, *values.compared))


def _identities(
    name: str,
    tree: MetricTree,
    frame: Frame,
    total: Values,
    found: Mapping[str, Outcome],
) -> tuple[Identity, ...]:
    identities = []
    for view in tree.metrics[name].views:
        rows = {child: _child_values(child, found, frame) for child in view.formula.names}
        computed = tuple(
            view.formula.evaluate({child: row[index] for child, row in rows.items()})
            for index in range(len(frame.periods))
        )
        identities.append(
            Identity(
                view=view.name,
                formula=view.formula.text,
                computed=computed,
                residual=tuple(map(_residual, total.values, computed)),
            )
        )
    return tuple(identities)


def _child_values(child: str, found: Mapping[str, Outcome], frame: Frame) -> tuple[Value, ...]:
    outcome = found.get(child)
    if not isinstance(outcome, Table):
        return (None,) * len(frame.periods)
    return _values(outcome, (), _places(frame)).values


def _residual(measured: Value, computed: Value) -> Value:
    return None if measured is None or computed is None else measured - computed
