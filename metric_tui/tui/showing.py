"""Drawing header, tree, banner and footer from the screen's state."""

from textual.timer import Timer

from metric_tui.presentation.header import header_line
from metric_tui.presentation.pieces import Line, Role, line
from metric_tui.presentation.safe import safe
from metric_tui.presentation.tree_rows import TreeChoices, TreeRow, tree_rows
from metric_tui.tui.banner import banner_lines, fault_lines, hint_lines
from metric_tui.tui.commands import Place
from metric_tui.tui.exploring import Exploring
from metric_tui.tui.footer import footer_line
from metric_tui.tui.keys import MAIN, keys_here
from metric_tui.tui.views.base import Fault
from metric_tui.tui.widgets.bar import Bar

SPOKEN = 5.0
"""Seconds a message stays in the footer."""


class Showing(Exploring):
    """Hands rows and lines down to the widgets."""

    _speaking: Timer | None = None
    _fault: Fault | None = None
    hints: tuple[str, ...] = ()
    """Shown at the first start ever, until a key is pressed."""

    faults: tuple[str, ...] = ()
    """What of the user's configuration cannot be used, until a key is pressed."""

    def show_header(self) -> None:
        """Draw the header anew."""
        header = self.query_one("#header", Bar)
        frame = self.answer.frame if self.answer else None
        if self.answer is not None and self.answer.question != self.question:
            frame = None
        waiting = "computing" if self.is_waiting else "no answer" if frame is None else ""
        header.show(
            header_line(
                self.metric_tree, self.question, frame, max(self.size.width - 2, 10), self.glyphs,
                store=self.workspace.store_name, waiting=waiting,
            )
        )  # fmt: skip

    def show_tree(self) -> None:
        self.tree_table.show(self.rows_of(self.choices), self.selected)
        self.show_map()
        self.show_crumbs()

    def rows_of(self, choices: TreeChoices) -> tuple[TreeRow, ...]:
        """The rows of the tree as it would be opened."""
        return tree_rows(
            self.metric_tree, self.answer, choices, self.glyphs,
            contributions=self.contributions if self.answer else None, words=self.target_words,
            unusual=self.unusual,
        )  # fmt: skip

    @property
    def target_words(self) -> dict[str, tuple[str, Role]]:
        """How each target stands, by metric."""
        if not self.goals or self.answer is None:
            return {}
        # imported with the first goal: the analysis is a tenth of the start
        from metric_tui.presentation.goal_lines import target_words

        return target_words(self.goals.values(), self.answer, self.glyphs)

    def show_crumbs(self) -> None:
        """The path above the root, where there is one."""
        crumbs = self.query_one("#crumbs", Bar)
        metrics = self.metric_tree.metrics
        titles = [safe(metrics[name].title) for name in self.choices.root]
        joined = f" {self.glyphs.crumb} ".join(titles[:-1])
        last = f" {self.glyphs.crumb} {titles[-1]}"
        crumbs.show(line((joined, "dim"), (last, "strong")))
        crumbs.display = len(titles) > 1

    def show_banner(self) -> None:
        """Problems of the file, and why there is no answer."""
        banner = self.query_one("#banner", Bar)
        lines: list[Line] = [
            *hint_lines(self.hints),
            *fault_lines(self.faults, self.glyphs),
            *banner_lines(self.workspace, self.glyphs),
        ]
        if self._fault is not None:
            hint = f" ({safe(self._fault.hint)})" if self._fault.hint else ""
            lines.append(line((f"{self.glyphs.bad} {safe(self._fault.message)}{hint}", "bad")))
        banner.display = bool(lines)
        if lines:
            banner.styles.height = len(lines)
            banner.show(*lines)

    def show_footer(self) -> None:
        """The keys of the place that has the focus, unless something is being said."""
        if self._speaking is not None:
            return
        card: Place = "segments" if self.view.name == "segments" else "pane"
        place = card if self.pane.has_focus else "tree"
        cells = max(self.size.width - 2, 10)
        self.query_one("#footer", Bar).show(
            footer_line(MAIN, place, cells, self.glyphs, keys_here(MAIN, self.settings.keymap))
        )

    def say(self, text: str, role: Role = "accent") -> None:
        if self._speaking is not None:
            self._speaking.stop()
        self.query_one("#footer", Bar).show(line((safe(text), role)))
        self._speaking = self.set_timer(SPOKEN, self._fall_silent)

    def _fall_silent(self) -> None:
        self._speaking = None
        self.show_footer()
