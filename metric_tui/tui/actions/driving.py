"""Driving: hanging drivers on the selected metric, and taking the selected one off its parent."""

from functools import partial

from textual import work

from metric_tui.loading.document import read_document
from metric_tui.presentation.safe import safe
from metric_tui.tui import workers
from metric_tui.tui.actions.writing import Writing
from metric_tui.tui.views.base import Fault


class Driving(Writing):
    """Edits of the tree's shape; like every edit they are written into the file."""

    def action_add_driver(self) -> None:
        """Pick an event or a metric, then say how it drives the selected metric."""
        from metric_tui.tui.forms.driver import driver_options
        from metric_tui.tui.screens.picker import Picker

        seen = self.seen
        title = f"Driver of {seen.tree.metrics[seen.metric].title}"
        picker = Picker(
            title, lambda: driver_options(seen, self.workspace.names()), glyphs=self.glyphs
        )
        self.app.push_screen(picker, self._driver_picked)

    def _driver_picked(self, picked: tuple[object, ...] | None) -> None:
        from metric_tui.tui.forms.driver import driver_form

        match picked:
            case ((str() as kind, str() as name, tuple() as columns),):
                self.open_form(partial(driver_form, kind, name, columns))

    def action_remove_driver(self) -> None:
        """Take the selected driver off the metric above it, after a question."""
        from metric_tui.loading.drivers import removal_of

        if len(self.selected) < 2:
            self.say("no metric is above this one to take it off", "dim")
            return
        parent, child = self.selected[-2:]
        tree, view, text = self.metric_tree, self.choices.views.get(parent), self.workspace.text
        self.look_up(
            ("remove", text),
            lambda: removal_of(read_document(text), tree, parent, child, view),
        )

    def ask_to_remove(self, text: str, found: object) -> None:
        """Say what taking it off would do, and do it if that is wanted."""
        from metric_tui.loading.drivers import Removal
        from metric_tui.tui.forms.removal import removal_screen

        if isinstance(found, Fault):
            hint = f" ({found.hint})" if found.hint else ""
            self.say(f"{found.message}{hint}", "warn")
        elif isinstance(found, Removal):
            screen = removal_screen(found, self.metric_tree, self.workspace.path.name, text)
            self.app.push_screen(screen, partial(self._removal_answered, found, text))

    def _removal_answered(self, removal: object, text: str, answer: str | None) -> None:
        from metric_tui.loading.drivers import Removal

        if answer == "remove" and isinstance(removal, Removal):
            self.write_removal(removal, text)

    @work(thread=True, exclusive=True, group="save", exit_on_error=False)
    def write_removal(self, removal: object, text: str) -> None:
        """Off the UI thread: never touches a widget, only posts what came of it."""
        from metric_tui.loading.drivers import Removal

        assert isinstance(removal, Removal)
        edit = partial(self.workspace.edit, lambda _: removal.text, seen=text)
        found = workers.called(("removed", removal.child), edit, self.settings.state_directory)
        if found is not None:
            self.post_message(found)

    def removed(self, child: str, found: object) -> None:
        """Follow the file without the driver, the cursor on what it hung on."""
        if isinstance(found, Fault):
            self.say(f"not removed: {found.message}", "warn")
            return
        node = self.metric_tree.metrics.get(child)
        # the file may have been read anew already
        title = safe(node.title if node else child)
        self.selected = self.selected[:-1] or self.selected
        self.reloaded()
        self.say(f"took {title} off; U takes it back")
