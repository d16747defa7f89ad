"""`metric-tui explain`: why a metric moved between two periods."""

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import click

from metric_tui.analysis.why import Why
from metric_tui.analysis.why_question import WhyQuestion
from metric_tui.base.errors import QuestionError
from metric_tui.base.periods import GRAINS, Grain, add_months
from metric_tui.cli.earlier_tree import earlier_tree, tell_errors
from metric_tui.cli.options import (
    Comparison,
    Day,
    check_stretch,
    rollup_option,
    store_option,
    stretch_options,
    timeout_option,
    tree_argument,
    usage_error,
)
from metric_tui.cli.printing import (
    glyphs_for,
    terminal_cells,
    warn_of_limits,
    warn_of_problems,
    warn_of_slips,
)
from metric_tui.definitions.kinds.draft import DRAFT_HINT
from metric_tui.definitions.tree import MetricTree
from metric_tui.loading.nearest import did_you_mean
from metric_tui.planning.conditions import parse_conditions
from metric_tui.planning.question import Compare, DateRange
from metric_tui.presentation.pieces import plain
from metric_tui.presentation.safe import safe
from metric_tui.presentation.why_lines import why_lines
from metric_tui.workspace import Workspace

ALL_LEVELS = 99
MONTH_LENGTH = len("2026-06")


class Range(click.ParamType[DateRange]):
    """Two inclusive dates as D..D, one day, or a month as YYYY-MM, at either end too."""

    name = "range"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> DateRange:
        if isinstance(value, DateRange):
            return value
        start, separator, end = value.partition("..")
        try:
            return DateRange(_first_day(start), _last_day(end if separator else start))
        except ValueError:
            self.fail(f"{value!r} is no range such as 2026-06-01..2026-06-28", param, ctx)


def _first_day(text: str) -> date:
    return date.fromisoformat(text if len(text) > MONTH_LENGTH else f"{text}-01")


def _last_day(text: str) -> date:
    if len(text) > MONTH_LENGTH:
        return date.fromisoformat(text)
    return add_months(date.fromisoformat(f"{text}-01"), 1) - timedelta(days=1)


@click.command()
@tree_argument
@click.argument("metric", required=False)
@click.option(
    "--period",
    type=Range(),
    metavar="D..D",
    help="The days to explain as they are; the last complete period without them.",
)
@stretch_options
@click.option(
    "--against",
    type=Range(),
    metavar="D..D",
    help="The days it is held against as they are; as long before without them.",
)
@click.option(
    "--compare", type=Comparison(), help="previous or year_ago, where --against is not given."
)
@click.option(
    "--grain", type=click.Choice(GRAINS), help="Length of a period; the file's setting without it."
)
@click.option("--as-of", "as_of", type=Day(), help="Look at the data as if it ended with this day.")
@click.option("--where", multiple=True, metavar="DIM=VALUE", help="Keep only these rows; repeat.")
@click.option(
    "--by", multiple=True, metavar="DIM", help="Split by this dimension; repeat. All without any."
)
@click.option(
    "--was",
    metavar="FILE|REV",
    help="The tree file, or its git revision, whose definitions tell the earlier period.",
)
@click.option("--view", metavar="NAME", help="The component view; the first one without it.")
@click.option(
    "--depth",
    type=click.IntRange(min=1),
    default=ALL_LEVELS,
    help="Levels of drivers; all without it.",
)
@click.option(
    "--top", type=click.IntRange(min=1), metavar="N", help="Segments told of each dimension."
)
@click.option(
    "--format",
    "output",
    type=click.Choice(("text", "json", "md")),
    default="text",
    show_default=True,
)
@click.option("--ascii", "plain_marks", is_flag=True, help="Only ASCII marks.")
@store_option
@rollup_option
@timeout_option
def explain(
    tree: Path,
    metric: str | None,
    period: DateRange | None,
    start: date | None,
    end: date | None,
    last: int | None,
    against: DateRange | None,
    compare: Compare | None,
    grain: Grain | None,
    as_of: date | None,
    where: tuple[str, ...],
    by: tuple[str, ...],
    was: str | None,
    view: str | None,
    depth: int,
    top: int | None,
    output: str,
    plain_marks: bool,
    store: str | None,
    rollup: bool,
    timeout: float | None,
) -> int:
    """Say why METRIC moved: the focus metric without one.

    Days are given as they are with --period, widened to whole periods of the grain with --start
    and --end, or counted with --last; all of them are explained as one period.
    """
    _check_range(period, (start, end, last), against, compare)
    check_stretch(start, end, last, grain)
    workspace = Workspace.open(tree, store=store, rollup=rollup, timeout=timeout)
    try:
        earlier = _earlier(workspace, was)
        name = metric or workspace.tree.focus
        if workspace.tree.metric(name).is_draft:
            click.echo(_draft_told(name, output))
            return 0
        conditions = parse_conditions(where)
        _check_dimensions(workspace.tree, (*by, *(each.dimension for each in conditions)))
        settings = workspace.tree.settings
        question = WhyQuestion(
            metric=name,
            grain=grain or settings.grain,
            period=period,
            start=start,
            end=end,
            last=last,
            against=against,
            compare=compare or ("previous" if settings.compare == "none" else settings.compare),
            where=conditions,
            by=by,
            view=view,
            as_of=as_of,
        )
        found = (
            workspace.why(question)
            if earlier is None
            else workspace.why_redefined(question, earlier[1], earlier[0])
        )
        explained = found.explanation
        warn_of_slips(workspace, question.where, (explained.before, explained.after))
        click.echo(
            _rendered(found, output, depth=depth, top=top, plain_marks=plain_marks), nl=False
        )
        warn_of_limits(workspace)
    finally:
        workspace.close()
    return 1 if found.explanation.change is None else 0


