"""The tree file: read, checked, edited, saved, watched; asking is `workspace.asking`."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Literal

from metric_tui.analysis.inspected import Definition, Names
from metric_tui.base.errors import DefinitionError, EditConflict, MetricTuiError
from metric_tui.base.problems import Problem, by_place, errors_by_words
from metric_tui.definitions.tree import MetricTree
from metric_tui.engines.open import engine_of, open_engine
from metric_tui.engines.store import Store
from metric_tui.loading.document import Document
from metric_tui.loading.excerpt import excerpt
from metric_tui.loading.files import Fingerprint, SideFiles, write_atomically
from metric_tui.loading.load import Loaded, load, read_text
from metric_tui.planning.answer import MetricAnswer
from metric_tui.planning.question import Question
from metric_tui.workspace.asking import Asking
from metric_tui.workspace.stopping import cancellable

Changed = Literal["nothing", "file", "store"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """An edited text's effect on one metric before it is saved."""

    problems: tuple[Problem, ...]
    before: MetricAnswer | None
    after: MetricAnswer | None


SAVES_KEPT = 50


class Workspace(Asking):
    """A tree file and its store, open. Methods that compute are called from worker threads.

    Attributes:
        path: the tree file.
        text: the file as last read or saved.
        tree: the last tree that could be used.
        problems: of `text`, sorted by place; with `is_broken` the tree is older than the text.
        revision: grows with every change of file or store; answers carry it.
        store_name: what the header calls the store.
        today: the day on which it is open; without one no target is said to be past its date.
    """

    today: date | None = None

    def __init__(
        self,
        path: Path,
        text: str,
        loaded: Loaded,
        *,
        store: str | None,
        rollup: bool = True,
        timeout: float | None = None,
    ) -> None:
        if loaded.tree is None:
            raise DefinitionError(
                f"`{path}` holds no tree that can be shown", problems=loaded.problems
            )
        self.path = path
        self.text = text
        self.tree: MetricTree = loaded.tree
        self.problems = loaded.problems
        self.is_broken = False
        self.revision = 1
        super().__init__(rollup=rollup)
        self._tree_text = text
        self._store_override = store
        self._timeout = timeout
        self._side = SideFiles(path)
        self._saves: list[tuple[str, str]] = []
        self._fingerprint = Fingerprint.of(path)
        self._store = self._open_store(self.tree)
        self._store_fingerprint = self._store.engine.fingerprint()

    @classmethod
    def open(
        cls,
        path: Path,
        *,
        store: str | None = None,
        rollup: bool = True,
        today: date | None = None,
        timeout: float | None = None,
    ) -> "Workspace":
        """Read the file; the store is opened by the first answer.

        Args:
            path: the tree file.
            store: a path or URL that replaces the file's `store`, relative to the working directory.
            rollup: False to compute every answer by plain SQL, and keep none.
            today: the day of whoever opens it.
            timeout: seconds that one statement to the store may take; None for no limit.

        Raises:
            DefinitionError: there is no tree to show at all.
            StoreError: the tree names no store, or none that any engine opens.
        """
        # taken before the text, so that a write in between is seen by the next look
        fingerprint = Fingerprint.of(path)
        text = read_text(path)
        loaded = load(text, name=path.name, today=today)
        found = cls(path, text, loaded, store=store, rollup=rollup, timeout=timeout)
        found._fingerprint, found.today = fingerprint, today
        return found

    @property
    def store_name(self) -> str:
        """What the header calls the store."""
        return Path(self._store.engine.url).name

    def default_question(self) -> Question:
        """What the explorer opens with, from the file's settings."""
        settings = self.tree.settings
        return Question(grain=settings.grain, compare=settings.compare)

    @cancellable
    def definition(self, metric: str, question: Question) -> Definition:
        """What a metric is: rule, YAML, SQL."""
        document = load(self.text, name=self.path.name).document
        line, yaml = excerpt(document, ("metrics", metric))
        from metric_tui.analysis.inspection import definition_of

        return definition_of(self._store, metric, question, line=line, yaml=yaml)

    @cancellable
    def check(self, text: str) -> tuple[Problem, ...]:
        """The problems a text would have in place of the file, the store's names included."""
        loaded = load(text, name=self.path.name, today=self.today)
        if loaded.tree is None:
            return loaded.problems
        from metric_tui.engines.description import problems_against_store

        try:
            with self._store_for(loaded.tree) as store:
                more = problems_against_store(loaded, store)
        except MetricTuiError:
            # a store that cannot be read is said where numbers are missing, not at every line
            return loaded.problems
        return tuple(sorted({*loaded.problems, *more}, key=by_place))

    @cancellable
    def preview(self, text: str, metric: str, question: Question) -> Preview:
        """One metric's answer under the file and under an edited text."""
        from metric_tui.analysis.answers import answer
        from metric_tui.engines.sql.run import SqlMeasures

        asked = question.about(metric)
        loaded = load(text, name=self.path.name)
        after = None
        if loaded.tree is not None and metric in loaded.tree.metrics:
            with self._store_for(loaded.tree) as store:
                after = answer(asked, store, SqlMeasures(store), revision=0).metrics[metric]
        before = self.answer(asked).metrics[metric] if metric in self.tree.metrics else None
        return Preview(problems=loaded.problems, before=before, after=after)

    @contextmanager
    def _store_for(self, tree: MetricTree) -> Iterator[Store]:
        """The open engine under another tree; where that names another store, one for the while."""
        if tree.store == self.tree.store or self._store_override:
            yield Store(self._store.engine, tree)
            return
        store = self._open_store(tree)
        try:
            yield store
        finally:
            store.engine.close()

    @cancellable
    def names(self) -> Names:
        """Names an editor may complete."""
        from metric_tui.analysis.inspection import names_of

        return names_of(self._store)

    def save(self, text: str, *, overwrite: bool = False) -> None:
        """Write the file atomically and load it.

        Raises:
            EditConflict: the file on disk is not the one last read, unless `overwrite`.
        """
        with self._lock:
            if not overwrite and self._is_changed_on_disk():
                raise EditConflict(
                    f"`{self.path.name}` was changed by another program",
                    hint="reload it, keep yours, or look at the difference",
                )
            try:
                write_atomically(self.path, text)
            except OSError as error:
                raise MetricTuiError(
                    f"`{self.path}` cannot be written: {error.strerror}"
                ) from error
            self._saves = [*self._saves, (self.text, text)][-SAVES_KEPT:]
            self._take(text)

    def edit(self, change: Callable[[Document], str], *, seen: str) -> None:
        """Save a change of the file's text, unless it brings an error that was not there.

        Args:
            change: the new text of a file.
            seen: the file's text when the change was thought of.

        Raises:
            EditConflict: the file is another one by now.
            DefinitionError: the change does not fit the file, or the errors it brings.
        """
        self._check_seen(seen)
        if self.is_broken:
            raise DefinitionError("the file has errors of its own", hint="mend them first")
        text = change(load(seen, name=self.path.name).document)
        errors = errors_by_words(self.check(text))
        new = set(errors) - set(errors_by_words(self.check(seen))) if errors else set()
        if new:
            problems = tuple(problem for key, problem in errors.items() if key in new)
            first = problems[0]
            more = f", and {len(problems) - 1} more" if len(problems) > 1 else ""
            raise DefinitionError(f"{first.message}{more}", problems=problems, hint=first.hint)
        with self._lock:
            self._check_seen(seen)  # again: it may have been read anew meanwhile
            if text != seen:
                self.save(text)

    def _check_seen(self, seen: str) -> None:
        if self.text != seen:
            raise EditConflict(f"`{self.path.name}` was changed meanwhile", hint="look at it first")

    def _is_changed_on_disk(self) -> bool:
        if Fingerprint.of(self.path) == self._fingerprint:
            return False
        try:
            return self.text_on_disk() != self.text
        except MetricTuiError:
            return True

    def text_on_disk(self) -> str:
        """What the file holds now, for showing a difference."""
        return read_text(self.path)

    def undo_save(self) -> bool:
        """Put the file back to before the last save of this session; False when there is none.

        Raises:
            EditConflict: the file is no longer the one that was saved.
        """
        if not self._saves:
            return False
        before, after = self._saves[-1]
        if self.text != after:
            # another program's change would go with it
            raise EditConflict(
                f"`{self.path.name}` was changed since it was saved", hint="e edits it"
            )
        self.save(before)
        self._saves = self._saves[:-2]
        return True

    def poll(self) -> Changed:
        """What changed on disk since the last look; cheap enough for twice a second."""
        fingerprint = Fingerprint.of(self.path)
        if fingerprint is not None and fingerprint != self._fingerprint:
            return "file"
        if self._store.engine.fingerprint() != self._store_fingerprint:
            return "store"
        return "nothing"

    def reload(self) -> None:
        """Read file and store anew; a file that cannot be used leaves the last good tree."""
        with self._lock:
            fingerprint = Fingerprint.of(self.path)
            if not self._store.engine.fingerprint():
                # an open file outlives its name; what is gone must not be answered from
                self._store.engine.close()
            try:
                self._take(self.text_on_disk())
                self._fingerprint = fingerprint
            except DefinitionError as error:
                self._fingerprint = fingerprint
                self.is_broken = True
                self.problems = error.problems or (
                    Problem(code="unreadable", message=error.message, hint=error.hint),
                )

    def _take(self, text: str) -> None:
        loaded = load(text, name=self.path.name, today=self.today)
        self._fingerprint = Fingerprint.of(self.path)
        self.text = text
        self.problems = loaded.problems
        self.is_broken = loaded.tree is None
        self.revision += 1
        if loaded.tree is not None:
            same_store = loaded.tree.store == self.tree.store or self._store_override
            self.tree = loaded.tree
            self._tree_text = text
            if not same_store:
                self._store.engine.close()
                self._store = self._open_store(self.tree)
        self._store = Store(self._store.engine, self.tree)
        self._store_fingerprint = self._store.engine.fingerprint()

    def keep_recovery(self, text: str) -> None:
        """Keep unsaved text where the next start offers it."""
        self._side.write_recovery(text)

    def recovery(self) -> str | None:
        """Unsaved text of an earlier session, None without any."""
        found = self._side.recovery()
        return None if found == self.text else found

    def drop_recovery(self) -> None:
        """Forget the unsaved text."""
        self._side.drop_recovery()

    def load_state(self) -> dict[str, Any]:
        """Where the user was in this file at the last exit; empty at first."""
        return self._side.state()

    def save_state(self, state: dict[str, Any]) -> None:
        """Remember where the user is, for the next start."""
        self._side.write_state(state)

    def close(self) -> None:
        """Let go of the store and its rollups."""
        from metric_tui.engines import rollup

        self._leave_foresight()
        self._store.engine.close()
        rollup.close_all()

    def _open_store(self, tree: MetricTree) -> Store:
        if self._store_override:
            engine = open_engine(self._store_override, beside=Path.cwd() / "tree")
        else:
            engine = engine_of(tree, file=self.path)
        engine.limits.seconds = self._timeout
        if self._uses_rollups:
            engine.keep_copies()
        return Store(engine, tree)
