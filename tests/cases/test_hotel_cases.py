"""Answers on a real store of hotel bookings, each computed elsewhere in two ways."""

import gzip
import json
import shutil
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any

import pytest

from metric_tui.analysis.contribution import Driver, explain
from metric_tui.analysis.lmdi import lmdi_contributions
from metric_tui.analysis.rate_segments import split_ratio
from metric_tui.analysis.segments import split_sum
from metric_tui.base.formulas import parse_formula
from metric_tui.base.series import Group
from metric_tui.planning.answer import Answer, Values
from metric_tui.planning.question import DateRange, Question
from metric_tui.workspace import Workspace
from tests.cases.asking import SHARED, Tree, write_tree

Case = dict[str, Any]
Key = tuple[Any, ...]

FILE = SHARED / "cases" / "hotel_cases.json"
KEPT = "is_canceled = 0"

SOURCES = {
    "bookings": {
        "table": "bookings",
        "agg_time_dimension": "arrival_date",
        "entities": {"booking": "booking_id"},
        "dimensions": {
            "hotel": "hotel",
            "market_segment": "market_segment",
            "country": "country",
            "deposit_type": "deposit_type",
            "lead_bucket": {"expr": "lead_time", "buckets": [7, 30, 90, 180]},
        },
    },
    "events": {
        "table": "events",
        "agg_time_dimension": "occurred_on",
        "event_column": "event",
        "entities": {"booking": "booking_id"},
        "dimensions": {"event": "event", "hotel": "hotel"},
    },
}


def booked(agg: str, expr: str | None = None, *conditions: str, **more: Any) -> Tree:
    found = {"agg": agg, "source": "bookings", "filter": list(conditions), **more}
    return found | ({"expr": expr} if expr else {})


def passed(last: str, window: str, **more: Any) -> Tree:
    steps = ["booking_created", last]
    return {
        "type": "funnel",
        "source": "events",
        "entity": "booking",
        "steps": steps,
        "window": window,
        **more,
    }


GUESTS = "adults + COALESCE(children, 0) + babies"
METRICS: Tree = {
    "bookings": booked("count"),
    "kept_bookings": booked("count", None, KEPT),
    "gross_nights": booked("sum", "nights"),
    "net_nights": booked("sum", "nights", KEPT),
    "canceled": booked("sum", "is_canceled"),
    "cancel_rate": {"type": "ratio", "numerator": "canceled", "denominator": "bookings"},
    "keep_rate": {"type": "derived", "expr": "1 - cancel_rate"},
    "nights_per_booking": booked("average", "nights"),
    "nights_per_kept_booking": booked("average", "nights", KEPT),
    "avg_lead_time": booked("average", "lead_time", "market_segment = 'Online TA'"),
    "room_revenue": booked("sum", "adr * nights", KEPT),
    "revenue_per_night": {
        "type": "ratio",
        "numerator": "room_revenue",
        "denominator": "net_nights",
    },
    "avg_adr": booked("average", "adr", KEPT),
    "countries": booked("count_distinct", "country", KEPT),
    "avg_guests": booked("average", GUESTS),
    "repeats": booked("sum_boolean", "is_repeated_guest"),
    "repeat_share": {"type": "ratio", "numerator": "repeats", "denominator": "bookings"},
    "p50": booked("median", "lead_time"),
    "p90": booked("percentile", "lead_time", percentile=0.9),
    "year_to_date": {"type": "cumulative", "input_metric": "net_nights", "grain_to_date": "year"},
    "events": {"agg": "count", "source": "events"},
    "nights": {"agg": "sum", "expr": "nights", "source": "events", "event": "booking_created"},
    "chosen": booked(
        "count",
        None,
        "market_segment IN ('Direct', 'Online TA')",
        "lead_time >= 30",
        "country <> 'PRT'",
    ),
    "stay_60d": passed("guest_checked_out", "60 days"),
    "stay_60d_entered": passed("guest_checked_out", "60 days", calculation="count", step=1),
    "stay_60d_passed": passed("guest_checked_out", "60 days", calculation="count"),
    "cancel_30d": passed("booking_canceled", "30 days"),
    "cancel_30d_entered": passed("booking_canceled", "30 days", calculation="count", step=1),
    "cancel_30d_passed": passed("booking_canceled", "30 days", calculation="count"),
}

