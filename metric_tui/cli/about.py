"""`schema`, `info`, `completion`: the program about itself."""

import importlib.metadata
import importlib.util
import json
import platform
import sqlite3

import click

from metric_tui import __version__
from metric_tui.base.places import cache_directory, config_directory, state_directory


@click.command()
def schema() -> int:
    """Print the JSON Schema of tree files, for editors."""
    from metric_tui.loading.schema import json_schema

    click.echo(json.dumps(json_schema(), indent=2))
    return 0


@click.command()
@click.option("--format", "output", type=click.Choice(("text", "json")), default="text")
def info(output: str) -> int:
    """Print versions, paths, engines and the size of the cache."""
    found = _facts()
    if output == "json":
        click.echo(json.dumps(found, indent=1))
        return 0
    for name, value in found.items():
        click.echo(f"{name:<12} {value}")
    return 0


def _facts() -> dict[str, str]:
    return {
        "metric-tui": __version__,
        "python": platform.python_version(),
        "textual": _version("textual"),
        "sqlite": sqlite3.sqlite_version,
        "duckdb": _version("duckdb"),
        "colours": "yes" if importlib.util.find_spec("tree_sitter_yaml") else "not installed",
        "config": str(config_directory()),
        "state": str(state_directory()),
        "cache": str(cache_directory()),
        "cache size": f"{_size(cache_directory()) / 1e6:.1f} MB",
    }


def _version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "not installed"


def _size(directory: object) -> int:
    paths = cache_directory().rglob("*") if cache_directory().is_dir() else ()
    return sum(path.stat().st_size for path in paths if path.is_file())


@click.command()
@click.argument("shell", type=click.Choice(("bash", "zsh", "fish")))
def completion(shell: str) -> int:
    """Print a completion script; `eval "$(metric-tui completion bash)"` turns it on."""
    from click.shell_completion import get_completion_class

    from metric_tui.cli.main import metric_tui

    found = get_completion_class(shell)
    if found is None:
        raise click.UsageError(f"no completion for {shell}")
    click.echo(found(metric_tui, {}, "metric-tui", "_METRIC_TUI_COMPLETE").source())
    return 0
