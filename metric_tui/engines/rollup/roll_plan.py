"""How the cells of a day become partials: which lens from which, and which columns go where."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from operator import itemgetter

from metric_tui.engines.rollup.scan import CellKey, Job, Reading, Scanner
from metric_tui.engines.rollup.spaces import Lens
from metric_tui.engines.rollup.tracks import Column, Track


@dataclass(frozen=True, slots=True)
class Step:
    """One lens, rolled up from a finer table."""

    lens: int
    parent: int
    """Place among the tables done before; 0 is the cells themselves."""

    pick: Callable[[CellKey], CellKey]


@dataclass(frozen=True, slots=True)
class RollPlan:
    """What is the same for every day of a job."""

    lenses: tuple[Lens, ...]
    steps: tuple[Step, ...]
    hows: dict[Reading, tuple[str, ...]]
    collected: dict[Reading, tuple[int, ...]]
    tracks: dict[Reading, dict[int, tuple[tuple[int, tuple[int, ...], int, int | None], ...]]]
    """By reading and event: each track's place, its columns' places, how many of them are kept as
    numbers, and the place of its guard."""

    kept_hows: tuple[tuple[str, ...], ...]
    collecting: dict[Reading, dict[int, tuple[int, ...]]]
    """By reading and column, the tracks that gather it."""

    @classmethod
    def of(cls, job: Job, scanner: Scanner) -> "RollPlan":
        lenses = job.space.lenses
        return cls(
            lenses=lenses,
            steps=_steps(lenses, len(job.space.kept)),
            hows={r: tuple(c.merge for c in r.columns) for r in scanner.readings},
            collected={
                r: tuple(i for i, c in enumerate(r.columns) if c.merge == "collect")
                for r in scanner.readings
            },
            tracks={
                r: {code: _tracks_of(job.tracks, r, scanner.names, code) for code in r.events}
                for r in scanner.readings
            },
            kept_hows=tuple(tuple(c.merge for c in t.columns[: t.kept]) for t in job.tracks),
            collecting={
                r: {
                    index: tuple(n for n, t in enumerate(job.tracks) if column in t.columns)
                    for index, column in enumerate(r.columns)
                }
                for r in scanner.readings
            },
        )


def _tracks_of(
    tracks: Sequence[Track], reading: Reading, names: Sequence[str], code: int
) -> tuple[tuple[int, tuple[int, ...], int, int | None], ...]:
    name = names[code - 1] if code else None
    place: dict[Column, int] = {column: i for i, column in enumerate(reading.columns)}
    return tuple(
        (
            number,
            tuple(place[column] for column in track.columns),
            track.kept,
            place[track.columns[-1]] if track.guarded else None,
        )
        for number, track in enumerate(tracks)
        if track.reads(name)
    )


def _steps(lenses: Sequence[Lens], dimensions: int) -> tuple[Step, ...]:
    """Long lenses first; a short one is rolled up from a longer one that has its dimensions."""
    done: list[Lens] = [tuple(range(dimensions))]
    steps = []
    for lens in sorted(lenses, key=len, reverse=True):
        holding = [i for i, other in enumerate(done) if set(lens) <= set(other)]
        parent = min(holding, key=lambda index: len(done[index]))
        steps.append(Step(lenses.index(lens), parent, _picker(done[parent], lens)))
        done.append(lens)
    return tuple(steps)


def _picker(parent: Lens, lens: Lens) -> Callable[[CellKey], CellKey]:
    places = [0, *(1 + parent.index(dimension) for dimension in lens)]
    if len(places) == 1:
        return lambda key: key[:1]
    return itemgetter(*places)
