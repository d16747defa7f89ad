"""How the cells of a day become partials: which lens from which, and which columns go where."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import NamedTuple

from metric_tui.engines.rollup.scan import CellKey, Job, Scanner
from metric_tui.engines.rollup.spaces import Lens
from metric_tui.engines.rollup.tracks import Column, Merge, Track


@dataclass(frozen=True, slots=True)
class Step:
    """One lens, rolled up from a finer table."""

    lens: int
    parent: int
    """Place among the tables done before; 0 is the cells themselves."""

    pick: Callable[[CellKey], CellKey]


@dataclass(frozen=True, slots=True)
class Merging:
    """Places of columns by how two partials of them are joined."""

    added: tuple[int, ...]
    collected: tuple[int, ...]
    appended: tuple[int, ...]
    extremes: tuple[tuple[int, Merge], ...]

    @classmethod
    def of(cls, merges: Sequence[Merge]) -> "Merging":
        """From each column's way of joining."""
        return cls(
            tuple(i for i, merge in enumerate(merges) if merge == "add"),
            tuple(i for i, merge in enumerate(merges) if merge == "collect"),
            tuple(i for i, merge in enumerate(merges) if merge == "append"),
            tuple((i, merge) for i, merge in enumerate(merges) if merge in ("min", "max")),
        )


class Use(NamedTuple):
    """How one track reads the columns of one event's rows; taken apart for every group and day."""

    number: int
    """The track's place in the job."""

    picks: tuple[int, ...]
    """Places of the columns that are kept as numbers; the first says whether there is anything."""

    merges: tuple[Merge, ...]
    """How partials of each column picked are joined."""

    guard: int | None
    """Place of the largest value, where values must be numbers."""

    entities: int | None
    """Place of the entities, for a set."""


class LogUse(NamedTuple):
    """How one log reads the columns of one event's rows."""

    number: int
    """The track's place in the job."""

    places: tuple[int, ...]
    """Of its columns, in the track's order."""


@dataclass(frozen=True, slots=True)
class RollPlan:
    """What is the same for every day of a job."""

    lenses: tuple[Lens, ...]
    steps: tuple[Step, ...]
    merging: tuple[Merging, ...]
    """Of all columns of an event, by its code."""

    uses: tuple[tuple[Use, ...], ...]
    """By the event's code."""

    firsts: tuple[int, ...]
    """The tracks that keep the smallest time."""

    logs: tuple[tuple[LogUse, ...], ...]
    """By the event's code."""

    @classmethod
    def of(cls, job: Job, scanner: Scanner) -> "RollPlan":
        """The plan of a job."""
        return cls(
            lenses=job.space.lenses,
            steps=_steps(job.space.lenses, len(job.space.kept)),
            merging=tuple(Merging.of([c.merge for c in own]) for own in scanner.columns),
            uses=tuple(
                _uses(job.tracks, own, scanner.events.name(code))
                for code, own in enumerate(scanner.columns)
            ),
            firsts=tuple(n for n, track in enumerate(job.tracks) if track.shape == "first"),
            logs=tuple(
                _log_uses(job.tracks, own, scanner.events.name(code))
                for code, own in enumerate(scanner.columns)
            ),
        )

    @property
    def has_logs(self) -> bool:
        """Whether any rows are kept in their order."""
        return any(self.logs)


def _uses(tracks: Sequence[Track], own: Sequence[Column], event: str | None) -> tuple[Use, ...]:
    place: dict[Column, int] = {column: i for i, column in enumerate(own)}
    found = []
    for number, track in enumerate(tracks):
        if track.shape not in ("first", "log") and track.reads(event):
            columns = [place[column] for column in track.columns]
            found.append(
                Use(
                    number=number,
                    picks=tuple(columns[: track.kept]),
                    merges=tuple(column.merge for column in track.columns[: track.kept]),
                    guard=columns[-1] if track.guarded else None,
                    entities=columns[1] if track.shape == "set" else None,
                )
            )
    return tuple(found)


def _log_uses(
    tracks: Sequence[Track], own: Sequence[Column], event: str | None
) -> tuple[LogUse, ...]:
    place: dict[Column, int] = {column: i for i, column in enumerate(own)}
    return tuple(
        LogUse(number, tuple(place[column] for column in track.columns))
        for number, track in enumerate(tracks)
        if track.shape == "log" and track.reads(event)
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
