"""Explanations over stores: hand-computed splits, the planted causes, the printed contract."""

import json
from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from metric_tui.analysis.rollouts import Rollout
from metric_tui.analysis.why import Why
from metric_tui.analysis.why_question import WhyQuestion
from metric_tui.ingest.bundled import bundled_tree
from metric_tui.planning.conditions import parse_conditions
from metric_tui.planning.question import DateRange
from metric_tui.presentation.glyphs import UNICODE
from metric_tui.presentation.pieces import line_width, plain
from metric_tui.presentation.why_influences import REFUSAL_WORDS, influence_lines
from metric_tui.presentation.why_json import why_document
from metric_tui.presentation.why_lines import why_lines
from metric_tui.presentation.why_markdown import why_markdown
from metric_tui.presentation.why_words import summary
from metric_tui.workspace import Workspace
from tests.cases.asking import copy_to_duckdb
from tests.conftest import SampleStore

TREE = """
version: 1
name: Shop
store: events.db
settings: {grain: day}
sources:
  events:
    table: events
    agg_time_dimension: at
    entities: {buyer: buyer}
    dimensions: {country: country, device: device}
metrics:
  revenue: {agg: sum, expr: amount, owner: a@b.c, components: orders * basket, guardrails: [refund_rate]}
  orders: {agg: count}
  basket: {type: ratio, numerator: revenue, denominator: orders}
  buyers: {agg: count_distinct, expr: buyer}
  refund_rate: {type: ratio, numerator: {metric: orders, filter: refunded = 1}, denominator: orders, direction: down}
tree: {focus: revenue}
"""

COLUMNS = "at TEXT, buyer INTEGER, country TEXT, device TEXT, amount REAL, refunded INTEGER"
ROWS = [
    ("2026-01-01T08:00:00Z", 1, "PT", "ios", 10.0, 0),
    ("2026-01-01T09:00:00Z", 1, "PT", "web", 20.0, 1),
    ("2026-01-01T10:00:00Z", 2, "ES", "web", 30.0, 0),
    ("2026-01-02T08:00:00Z", 1, "PT", "ios", 10.0, 1),
    ("2026-01-02T09:00:00Z", 3, "FR", "web", 50.0, 1),
    ("2026-01-02T10:00:00Z", 2, "ES", "web", 20.0, 0),
    ("2026-01-02T11:00:00Z", 2, None, "web", 5.0, 0),
    ("2026-01-03T00:00:00Z", 9, "PT", "ios", 1.0, 0),
]

Explain = Callable[..., Why]
Story = Callable[..., Why]

DAY_1 = DateRange(date(2026, 1, 1), date(2026, 1, 1))
DAY_2 = DateRange(date(2026, 1, 2), date(2026, 1, 2))


@pytest.fixture
def explain(tmp_path: Path, small_store: Callable[..., Path]) -> Any:
    small_store(COLUMNS, ROWS)
    path = tmp_path / "shop.yaml"
    path.write_text(TREE)
    workspace = Workspace.open(path)

    def explained(metric: str, **asked: Any) -> Why:
        return workspace.why(WhyQuestion(metric=metric, grain="day", **asked))

    yield explained
    workspace.close()


def contributions(found: Why) -> dict[str, float]:
    return {c.name: c.contribution or 0.0 for c in found.explanation.contributions}


def rows_of(found: Why, metric: str, dimension: str) -> dict[object, Any]:
    (split,) = (s for s in found.splits if (s.metric, s.dimension) == (metric, dimension))
    assert split.table is not None
    return {row.segment: row for row in split.table.rows}


def test_a_product_is_split_by_shapley_values(explain: Explain) -> None:
    found = explain("revenue")
    # 60 = 3 * 20 became 85 = 4 * 21.25
    assert (found.explanation.before, found.explanation.after) == (60.0, 85.0)
    split = contributions(found)
    assert split["orders"] == pytest.approx((4 - 3) * (20 + 21.25) / 2)
    assert split["basket"] == pytest.approx((21.25 - 20) * (3 + 4) / 2)
    assert found.explanation.adds_up


