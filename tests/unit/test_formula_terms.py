import pytest
from hypothesis import given
from hypothesis import strategies as st

from metric_tui.base.formula_terms import with_term, without_term
from metric_tui.base.formulas import parse_formula


@pytest.mark.parametrize(
    ("text", "name", "rest"),
    [
        ("a + b", "a", "b"),
        ("a + b", "b", "a"),
        ("a - b", "b", "a"),
        ("a - b", "a", "-b"),
        ("a  +  b  -  c", "b", "a -  c"),
        ("a + b * c - d", "a", "b * c - d"),
        ("a + (b - c)", "a", "(b - c)"),
        ("-a + b", "a", "b"),
        ("a - -b", "b", "a"),
        ("a", "a", None),
        ("a * b", "a", None),
        ("a + b / c", "c", None),
        ("a + (b - c)", "b", None),
        ("a + a", "a", None),
        ("a + b * a", "a", None),
        ("ABS(a) + b", "a", None),
        ("a + b", "c", None),
        ("a + 1", "a", "1"),
    ],
)
def test_a_term_is_taken_out_where_it_is_one(text: str, name: str, rest: str | None) -> None:
    assert without_term(text, name) == rest


TERMS = st.lists(
    st.tuples(st.sampled_from("+-"), st.sampled_from(["x * y", "(x - y)", "2", "x / y"])),
    max_size=3,
)


@given(TERMS, st.sampled_from("+-"), TERMS)
def test_what_is_taken_out_is_what_was_added(
    before: list[tuple[str, str]], sign: str, after: list[tuple[str, str]]
) -> None:
    text = "z" + "".join(f" {mark} {term}" for mark, term in before)
    whole = with_term(text, "a", "+" if sign == "+" else "-")
    whole += "".join(f" {mark} {term}" for mark, term in after)
    rest = without_term(whole, "a")
    assert rest is not None
    values = {"x": 7.0, "y": 2.0, "z": 100.0}
    amount = 3.0 if sign == "+" else -3.0
    found = parse_formula(rest)
    assert "a" not in found.names
    total = parse_formula(whole).evaluate({**values, "a": 3.0})
    assert total is not None
    assert found.evaluate(values) == pytest.approx(total - amount)
