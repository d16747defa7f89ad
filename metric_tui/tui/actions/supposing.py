"""Supposing: the what-if of the question on screen."""

from metric_tui.tui.exploring import Exploring


class Supposing(Exploring):
    """Opens the what-if, and follows the file it may have saved."""

    def action_what_if(self) -> None:
        """Change drivers and see what the tree would be."""
        # imported when first asked for: the analysis is a tenth of the start
        from metric_tui.tui.screens.what_if import WhatIf
        from metric_tui.tui.what_if_work import known_influences

        if self.answer is None or self.answer.question != self.question:
            self.say("the numbers are not there yet", "dim")
            return
        seen = self.seen
        known = known_influences(self.found.values(), seen)
        self.app.push_screen(WhatIf(self.workspace, self.settings, seen, known), self._supposed)

    def _supposed(self, is_saved: bool | None) -> None:
        if is_saved:
            self.reloaded()

    def reloaded(self) -> None:
        """Follow a file that has changed."""
        raise NotImplementedError
