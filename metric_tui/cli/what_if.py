"""`metric-tui what-if`: the tree under changed drivers, or the driver that reaches a goal."""

import json
from collections import Counter
from dataclasses import replace
from math import isfinite
from pathlib import Path
from typing import Any

import click

from metric_tui.analysis.levers import Lever
from metric_tui.analysis.scenario import Model
from metric_tui.analysis.supposing import Belief, Supposition, beliefs
from metric_tui.analysis.why_question import WhyQuestion
from metric_tui.base.errors import QuestionError
from metric_tui.cli.options import question_of, range_options, tree_argument, usage_error
from metric_tui.cli.printing import (
    glyphs_for,
    terminal_cells,
    warn_of_limits,
    warn_of_problems,
    warn_of_slips,
)
from metric_tui.definitions.kinds.draft import DRAFT_REASON
from metric_tui.planning.question import Question
from metric_tui.presentation.pieces import plain
from metric_tui.presentation.scenario_lines import scenario_document, scenario_lines
from metric_tui.presentation.scenario_markdown import scenario_markdown
from metric_tui.workspace import Workspace


@click.command(name="what-if")
@tree_argument
@click.option(
    "--set",
    "levers",
    multiple=True,
    metavar="METRIC=CHANGE",
    help="+10%, -200, 0.35, or @DIM:VALUE for its level in that segment; repeat.",
)
@click.option("--goal", metavar="METRIC=VALUE", help="Solve for the driver named with --by.")
@click.option("--by", "driver", metavar="METRIC", help="The driver that --goal is solved for.")
@click.option(
    "--format",
    "output",
    type=click.Choice(("text", "json", "md")),
    default="text",
    show_default=True,
)
@click.option("--ascii", "plain_marks", is_flag=True, help="Only ASCII marks.")
@range_options
def what_if(
    tree: Path,
    levers: tuple[str, ...],
    goal: str | None,
    driver: str | None,
    output: str,
    plain_marks: bool,
    store: str | None,
    rollup: bool,
    timeout: float | None,
    **asked: Any,
) -> int:
    """Recompute the tree's last period under changed drivers."""
    if not levers and goal is None:
        raise click.UsageError(
            "say what changes: --set METRIC=+10%, or --goal METRIC=VALUE --by METRIC"
        )
    if (goal is None) != (driver is None):
        raise click.UsageError("--goal and --by belong together")
    _check_once(levers, driver)
    workspace = Workspace.open(tree, store=store, rollup=rollup, timeout=timeout)
    try:
        warn_of_problems(workspace)
        question = question_of(workspace.tree, (), **asked)
        model, label = workspace.model(question)
        chosen = tuple(_lever(workspace, text, question) for text in levers)
        for lever in chosen:
            workspace.tree.metric(lever.metric)
            lever.changed(model.values.get(lever.metric))
        if goal is not None and driver is not None:
            metric, value = _goal(goal)
            workspace.tree.metric(metric)
            workspace.tree.metric(driver)
            chosen = (*chosen, model.solve(metric, value, driver, chosen))
        outcomes = model.outcomes(chosen)
        is_answered = _has_focus(workspace, model, question, label)
        warn_of_limits(workspace)
        if output == "json":
            click.echo(json.dumps(scenario_document(model, chosen, outcomes, label), indent=1))
            return 0 if is_answered else 1
        glyphs = glyphs_for(plain=plain_marks)
        believed = _beliefs(workspace, Supposition(model, chosen), question)
        if output == "md":
            text = scenario_markdown(model, chosen, outcomes, label, glyphs, believed)
            click.echo(text, nl=False)
            return 0 if is_answered else 1
        lines = scenario_lines(model, chosen, outcomes, label, terminal_cells(), glyphs, believed)
        click.echo("\n".join(plain(line) for line in lines))
    finally:
        workspace.close()
    return 0 if is_answered else 1


def _has_focus(workspace: Workspace, model: Model, question: Question, label: str) -> bool:
    """Whether there is a focus to move; why there is none is said on stderr."""
    focus = workspace.tree.focus
    value = model.values.get(focus)
    warn_of_slips(workspace, question.where, (value,))
    if value is None:
        asked = replace(question, metrics=tuple(workspace.tree.metrics), by=())
        planned = DRAFT_REASON if workspace.tree.metrics[focus].is_draft else None
        reason = workspace.answer(asked).metrics[focus].error or planned
        click.echo(f"`{focus}` has no value in {label}{f': {reason}' if reason else ''}", err=True)
    return value is not None


def _beliefs(
    workspace: Workspace, supposition: Supposition, question: Question
) -> tuple[Belief, ...]:
    """What the levers are believed to bring, by the measured slopes; nothing is measured without."""
    if not supposition.unmeasured(()):
        return ()
    tree = workspace.tree
    asked = WhyQuestion(
        metric=tree.focus, grain=question.grain, where=question.where, as_of=question.as_of
    )
    found = workspace.answer(replace(question, metrics=tuple(tree.metrics), by=()))
    span = found.frame.periods[-1].span
    days = (span.end - span.start).total_seconds() / 86_400
    return beliefs(supposition, workspace.why(asked).influences, days)


def _check_once(levers: tuple[str, ...], driver: str | None) -> None:
    """Refuse a metric that is changed twice: only the last change would hold.

    Raises:
        UsageError: it is named by `--set` twice, or by `--set` and `--by`.
    """
    names = [text.partition("=")[0].strip() for text in levers]
    for name, count in Counter([*names, *([driver] if driver else [])]).items():
        if count > 1 and name:
            raise usage_error(f"`{name}` is changed twice", "give one change of each metric")


def _lever(workspace: Workspace, text: str, question: Question) -> Lever:
    metric, separator, change = text.partition("=")
    if not separator or not metric:
        raise QuestionError(f"`{text}` is no lever", hint="write METRIC=+10%")
    return workspace.lever(metric.strip(), change, question)


def _goal(text: str) -> tuple[str, float]:
    metric, separator, value = text.partition("=")
    try:
        if separator and metric and isfinite(float(value)):
            return metric.strip(), float(value)
    except ValueError:
        pass
    raise QuestionError(f"`{text}` is no goal", hint="write METRIC=1000")
