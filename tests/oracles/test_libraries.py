"""Our own methods against well-known libraries, where those are installed.

They are heavy, so they are a dependency group of their own: `uv run --group oracles pytest tests/oracles`.
"""

import random

import pytest

from metric_tui.analysis.contribution import Driver, explain
from metric_tui.analysis.student import critical_t
from metric_tui.analysis.whitening import autocovariances, own_past
from metric_tui.base.formulas import Formula, parse_formula

FORMULAS = (
    "a * b - c",
    "a * b * c * d",
    "a / (b + c)",
    "(a + b) / (c + d)",
    "a * b / c + d * e",
    "a - b / (c + d * e)",
)


def drawn(formula: Formula, seed: int) -> dict[str, tuple[float, float]]:
    """Values before and after, away from zero so that no denominator vanishes."""
    generator = random.Random(seed)
    return {name: (generator.uniform(1, 10), generator.uniform(1, 10)) for name in formula.names}


@pytest.mark.parametrize("text", FORMULAS)
@pytest.mark.parametrize("seed", range(5))
def test_dowhy_gives_the_same_exact_shapley_values(text: str, seed: int) -> None:
    shapley = pytest.importorskip(
        "dowhy.gcm.shapley", reason="the group `oracles` is not installed"
    )
    formula = parse_formula(text)
    values = drawn(formula, seed)
    names = formula.names

    def state(chosen: object) -> float:
        picked = {
            name: values[name][int(flag)]
            for name, flag in zip(names, chosen, strict=True)  # type: ignore[call-overload]
        }
        return float(formula.evaluate(picked) or 0.0)

    config = shapley.ShapleyConfig(shapley.ShapleyApproximationMethods.EXACT, n_jobs=1)
    theirs = shapley.estimate_shapley_values(state, len(names), config)
    before = {name: pair[0] for name, pair in values.items()}
    after = {name: pair[1] for name, pair in values.items()}
    ours = explain(
        Driver(
            name="focus",
            before=formula.evaluate(before),
            after=formula.evaluate(after),
            formula=formula,
            drivers=tuple(
                Driver(name=name, before=before[name], after=after[name]) for name in names
            ),
        )
    )
    found = {place.name: place.contribution for place in ours.contributions}
    assert [found[name] for name in names] == pytest.approx([float(v) for v in theirs], abs=1e-9)


@pytest.mark.parametrize("seed", range(5))
def test_statsmodels_solves_the_same_yule_walker_equations(seed: int) -> None:
    linear = pytest.importorskip(
        "statsmodels.regression.linear_model", reason="the group `oracles` is not installed"
    )
    generator = random.Random(seed)
    series = [0.0, 0.0]
    for _ in range(400):
        series.append(0.5 * series[-1] - 0.2 * series[-2] + generator.gauss(0, 1))
    theirs, _ = linear.yule_walker(series, order=8, method="mle", demean=False)
    assert own_past(autocovariances(series, 8)) == pytest.approx(list(theirs), abs=1e-9)


@pytest.mark.parametrize("freedom", [5, 30, 75.0, 350])
@pytest.mark.parametrize("alpha", [0.1, 0.01, 0.0001])
def test_scipy_gives_the_same_critical_values(freedom: float, alpha: float) -> None:
    stats = pytest.importorskip("scipy.stats", reason="the group `oracles` is not installed")
    assert critical_t(alpha, freedom) == pytest.approx(
        float(stats.t.ppf(1 - alpha / 2, freedom)), rel=1e-9
    )
