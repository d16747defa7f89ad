"""`metric-tui show`: the tree with values, for people and pipes."""

import json
from collections import deque
from pathlib import Path
from typing import Any

import click

from metric_tui.analysis.goals import Goal
from metric_tui.analysis.key_results import KeyResultStanding
from metric_tui.cli.options import (
    DEFAULT_SECONDS,
    question_of,
    question_options,
    tree_argument,
    usage_error,
)
from metric_tui.cli.printing import (
    glyphs_for,
    terminal_cells,
    warn_of_emptiness,
    warn_of_limits,
    warn_of_problems,
    warn_of_slips,
)
from metric_tui.definitions.tree import MetricTree
from metric_tui.planning.answer import Answer
from metric_tui.presentation.goal_markdown import goal_markdown
from metric_tui.presentation.judged import Judged
from metric_tui.presentation.report import csv_report, markdown_report, table_report, tree_report
from metric_tui.presentation.show_json import show_document
from metric_tui.workspace import Workspace

FORMATS = ("tree", "table", "csv", "json", "md")


@click.command()
@tree_argument
@click.argument("metrics", nargs=-1)
@question_options
@click.option("--tree", "with_tree", is_flag=True, help="With everything below the metrics named.")
@click.option("--depth", type=click.IntRange(min=0), metavar="N", help="Levels below the root.")
@click.option("--format", "output", type=click.Choice(FORMATS), default="tree", show_default=True)
@click.option(
    "--unusual",
    is_flag=True,
    help="Look for unusual periods even where that takes a while: without rollups.",
)
@click.option("--ascii", "plain", is_flag=True, help="Only ASCII marks.")
def show(
    tree: Path,
    metrics: tuple[str, ...],
    store: str | None,
    rollup: bool,
    timeout: float | None,
    with_tree: bool,
    depth: int | None,
    output: str,
    unusual: bool,
    plain: bool,
    **asked: Any,
) -> int:
    """Print the tree with its values: TREE, or only METRICS of it."""
    if metrics and depth is not None and not with_tree:
        raise usage_error("metrics that are named stand alone", "give --tree for what is below")
    if unusual and output == "csv":
        raise usage_error("CSV holds values alone", "leave --unusual out, or take another --format")
    workspace = Workspace.open(tree, store=store, rollup=rollup, timeout=timeout)
    try:
        warn_of_problems(workspace)
        names = wanted_metrics(workspace.tree, metrics, with_tree=with_tree, depth=depth)
        answer = workspace.answer(question_of(workspace.tree, names, **asked))
        warn_of_emptiness(answer, workspace.tree)
        found = [value for each in answer.metrics.values() for value in each.total.values]
        warn_of_slips(workspace, answer.question.where, found)
        if metrics and output == "tree" and not _is_given("output"):
            output = "table"
        judged = unusual or workspace.has_quick_history(answer)
        depth = 0 if metrics and not with_tree else depth
        text = rendered(
            workspace, answer, output, depth=depth, plain=plain, judged=judged, roots=metrics
        )
        click.echo(text, nl=False)
        warn_of_limits(workspace, (each.error for each in answer.metrics.values()))
    finally:
        workspace.close()
    return 1 if any(answer.metrics[name].error for name in metrics) else 0


def _is_given(option: str) -> bool:
    """Whether an option was written, and not left at its default."""
    source = click.get_current_context().get_parameter_source(option)
    return source is not click.core.ParameterSource.DEFAULT


def print_tree(path: Path, *, store: str | None) -> int:
    """Print a tree as it opens in the explorer, where there is no terminal for that."""
    workspace = Workspace.open(path, store=store, timeout=DEFAULT_SECONDS)
    try:
        warn_of_problems(workspace)
        answer = workspace.answer(workspace.default_question())
        text = rendered(workspace, answer, "tree", depth=None, plain=False, judged=True)
        click.echo(text, nl=False)
    finally:
        workspace.close()
    return 0


def wanted_metrics(
    tree: MetricTree, named: tuple[str, ...], *, with_tree: bool, depth: int | None
) -> tuple[str, ...]:
    """The metrics to answer: those named, with what is below them where that is asked for."""
    for name in named:
        tree.metric(name)
    if with_tree and named:
        below = [entry for name in named for entry in _below(tree, name, depth)]
        return tuple(dict.fromkeys(below))
    if named or depth is None or not tree.levels:
        return named
    shown = (name for name in tree.in_tree_order() if not tree.metrics[name].hidden)
    return tuple(name for name in shown if tree.levels[name] <= depth)


def _below(tree: MetricTree, root: str, depth: int | None) -> tuple[str, ...]:
    """The metrics at most so many levels below one, in tree order; all without a depth."""
    levels = {root: 0}
    waiting = deque([root])
    while waiting:
        parent = waiting.popleft()
        for edge in tree.all_edges(parent):
            if edge.child not in levels:
                levels[edge.child] = levels[parent] + 1
                waiting.append(edge.child)
    order = tree.in_tree_order(root)
    return tuple(name for name in order if depth is None or levels[name] <= depth)


def rendered(
    workspace: Workspace,
    answer: Answer,
    output: str,
    *,
    depth: int | None,
    plain: bool,
    judged: bool,
    roots: tuple[str, ...] = (),
) -> str:
    """An answer in one of the formats, ending with a line end.

    Args:
        workspace: that has answered.
        answer: what is shown.
        output: the format.
        depth: levels below the root; all of them without.
        plain: only ASCII.
        judged: whether unusual periods are looked for, which asks for the periods before.
        roots: metrics each of which begins a tree; the focus without any.
    """
    tree, glyphs = workspace.tree, glyphs_for(plain=plain)
    if output == "csv":
        return csv_report(tree, answer)
    goals, unusual = _goals(workspace, answer), workspace.unusual(answer) if judged else None
    if output == "json":
        document = show_document(tree, workspace.path, answer, goals, unusual)
        return json.dumps(document, ensure_ascii=False, indent=1, default=str) + "\n"
    store = workspace.store_name
    found = Judged(goals=goals, unusual=unusual or {})
    if output == "table":
        return table_report(tree, answer, glyphs, store=store, cells=terminal_cells(), judged=found)
    if output == "md":
        report = markdown_report(tree, answer, glyphs, store=store, judged=found)
        tables = goal_markdown(tree, goals, _results(workspace, answer), glyphs)
        return "\n".join(filter(None, (report, tables)))
    return tree_report(
        tree,
        answer,
        glyphs,
        store=store,
        depth=9 if depth is None else depth,
        cells=terminal_cells(),
        roots=roots,
        judged=found,
    )


def _goals(workspace: Workspace, answer: Answer) -> tuple[Goal, ...]:
    """How the targets of the metrics shown stand."""
    if not any(workspace.tree.metrics[name].target for name in answer.metrics):
        return ()
    found = workspace.goals(answer.question)
    return tuple(goal for goal in found if goal.metric in answer.metrics)


def _results(workspace: Workspace, answer: Answer) -> tuple[KeyResultStanding, ...]:
    """How far the key results of the metrics shown are."""
    objectives = workspace.tree.objectives
    if not any(each.metric in answer.metrics for o in objectives for each in o.key_results):
        return ()
    found = workspace.key_results(answer.question)
    return tuple(each for each in found if each.key_result.metric in answer.metrics)
