import random
import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from metric_tui.base.errors import DefinitionError
from metric_tui.base.periods import Duration, Lag
from metric_tui.definitions.edges import Guardrail, Influence, MetricInput, Target
from metric_tui.definitions.kinds.broken import Broken
from metric_tui.definitions.kinds.derived import Derived
from metric_tui.definitions.kinds.funnel import Funnel
from metric_tui.definitions.kinds.retention import Retention
from metric_tui.definitions.kinds.simple import Simple
from metric_tui.definitions.metric import Metric
from metric_tui.definitions.tree import MetricTree
from metric_tui.loading.load import Loaded, load, load_file
from metric_tui.loading.store_checks import StoreSchema, store_problems
from metric_tui.presentation.problem_lines import github_line, problem_row, report_lines
from metric_tui.presentation.safe import width
from tests.counting import calls_of

GOOD = """\
version: 1
name: Nights Booked
store: ../sample_data/stays.db
settings: {timezone: Europe/Lisbon, watermark: 2026-03-01 12:00}
sources:
  events:
    table: events
    agg_time_dimension: occurred_at
    event_column: event
    entities: {user: user_id, listing: listing_id}
    dimensions:
      platform: platform
      country: {expr: "properties ->> '$.country'", label: Country}
    filter: is_test = 0
metrics:
  nights_booked:
    type: derived
    expr: gross_nights - cancelled_nights
    direction: up
    format: ",.0f"
    owner: marketplace@example.org
    tags: [north-star]
    target: {value: 130000, by: 2026-12-31, from: 2026-01-01, lower: 0.9}
    guardrails: cancel_rate
    influences:
      - dau
      - {metric: mau, expect: down, lag: 7 days, confidence: medium, reason: "slow, fewer"}
  gross_nights: {agg: sum, event: booked, expr: nights, components: bookings * nights_per_booking}
  cancelled_nights: {agg: sum, event: [cancelled, denied], expr: nights, fill_nulls_with: null}
  bookings: {agg: count, event: booked, components: []}
  nights_per_booking: {type: ratio, numerator: gross_nights, denominator: bookings}
  cancel_rate:
    {type: ratio, numerator: {name: cancelled_nights, filter: "by = 'host'"}, denominator: bookings}
  dau:
    agg: count_distinct
    expr: user
    components:
      by state: new + kept
      by habit: mau * cancel_rate
  mau: {type: cumulative, measure: dau, window: 28 days}
  new: {type: lifecycle, input_metric: dau, state: new}
  kept: {type: lifecycle, input_metric: dau, state: retained, meta: {ignore: [orphan-metric], n: [1, 2.5, on]}}
  way: {type: funnel, entity: user, steps: [searched, [viewed, saved], {event: booked, label: B}], window: 2h}
  back: {type: retention, entity: user, start: booked, return: [booked, viewed], brackets: [[7, 13], [14, 20]]}
tree: nights_booked
annotations:
  - {date: 2026-03-02, label: New ranking, metrics: [dau]}
objectives:
  - objective: Win repeat guests
    key_results: [{metric: back, from: 0.18, to: 0.25, by: 2026-12-31}]
scenarios:
  cheaper: {levers: [{metric: dau, change: +10%}], on: 2026-03-01}
"""


def good() -> MetricTree:
    return load(GOOD, name="good.yaml").require_tree()


def errors(text: str) -> list[str]:
    return [problem.message for problem in load(text, name="x.yaml").errors]


def metric(definition: str, name: str = "m") -> Metric:
    """One metric of a small tree, read from its YAML."""
    text = f"sources: {{e: {{table: t, agg_time_dimension: at, event_column: ev, entities: {{user: u}}}}}}\nmetrics:\n  a: {{agg: count}}\n  {name}: {definition}\ntree: a\n"
    return load(text, name="x.yaml").require_tree().metrics[name]


def test_a_good_tree_has_no_errors() -> None:
    assert load(GOOD, name="good.yaml").errors == ()


