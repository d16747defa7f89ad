"""A cache that is damaged, half built, shared or out of date costs a rebuild, never a wrong number."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from metric_tui.analysis.answers import answer
from metric_tui.base.errors import Cancelled, StoreError
from metric_tui.engines.rollup import (
    close_all,
    describe,
    is_complete,
    is_fresh,
    measures_for,
    refresh,
)
from metric_tui.engines.rollup.answers import answers_path
from metric_tui.engines.rollup.files import CACHE_BYTES_VARIABLE, cache_path, evict
from metric_tui.engines.sql.run import SqlMeasures
from metric_tui.planning.question import Question
from tests.conftest import PATIENCE
from tests.engines.rollup_stores import (
    TREE,
    Row,
    append,
    change,
    compared,
    opened,
    tree_of,
    write_store,
)

ROWS: list[Row] = [
    (
        f"2026-03-{1 + i % 28:02}T{i % 24:02}:15:00Z",
        "open" if i % 3 else "buy",
        i % 11,
        "ios" if i % 2 else "android",
        1,
        i % 5,
        0,
    )
    for i in range(300)
]
ASKED = (
    Question(grain="day"),
    Question(grain="week", by=("platform",)),
    Question(grain="month"),
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    found = tmp_path / "store.db"
    write_store(found, ROWS)
    return found


def test_a_damaged_cache_is_made_anew(path: Path) -> None:
    with opened(path, tree_of()) as store:
        refresh(store)
        cache = cache_path(store)
        assert cache is not None
        data = bytearray(cache.read_bytes())
        data[len(data) // 3 :] = os.urandom(len(data) - len(data) // 3)
        cache.write_bytes(bytes(data))
        compared(store, ASKED)
        refresh(store)
        assert compared(store, ASKED) > 0


def test_a_cache_that_is_no_database_is_made_anew(path: Path) -> None:
    with opened(path, tree_of()) as store:
        cache = cache_path(store)
        assert cache is not None
        cache.parent.mkdir(parents=True)
        cache.write_bytes(b"this is no database" * 1000)
        assert compared(store, ASKED) == 0
        assert refresh(store).outcome == "refreshed"
        assert compared(store, ASKED) > 0


def test_one_changed_byte_of_a_row_is_noticed(path: Path) -> None:
    with opened(path, tree_of()) as store:
        refresh(store)
        cache = cache_path(store)
        assert cache is not None
        change(cache, "UPDATE blocks SET data = zeroblob(length(data))")
        change(cache, "UPDATE sets SET data = zeroblob(length(data))")
        assert compared(store, ASKED) == 0


def test_a_damaged_file_of_answers_costs_only_time(path: Path) -> None:
    with opened(path, tree_of()) as store:
        refresh(store)
        cache = cache_path(store)
        assert cache is not None
        answers_path(cache).write_bytes(b"this is no database" * 100)
        asked = Question(grain="week", metrics=("median",))
        plain = answer(asked, store, SqlMeasures(store), revision=0)
        for _ in range(3):
            assert answer(asked, store, measures_for(store), revision=0).metrics == plain.metrics
    close_all()


def test_a_stopped_build_leaves_nothing_behind(path: Path) -> None:
    with opened(path, tree_of()) as store:
        with pytest.raises(Cancelled):
            refresh(store, cancelled=iter([False, True]).__next__)
        assert compared(store, ASKED) == 0
        refresh(store)
        assert compared(store, ASKED) > 0


def test_a_changed_schema_costs_a_rebuild(path: Path) -> None:
    with opened(path, tree_of()) as store:
        refresh(store)
    change(path, "ALTER TABLE events ADD COLUMN extra TEXT")
    with opened(path, tree_of()) as store:
        assert compared(store, ASKED) == 0
        assert refresh(store).rows_read >= len(ROWS)
        assert compared(store, ASKED) > 0


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM events WHERE id = 150",
        "DELETE FROM events WHERE id > 200",
        "UPDATE events SET amount = amount + 1",
        "UPDATE events SET user_id = 77 WHERE id = 300",
        "DELETE FROM events",
    ],
)
def test_a_changed_store_costs_a_rebuild(path: Path, statement: str) -> None:
    with opened(path, tree_of()) as store:
        refresh(store)
    change(path, statement)
    with opened(path, tree_of()) as store:
        refresh(store)
        compared(store, ASKED)


def test_a_store_made_anew_costs_a_rebuild(path: Path) -> None:
    with opened(path, tree_of()) as store:
        refresh(store)
    path.unlink()
    write_store(path, [(*row[:5], 9, 0) for row in ROWS])
    with opened(path, tree_of()) as store:
        refresh(store)
        assert compared(store, ASKED) > 0


def test_new_rows_cost_only_themselves(path: Path) -> None:
    with opened(path, tree_of()) as store:
        refresh(store)
    append(path, [("2026-03-05T12:00:00Z", "open", 99, "web", 2, 1, 0)])
    with opened(path, tree_of()) as store:
        report = refresh(store)
        assert report.rows_read <= 1
        assert compared(store, ASKED) > 0


def test_an_edited_metric_rebuilds_only_itself(path: Path) -> None:
    with opened(path, tree_of()) as store:
        refresh(store)
        before = describe(store).sources[0]
        assert before.built == before.partials
    edited = tree_of(TREE.replace("{agg: max, event: buy", "{agg: max, event: refund"))
    with opened(path, edited) as store:
        source = describe(store).sources[0]
        assert source.built == source.partials - 1
        assert is_fresh(store)
        assert not is_complete(store)
        refresh(store)
        assert is_complete(store)
        assert compared(store, ASKED) > 0


def test_two_processes_may_refresh_at_once(path: Path) -> None:
    program = (
        "import sys; from pathlib import Path;"
        "from tests.engines.rollup_stores import opened, tree_of;"
        "from metric_tui.engines.rollup import refresh\n"
        "with opened(Path(sys.argv[1]), tree_of()) as store: refresh(store)"
    )
    crew = [
        subprocess.Popen([sys.executable, "-c", program, str(path)], cwd=Path(__file__).parents[2])
        for _ in range(3)
    ]
    assert [process.wait(timeout=PATIENCE) for process in crew] == [0, 0, 0]
    with opened(path, tree_of()) as store:
        assert is_fresh(store)
        assert compared(store, ASKED) > 0
    close_all()


def test_a_reader_keeps_its_answers_while_another_process_writes(path: Path) -> None:
    with opened(path, tree_of()) as store:
        refresh(store)
        assert not isinstance(measures_for(store), SqlMeasures)
        assert compared(store, ASKED) > 0
        append(path, ROWS[:5])
        assert not is_fresh(store)
        assert compared(store, ASKED) == 0
    close_all()


def test_a_cache_that_cannot_be_written_is_said(
    path: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "taken").write_text("a file")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "taken"))
    with opened(path, tree_of()) as store, pytest.raises(StoreError, match="cannot be written"):
        refresh(store)


def test_the_oldest_caches_make_room(
    path: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with opened(path, tree_of()) as store:
        refresh(store)
        cache = cache_path(store)
        assert cache is not None
        old = cache.with_name("old.db")
        old.write_bytes(bytes(1000))
        os.utime(old, (1, 1))
        monkeypatch.setenv(CACHE_BYTES_VARIABLE, "500")
        evict(cache.parent, keep=cache)
    assert cache.exists()
    assert not old.exists()


def test_a_dimension_with_many_values_is_left_to_plain_sql(tmp_path: Path) -> None:
    path = tmp_path / "many.db"
    write_store(path, [(*row[:3], f"p{i}", *row[4:]) for i, row in enumerate(ROWS)])
    with opened(path, tree_of()) as store:
        report = refresh(store)
        assert ("events.platform", "is not kept") in report.reasons
        assert compared(store, ASKED) > 0


@pytest.mark.parametrize("time", ["not a time", "", "1850-01-01T00:00:00Z"])
def test_a_table_with_stray_times_is_left_to_plain_sql(path: Path, time: str) -> None:
    append(path, [(time, "open", 1, "ios", 1, 1, 0)])
    with opened(path, tree_of()) as store:
        refresh(store)
        compared(store, ASKED)


def test_text_among_numbers_is_left_to_plain_sql(path: Path) -> None:
    append(path, [("2026-03-05T12:00:00Z", "buy", 99, "web", 2, "many", 0)])
    with opened(path, tree_of()) as store:
        refresh(store)
        answered = describe(store).sources[0]
        assert answered.reason is None
        plain = answer(Question(grain="month"), store, SqlMeasures(store), revision=0)
        fast = answer(Question(grain="month"), store, measures_for(store), revision=0)
        assert plain.metrics["revenue"].error == fast.metrics["revenue"].error
        assert plain.metrics == fast.metrics
    close_all()
