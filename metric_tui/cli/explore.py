"""`metric-tui [TREE]`: the explorer, or the plain tree where there is no terminal."""

from pathlib import Path

import click

from metric_tui.base.errors import QuestionError
from metric_tui.cli import clock
from metric_tui.cli.options import store_option
from metric_tui.cli.printing import is_terminal
from metric_tui.ingest.bundled import bundled_trees


@click.command(name="explore", hidden=True)
@click.argument("tree", type=click.Path(path_type=Path), required=False)
@store_option
def explore(tree: Path | None = None, store: str | None = None) -> int:
    """Open the explorer on TREE; without it, on the tree file of this directory."""
    if is_terminal():
        path, code = _chosen(tree)
        return open_explorer(path, store=store) if path is not None else code
    path = tree or _tree_here()
    several = _trees_here()
    if path is None and several:
        raise QuestionError(
            f"this directory holds {len(several)} tree files",
            hint=f"name one of {', '.join(found.name for found in several)}",
        )
    if path is None:
        raise QuestionError(
            "no tree file is named, and this directory holds none",
            hint="`metric-tui demo` shows a bundled one",
        )
    from metric_tui.cli.show import print_tree

    return print_tree(path, store=store)


def open_explorer(path: Path, *, store: str | None) -> int:
    """Run the terminal application and return its exit code."""
    from metric_tui.cli.skeleton import draw_skeleton, erase_skeleton

    is_drawn = draw_skeleton(path)
    try:
        from metric_tui.tui.app import run_app

        return run_app(path, store=store, today=clock.today())
    except BaseException:
        # the explorer gives the terminal back itself once it has begun
        if is_drawn:
            erase_skeleton()
        raise


def _trees_here() -> list[Path]:
    """The YAML files of the working directory that say they are trees, by name."""
    return [path for path in sorted(Path.cwd().glob("*.y*ml")) if _is_tree(path)]


def _tree_here() -> Path | None:
    """The one tree file of the working directory; None for none or several."""
    found = _trees_here()
    return found[0] if len(found) == 1 else None


def _is_tree(path: Path) -> bool:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return False
    return any(line.startswith("metrics:") for line in lines)


def _chosen(tree: Path | None) -> tuple[Path | None, int]:
    """The tree to open, picked where none is named or alone; without one, what to end with."""
    path = tree or _tree_here()
    if path is not None:
        return path, 0
    from metric_tui.tui.app import pick_tree

    picked, code = pick_tree(tuple(_trees_here()), bundled_trees())
    if picked in bundled_trees():
        from metric_tui.cli.demo import build_where_missing

        build_where_missing(picked.stem, events=None)
    return picked, code