def test_values_are_read_as_their_fields_say() -> None:
    tree = good()
    top = tree.metrics["nights_booked"]
    assert isinstance(top, Derived)
    assert top.target == Target(
        value=130000.0, by=date(2026, 12, 31), since=date(2026, 1, 1), lower=0.9
    )
    assert top.guardrails == (Guardrail(metric="cancel_rate"),)
    assert top.influences == (
        Influence(metric="dau"),
        Influence(
            metric="mau", expect="down", lag=Lag(Duration(7, "day")), confidence="medium",
            reason="slow, fewer",
        ),
    )  # fmt: skip
    assert top.inputs == ("gross_nights", "cancelled_nights")
    assert tree.settings.watermark == datetime.fromisoformat("2026-03-01 12:00")
    assert tree.annotations[0].date == date(2026, 3, 2)
    assert tree.focus == "nights_booked"


def test_shorthands_other_spellings_and_single_values_are_read() -> None:
    tree = good()
    source = tree.sources["events"]
    assert source.name == "events"
    assert source.dimensions["platform"].expr.text == "platform"
    assert [fragment.text for fragment in source.filter] == ["is_test = 0"]
    assert tree.metrics["cancelled_nights"].event == ("cancelled", "denied")  # type: ignore[attr-defined]
    rate = tree.metrics["cancel_rate"].numerator  # type: ignore[attr-defined]
    assert isinstance(rate, MetricInput)
    assert rate.metric == "cancelled_nights"
    way = tree.metrics["way"]
    assert isinstance(way, Funnel)
    assert [step.event for step in way.steps] == [("searched",), ("viewed", "saved"), ("booked",)]
    assert way.window == Duration(2, "hour")
    back = tree.metrics["back"]
    assert isinstance(back, Retention)
    assert (back.back, back.brackets) == (("booked", "viewed"), ((7, 13), (14, 20)))


def test_components_are_a_formula_views_or_none() -> None:
    tree = good()
    assert tree.metrics["bookings"].components == ()
    assert tree.metrics["cancelled_nights"].components is None
    views = tree.metrics["dau"].components
    assert views is not None
    assert [view.name for view in views] == ["by state", "by habit"]
    assert [edge.child for edge in tree.edges("dau")] == ["new", "kept"]


def test_null_is_absent_but_where_none_is_a_word() -> None:
    found = good().metrics["cancelled_nights"]
    assert isinstance(found, Simple)
    assert found.fill_nulls_with == "none"
    assert found.fill is None
    absent = metric("{agg: count, fill_nulls_with: , label: ~}")
    assert isinstance(absent, Simple)
    assert (absent.fill, absent.label) == (0.0, None)


@pytest.mark.parametrize("word", ["on", "no", "1:30", "012", "2026-01-01", "404", "1e3", "0x1F"])
def test_words_that_yaml_would_turn_into_values_stay_words(word: str) -> None:
    found = metric(f"{{agg: count, event: {word}}}")
    assert isinstance(found, Simple)
    assert found.event == (word,)


def test_meta_is_plain_python() -> None:
    assert good().metrics["kept"].meta == {"ignore": ["orphan-metric"], "n": [1, 2.5, "on"]}


def test_times_with_an_offset_keep_it() -> None:
    tree = load("settings: {watermark: 2026-03-01T12:00:30Z}\nmetrics: {}", name="x").tree
    assert tree is not None
    assert tree.settings.watermark == datetime(2026, 3, 1, 12, 0, 30, tzinfo=UTC)


def test_a_broken_metric_keeps_its_edges_and_the_others_work() -> None:
    text = GOOD.replace('format: ",.0f"', 'format: ",.0f"\n    colour: red')
    loaded = load(text, name="x.yaml")
    tree = loaded.require_tree()
    assert [problem.metric for problem in loaded.errors] == ["nights_booked"]
    top = tree.metrics["nights_booked"]
    assert isinstance(top, Broken)
    assert top.reason == "a derived metric has no key `colour`"
    assert {edge.child for edge in tree.edges("nights_booked")} == {
        "gross_nights", "cancelled_nights", "dau", "mau", "cancel_rate",
    }  # fmt: skip
    assert isinstance(tree.metrics["bookings"], Simple)


