"""From metrics to measures and back, without any store."""

from datetime import UTC, datetime

import pytest

from metric_tui.base.errors import MetricTuiError, QuestionError
from metric_tui.base.periods import Span
from metric_tui.base.series import Table
from metric_tui.definitions.asks import MeasureAsk, MetricAsk, Setting, SimpleMeasure, Slice
from metric_tui.definitions.extents import Extent
from metric_tui.loading.load import load
from metric_tui.planning.build import Outcome, Plan, fold, plan

TREE = """
sources:
  events: {table: events, agg_time_dimension: at, event_column: event, dimensions: {platform: platform}}
  visits: {table: visits, agg_time_dimension: at, dimensions: {country: country}}
metrics:
  booked: {agg: sum, source: events, event: booked, expr: nights}
  cancelled: {agg: sum, source: events, event: cancelled, expr: nights}
  net: {type: derived, expr: booked - cancelled}
  share: {type: ratio, numerator: cancelled, denominator: booked}
  ios_share: {type: ratio, numerator: {metric: booked, filter: "platform = 'ios'"}, denominator: booked, filter: nights > 1}
  visits: {agg: count, source: visits}
  booked_per_visit: {type: ratio, numerator: booked, denominator: visits}
  above: {type: derived, expr: net * 2}
  top: {type: derived, expr: above + 1}
tree: {focus: net}
"""
LAST = datetime(2026, 6, 30, tzinfo=UTC)
FIRST = datetime(2026, 1, 1, tzinfo=UTC)
MAY = Span(datetime(2026, 5, 1, tzinfo=UTC), datetime(2026, 6, 1, tzinfo=UTC))


@pytest.fixture(scope="module")
def setting() -> Setting:
    tree = load(TREE, name="tree.yaml").require_tree()
    extent = Extent(first=FIRST, last=LAST)
    return Setting(
        tree=tree,
        calendar=tree.settings.calendar,
        grain="month",
        cutoff=LAST,
        extents={("events", "at"): extent, ("visits", "at"): extent},
    )


def ask(metric: str, sliced: Slice | None = None) -> MetricAsk:
    return MetricAsk(metric=metric, spans=(MAY,), slice=sliced or Slice())


def events_of(measure: MeasureAsk) -> tuple[str, ...]:
    assert isinstance(measure.measure, SimpleMeasure)
    return measure.measure.rows.events


def answered(found: Plan, by_event: dict[str, float | MetricTuiError]) -> dict[MeasureAsk, Outcome]:
    """Every measure's outcome, chosen by the event it reads."""
    outcomes: dict[MeasureAsk, Outcome] = {}
    for measure in found.measures:
        given = by_event[events_of(measure)[0]]
        outcomes[measure] = given if isinstance(given, MetricTuiError) else Table(1, {(): (given,)})
    return outcomes


def test_a_measure_that_several_metrics_need_is_asked_once(setting: Setting) -> None:
    found = plan([ask("net"), ask("share"), ask("booked")], setting)
    assert [events_of(measure) for measure in found.measures] == [("booked",), ("cancelled",)]


def test_metrics_are_combined_from_the_bottom_up(setting: Setting) -> None:
    found = plan([ask("top"), ask("share")], setting)
    outcomes = fold(found, answered(found, {"booked": 10.0, "cancelled": 4.0}))
    values = {asked.metric: table for asked, table in outcomes.items()}
    expected = {
        "top": 13.0,
        "above": 12.0,
        "net": 6.0,
        "share": 0.4,
        "booked": 10.0,
        "cancelled": 4.0,
    }
    assert set(values) == set(expected)
    for metric, value in expected.items():
        table = values[metric]
        assert isinstance(table, Table)
        assert table.of(()) == (value,)


def test_an_error_is_told_with_its_first_reason_however_far_up(setting: Setting) -> None:
    found = plan([ask("top"), ask("booked")], setting)
    reason = QuestionError("no column `nights`", hint="look again")
    outcomes = fold(found, answered(found, {"booked": 10.0, "cancelled": reason}))
    told = {a.metric: o.message for a, o in outcomes.items() if isinstance(o, MetricTuiError)}
    assert told == {
        "cancelled": "no column `nights`",
        "net": "needs `cancelled`: no column `nights`",
        "above": "needs `cancelled`: no column `nights`",
        "top": "needs `cancelled`: no column `nights`",
    }
    top = outcomes[ask("top")]
    assert isinstance(top, MetricTuiError)
    assert top.hint == "look again"
    assert isinstance(outcomes[ask("booked")], Table)


def test_a_filter_reaches_every_input_and_one_on_an_input_stays_there(setting: Setting) -> None:
    found = plan([ask("ios_share")], setting)
    filters = [[fragment.text for fragment in measure.slice.filters] for measure in found.measures]
    assert filters == [["nights > 1", "platform = 'ios'"], ["nights > 1"]]


def test_a_metric_is_sliced_by_what_all_its_inputs_share(setting: Setting) -> None:
    for metric, dimension, known in (
        ("booked_per_visit", "platform", "none"),
        ("net", "country", "platform"),
    ):
        asked = ask(metric, Slice(by=(dimension,)))
        outcome = fold(plan([asked], setting), {})[asked]
        assert isinstance(outcome, QuestionError)
        assert outcome.message == f"`{metric}` has no dimension `{dimension}`"
        assert outcome.hint == f"it has {known}"


def test_spans_are_asked_up_to_the_end_of_the_data_only(setting: Setting) -> None:
    july = Span(datetime(2026, 6, 15, tzinfo=UTC), datetime(2026, 7, 15, tzinfo=UTC))
    asked = MetricAsk(metric="booked", spans=(july,), slice=Slice())
    (measure,) = plan([asked], setting).measures
    assert measure.spans == (Span(july.start, LAST),)


def test_an_unknown_metric_is_an_outcome_and_not_an_exception(setting: Setting) -> None:
    outcome = fold(plan([ask("nope")], setting), {})[ask("nope")]
    assert isinstance(outcome, QuestionError)
