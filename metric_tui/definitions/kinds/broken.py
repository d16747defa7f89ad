"""A metric whose definition has errors: it keeps its place and says why it has no value."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal

from metric_tui.base.errors import QuestionError
from metric_tui.base.series import Table
from metric_tui.definitions.asks import MetricAsk, Need, Setting
from metric_tui.definitions.metric import Metric


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken(Metric):
    """Stands in the tree for a metric that could not be read."""

    summary: ClassVar[str] = "a metric whose definition has errors"

    type: Literal["broken"] = "broken"
    reason: str = ""
    """The first error, one sentence."""

    def needs(self, ask: MetricAsk, setting: Setting) -> Mapping[str, Need]:
        raise QuestionError(self.reason)

    def combine(self, ask: MetricAsk, setting: Setting, answers: Mapping[str, Table]) -> Table:
        raise QuestionError(self.reason)
