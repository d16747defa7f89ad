"""The values of a dimension, from partials and by plain SQL."""

from pathlib import Path
from unittest.mock import patch

import pytest

from metric_tui.base.errors import QuestionError
from metric_tui.engines import values
from metric_tui.engines.rollup import close_all, refresh
from metric_tui.engines.values import dimension_values
from tests.engines.rollup_stores import append, opened, tree_of, write_store

PLATFORMS = ["ios"] * 4 + ["web"] * 3 + [None] * 2 + ["tv"]
ROWS = [
    (f"2026-03-{place + 1:02d}T10:00:00Z", "open", place, platform, 1, 1, 0)
    for place, platform in enumerate(PLATFORMS)
]
EXPECTED = (("ios", 4), ("web", 3), (None, 2), ("tv", 1))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    found = tmp_path / "store.db"
    write_store(found, ROWS)
    # a row without a time is of no period
    append(found, [(None, "open", 1, "vr", 1, 1, 0)])
    return found


def test_partials_and_plain_sql_say_the_same(path: Path) -> None:
    with opened(path, tree_of()) as store:
        assert dimension_values(store, "platform", 50) == EXPECTED
        refresh(store)
        with patch.object(values, "_by_sql", side_effect=AssertionError):
            assert dimension_values(store, "platform", 50) == EXPECTED
            assert dimension_values(store, "platform", 2) == EXPECTED[:2]
        assert dimension_values(store, "platform", 50, rollup=False) == EXPECTED
    close_all()


def test_a_store_that_has_changed_is_asked(path: Path) -> None:
    with opened(path, tree_of()) as store:
        refresh(store)
    append(path, [ROWS[-1]])
    with opened(path, tree_of()) as store:
        assert dict(dimension_values(store, "platform", 50))["tv"] == 2
    close_all()


def test_a_dimension_with_more_values_than_are_kept_is_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    write_store(path, [(*row[:3], f"p{n}", *row[4:]) for n in range(80) for row in ROWS[:2]])
    with opened(path, tree_of()) as store:
        refresh(store)
        assert len(dimension_values(store, "platform", 100)) == 80
    close_all()


def test_a_dimension_that_no_source_has_is_refused(path: Path) -> None:
    with opened(path, tree_of()) as store, pytest.raises(QuestionError, match="no dimension `x`"):
        dimension_values(store, "x", 5)
