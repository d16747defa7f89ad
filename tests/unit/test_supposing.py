"""Levers on a small tree: steps, goals, beliefs apart, scores, and saving without other changes."""

from datetime import date
from itertools import pairwise

import pytest
import yaml

from metric_tui.analysis.evidence import EdgeFinding
from metric_tui.analysis.influences import Influence as Evidence
from metric_tui.analysis.levers import Lever
from metric_tui.analysis.scenario import Model
from metric_tui.analysis.supposing import (
    Supposition,
    beliefs,
    levers_of,
    saved_lever,
    scored,
)
from metric_tui.base.errors import QuestionError
from metric_tui.definitions import edges
from metric_tui.definitions.edges import Influence
from metric_tui.ingest.bundled import bundled_trees
from metric_tui.loading.load import load
from metric_tui.loading.scenarios import with_scenario
from tests.tui.fake_workspace import small_tree

VALUES = {
    "nights_booked": 90.0,
    "gross_nights": 100.0,
    "cancelled_nights": 10.0,
    "bookings": 25.0,
    "nights_per_booking": 4.0,
    "searchers": 250.0,
    "bookings_per_searcher": 0.1,
    "new_bookings": 15.0,
    "repeat_bookings": 10.0,
    "review_score": 4.0,
    "host_cancel_rate": 0.4,
}
NOTHING = Supposition(Model(small_tree(), VALUES, {}))


def test_a_step_is_a_share_of_what_was_measured_and_ten_back_are_none() -> None:
    one = NOTHING.stepped("bookings", 0.01)
    assert one.after["nights_booked"] == pytest.approx(91.0)
    assert one.stepped("bookings", 0.01).after["bookings"] == pytest.approx(25.5)
    up = NOTHING
    for _ in range(10):
        up = up.stepped("bookings", 0.01)
    for _ in range(10):
        up = up.stepped("bookings", -0.01)
    assert up.levers == ()


def test_a_step_of_a_set_value_stays_a_set_value() -> None:
    held = NOTHING.with_lever(Lever("bookings", "set", 30.0)).stepped("bookings", 0.1)
    assert held.levers == (Lever("bookings", "set", 32.5),)


def test_what_has_nothing_to_change_says_so() -> None:
    empty = Supposition(Model(small_tree(), {**VALUES, "searchers": None, "review_score": 0.0}, {}))
    with pytest.raises(QuestionError, match="no value"):
        empty.stepped("searchers", 0.01)
    with pytest.raises(QuestionError, match="is 0"):
        empty.stepped("review_score", 0.01)
    assert empty.with_lever(Lever("searchers", "set", 5.0)).after["searchers"] == 5.0


def test_levers_of_two_views_of_one_metric_are_refused() -> None:
    by_funnel = NOTHING.stepped("searchers", 0.1)
    with pytest.raises(QuestionError, match="different views"):
        by_funnel.stepped("new_bookings", 0.1)


def test_the_path_is_what_moves_and_guardrails_stand_apart() -> None:
    moved = NOTHING.stepped("searchers", 0.1)
    assert [each.metric for each in moved.path()] == ["gross_nights", "bookings"]
    assert [each.metric for each in moved.guardrails()] == ["host_cancel_rate"]
    assert NOTHING.guardrails()[0].change == 0.0


def test_a_lever_below_one_that_is_set_moves_nothing() -> None:
    both = NOTHING.stepped("searchers", 0.1).stepped("bookings", 0.2)
    assert both.overruled() == ("searchers",)
    assert both.after["nights_booked"] == pytest.approx(110.0)
    assert NOTHING.stepped("searchers", 0.1).stepped("cancelled_nights", 0.1).overruled() == ()
    assert NOTHING.stepped("review_score", 0.1).stepped("bookings", 0.1).overruled() == ()


def test_a_goal_is_reached_by_the_selected_driver_beside_other_levers() -> None:
    found = NOTHING.stepped("cancelled_nights", 1.0).solved("nights_booked", 120.0, "bookings")
    assert found.after["nights_booked"] == pytest.approx(120.0)
    assert found.after["bookings"] == pytest.approx(35.0)
    with pytest.raises(QuestionError, match="does not depend"):
        NOTHING.solved("nights_booked", 120.0, "review_score")


def finding(*, driver_is_log: bool, parent_is_log: bool, parent: str) -> EdgeFinding:
    evidence = Evidence(
        verdict="evidence", lag=7, correlation=0.5, n=365, slope=(0.5, 1.0, 2.0),
        driver_is_log=driver_is_log, parent_is_log=parent_is_log,
    )  # fmt: skip
    return EdgeFinding(
        metric="review_score",
        parent=parent,
        edge=Influence(metric="review_score"),
        evidence=evidence,
        moved=None,
    )


