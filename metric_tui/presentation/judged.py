"""What an answer's values mean, for reports: targets, unusual periods, limits left, annotations."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from metric_tui.analysis.goals import Goal
from metric_tui.analysis.guardrails import GuardrailStanding, evidence_of, guardrail_standing
from metric_tui.analysis.status import Flag
from metric_tui.definitions.tree import MetricTree
from metric_tui.planning.answer import Answer, MetricAnswer
from metric_tui.presentation.annotations import annotation_notes
from metric_tui.presentation.dates import period_text
from metric_tui.presentation.glyphs import Glyphs
from metric_tui.presentation.goal_lines import goal_mark, target_words
from metric_tui.presentation.guardrail_words import guardrail_mark
from metric_tui.presentation.limit_lines import limits_sign, limits_words, usual_of
from metric_tui.presentation.marks import change_word, flag_mark
from metric_tui.presentation.metric_card import target_parts
from metric_tui.presentation.numbers import number_style
from metric_tui.presentation.pieces import Piece, Role, joined, plain
from metric_tui.presentation.safe import safe

MOST_PERIODS = 3
"""How many unusual periods of one kind are named; earlier ones are counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What is known of an answer beside its values; empty where that was not asked for."""

    goals: tuple[Goal, ...] = ()
    """How the targets of the metrics shown stand."""

    unusual: Mapping[str, Mapping[int, Flag]] = field(default_factory=dict)
    """By metric: periods that are not as expected, by index."""

    def words(self, answer: Answer, glyphs: Glyphs) -> Mapping[str, tuple[str, Role]]:
        """How each target stands, by metric."""
        return target_words(self.goals, answer, glyphs)

    def word(self, tree: MetricTree, answer: Answer, found: MetricAnswer, glyphs: Glyphs) -> str:
        """How one metric stands: by its target, else by its change."""
        by_target = self.words(answer, glyphs).get(found.metric)
        if by_target is not None:
            return by_target[0]
        standing = self.guardrail(tree, answer, found)
        if standing is not None:
            return guardrail_mark(standing, glyphs)[0]
        return change_word(tree.metrics[found.metric], found.total, glyphs)[0]

    def guardrail(
        self, tree: MetricTree, answer: Answer, found: MetricAnswer
    ) -> GuardrailStanding | None:
        """How a metric stands as a guardrail; None for what is none, or rather drives something."""
        if tree.nearest_edge(found.metric) != "guardrails":
            return None
        flags = self.unusual.get(found.metric, {})
        return guardrail_standing(tree, found.metric, evidence_of(found, answer.frame.grain, flags))

    def notes(self, tree: MetricTree, answer: Answer, glyphs: Glyphs) -> Iterator[str]:
        """One line per metric and direction that is unusual, then one per annotation."""
        for name, found in answer.metrics.items():
            title = safe(tree.metrics[name].title)
            for sign, texts in self._told(tree, answer, found, glyphs).items():
                yield f"{sign} {title}: {f' {glyphs.dot} '.join(texts)}"
        yield from annotation_notes(tree, answer, glyphs)

    def _told(
        self, tree: MetricTree, answer: Answer, found: MetricAnswer, glyphs: Glyphs
    ) -> Mapping[str, list[str]]:
        """What is unusual of a metric, under the sign for above or below."""
        told: dict[str, list[str]] = {}
        by_kind = _by_kind(self.unusual.get(found.metric, {}), glyphs)
        for (sign, word), periods in by_kind.items():
            told.setdefault(sign, []).append(f"{word} {_named(tree, answer, periods, glyphs)}")
        usual = usual_of(answer, found.metric)
        if usual is not None and usual.place != "inside":
            style = number_style(tree.metrics[found.metric])
            told.setdefault(limits_sign(usual, glyphs), []).append(
                limits_words(usual, style, glyphs)
            )
        return told

    def target_notes(self, tree: MetricTree, glyphs: Glyphs) -> Iterator[str]:
        """One line per target, for where no table of them follows."""
        for goal in self.goals:
            metric = tree.metrics[goal.metric]
            parts = target_parts(metric, goal, number_style(metric), glyphs)
            text = plain(joined(parts, Piece(f" {glyphs.dot} ")))
            sign = goal_mark(goal, glyphs)[0].split(" ", 1)[0]
            yield f"{sign} {safe(metric.title)}: {text}"


def _by_kind(
    flags: Mapping[int, Flag], glyphs: Glyphs
) -> Mapping[tuple[str, str], tuple[int, ...]]:
    """The periods of each sign and word, in the order in which they first came."""
    found: dict[tuple[str, str], tuple[int, ...]] = {}
    for index, flag in sorted(flags.items()):
        mark = flag_mark(flag, glyphs)
        found[mark] = (*found.get(mark, ()), index)
    return found


def _named(tree: MetricTree, answer: Answer, periods: tuple[int, ...], glyphs: Glyphs) -> str:
    """`4–10 May 2026, 11–17 May 2026`, the latest ones; of many earlier ones how many they are."""
    frame, calendar = answer.frame, tree.settings.calendar
    texts = [
        period_text(frame.periods[index], frame.grain, calendar, glyphs)
        for index in periods[-MOST_PERIODS:]
    ]
    earlier = len(periods) - len(texts)
    return ", ".join([f"{earlier} earlier", *texts] if earlier else texts)
