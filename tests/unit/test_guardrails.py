"""When a guardrail is breached: by its bound, or by what is usual for it."""

import json
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from metric_tui.analysis.guardrails import (
    Evidence,
    GuardrailStanding,
    evidence_from,
    guardrail_standing,
    standing_under,
)
from metric_tui.base.series import Note
from metric_tui.definitions.edges import Guardrail, Percent
from metric_tui.definitions.metric import Direction
from metric_tui.loading.document import read_document
from metric_tui.loading.drivers import removal_of, with_driver
from metric_tui.loading.load import load
from metric_tui.loading.schema import json_schema
from metric_tui.presentation.glyphs import UNICODE
from metric_tui.presentation.guardrail_words import guardrail_text
from metric_tui.presentation.numbers import PERCENT
from metric_tui.workspace import Workspace
from tests.conftest import Run

QUIET = frozenset[Note]()


def history(last: float, *notes: Note) -> Evidence:
    """Twelve weeks of 10 and 11 by turns, then one: the limits are 10.5 ± 2.66."""
    values = [10.0 + week % 2 for week in range(12)] + [last]
    return evidence_from(values, [QUIET] * 12 + [frozenset(notes)], values[-2], "week")


def standing(last: float, direction: Direction, *notes: Note, **bounds: float) -> GuardrailStanding:
    """How it stands after twelve quiet weeks."""
    guardrail = Guardrail(metric="a", **bounds)  # type: ignore[arg-type]
    return standing_under(guardrail, direction, history(last, *notes))


@pytest.mark.parametrize(
    ("last", "direction", "status"),
    [
        (13.1, "down", "held"),  # 10.5 + 2.66 = 13.16
        (13.2, "down", "breached"),
        (13.2, "up", "held"),  # beyond its limits, but for the better
        (7.8, "up", "breached"),  # 10.5 - 2.66 = 7.84
        (7.9, "up", "held"),
        (13.2, "hold", "breached"),
        (7.8, "hold", "breached"),
        (11.0, "hold", "held"),
    ],
)
def test_without_a_bound_the_natural_limits_decide(
    last: float, direction: Direction, status: str
) -> None:
    assert standing(last, direction).status == status


@pytest.mark.parametrize("note", ["partial", "immature", "stale", "small", "gap"])
def test_what_may_still_change_or_is_small_is_not_judged(note: Note) -> None:
    assert standing(50.0, "down", note) == GuardrailStanding(status="not_judged", cause=note)


def test_a_bound_is_held_against_small_values_but_not_against_open_ones() -> None:
    assert standing(50.0, "down", "small", max=20.0).status == "breached"
    assert standing(50.0, "down", "immature", max=20.0).status == "not_judged"


@pytest.mark.parametrize(
    ("last", "direction", "bounds", "expected"),
    [
        (20.0, "down", {"max": 20.0}, ("held", None)),
        (20.1, "down", {"max": 20.0}, ("breached", "max")),
        (4.9, "up", {"min": 5.0, "max": 20.0}, ("breached", "min")),
        # 11 the week before: 10 % of that is 1.1
        (12.1, "down", {"worse_than": 0.1}, ("held", None)),
        (12.2, "down", {"worse_than": 0.1}, ("breached", "worse_than")),
        (9.8, "up", {"worse_than": 0.1}, ("breached", "worse_than")),
        (9.8, "down", {"worse_than": 0.1}, ("held", None)),
        (9.8, "hold", {"worse_than": 0.1}, ("breached", "worse_than")),
        # far beyond the natural limits: the bound decides alone
        (19.0, "down", {"max": 20.0}, ("held", None)),
    ],
)
def test_a_bound_decides_alone(
    last: float, direction: Direction, bounds: dict[str, float], expected: tuple[str, str | None]
) -> None:
    found = standing(last, direction, **bounds)
    assert (found.status, found.cause) == expected


def test_a_share_of_nothing_is_no_bound() -> None:
    for base in (None, 0.0):
        evidence = Evidence(value=3.0, base=base)
        alone = Guardrail(metric="a", worse_than=Percent(0.1))
        assert standing_under(alone, "down", evidence).status == "not_judged"
        with_max = Guardrail(metric="a", worse_than=Percent(0.1), max=5.0)
        assert standing_under(with_max, "down", evidence).status == "held"