def test_segments_of_a_sum_add_up_with_null_as_one_of_them(explain: Explain) -> None:
    rows = rows_of(explain("revenue"), "revenue", "country")
    assert {name: row.contribution for name, row in rows.items()} == {
        "PT": -20.0, "ES": -10.0, "FR": 50.0, None: 5.0,
    }  # fmt: skip
    assert rows["FR"].standing == "new"


def test_a_rate_is_split_into_rate_and_mix(explain: Explain) -> None:
    found = explain("refund_rate")
    rows = rows_of(found, "refund_rate", "device")
    before, after = 1 / 3, 2 / 4
    centre = (before + after) / 2
    ios = (1 / 1 - 0 / 1) * (1 / 3 + 1 / 4) / 2, (1 / 4 - 1 / 3) * ((0 + 1) / 2 - centre)
    assert (rows["ios"].rate_effect, rows["ios"].mix_effect) == pytest.approx(ios)
    assert sum(row.contribution for row in rows.values()) == pytest.approx(after - before)


def test_segments_of_distinct_buyers_are_shown_but_not_added(explain: Explain) -> None:
    found = explain("buyers")
    (split,) = (s for s in found.splits if s.dimension == "country")
    assert split.table is not None
    assert not split.table.is_additive
    assert found.slices is None


def test_ranges_are_taken_as_they_are(explain: Explain) -> None:
    found = explain(
        "revenue",
        period=DateRange(date(2026, 1, 2), date(2026, 1, 3)),
        against=DateRange(date(2026, 1, 1), date(2026, 1, 1)),
    )
    assert (found.explanation.before, found.explanation.after) == (60.0, 86.0)


def test_a_filter_reaches_every_part(explain: Explain) -> None:
    found = explain("revenue", where=parse_conditions(["device=web"]))
    assert (found.explanation.before, found.explanation.after) == (50.0, 75.0)
    assert set(rows_of(found, "revenue", "device")) == {"web"}


JUNE: dict[str, Any] = {
    "period": DateRange(date(2026, 6, 8), date(2026, 6, 28)),
    "against": DateRange(date(2026, 5, 18), date(2026, 6, 7)),
}

FIRST_WEEK_OF_JUNE: dict[str, Any] = {
    "period": DateRange(date(2026, 6, 1), date(2026, 6, 7)),
    "against": DateRange(date(2026, 5, 25), date(2026, 5, 31)),
}
EVENTS = 300_000
"""As many as a demo has: with fewer, chance hides what was planted."""


@pytest.fixture(scope="module")
def story(sample_store: SampleStore) -> Story:
    """Explains a week of a bundled tree over its store: the same question is answered once."""

    @cache
    def told(name: str, metric: str | None = None, **asked: Any) -> Why:
        store = sample_store(name, EVENTS)
        workspace = Workspace.open(bundled_tree(name), store=str(store))
        try:
            focus = metric or workspace.tree.focus
            return workspace.why(WhyQuestion(metric=focus, grain="week", **asked))
        finally:
            workspace.close()

    return told


def test_the_cancellations_of_one_market_are_named_first(story: Story) -> None:
    found = story("nights_booked", **JUNE)
    split = contributions(found)
    assert split["cancelled_nights"] < 0 < split["gross_nights"]
    assert abs(split["cancelled_nights"]) > split["gross_nights"]
    assert found.slices is not None
    first = dict(found.slices.rows[0].where)
    assert first.get("country") == "FR" or first.get("reason") == "card_declined"
    assert any("8.2" in note.label for note in found.annotations)


def test_a_release_is_named_where_its_rate_fell_and_not_for_its_volume(
    story: Story,
) -> None:
    by = ("app_version", "country", "platform")
    found = story("nights_booked", by=by, **JUNE)
    (split,) = (
        each for each in found.splits
        if (each.metric, each.dimension) == ("nights_booked", "app_version")
    )  # fmt: skip
    assert split.rollout == Rollout(came=("8.2",), went=("7.8", "7.9"))
    assert found.slices is not None
    first = found.slices.rows[0]
    planted = {"country": "FR", "platform": "android", "app_version": "8.2"}
    assert dict(first.where) == planted
    assert first.is_rolling
    assert first.contribution < 0
    assert not any(dict(row.where).get("app_version") == "7.8" for row in found.slices.rows)
    told = summary(found, UNICODE)
    assert "App version: 8.2 replaced 7.8 and 7.9; volume moved with it." in told
    assert any("App version: 8.2 moved furthest beyond what it replaced" in text for text in told)
    document = why_document(found, depth=9, top=None)
    assert document["slices"][0]["held_against"] == "replaced"
    table = next(s.table for s in found.splits if s.dimension == "app_version")
    assert table is not None
    assert table.adds_up