def test_a_metric_stays_whole_when_its_input_is_broken() -> None:
    tree = load(GOOD.replace("{agg: sum, event: booked", "{agg: sun, event: booked"), name="x").tree
    assert tree is not None
    assert isinstance(tree.metrics["gross_nights"], Broken)
    assert isinstance(tree.metrics["nights_per_booking"], Metric)
    assert not isinstance(tree.metrics["nights_per_booking"], Broken)


def test_no_cycle_is_left_in_a_tree() -> None:
    names = [f"m{i}" for i in range(30)]
    rng = random.Random(3)
    rows = [
        f"  {name}: {{type: derived, expr: {' + '.join(rng.sample(names, 4))}}}" for name in names
    ]
    loaded = load("metrics:\n" + "\n".join(rows) + "\ntree: m0\n", name="x")
    tree = loaded.require_tree()
    for name in names:
        reached, waiting = set(), list(tree.metrics[name].inputs)
        while waiting:
            found = waiting.pop()
            if found not in reached:
                reached.add(found)
                waiting.extend(tree.metrics[found].inputs)
        assert name not in reached
    assert {problem.code for problem in loaded.errors} == {"computation-cycle"}


def test_a_long_chain_of_metrics_is_no_trouble() -> None:
    rows = [f"  m{i}: {{type: derived, expr: m{i + 1} * 1}}" for i in range(1_200)]
    text = "sources: {e: {table: t, agg_time_dimension: at}}\nmetrics:\n" + "\n".join(rows)
    loaded = load(text + "\n  m1200: {agg: count}\ntree: {focus: m1190}\n", name="x")
    assert loaded.errors == ()


def test_everything_wrong_is_said_at_once_in_file_order() -> None:
    text = GOOD.replace("is_test = 0", "is_test =").replace("agg: sum, event", "agg: sum, evnt")
    text = text.replace("7 days", "7 dogs").replace("focus", "fokus").replace("Lisbon", "Lissabon")
    spans = [problem.span for problem in load(text, name="x").problems]
    assert len(spans) >= 5
    assert spans == sorted(span for span in spans if span)


FILES = {
    "missing.yaml": "there is no file",
    "folder": "is a directory, not a tree file",
    "latin.yaml": "is not UTF-8 text: byte 7 cannot be read",
}


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_cannot_be_read_says_why(name: str, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "latin.yaml").write_bytes("name: é".encode("latin-1"))
    with pytest.raises(DefinitionError, match=FILES[name]):
        load_file(tmp_path / name)


def test_an_empty_file_holds_no_tree(tmp_path: Path) -> None:
    path = tmp_path / "empty.yaml"
    path.write_text("")
    loaded = load_file(path)
    assert loaded.tree is None
    with pytest.raises(DefinitionError, match="holds no metric tree") as caught:
        loaded.require_tree()
    assert caught.value.problems == loaded.problems


STORE = StoreSchema(
    tables={"events": dict.fromkeys(
        ("occurred_at", "event", "user_id", "listing_id", "platform", "properties", "is_test",
         "nights", "by"), "TEXT"
    )},
    events={"events": ("booked", "cancelled", "denied", "searched", "viewed", "saved")},
)  # fmt: skip


def found_in_store(text: str, store: StoreSchema = STORE) -> list[tuple[str, str]]:
    loaded = load(text, name="x")
    found = store_problems(loaded.require_tree(), loaded.document, store)
    lines = text.splitlines()
    return [
        (problem.message, lines[span.line - 1][span.column - 1 : span.end_column - 1])
        for problem in found
        if (span := problem.span)
    ]


def test_a_tree_that_fits_its_store_has_no_problems() -> None:
    assert found_in_store(GOOD) == []


