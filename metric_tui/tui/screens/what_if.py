"""What if: levers at the left, what they do at the right, recomputed with every key."""

import re
from collections.abc import Callable
from functools import partial

from textual import on

from metric_tui.analysis.levers import FORMS, Lever, check_level
from metric_tui.analysis.supposing import Supposition
from metric_tui.base.errors import QuestionError
from metric_tui.definitions.edges import Level
from metric_tui.presentation.dates import day_text
from metric_tui.presentation.numbers import full, number_style
from metric_tui.tui import workers
from metric_tui.tui.commands import bindings
from metric_tui.tui.keys import WHAT_IF
from metric_tui.tui.screens.what_if_panels import WhatIfPanels
from metric_tui.tui.views.base import Fault
from metric_tui.tui.what_if_commands import WHAT_IF_COMMANDS
from metric_tui.tui.what_if_work import (
    Opened,
    Scored,
    Supposed,
    influences,
    level_options,
    level_set,
    opened,
    saved,
    scored_since,
)
from metric_tui.tui.widgets.line_list import LineList

_SHARE = re.compile(r"\s*=?\s*(\d+(?:\.\d+)?)\s*%\s*")


class WhatIf(WhatIfPanels):
    """Gives whether the file was saved. Numbers are fetched once; all else is arithmetic."""

    BINDINGS = bindings(WHAT_IF_COMMANDS)
    commands = WHAT_IF
    """What the palette offers here."""

    @on(workers.Looked)
    def accept(self, message: workers.Looked) -> None:
        """Take in what was computed, or why it was not."""
        message.stop()
        self.fault = message.found if isinstance(message.found, Fault) else None
        match message.key, message.found:
            case "model", Supposed() as found:
                self.supposition, self.worth = found.supposition, dict(found.worth)
            case (("solve" | "level"), Lever() as lever):
                self.suppose(lambda now: now.with_lever(lever))
            case "influences", tuple() as findings:
                self.findings = findings
                self.say(_told(findings))
            case "open", Opened() as found:
                self._open(found)
            case "save", str() as name:
                self.is_saved, self.scenario = True, name
                self.say(f"saved as {name}")
            case "score", Scored() as scored:
                self.scored = scored
        self.show_all()

    def suppose(self, change: Callable[[Supposition], Supposition]) -> None:
        """Take a change in, or say in one sentence why it cannot be."""
        if self.supposition is None:
            self.say("the numbers are not there yet", "dim")
            return
        try:
            self.supposition = change(self.supposition)
            self.fault = None
        except QuestionError as error:
            self.fault = Fault(error.message, error.hint)
        self.show_all()

    def action_step(self, percent: int) -> None:
        """Move the selected metric by so many percent of its value."""
        self.suppose(lambda now: now.stepped(self.selected, percent / 100))

    def action_type(self) -> None:
        """Ask for a change of the selected metric."""
        from metric_tui.tui.screens.prompt import Prompt

        metric, now = self.selected, self.supposition
        if now is None:
            self.say("the numbers are not there yet", "dim")
            return
        held = now.lever(metric)
        prompt = Prompt(
            self.title_of(metric),
            hint=FORMS,
            start=str(held) if held else "",
            check=lambda text: self._checked(now, metric, text),
            glyphs=self.glyphs,
        )
        self.app.push_screen(prompt, partial(self._typed, metric))

    def _checked(self, now: Supposition, metric: str, text: str) -> None:
        """Refuse what is no change; whether there is such a segment only the store knows."""
        level = Level.parse(text)
        if level is not None:
            check_level(self.seen.tree, metric, level)
        else:
            now.with_lever(self.parsed(metric, text))

    def _typed(self, metric: str, text: str | None) -> None:
        if text is not None and Level.parse(text) is not None:
            self.fetch("level", partial(level_set, self.workspace, self.seen, metric, text))
        elif text is not None:
            self.suppose(lambda now: now.with_lever(self.parsed(metric, text)))

    def action_level(self) -> None:
        """Choose a segment; the selected metric is set to what it is there."""
        from metric_tui.tui.screens.picker import Picker

        metric = self.selected
        picker = Picker(
            f"{self.title_of(metric)} as in",
            partial(level_options, self.workspace, self.seen, metric),
            glyphs=self.glyphs,
        )
        self.app.push_screen(picker, self._level_picked)

    def _level_picked(self, picked: tuple[object, ...] | None) -> None:
        match picked:
            case (Lever() as lever,):
                self.suppose(lambda now: now.with_lever(lever))

    def parsed(self, metric: str, text: str) -> Lever:
        """A typed change; of a percentage also `35%`.

        Raises:
            QuestionError: the text is no change.
        """
        share = _SHARE.fullmatch(text)
        if share and number_style(self.seen.tree.metrics[metric]).kind == "percent":
            return Lever(metric, "set", float(share[1]) / 100)
        return Lever.parse(metric, text)

    @on(LineList.Chosen, "#levers")
    def click_row(self) -> None:
        """A second click on a metric asks for its change."""
        self.action_type()

    def action_reset(self) -> None:
        """Leave the selected metric alone."""
        self.suppose(lambda now: now.without(self.selected))

    def action_reset_all(self) -> None:
        """Leave all metrics alone."""
        self.scored, self.scenario = None, ""
        self.suppose(lambda now: Supposition(now.model))

    def action_seek(self) -> None:
        """Ask what the focus shall be and set the selected metric to what gets it there."""
        from metric_tui.tui.screens.prompt import Prompt

        now, focus, driver = self.supposition, self.seen.tree.focus, self.selected
        before = now.model.values.get(focus) if now else None
        if before is None:
            self.say("the focus has no value to reach from", "dim")
            return
        style = number_style(self.seen.tree.metrics[focus])
        prompt = Prompt(
            f"{self.title_of(focus)} shall be",
            hint=f"a value or {FORMS}; it is {full(before, style, self.glyphs)},"
            f" and {self.title_of(driver)} is set to what gets it there",
            check=partial(self.parsed, focus),
            glyphs=self.glyphs,
        )
        self.app.push_screen(prompt, partial(self._sought, driver, before))

    def _sought(self, driver: str, before: float, text: str | None) -> None:
        if text is None or self.supposition is None:
            return
        focus = self.seen.tree.focus
        goal = self.parsed(focus, text).applied(before)
        model = self.supposition.model
        others = tuple(each for each in self.supposition.levers if each.metric != driver)
        # a curve takes hundreds of recomputations, so a wide tree is not solved here
        self.fetch("solve", lambda: model.solve(focus, goal or 0.0, driver, others))

    def action_influences(self) -> None:
        """Measure what believed drivers moved with."""
        self.say("measuring what moved with what")
        self.fetch("influences", partial(influences, self.workspace, self.seen))

    def action_save(self) -> None:
        """Ask for a name and save the levers under it."""
        from metric_tui.tui.screens.prompt import Prompt

        if self.supposition is None or not self.supposition.levers:
            self.say("nothing is changed, so there is nothing to save", "dim")
            return
        hint = "a name in the file's `scenarios`; one that is there is replaced"
        prompt = Prompt("Save as", hint=hint, start=self.scenario, glyphs=self.glyphs)
        self.app.push_screen(prompt, self._save_as)

    def _save_as(self, name: str | None) -> None:
        if name and name.strip() and self.supposition is not None:
            self.fetch(
                "save", partial(saved, self.workspace, self.seen, self.supposition, name.strip())
            )

    def action_scenarios(self) -> None:
        """Choose a saved scenario."""
        from metric_tui.tui.screens.picker import Option, Picker

        scenarios = self.workspace.tree.scenarios
        if not scenarios:
            self.say("the file has no scenarios yet; S saves one", "dim")
            return
        options = tuple(
            Option(value=name, label=name, note=day_text(each.on) if each.on else "")
            for name, each in scenarios.items()
        )
        self.app.push_screen(Picker("Scenario", options, glyphs=self.glyphs), self._picked)

    def _picked(self, picked: tuple[object, ...] | None) -> None:
        scenario = self.workspace.tree.scenarios.get(str(picked[0])) if picked else None
        if scenario is None:
            return
        # a lever may be set to a segment's level, which is looked up
        self.fetch("open", partial(opened, self.workspace, self.seen, scenario))

    def _open(self, found: Opened) -> None:
        scenario = found.scenario
        self.scored, self.scenario = None, scenario.name
        self.suppose(lambda now: _under(now, found.levers))
        if self.fault is None and scenario.on is not None:
            self.fetch("score", partial(scored_since, self.workspace, self.seen, scenario))
        elif self.fault is None:
            self.say("it does not say when it was thought of (`on`), so it is not scored", "dim")

    def action_other_pane(self) -> None:
        """Between levers and outcome."""
        outcome = self.query_one("#outcome")
        (outcome if self.levers.has_focus else self.levers).focus()

    def action_help(self) -> None:
        """Every key of this screen."""
        from metric_tui.tui.screens.help import Help

        self.app.push_screen(Help(WHAT_IF, self.settings.keymap, self.glyphs))

    def action_leave(self) -> None:
        """Back to the tree; what is still being computed is stopped."""
        if any(worker.group == "what_if" and worker.is_running for worker in self.workers):
            self.workspace.cancel()
        self.dismiss(self.is_saved)


def _under(now: Supposition, levers: tuple[Lever, ...]) -> Supposition:
    found = Supposition(now.model)
    for lever in levers:
        found = found.with_lever(lever)
    return found


def _told(findings: tuple[object, ...]) -> str:
    if not findings:
        return "the tree has no influences on what the focus is computed from"
    return f"{len(findings)} influences measured; those of changed metrics are shown"
