"""The problems of the edited text, below it."""

from dataclasses import dataclass
from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from metric_tui.base.problems import Problem
from metric_tui.presentation.problem_groups import grouped
from metric_tui.presentation.safe import safe
from metric_tui.tui.widgets.option_list import SafeOptionList
from metric_tui.tui.widgets.yaml_text import SEVERITY_SIGNS


class ProblemList(SafeOptionList):
    """One line per problem; Enter asks to go to its place, the first one of several."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j", "cursor_down", "Down", show=False, id="problems.down"),
        Binding("k", "cursor_up", "Up", show=False, id="problems.up"),
    ]

    DEFAULT_CSS = """
    ProblemList {
        height: 4;
        border: none;
        border-top: solid $border-blurred;
        padding: 0;
        background: $background;
        scrollbar-size: 1 1;
        text-wrap: nowrap;
        text-overflow: ellipsis;
        &:focus { border: none; border-top: solid $border; }
        & > .option-list--option { padding: 0 1; }
    }
    """

    @dataclass
    class Chosen(Message):
        """A problem whose place is wanted."""

        problem: Problem

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  Textual's word
        super().__init__(id=id, markup=False)
        self._problems: tuple[Problem, ...] | None = None

    def show_problems(self, problems: tuple[Problem, ...]) -> None:
        """List these problems in place of the earlier ones; the same advice has one line."""
        shown = grouped(problems)
        if shown == self._problems:
            return
        self._problems = shown
        lines = [problem_line(problem) for problem in shown] or [Content("✓ no problems")]
        self.set_options(Option(line) for line in lines)

    def on_focus(self) -> None:
        if self.highlighted is None:
            self.highlighted = 0

    @on(OptionList.OptionSelected)
    def _choose(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        if self._problems and self.holds(event):
            self.post_message(self.Chosen(self._problems[event.option_index]))


def problem_line(problem: Problem) -> Content:
    """A problem on one line: sign, severity, place, what is wrong, what to do."""
    span = problem.span
    place = f"{span.line}:{span.column}" if span else ""
    sign = f"{SEVERITY_SIGNS[problem.severity]} {problem.severity:<7} {place:>6}  "
    return Content.assemble(
        (sign, f"bold $text-{problem.severity}"),
        safe(problem.message),
        (f"  {safe(problem.hint)}" if problem.hint else "", "$foreground-muted"),
    )
