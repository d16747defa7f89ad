"""Published decompositions and those of reference implementations, number by number."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from metric_tui.analysis.contribution import Driver, explain
from metric_tui.analysis.explanation import over_segments
from metric_tui.analysis.lmdi import lmdi_contributions
from metric_tui.analysis.rate_segments import split_ratio
from metric_tui.analysis.segments import SegmentTable, split_count_times_mean, split_sum
from metric_tui.analysis.shapley import owen_of_table, shapley_of_table
from metric_tui.base.formulas import parse_formula

CASES = Path(__file__).parents[2].parent / "shared" / "cases"
Case = dict[str, Any]


def load(file: str) -> list[Case]:
    path = CASES / file
    return list(json.loads(path.read_text())["cases"]) if path.exists() else []


def of_family(family: str) -> list[Any]:
    found = [case for case in load("attribution_cases.json") if case["family"] == family]
    return [pytest.param(case, id=case["id"]) for case in found] or [missing()]


def of_kind(*kinds: str) -> list[Any]:
    found = [case for case in load("hotel_cases.json") if case["kind"] in kinds]
    return [pytest.param(case, id=case["id"]) for case in found] or [missing()]


def missing() -> Any:
    return pytest.param({}, marks=pytest.mark.skip(reason="the shared cases are not here"))


def tolerance(case: Case) -> float:
    return float(case["tolerance"].get("rerun_abs", case["tolerance"].get("published_abs")))


def close(expected: object, case: Case) -> object:
    return pytest.approx(expected, rel=1e-9, abs=tolerance(case))


def per_segment(case: Case) -> list[dict[str, tuple[float, float]]]:
    """The drivers of each segment; a case without vectors has one segment."""
    drivers = case["inputs"]["drivers"]
    if not isinstance(next(iter(drivers.values()))[0], list):
        return [drivers]
    size = len(next(iter(drivers.values()))[0])
    return [{name: (pair[0][i], pair[1][i]) for name, pair in drivers.items()} for i in range(size)]


def flat_tree(formula: str, values: Mapping[str, tuple[float, float]]) -> Driver:
    parsed = parse_formula(formula)
    ends = [parsed.evaluate({name: pair[i] for name, pair in values.items()}) for i in (0, 1)]
    drivers = tuple(Driver(name=n, before=pair[0], after=pair[1]) for n, pair in values.items())
    return Driver(name="focus", before=ends[0], after=ends[1], formula=parsed, drivers=drivers)


@pytest.mark.parametrize("case", of_family("formula_shapley"))
def test_formula(case: Case) -> None:
    formula = case["formula"].removeprefix("sum(").removesuffix(")")
    formula = formula if case["formula"].startswith("sum(") else case["formula"]
    explanations = [explain(flat_tree(formula, values)) for values in per_segment(case)]
    assert all(explanation.adds_up for explanation in explanations)
    found = {path[-1]: amount for path, amount in over_segments(explanations).items()}
    assert found == close(case["expected"]["contributions"], case)
    change = sum(explanation.change or 0.0 for explanation in explanations)
    assert change == close(case["expected"]["change"], case)


@pytest.mark.parametrize("case", of_family("hierarchy_owen"))
def test_hierarchy(case: Case) -> None:
    if "v" in case["inputs"]:
        check_abstract_game(case)
        return
    explanation = explain(hierarchy(case))
    found = {place.name: place.contribution for place in explanation.contributions}
    expected = case["expected"]
    leaves = expected["l2_contributions"]
    if isinstance(next(iter(leaves.values())), dict):
        leaves = {name: value for group in leaves.values() for name, value in group.items()}
    assert {name: found[name] for name in leaves} == close(leaves, case)
    upper = expected["l1_contributions"]
    assert {name: found[name] for name in upper} == close(upper, case)
    assert explanation.change == close(expected["change"], case)
    assert explanation.adds_up


def check_abstract_game(case: Case) -> None:
    players = sorted({player for key in case["inputs"]["v"] for player in key})
    table = [0.0] * (1 << len(players))
    for key, value in case["inputs"]["v"].items():
        table[sum(1 << players.index(player) for player in key)] = value
    unions = [[players.index(player) for player in union] for union in case["inputs"]["unions"]]
    found = owen_of_table(table, unions)
    expected = case["expected"]
    assert {p: found[i] for i, p in enumerate(players)} == close(expected["owen"], case)
    shapley = dict(zip(players, shapley_of_table(table, len(players)), strict=True))
    assert shapley == close(expected["shapley"], case)


def hierarchy(case: Case) -> Driver:
    texts = dict(part.split(" = ") for part in case["formula"].split("; "))
    leaves = case["inputs"]["leaves"]
    nodes = []
    for name, members in case["inputs"]["unions"].items():
        node = flat_tree(texts[name], {leaf: leaves[leaf] for leaf in members})
        nodes.append(
            Driver(
                name=name,
                before=node.before,
                after=node.after,
                formula=node.formula,
                drivers=node.drivers,
            )
        )
    focus = parse_formula(texts["focus"])
    return Driver(
        name="focus",
        before=focus.evaluate({node.name: node.before for node in nodes}),
        after=focus.evaluate({node.name: node.after for node in nodes}),
        formula=focus,
        drivers=tuple(nodes),
    )


def pairs(segments: list[Case], top: str, bottom: str) -> list[dict[Any, tuple[float, float]]]:
    return [
        {row["key"]: (row[f"{top}{i}"], row[f"{bottom}{i}"]) for row in segments} for i in (0, 1)
    ]


def effects(table: SegmentTable, first: str, second: str) -> dict[Any, dict[str, float]]:
    return {
        row.segment: {
            first: getattr(row, f"{first}_effect"),
            second: getattr(row, f"{second}_effect"),
        }
        for row in table.rows
    }


def assert_effects(found: dict[Any, dict[str, float]], expected: Case, case: Case) -> None:
    assert set(found) == set(expected)
    for segment, values in expected.items():
        assert found[segment] == close(values, case), segment


@pytest.mark.parametrize("case", of_family("segments_sum"))
def test_segments_of_a_sum(case: Case) -> None:
    ours = case["computed_here"]["steps"]
    for step, told, expected in zip(
        case["inputs"]["steps"], case["expected"]["steps"], ours, strict=True
    ):
        table = split_count_times_mean(*pairs(step["segments"], "sum", "count"))
        assert table.adds_up
        assert table.change == close(told["change"], case)
        # the reference splits asymmetrically: its totals per segment are ours, its parts not
        totals = {row["key"]: row["inner"] + row["mix"] for row in told["contributions"]}
        assert {row.segment: row.contribution for row in table.rows} == close(totals, case)
        assert_effects(effects(table, "volume", "rate"), expected["contributions"], case)


@pytest.mark.parametrize("case", of_family("segments_ratio"))
def test_segments_of_a_ratio(case: Case) -> None:
    if "steps" not in case["inputs"]:
        check_rates_and_sizes(case)
        return
    for step, told, expected in zip(
        case["inputs"]["steps"],
        case["expected"]["steps"],
        case["computed_here"]["steps"],
        strict=True,
    ):
        table = split_ratio(*pairs(step["segments"], "n", "d"))
        assert table.adds_up
        assert (table.before, table.after) == close((told["value0"], told["value1"]), case)
        inner = sum(row["inner"] + row["mix"] for row in told["contributions"])
        assert sum(row.contribution or 0.0 for row in table.rows) == close(inner, case)
        assert_effects(effects(table, "rate", "mix"), expected["contributions"], case)


def check_rates_and_sizes(case: Case) -> None:
    segments = case["inputs"]["segments"]
    before, after = (
        {row["key"]: (row[f"size{i}"] * row[f"rate{i}"], row[f"size{i}"]) for row in segments}
        for i in (0, 1)
    )
    table = split_ratio(before, after)
    expected = case["expected"]
    assert (table.before, table.after) == close((expected["value0"], expected["value1"]), case)
    rate = sum(row.rate_effect or 0.0 for row in table.rows)
    mix = sum(row.mix_effect or 0.0 for row in table.rows)
    assert (rate, mix) == close((expected["rate_effect"], expected["mix_effect"]), case)
    assert_effects(effects(table, "rate", "mix"), case["computed_here"]["contributions"], case)


@pytest.mark.parametrize("case", of_family("lmdi"))
def test_log_mean(case: Case) -> None:
    if "cases" in case["inputs"]:
        check_limits(case)
        return
    for step, expected in zip(case["inputs"]["steps"], case["expected"]["steps"], strict=True):
        cells = [
            lmdi_contributions(dict(enumerate_names(start)), dict(enumerate_names(end)))
            for start, end in zip(step["rows0"], step["rows1"], strict=True)
        ]
        assert [list(cell.values()) for cell in cells] == [
            close(cell, case) for cell in expected["cells"]
        ]
        sums = [sum(cell[f"x{i}"] for cell in cells) for i in range(3)]
        assert sums == pytest.approx(expected["additive"], abs=1e-7)


def enumerate_names(values: list[float]) -> list[tuple[str, float]]:
    return [(f"x{i}", value) for i, value in enumerate(values)]


def check_limits(case: Case) -> None:
    positive = 7.0
    for limit in case["inputs"]["cases"]:
        v0, v1, x0, x1 = (
            positive if limit[k] == "P" else limit[k] for k in ("v0", "v1", "x0", "x1")
        )
        # the other factor makes the product what the case says
        rest0, rest1 = (v / x if x else v or positive for v, x in ((v0, x0), (v1, x1)))
        found = lmdi_contributions({"x": x0, "rest": rest0}, {"x": x1, "rest": rest1})
        assert found["x"] == case["expected"]["Z"][str(limit["case"])], limit


@pytest.mark.parametrize("case", of_kind("decomposition"))
def test_hotel_decomposition(case: Case) -> None:
    before = {row[0]: row[1] for row in case["expected_rows"]}
    after = {row[0]: row[2] for row in case["expected_rows"]}
    expected = {row[0]: row[3] for row in case["expected_rows"]}
    if case["metric"]["method"] == "lmdi":
        found: Mapping[str, float | None] = lmdi_contributions(before, after)
    else:
        values = {name: (before[name], after[name]) for name in before}
        explanation = explain(flat_tree(" * ".join(before), values))
        found = {place.name: place.contribution for place in explanation.contributions}
    assert found == pytest.approx(expected, rel=1e-8)


@pytest.mark.parametrize("case", of_kind("mix_rate"))
def test_hotel_mix_and_rate(case: Case) -> None:
    rows = {row[0]: row[1:] for row in case["expected_rows"]}
    before = {name: (row[0] * row[1], row[0]) for name, row in rows.items()}
    after = {name: (row[2] * row[3], row[2]) for name, row in rows.items()}
    table = split_ratio(before, after)
    assert table.adds_up
    for row in table.rows:
        mix, rate = rows[row.segment][4:]
        assert (row.mix_effect, row.rate_effect) == pytest.approx((mix, rate), rel=1e-6, abs=1e-12)


@pytest.mark.parametrize("case", of_kind("contribution"))
def test_hotel_contributions(case: Case) -> None:
    rows = {row[0]: row[1:] for row in case["expected_rows"]}
    before = {name: row[0] for name, row in rows.items()}
    after = {name: row[1] for name, row in rows.items()}
    table = split_sum(before, after)
    assert table.adds_up
    assert table.change
    for row in table.rows:
        contribution, share = rows[row.segment][2:]
        assert row.contribution == contribution
        assert contribution / table.change == pytest.approx(share, rel=1e-9)
