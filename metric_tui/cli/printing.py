"""What commands say beside their data: marks, widths, warnings, progress. Talk goes to stderr."""

import os
import shutil
import sys
import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

import click

from metric_tui.presentation.glyphs import ASCII, UNICODE, Glyphs
from metric_tui.presentation.safe import safe

if TYPE_CHECKING:
    from metric_tui.base.series import Value
    from metric_tui.definitions.asks import Condition
    from metric_tui.definitions.tree import MetricTree
    from metric_tui.planning.answer import Answer
    from metric_tui.workspace import Workspace


def glyphs_for(*, plain: bool) -> Glyphs:
    """The marks that the output can show."""
    encoding = (sys.stdout.encoding or "").lower()
    return ASCII if plain or not encoding.startswith("utf") else UNICODE


def terminal_cells() -> int:
    """Cells of a line: the terminal's, or a page's where there is none."""
    from metric_tui.presentation.report import WIDTH

    return shutil.get_terminal_size((WIDTH, 24)).columns if sys.stdout.isatty() else WIDTH


def is_terminal() -> bool:
    """Whether a person sits at a terminal that can be drawn on."""
    dumb = os.environ.get("TERM", "dumb") in ("", "dumb")
    return sys.stdin.isatty() and sys.stdout.isatty() and sys.stderr.isatty() and not dumb


def warn_of_problems(workspace: "Workspace") -> None:
    """Say on stderr how many errors the file has; `check` shows them."""
    errors = [problem for problem in workspace.problems if problem.severity == "error"]
    if errors:
        count = f"{len(errors)} error{'' if len(errors) == 1 else 's'}"
        click.echo(
            f"{safe(workspace.path)}: {count}; `metric-tui check {safe(workspace.path)}` lists them",
            err=True,
        )


def warn_of_slips(
    workspace: "Workspace", where: "Iterable[Condition]", values: "Iterable[Value]"
) -> None:
    """Say on stderr which values of filters no row has, where an answer holds nothing at all."""
    where = tuple(where)
    if not where or any(values):
        return
    for each in workspace.unmatched(where):
        what = f"has `{safe(each.dimension)}` = `{safe(each.value)}`"
        without = f"is without `{safe(each.dimension)}`"
        click.echo(f"no row {what if each.value else without}; {safe(each.hint)}", err=True)


def warn_of_emptiness(answer: "Answer", tree: "MetricTree") -> None:
    """Say on stderr when the range holds nothing to measure, and how far the data reaches."""
    found = [each for name, each in answer.metrics.items() if not tree.metrics[name].is_draft]
    if not found or any(each.error or set(each.total.values) - {None} for each in found):
        return
    watermark = answer.frame.watermark
    end = f"; the data ends on {answer.calendar.day_of(watermark)}" if watermark else ""
    click.echo(
        f"no events to measure from {answer.frame.start} to {answer.last_day}{end}", err=True
    )


def warn_of_limits(workspace: "Workspace", said: "Iterable[str | None]" = ()) -> None:
    """Say on stderr which statements took too long, but for the sentences that were said."""
    known = set(said)
    for error in workspace.limits_met:
        if error.message not in known:
            click.echo(f"{safe(error.message)}; {safe(error.hint or '')}", err=True)


def progress_line(what: str) -> Callable[[int, int], None]:
    """A counter on stderr that redraws itself a few times a second; silent without a terminal."""
    if not sys.stderr.isatty():
        return lambda done, total: None
    started = time.monotonic()
    last = [0.0]

    def show(done: int, total: int) -> None:
        now = time.monotonic()
        if done < total and now - last[0] < 0.1:
            return
        last[0] = now
        share = done / total if total else 1.0
        left = (now - started) * (1 - share) / share if share else 0.0
        bar = "█" * round(share * 24)
        line = f"{what} {bar:<24} {share:4.0%} {done:,} of {total:,}"
        line += f" · {left:.0f} s left" if done < total else ""
        click.echo(f"\r{line}\x1b[K", nl=done >= total, err=True)

    return show


def clear_progress() -> None:
    """Take an unfinished counter off its line, for what is said instead."""
    if sys.stderr.isatty():
        click.echo("\r\x1b[K", nl=False, err=True)
