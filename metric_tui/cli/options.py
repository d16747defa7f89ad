"""Options that several commands share, and the question they make."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

import click

from metric_tui.base.periods import GRAINS, Grain
from metric_tui.definitions.tree import MetricTree
from metric_tui.planning.conditions import parse_conditions
from metric_tui.planning.question import Compare, DateRange, Question

Command = TypeVar("Command", bound=Callable[..., Any])

tree_argument = click.argument("tree", type=click.Path(path_type=Path))


def _named(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
    # an empty word is a variable that was not set, and the file's store would be another one
    if value is not None and not value.strip():
        raise click.BadParameter("it is empty; name a file or a URL", ctx=ctx, param=param)
    return value


store_option = click.option(
    "--store", metavar="URL", callback=_named, help="Read this store instead of the file's."
)
rollup_option = click.option(
    "--no-rollup", "rollup", flag_value=False, default=True, help="Compute everything by plain SQL."
)


DEFAULT_SECONDS = 60.0
"""That one statement to the store may take in a command."""


def _limit(ctx: click.Context, param: click.Parameter, value: float) -> float | None:
    return value or None


def timeout_option_of(seconds: float) -> Callable[[Command], Command]:
    """The option that bounds one statement to the store, with so many seconds without it."""
    return click.option(
        "--timeout",
        type=click.FloatRange(min=0),
        default=seconds,
        show_default=True,
        metavar="SECONDS",
        callback=_limit,
        help="Stop a statement to the store after so long; 0 for no limit.",
    )


timeout_option = timeout_option_of(DEFAULT_SECONDS)


class Day(click.ParamType[date]):
    """A date as YYYY-MM-DD."""

    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        if isinstance(value, date):
            return value
        try:
            return date.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is no date such as 2026-06-30", param, ctx)


class Comparison(click.ParamType[Compare]):
    """previous, year_ago, none, or D..D."""

    name = "comparison"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> Compare:
        if isinstance(value, DateRange):
            return value
        if value in ("previous", "year_ago", "none"):
            chosen: Compare = value
            return chosen
        start, _, end = value.partition("..")
        try:
            return DateRange(date.fromisoformat(start), date.fromisoformat(end))
        except ValueError:
            self.fail(
                f"{value!r} is none of previous, year_ago, none, 2026-01-01..2026-01-31", param, ctx
            )


_STRETCH_OPTIONS = (
    click.option("--start", type=Day(), help="First day of the range, widened to whole periods."),
    click.option("--end", type=Day(), help="Last day of the range, inclusive."),
    click.option("--last", type=click.IntRange(min=1), metavar="N", help="The last N complete periods."),
)  # fmt: skip

_RANGE_OPTIONS = (
    *_STRETCH_OPTIONS,
    click.option("--grain", type=click.Choice(GRAINS), help="Length of a period; the file's setting without it."),
    click.option("--as-of", "as_of", type=Day(), help="Look at the data as if it ended with this day."),
    click.option("--compare", type=Comparison(), help="previous, year_ago, none, or D..D."),
    click.option("--where", "where", multiple=True, metavar="DIM=VALUE", help="Keep only these rows; repeat. Also DIM!=VALUE, and DIM= for null."),
    store_option,
    rollup_option,
    timeout_option,
)  # fmt: skip

_SHAPE_OPTIONS = (
    click.option("--by", "by", multiple=True, metavar="DIM", help="Break down by a dimension; repeat to cross."),
    click.option("--running", is_flag=True, help="Add the period that is not over yet."),
)  # fmt: skip


def stretch_options(command: Command) -> Command:
    """Adds the options that say which periods are asked for, and nothing else."""
    return _with(command, _STRETCH_OPTIONS)


def range_options(command: Command) -> Command:
    """Adds the options that say which periods and rows are asked for."""
    return _with(command, _RANGE_OPTIONS)


def question_options(command: Command) -> Command:
    """Adds the options that make a question."""
    return range_options(_with(command, _SHAPE_OPTIONS))


def _with(command: Command, options: tuple[Callable[[Command], Command], ...]) -> Command:
    for option in reversed(options):
        command = option(command)
    return command


def usage_error(message: str, hint: str) -> click.UsageError:
    """A contradiction between options (exit 2), with what to do about it."""
    return click.UsageError(f"{message}\nhint: {hint}")


def check_stretch(
    start: date | None, end: date | None, last: int | None, grain: Grain | None
) -> None:
    """Refuse periods that are named twice, or counted where there is one.

    Raises:
        UsageError: with `last`, `start` or `end` is given, or the grain is a total.
    """
    if last is None:
        return
    if start or end:
        raise usage_error("--last and --start/--end say the range twice", "give one of them")
    if grain == "total":
        raise usage_error(
            "--last counts periods, and --grain total has only one", "give --start and --end"
        )


def question_of(
    tree: MetricTree,
    metrics: tuple[str, ...],
    *,
    start: date | None,
    end: date | None,
    last: int | None,
    grain: Any,
    as_of: date | None,
    compare: Compare | None,
    where: tuple[str, ...],
    by: tuple[str, ...] = (),
    running: bool = False,
) -> Question:
    """The question that the options ask of a tree.

    Raises:
        UsageError: a range is given twice over, or periods of a total are counted.
        QuestionError: a filter is none.
    """
    check_stretch(start, end, last, grain)
    if running and (start or end):
        raise usage_error(
            "--running adds to the last periods, and --start/--end name them",
            "leave --running out: a range has the running period in it",
        )
    settings = tree.settings
    return Question(
        grain=grain or settings.grain,
        start=start,
        end=end,
        last=last,
        as_of=as_of,
        compare=compare or settings.compare,
        where=parse_conditions(where),
        by=by,
        metrics=metrics,
        running=running,
    )
