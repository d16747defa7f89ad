"""`metric-tui demo`: the main job in one command."""

import click

from metric_tui.cli.explore import open_explorer
from metric_tui.cli.printing import is_terminal, progress_line
from metric_tui.ingest.bundled import (
    DEFAULT_EVENTS,
    DEFAULT_SAMPLE,
    built_size,
    bundled_tree,
    bundled_trees,
    ensure_sample,
    has_built_sample,
    has_sample,
    sample_data,
)


@click.command()
@click.argument("name", default=DEFAULT_SAMPLE)
@click.option("--list", "listing", is_flag=True, help="List the bundled trees.")
@click.option("--no-tui", is_flag=True, help="Print the tree instead of opening the explorer.")
@click.option("--events", type=click.IntRange(min=1), metavar="N", help="About how many events.")
def demo(name: str, listing: bool, no_tui: bool, events: int | None) -> int:
    """Build the sample store of a bundled tree if it is missing, and open the explorer."""
    if listing:
        for path in bundled_trees():
            story = sample_data().SCENARIOS[path.stem].title if has_sample(path.stem) else ""
            click.echo(f"{path.stem:<16} {story}")
        return 0
    path = bundled_tree(name)
    build_where_missing(name, events=events)
    say_odd_size(name)
    if not no_tui and is_terminal():
        return open_explorer(path, store=None)
    from metric_tui.cli.show import print_tree

    return print_tree(path, store=None)


def build_where_missing(name: str, *, events: int | None) -> None:
    """Build the sample store of a bundled tree, where it has none or one of another size is wanted."""
    if (events is not None or not has_built_sample(name)) and has_sample(name):
        ensure_sample(name, events=events, progress=progress_line("building the sample store"))


def say_odd_size(name: str) -> None:
    """A store that was once asked for in another size stays; that it is another one is said."""
    size = built_size(name)
    if size is not None and size != DEFAULT_EVENTS:
        click.echo(
            f"the sample store of about {size:,} events; `metric-tui demo {name}"
            f" --events {DEFAULT_EVENTS}` builds the usual one",
            err=True,
        )