def test_too_few_periods_say_nothing() -> None:
    short = evidence_from([1.0, 1.0, 9.0], [QUIET] * 3, 1.0, "week")
    found = standing_under(Guardrail(metric="a"), "down", short)
    assert found == GuardrailStanding(status="not_judged", cause="no_history")


def test_the_words_say_what_broke_it() -> None:
    for found, words in (
        (GuardrailStanding(status="breached", cause="max", bound=0.2), "above its bound of 20.0%"),
        (GuardrailStanding(status="breached", cause="min", bound=0.2), "below its bound of 20.0%"),
        (GuardrailStanding(status="breached", cause="worse_than", bound=0.1), "worse by more than 10%"),
        (GuardrailStanding(status="breached", cause="limits", bound=0.3), "its natural limit of 30.0%"),
        (GuardrailStanding(status="breached", cause="unusual"), "than its history led to expect"),
        (GuardrailStanding(status="not_judged", cause="immature"), "its window is still open"),
        (GuardrailStanding(status="not_judged", cause="no_history"), "too few periods"),
    ):  # fmt: skip
        assert words in guardrail_text(found, PERCENT, UNICODE)


TREE = """\
version: 1
name: Shop
store: events.db
settings: {timezone: UTC, grain: week}
sources:
  events: {table: events, agg_time_dimension: happened, event_column: event}
metrics:
  orders: {agg: count, event: order, components: web + app, guardrails: [GUARDRAIL], owner: a}
  web: {agg: count, event: order, filter: "place = 'web'", guardrails: [{metric: returns, max: 400}], owner: a}
  app: {agg: count, event: order, filter: "place = 'app'", owner: a}
  returns: {agg: count, event: return, direction: down, owner: a}
tree: {focus: orders}
"""
MONDAY = date(2026, 3, 2)
RETURNS = [70, 77] * 8
"""By week; the last one is set by each test."""


def shop(path: Path, last: int, guardrail: str = "returns") -> Path:
    """A tree over 17 weeks of 140 orders, and returns of which the last week's are given."""
    rows: list[tuple[str, str, str | None]] = []
    for week, returns in enumerate([*RETURNS, last]):
        day = MONDAY + timedelta(weeks=week)
        rows += [(f"{day}T09:00:00Z", "order", ("web", "app")[each % 2]) for each in range(140)]
        rows += [
            (f"{day + timedelta(days=each % 7)}T10:00:00Z", "return", None)
            for each in range(returns)
        ]
    rows.append((f"{MONDAY + timedelta(weeks=17)}T09:00:00Z", "order", "web"))
    with closing(sqlite3.connect(path / "events.db")) as store, store:
        store.execute("CREATE TABLE events (happened TEXT, event TEXT, place TEXT)")
        store.executemany("INSERT INTO events VALUES (?, ?, ?)", rows)
    tree = path / "shop.yaml"
    tree.write_text(TREE.replace("GUARDRAIL", guardrail), encoding="utf-8")
    return tree


def of_json(run: Run, tree: Path, *arguments: str) -> dict[str, Any]:
    """The guardrail's part of `show --format json`."""
    found = json.loads(run("show", tree, "--format", "json", *arguments).out)
    (returns,) = (each for each in found["metrics"] if each["metric"] == "returns")
    return dict(returns)


@pytest.mark.parametrize(
    ("last", "guardrail", "status", "sign"),
    [
        # 73.5 ± 18.6 are the limits: worse than the week before is not yet breached
        (90, "returns", "held", "✓"),
        (95, "returns", "breached", "✗"),
        (40, "returns", "held", "✓"),
        (90, "{metric: returns, worse_than: 10%}", "breached", "✗"),
        (84, "{metric: returns, worse_than: 10%}", "held", "✓"),
        (90, "{metric: returns, max: 89}", "breached", "✗"),
    ],
)
def test_text_and_json_say_the_same(
    run: Run, tmp_path: Path, last: int, guardrail: str, status: str, sign: str
) -> None:
    tree = shop(tmp_path, last, guardrail)
    assert of_json(run, tree)["status"] == status
    assert of_json(run, tree)["guardrail"]["status"] == status
    for form in ("tree", "md", "table"):
        text = run("show", tree, "--format", form).out
        # the last row is the one under orders, the first one is under web
        row = [line for line in text.splitlines() if "Returns" in line and "guardrail" in line][-1]
        assert f"{sign} guardrail" in row, (form, row)
    explained = json.loads(run("explain", tree, "--format", "json").out)
    assert [(each["metric"], each["status"]) for each in explained["guardrails"]] == [
        ("returns", status)
    ]
    word = "guardrail breached" if sign == "✗" else "guardrail held"
    for form in ("text", "md"):
        assert word in run("explain", tree, "--format", form).out


