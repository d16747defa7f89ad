"""The cells of a change: what each combination of values had before and after."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass

from metric_tui.base.errors import MetricTuiError
from metric_tui.base.periods import Span
from metric_tui.base.series import Group, Table, Value
from metric_tui.definitions.asks import Condition, MeasureAsk, MetricAsk, Setting, Slice
from metric_tui.definitions.kinds.simple import Simple
from metric_tui.definitions.quotients import Linear, Share, Term
from metric_tui.planning.build import Outcome

EMPTY_CELL = (0.0, 0.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class CellReader:
    """What all tables of one question share."""

    where: tuple[Condition, ...]
    setting: Setting
    """With the parts of averages in its tree."""

    spans: tuple[Span, ...]
    """The earlier and the later period; or the days that cells are asked by."""

    def measure_ask(self, term: Term, by: tuple[str, ...]) -> MeasureAsk:
        """What a term is measured by."""
        name, filters = term
        metric = self.setting.tree.metrics[name]
        assert isinstance(metric, Simple)
        return MeasureAsk(
            measure=metric.measure(self.setting.tree),
            spans=tuple(self.setting.clip(span) for span in self.spans),
            slice=Slice(by=by, where=self.where, filters=filters),
        )

    def metric_ask(self, name: str, by: tuple[str, ...]) -> MetricAsk:
        """A metric that does not add up over segments."""
        return MetricAsk(metric=name, spans=self.spans, slice=Slice(by=by, where=self.where))


def cells_of(
    reader: CellReader,
    share: Share,
    by: tuple[str, ...],
    measures: Mapping[MeasureAsk, Outcome],
) -> dict[tuple[Hashable, ...], tuple[float, float, float, float]]:
    """Numerator and denominator before, then after, of every combination of values.

    For a plain sum the second of each pair is the size of what was added up, as a count of
    events for slices to be large enough by.
    """
    tables: dict[Term, Table] = {}
    for term in share.terms:
        outcome = measures[reader.measure_ask(term, by)]
        if isinstance(outcome, MetricTuiError):
            raise outcome
        tables[term] = outcome
    groups = dict.fromkeys(group for table in tables.values() for group in table.values)
    sides = (share.top, share.bottom if share.bottom.terms else _sizes(share.top))
    return {
        group: (
            _added(sides[0], tables, group, 0),
            _added(sides[1], tables, group, 0),
            _added(sides[0], tables, group, 1),
            _added(sides[1], tables, group, 1),
        )
        for group in groups
    }


def _sizes(top: Linear) -> Linear:
    return Linear({term: abs(weight) for term, weight in top.terms.items()})


def _added(side: Linear, tables: Mapping[Term, Table], group: Group, index: int) -> float:
    return sum(weight * _zero(tables[term].of(group)[index]) for term, weight in side.terms.items())


def _zero(value: Value) -> float:
    return 0.0 if value is None else value
