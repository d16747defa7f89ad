import pytest

from metric_tui.base.errors import QuestionError
from metric_tui.base.series import Cell
from metric_tui.definitions.asks import Condition
from metric_tui.planning.conditions import leaving_out, parse_conditions


def condition(dimension: str, operator: str, *choices: Cell) -> Condition:
    return Condition(dimension=dimension, operator=operator, choices=choices)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["platform=ios"], [condition("platform", "=", "ios")]),
        (["platform!=ios"], [condition("platform", "!=", "ios")]),
        (["platform="], [condition("platform", "=", None)]),
        (["platform!="], [condition("platform", "!=", None)]),
        ([" platform = ios "], [condition("platform", "=", "ios")]),
        (["label=a=b"], [condition("label", "=", "a=b")]),
        (["label=a!=b"], [condition("label", "=", "a!=b")]),
        (["x=1", "x=2", "x=1"], [condition("x", "=", "1", "2")]),
        (["x=1", "x="], [condition("x", "=", "1", None)]),
        (["x=1", "y!=2"], [condition("x", "=", "1"), condition("y", "!=", "2")]),
        ([], []),
    ],
)
def test_filters_are_read_as_people_write_them(texts: list[str], expected: list[Condition]) -> None:
    assert list(parse_conditions(texts)) == expected


@pytest.mark.parametrize("text", ["", "platform", "=ios", "!=ios", " = "])
def test_what_is_no_filter_is_refused(text: str) -> None:
    with pytest.raises(QuestionError, match="is no filter"):
        parse_conditions([text])


def test_a_filter_is_shown_as_it_was_written() -> None:
    for text in ("platform=ios", "platform!=ios", "platform="):
        assert [str(found) for found in parse_conditions([text])] == [text]


def test_what_is_left_out_joins_what_is_left_out_already() -> None:
    where = parse_conditions(["platform=ios", "country!=FR"])
    found = leaving_out(where, "country", None)
    assert found == parse_conditions(["platform=ios", "country!=FR", "country!="])
    assert leaving_out((), "country", "PT") == parse_conditions(["country!=PT"])


def test_what_is_left_out_is_no_longer_among_what_is_kept() -> None:
    where = parse_conditions(["country=PT", "country=FR"])
    assert leaving_out(where, "country", "PT") == parse_conditions(["country=FR"])
    with pytest.raises(QuestionError, match="nothing else"):
        leaving_out(parse_conditions(["country=PT"]), "country", "PT")


def test_choices_of_other_types_make_another_condition() -> None:
    one, same, other, true = (condition("size", "=", choice) for choice in (1, 1, 1.0, True))
    assert one == same
    assert len({one, same, other, true}) == 3
    assert one != "size=1"
