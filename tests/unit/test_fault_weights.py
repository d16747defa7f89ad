"""A fault of the data comes first only where its rows could carry the change."""

from dataclasses import replace
from datetime import date

import pytest

from metric_tui.analysis.contribution import Driver, explain
from metric_tui.analysis.coverage import DailyCounts, Stretch, gap, volume_break
from metric_tui.analysis.explanation import Explanation
from metric_tui.analysis.fault_weights import weighed
from metric_tui.analysis.health import HealthFinding
from metric_tui.definitions.edges import Annotation
from metric_tui.definitions.tree import MetricTree
from metric_tui.loading.load import load

TEXT = """
version: 1
name: t
store: t.db
sources: {e: {table: e, agg_time_dimension: at, event_column: event}}
metrics:
  sales: {agg: sum, expr: amount, event: sale, components: buyers * each}
  buyers: {agg: count, event: sale}
  each: {type: ratio, numerator: sales, denominator: buyers, influences: [mails]}
  mails: {agg: count, event: mail}
tree: {focus: sales}
"""


def tree() -> MetricTree:
    loaded = load(TEXT, name="t")
    assert loaded.tree is not None, loaded.problems
    return loaded.tree


def change(before: float, after: float) -> Explanation:
    """Sales of a price of 1 that moved with its buyers."""
    from metric_tui.base.formulas import parse_formula

    return explain(
        Driver(
            name="sales",
            before=before,
            after=after,
            formula=parse_formula("buyers * each"),
            drivers=(
                Driver(name="buyers", before=before, after=after),
                Driver(name="each", before=1.0, after=1.0),
            ),
        )
    )


def fault(
    metric: str, share: float, code: str = "gap", day: date = date(2026, 6, 1)
) -> HealthFinding:
    return HealthFinding(
        metric=metric, code=code, text=f"{metric} {code}", share=share, days=(day,)
    )


def test_what_could_carry_the_change_comes_first_and_the_largest_of_it() -> None:
    small, large = fault("buyers", 0.11, "null_surge"), fault("sales", 0.4)
    beside = fault("mails", 0.9)
    found = weighed((beside, small, large), tree(), change(100.0, 80.0), ())
    assert [(each.metric, each.carries) for each in found] == [
        ("sales", True), ("buyers", True), ("mails", False),
    ]  # fmt: skip
    # half of a fifth is a tenth
    found = weighed((fault("buyers", 0.09),), tree(), change(100.0, 80.0), ())
    assert not found[0].carries


def test_what_somebody_noted_is_no_fault() -> None:
    cut = Annotation(date=date(2026, 6, 2), label="Fewer sales", metrics=("buyers",))
    broken = fault("buyers", 0.5, "volume_break")
    (found,) = weighed((broken,), tree(), change(100.0, 50.0), (cut,))
    assert (found.noted, found.carries) == ("Fewer sales", False)
    for other in (
        replace(cut, metrics=("mails",)),
        replace(cut, date=date(2026, 6, 9)),
        # what concerns every metric explains none of them
        replace(cut, metrics=()),
    ):
        (found,) = weighed((broken,), tree(), change(100.0, 50.0), (other,))
        assert (found.noted, found.carries) == (None, True)
    (found,) = weighed((replace(broken, code="duplicates"),), tree(), change(100.0, 50.0), (cut,))
    assert found.noted is None


@pytest.mark.parametrize(("before", "after"), [(0.0, 50.0), (-10.0, 20.0)])
def test_a_change_of_more_than_all_needs_more_than_half(before: float, after: float) -> None:
    (some,) = weighed((fault("buyers", 0.3),), tree(), change(before, after), ())
    (most,) = weighed((fault("buyers", 0.9),), tree(), change(before, after), ())
    assert (some.carries, most.carries) == (False, True)


def test_the_part_of_a_period_that_is_missing_is_counted() -> None:
    counts = DailyCounts(first=date(2026, 1, 5), counts=(100.0,) * 56 + (0.0,) * 7 + (100.0,) * 7)
    found = gap(counts, Stretch(start=date(2026, 3, 2), end=date(2026, 3, 16)))
    assert found is not None
    assert found.share == pytest.approx(0.5)


def test_a_new_level_counts_by_its_size_and_its_days() -> None:
    counts = DailyCounts(first=date(2026, 1, 5), counts=(100.0, 101.0) * 35 + (25.0, 25.25) * 14)
    # from 16 March on, in a period of four weeks of which it is there for two
    found = volume_break(counts, Stretch(start=date(2026, 3, 2), end=date(2026, 3, 30)))
    assert found is not None
    assert found.share == pytest.approx(0.5 * 0.75, abs=0.02)
