"""A metric that is only planned: it has its place, edges, owner and target, and no value yet."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal

from metric_tui.base.errors import QuestionError
from metric_tui.base.series import Table
from metric_tui.definitions.asks import MetricAsk, Need, Setting
from metric_tui.definitions.metric import Metric


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft(Metric):
    """A metric without `type` and `agg`: nothing says yet how it is computed."""

    summary: ClassVar[str] = "a metric that is only planned: no `type`, no `agg`, no value yet"
    is_draft: ClassVar[bool] = True

    type: Literal["draft"] = "draft"

    def needs(self, ask: MetricAsk, setting: Setting) -> Mapping[str, Need]:
        raise QuestionError(f"`{self.name}` is a draft and has no value yet", hint=DRAFT_HINT)

    def combine(self, ask: MetricAsk, setting: Setting, answers: Mapping[str, Table]) -> Table:
        raise QuestionError(f"`{self.name}` is a draft and has no value yet", hint=DRAFT_HINT)


DRAFT_REASON = "it is a draft and has no value yet"
DRAFT_HINT = "write `agg` or `type` to say how it is computed"
