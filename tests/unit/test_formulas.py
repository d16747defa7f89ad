import math
from typing import NamedTuple

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from metric_tui.base.formulas import Formula, FormulaError, parse_formula
from tests.counting import calls_of


class Reading(NamedTuple):
    text: str
    values: dict[str, float | None]
    expected: float | None


READINGS = [
    Reading(
        "new + expansion - contraction - churn",
        dict(zip(("new", "expansion", "contraction", "churn"), (1.0, 2.0, 4.0, 8.0), strict=True)),
        -9.0,
    ),
    Reading("a - b - c", {"a": 1.0, "b": 2.0, "c": 3.0}, -4.0),
    Reading("a / b / c", {"a": 12.0, "b": 3.0, "c": 2.0}, 2.0),
    Reading("a / b * c", {"a": 12.0, "b": 3.0, "c": 2.0}, 8.0),
    Reading("a - (b - c)", {"a": 1.0, "b": 2.0, "c": 3.0}, 2.0),
    Reading("-a * -2 + .5", {"a": 3.0}, 6.5),
    Reading("--a", {"a": 3.0}, 3.0),
    Reading("1 / 2", {}, 0.5),
    Reading("7", {}, 7.0),
    Reading("a + b", {"a": 1.0, "b": None}, None),
    Reading("0 * a", {"a": None}, None),
    Reading("a / b", {"a": 1.0, "b": 0.0}, None),
    Reading("a / b", {"a": 0.0, "b": 0.0}, None),
    Reading("COALESCE(a / b, 0)", {"a": 1.0, "b": 0.0}, 0.0),
    Reading("coalesce(a, b, 5)", {"a": None, "b": 0.0}, 0.0),
    Reading("coalesce(a, b)", {"a": None, "b": None}, None),
    Reading("NullIf(a, 3)", {"a": 3.0}, None),
    Reading("NULLIF(a, b)", {"a": 3.0, "b": None}, 3.0),
    Reading("a / NULLIF(b, 0)", {"a": 3.0, "b": 0.0}, None),
    Reading("ABS(a)", {"a": -2.0}, 2.0),
    Reading("abs(a)", {"a": None}, None),
    Reading("LEAST(a, b, 3)", {"a": 5.0, "b": None}, 3.0),
    Reading("GREATEST(a, b, 3)", {"a": 5.0, "b": None}, 5.0),
    Reading("GREATEST(a, b)", {"a": None, "b": None}, None),
    Reading(
        "is * lambda / None + class_ - in",
        dict(zip(("is", "lambda", "None", "class_", "in"), (6.0, 2.0, 3.0, 1.0, 2.0), strict=True)),
        3.0,
    ),
    Reading("least + abs", {"least": 1.0, "abs": 2.0}, 3.0),
    Reading("a * a", {"a": 1e300}, None),
    Reading("2e3 * a", {"a": 2.0}, 4000.0),
    Reading(" a\n + \t b ", {"a": 2.0, "b": 1.0}, 3.0),
]


@pytest.mark.parametrize("reading", READINGS, ids=lambda reading: reading.text)
def test_a_formula_is_read_as_sql_reads_it(reading: Reading) -> None:
    assert parse_formula(reading.text).evaluate(reading.values) == reading.expected


def test_names_come_in_order_of_first_appearance_with_their_places() -> None:
    formula = parse_formula("is + b*(is - _c1)")
    assert formula.names == ("is", "b", "_c1")
    assert formula.spans == {"is": ((0, 2), (8, 10)), "b": ((5, 6),), "_c1": ((13, 16),)}
    for name, places in formula.spans.items():
        assert {formula.text[start:end] for start, end in places} == {name}


class Mistake(NamedTuple):
    text: str
    start: int
    end: int
    words: str