def test_of_a_rate_the_shares_moved_and_the_rates_say_the_rest(
    story: Story,
) -> None:
    by = ("app_version", "country")
    found = story("nights_booked", "nights_per_booking", by=by, **JUNE)
    # a rate of people is told without a sum, and without a word of shares
    of_people = story("nights_booked", "checkout_to_book", by=by, **JUNE)
    tables = [split.table for split in of_people.splits]
    assert [table is not None and table.is_additive for table in tables] == [False, False]
    assert all(split.rollout is None for split in of_people.splits)
    lines = [plain(line) for line in why_lines(found, 100, UNICODE)]
    (head,) = (line for line in lines if line.startswith("By App version"))
    assert "8.2 replaced 7.8 and 7.9; shares moved, see rates" in head


@pytest.mark.parametrize("cells", [66, 80, 100, 120])
def test_effects_stand_whole_at_every_width(story: Story, cells: int) -> None:
    found = story("nights_booked", "cancel_ratio", by=("country",), **JUNE)
    lines = why_lines(found, cells, UNICODE)
    told = [line for line in lines if "· mix" in plain(line)]
    assert len(told) == 5
    assert all(line_width(line) <= cells for line in told)


@pytest.mark.parametrize(("cells", "has_values"), [(45, False), (61, True), (78, True)])
def test_bars_give_way_to_names_and_values_to_names(
    story: Story, cells: int, has_values: bool
) -> None:
    lines = why_lines(story("nights_booked", **JUNE), cells, UNICODE)
    texts = [plain(line) for line in lines]
    start = next(place for place, text in enumerate(texts) if text.startswith("Drivers"))
    rows = texts[start + 1 : texts.index("", start)]
    assert any("= Checkout to booking " in row for row in rows)
    assert all(("›" in row) == has_values and "…" not in row for row in rows)
    assert all(line_width(line) <= cells for line in lines[start + 1 : start + 1 + len(rows)])


@pytest.mark.parametrize("cells", [48, 66, 80, 120])
def test_what_was_tested_is_told_whole_at_every_width(story: Story, cells: int) -> None:
    lines = why_lines(story("dau", **FIRST_WEEK_OF_JUNE), cells, UNICODE)
    texts = [plain(line) for line in lines]
    start = next(place for place, text in enumerate(texts) if "Believed influences" in text)
    told = lines[start:]
    assert all(line_width(line) <= cells for line in told[1:])
    # the numbers of seven edges, on the line of their names or below
    assert sum(" d, n " in text or "by chance in 1 of" in text for text in texts[start:]) == 7
    assert all("…" not in text for text in texts[start:] if " d, n " in text)


@pytest.mark.parametrize("cells", [40, 48, 66])
@pytest.mark.parametrize("reason", REFUSAL_WORDS)
def test_what_could_not_be_tested_is_told_whole_where_there_is_little_room(
    story: Story, cells: int, reason: Any
) -> None:
    found = story("dau", **FIRST_WEEK_OF_JUNE)
    (edge, *_) = (each for each in found.influences if each.shift is None)
    refused = replace(edge, evidence=replace(edge.evidence, reason=reason))
    _, *told = influence_lines(replace(found, influences=(refused,)), cells, UNICODE)
    assert all(line_width(line) <= cells for line in told)
    assert REFUSAL_WORDS[reason] in " ".join(" ".join(map(plain, told)).split())


def test_the_lost_resurrected_users_are_named_first(story: Story) -> None:
    found = story("dau", **FIRST_WEEK_OF_JUNE)
    split = contributions(found)
    largest = max(("new_users", "retained_users", "resurrected_users"), key=lambda n: abs(split[n]))
    assert largest == "resurrected_users"
    assert split["resurrected_users"] < 0


CUT = "Wake-up notifications went to a new level with resurrection rate: both from 1 Jun"