def test_a_belief_is_a_range_of_the_parent_and_never_in_the_sum() -> None:
    moved = NOTHING.stepped("review_score", 0.1)
    assert moved.after["nights_booked"] == VALUES["nights_booked"]
    (found,) = beliefs(
        moved, [finding(driver_is_log=True, parent_is_log=True, parent="nights_booked")], 7
    )
    assert found.moved is not None
    # an elasticity of 1: ten per cent more of the one, ten per cent more of the other
    assert found.moved[1] == pytest.approx(9.0)
    assert found.moved[0] < found.moved[1] < found.moved[2]


def test_a_slope_by_day_is_spread_over_the_days_of_a_sum() -> None:
    moved = NOTHING.with_lever(Lever("review_score", "absolute", 0.5))
    (found,) = beliefs(
        moved, [finding(driver_is_log=False, parent_is_log=False, parent="gross_nights")], 7
    )
    assert found.moved == pytest.approx((0.25 * 7, 0.5 * 7, 1.0 * 7))
    (other,) = beliefs(
        moved, [finding(driver_is_log=False, parent_is_log=False, parent="searchers")], 7
    )
    assert other.moved is None


def test_only_levers_are_believed_to_bring_something() -> None:
    tested = finding(driver_is_log=True, parent_is_log=True, parent="nights_booked")
    assert beliefs(NOTHING.stepped("bookings", 0.1), [tested], 7) == ()
    assert NOTHING.stepped("review_score", 0.1).unmeasured([]) == ("review_score",)
    assert NOTHING.stepped("review_score", 0.1).unmeasured([tested]) == ()


def test_a_score_holds_what_was_thought_against_what_came() -> None:
    now = Model(small_tree(), {**VALUES, "nights_booked": 95.0, "bookings": 26.0}, {})
    focus, lever = scored(NOTHING.model, now, (Lever("bookings", "relative", 0.1),))
    assert (focus.metric, focus.before, focus.now) == ("nights_booked", 90.0, 95.0)
    assert focus.thought == pytest.approx(100.0)
    assert (lever.metric, lever.before, lever.now, lever.is_lever) == ("bookings", 25.0, 26.0, True)
    assert lever.thought == pytest.approx(27.5)


@pytest.mark.parametrize(
    "lever",
    [
        Lever("bookings", "relative", 0.1),
        Lever("bookings", "relative", -0.135),
        Lever("bookings", "absolute", -20.0),
        Lever("bookings", "set", 1234567.25),
        Lever("bookings", "set", 0.000012),
        Lever("bookings", "set", -3.0),
    ],
)
def test_a_saved_lever_is_read_back_as_it_was(lever: Lever) -> None:
    text = saved_lever(lever, NOTHING.model)
    (found,) = levers_of(edges.Scenario(name="x", levers=(text,)))
    assert found.applied(25.0) == pytest.approx(lever.applied(25.0))
    assert not {"e", "E"} & set(text.change)


SCENARIO = edges.Scenario(
    name="more: of # it",
    levers=(edges.Lever(metric="a", change="+10%"), edges.Lever(metric="b", change="=0.35")),
    on=date(2026, 6, 28),
    grain="week",
    description='she said "go"',
)
TEXTS = [
    *(path.read_text(encoding="utf-8") for path in bundled_trees()),
    "version: 1\nscenarios:\n  old:   # kept\n    levers: []\n# the end\n",
    "version: 1\nscenarios: {old: {levers: []}}  # kept\n",
    "version: 1\nscenarios: {}\n# the end",
    "{version: 1}\n",
    "version: 1\r\nmetrics: {}\r\n",
]


@pytest.mark.parametrize("text", TEXTS, ids=range(len(TEXTS)))
def test_saving_a_scenario_keeps_every_other_character(text: str) -> None:
    new = with_scenario(load(text, name="tree.yaml").document, SCENARIO)
    rest = iter(new)
    assert all(character in rest for character in text.replace("{}", "{"))
    before, after = (yaml.load(each, yaml.BaseLoader) for each in (text, new))
    written = after["scenarios"].pop(SCENARIO.name)
    assert written["levers"][0] == {"metric": "a", "change": "+10%"}
    assert (written["on"], written["description"]) == ("2026-06-28", 'she said "go"')
    assert {k: v for k, v in after.items() if v} == {k: v for k, v in before.items() if v}


def test_saving_under_a_name_that_is_there_replaces_that_one_alone() -> None:
    text = TEXTS[2].replace("old:", '"more: of # it":')
    new = with_scenario(load(text, name="tree.yaml").document, SCENARIO)
    assert new.startswith(text[: text.index("levers")])
    assert new.endswith("# the end\n")
    assert new.count("levers") == 1
    assert all(a <= b for a, b in pairwise([new.index("# kept"), new.index("levers")]))
