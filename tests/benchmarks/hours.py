"""How fast questions by hour are: the rows of the days they cut are read once."""

import time

from metric_tui.analysis.answers import answer
from metric_tui.definitions.asks import Condition
from metric_tui.engines.rollup import close_all, measures_for
from metric_tui.engines.rollup.answers import answers_path
from metric_tui.engines.rollup.cut_days.keeping import days_path
from metric_tui.engines.rollup.files import cache_path
from metric_tui.engines.sql.run import SqlMeasures
from metric_tui.engines.store import Store
from metric_tui.planning.question import Question
from tests.benchmarks.measuring import DIMENSIONS, Lines, spread

OPENED = Question(grain="hour")
CHANGED: tuple[Question, ...] = (
    *(Question(grain="hour", by=(d,)) for d in DIMENSIONS),
    Question(
        grain="hour", where=(Condition(dimension="platform", operator="=", choices=("ios",)),)
    ),
    Question(grain="hour", last=24),
    Question(grain="hour", compare="none"),
)


def by_hour(store: Store, lines: Lines) -> None:
    """The last 48 hours of the whole tree: at first, changed, in the next process, by plain SQL."""
    cache = cache_path(store)
    assert cache is not None
    days_path(cache).unlink(missing_ok=True)
    _close(store)
    first = _seconds(store, OPENED)
    changed = [_seconds(store, question) for question in CHANGED]
    _close(store)
    again = _seconds(store, OPENED)
    lines.add(
        "the tree by hour: rows of its days read / kept from before", f"{first:.2f} / {again:.2f} s"
    )
    lines.add(
        f"after it, by hour with another filter, breakdown or range ({len(changed)}):"
        " median / p95 / worst",
        f"{spread(changed)} ms",
    )
    started = time.perf_counter()
    answer(OPENED, store, SqlMeasures(store), revision=0)
    lines.add("the tree by hour, by plain SQL", f"{time.perf_counter() - started:.1f} s")


def _close(store: Store) -> None:
    """Let go of answers, which would make a question free, and of what is in memory."""
    close_all()
    cache = cache_path(store)
    assert cache is not None
    answers_path(cache).unlink(missing_ok=True)


def _seconds(store: Store, question: Question) -> float:
    started = time.perf_counter()
    answer(question, store, measures_for(store), revision=0)
    return time.perf_counter() - started
