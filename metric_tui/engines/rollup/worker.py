"""Scans on all cores: each worker reads its own stretches of rows on its own connection.

A worker is this module run as a program. It is sent a job and stretches over its standard input
and answers with batches of partials; the store is opened read only.
"""

import gc
import itertools
import pickle
import queue
import sqlite3
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING

from metric_tui.base.errors import Cancelled
from metric_tui.engines.rollup.fold import Folder, Interner, NotNumbers
from metric_tui.engines.rollup.opening import opened
from metric_tui.engines.rollup.process import Answers, Process, say_to
from metric_tui.engines.rollup.roll import Batch, Roller
from metric_tui.engines.rollup.scan import CHUNK_ROWS, Job, Scanner
from metric_tui.engines.rollup.spaces import Unfit

if TYPE_CHECKING:
    from metric_tui.engines.rollup.pages.either import EitherWay

Stretch = tuple[int, ...]
"""Ascending row numbers that cut the rows into chunks: the first is not read, the last is."""

Known = Exception
FAULTS: tuple[type[Known], ...] = (Unfit, NotNumbers, sqlite3.Error)


@dataclass(slots=True)
class Reader:
    """Reads stretches of one job; what is learnt of values in one serves the next."""

    connection: sqlite3.Connection
    job: Job
    interner: Interner
    scanner: Scanner = field(init=False)
    pages: "EitherWay | None" = field(init=False)

    def __post_init__(self) -> None:
        folder = Folder(self.interner if self.job.is_interned else None)
        self.scanner = Scanner(self.connection, self.job, folder)
        self.pages = None
        if self.job.by_pages:
            # numpy is worth its import for many rows only
            from metric_tui.engines.rollup.pages.either import EitherWay

            self.pages = EitherWay.of(self.connection, self.scanner)

    def close(self) -> None:
        """Let go of what only this reader has opened."""
        if self.pages is not None:
            self.pages.close()

    def batches(self, stretch: Stretch) -> Iterator[Batch]:
        """Read one stretch chunk by chunk.

        Raises:
            Unfit, NotNumbers, sqlite3.Error: it cannot be kept as the job says.
        """
        self.scanner.sample(stretch[0], stretch[-1])
        roller = Roller(self.job, self.scanner, self.interner)
        reader = roller if self.pages is None else self.pages.roller(roller)
        for low, high in itertools.pairwise(stretch):
            reader.read(low, high)
            batch = roller.take()
            batch.rows = high - low
            yield batch
        reader.finish()
        yield roller.take()


def scanned_here(
    job: Job, stretches: Sequence[Stretch], interner: Interner, cancelled: Callable[[], bool]
) -> Iterator[Batch]:
    """Read stretches in this process, in order."""
    with (
        closing(opened(job.path)) as connection,
        closing(Reader(connection, job, interner)) as reader,
    ):
        for stretch in stretches:
            for batch in reader.batches(stretch):
                if cancelled():
                    raise Cancelled("the refresh was stopped")
                yield batch


@dataclass(frozen=True, slots=True)
class Crew:
    """Worker processes, which get ready while what they are to read is found out."""

    workers: Sequence[Process]
    answers: Answers

    @classmethod
    def of(cls, count: int) -> "Crew":
        """So many of them."""
        answers: Answers = queue.Queue()
        name = "metric_tui.engines.rollup.worker"
        return cls([Process(name, answers) for _ in range(count)], answers)

    def close(self) -> None:
        """End them."""
        for worker in self.workers:
            worker.stop()


def scanned_by_workers(
    job: Job,
    stretches: Sequence[Stretch],
    crew: Crew,
    interner: Interner,
    cancelled: Callable[[], bool],
) -> Iterator[Batch]:
    """Read stretches in other processes, and end these; batches come in no order.

    Where entities are numbered by a dictionary one process reads all: it alone has the dictionary,
    which begins with what `interner` knows.

    Raises:
        Unfit, NotNumbers, sqlite3.Error: as the first worker that met it says.
        Cancelled: `cancelled` said so.
    """
    waiting = list(reversed(stretches))
    with closing(crew):
        chosen = crew.workers[: 1 if job.is_interned else len(stretches)]
        for worker in chosen:
            worker.send((job, list(interner.known)))
            worker.send(waiting.pop())
        busy = len(chosen)
        while busy:
            try:
                worker, answer = crew.answers.get(timeout=0.1)
            except queue.Empty:
                answer = None
            if cancelled():
                raise Cancelled("the refresh was stopped")
            if isinstance(answer, Exception):
                raise answer
            if isinstance(answer, Batch):
                yield answer
            elif answer == "done" and waiting:
                worker.send(waiting.pop())
            elif answer == "done":
                busy -= 1


def work(orders: IO[bytes], answers: IO[bytes]) -> None:
    """A worker's life: one job and the entities known, then stretches until the input ends."""
    say = say_to(answers)
    job: Job
    try:
        job, entities = pickle.load(orders)
    except EOFError:
        # nothing was to be read
        return
    with closing(opened(job.path)) as connection:
        reader = Reader(connection, job, Interner.of(entities))
        while True:
            try:
                stretch: Stretch = pickle.load(orders)
            except EOFError:
                return
            try:
                for batch in reader.batches(stretch):
                    say(batch)
            except FAULTS as error:
                say(error)
                return
            say("done")


def stretches_of(
    connection: sqlite3.Connection,
    job: Job,
    low: int,
    high: int,
    *,
    is_dense: bool,
    shares: Sequence[int] = (1,),
) -> tuple[Stretch, ...]:
    """Cut the row numbers after `low` up to `high` into chunks, and these into stretches.

    Args:
        connection: to the store.
        job: names the table.
        low: the number before the first row.
        high: the number of the last row.
        is_dense: whether most numbers between are those of rows.
        shares: how long each stretch is, against the others.
    """
    cuts = [low]
    if is_dense:
        cuts += range(low + CHUNK_ROWS, high, CHUNK_ROWS)
    else:
        space = job.space
        statement = (
            f"SELECT {space.rowid} {space.from_sql} WHERE {space.rowid} > ?"
            f" ORDER BY {space.rowid} LIMIT 1 OFFSET {CHUNK_ROWS - 1}"
        )
        while (row := connection.execute(statement, (cuts[-1],)).fetchone()) and row[0] < high:
            cuts.append(int(row[0]))
    cuts.append(high)
    ends = [(len(cuts) - 1) * end // sum(shares) for end in itertools.accumulate(shares)]
    starts = [0, *ends[:-1]]
    return tuple(
        tuple(cuts[start : end + 1]) for start, end in zip(starts, ends, strict=True) if end > start
    )


if __name__ == "__main__":
    # rows are many small objects that refer to nothing: looking for cycles among them takes a fifth
    # of the time and finds none
    gc.disable()
    work(sys.stdin.buffer, sys.stdout.buffer)
