"""`metric-tui check`: everything wrong with tree files, for people, programs and builds."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from metric_tui.base.errors import DefinitionError, StoreError
from metric_tui.base.problems import Problem, Span
from metric_tui.cli import clock
from metric_tui.cli.options import store_option, timeout_option
from metric_tui.engines.description import found_event_columns, problems_against_store
from metric_tui.engines.open import SAMPLE_SCHEME, engine_of, open_engine
from metric_tui.engines.store import Store
from metric_tui.loading.lint.silence import heard
from metric_tui.loading.load import Loaded, load, read_text
from metric_tui.presentation.problem_groups import grouped
from metric_tui.presentation.problem_lines import github_line, problem_row, report_lines

SCHEMA = "metric-tui/check/1"

DATA_CODES = frozenset(
    {
        "unread-source", "mixed-times", "unreadable-times", "not-computed", "no-data",
        "open-relation", "uneven-segments",
    }
)  # fmt: skip
"""What `--data` finds; any of it makes the exit code 1."""


@click.command()
@click.argument("trees", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--format",
    "output",
    type=click.Choice(("text", "json", "github")),
    default="text",
    show_default=True,
)
@click.option("--strict", is_flag=True, help="Warnings fail too.")
@click.option(
    "--data",
    "with_data",
    is_flag=True,
    help="Compute every metric and hold the data against the file.",
)
@store_option
@timeout_option
def check(
    trees: tuple[Path, ...],
    output: str,
    strict: bool,
    with_data: bool,
    store: str | None,
    timeout: float | None,
) -> int:
    """Check tree files; columns and events too where the store can be read."""
    checked = [
        (path, *_checked(path, store, with_data=with_data, timeout=timeout)) for path in trees
    ]
    problems = [problem for _, _, found in checked for problem in found]
    errors = sum(problem.severity == "error" for problem in problems)
    warnings = sum(problem.severity == "warning" for problem in problems)
    if output == "json":
        click.echo(json.dumps(_document(checked, errors, warnings), ensure_ascii=False, indent=1))
    elif output == "github":
        for path, _, found in checked:
            # a build shows ten warnings at most, which one advice must not use up
            for problem in grouped(found):
                click.echo(github_line(problem, file=str(path)))
    else:
        _print_text(checked)
    if errors:
        return 2
    found_in_data = any(problem.code in DATA_CODES for problem in problems)
    return 1 if found_in_data or (strict and warnings) else 0


def _checked(
    path: Path, store: str | None, *, with_data: bool, timeout: float | None
) -> tuple[str, tuple[Problem, ...]]:
    """A file's text and its problems."""
    try:
        text = read_text(path)
    except DefinitionError as error:
        return "", (Problem(code="unreadable", message=error.message, hint=error.hint),)
    loaded = load(text, name=path.name, today=clock.today())
    found = _store_problems(loaded, path, store, with_data=with_data, timeout=timeout)
    return text, tuple(dict.fromkeys((*loaded.problems, *heard(found, loaded.tree))))


def _store_problems(
    loaded: Loaded, path: Path, url: str | None, *, with_data: bool, timeout: float | None
) -> tuple[Problem, ...]:
    if loaded.tree is None:
        return ()
    if url is None and loaded.tree.store is None and not with_data:
        return ()
    try:
        tree = loaded.tree
        opened = open_engine(url, beside=Path.cwd() / path.name) if url else None
        store = Store(opened or engine_of(tree, file=path), tree)
        store.engine.limits.seconds = timeout
        store.engine.keep_copies()
        try:
            found = (*problems_against_store(loaded, store), *_columns_found(loaded, store))
            if with_data:
                return (*found, *_data_problems(loaded, store))
            return (*found, *_limits_met(store))
        finally:
            store.engine.close()
    except StoreError as error:
        if with_data:
            raise
        if url is None and (loaded.tree.store or "").startswith(SAMPLE_SCHEME):
            # the demo builds it; until then there is nothing to hold the names against
            return ()
        span = loaded.document.value_span(("store",))
        return (
            Problem(
                code="store-unread",
                severity="warning",
                message=f"{error.message}, so its columns and events were not checked",
                hint=error.hint,
                span=span,
            ),
        )


def _columns_found(loaded: Loaded, store: Store) -> Iterator[Problem]:
    """Says in which columns events are looked for where the file names none."""
    for source, column in found_event_columns(store).items():
        yield Problem(
            code="event-column",
            severity="info",
            message=f"events of source `{source}` are looked for in its column `{column}`",
            hint=f"`event_column: {column}` says so in the file, or names another column",
            span=_place_of(loaded, None, source),
        )


def _limits_met(store: Store) -> Iterator[Problem]:
    """What was not checked because the store took too long."""
    for error in store.engine.limits.met:
        message = f"{error.message}, so its events were not checked"
        yield Problem(code="too-slow", severity="warning", message=message, hint=error.hint)


def _data_problems(loaded: Loaded, store: Store) -> tuple[Problem, ...]:
    from metric_tui.analysis.data_checks import data_findings
    from metric_tui.engines.sql.run import SqlMeasures

    return tuple(
        Problem(
            code=finding.code,
            severity="info" if finding.is_information else "warning",
            message=finding.message,
            hint=finding.hint,
            span=_place_of(loaded, finding.metric, finding.source),
            metric=finding.metric,
            together=finding.together,
        )
        for finding in data_findings(store, SqlMeasures(store))
    )


def _place_of(loaded: Loaded, metric: str | None, source: str | None) -> Span | None:
    if metric is not None:
        return loaded.document.key_span(("metrics", metric))
    return loaded.document.key_span(("sources", source)) if source is not None else None


def _print_text(checked: list[tuple[Path, str, tuple[Problem, ...]]]) -> None:
    shown = [(path, text, grouped(problems)) for path, text, problems in checked]
    for path, text, problems in shown:
        lines = report_lines(problems, file=str(path), text=text)
        click.echo("\n".join(lines) + "\n" if lines else f"{path}: fine")
    every = [problem for _, _, problems in shown for problem in problems]
    errors = sum(problem.severity == "error" for problem in every)
    warnings = sum(problem.severity == "warning" for problem in every)
    if errors or warnings:
        click.echo(f"{_counted(errors, 'error')}, {_counted(warnings, 'warning')}", err=True)


def _counted(count: int, word: str) -> str:
    return f"{count} {word}{'' if count == 1 else 's'}"


def _document(
    checked: list[tuple[Path, str, tuple[Problem, ...]]], errors: int, warnings: int
) -> dict[str, Any]:
    return {
        "schema": SCHEMA,
        "files": [
            {"file": path.name, "problems": [problem_row(problem) for problem in found]}
            for path, _, found in checked
        ],
        "errors": errors,
        "warnings": warnings,
    }
