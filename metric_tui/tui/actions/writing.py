"""Writing: what a short form puts into the tree file, and taking the last save back."""

from collections.abc import Callable
from datetime import date
from functools import partial

from textual import work

from metric_tui.tui import workers
from metric_tui.tui.exploring import Exploring
from metric_tui.tui.forms.fields import Asked
from metric_tui.tui.seen import Seen
from metric_tui.tui.views.base import Fault


class Writing(Exploring):
    """Opens forms, follows the file they have written, and undoes saves."""

    @property
    def today(self) -> date:
        """The last day with data."""
        raise NotImplementedError

    def action_target(self) -> None:
        """Set the selected metric's target."""
        from metric_tui.tui.forms.target import target_form

        self.open_form(target_form)

    def action_note(self) -> None:
        """Write a note; on a metric that was found, go to the one found before it."""
        from metric_tui.tui.forms.note import note_form

        if self.is_finding:
            self.call_later(self.run_action, "find_previous")
        else:
            self.open_form(note_form)

    @property
    def is_finding(self) -> bool:
        """Whether the cursor stands where the last search led."""
        raise NotImplementedError

    def open_form(self, form: Callable[[Seen, date], Asked]) -> None:
        """Ask, and write the answer into the file."""
        from metric_tui.tui.screens.form import Form

        asked = form(self.seen, self.today)
        screen = Form(
            asked,
            # what is typed answers to the file as it is now, so a later one is not written over
            partial(self.workspace.edit, seen=self.workspace.text),
            glyphs=self.glyphs,
            state_directory=self.settings.state_directory,
        )
        self.app.push_screen(screen, partial(self._written, asked))

    def _written(self, asked: Asked, is_saved: bool | None) -> None:
        if is_saved:
            self.reloaded()
            self.say(f"{asked.done}; U takes it back")

    def reloaded(self) -> None:
        """Follow a file that has changed."""
        raise NotImplementedError

    def action_undo_save(self) -> None:
        """Put the file back to before the last save of this session."""
        self.take_save_back()

    @work(thread=True, exclusive=True, group="save", exit_on_error=False)
    def take_save_back(self) -> None:
        """Off the UI thread: never touches a widget, only posts what came of it."""
        state = self.settings.state_directory
        found = workers.called(("undo_save",), self.workspace.undo_save, state)
        if found is not None:
            self.post_message(found)

    def save_taken_back(self, found: object) -> None:
        """Follow the file as it was before, or say why it is not."""
        if isinstance(found, Fault):
            self.say(found.message, "warn")
        elif found:
            self.reloaded()
            self.say("the last save is taken back")
        else:
            self.say("no save of this session is left to take back", "dim")
