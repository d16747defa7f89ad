"""Rows added up and packed many at once are what one by one makes of them."""

from array import array
from collections import defaultdict
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyroaring import BitMap

from metric_tui.engines.rollup.codes import number_of
from metric_tui.engines.rollup.pack import BLOCK_DAYS, NOTHING, joined, numbers, pack_columns
from metric_tui.engines.rollup.pages.bitmaps import MOST_LISTED, serialized
from metric_tui.engines.rollup.pages.blocks import Blocks, widened
from metric_tui.engines.rollup.pages.groups import distinct, mixed, order, parts, sets_by_key
from metric_tui.engines.rollup.tracks import Merge

pytestmark = pytest.mark.usefixtures("either_reader")

ENTITIES = st.sets(st.integers(0, 2**32 - 1) | st.integers(65_530, 65_545), min_size=1, max_size=50)


@given(st.dictionaries(st.integers(0, 10**12), ENTITIES, max_size=8))
def test_sets_are_those_that_the_library_reads(sets: dict[int, set[int]]) -> None:
    rows = sorted((key, entity) for key, entities in sets.items() for entity in entities)
    keys = np.array([key for key, _ in rows], dtype=np.int64)
    entities = np.array([entity for _, entity in rows], dtype=np.uint32)
    found = dict(serialized(keys, entities))
    assert {key: set(BitMap.deserialize(data)) for key, data in found.items()} == sets
    for key, data in found.items():
        # what looks for runs would write these bytes if it found none
        assert len(data) >= len(BitMap(sets[key]).serialize())


@pytest.mark.parametrize("size", [MOST_LISTED - 1, MOST_LISTED, MOST_LISTED + 1, 65_536])
def test_dense_sets_are_those_that_the_library_reads(size: int) -> None:
    dense = np.arange(7, 7 + size, dtype=np.uint32)
    few = np.array([3, 70_000], dtype=np.uint32)
    keys = np.array([1, 1] + [2] * size + [9, 9], dtype=np.int64)
    found = dict(serialized(keys, np.concatenate([few, dense, few])))
    for key, own in ((1, few), (2, dense), (9, few)):
        assert BitMap.deserialize(found[key]) == BitMap(array("I", own.tobytes()))
    assert len(found) == 3


@given(st.lists(st.integers(0, 2**34), min_size=1), st.integers(0, 3))
def test_keys_are_sorted_and_those_of_one_key_keep_their_order(keys: list[int], few: int) -> None:
    values = np.array([key >> 8 * few for key in keys], dtype=np.int64)
    expected = sorted(range(len(keys)), key=lambda place: int(values[place]))
    assert order(values, int(values.max())).tolist() == expected
    for size in (int(values.max()) + 1, 2**40):
        found, places = distinct(values, size)
        assert found.tolist() == sorted(set(values.tolist()))
        assert found[places].tolist() == values.tolist()


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 2**32 - 1) | st.integers(0, 5))))
def test_each_key_has_its_entities_once(rows: list[tuple[int, int]]) -> None:
    rows.sort(key=lambda row: row[1])
    keys = np.array([key for key, _ in rows], dtype=np.int64)
    entities = np.array([entity for _, entity in rows], dtype=np.uint32)
    for size in (10, 2**40):
        found = sets_by_key(keys, entities, size)
        assert list(zip(*(own.tolist() for own in found), strict=True)) == sorted(set(rows))


@given(st.lists(st.tuples(st.integers(1, 60), st.integers(0, 59)), min_size=1, max_size=6))
def test_codes_make_one_number_and_come_back(pairs: list[tuple[int, int]]) -> None:
    sizes = [size for size, _ in pairs]
    codes = [code % size for size, code in pairs]
    number = number_of(codes, sizes)
    assert parts(number, sizes) == tuple(codes)
    columns = [np.array([code, 0], dtype=np.uint8) for code in codes]
    assert mixed(columns, sizes, 2).tolist() == [number, 0]
    wide = widened(np.array([number]), sizes)
    assert parts(int(wide[0]), [66] * len(sizes)) == tuple(codes)


NUMBERS: dict[str, st.SearchStrategy[Any]] = {
    "whole": st.integers(-(2**31), 2**31) | st.integers(0, 300),
    "small": st.integers(0, 3),
    "fractions": st.floats(-(10.0**6), 10.0**6),
}


@settings(deadline=None)
@given(st.data())
@pytest.mark.parametrize("kind", sorted(NUMBERS))
@pytest.mark.parametrize("merge", ["add", "min", "max"])
def test_blocks_hold_what_was_found_in_any_order(
    merge: Merge, kind: str, data: st.DataObject
) -> None:
    drawn = data.draw(
        st.lists(
            st.tuples(st.integers(0, 4), st.integers(0, 3 * BLOCK_DAYS), NUMBERS[kind]),
            min_size=1,
            max_size=40,
        )
    )
    blocks = Blocks(groups=5)
    # what is found at once has each group and day once
    seen: dict[tuple[int, int], int] = defaultdict(int)
    rounds: dict[int, list[Any]] = defaultdict(list)
    expected: dict[tuple[int, int], list[Any]] = {}
    for group, day, value in drawn:
        rounds[seen[group, day]].append((group, day, value))
        seen[group, day] += 1
        block, place = divmod(day, BLOCK_DAYS)
        days = expected.setdefault((block, group), [None] * BLOCK_DAYS)
        days[place] = joined(merge, days[place], value)
    for found in rounds.values():
        groups, own_days, values = (np.array(column) for column in zip(*found, strict=True))
        blocks.add(groups, own_days, [values])
    packed = {(block, group): own for block, group, own in blocks.packed([merge])}
    assert packed.keys() == expected.keys()
    for key, days in expected.items():
        whole = [NOTHING[merge] if value is None else value for value in days]
        (column,) = packed[key]
        assert numbers(column).tolist() == pytest.approx(whole)
        if kind != "fractions" and merge == "add":
            assert column == pack_columns([whole])[0]
