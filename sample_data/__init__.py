"""Sample event stores, generated from a seed: two products, each with one planted cause.

Nothing is shipped as data. `build` writes a store of any size that tells the same
story, and the same size and seed always give the same rows.
"""

from collections.abc import Callable
from pathlib import Path

from .scenarios import EventStream, Scenario

__all__ = ["SCENARIOS", "EventStream", "Scenario", "build"]


def _nights_booked(events: int, seed: int) -> EventStream:
    from .nights_booked import generate

    return generate(events, seed)


def _dau(events: int, seed: int) -> EventStream:
    from .dau import generate

    return generate(events, seed)


SCENARIOS: dict[str, Scenario] = {
    "nights_booked": Scenario(
        name="nights_booked",
        title="Nights booked on a marketplace for stays",
        store_name="stays.db",
        story=(
            "Gross nights grow all through the second quarter of 2026, but net nights fall from "
            "8 June on: Android release 8.2 declines cards in France, and those bookings are "
            "cancelled within days."
        ),
        generate=_nights_booked,
    ),
    "dau": Scenario(
        name="dau",
        title="Active users of a social app",
        store_name="social.db",
        story=(
            "Active users fall from 1 June 2026 on although new and retained users hold: "
            "notifications to dormant users were cut, and resurrected users went with them."
        ),
        generate=_dau,
    ),
}


def build(
    name: str,
    path: Path,
    *,
    events: int = 300_000,
    seed: int = 7,
    progress: Callable[[int, int], None] | None = None,
) -> None:
    """Write a scenario's SQLite store, replacing whatever is at `path`.

    The store is written beside `path` and renamed when complete, so an interrupted
    build leaves `path` as it was.

    Args:
        name: a key of `SCENARIOS`.
        path: the file to write; its folder is made when missing.
        events: how many rows to aim for; the result is within a few percent, and a store of
            fewer than some 10,000 is too sparse to tell its story.
        seed: the same seed and number of events give the same rows.
        progress: called with the rows written so far and the rows aimed for.

    Raises:
        ValueError: there is no such scenario, or `events` is not positive.
    """
    from .store import write_store

    if name not in SCENARIOS:
        raise ValueError(f"no sample is named `{name}`; there are {', '.join(sorted(SCENARIOS))}")
    if events < 1:
        raise ValueError(f"a store needs at least one event: {events}")
    write_store(path, SCENARIOS[name].generate(events, seed), events=events, progress=progress)
