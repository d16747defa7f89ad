"""The tree of an earlier file, by its path or by a git revision of the later one."""

from pathlib import Path

import click

from metric_tui.base.errors import DefinitionError
from metric_tui.base.problems import Problem
from metric_tui.definitions.tree import MetricTree
from metric_tui.loading.load import load, read_text
from metric_tui.loading.revisions import text_at
from metric_tui.presentation.safe import safe

MOST_PROBLEMS = 20


def earlier_tree(was: str, tree: Path) -> tuple[str, MetricTree]:
    """What the earlier file is called in messages, and its tree; its errors are told on stderr.

    Args:
        was: a path, or a git revision of `tree`.
        tree: the later file.

    Raises:
        DefinitionError: there is no such file or revision, or nothing of it can be used.
    """
    path = Path(was)
    if path.is_file() or path.suffix in (".yaml", ".yml"):
        name, text = was, read_text(path)
    else:
        name, text = f"{tree.name} at {was}", text_at(tree, was)
    loaded = load(text, name=tree.name)
    tell_errors(name, loaded.errors)
    if loaded.tree is None:
        raise DefinitionError(f"`{name}` holds no tree that could be compared with")
    return name, loaded.tree


def tell_errors(name: str, problems: tuple[Problem, ...]) -> None:
    """Say on stderr what is wrong with a file, each with its place."""
    errors = [problem for problem in problems if problem.severity == "error"]
    for problem in errors[:MOST_PROBLEMS]:
        place = f"{problem.span.line}:{problem.span.column}:" if problem.span else ""
        hint = f" ({safe(problem.hint)})" if problem.hint else ""
        click.echo(f"{safe(name)}:{place} {safe(problem.message)}{hint}", err=True)
    if len(errors) > MOST_PROBLEMS:
        click.echo(f"{safe(name)}: {len(errors) - MOST_PROBLEMS} more errors", err=True)
