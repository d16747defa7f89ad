"""What a driver may be changed by: a share, an amount, a value, or its level in one segment."""

from __future__ import annotations

import re
from dataclasses import dataclass
from math import isfinite
from typing import Literal

from metric_tui.base.errors import QuestionError
from metric_tui.base.series import Value, cell_text
from metric_tui.definitions.edges import Level
from metric_tui.definitions.tree import MetricTree
from metric_tui.loading.nearest import did_you_mean
from metric_tui.planning.answer import MetricAnswer

_LEVER = re.compile(r"\s*([+-]|=)?\s*(\d+(?:[.,]\d+)?(?:e[+-]?\d+)?)\s*(%)?\s*", re.IGNORECASE)

FORMS = "+10%, -200, =0.35 or @platform:ios"
"""How a change is written, for hints."""

LISTED = 8
"""How many values of a dimension a hint names."""


@dataclass(frozen=True, slots=True)
class Lever:
    """One changed driver: `+10%`, `-200`, `=0.35`, or `@platform:ios` once its value is known."""

    metric: str
    kind: Literal["relative", "absolute", "set"]
    amount: float
    """A share for relative levers, else in the metric's unit."""

    level: Level | None = None
    """The segment that a set value was taken from; None where it was given as a number."""

    @classmethod
    def parse(cls, metric: str, text: str) -> Lever:
        """Read a lever that is a number; a bare one sets the value.

        Raises:
            QuestionError: the text is no lever.
        """
        match = _LEVER.fullmatch(text)
        if match is None or (match[3] and match[1] not in ("+", "-")):
            raise QuestionError(f"`{text}` is no change of `{metric}`", hint=f"write {FORMS}")
        number = float(match[2].replace(",", "."))
        if not isfinite(number):
            raise QuestionError(f"`{text}` is more than any number", hint=f"write {FORMS}")
        if match[1] in (None, "="):
            return cls(metric, "set", number)
        signed = -number if match[1] == "-" else number
        return (
            cls(metric, "relative", signed / 100) if match[3] else cls(metric, "absolute", signed)
        )

    def applied(self, value: Value) -> Value:
        """The metric's value under the lever, None where it has none to change."""
        if self.kind == "set":
            return self.amount
        if value is None:
            return None
        return value * (1 + self.amount) if self.kind == "relative" else value + self.amount

    def changed(self, value: Value) -> float:
        """The metric's value under the lever.

        Raises:
            QuestionError: it has none to change.
        """
        found = self.applied(value)
        if found is None:
            raise QuestionError(
                f"`{self.metric}` has no value to change", hint="give it one, such as =100"
            )
        return found

    def __str__(self) -> str:
        if self.level is not None:
            return str(self.level)
        if self.kind == "set":
            return f"={self.amount:.12g}"
        if self.kind == "relative":
            return f"{self.amount * 100:+.12g}%"
        return f"{self.amount:+.12g}"


def check_level(tree: MetricTree, metric: str, level: Level) -> None:
    """Refuse what can be refused before the store is asked.

    Raises:
        QuestionError: there is no such metric, or it has no such dimension.
    """
    tree.metric(metric)
    known = tree.dimensions_of(metric)
    if not known:
        raise QuestionError(f"`{metric}` cannot be split, so it has no level `{level}`")
    if level.dimension not in known:
        raise QuestionError(
            f"`{metric}` has no dimension `{level.dimension}`",
            hint=did_you_mean(level.dimension, known) or f"it has {_listed(known)}",
        )


def lever_at(found: MetricAnswer, level: Level) -> Lever:
    """The lever that sets a metric to what it is in one segment.

    Args:
        found: the metric's answer, broken down by the level's dimension.
        level: the segment.

    Raises:
        QuestionError: the metric is not split, there is no such segment, or it has no value.
    """
    segments = segment_values(found)
    if level.segment not in segments:
        what = f"no value `{level.segment}`" if level.segment else "no rows without a value"
        raise QuestionError(
            f"`{level.dimension}` has {what} in the periods of `{found.metric}`",
            hint=did_you_mean(level.segment, segments) or f"it has {_listed(tuple(segments))}",
        )
    value = segments[level.segment]
    if value is None:
        raise QuestionError(f"`{found.metric}` has no value at `{level}` in the last period")
    return Lever(found.metric, "set", value, level)


def segment_values(found: MetricAnswer) -> dict[str, Value]:
    """A metric's last values by the text of its segment, as filters write it.

    Raises:
        QuestionError: the metric could not be computed, or not be split.
    """
    if found.error is not None or found.not_sliced is not None:
        raise QuestionError(found.error or found.not_sliced or "", hint=found.hint)
    return {cell_text(each.group[0]): each.values.value for each in found.segments}


def _listed(names: tuple[str, ...]) -> str:
    shown = [name or "rows without a value" for name in names[:LISTED]]
    more = len(names) - len(shown)
    return (", ".join(shown) or "none") + (f" and {more} more" if more > 0 else "")
