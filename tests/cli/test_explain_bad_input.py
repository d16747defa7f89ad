"""`metric-tui explain` where a change has no split: a word and the two values, never a wrong part."""

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Run, SmallStore

HEAD = """\
version: 1
name: Odd
store: events.db
settings: {timezone: UTC, grain: week}
sources:
  events:
    table: events
    agg_time_dimension: at
    event_column: event
    entities: {user: user_id}
    dimensions: {place: place}
metrics:
"""

EARLIER, LATER, END = "2026-06-08T10:00:00Z", "2026-06-15T10:00:00Z", "2026-06-22T10:00:00Z"
Row = tuple[str, str, float, str]
Odd = Callable[[str, Iterable[Row]], Path]


@pytest.fixture
def odd(tmp_path: Path, small_store: SmallStore) -> Odd:
    """Writes a tree of the metrics given, whose focus is the first, and its rows."""

    def write(metrics: str, rows: Iterable[Row]) -> Path:
        # an event after the later week, so that it is over
        every = [*rows, (END, "end", 0.0, "here")]
        small_store(
            "at TEXT, event TEXT, x REAL, place TEXT, user_id INTEGER",
            ((*row, place) for place, row in enumerate(every)),
        )
        path = tmp_path / "odd.yaml"
        focus = metrics.split(":", 1)[0].strip()
        path.write_text(f"{HEAD}{metrics}tree: {{focus: {focus}}}\n", encoding="utf-8")
        return path

    return write


RATIO = """\
  worth: {type: ratio, numerator: top, denominator: bottom, components: top / bottom}
  top: {agg: sum, event: top, expr: x}
  bottom: {agg: sum, event: bottom, expr: x}
"""

SIGNED = """\
  worth: {type: derived, expr: top / net, components: top / net}
  top: {agg: sum, event: top, expr: x}
  net: {type: derived, expr: come - gone, components: come - gone}
  come: {agg: sum, event: come, expr: x}
  gone: {agg: sum, event: gone, expr: x}
"""


def explained(run: Run, tree: Path, *arguments: object, code: int = 0) -> tuple[str, Any, str]:
    """The text, the JSON and the Markdown of one explanation."""
    ran = [
        run("explain", tree, *arguments, "--format", output) for output in ("text", "json", "md")
    ]
    assert [each.code for each in ran] == [code] * 3, ran[0].err
    return ran[0].out, json.loads(ran[1].out), ran[2].out


def amounts(text: str) -> list[str]:
    """What is said to be a part: the words that are a signed number."""
    return [word for word in text.split() if word[:1] in ("+", "−") and word[1:2].isdigit()]


@pytest.mark.parametrize("is_before", [True, False])
def test_a_zero_denominator_has_the_two_values_and_no_parts(
    run: Run, odd: Odd, is_before: bool
) -> None:
    empty, full = (EARLIER, LATER) if is_before else (LATER, EARLIER)
    rows = [(empty, "top", 5.0, "here"), (empty, "bottom", 0.0, "there")]
    rows += [(full, "top", 7.0, "here"), (full, "bottom", 2.0, "here")]
    text, found, markdown = explained(run, odd(RATIO, rows), code=1)
    status, when = ("base_undefined", "earlier") if is_before else ("current_undefined", "later")
    assert found["status"] == status
    assert {found["period"]["value"], found["against"]["value"]} == {None, 3.5}
    assert {part["contribution"] for part in found["components"]} == {None}
    own = [row for row in found["segments"] if row["metric"] == "worth"]
    assert {row["contribution"] for row in own} == {None}
    for told in (text, markdown):
        assert f"no value in the {when} period" in told
        assert amounts(told) == []
        assert "adds up" not in told
    assert ("– before, 3.5 after" if is_before else "3.5 before, – after") in text
    assert ("– › 3.50" if is_before else "3.50 › –") in text


def test_a_denominator_that_changes_sign_has_no_split_in_drivers_or_segments(
    run: Run, odd: Odd
) -> None:
    rows = [(EARLIER, "top", 5.0, "here"), (LATER, "top", 7.0, "here")]
    rows += [(EARLIER, "come", 4.0, "here"), (EARLIER, "gone", 2.0, "there")]
    rows += [(LATER, "come", 1.0, "here"), (LATER, "gone", 6.0, "there")]
    text, found, markdown = explained(run, odd(SIGNED, rows))
    assert found["status"] == "denominator_crosses_zero"
    assert {part["contribution"] for part in found["components"]} == {None}
    own = [row for row in found["segments"] if row["metric"] == "worth"]
    assert {row["contribution"] for row in own} == {None}
    assert found["change"] == pytest.approx(7 / -5 - 5 / 2)
    for told in (text, markdown):
        assert "no stable split exists" in told
        # the change itself, and values of the later period that are below zero
        assert set(amounts(told)) <= {"−3.9", "−5", "−1.4", "−1.40"}
        assert "adds up" not in told
    assert "5 › 7" in text