@pytest.mark.parametrize(
    ("before", "after", "message", "place"),
    [
        ("table: events", "table: evnts", "the store has no table `evnts`", "evnts"),
        ("occurred_at", "ocurred", "table `events` has no column `ocurred`", "ocurred"),
        ("is_test = 0", "is_tst = 0", "table `events` has no column `is_tst`", "is_tst"),
        ("properties ->>", "props ->>", "table `events` has no column `props`", "props"),
        ("listing: listing_id", "listing: l_id", "table `events` has no column `l_id`", "l_id"),
        ("by = 'host'", "1 = who", "table `events` has no column `who`", "who"),
        ("expr: user", "expr: person", "table `events` has no column `person`", "person"),
        ("[cancelled, denied]", "[cancelled, gone]", "the store has no event `gone`", "gone"),
        ("[viewed, saved]", "[viewed, kept]", "the store has no event `kept`", "kept"),
        ("label: B}", "filter: size > 1}", "table `events` has no column `size`", "size"),
    ],
)
def test_what_the_store_lacks_is_found(before: str, after: str, message: str, place: str) -> None:
    assert found_in_store(GOOD.replace(before, after)) == [(message, place)]


def test_columns_of_an_unknown_query_are_not_guessed() -> None:
    text = GOOD.replace("table: events", "sql: SELECT * FROM events")
    assert found_in_store(text, StoreSchema(tables={})) == []
    known = StoreSchema(tables={}, columns_of_queries={"events": ("occurred_at",)})
    assert found_in_store(text, known)


def shown(loaded: Loaded, text: str) -> None:
    """Render everything, and hold what must hold of any problem."""
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    for problem in loaded.problems:
        span = problem.span
        assert span is not None
        assert 1 <= span.line <= span.end_line <= len(lines)
        assert 1 <= span.column <= len(lines[span.line - 1]) + 1
        assert 1 <= span.end_column <= len(lines[span.end_line - 1]) + 1
        assert (span.line, span.column) <= (span.end_line, span.end_column)
        assert problem_row(problem)["line"] == span.line
        assert "\n" not in github_line(problem, file="x.yaml")
    for line in report_lines(loaded.problems, file="x.yaml", text=text):
        assert line.isprintable(), line


INSERTED = (
    *("", " ", "\n", ": ", "- ", "{", "}", "[", "]", "'", '"', "*a", "&a ", "!!int ", "|", ">"),
    *("#", "\t", "0", "null", "~", "agg", "metric", "é", "日本", "\u202e", "\r", "<<: ", "? "),
    "---\n",
)

MUTATIONS = st.lists(
    st.tuples(
        st.integers(0, len(GOOD)),
        st.integers(0, 12),
        st.sampled_from(INSERTED)
        | st.text(max_size=4),
    ),
    min_size=1,
    max_size=6,
)  # fmt: skip


@given(MUTATIONS)
@example([(0, 0, "\ufeff")])
def test_a_mutated_tree_is_read_or_its_problems_have_places(
    mutations: list[tuple[int, int, str]],
) -> None:
    text = GOOD
    for place, length, inserted in mutations:
        text = text[:place] + inserted + text[place + length :]
    shown(load(text, name="x.yaml"), text)


@given(st.binary(max_size=300))
def test_random_bytes_are_refused_politely(data: bytes) -> None:
    text = data.decode("utf-8", errors="surrogateescape")
    loaded = load(text, name="x.yaml")
    assert loaded.tree is None or loaded.problems or not text.strip()


@given(st.text(st.characters(), max_size=80))
def test_shown_text_is_as_wide_as_counted(text: str) -> None:
    assert width(text) <= 2 * len(text)


def test_a_thousand_metrics_load_as_quickly_as_ten_times_a_hundred() -> None:
    def loaded(count: int) -> None:
        rows = [f'  m{i}: {{agg: sum, expr: "a + {i}", filter: "b = {i}"}}' for i in range(count)]
        text = "sources: {e: {table: t, agg_time_dimension: at}}\nmetrics:\n" + "\n".join(rows)
        assert load(text + "\ntree: m1\n", name="x").errors == ()

    few, many = calls_of(lambda: loaded(100)), calls_of(lambda: loaded(1_000))
    assert many < 12 * few


def test_reading_a_good_tree_imports_nothing_slow() -> None:
    code = (
        "import sys; from metric_tui.loading.load import load\n"
        "load(sys.stdin.read(), name='x')\n"
        "print([m for m in ('sqlglot', 'pydantic', 'difflib', 'textual') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], input=GOOD, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