RENAMED: Mapping[str, Mapping[str, str]] = {
    "H34": {
        "step1": "stay_60d_entered",
        "step2": "stay_60d_passed",
        "step2_from_step1": "stay_60d",
    },
    "H35": {
        "step1": "cancel_30d_entered",
        "step2": "cancel_30d_passed",
        "step2_from_step1": "cancel_30d",
    },
    "H37": {"bookings": "chosen"},
}
"""Columns whose metric has another name."""

COMPARED = {"previous", "year_ago", "delta", "pct"}
SPLITS = ("contribution", "mix_rate", "decomposition")


def cases(*, splits: bool) -> list[Any]:
    if not FILE.exists():
        skip = pytest.mark.skip(reason="the shared cases are not here")
        return [pytest.param({}, marks=skip)]
    found = json.loads(FILE.read_text())["cases"]
    return [pytest.param(c, id=c["id"]) for c in found if (c["kind"] in SPLITS) == splits]


@pytest.fixture(scope="session")
def hotel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """A tree over the store."""
    packed = SHARED / "data" / "hotel.db.gz"
    if not packed.exists():
        pytest.skip("the shared stores are not here")
    folder = tmp_path_factory.mktemp("hotel")
    with gzip.open(packed) as read, (folder / "hotel.db").open("wb") as write:
        shutil.copyfileobj(read, write)
    tree = {"version": 1, "sources": SOURCES, "metrics": METRICS, "tree": {"focus": "net_nights"}}
    workspace = Workspace.open(
        write_tree(tree, folder / "tree.yaml"), store=str(folder / "hotel.db")
    )
    yield workspace
    workspace.close()


def day_before(text: str) -> date:
    return date.fromisoformat(text) - timedelta(days=1)


def whole_range(case: Case, metrics: tuple[str, ...]) -> Question:
    start, end = case["date_range"]
    return Question(
        grain=case["grain"],
        start=date.fromisoformat(start),
        end=day_before(end),
        # a last period that is cut by the range holds only the rows inside it
        as_of=day_before(end) if case["grain"] == "week" else None,
        compare={"compare_year_ago": "year_ago"}.get(case["kind"], "previous"),  # type: ignore[arg-type]
        by=tuple(case.get("group_by", ())),
        metrics=metrics,
    )


def values_of(answer: Answer, metric: str) -> Mapping[Group, Values]:
    found = answer.metrics[metric]
    assert found.error is None, found.error
    assert found.not_sliced is None, found.not_sliced
    if not answer.question.by:
        return {(): found.total}
    return {segment.group: segment.values for segment in found.segments}


def cells_of(answer: Answer, metric: str, part: str) -> Mapping[Key, Any]:
    parts = {"previous": "compared", "year_ago": "compared"}
    cells = {}
    for group, values in values_of(answer, metric).items():
        for index, period in enumerate(answer.frame.periods):
            label = () if answer.question.grain == "total" else (period.label,)
            cells[(*label, *group)] = _part(values, index, parts.get(part, part))
    return cells


def _part(values: Values, index: int, part: str) -> float | None:
    one = Values(
        values=values.values[index : index + 1],
        compared=values.compared[index : index + 1],
        notes=(),
    )
    if part == "delta":
        return one.change
    if part == "pct":
        return one.change_ratio
    return one.comparison if part == "compared" else one.value


def check(expected: Mapping[Key, Any], found: Mapping[Key, Any]) -> None:
    """The same cells; where one side has none, the other may have null or 0."""
    assert expected
    for key in {**expected, **found}:
        ours, theirs = found.get(key), expected.get(key)
        if ours is None or theirs is None:
            assert not ours, (key, ours, theirs)
            assert not theirs, (key, ours, theirs)
        else:
            assert ours == pytest.approx(theirs, rel=1e-9), key


@pytest.mark.parametrize("case", cases(splits=False))
def test_a_query_on_real_bookings(case: Case, hotel: Workspace) -> None:
    renamed = RENAMED.get(case["id"], {})
    keys = case["key_columns"]
    columns = [name for name in case["columns"] if name not in keys]
    main = renamed.get(columns[0], columns[0])
    names = {name: main if name in COMPARED else renamed.get(name, name) for name in columns}
    answer = hotel.answer(whole_range(case, tuple(dict.fromkeys(names.values()))))
    for name in columns:
        place = case["columns"].index(name)
        expected = {tuple(row[: len(keys)]): row[place] for row in case["expected_rows"]}
        check(expected, cells_of(answer, names[name], name))