def test_a_driver_without_a_value_on_one_side_leaves_all_to_the_volume(run: Run, odd: Odd) -> None:
    metrics = """\
  total: {agg: sum, event: buy, expr: x, components: n * mean}
  n: {agg: count, event: buy}
  mean: {agg: average, event: buy, expr: x}
"""
    rows = [("2026-06-01T10:00:00Z", "buy", 3.0, "here")]
    rows += [(LATER, "buy", 7.0, "here"), (LATER, "buy", 9.0, "there")]
    text, found, _ = explained(run, odd(metrics, rows))
    parts = {part["metric"]: part["contribution"] for part in found["components"]}
    assert parts == {"n": 16.0, "mean": 0.0}
    assert "adds up ✓" in text


def test_nothing_before_is_no_surge_of_null(run: Run, odd: Odd) -> None:
    metrics = "  total: {agg: sum, event: buy, expr: x}\n"
    rows: list[Any] = [("2026-06-01T10:00:00Z", "buy", 3.0, None), (LATER, "buy", 7.0, None)]
    text, found, _ = explained(run, odd(metrics, rows))
    assert found["health"] == []
    assert "is null" not in text


def test_a_surge_of_null_is_told_of_rows_and_never_of_a_difference(run: Run, odd: Odd) -> None:
    metrics = """\
  net: {type: derived, expr: come - gone, components: come - gone}
  come: {agg: count, event: come}
  gone: {agg: sum, event: gone, expr: x}
"""
    rows: list[Any] = [(at, "come", 1.0, "here") for at in (EARLIER, LATER) for _ in range(30)]
    rows += [(EARLIER, "gone", 4.0, "here"), (LATER, "gone", 30.0, None)] * 30
    rows += [(LATER, "come", 1.0, None)] * 10
    text, found, _ = explained(run, odd(metrics, rows))
    told = {(each["metric"], each["text"]) for each in found["health"]}
    assert ("come", "`place` is null in 25% of the rows, 0% before") in told
    assert ("gone", "`place` is null in 100% of it, 0% before") in told
    assert "net" not in {name for name, words in told if "null" in words}
    assert "-" not in text.split("The data")[1].split("Drivers")[0]


@pytest.mark.parametrize(
    "metric",
    [
        "{agg: count, event: a}",
        "{agg: sum, event: a, expr: x}",
        "{agg: average, event: a, expr: x}",
        "{type: ratio, numerator: b, denominator: {metric: a, filter: x > 0}}",
    ],
)
@pytest.mark.parametrize(("earlier", "later"), [(2, 2), (29, 30), (30, 29), (30, 30)])
def test_a_surge_of_null_takes_thirty_rows_in_either_period(
    run: Run, odd: Odd, metric: str, earlier: int, later: int
) -> None:
    others = "  a: {agg: count, event: a}\n  b: {agg: count, event: a, filter: x > 1}\n"
    rows: list[Any] = [(EARLIER, "a", 1.0, "here")] * earlier
    rows += [(LATER, "a", 2.0, None)] * 2 + [(LATER, "a", 1.0, "here")] * (later - 2)
    _, found, _ = explained(run, odd(f"  f: {metric}\n{others}", rows))
    told = [each["code"] for each in found["health"] if each["metric"] == "f"]
    assert told == (["null_surge"] if min(earlier, later) >= 30 else [])


def test_a_dimension_that_no_source_has_is_refused(run: Run, odd: Odd) -> None:
    tree = odd("  n: {agg: count, event: a}\n", [(EARLIER, "a", 1.0, "p"), (LATER, "a", 1.0, "p")])
    ran = run("explain", tree, "--by", "plaec")
    assert (ran.code, ran.out) == (1, "")
    assert "did you mean `place`?" in ran.err
    assert run("explain", tree, "--by", "place").code == 0


def test_a_series_of_one_day_has_no_earlier_value(run: Run, odd: Odd) -> None:
    metrics = """\
  total: {agg: count, event: buy, components: here + there, influences: [here]}
  here: {agg: count, event: buy, filter: "place = 'here'"}
  there: {agg: count, event: buy, filter: "place = 'there'"}
"""
    tree = odd(metrics, [(END, "buy", 1.0, "here")])
    text, found, _ = explained(run, tree, code=1)
    assert found["change"] is None
    assert amounts(text) == []
    assert "By place" not in text
    shown = run("show", tree)
    assert shown.code == 0
    assert "partial" in shown.out


