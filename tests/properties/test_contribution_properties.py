"""What holds for every tree of drivers."""

from dataclasses import replace

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from metric_tui.analysis.contribution import Driver, Explanation, explain
from metric_tui.analysis.lmdi import lmdi_contributions
from metric_tui.base.formulas import parse_formula

NUMBERS = st.floats(-50, 50).map(lambda value: round(value, 1))
POSITIVE = st.floats(0.5, 50).map(lambda value: round(value, 1))
STEPS = st.just(0.0) | NUMBERS
"""What a change of a place's definition did; in most places there was none."""

SHAPES = [
    "a", "a + b", "a - b", "a * b", "a / b", "a * b - c", "(a - b) / c", "a * (1 - b / a)",
    "abs(a - b) + c", "a / (b + c)", "least(a, b) * c", "coalesce(a / b, c)", "a * b * c / 100",
]  # fmt: skip


@st.composite
def drivers(draw: st.DrawFn, name: str = "focus", depth: int = 2) -> Driver:
    """A tree whose nodes hold their formula's value, or a measured one that differs."""
    if depth == 0:
        numbers = NUMBERS | POSITIVE
        step = draw(STEPS)
        return Driver(name=name, before=draw(numbers), after=draw(numbers), redefined=step)
    formula = parse_formula(draw(st.sampled_from(SHAPES)))
    deeper = st.integers(0, depth - 1)
    children = tuple(draw(drivers(name=child, depth=draw(deeper))) for child in formula.names)
    before = formula.evaluate({child.name: child.before for child in children})
    after = formula.evaluate({child.name: child.after for child in children})
    if draw(st.integers(0, 9)) == 0:
        before, after = draw(NUMBERS), draw(NUMBERS)
    return Driver(
        name=name,
        before=before,
        after=after,
        formula=formula,
        drivers=children,
        redefined=draw(STEPS),
    )


def by_path(explanation: Explanation) -> dict[tuple[str, ...], float | None]:
    return {place.path: place.contribution for place in explanation.contributions}


def is_split(explanation: Explanation) -> bool:
    """Every place has an amount, none of them huge against the change (next to a pole)."""
    amounts = [place.contribution for place in explanation.contributions]
    return explanation.status in ("ok", "aumann_shapley") and all(
        amount is not None and abs(amount) < 1e5 for amount in amounts
    )


@settings(deadline=None, max_examples=300)
@given(drivers())
def test_the_parts_of_every_level_sum_to_the_level_above(root: Driver) -> None:
    explanation = explain(root)
    assert explanation.adds_up
    if not is_split(explanation):
        return
    change = explanation.change
    assert change is not None
    first = sum(p.contribution or 0.0 for p in explanation.contributions if p.level == 1)
    scale = max([1.0, *(abs(p.contribution or 0.0) for p in explanation.contributions)])
    own = explanation.residual + explanation.definition
    assert first + own == pytest.approx(change, abs=1e-8 * scale)


@settings(deadline=None)
@given(drivers())
def test_swapping_the_periods_turns_every_sign(root: Driver) -> None:
    def swapped(node: Driver) -> Driver:
        below = tuple(swapped(child) for child in node.drivers)
        return replace(
            node,
            before=node.after,
            after=node.before,
            drivers=below,
            redefined=-node.redefined,
        )

    forward, backward = explain(root), explain(swapped(root))
    assume(is_split(forward) and is_split(backward))
    turned = {path: -(amount or 0.0) for path, amount in by_path(backward).items()}
    assert by_path(forward) == pytest.approx(turned, rel=1e-6, abs=1e-6)


@settings(deadline=None)
@given(drivers())
def test_closing_a_level_changes_nothing_above_it(root: Driver) -> None:
    closed = tuple(replace(child, formula=None, drivers=()) for child in root.drivers)
    upper = by_path(explain(replace(root, drivers=closed)))
    opened = by_path(explain(root))
    assert {path: opened[path] for path in upper} == upper


@settings(deadline=None)
@given(drivers())
def test_the_order_of_listing_does_not_matter(root: Driver) -> None:
    def turned(node: Driver) -> Driver:
        return replace(node, drivers=tuple(turned(child) for child in reversed(node.drivers)))

    forward, backward = explain(root), explain(turned(root))
    assume(is_split(forward))
    assert by_path(forward) == pytest.approx(by_path(backward), rel=1e-9, abs=1e-9)


@settings(deadline=None)
@given(drivers(), st.data())
def test_a_driver_that_did_not_change_gets_exactly_nothing(
    root: Driver, data: st.DataObject
) -> None:
    still = data.draw(st.sampled_from([child.name for child in root.drivers]))
    children = tuple(
        replace(c, after=c.before, formula=None, drivers=()) if c.name == still else c
        for c in root.drivers
    )
    formula = root.formula
    assert formula is not None
    after = formula.evaluate({child.name: child.after for child in children})
    explanation = explain(replace(root, drivers=children, after=after))
    assert by_path(explanation)[("focus", still)] in (0.0, None)


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from("abcd"), st.tuples(POSITIVE, POSITIVE), min_size=1))
def test_log_mean_parts_sum_to_the_change(factors: dict[str, tuple[float, float]]) -> None:
    before = {name: pair[0] for name, pair in factors.items()}
    after = {name: pair[1] for name, pair in factors.items()}
    formula = parse_formula(" * ".join(factors))
    ends = formula.evaluate(before), formula.evaluate(after)
    assert ends[0] is not None
    assert ends[1] is not None
    total = sum(lmdi_contributions(before, after).values())
    assert total == pytest.approx(ends[1] - ends[0], rel=1e-9, abs=1e-6)
