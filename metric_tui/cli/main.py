"""`metric-tui`: commands are imported when they are called, so that `--version` is instant."""

import importlib
import keyword
import os
import sys
from typing import Any

import click

from metric_tui import __version__
from metric_tui.base.errors import DefinitionError, MetricTuiError

COMMANDS: dict[str, tuple[str, str]] = {
    "demo": ("demo", "Build a sample store and open its tree."),
    "show": ("show", "Print the tree with its values."),
    "explain": ("explain", "Say why a metric moved between two periods."),
    "what-if": ("what_if", "Recompute the tree under changed drivers."),
    "check": ("check", "Check tree files."),
    "refresh": ("refresh", "Read what is new in the store into its rollups."),
    "import": ("importing", "Take files of events into a SQLite store."),
    "sql": ("rows", "Print the SQL that computes a metric."),
    "events": ("rows", "Print the rows behind a metric's value."),
    "schema": ("about", "Print the JSON Schema of tree files."),
    "info": ("about", "Print versions, paths and engines."),
    "completion": ("about", "Print a shell completion script."),
}
"""By name: the module under `cli` that holds it, and its one line of help."""

EXPLORE = "explore"


class Commands(click.Group):
    """Imports a command's module when it is used; a first word that is no command is a tree."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name == EXPLORE:
            return _command("explore", EXPLORE)
        if cmd_name not in COMMANDS:
            return None
        return _command(COMMANDS[cmd_name][0], cmd_name)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args[0] not in COMMANDS:
            return EXPLORE, self.get_command(ctx, EXPLORE), args
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            # a reader such as `head` has gone; the rest of the output has nowhere to go
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return 0

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        # the help of every command without importing any
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])


def _command(module: str, name: str) -> click.Command:
    found = importlib.import_module(f"metric_tui.cli.{module}")
    attribute = name.replace("-", "_")
    # `import` is a word of Python's
    attribute += "_" if keyword.iskeyword(attribute) else ""
    command: click.Command = getattr(found, attribute)
    return command


@click.command(
    cls=Commands,
    invoke_without_command=True,
    no_args_is_help=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="metric-tui TREE.yaml opens the explorer; without a file, the tree of this directory.",
)
@click.version_option(__version__, "--version", prog_name="metric-tui")
@click.pass_context
def metric_tui(ctx: click.Context) -> Any:
    """Explore metric trees: what moved the focus metric, and why."""
    if ctx.invoked_subcommand is None:
        return ctx.invoke(_command("explore", EXPLORE))
    return None


def run() -> None:
    """The console script: runs a command and ends with its documented exit code.

    0 fine, 1 the question cannot be answered, a check failed or a fault of ours, 2 usage or definition errors,
    3 the store cannot be read, 130 interrupted.
    """
    sys.exit(call(sys.argv[1:]))


def call(arguments: list[str]) -> int:
    """Run a command line and return its exit code; problems are printed to stderr."""
    try:
        result: Any = metric_tui.main(args=arguments, prog_name="metric-tui", standalone_mode=False)
    except click.exceptions.Abort:
        return 130
    except KeyboardInterrupt:
        return 130
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except MetricTuiError as error:
        _print_error(error)
        return error.exit_code
    finally:
        _print_refusals()
    return result if isinstance(result, int) else 0


def _print_refusals() -> None:
    """Say once what was not read because somebody else may have written it."""
    from metric_tui.base.private import refusals

    for path, reason in refusals():
        from metric_tui.presentation.safe import safe

        click.echo(f"note: `{safe(path)}` was not read: {reason}", err=True)


def _print_error(error: MetricTuiError) -> None:
    from metric_tui.presentation.safe import safe

    if isinstance(error, DefinitionError) and error.problems:
        for problem in error.problems[:20]:
            place = f"{problem.span.line}:{problem.span.column}: " if problem.span else ""
            click.echo(f"{place}{safe(problem.message)}", err=True)
    click.echo(f"error: {safe(error.message)}", err=True)
    if error.hint:
        click.echo(f"hint: {safe(error.hint)}", err=True)