def test_a_metric_under_two_parents_is_as_bad_as_under_the_worse(run: Run, tmp_path: Path) -> None:
    tree = shop(tmp_path, 95)
    text = run("show", tree).out
    rows = [line for line in text.splitlines() if "Returns" in line and "guardrail" in line]
    # under web its bound is 400
    assert sorted("✗" in row for row in rows) == [False, True]
    assert of_json(run, tree)["guardrail"] == {
        "status": "breached", "cause": "limits", "bound": pytest.approx(73.5 + 2.66 * 7),
    }  # fmt: skip


def test_a_guardrail_of_a_what_if_is_held_against_its_usual_range(run: Run, tmp_path: Path) -> None:
    tree = shop(tmp_path, 77)
    for change, status in (("+10", "held"), ("+20", "breached")):
        ran = run("what-if", tree, "--set", f"returns={change}", "--format", "json")
        found = {each["metric"]: each for each in json.loads(ran.out)["metrics"]}
        assert found["returns"]["guardrail"] == status
        text = run("what-if", tree, "--set", f"returns={change}").out
        assert ("✗ guardrail" in text) == (status == "breached")


def test_the_explorers_model_knows_what_is_usual(tmp_path: Path) -> None:
    with closing(Workspace.open(shop(tmp_path, 77))) as workspace:
        model, _ = workspace.model(workspace.default_question())
        standing = guardrail_standing(
            workspace.tree, "returns", model.evidence["returns"], parent="orders"
        )
    assert standing == GuardrailStanding(status="held")


def problems_of(guardrail: str) -> Sequence[tuple[str, str | None]]:
    loaded = load(TREE.replace("GUARDRAIL", guardrail), name="shop.yaml")
    return [(each.message, each.hint) for each in loaded.problems if each.severity == "error"]


@pytest.mark.parametrize(
    ("guardrail", "message", "hint"),
    [
        ("{metric: retuns, max: 1}", "no metric is named `retuns`", "did you mean `returns`?"),
        ("{metric: returns, mex: 1}", "`guardrails` has no key `mex`", "did you mean `max`?"),
        ("{metric: returns, worse_than: much}", "`worse_than` must be a share such as `10%`, not the text `much`", None),
        ("{metric: returns, worse_than: 10}", "`worse_than` must be a share such as `10%` above 0, not `10`", "write `10%`"),
        ("{metric: returns, worse_than: -5%}", "`worse_than` must be a share such as `10%` above 0, not `-5%`", None),
        ("{metric: returns, min: 5, max: 5}", "`min` must be less than `max`", None),
        ("{max: 5}", "`guardrails` needs `metric`: the metric", None),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_bound_is_told(guardrail: str, message: str, hint: str | None) -> None:
    assert (message, hint) in problems_of(guardrail)


def test_a_share_is_read_as_it_is_written() -> None:
    for text, share in (("10%", 0.1), ("0.1", 0.1), ('"2.5 %"', 0.025), ("150%", 1.5)):
        loaded = load(
            TREE.replace("GUARDRAIL", f"{{metric: returns, worse_than: {text}}}"), name="a"
        )
        (found,) = loaded.require_tree().metrics["orders"].guardrails
        assert found.worse_than == pytest.approx(share)
    schema = json_schema()["definitions"]["Guardrail"]["properties"]
    assert {"metric", "max", "min", "worse_than"} == set(schema)


def test_guardrails_with_bounds_are_hung_and_taken_off() -> None:
    text = TREE.replace("GUARDRAIL", "{metric: returns, max: 9}")
    tree = load(text, name="a").require_tree()
    hung = with_driver(read_document(text), tree, "orders", "app", "guardrail")
    assert "guardrails: [{metric: returns, max: 9}, app]" in hung
    taken = removal_of(read_document(text), tree, "orders", "returns", None)
    assert "guardrails: []" in taken.text
    assert load(taken.text, name="a").require_tree().metrics["orders"].guardrails == ()
