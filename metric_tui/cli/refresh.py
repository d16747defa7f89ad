"""`metric-tui refresh`: read what is new in a store, so that every question is answered at once."""

import sys
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING

import click

from metric_tui.base.errors import DefinitionError, StoreError
from metric_tui.cli.options import store_option, timeout_option_of, tree_argument, usage_error
from metric_tui.cli.printing import progress_line
from metric_tui.presentation.safe import safe

if TYPE_CHECKING:
    from metric_tui.engines.rollup.description import CacheDescription, SourceDescription
    from metric_tui.engines.rollup.refreshing import Progress, RefreshReport
    from metric_tui.engines.store import Store


@click.command()
@tree_argument
@store_option
@timeout_option_of(0)
@click.option("--rebuild", is_flag=True, help="Read everything anew.")
@click.option("--info", is_flag=True, help="Only say what is kept, and what is not.")
def refresh(tree: Path, store: str | None, timeout: float | None, rebuild: bool, info: bool) -> int:
    """Read what is new in the store of TREE into the cache of rollups."""
    if info and rebuild:
        raise usage_error("--info reads nothing, and --rebuild everything", "give one of them")
    from metric_tui.engines import rollup
    from metric_tui.engines.open import engine_of, open_engine
    from metric_tui.engines.store import Store
    from metric_tui.loading.load import load, read_text

    text = read_text(tree)
    loaded = load(text, name=tree.name)
    if loaded.tree is None:
        raise DefinitionError(
            f"`{tree}` holds no tree whose store could be read", problems=loaded.problems
        )
    opened_by_name = open_engine(store, beside=Path.cwd() / "tree") if store else None
    engine = opened_by_name or engine_of(loaded.tree, file=tree)
    engine.limits.seconds = timeout
    engine.keep_copies()
    try:
        opened = Store(engine, loaded.tree)
        _check_sources(opened)
        if info:
            _say_what_is_kept(rollup.describe(opened))
            return 0
        show = progress_line("reading")

        def shown(progress: "Progress") -> None:
            show(progress.done, progress.total)

        report = rollup.refresh(opened, shown, rebuild=rebuild)
        _say_what_was_done(report)
        if report.outcome != "unavailable":
            _keep_answers(opened, text)
    finally:
        rollup.close_all()
        engine.close()
    return 0


def _check_sources(store: "Store") -> None:
    """Refuse a store of which no source can be read.

    Raises:
        StoreError: it has none of the tables, or cannot be opened.
    """
    failed: list[StoreError] = []
    for source in store.tree.sources.values():
        try:
            store.columns(source)
        except StoreError as error:
            failed.append(error)
    if failed and len(failed) == len(store.tree.sources):
        raise failed[0]


def _keep_answers(store: "Store", text: str) -> None:
    """Compute what is going to be asked next, as far as it is not kept."""
    from metric_tui.analysis.foreseen import compute_foreseen
    from metric_tui.analysis.kept_answers import KeptAnswers
    from metric_tui.engines.rollup import measures_for

    if sys.stderr.isatty():
        click.echo("computing what is asked next; to stop it loses nothing", err=True)
    started = monotonic()
    compute_foreseen(store, measures_for(store), KeptAnswers().keeper(text, store.engine))
    click.echo(f"first answers in {monotonic() - started:.1f} s")


def _say_what_was_done(report: "RefreshReport") -> None:
    if report.outcome == "unavailable":
        click.echo("this store has no rollups: plain SQL answers it")
    elif report.outcome == "up to date":
        click.echo(f"up to date · {_size(report.cache_bytes)} kept")
    else:
        rate = report.rows_read / report.seconds if report.seconds else 0
        click.echo(
            f"{report.rows_read:,} rows in {report.seconds:.1f} s · {rate:,.0f} rows a second"
            f" · {_size(report.cache_bytes)} kept"
        )
    for name, reason in report.reasons:
        click.echo(f"{safe(name)}: plain SQL ({safe(reason)})")


def _say_what_is_kept(description: "CacheDescription") -> None:
    if description.path is None:
        click.echo("this store has no rollups: plain SQL answers it")
        return
    state = "fresh" if description.is_fresh else "older than the store, or not built"
    click.echo(f"{safe(description.path)} · {_size(description.bytes)} · {state}")
    for source in description.sources:
        click.echo(_source_line(source))
    click.echo(_reader_line())


def _reader_line() -> str:
    from metric_tui.engines.rollup import kernels

    if kernels.library() is not None:
        return "many rows are read by compiled loops"
    return "many rows are read by numpy (compiled loops, which are built with a C compiler, are faster)"


def _source_line(source: "SourceDescription") -> str:
    name = safe(f"{source.source} by {source.time_column}")
    if source.reason:
        return f"{name}: plain SQL ({safe(source.reason)})"
    line = f"{name}: {source.rows:,} rows, {source.built} of {source.partials} partials"
    if source.dimensions:
        line += f", by {safe(', '.join(source.dimensions))}"
    if source.excluded:
        line += f"; not by {safe(', '.join(source.excluded))}"
    return line


def _size(count: int) -> str:
    return f"{count / 1e6:,.1f} MB" if count < 1e9 else f"{count / 1e9:,.2f} GB"
