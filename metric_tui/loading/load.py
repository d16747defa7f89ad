"""A tree file's text to a `MetricTree` and everything that is wrong with it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

from metric_tui.base.errors import DefinitionError
from metric_tui.base.problems import Problem
from metric_tui.definitions.kinds import KINDS
from metric_tui.definitions.tree import MetricTree
from metric_tui.loading.checks import CHECKS
from metric_tui.loading.checks.file import File
from metric_tui.loading.document import Document, read_document
from metric_tui.loading.lint import LINTS
from metric_tui.loading.lint.silence import heard
from metric_tui.loading.named import with_named_metrics
from metric_tui.loading.nodes import Mapping
from metric_tui.loading.reader import read_keys
from metric_tui.loading.reading import Reading, Spot
from metric_tui.loading.specs import alternatives_of, definitions_under
from metric_tui.loading.usable import with_usable_parts


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a text gave.

    Attributes:
        tree: None only when nothing of the text can be used.
        problems: everything found without looking at the store, in file order.
        document: the text with the place of each of its parts.
        name: how the text is called in messages, such as its file's name.
    """

    tree: MetricTree | None
    problems: tuple[Problem, ...]
    document: Document
    name: str

    @property
    def errors(self) -> tuple[Problem, ...]:
        """The problems that stop a metric or the file."""
        return tuple(problem for problem in self.problems if problem.severity == "error")

    def require_tree(self) -> MetricTree:
        """The tree.

        Raises:
            DefinitionError: nothing of the text can be used.
        """
        if self.tree is None:
            raise DefinitionError(f"`{self.name}` holds no metric tree", problems=self.problems)
        return self.tree


def load(text: str, *, name: str, today: date | None = None) -> Loaded:
    """Read a tree file's text; nothing is raised for what is wrong in it.

    Args:
        text: the whole file.
        name: the file's name, for messages and for a tree without a name.
        today: the day on which it is read; without one no date in it is said to be over.
    """
    document = read_document(text, _alternatives())
    reading = Reading(document, list(document.problems))
    tree = _read_tree(reading, name)
    if tree is not None:
        tree = _checked(with_named_metrics(tree, document), reading, today)
    problems = sorted(dict.fromkeys(heard(reading.problems, tree)), key=_place)
    return Loaded(tree=tree, problems=tuple(problems), document=document, name=name)


def load_file(path: Path) -> Loaded:
    """Read a tree file.

    Raises:
        DefinitionError: there is no such file, or it is no readable text.
    """
    return load(read_text(path), name=str(path))


def read_text(path: Path) -> str:
    """A tree file's text, line ends as they stand.

    Raises:
        DefinitionError: there is no such file, or it is no readable UTF-8 text.
    """
    if path.is_dir():
        hint = "name a tree file in it"
        raise DefinitionError(f"`{path}` is a directory, not a tree file", hint=hint)
    try:
        return path.read_bytes().decode("utf-8")
    except FileNotFoundError as error:
        hint = "the README holds a smallest tree, and `metric-tui demo --list` names bundled ones"
        raise DefinitionError(f"there is no file `{path}`", hint=hint) from error
    except UnicodeDecodeError as error:
        message = f"`{path}` is not UTF-8 text: byte {error.start + 1:,} cannot be read"
        raise DefinitionError(message, hint="save the file as UTF-8") from error
    except OSError as error:
        reason = (error.strerror or "it cannot be opened").lower()
        raise DefinitionError(f"`{path}` cannot be read: {reason}") from error


@cache
def _alternatives() -> dict[str, tuple[str, ...]]:
    return alternatives_of(definitions_under(MetricTree, *KINDS.values()))


def _place(problem: Problem) -> tuple[int, int, str]:
    if problem.span is None:
        return (0, 0, problem.code)
    return (problem.span.line, problem.span.column, problem.code)


def _read_tree(reading: Reading, name: str) -> MetricTree | None:
    root = reading.document.root
    if root is None:
        return None
    if not isinstance(root, Mapping):
        hint = "a tree file begins with keys such as `version: 1` and `metrics:`"
        reading.report("wrong-type", "the file must be a mapping of keys", root, hint=hint)
        return None
    spot = Spot("file", root.start, root.start)
    given = read_keys(reading, root, spot, MetricTree, called="the file")
    own = {"name": Path(name).stem, **given.values}
    return MetricTree(**own)


def _checked(tree: MetricTree, reading: Reading, today: date | None) -> MetricTree:
    """Run the checks, and keep metrics with errors as broken, so that the tree has no cycles."""
    file = File(tree=tree, document=reading.document)
    found = [problem for check in CHECKS for problem in check(file)]
    reading.problems.extend(found)
    tree = with_usable_parts(tree, found)
    problems = tuple(reading.problems)
    file = File(tree=tree, document=reading.document, problems=problems, today=today)
    reading.problems.extend(problem for lint in LINTS for problem in lint(file))
    return tree