def test_a_constant_series_did_not_move(run: Run, odd: Odd) -> None:
    metrics = """\
  total: {agg: sum, event: buy, expr: x, components: n * mean}
  n: {agg: count, event: buy}
  mean: {agg: average, event: buy, expr: x}
"""
    rows = [(f"2026-06-{day:02d}T10:00:00Z", "buy", 5.0, "here") for day in range(1, 22)]
    text, found, _ = explained(run, odd(metrics, rows))
    assert (found["change"], found["status"]) == (0.0, "ok")
    assert {part["contribution"] for part in found["components"]} == {0.0}
    assert "Total did not move." in text


@pytest.mark.parametrize("sign", [" + ", " * "])
def test_sixty_drivers_are_split_exactly(run: Run, odd: Odd, sign: str) -> None:
    names = [f"d{place}" for place in range(60)]
    metrics = (
        f"  total: {{type: derived, expr: {sign.join(names)}, components: {sign.join(names)}}}\n"
    )
    metrics += "".join(f"  {name}: {{agg: sum, event: {name}, expr: x}}\n" for name in names)
    rows = [
        (at, name, 1 + (place * step % 7) / 10, "here")
        for at, step in ((EARLIER, 3), (LATER, 5))
        for place, name in enumerate(names)
    ]
    _, found, _ = explained(run, odd(metrics, rows))
    assert (found["status"], len(found["components"])) == ("ok", 60)
    parts = [part["contribution"] for part in found["components"]]
    assert sum(parts) == pytest.approx(found["change"], rel=1e-9)


MIXED = """\
  rate: {type: ratio, numerator: wins, denominator: tries}
  wins: {agg: count, event: win}
  tries: {agg: count, event: try}
"""


PARTS = """\
  total: {type: derived, expr: a + b, components: a + b}
  a: {agg: sum, event: a, expr: x, components: p + q}
  b: {agg: sum, event: b, expr: x}
  p: {agg: sum, event: a, expr: x, filter: "place = 'p'"}
  q: {agg: sum, event: a, expr: x, filter: "place = 'q'"}
"""


def test_what_a_formula_does_not_give_is_a_row_at_its_level(run: Run, odd: Odd) -> None:
    rows: list[Any] = [(EARLIER, "a", 5.0, "p"), (LATER, "a", 7.0, "p"), (LATER, "a", 6.0, "q")]
    rows += [(EARLIER, "a", 5.0, "q"), (LATER, "a", 4.0, None), (LATER, "b", 1.0, "p")]
    tree = odd(PARTS, rows)
    text, found, markdown = explained(run, tree)
    (a,) = [part for part in found["components"] if part["metric"] == "a"]
    assert (a["contribution"], a["residual"]) == (7.0, 4.0)
    drawn = [row.split("  ")[0:9] for row in text.splitlines() if "│" in row]
    names = [next(word for word in row if word.strip()).strip(" =") for row in drawn]
    assert names[:5] == ["A", "P", "Q", "◌ not explained by the formula", "B"]
    assert "| &nbsp;&nbsp;◌ not explained by the formula | +4 | | | |" in markdown
    # the same above, where it is the metric's own formula
    text, found, markdown = explained(run, tree, "a")
    assert found["residual"] == 4.0
    assert "A rose 7 (+70%): p +2, q +1, not explained by the formula +4." in text
    assert "| ◌ not explained by the formula | +4 | | | |" in markdown
    # closed, a place has no row of its own for it
    assert "not explained" not in explained(run, tree, "--depth", 1)[0]


def test_segments_that_all_went_the_other_way_are_warned_of_everywhere(run: Run, odd: Odd) -> None:
    counts = {
        EARLIER: {"low": (100, 10), "high": (100, 60)},
        LATER: {"low": (300, 45), "high": (60, 42)},
    }
    rows = [
        (at, event, 1.0, place)
        for at, places in counts.items()
        for place, (tries, wins) in places.items()
        for event, count in (("try", tries), ("win", wins))
        for _ in range(count)
    ]
    text, found, markdown = explained(run, odd(MIXED, rows))
    assert found["change"] == pytest.approx(87 / 360 - 70 / 200)
    rates = {
        row["value"]: row["rate_effect"] for row in found["segments"] if row["metric"] == "rate"
    }
    assert all(effect > 0 for effect in rates.values())
    for told in (text, markdown):
        assert "every segment went the other way than the total: the mix decides" in told
    # a share's change is in points and not in percent of it too
    assert text.splitlines()[0] == "Rate  −10.83pp"


def test_people_in_two_places_are_shown_and_not_added(run: Run, odd: Odd) -> None:
    metrics = "  people: {agg: count_distinct, event: visit, expr: x}\n"
    rows = [(EARLIER, "visit", 1.0, "here")]
    rows += [(LATER, "visit", who, place) for who in (1.0, 2.0) for place in ("here", "there")]
    text, found, markdown = explained(run, odd(metrics, rows))
    assert found["change"] == 1.0
    assert sum(row["contribution"] for row in found["segments"]) == 3.0
    for told in (text, markdown):
        assert "segments overlap, so they do not add up" in told
