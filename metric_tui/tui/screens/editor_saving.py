"""The editor's way with files: saving, conflicts, leaving, and text that must not be lost."""

from dataclasses import dataclass

from textual import on, work
from textual.message import Message

from metric_tui.base.errors import EditConflict, MetricTuiError
from metric_tui.base.problems import Problem
from metric_tui.presentation.safe import safe
from metric_tui.tui.screens.closing import ClosingScreen
from metric_tui.tui.screens.conflict import (
    conflict_screen,
    errors_screen,
    leave_screen,
    recovery_screen,
)
from metric_tui.tui.widgets.yaml_editor import YamlEditor
from metric_tui.workspace import Workspace


class SavingScreen(ClosingScreen[bool]):
    """A screen whose YamlEditor holds the workspace's file; it gives whether anything was saved.

    Attributes:
        workspace: the tree file's owner.
        base: the file's text that the edit began from.
    """

    @dataclass
    class Saved(Message):
        """This text is in the file now."""

        text: str

    @dataclass
    class Refused(Message):
        """The text was not saved, because it has errors (unless said otherwise)."""

        text: str
        errors: tuple[Problem, ...]

    @dataclass
    class Conflicted(Message):
        """The text was not saved, because the file holds another one now."""

        text: str
        on_disk: str

    @dataclass
    class Failed(Message):
        """Something could not be done, and why."""

        reason: str

    @dataclass
    class Undone(Message):
        """The last save was taken back; the file holds this text."""

        text: str

    @dataclass
    class Recovered(Message):
        """An earlier session left this text unsaved."""

        text: str

    def __init__(self, workspace: Workspace) -> None:
        super().__init__()
        self.workspace = workspace
        self.base = workspace.text
        self._has_saved = False
        self._is_leaving = False
        self._has_recovery = False

    @property
    def editor(self) -> YamlEditor:
        """The text being edited."""
        return self.query_one(YamlEditor)

    @property
    def is_unsaved(self) -> bool:
        """Whether leaving now would lose something."""
        return self.editor.text != self.base

    @property
    def file_name(self) -> str:
        """The tree file, as messages call it."""
        return safe(self.workspace.path.name)

    def keep_unsaved(self) -> bool:
        """Keep what is not saved where the next start offers it; whether there is any."""
        if not (self.is_mounted and self.is_unsaved):
            return False
        self.workspace.keep_recovery(self.editor.text)
        return True

    @work(thread=True, group="recovery")
    def find_recovery(self) -> None:
        """Look for text that an earlier session left."""
        text = self.workspace.recovery()
        if text is not None and text != self.base:
            self.post_message(self.Recovered(text))

    @work(thread=True, exclusive=True, group="recovery")
    def keep(self, text: str) -> None:
        """Keep a text, or forget the kept one where the file holds it by now."""
        try:
            if text != self.base:
                self._has_recovery = True
                self.workspace.keep_recovery(text)
            elif self._has_recovery:
                self._has_recovery = False
                self.workspace.drop_recovery()
        except OSError as error:
            self.post_message(self.Failed(f"unsaved text cannot be kept: {error.strerror}"))

    @on(Recovered)
    def _offer_recovery(self, message: Recovered) -> None:
        def answered(answer: str | None) -> None:
            if answer == "restore":
                self._has_recovery = True
                self.editor.put_text(message.text)
            elif answer == "discard":
                self.workspace.drop_recovery()

        screen = recovery_screen(self.file_name, saved=self.base, recovered=message.text)
        self.app.push_screen(screen, answered)

    def action_save(self) -> None:
        """Save, after a warning where the text has errors."""
        if self.is_unsaved:
            self.write(self.editor.text)
        else:
            self.tell("nothing to save")
            self._leave_if_asked()

    @work(thread=True, exclusive=True, group="save")
    def write(self, text: str, *, despite_errors: bool = False, overwrite: bool = False) -> None:
        """Save a text and post what came of it."""
        problems = () if despite_errors else self.workspace.check(text)
        errors = tuple(problem for problem in problems if problem.severity == "error")
        if errors:
            self.post_message(self.Refused(text, errors))
            return
        try:
            # the app may have read an outside edit since; the workspace then sees no conflict
            if not overwrite and self.workspace.text != self.base:
                raise EditConflict("the file was read anew")
            self.workspace.save(text, overwrite=overwrite)
        except EditConflict:
            self._post_conflict(text)
        except (MetricTuiError, OSError) as error:
            self.post_message(self.Failed(f"not saved: {error}"))
        else:
            self.post_message(self.Saved(text))

    def _post_conflict(self, text: str) -> None:
        try:
            self.post_message(self.Conflicted(text, self.workspace.text_on_disk()))
        except (MetricTuiError, OSError) as error:
            self.post_message(self.Failed(f"not saved: {error}"))

    @on(Saved)
    def _note_saved(self, message: Saved) -> None:
        self.base = message.text
        self._has_saved = True
        # whatever was kept is in the file now
        self._has_recovery = True
        self.keep(self.editor.text)
        self.tell(f"saved {self.file_name}")
        self._leave_if_asked()

    @on(Refused)
    def _warn(self, message: Refused) -> None:
        def answered(answer: str | None) -> None:
            if answer == "save":
                self.write(message.text, despite_errors=True)
                return
            self._is_leaving = False
            span = message.errors[0].span
            if answer == "look" and span is not None:
                self.editor.go_to(span.line - 1, span.column - 1)

        self.app.push_screen(errors_screen(self.file_name, len(message.errors)), answered)

    @on(Conflicted)
    def _ask_whose(self, message: Conflicted) -> None:
        def answered(answer: str | None) -> None:
            if answer == "keep":
                self.write(message.text, despite_errors=True, overwrite=True)
                return
            self._is_leaving = False
            if answer == "reload":
                self.take(message.on_disk)

        screen = conflict_screen(self.file_name, on_disk=message.on_disk, mine=message.text)
        self.app.push_screen(screen, answered)

    @on(Failed)
    def _say_failed(self, message: Failed) -> None:
        self._is_leaving = False
        self.app.notify(safe(message.reason), severity="error", markup=False)

    def take(self, text: str) -> None:
        """Go on from another text of the file; undo brings the edited one back."""
        self.base = text
        self.reload_workspace()
        self.editor.put_text(text)

    @work(thread=True, exclusive=True, group="save")
    def reload_workspace(self) -> None:
        """Have the workspace read the file anew, so that the next save is against it."""
        self.workspace.reload()

    def file_changed(self) -> None:
        """Told by the app: the workspace read an outside edit of the file."""
        text = self.workspace.text
        if text == self.base:
            return
        if self.is_unsaved:
            self.tell(f"{self.file_name} changed on disk; saving will ask whose text to keep")
        else:
            self.base = text
            self.editor.put_text(text)
            self.tell(f"{self.file_name} changed on disk; this is the new text")

    def action_undo_save(self) -> None:
        """Put the file back to before the last save."""
        if self.is_unsaved:
            self.tell("save or undo your changes first (Ctrl+Z)")
        else:
            self.take_save_back()

    @work(thread=True, exclusive=True, group="save")
    def take_save_back(self) -> None:
        """Undo the last save and post the file's text."""
        try:
            if self.workspace.undo_save():
                self.post_message(self.Undone(self.workspace.text))
            else:
                self.post_message(self.Failed("no save of this session is left to undo"))
        except EditConflict:
            self._post_conflict(self.base)
        except (MetricTuiError, OSError) as error:
            self.post_message(self.Failed(f"the save is not undone: {error}"))

    @on(Undone)
    def _show_undone(self, message: Undone) -> None:
        self._has_saved = True
        self.base = message.text
        self.editor.put_text(message.text)
        self.tell("the last save is undone; Ctrl+Z and F2 bring it back")

    def action_leave(self) -> None:
        """Close the editor, asking first where something is not saved."""
        if not self.is_unsaved:
            self._leave()
            return

        def answered(answer: str | None) -> None:
            self._is_leaving = answer == "save"
            if answer == "save":
                self.action_save()
            elif answer == "discard":
                self.workspace.drop_recovery()
                self._leave()

        screen = leave_screen(self.file_name, saved=self.base, mine=self.editor.text)
        self.app.push_screen(screen, answered)

    def _leave_if_asked(self) -> None:
        if self._is_leaving and not self.is_unsaved:
            self._leave()

    def _leave(self) -> None:
        self.workers.cancel_node(self)
        self.dismiss(self._has_saved)

    def tell(self, text: str) -> None:
        """Say something in passing; the editor's screen shows it on its status line."""
        self.app.notify(safe(text), markup=False)
