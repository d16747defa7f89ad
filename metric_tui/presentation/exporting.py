"""What is seen as the text of a file, by the file's ending."""

from collections.abc import Mapping
from pathlib import Path as FilePath

from metric_tui.analysis.goals import Goal
from metric_tui.analysis.key_results import KeyResultStanding
from metric_tui.analysis.status import Flag
from metric_tui.definitions.tree import MetricTree
from metric_tui.planning.answer import Answer
from metric_tui.presentation.glyphs import Glyphs
from metric_tui.presentation.goal_markdown import goal_markdown
from metric_tui.presentation.judged import Judged
from metric_tui.presentation.report import csv_report, markdown_report, tree_report
from metric_tui.presentation.tree_rows import Path, TreeChoices

Standing = tuple[tuple[Goal, ...], tuple[KeyResultStanding, ...]]
"""Targets and key results."""


def suggested_name(tree_file: FilePath, answer: Answer) -> str:
    """A name beside nothing else: the tree's and the last period's."""
    label = answer.frame.periods[-1].label[:10]
    return f"{tree_file.stem}-{answer.question.grain}-{label}.md"


def export_text(
    suffix: str,
    tree: MetricTree,
    answer: Answer,
    choices: TreeChoices,
    glyphs: Glyphs,
    *,
    store: str,
    contributions: Mapping[Path, float],
    standing: Standing = ((), ()),
    unusual: Mapping[str, Mapping[int, Flag]] | None = None,
) -> str:
    """The tree as CSV, Markdown or plain text, with targets and unusual periods once known."""
    judged = Judged(goals=standing[0], unusual=unusual or {})
    if suffix == ".csv":
        return csv_report(tree, answer)
    if suffix == ".md":
        report = markdown_report(
            tree, answer, glyphs,
            store=store, choices=choices, contributions=contributions, judged=judged,
        )  # fmt: skip
        return "\n".join(filter(None, (report, goal_markdown(tree, *standing, glyphs))))
    return tree_report(
        tree, answer, glyphs,
        store=store, choices=choices, contributions=contributions, judged=judged,
    )  # fmt: skip
