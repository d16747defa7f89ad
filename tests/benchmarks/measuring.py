"""What the benchmarks share: times of all processes, their memory, and the table printed."""

import os
import resource
import statistics
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from metric_tui.definitions.tree import MetricTree
from metric_tui.loading.load import load

CONFIGS = Path(__file__).parents[2] / "configs"
DIMENSIONS = ("platform", "country", "app_version")
VALUES = {"nights_booked": "nights", "dau": "seconds"}
"""The stores, and of each a column of whole numbers to add up."""

_BETWEEN_LOOKS = 0.02


@dataclass(slots=True)
class Lines:
    """The table, printed line by line as it is measured."""

    rows: list[tuple[str, str]] = field(default_factory=list)

    def add(self, what: str, value: str) -> None:
        self.rows.append((what, value))
        print(f"| {what} | {value} |", flush=True)


@dataclass(frozen=True, slots=True)
class Timed:
    """Seconds of a run: on the clock, and of all processes' processors."""

    wall: float
    cpu: float
    result: Any


def timed(run: Callable[[], Any]) -> Timed:
    before = _cpu()
    started = time.perf_counter()
    result = run()
    return Timed(time.perf_counter() - started, _cpu() - before, result)


def _cpu() -> float:
    own, children = (
        resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime


def peak_memory(run: Callable[[], Any]) -> tuple[Any, float | None]:
    """A run's result, and the most bytes that this process and its children held together.

    Looked at fifty times a second; None where the system has no `/proc`.
    """
    done = threading.Event()
    seen = [0.0]

    def look() -> None:
        while not done.wait(_BETWEEN_LOOKS):
            seen.append(_resident(os.getpid()))

    watching = Path("/proc/self/statm").exists()
    thread = threading.Thread(target=look, daemon=True)
    if watching:
        thread.start()
    try:
        result = run()
    finally:
        done.set()
    return result, max(seen) if watching else None


def _resident(process: int) -> float:
    """Bytes of a process and all that it has started; one that has just ended holds none."""
    try:
        pages = int(Path(f"/proc/{process}/statm").read_text(encoding="ascii").split()[1])
        tasks = list(Path(f"/proc/{process}/task").iterdir())
        children = [
            child
            for task in tasks
            for child in (task / "children").read_text(encoding="ascii").split()
        ]
    except (OSError, IndexError):
        return 0.0
    return pages * resource.getpagesize() + sum(_resident(int(child)) for child in children)


def tree_of(
    name: str,
    dimensions: Sequence[str] = DIMENSIONS,
    changed: Callable[[str], str] = lambda text: text,
) -> MetricTree:
    """The bundled tree with some dimensions; filters keep the expressions of the others.

    Args:
        name: of the tree.
        dimensions: those that its source keeps.
        changed: what makes another text of the file's.
    """
    text = changed((CONFIGS / f"{name}.yaml").read_text(encoding="utf-8"))
    tree = load(text, name=name).tree
    assert tree is not None
    source = tree.sources["events"]
    for dimension in source.dimensions.values():
        if dimension.name not in dimensions:
            text = text.replace(f"filter: {dimension.name} =", f"filter: {dimension.expr.text} =")
            text = text.replace(
                f"COALESCE({dimension.name},", f"COALESCE({dimension.expr.text},"
            ).replace(f"filter: {dimension.name} = 1}}", f"filter: {dimension.expr.text} = 1}}")
    tree = load(text, name=name).tree
    assert tree is not None
    kept = {key: value for key, value in source.dimensions.items() if key in dimensions}
    return replace(tree, sources={"events": replace(source, dimensions=kept)})


def spread(seconds: Sequence[float]) -> str:
    """Median, 95th percentile and worst of some seconds, in milliseconds."""
    ordered = sorted(seconds)
    p95 = ordered[min(len(ordered) - 1, round(0.95 * (len(ordered) - 1)))]
    return f"{statistics.median(ordered) * 1e3:.0f} / {p95 * 1e3:.0f} / {ordered[-1] * 1e3:.0f}"
