"""The one mutable object: the tree file, the store behind it, and the answers found so far."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from metric_tui.base.problems import Problem
from metric_tui.base.series import Cell
from metric_tui.definitions.tree import MetricTree
from metric_tui.planning.answer import Answer, MetricAnswer
from metric_tui.planning.question import Question

Changed = Literal["nothing", "file", "store"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """What a metric is, shown to a sceptic."""

    metric: str
    rule: str
    """How its type computes, in a sentence or two."""

    yaml: str
    """Its lines in the file as they stand."""

    line: int
    """The first of them, from 1."""

    sql: str
    """What computes it, ready to paste; for a computed metric the SQL of its inputs, labelled."""

    sources: tuple[str, ...]
    dimensions: tuple[str, ...]
    last_event: str | None
    """Local ISO time of the last event of its sources."""

    time_forms: tuple[str, ...] = ()
    """For each source: how the store writes its times, as found out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EventTable:
    """Rows behind a value, latest first."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    entity_column: int | None
    """Where the acting entity stands, for its timeline; None without one."""

    note: str | None = None
    """Why there may be more, or none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """An edited text's effect on one metric before it is saved."""

    problems: tuple[Problem, ...]
    before: MetricAnswer | None
    after: MetricAnswer | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """What an editor may complete."""

    metrics: tuple[str, ...]
    columns: tuple[str, ...]
    events: tuple[str, ...]
    dimensions: tuple[str, ...]


class Workspace:
    """A tree file and its store, open. Methods that compute are called from worker threads.

    Attributes:
        path: the tree file.
        text: the file as last read or saved.
        tree: the last tree that could be used.
        problems: of `text`, sorted by place; with `is_broken` the tree is older than the text.
        revision: grows with every change of file or store; answers carry it.
        store_name: what the header calls the store.
    """

    path: Path
    text: str
    tree: MetricTree
    problems: tuple[Problem, ...]
    is_broken: bool
    revision: int
    store_name: str

    @classmethod
    def open(cls, path: Path, *, store: str | None = None) -> "Workspace":
        """Read the file; the store is opened by the first answer.

        Raises:
            DefinitionError: there is no tree to show at all.
        """
        raise NotImplementedError

    def default_question(self) -> Question:
        """What the explorer opens with, from the file's settings."""
        raise NotImplementedError

    def answer(self, question: Question) -> Answer:
        """Answer a question, from memory where file and store have not changed since.

        Raises:
            QuestionError, StoreError, Cancelled.
        """
        raise NotImplementedError

    def cancel(self) -> None:
        """Stop what is being computed; its worker raises Cancelled. Safe from any thread."""
        raise NotImplementedError

    def dimension_values(self, dimension: str, *, limit: int = 50) -> tuple[tuple[Cell, int], ...]:
        """A dimension's values and their rows, most first, for the filter's choices."""
        raise NotImplementedError

    def definition(self, metric: str, question: Question) -> Definition:
        """What a metric is: rule, YAML, SQL."""
        raise NotImplementedError

    def events(
        self, metric: str, question: Question, *, limit: int = 200, entity: Cell = None
    ) -> EventTable:
        """Rows behind the last period's value, or one entity's timeline, latest first."""
        raise NotImplementedError

    def check(self, text: str) -> tuple[Problem, ...]:
        """The problems a text would have in place of the file, the store's names included."""
        raise NotImplementedError

    def preview(self, text: str, metric: str, question: Question) -> Preview:
        """One metric's answer under the file and under an edited text."""
        raise NotImplementedError

    def names(self) -> Names:
        """Names an editor may complete."""
        raise NotImplementedError

    def save(self, text: str, *, overwrite: bool = False) -> None:
        """Write the file atomically and load it.

        Raises:
            EditConflict: the file on disk is not the one last read, unless `overwrite`.
        """
        raise NotImplementedError

    def text_on_disk(self) -> str:
        """What the file holds now, for showing a difference."""
        raise NotImplementedError

    def undo_save(self) -> bool:
        """Put the file back to before the last save of this session; False when there is none."""
        raise NotImplementedError

    def poll(self) -> Changed:
        """What changed on disk since the last look; cheap enough for twice a second."""
        raise NotImplementedError

    def reload(self) -> None:
        """Read file and store anew; a file that cannot be used leaves the last good tree."""
        raise NotImplementedError

    def keep_recovery(self, text: str) -> None:
        """Keep unsaved text where the next start offers it."""
        raise NotImplementedError

    def recovery(self) -> str | None:
        """Unsaved text of an earlier session, None without any."""
        raise NotImplementedError

    def drop_recovery(self) -> None:
        """Forget the unsaved text."""
        raise NotImplementedError

    def load_state(self) -> dict[str, object]:
        """Where the user was in this file at the last exit; empty at first."""
        raise NotImplementedError

    def save_state(self, state: dict[str, object]) -> None:
        """Remember where the user is, for the next start."""
        raise NotImplementedError

    def close(self) -> None:
        """Let go of the store."""
        raise NotImplementedError
