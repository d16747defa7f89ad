"""Days and cells that occur are those of the rows, however many there may be."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metric_tui.engines.rollup.pages.cells import Grid

FIRST = 738_000


@given(st.data())
@pytest.mark.parametrize("sizes", [(), (3,), (4, 1, 9), (66,) * 10])
def test_each_row_is_of_the_day_and_cell_at_its_place(
    sizes: tuple[int, ...], data: st.DataObject
) -> None:
    cell = st.tuples(*(st.integers(0, size - 1) for size in sizes))
    rows = data.draw(st.lists(st.tuples(st.integers(0, 7_999), cell), min_size=1, max_size=40))
    days = np.array([FIRST + day for day, _ in rows])
    codes = [
        np.array([own[index] for _, own in rows], dtype=np.uint8) for index in range(len(sizes))
    ]
    grid = Grid(sizes, FIRST, 8_000)
    met, places = grid.met(days, codes)
    assert (met.days[places] + FIRST).tolist() == days.tolist()
    for own, code in zip(met.codes, codes, strict=True):
        assert own[places].tolist() == code.tolist()
    assert len(met.days) == len(set(rows))
    for dimensions in ((), *((index,) for index in range(len(sizes)))):
        keys, size = met.keys(dimensions)
        expected = [(tuple(own[index] for index in dimensions), day) for day, own in rows]
        assert all(0 <= key < size for key in keys.tolist())
        pairs = set(zip(expected, keys[places].tolist(), strict=True))
        assert len(pairs) == len(set(expected)) == len({key for _, key in pairs})
