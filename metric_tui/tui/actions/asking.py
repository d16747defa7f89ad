"""Asking: filter, breakdown, grain, range, comparison, as-of, and their undoing."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from typing import cast

from metric_tui.base.errors import QuestionError
from metric_tui.base.periods import GRAINS, Grain
from metric_tui.definitions.asks import Condition
from metric_tui.planning.conditions import leaving_out
from metric_tui.planning.question import Compare, DateRange, Question
from metric_tui.planning.ranges import (
    FORMS,
    at_grain,
    parse_as_of,
    parse_range,
    resized,
    shown_days,
    stepped,
)
from metric_tui.presentation.header import as_of_text, value_text
from metric_tui.presentation.segment_rows import dimension_label
from metric_tui.presentation.tree_rows import top_of
from metric_tui.tui.exploring import Exploring
from metric_tui.tui.views.base import FilterBy

COMPARISONS: tuple[tuple[str, str, str], ...] = (
    ("p", "previous", "the period before"),
    ("y", "year_ago", "the same period a year ago"),
    ("n", "none", "nothing"),
    ("d", "dates", "dates to be typed"),
)


class Asking(Exploring):
    """Actions that change the question of the whole tree."""

    @property
    def today(self) -> date:
        """The last day with data, from which relative ranges count; the clock is never read."""
        calendar = self.metric_tree.settings.calendar
        if self.answer is None:
            return date(1970, 1, 1)
        return calendar.day_of(self.answer.frame.cutoff - timedelta(microseconds=1))

    def action_undo(self) -> None:
        """Ask the question before."""
        if not self.asked_before:
            self.say("nothing to undo", "dim")
            return
        self.ask(self.asked_before.pop(), remember=False)

    def action_earlier(self) -> None:
        self._move(partial(stepped, count=-1))

    def action_later(self) -> None:
        self._move(partial(stepped, count=1))

    def action_shorter(self) -> None:
        self._move(partial(resized, direction=-1))

    def action_longer(self) -> None:
        self._move(partial(resized, direction=1))

    def _move(self, change: Callable[..., Question]) -> None:
        """Change the range of the question, which must be answered to know where it lies."""
        if self.answer is None:
            self.say("the range is not known yet", "dim")
            return
        calendar = self.metric_tree.settings.calendar
        try:
            self.ask(change(self.answer.question, self.answer.frame, calendar))
        except QuestionError as error:
            self.say(error.message, "warn")

    def action_grain(self) -> None:
        """Choose the grain."""
        from metric_tui.tui.screens.picker import Option, Picker

        options = tuple(
            Option(value=grain, label=grain, key=grain[0] if grain != "total" else "t")
            for grain in GRAINS
        )
        self.app.push_screen(
            Picker("Grain", options, glyphs=self.glyphs, start=self.question.grain), self._set_grain
        )

    def _set_grain(self, picked: tuple[object, ...] | None) -> None:
        if picked:
            self.ask(at_grain(self.question, cast(Grain, picked[0])))

    def action_range(self) -> None:
        """Type a range."""
        from metric_tui.tui.screens.prompt import Prompt

        prompt = Prompt(
            "Dates",
            hint=FORMS,
            check=self._check_range,
            start=self._range_now(),
            glyphs=self.glyphs,
        )
        self.app.push_screen(prompt, self._set_range)

    def _range_now(self) -> str:
        question = self.question
        if question.last is not None:
            return f"last {question.last} {question.grain}s"
        if self.answer is None:
            return ""
        first, last = shown_days(self.answer.frame, self.metric_tree.settings.calendar)
        return f"{first}..{last}"

    def _check_range(self, text: str) -> None:
        self._parsed(text)

    def _parsed(self, text: str) -> Question:
        choice = parse_range(
            text,
            today=self.today,
            grain=self.question.grain,
            calendar=self.metric_tree.settings.calendar,
        )
        return choice.of(self.question)

    def _set_range(self, text: str | None) -> None:
        if text is not None:
            self.ask(self._parsed(text))

    def action_compare(self) -> None:
        """Choose what values are compared with."""
        from metric_tui.tui.screens.picker import Option, Picker

        options = tuple(
            Option(value=value, label=label, key=key) for key, value, label in COMPARISONS
        )
        start = "dates" if isinstance(self.question.compare, DateRange) else self.question.compare
        self.app.push_screen(
            Picker("Compare with", options, glyphs=self.glyphs, start=start), self._set_compare
        )

    def _set_compare(self, picked: tuple[object, ...] | None) -> None:
        if not picked:
            return
        if picked[0] == "dates":
            self._ask_compared_dates()
        else:
            self.ask(replace(self.question, compare=cast(Compare, picked[0])))

    def _ask_compared_dates(self) -> None:
        from metric_tui.tui.screens.prompt import Prompt

        compare = self.question.compare
        start = str(compare) if isinstance(compare, DateRange) else ""
        prompt = Prompt(
            "Compare with dates", hint=FORMS, check=self._compared, start=start, glyphs=self.glyphs
        )
        self.app.push_screen(prompt, self._set_compared_dates)

    def _compared(self, text: str) -> DateRange:
        calendar = self.metric_tree.settings.calendar
        # a number of periods means dates here: what is compared does not move with the data
        choice = parse_range(text, today=self.today, grain="total", calendar=calendar)
        if choice.start is None or choice.end is None:
            raise QuestionError("both ends are needed", hint=f"such as {FORMS}")
        return DateRange(choice.start, choice.end)

    def _set_compared_dates(self, text: str | None) -> None:
        if text is not None:
            self.ask(replace(self.question, compare=self._compared(text)))

    def action_as_of(self) -> None:
        """Type a day to look back from."""
        from metric_tui.tui.screens.prompt import Prompt

        prompt = Prompt(
            "As of",
            hint="a day such as `2026-06-15`; empty for the newest data",
            check=lambda text: parse_as_of(text, today=self.today),
            start=as_of_text(self.question),
            glyphs=self.glyphs,
        )
        self.app.push_screen(prompt, self._set_as_of)

    def _set_as_of(self, text: str | None) -> None:
        if text is not None:
            self.ask(replace(self.question, as_of=parse_as_of(text, today=self.today)))

    def action_filter(self) -> None:
        """Choose a dimension, then its values."""
        from metric_tui.tui.screens.picker import Option, Picker

        names = self._dimensions()
        if not names:
            self.say("the tree's sources have no dimensions", "warn")
            return
        tree = self.metric_tree
        options = tuple(
            Option(value=name, label=dimension_label(tree, name), note=name) for name in names
        )
        self.app.push_screen(Picker("Filter by", options, glyphs=self.glyphs), self._pick_values)

    def _dimensions(self) -> tuple[str, ...]:
        tree = self.metric_tree
        own = tree.dimensions_of(self.selected[-1])
        others = [
            name
            for metric in tree.in_tree_order(top_of(tree))
            for name in tree.dimensions_of(metric)
        ]
        return tuple(dict.fromkeys([*own, *others]))

    def _pick_values(self, picked: tuple[object, ...] | None) -> None:
        from metric_tui.tui.screens.picker import Option
        from metric_tui.tui.screens.value_picker import ValuePicker

        if not picked:
            return
        dimension = str(picked[0])
        before = next(
            (entry for entry in self.question.where if entry.dimension == dimension), None
        )

        def options() -> tuple[Option, ...]:
            found = self.workspace.dimension_values(dimension)
            return tuple(
                Option(value=value, label=value_text(value), note=f"{count:,}")
                for value, count in found
            )

        label = dimension_label(self.metric_tree, dimension)
        picker = ValuePicker(label, dimension, options, glyphs=self.glyphs, before=before)
        self.app.push_screen(picker, partial(self._set_values, dimension))

    def _set_values(self, dimension: str, picked: tuple[object, ...] | None) -> None:
        if picked is None:
            return
        kept = tuple(entry for entry in self.question.where if entry.dimension != dimension)
        chosen = cast("tuple[Condition, ...]", picked)
        self.ask(replace(self.question, where=(*kept, *chosen)))

    def action_clear_filters(self) -> None:
        """Take all filters away."""
        if self.question.where:
            self.ask(replace(self.question, where=()))
        else:
            self.say("there is no filter", "dim")

    def filter_by(self, choice: FilterBy) -> None:
        """Ask the same for one segment, and break it down by the next dimension."""
        dimensions = {dimension for dimension, _ in choice.pairs}
        kept = tuple(entry for entry in self.question.where if entry.dimension not in dimensions)
        added = tuple(
            Condition(dimension=dimension, operator="=", choices=(value,))
            for dimension, value in choice.pairs
        )
        self._next_dimension()
        self.ask(replace(self.question, where=(*kept, *added)))

    def action_exclude(self) -> None:
        """Ask the same without the selected segment."""
        choice = self.pane.choice if self.pane.has_focus else None
        if not isinstance(choice, FilterBy) or len(choice.pairs) != 1:
            self.say("b shows segments, Tab goes to them, ! leaves the selected one out", "dim")
            return
        ((dimension, value),) = choice.pairs
        try:
            self.ask(
                replace(self.question, where=leaving_out(self.question.where, dimension, value))
            )
        except QuestionError as error:
            self.say(error.message, "warn")

    def action_break_down(self) -> None:
        """Show the segments; when they are shown, those of the next dimension."""
        if self.view.name == "segments":
            self._next_dimension()
        self.show_view("segments")

    def _next_dimension(self) -> None:
        names = self.metric_tree.dimensions_of(self.selected[-1])
        now = self.dimension_of(self.selected[-1])
        if now is not None:
            self.dimension = names[(names.index(now) + 1) % len(names)]
