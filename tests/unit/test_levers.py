"""Levers set to what a metric is in one segment, on events few enough to add up by hand.

In the week of 15 June ios booked 2 nights in 1 booking, the web 6 in 1; nobody else booked.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from metric_tui.analysis.levers import Lever
from metric_tui.analysis.supposing import levers_of, saved_lever
from metric_tui.base.errors import QuestionError
from metric_tui.definitions import edges
from metric_tui.definitions.edges import Level
from metric_tui.loading.load import load
from metric_tui.loading.scenarios import with_scenario
from metric_tui.planning.conditions import parse_conditions
from metric_tui.planning.question import Question
from metric_tui.workspace import Workspace
from tests.small_tree import TREE, write_tree

WEEK = Question(grain="week", last=1)


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workspace]:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    opened = Workspace.open(write_tree(tmp_path))
    yield opened
    opened.close()


@pytest.mark.parametrize(
    ("text", "level"),
    [
        ("@platform:ios", Level("platform", "ios")),
        (" = @platform : a:b ", Level("platform", "a:b")),
        ("@platform:", Level("platform", "")),
        ("@platform", None),
        ("@:ios", None),
        ("platform:ios", None),
        ("+10%", None),
    ],
)
def test_a_level_is_a_dimension_and_one_of_its_values(text: str, level: Level | None) -> None:
    assert Level.parse(text) == level


@pytest.mark.parametrize(("segment", "nights"), [("ios", 2.0 * 2), ("web", 2.0 * 6)])
def test_a_driver_takes_the_value_it_has_in_one_segment(
    workspace: Workspace, segment: str, nights: float
) -> None:
    lever = workspace.lever("nights_per_booking", f"@platform:{segment}", WEEK)
    model, _ = workspace.model(WEEK)
    assert str(lever) == f"@platform:{segment}"
    assert model.under((lever,))["nights"] == pytest.approx(nights)


def test_rows_without_a_value_are_a_segment_and_filters_hold(workspace: Workspace) -> None:
    june_8 = replace(WEEK, as_of=date(2026, 6, 14))
    assert workspace.lever("gross", "@platform:", june_8).amount == 2.0
    on_ios = replace(june_8, where=parse_conditions(["platform=ios"]))
    assert workspace.lever("gross", "@platform:ios", on_ios).amount == 9.0
    with pytest.raises(QuestionError, match="has no value `web`"):
        workspace.lever("nights_per_booking", "@platform:web", on_ios)


@pytest.mark.parametrize(
    ("metric", "text", "message", "hint"),
    [
        ("bookings", "@platfrom:ios", "`bookings` has no dimension `platfrom`", "`platform`"),
        ("bookings", "@country:PT", "`bookings` has no dimension `country`", "it has platform"),
        ("bookings", "@platform:isos", "has no value `isos`", "did you mean `ios`?"),
        ("bookings", "@platform:windows phone", "has no value", "it has ios, web"),
        ("bookings", "@platform", "is no change of `bookings`", "@platform:ios"),
        ("bookers_of", "@platform:ios", "no metric is named `bookers_of`", "`bookers`"),
    ],
)
def test_what_is_not_there_is_said_with_the_nearest_name(
    workspace: Workspace, metric: str, text: str, message: str, hint: str
) -> None:
    with pytest.raises(QuestionError) as caught:
        workspace.lever(metric, text, WEEK)
    assert message in caught.value.message
    assert hint in (caught.value.hint or "")


def test_a_metric_without_dimensions_has_no_level(tmp_path: Path) -> None:
    text = TREE.replace("    dimensions: {platform: platform}\n", "")
    opened = Workspace.open(write_tree(tmp_path, text))
    try:
        with pytest.raises(QuestionError, match="cannot be split"):
            opened.lever("bookings", "@platform:ios", WEEK)
    finally:
        opened.close()


def test_a_saved_level_keeps_its_name_and_is_looked_up_anew(workspace: Workspace) -> None:
    lever = workspace.lever("nights_per_booking", "@platform:ios", WEEK)
    model, _ = workspace.model(WEEK)
    saved = edges.Scenario(name="as on ios", levers=(saved_lever(lever, model),))
    text = with_scenario(load(TREE, name="nights.yaml").document, saved)
    tree = load(text, name="nights.yaml").require_tree()
    (read,) = levers_of(
        tree.scenarios["as on ios"], lambda metric, change: workspace.lever(metric, change, WEEK)
    )
    assert read == lever
    assert read == Lever("nights_per_booking", "set", 2.0, Level("platform", "ios"))