@pytest.mark.parametrize(
    ("period", "against"),
    [
        (
            DateRange(date(2026, 6, 1), date(2026, 6, 7)),
            DateRange(date(2026, 5, 25), date(2026, 5, 31)),
        ),
        (
            DateRange(date(2026, 6, 1), date(2026, 6, 14)),
            DateRange(date(2026, 5, 18), date(2026, 5, 31)),
        ),
        (
            DateRange(date(2026, 6, 1), date(2026, 6, 28)),
            DateRange(date(2026, 5, 4), date(2026, 5, 31)),
        ),
    ],
)
def test_the_notifications_that_were_cut_are_named_first(
    story: Story, period: DateRange, against: DateRange
) -> None:
    found = story("dau", period=period, against=against)
    first = found.influences[0]
    assert (first.metric, first.parent, first.verdict) == (
        "wake_up_notifications", "resurrection_rate", "evidence",
    )  # fmt: skip
    assert first.explains == contributions(found)["resurrection_rate"]
    told = summary(found, UNICODE)
    # the cut is told as what was noted of it, and not as a fault of the data
    assert told[0].startswith("Active users fell")
    assert told[1].startswith(f"{CUT} (Fewer notifications to dormant users)")
    (cut,) = [each for each in found.health if each.metric == "wake_up_notifications"]
    assert (cut.carries, cut.noted) == (False, "Fewer notifications to dormant users")
    assert not any("Load time" in sentence for sentence in told)
    # what went the other way, or hardly at all, explains nothing of the loss
    assert all(each.explains == 0.0 for each in found.influences if each.metric == "invites_sent")


def test_a_driver_whose_branch_hardly_moved_is_not_told(story: Story) -> None:
    found = story("nights_booked", **JUNE)
    latency = next(each for each in found.influences if each.metric == "search_latency_p75")
    assert latency.verdict == "evidence"
    assert abs(contributions(found)["search_to_view"]) < 0.1 * abs(found.explanation.change or 0.0)
    assert not any("latency" in sentence for sentence in summary(found, UNICODE))


def test_the_printed_contract_adds_up(
    tmp_path: Path, small_store: Callable[..., Path], run: Callable[..., Any]
) -> None:
    small_store(COLUMNS, ROWS)
    path = tmp_path / "shop.yaml"
    path.write_text(TREE)
    ran = run(
        "explain", path, "--format", "json", "--period", "2026-01-02", "--against", "2026-01-01"
    )
    document = json.loads(ran.out)
    assert (ran.code, document["schema"]) == (0, "metric-tui/explain/1")
    assert document["period"] == {"start": "2026-01-02", "end": "2026-01-02", "value": 85.0}
    first = [c for c in document["components"] if c["level"] == 1]
    total = sum(c["contribution"] for c in first) + document["residual"]
    assert total == pytest.approx(document["change"])
    for dimension in ("country", "device"):
        rows = [
            s for s in document["segments"]
            if (s["metric"], s["dimension"]) == ("revenue", dimension)
        ]  # fmt: skip
        assert sum(s["contribution"] for s in rows) == pytest.approx(document["change"])
    assert "\x1b" not in ran.out


@pytest.mark.parametrize("output", ["text", "md"])
def test_people_get_the_same_change_in_words(
    tmp_path: Path, small_store: Callable[..., Path], run: Callable[..., Any], output: str
) -> None:
    small_store(COLUMNS, ROWS)
    path = tmp_path / "shop.yaml"
    path.write_text(TREE)
    ran = run(
        "explain", path, "--format", output, "--period", "2026-01-02", "--against", "2026-01-01"
    )
    assert ran.code == 0
    assert "+25" in ran.out
    assert "FR" in ran.out


def test_an_unknown_metric_is_one_sentence(
    tmp_path: Path, small_store: Callable[..., Path], run: Callable[..., Any]
) -> None:
    small_store(COLUMNS, ROWS)
    path = tmp_path / "shop.yaml"
    path.write_text(TREE)
    ran = run("explain", path, "nope")
    assert ran.code == 1
    assert "no metric is named `nope`" in ran.err