def _draft_told(name: str, output: str) -> str:
    """What is said of a metric that is only planned: nothing moved yet."""
    if output == "json":
        import json

        from metric_tui.presentation.why_json import SCHEMA

        return json.dumps({"schema": SCHEMA, "metric": name, "type": "draft", "change": None})
    return f"`{safe(name)}` is a draft and has no value yet; {DRAFT_HINT}"


def _check_range(
    period: DateRange | None,
    stretch: tuple[date | None, date | None, int | None],
    against: DateRange | None,
    compare: Compare | None,
) -> None:
    """Refuse a period, or what it is held against, that is named twice."""
    if period is not None and any(stretch):
        raise usage_error(
            "--period and --start/--end/--last say the range twice",
            "give --period for days as they are, the others for whole periods",
        )
    if against is not None and compare is not None:
        raise usage_error(
            "--against and --compare both say what it is held against", "give one of them"
        )


def _earlier(workspace: Workspace, was: str | None) -> tuple[str, MetricTree] | None:
    """The earlier tree and what its file is called; of two files each error is told in full."""
    if was is None:
        warn_of_problems(workspace)
        return None
    tell_errors(str(workspace.path), workspace.problems)
    return earlier_tree(was, workspace.path)


def _check_dimensions(tree: MetricTree, names: tuple[str, ...]) -> None:
    """Refuse what is no dimension of any source; one that a metric lacks has no table for it."""
    known = {
        name: None for source in tree.sources.values() for name in tree.dimension_names(source)
    }
    for name in names:
        if name not in known:
            raise QuestionError(
                f"the tree has no dimension `{name}`",
                hint=did_you_mean(name, known) or f"it has {', '.join(known) or 'none'}",
            )


def _rendered(found: Why, output: str, *, depth: int, top: int | None, plain_marks: bool) -> str:
    glyphs = glyphs_for(plain=plain_marks)
    # each form is imported where it is asked for: a start is over sooner without the others
    if output == "json":
        from metric_tui.presentation.why_json import why_document

        document = why_document(found, depth=depth, top=top)
        return json.dumps(document, ensure_ascii=False, indent=1, default=str) + "\n"
    if output == "md":
        from metric_tui.presentation.why_markdown import why_markdown

        return why_markdown(found, glyphs, depth=depth, top=top or 5)
    lines = why_lines(found, terminal_cells(), glyphs, top=top or 5, depth=depth)
    return "\n".join(plain(each) for each in lines) + "\n"
