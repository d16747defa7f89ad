"""What partials say of an ask, and what is left of it to plain SQL."""

from dataclasses import dataclass, replace

from metric_tui.base.errors import MetricTuiError
from metric_tui.base.series import Group, Table, Value
from metric_tui.definitions.asks import MeasureAsk
from metric_tui.engines.sql.simple import Outcome


@dataclass(frozen=True, slots=True)
class Answered:
    """What the partials say: a table, and the spans of the ask that they cannot tell."""

    table: Table
    missing: tuple[int, ...]


def rest_of(ask: MeasureAsk, answer: Answered | None) -> MeasureAsk | None:
    """What plain SQL has to answer of an ask; None for nothing."""
    if answer is None:
        return ask
    if not answer.missing:
        return None
    return replace(ask, spans=tuple(ask.spans[index] for index in answer.missing))


def with_plain(answer: Answered, plain: Outcome) -> Outcome:
    """One table of what the partials and what plain SQL say."""
    if isinstance(plain, MetricTuiError):
        return plain
    groups = dict.fromkeys([*answer.table.values, *plain.values])
    return Table(answer.table.size, {group: _row(group, answer, plain) for group in groups})


def _row(group: Group, answer: Answered, plain: Table) -> tuple[Value, ...]:
    row = list(answer.table.of(group))
    for index, value in zip(answer.missing, plain.of(group), strict=True):
        row[index] = value
    return tuple(row)