def test_a_distinct_count_is_bridged_from_the_earlier_period(explain: Explain) -> None:
    """On the 2nd buyers 1 and 2 of the 1st bought again, and 3 for the first time."""
    found = explain("buyers", period=DAY_2, against=DAY_1)
    assert found.bridge is not None
    assert asdict(found.bridge) == {
        "before": 2, "new": 1, "resurrected": 0, "churned": 0, "after": 3,
    }  # fmt: skip
    assert why_document(found, depth=9, top=None)["bridge"]["new"] == 1
    text = "2 before + 1 new + 0 back − 0 gone = 3"
    assert f"  {text}" in [plain(pieces) for pieces in why_lines(found, 100, UNICODE)]
    assert text in why_markdown(found, UNICODE, depth=9, top=5)


def test_a_bridge_closes_on_what_was_measured(explain: Explain) -> None:
    for period, against in (
        (DAY_2, DAY_1),
        (DAY_1, DateRange(date(2025, 12, 31), date(2025, 12, 31))),
    ):
        found = explain("buyers", period=period, against=against)
        bridge = found.bridge
        assert bridge is not None
        assert bridge.before + bridge.new + bridge.resurrected - bridge.churned == bridge.after
        before, after = found.values["buyers"]
        assert (bridge.before, bridge.after) == (before or 0, after)


def test_only_a_distinct_count_of_periods_that_are_over_has_a_bridge(explain: Explain) -> None:
    assert explain("orders", period=DAY_2, against=DAY_1).bridge is None
    assert explain("buyers", period=DAY_1, against=DateRange(DAY_1.start, DAY_2.end)).bridge is None


REPLAYED = [(f"2026-01-{day:02d}T{hour:02d}:00:00Z", day * 100 + hour, "PT", "ios", 1.0, 0)
            for day in range(1, 20) for hour in range(24)]  # fmt: skip


@pytest.mark.parametrize("engine", ["sqlite", "duckdb"])
def test_rows_written_twice_are_told_first(
    tmp_path: Path, small_store: Callable[..., Path], engine: str
) -> None:
    """Three hours of the 18th came in twice, as other rows of the same content."""
    twice = [row for row in REPLAYED if row[0][:13] in {f"2026-01-18T{h:02d}" for h in (3, 4, 5)}]
    columns = f"id INTEGER PRIMARY KEY, {COLUMNS}"
    rows = [(number, *row) for number, row in enumerate([*REPLAYED, *twice])]
    store = small_store(columns, rows)
    if engine == "duckdb":
        store = copy_to_duckdb(store, tmp_path / "events.duckdb")
    path = tmp_path / "shop.yaml"
    path.write_text(TREE)
    workspace = Workspace.open(path, store=str(store))
    found = workspace.why(
        WhyQuestion(
            metric="revenue", grain="day",
            period=DateRange(date(2026, 1, 18), date(2026, 1, 18)),
            against=DateRange(date(2026, 1, 17), date(2026, 1, 17)),
        )
    )  # fmt: skip
    workspace.close()
    told = {finding.code: finding.text for finding in found.health}
    assert told["duplicates"] == "3 rows of `events` repeat another one of the period (11.1%)"
    assert "late" not in told


def test_rows_that_came_in_late_are_told(tmp_path: Path, small_store: Callable[..., Path]) -> None:
    """Of 24 rows of the 18th two came in a day later, one a minute before that."""

    def arrived(row: tuple[Any, ...]) -> str:
        late = {
            "2026-01-18T03": "2026-01-19T03:00:00Z",
            "2026-01-18T04": "2026-01-21T00:00:00Z",
            "2026-01-18T05": "2026-01-19T04:59:00Z",
        }
        return str(late.get(row[0][:13], row[0]))

    small_store(f"{COLUMNS}, received_at TEXT", [(*row, arrived(row)) for row in REPLAYED])
    path = tmp_path / "shop.yaml"
    path.write_text(TREE)
    workspace = Workspace.open(path)
    day = DateRange(date(2026, 1, 18), date(2026, 1, 18))
    found = workspace.why(WhyQuestion(metric="revenue", grain="day", period=day))
    workspace.close()
    told = {finding.code: finding.text for finding in found.health}
    assert told["late"].startswith("8% of the rows of `events` came over a day late")
    assert "duplicates" not in told
