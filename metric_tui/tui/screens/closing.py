"""Screens that close themselves: each alone, once, and only while it is on top."""

from textual.await_complete import AwaitComplete
from textual.screen import Screen, ScreenResultType


class ClosingScreen(Screen[ScreenResultType]):
    """A screen that takes no other screen off the stack.

    Textual's own `dismiss` removes whatever is on top: after a second Enter that is the screen
    below, and after the palette was opened meanwhile it is the palette. Named after `ModalScreen`
    among the bases, whose style sheet is that of the first base.
    """

    _result_to_give: tuple[ScreenResultType | None] | None = None
    """What to give once this is on top again; None while nothing waits."""

    def dismiss(self, result: ScreenResultType | None = None) -> AwaitComplete:
        """Give a result and close; later where another screen lies above, never twice."""
        stack = self.app.screen_stack
        if stack[-1] is self:
            return super().dismiss(result)
        if self in stack:
            self._result_to_give = (result,)
        return AwaitComplete()

    def on_screen_resume(self) -> None:
        if self._result_to_give is not None:
            (result,), self._result_to_give = self._result_to_give, None
            self.dismiss(result)