MISTAKES = [
    Mistake("", 0, 0, "empty"),
    Mistake("   ", 0, 0, "empty"),
    Mistake("a +", 2, 3, "missing after `+`"),
    Mistake("* a", 0, 1, "missing before `*`"),
    Mistake("a ** b", 3, 4, "missing before `*`"),
    Mistake("a // b", 3, 4, "missing before `/`"),
    Mistake("a b", 2, 3, "operator is missing before `b`"),
    Mistake("2a", 1, 2, "operator is missing before `a`"),
    Mistake("(a", 0, 1, "never closed"),
    Mistake("(a b)", 3, 4, "`)` is missing before `b`"),
    Mistake("a)", 1, 2, "closes nothing"),
    Mistake("()", 1, 2, "missing before `)`"),
    Mistake("a, b", 1, 2, "operator is missing before `,`"),
    Mistake("a % b", 2, 3, "`%` has no meaning"),
    Mistake("a = b", 2, 3, "`=` has no meaning"),
    Mistake("a.b", 1, 2, "`.` has no meaning"),
    Mistake("é + a", 0, 1, "`é` has no meaning"),
    Mistake("a + SUM(b)", 4, 7, "`SUM` is not a function"),
    Mistake("ABS(a, b)", 0, 9, "ABS takes 1 arguments, not 2"),
    Mistake("NULLIF(a)", 0, 9, "NULLIF takes 2 arguments, not 1"),
    Mistake("COALESCE()", 0, 10, "at least 1"),
    Mistake("1e999", 0, 5, "too large"),
    Mistake("9" * 400, 0, 400, "too large"),
    Mistake("a" * 2001, 2000, 2001, "2001 characters"),
    Mistake("(" * 60 + "a" + ")" * 60, 50, 51, "nested"),
    Mistake("-" * 500 + "a", 50, 51, "nested"),
    Mistake("__import__('os').system('x')", 11, 12, "`'` has no meaning"),
    Mistake("a.__class__", 1, 2, "`.` has no meaning"),
    Mistake("__builtins__[0]", 12, 13, "`[` has no meaning"),
    Mistake("eval(a)", 0, 4, "`eval` is not a function"),
    Mistake("lambda: a", 6, 7, "`:` has no meaning"),
    Mistake("a if b else c", 2, 4, "operator is missing"),
    Mistake("COALESCE(*a)", 9, 10, "missing before `*`"),
    Mistake("a\x00", 1, 2, "has no meaning"),
]


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.text[:20])
def test_a_mistake_is_named_with_its_place(mistake: Mistake) -> None:
    with pytest.raises(FormulaError) as caught:
        parse_formula(mistake.text)
    error = caught.value
    assert (error.start, error.end) == (mistake.start, mistake.end)
    assert mistake.words in error.message
    assert not error.message.endswith(".")


def formula_or_error(text: str) -> Formula | FormulaError:
    try:
        return parse_formula(text)
    except FormulaError as error:
        return error


@settings(deadline=None)
@given(st.text(alphabet="ab1.e+-*/(), _COALESCENULLIF%'\n", max_size=60) | st.text(max_size=60))
@example("1" + "*1" * 900)
def test_any_text_is_a_formula_or_a_formula_error(text: str) -> None:
    found = formula_or_error(text)
    if isinstance(found, FormulaError):
        assert 0 <= found.start <= found.end <= len(text)
        return
    value = found.evaluate(dict.fromkeys(found.names, 2.0))
    assert value is None or math.isfinite(value)


@pytest.mark.parametrize(
    "text",
    ["(" * 100_000, "-" * 100_000, "9" * 1_000_000, "a*" * 999 + "a", "1e" + "9" * 1900],
    ids=["brackets", "signs", "digits", "factors", "exponent"],
)
def test_a_hostile_text_is_answered_at_once(text: str) -> None:
    assert calls_of(lambda: formula_or_error(text)) < 100_000


