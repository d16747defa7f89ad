"""Textual's list of options, safe against keys and clicks that come before or after it is drawn."""

from textual import events
from textual.widgets import OptionList


class SafeOptionList(OptionList):
    """An OptionList that ignores a page before there is one, and a click on an option of before."""

    @property
    def is_measured(self) -> bool:
        """Whether it has a size, without which there is no page to turn."""
        return bool(self.scrollable_content_region)

    def action_page_up(self) -> None:
        """One page up, once there are pages."""
        if self.is_measured:
            super().action_page_up()  # type: ignore[no-untyped-call]

    def action_page_down(self) -> None:
        """One page down, once there are pages."""
        if self.is_measured:
            super().action_page_down()  # type: ignore[no-untyped-call]

    async def _on_click(self, event: events.Click) -> None:
        # the handler of the base runs after this one, on the option that was drawn there
        clicked = event.style.meta.get("option")
        if clicked is not None and clicked >= self.option_count:
            event.prevent_default()

    def holds(self, event: OptionList.OptionSelected) -> bool:
        """Whether the option that was selected is still where it was."""
        index = event.option_index
        return index < self.option_count and self.options[index] is event.option
