"""What the screen shows at one moment, handed to views as one frozen value."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from metric_tui.definitions.tree import MetricTree
from metric_tui.planning.answer import Answer
from metric_tui.planning.question import Question
from metric_tui.presentation.glyphs import Glyphs
from metric_tui.presentation.tree_rows import Path, TreeChoices

if TYPE_CHECKING:
    from metric_tui.analysis.goals import Goal
    from metric_tui.analysis.status import Flag


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """The selected metric with all that a view needs to speak of it."""

    tree: MetricTree
    question: Question
    answer: Answer | None
    """None while the question is being answered."""

    path: Path
    choices: TreeChoices
    glyphs: Glyphs
    revision: int
    contributions: Mapping[Path, float] = field(default_factory=dict)
    dimension: str | None = None
    """By which the metric is broken down; None where it has no dimension."""

    goals: "Mapping[str, Goal]" = field(default_factory=dict)
    """How each target stands; empty until that is known."""

    unusual: "Mapping[str, Mapping[int, Flag]]" = field(default_factory=dict)
    """By metric: periods shown that are not as expected, by index; empty until that is known."""

    @property
    def metric(self) -> str:
        return self.path[-1]
