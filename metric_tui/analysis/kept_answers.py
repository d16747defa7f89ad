"""Answers kept on disk, so that the next start shows numbers before the store is even opened.

An answer is kept under everything it depends on: the program's version, the tree's text, the
store's fingerprint and the question. A changed file or store makes another key, so an old answer
is never shown; it is only forgotten.
"""

import hashlib
import json
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from metric_tui import __version__
from metric_tui.base.periods import Calendar, Period, Span
from metric_tui.base.places import cache_directory
from metric_tui.base.private import is_private, write_private
from metric_tui.base.series import Note
from metric_tui.engines.common import Engine
from metric_tui.planning.answer import Answer, Identity, MetricAnswer, SegmentValues, Values
from metric_tui.planning.frame import Frame
from metric_tui.planning.question import Question

FORMAT = 1
FILES_KEPT = 300
FILES_OF_A_TREE = 100
"""Of one text of a tree over one store, however often that is written and asked again."""

LARGEST_BYTES = 2_000_000

_TREE_DIGITS = 10


class KeptAnswers:
    """A folder of answers, one small JSON file each; every failure only costs a computation."""

    def __init__(self, directory: Path | None = None) -> None:
        self.directory = directory or cache_directory() / "answers"

    def path(self, *, text: str, store: str, fingerprint: str, question: Question) -> Path:
        """Where the answer to a question of this file over this store is kept."""
        tree = _digest(str(FORMAT), __version__, text, store)
        own = _digest(fingerprint, repr(question))
        return self.directory / f"{tree[:_TREE_DIGITS]}{own[:30]}.json"

    def read(
        self, path: Path, question: Question, calendar: Calendar, *, revision: int
    ) -> Answer | None:
        """The kept answer, None where there is none that can be read."""
        if not is_private(path):
            return None
        with suppress(OSError, ValueError, KeyError, TypeError, IndexError):
            document = json.loads(path.read_text(encoding="utf-8"))
            return _answer(document, question, calendar, revision)
        return None

    def write(self, path: Path, answer: Answer) -> None:
        """Keep an answer, unless it is large; the oldest ones make room."""
        text = json.dumps(_document(answer), separators=(",", ":"))
        if len(text) > LARGEST_BYTES:
            return
        with suppress(OSError):
            write_private(path, text)
            self._make_room(path.name[:_TREE_DIGITS])

    def keeper(self, text: str, engine: Engine) -> Callable[[Answer], None]:
        """Keeps answers of one text of a tree, as long as the store is what it is now."""
        fingerprint, times_met = engine.fingerprint(), engine.limits.times_met

        def keep(answer: Answer) -> None:
            if engine.limits.times_met != times_met:
                # another time limit would give another answer
                return
            # a store written to meanwhile may have been read half before and half after
            if fingerprint and engine.fingerprint() == fingerprint:
                place = self.path(
                    text=text, store=engine.url, fingerprint=fingerprint, question=answer.question
                )
                self.write(place, answer)

        return keep

    def _make_room(self, tree: str) -> None:
        files = [entry for entry in self.directory.iterdir() if entry.suffix == ".json"]
        own = [entry for entry in files if entry.name.startswith(tree)]
        for several, most in ((own, FILES_OF_A_TREE), (files, FILES_KEPT)):
            if len(several) > most:
                _forget_oldest(several)


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _forget_oldest(files: list[Path]) -> None:
    for entry in sorted(files, key=lambda each: each.stat().st_mtime)[: len(files) // 4]:
        entry.unlink(missing_ok=True)


def _document(answer: Answer) -> dict[str, Any]:
    frame = answer.frame
    return {
        "grain": frame.grain,
        "periods": [_period(period) for period in frame.periods],
        "compared": [period and _period(period) for period in frame.compared],
        "watermark": frame.watermark and frame.watermark.timestamp(),
        "cutoff": frame.cutoff.timestamp(),
        "metrics": [_metric(found) for found in answer.metrics.values()],
    }


def _period(period: Period) -> list[Any]:
    return [period.span.start.timestamp(), period.span.end.timestamp(), period.label]


def _metric(found: MetricAnswer) -> dict[str, Any]:
    return {
        "metric": found.metric,
        "total": _values(found.total),
        "segments": [[list(each.group), _values(each.values)] for each in found.segments],
        "not_sliced": found.not_sliced,
        "identities": [
            [each.view, each.formula, each.computed, each.residual] for each in found.identities
        ],
        "error": found.error,
        "hint": found.hint,
    }


def _values(values: Values) -> list[Any]:
    return [values.values, values.compared, [sorted(notes) for notes in values.notes]]


def _answer(
    document: dict[str, Any], question: Question, calendar: Calendar, revision: int
) -> Answer:
    watermark = document["watermark"]
    frame = Frame(
        grain=document["grain"],
        periods=tuple(_read_period(row) for row in document["periods"]),
        compared=tuple(row and _read_period(row) for row in document["compared"]),
        watermark=None if watermark is None else _instant(watermark),
        cutoff=_instant(document["cutoff"]),
    )
    metrics = [_read_metric(row) for row in document["metrics"]]
    return Answer(
        question=question,
        revision=revision,
        frame=frame,
        calendar=calendar,
        metrics={found.metric: found for found in metrics},
    )


def _instant(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _read_period(row: list[Any]) -> Period:
    return Period(Span(_instant(row[0]), _instant(row[1])), row[2])


def _read_metric(row: dict[str, Any]) -> MetricAnswer:
    return MetricAnswer(
        metric=row["metric"],
        total=_read_values(row["total"]),
        segments=tuple(
            SegmentValues(group=tuple(group), values=_read_values(values))
            for group, values in row["segments"]
        ),
        not_sliced=row["not_sliced"],
        identities=tuple(
            Identity(view=view, formula=formula, computed=tuple(computed), residual=tuple(residual))
            for view, formula, computed, residual in row["identities"]
        ),
        error=row["error"],
        hint=row["hint"],
    )


def _read_values(row: list[Any]) -> Values:
    notes: tuple[frozenset[Note], ...] = tuple(frozenset(each) for each in row[2])
    return Values(values=tuple(row[0]), compared=tuple(row[1]), notes=notes)
