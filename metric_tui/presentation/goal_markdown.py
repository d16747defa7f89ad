"""Targets and key results as Markdown tables, for an issue, a wiki or a message."""

from collections.abc import Iterator, Sequence

from metric_tui.analysis.goals import Goal
from metric_tui.analysis.key_results import KeyResultStanding
from metric_tui.definitions.tree import MetricTree
from metric_tui.presentation.dates import day_text, days_text
from metric_tui.presentation.glyphs import Glyphs
from metric_tui.presentation.goal_lines import goal_mark, result_mark, share_text
from metric_tui.presentation.numbers import NumberStyle, compact, number_style
from metric_tui.presentation.report import markdown_text
from metric_tui.presentation.safe import safe

_TARGETS = (
    "metric",
    "target",
    "by",
    "so far",
    "pace",
    "projection",
    "80% band",
    "P(hit)",
    "status",
)
_RESULTS = ("key result", "from", "now", "to", "by", "done", "status")


def goal_markdown(
    tree: MetricTree, goals: Sequence[Goal], results: Sequence[KeyResultStanding], glyphs: Glyphs
) -> str:
    """A table of targets and one of key results for each objective; empty without any."""
    blocks: list[str] = []
    if goals:
        rows = (_goal(tree, goal, glyphs) for goal in goals)
        blocks.append("\n".join(["## Targets", "", *_table(_TARGETS, "llrrrrrrl", rows)]))
    for objective in dict.fromkeys(standing.objective for standing in results):
        own = (each for each in results if each.objective == objective)
        rows = (_result(tree, standing, glyphs) for standing in own)
        title = f"## {markdown_text(safe(objective))}"
        blocks.append("\n".join([title, "", *_table(_RESULTS, "lrrrrrl", rows)]))
    return "\n\n".join(blocks) + "\n" if blocks else ""


def _table(head: Sequence[str], sides: str, rows: Iterator[tuple[str, ...]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"|{'|'.join('--:' if side == 'r' else '---' for side in sides)}|"
    for row in rows:
        yield f"| {' | '.join(map(markdown_text, row))} |"


def _goal(tree: MetricTree, goal: Goal, glyphs: Glyphs) -> tuple[str, ...]:
    metric, outlook = tree.metrics[goal.metric], goal.outlook
    style = number_style(metric)
    each = f" each {goal.grain}" if goal.grain else ""
    where = f", {' and '.join(map(safe, goal.target.where))}" if goal.target.where else ""
    band = ""
    if outlook.low is not None and outlook.high is not None:
        band = f"{_number(outlook.low, style, glyphs)} to {_number(outlook.high, style, glyphs)}"
    return (
        safe(metric.title),
        f"{compact(goal.target.value, style, glyphs)}{each}{where}",
        days_text(goal.start, goal.end, glyphs) if goal.grain else day_text(goal.end),
        _number(outlook.actual, style, glyphs),
        share_text(outlook.pace, glyphs),
        _number(outlook.projected, style, glyphs),
        band,
        share_text(outlook.probability, glyphs),
        goal_mark(goal, glyphs)[0],
    )


def _result(tree: MetricTree, standing: KeyResultStanding, glyphs: Glyphs) -> tuple[str, ...]:
    result = standing.key_result
    metric = tree.metrics[result.metric]
    style = number_style(metric)
    return (
        safe(result.label or metric.title),
        _number(result.start, style, glyphs),
        _number(standing.current, style, glyphs),
        compact(result.goal, style, glyphs),
        day_text(result.by) if result.by else "",
        share_text(standing.progress.done, glyphs),
        result_mark(standing, glyphs)[0],
    )


def _number(value: float | None, style: NumberStyle, glyphs: Glyphs) -> str:
    return "" if value is None else compact(value, style, glyphs)
