"""Targets and notes put into a tree file: the tree says what was meant, all other lines stay."""

from dataclasses import replace
from datetime import date
from difflib import SequenceMatcher

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metric_tui.definitions.edges import Annotation, Target
from metric_tui.definitions.tree import MetricTree
from metric_tui.ingest.bundled import bundled_tree
from metric_tui.loading.document import read_document
from metric_tui.loading.entries import with_annotation, with_direction, with_target
from metric_tui.loading.load import load

HEAD = """\
version: 1
store: s.db
sources: {events: {table: events, agg_time_dimension: at, event_column: event}}
metrics:
  nights:      # what it is about
    agg: count
    event: booked
"""
TAIL = """
  other: {agg: count, event: seen}   # the last

tree: {focus: nights}
# the end
"""
BUNDLED = bundled_tree("nights_booked").read_text(encoding="utf-8")
DAY = date(2026, 12, 31)


def tree_of(text: str) -> MetricTree:
    loaded = load(text, name="tree.yaml")
    assert loaded.tree is not None
    assert not [problem for problem in loaded.problems if problem.severity == "error"]
    return loaded.tree


def changed_lines(old: str, new: str) -> tuple[list[str], list[str]]:
    """The lines that went and the lines that came."""
    before, after = old.splitlines(), new.splitlines()
    codes = SequenceMatcher(None, before, after, autojunk=False).get_opcodes()
    moved = [code for code in codes if code[0] != "equal"]
    gone = [line for _, start, end, _, _ in moved for line in before[start:end]]
    return gone, [line for _, _, _, start, end in moved for line in after[start:end]]


@pytest.mark.parametrize(
    ("before", "target", "after"),
    [
        ("", Target(value=10), "    target: 10\n"),
        (
            "",
            Target(value=0.5, by=DAY, grain="month"),
            "    target: {value: 0.5, by: 2026-12-31, grain: month}\n",
        ),
        ("    target: 9  # so many\n", Target(value=10), "    target: 10  # so many\n"),
        (
            "    target: 9\n",
            Target(value=9, by=DAY, grain="week"),
            "    target: {value: 9, by: 2026-12-31, grain: week}\n",
        ),
        (
            "    target: {grain: week, value: 9}  # so many\n",
            Target(value=10, grain="week"),
            "    target: {grain: week, value: 10}  # so many\n",
        ),
        (
            "    target:\n      value: 9   # a lot\n      by: 2026-06-30\n      lower: 0.95\n",
            Target(value=9, since=DAY),
            "    target:\n      value: 9   # a lot\n      lower: 0.95\n      from: 2026-12-31\n",
        ),
        ("    target: {value: 9.0, lower: 0.9}\n", Target(value=9), "    target: {value: 9.0}\n"),
        ("    target: {value: 9}\n    owner: me\n", None, "    owner: me\n"),
        ("    owner: me\n", None, "    owner: me\n"),
    ],
)
def test_a_target_is_written_as_its_file_is(before: str, target: Target | None, after: str) -> None:
    text = HEAD + before + TAIL
    new = with_target(read_document(text), "nights", target)
    assert new == HEAD + after + TAIL
    assert tree_of(new).metrics["nights"].target == target


DAYS = st.dates(date(2000, 1, 1), date(2100, 1, 1))
SOON = st.dates(date(1990, 1, 1), date(1999, 1, 1))
TARGETS = st.builds(
    Target,
    value=st.floats(-1e9, 1e9),
    by=st.none() | DAYS,
    since=st.none() | SOON,
    lower=st.sampled_from([0.95, 0.9, 0.5, 1.0]),
    grain=st.sampled_from([None, "day", "week", "month", "year"]),
)


BEFORE = tree_of(BUNDLED)


@settings(max_examples=12, deadline=None)
@given(st.sampled_from(sorted(BEFORE.metrics)), st.none() | TARGETS)
def test_a_target_changes_its_metric_and_no_line_elsewhere(
    metric: str, target: Target | None
) -> None:
    document = read_document(BUNDLED)
    new = with_target(document, metric, target)
    told = replace(BEFORE.metrics[metric], target=target)
    assert tree_of(new) == replace(BEFORE, metrics={**BEFORE.metrics, metric: told})
    span = document.value_span(("metrics", metric))
    assert span is not None
    own = BUNDLED.splitlines()[span.line - 1 : span.end_line]
    gone, came = changed_lines(BUNDLED, new)
    assert all(line in own for line in gone)
    assert all("target" in line or line in own or len(own) == 1 for line in came)
    assert with_target(read_document(new), metric, target) == new


@settings(max_examples=12, deadline=None)
@given(st.text(min_size=1, max_size=40), DAYS, st.booleans())
def test_a_note_is_one_more_line_and_reads_back(label: str, day: date, concerns_one: bool) -> None:
    label = label.strip() or "x"
    note = Annotation(
        date=day, label=label, metrics=("bookings",) if concerns_one else (), description=None
    )
    new = with_annotation(read_document(BUNDLED), note)
    assert tree_of(new) == replace(BEFORE, annotations=(*BEFORE.annotations, note))
    gone, came = changed_lines(BUNDLED, new)
    assert gone == []
    assert len(came) == 1


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", "annotations:\n  - {date: 2026-12-31, label: A day}\n"),
        ("annotations: []\n", "annotations: [{date: 2026-12-31, label: A day}]\n"),
        (
            "annotations:  # what happened\n  - date: 2026-01-01\n    label: New year  # so\n",
            "annotations:  # what happened\n  - date: 2026-01-01\n    label: New year  # so\n"
            "  - {date: 2026-12-31, label: A day}\n",
        ),
    ],
)
def test_notes_stand_where_notes_stand_already_or_at_the_end(before: str, after: str) -> None:
    text = (HEAD + TAIL).replace("# the end\n", before)
    new = with_annotation(read_document(text), Annotation(date=DAY, label="A day"))
    assert new == (HEAD + TAIL).replace("# the end\n", after)
    assert tree_of(new).annotations[-1] == Annotation(date=DAY, label="A day")


def test_which_way_is_good_is_written_beside() -> None:
    new = with_direction(read_document(HEAD + TAIL), "nights", "down")
    assert new == HEAD + "    direction: down\n" + TAIL
