import pytest

from metric_tui.base.series import Table, combine, group_order


def test_groups_are_ordered_numbers_texts_null() -> None:
    groups = [(None,), ("b",), (10,), ("B",), (2.5,), (True,)]
    assert sorted(groups, key=group_order) == [(True,), (2.5,), (10,), ("B",), ("b",), (None,)]


def test_a_group_that_is_missing_is_null_everywhere() -> None:
    table = Table(2, {("a",): (1.0, None)})
    assert table.of(("b",)) == (None, None)
    assert table.notes_of(("b",)) == (frozenset(), frozenset())


def test_tables_are_joined_on_groups_null_with_null() -> None:
    left = Table(1, {("a",): (6.0,), (None,): (4.0,)})
    right = Table(1, {("b",): (2.0,), (None,): (2.0,)})
    found = combine(
        {"x": left, "y": right},
        lambda given: None if None in given.values() else given["x"] / given["y"],  # type: ignore[operator]
    )
    assert found.values == {("a",): (None,), ("b",): (None,), (None,): (2.0,)}


def test_notes_of_all_inputs_carry_over() -> None:
    left = Table(2, {(): (1.0, 2.0)}).with_note("partial", (False, True))
    right = Table(2, {(): (1.0, 2.0)}).with_note("immature", (True, True))
    found = combine({"x": left, "y": right}, lambda given: given["x"])
    assert found.notes_of(()) == (frozenset({"immature"}), frozenset({"immature", "partial"}))


def test_tables_of_different_length_are_a_bug() -> None:
    with pytest.raises(ValueError, match="sizes"):
        combine({"x": Table(1, {}), "y": Table(2, {})}, lambda given: None)


def test_picked_spans_keep_their_notes_and_order() -> None:
    table = Table(3, {(): (1.0, 2.0, 3.0)}).with_note("partial", (False, False, True))
    picked = table.pick((2, 0))
    assert picked.of(()) == (3.0, 1.0)
    assert picked.notes_of(()) == (frozenset({"partial"}), frozenset())


def test_map_sees_place_and_value() -> None:
    table = Table(2, {(): (1.0, None)})
    assert table.map(lambda place, value: None if value is None else value + place).of(()) == (
        1.0,
        None,
    )