def two_ranges(case: Case, metrics: tuple[str, ...]) -> Question:
    (start0, end0), (start1, end1) = case["metric"]["from_range"], case["metric"]["to_range"]
    return Question(
        grain="total",
        start=date.fromisoformat(start1),
        end=day_before(end1),
        compare=DateRange(date.fromisoformat(start0), day_before(end0)),
        by=tuple(case.get("group_by", ())),
        metrics=metrics,
    )


def both_sides(answer: Answer, metric: str) -> tuple[dict[Any, float], dict[Any, float]]:
    found = values_of(answer, metric)
    return (
        {group[0]: values.comparison or 0.0 for group, values in found.items()},
        {group[0]: values.value or 0.0 for group, values in found.items()},
    )


def check_contribution(case: Case, hotel: Workspace) -> None:
    answer = hotel.answer(two_ranges(case, ("net_nights",)))
    table = split_sum(*both_sides(answer, "net_nights"))
    assert table.adds_up
    assert table.change
    found = {row.segment: row for row in table.rows if row.before or row.after}
    for segment, before, after, contribution, share in case["expected_rows"]:
        row = found.pop(segment)
        assert (row.before, row.after, row.contribution) == (before, after, contribution)
        assert contribution / table.change == pytest.approx(share, rel=1e-9)
    assert not found


def check_mix_rate(case: Case, hotel: Workspace) -> None:
    answer = hotel.answer(two_ranges(case, ("canceled", "bookings")))
    tops, bottoms = both_sides(answer, "canceled"), both_sides(answer, "bookings")
    before, after = (
        {segment: (tops[i].get(segment, 0.0), count) for segment, count in bottoms[i].items()}
        for i in (0, 1)
    )
    table = split_ratio(before, after)
    assert table.adds_up
    found = {row.segment: row for row in table.rows}
    for segment, weight0, rate0, weight1, rate1, mix, rate in case["expected_rows"]:
        row = found[segment]
        assert (row.share_before, row.share_after) == pytest.approx((weight0, weight1), rel=1e-9)
        for ours, theirs in ((row.before, rate0), (row.after, rate1)):
            assert (ours is None) == (theirs is None)
            assert ours is None or ours == pytest.approx(theirs, rel=1e-9)
        effects = (row.mix_effect or 0.0, row.rate_effect or 0.0)
        assert effects == pytest.approx((mix, rate), rel=1e-8, abs=1e-13)


def check_decomposition(case: Case, hotel: Workspace) -> None:
    factors = tuple(case["metric"]["factors"])
    answer = hotel.answer(two_ranges(case, factors))
    totals = {name: answer.metrics[name].total for name in factors}
    before = {name: values.comparison or 0.0 for name, values in totals.items()}
    after = {name: values.value or 0.0 for name, values in totals.items()}
    found: Mapping[str, float | None] = lmdi_contributions(before, after)
    if case["metric"]["method"] == "shapley":
        found = shapley(before, after)
    for name, start, end, effect in case["expected_rows"]:
        assert (before[name], after[name]) == pytest.approx((start, end), rel=1e-9)
        assert found[name] == pytest.approx(effect, rel=1e-8)


def shapley(before: Mapping[str, float], after: Mapping[str, float]) -> dict[str, float | None]:
    formula = parse_formula(" * ".join(before))
    explanation = explain(
        Driver(
            name="net_nights",
            before=formula.evaluate(before),
            after=formula.evaluate(after),
            formula=formula,
            drivers=tuple(Driver(name=n, before=before[n], after=after[n]) for n in before),
        )
    )
    return {place.name: place.contribution for place in explanation.contributions}


CHECKS = {
    "contribution": check_contribution,
    "mix_rate": check_mix_rate,
    "decomposition": check_decomposition,
}


@pytest.mark.parametrize("case", cases(splits=True))
def test_a_change_between_two_ranges_of_real_bookings(case: Case, hotel: Workspace) -> None:
    CHECKS[case["kind"]](case, hotel)
