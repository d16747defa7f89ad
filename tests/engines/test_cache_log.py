"""The write-ahead log of the cache."""

from pathlib import Path

from metric_tui.analysis.answers import answer
from metric_tui.engines.rollup import close_all, measures_for, refresh
from metric_tui.engines.rollup.files import cache_path
from metric_tui.planning.question import Question
from tests.engines.rollup_stores import append, opened, tree_of, write_store

ROWS = [
    (f"2026-03-{day:02d}T10:00:00Z", event, day % 5, "ios", 1, day, 0)
    for day in range(1, 29)
    for event in ("open", "buy")
]


def test_the_log_stays_short_while_somebody_reads(tmp_path: Path) -> None:
    """A store that is refreshed all day beside an open explorer must not fill the disk."""
    path = tmp_path / "store.db"
    write_store(path, ROWS)
    question = Question(grain="day", last=3)
    sizes = []
    with opened(path, tree_of()) as store:
        refresh(store)
        cache = cache_path(store)
        assert cache is not None
        for _ in range(8):
            answer(question, store, measures_for(store), revision=0)
            append(path, ROWS[-3:])
            refresh(store)
            sizes.append(Path(f"{cache}-wal").stat().st_size)
    close_all()
    # as long as what one refresh writes, however many there were
    assert sizes[-1] < 2 * sizes[0]
