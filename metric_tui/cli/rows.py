"""`metric-tui sql` and `metric-tui events`: what stands behind a number."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import click

from metric_tui.cli.options import question_of, question_options, tree_argument
from metric_tui.cli.printing import warn_of_slips
from metric_tui.presentation.safe import cut, left, safe, width
from metric_tui.workspace import EventTable, Workspace

WIDEST_COLUMN = 40


@click.command()
@tree_argument
@click.argument("metric")
@question_options
def sql(
    tree: Path,
    metric: str,
    store: str | None,
    rollup: bool,
    timeout: float | None,
    **asked: Any,
) -> int:
    """Print the SQL that computes METRIC, for the store's engine, ready to paste."""
    workspace = Workspace.open(tree, store=store, rollup=rollup, timeout=timeout)
    try:
        click.echo(workspace.sql(metric, question_of(workspace.tree, (metric,), **asked)))
    finally:
        workspace.close()
    return 0


@click.command()
@tree_argument
@click.argument("metric")
@question_options
@click.option("--limit", type=click.IntRange(min=1), default=50, show_default=True)
@click.option("--entity", metavar="ID", help="One entity's timeline instead.")
@click.option(
    "--format",
    "output",
    type=click.Choice(("table", "csv", "json")),
    default="table",
    show_default=True,
)
def events(
    tree: Path,
    metric: str,
    store: str | None,
    rollup: bool,
    timeout: float | None,
    limit: int,
    entity: str | None,
    output: str,
    **asked: Any,
) -> int:
    """Print the rows behind METRIC's last period, latest first."""
    if asked["by"]:
        click.echo("--by breaks down numbers; rows of a segment are kept with --where", err=True)
    if asked["compare"]:
        click.echo("--compare compares numbers; these are the rows of the period itself", err=True)
    workspace = Workspace.open(tree, store=store, rollup=rollup, timeout=timeout)
    try:
        question = question_of(workspace.tree, (metric,), **asked)
        found = workspace.events(metric, question, limit=limit, entity=entity)
        click.echo(_rendered(found, output), nl=False)
        if found.note:
            click.echo(safe(found.note), err=True)
        warn_of_slips(workspace, question.where, (len(found.rows),))
    finally:
        workspace.close()
    return 0


def _rendered(table: EventTable, output: str) -> str:
    if output == "json":
        rows = [dict(zip(table.columns, row, strict=True)) for row in table.rows]
        return json.dumps(rows, ensure_ascii=False, indent=1) + "\n"
    if output == "csv":
        stream = io.StringIO()
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerows([table.columns, *table.rows])
        return stream.getvalue()
    return _aligned(table)


def _aligned(table: EventTable) -> str:
    cells = [
        [cut(safe("" if cell is None else cell), WIDEST_COLUMN) for cell in row]
        for row in (table.columns, *table.rows)
    ]
    widths = [max(map(width, column)) for column in zip(*cells, strict=True)]
    lines = (
        "  ".join(left(cell, size) for cell, size in zip(row, widths, strict=True)).rstrip()
        for row in cells
    )
    return "\n".join(lines) + "\n"