NUMBERS = st.floats(-1e3, 1e3).map(lambda value: round(value, 2))
TREES = st.recursive(
    st.sampled_from(["a", "b", "c"]) | NUMBERS.map(lambda value: f"({value:.2f})"),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from("+-*/"), inner).map(lambda t: f"({t[0]} {t[1]} {t[2]})"),
        inner.map(lambda t: f"-{t}"),
        inner.map(lambda t: f"abs({t})"),
    ),
    max_leaves=12,
)


@settings(deadline=None)
@given(TREES, NUMBERS, NUMBERS, NUMBERS)
def test_arithmetic_equals_pythons(text: str, a: float, b: float, c: float) -> None:
    try:
        expected = eval(text, {"abs": abs}, {"a": a, "b": b, "c": c})
    except ZeroDivisionError:
        expected = math.nan
    value = parse_formula(text).evaluate({"a": a, "b": b, "c": c})
    if not math.isfinite(expected):
        assert value is None
    else:
        assert value == pytest.approx(expected, rel=1e-12, abs=1e-9)


@settings(deadline=None)
@given(st.lists(st.tuples(*(st.none() | NUMBERS for _ in range(3))), min_size=1, max_size=9))
def test_a_series_equals_its_states_one_by_one(rows: list[tuple[float | None, ...]]) -> None:
    formula = parse_formula("coalesce(a / b, greatest(b, c)) - nullif(c, a)")
    columns = {name: [row[i] for row in rows] for i, name in enumerate("abc")}
    assert formula.evaluate_series(columns, length=len(rows)) == [
        formula.evaluate(dict(zip("abc", row, strict=True))) for row in rows
    ]


SLOPED = (
    "(a * b - c) / (d + 2) + abs(a) * least(b, c) + coalesce(d, 1) - -a * b * c * a"
    " + nullif(a * 3, b - 100)"
)


@settings(deadline=None)
@given(st.tuples(*(st.floats(0.5, 9) for _ in range(4))))
def test_the_gradient_is_the_slope_of_a_small_step(point: tuple[float, ...]) -> None:
    formula = parse_formula(SLOPED)
    if abs(point[1] - point[2]) < 1e-3:
        return
    values = dict(zip("abcd", point, strict=True))
    value, gradient = formula.gradient({name: [v] for name, v in values.items()}, 1)
    assert value[0] == pytest.approx(formula.evaluate(values))
    for name in "abcd":
        up = formula.evaluate({**values, name: values[name] + 1e-5})
        down = formula.evaluate({**values, name: values[name] - 1e-5})
        assert up is not None
        assert down is not None
        assert gradient[name][0] == pytest.approx((up - down) / 2e-5, rel=1e-4, abs=1e-4)


def test_shape_predicates() -> None:
    assert parse_formula("a * (1 - b) + c / 2").is_multilinear
    assert parse_formula("a * b + a * c").is_multilinear
    assert not parse_formula("a * a").is_multilinear
    assert not parse_formula("a / b").is_multilinear
    assert not parse_formula("1 / b").is_multilinear
    assert not parse_formula("abs(a)").is_multilinear
    quotient = parse_formula("(a - b) / c * d")
    assert [quotient.is_affine_in(name) for name in "abcd"] == [True, True, False, True]
    assert not parse_formula("a * (1 - b / a)").is_affine_in("a")
    for text in ("coalesce(a, b)", "nullif(a, b)", "abs(a - b)"):
        assert not parse_formula(text).is_affine_in("a")
        assert parse_formula(text).is_affine_in("c")
    assert parse_formula("abs(2) * a + coalesce(1, 2) / 3").is_multilinear
    assert parse_formula("7").is_multilinear
    assert not parse_formula("a * (b + a)").is_multilinear
    assert len(parse_formula("a / b + c / 2").denominators) == 1


def test_formulas_are_equal_by_text() -> None:
    assert parse_formula("a + b") == parse_formula("a + b")
    assert len({parse_formula("a"), parse_formula("a"), parse_formula("b")}) == 2
