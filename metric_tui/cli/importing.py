"""`metric-tui import`: files of events into a SQLite store."""

from datetime import tzinfo
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import click

from metric_tui.cli.options import usage_error
from metric_tui.cli.printing import clear_progress, progress_line
from metric_tui.presentation.safe import safe

if TYPE_CHECKING:
    from metric_tui.ingest.importing import Imported


@click.command("import")
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option(
    "--store",
    required=True,
    metavar="DB",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The SQLite file; made if it is missing.",
)
@click.option(
    "--table",
    default="events",
    show_default=True,
    metavar="T",
    help="The table; made if it is missing.",
)
@click.option(
    "--key",
    multiple=True,
    metavar="COLUMN",
    help="A row whose values of these columns are there already is left out. Repeat for several.",
)
@click.option("--time", metavar="COLUMN", help="The column of times; found without it.")
@click.option(
    "--time-format", metavar="LAYOUT", help="How its times are written, such as '%d.%m.%Y %H:%M'."
)
@click.option("--timezone", metavar="ZONE", help="Of times that name none; UTC without it.")
@click.option(
    "--null",
    "nulls",
    multiple=True,
    metavar="TEXT",
    help="Text that stands for no value, beside none at all. Repeat for several.",
)
@click.option(
    "--text",
    "texts",
    multiple=True,
    metavar="COLUMN",
    help="A column of text that may look like numbers, such as versions. Repeat for several.",
)
@click.option(
    "--separator",
    metavar="TEXT",
    help="What separates values: `,`, `||`, tab, or space for columns aligned by blanks; found without it.",
)
@click.option(
    "--decimal",
    type=click.Choice([".", ","]),
    help="The mark before decimals, where `1,234` may be 1234 or 1.234; found without it.",
)
@click.option("--encoding", default="utf-8", show_default=True, help="Of files of text.")
def import_(
    files: tuple[str, ...],
    store: Path,
    table: str,
    key: tuple[str, ...],
    time: str | None,
    time_format: str | None,
    timezone: str | None,
    nulls: tuple[str, ...],
    texts: tuple[str, ...],
    separator: str | None,
    decimal: str | None,
    encoding: str,
) -> int:
    """Take CSV, JSON lines or Parquet FILEs, plain or packed, into a SQLite store; - is standard input.

    All rows are written, or none.
    """
    from metric_tui.ingest.importing import Wishes, import_files

    wishes = Wishes(
        table=table,
        key=key,
        time=time,
        time_layout=time_format,
        zone=_zone(timezone),
        nulls=frozenset(nulls),
        texts=frozenset(texts),
        encoding=encoding,
        separator=separator,
        decimal=decimal,
    )
    try:
        found = import_files(files, store, wishes, progress_line("importing, bytes"))
    except BaseException:
        clear_progress()
        raise
    _say(found, store)
    return 0


def _zone(name: str | None) -> tzinfo | None:
    if name is None:
        return None
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise usage_error(
            f"no time zone is named `{name}`", "name one such as Europe/Lisbon"
        ) from error


def _say(found: "Imported", store: Path) -> None:
    there = found.read - found.added
    line = f"{found.added:,} rows into {safe(store)}, table {safe(found.table)}"
    line += " (new)" if found.is_new else ""
    line += f"; {there:,} left out, whose key was there" if there else ""
    click.echo(line)
    width = max(len(name) for name, _ in found.columns)
    for name, kind in found.columns:
        mark = "  (new)" if name in found.fresh else ""
        click.echo(f"  {safe(name):<{width}}  {safe(kind)}{mark}")
    for columns in found.indexes:
        click.echo(f"indexed by {safe(', '.join(columns))}")
    if found.time is None:
        click.echo(
            "no column holds times, which a source of a tree needs; name it by --time", err=True
        )
