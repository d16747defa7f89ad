"""Drivers hung on a metric and taken off it: what the file says after, and what stays."""

import pytest

from metric_tui.base.errors import DefinitionError
from metric_tui.definitions.tree import MetricTree
from metric_tui.loading.document import read_document
from metric_tui.loading.drivers import Hold, Removal, removal_of, with_driver
from metric_tui.loading.load import load

TREE = """\
version: 1
store: s.db
sources: {events: {table: events, agg_time_dimension: at, event_column: event}}
metrics:
  net:
    expr: gross - gone   # what is kept
    type: derived
    influences:
      - speed   # believed
    guardrails: [gone]
  gross:
    agg: count
    event: booked
    components:
      by place: here + there
      by rate: people * rate
  gone: {agg: count, event: left}
  here: {agg: count, event: booked}
  there: {agg: count, event: booked, components: people * rate}
  people: {agg: count, event: seen}
  rate: {type: ratio, numerator: gross, denominator: people}
  speed: {agg: count, event: slow}
  share: {type: derived, expr: gross / people}
tree: {focus: net}
"""


def tree_of(text: str) -> MetricTree:
    loaded = load(text, name="tree.yaml")
    assert loaded.tree is not None
    assert not [problem for problem in loaded.problems if problem.severity == "error"]
    return loaded.tree


def removed(parent: str, child: str, view: str | None = None) -> Removal:
    return removal_of(read_document(TREE), tree_of(TREE), parent, child, view)


@pytest.mark.parametrize(
    ("parent", "child", "view", "out", "put"),
    [
        ("net", "speed", None, "      - speed   # believed\n", None),
        ("net", "gone", None, "expr: gross - gone ", "expr: gross "),
        ("gross", "there", "by place", "by place: here + there", "by place: here"),
        ("gross", "here", None, "by place: here + there", "by place: there"),
        ("gross", "people", "by rate", "      by rate: people * rate\n", ""),
        ("there", "rate", None, ", components: people * rate", ""),
    ],
)
def test_no_other_character_changes(
    parent: str, child: str, view: str | None, out: str, put: str | None
) -> None:
    found = removed(parent, child, view)
    if put is None:
        # the last entry of a list leaves an empty one
        assert "speed   # believed" not in found.text
        assert "influences:" in found.text
    else:
        assert found.text == TREE.replace(out, put, 1)
    after = tree_of(found.text)
    chosen = after.view_of(parent, view)
    assert chosen is None or child not in chosen.formula.names


def test_what_else_changes_is_told() -> None:
    assert removed("net", "speed").unused == ("speed",)
    assert removed("net", "speed").formula is None
    found = removed("net", "gone")
    assert found.changes_value
    assert found.formula == ("gross - gone", "gross")
    # it still stands as a guardrail
    assert found.unused == ()
    assert removed("gross", "here").unused == ("here",)
    assert not removed("gross", "here").changes_value
    assert removed("gross", "rate", "by rate").formula == ("people * rate", "")


def test_a_factor_of_what_a_metric_is_computed_from_stays() -> None:
    with pytest.raises(DefinitionError, match="no sum with `people`"):
        removed("share", "people")
    with pytest.raises(DefinitionError, match="no driver"):
        removed("net", "rate")


NEW = {"agg": "count", "event": "seen"}


@pytest.mark.parametrize(
    ("parent", "hold", "out", "put"),
    [
        ("net", "influence", "# believed\n", "# believed\n      - new\n"),
        ("net", "guardrail", "[gone]", "[gone, new]"),
        ("net", "plus", "gross - gone", "gross - gone + new"),
        ("gross", "minus", "here + there", "here + there - new"),
        ("gone", "plus", "event: left}", "event: left, components: new}"),
        ("gone", "influence", "event: left}", "event: left, influences: [new]}"),
    ],
)
def test_a_driver_is_hung_where_it_belongs(parent: str, hold: Hold, out: str, put: str) -> None:
    new = with_driver(read_document(TREE), tree_of(TREE), parent, "new", hold, said=NEW)
    line = "  share: {type: derived, expr: gross / people}\n"
    expected = TREE.replace(out, put, 1).replace(line, line + "  new: {agg: count, event: seen}\n")
    assert new == expected
    assert any(edge.child == "new" for edge in tree_of(new).all_edges(parent))


def test_a_metric_that_is_there_is_only_named() -> None:
    new = with_driver(read_document(TREE), tree_of(TREE), "gone", "speed", "influence")
    assert new == TREE.replace("event: left}", "event: left, influences: [speed]}")
    view = with_driver(read_document(TREE), tree_of(TREE), "gross", "gone", "plus", view="by rate")
    assert view == TREE.replace("by rate: people * rate", "by rate: people * rate + gone")
