"""A few lines to fill in, whose answer is written into the tree file."""

from collections.abc import Callable
from functools import partial

from textual import on, work
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input

from metric_tui.base.errors import QuestionError
from metric_tui.presentation.glyphs import Glyphs
from metric_tui.presentation.pieces import EMPTY, Role, line, wrapped
from metric_tui.presentation.safe import safe
from metric_tui.tui import workers
from metric_tui.tui.forms.fields import Asked, Change, Field, FieldFault
from metric_tui.tui.screens.closing import ClosingScreen
from metric_tui.tui.views.base import Fault
from metric_tui.tui.widgets.bar import Bar
from metric_tui.tui.widgets.word_choice import WordChoice

SAID_LINES = 3
"""Rows for the hint of a field, or for why the form is not taken."""


class Form(ModalScreen[bool], ClosingScreen[bool]):
    """Gives True once its change is in the file; stays, with the reason, while it is not. Esc leaves."""

    BINDINGS = [
        ("escape", "leave", "back"),
        ("down", "app.focus_next", "next"),
        ("up", "app.focus_previous", "previous"),
        ("enter", "accept", "save"),
    ]

    def __init__(
        self,
        asked: Asked,
        save: Callable[[Change], None],
        *,
        glyphs: Glyphs,
        state_directory: str = "",
    ) -> None:
        super().__init__()
        self._asked = asked
        self._save = save
        self._glyphs = glyphs
        self._state_directory = state_directory
        self._is_saving = False
        self._fault: tuple[Field | None, str] | None = None
        """At which field, or at none, and why the form was not taken."""

    def compose(self) -> ComposeResult:
        with Vertical(id="form") as frame:
            frame.border_title = Content(safe(self._asked.title))
            enter = self._glyphs.enter
            frame.border_subtitle = Content(f"Tab next  {enter} saves  Esc leaves")
            for field in self._asked.fields:
                with Horizontal(classes="form_row"):
                    yield Bar(id=f"label_{field.name}")
                    yield _widget_of(field)
            yield Bar(id="form_said")

    def on_mount(self) -> None:
        width = max(len(field.name) for field in self._asked.fields) + 3
        for field in self._asked.fields:
            self.query_one(f"#label_{field.name}").styles.width = width
        for each in self.query(Input):
            each.cursor_blink = False
        self.query_one(f"#{self._asked.fields[0].name}").focus()

    def on_descendant_focus(self) -> None:
        self._show_fields()
        # on the first focus nothing is laid out yet, so nothing can be wrapped
        self.call_after_refresh(self._show_said)

    def _show_fields(self) -> None:
        for field in self._asked.fields:
            is_here = self._here() == field
            mark = self._glyphs.crumb if is_here else " "
            label = line((f"{mark} ", "key"), (field.name, "strong" if is_here else "dim"))
            self.query_one(f"#label_{field.name}", Bar).show(label)

    def _here(self) -> Field | None:
        name = self.focused.id if self.focused is not None else None
        return next((field for field in self._asked.fields if field.name == name), None)

    @on(Input.Changed)
    def _show_said(self) -> None:
        """Why the form was not taken, as long as one is where that was; else what a field is for."""
        field = self._here()
        if self._fault is not None and self._fault[0] in (field, None):
            self._say(self._fault[1], "warn")
        elif field is not None:
            self._say(field.hint, "dim")

    def _say(self, text: str, role: Role) -> None:
        bar = self.query_one("#form_said", Bar)
        if not bar.content_size.width:
            # not laid out yet: it is said again after the first refresh
            return
        lines = wrapped(safe(text), bar.content_size.width - 2)[:SAID_LINES]
        bar.show(*(line(("  " + each, role)) for each in lines), EMPTY)

    @on(Input.Submitted)
    def action_accept(self) -> None:
        """Read what was typed and write it, off the UI thread."""
        if self._is_saving:
            return
        self._fault = None
        typed = {each.name: self._value(each).strip() for each in self._asked.fields}
        try:
            change = self._asked.read(typed)
        except QuestionError as error:
            at = error.field if isinstance(error, FieldFault) else None
            self._refuse(Fault(error.message, error.hint), at=at)
            return
        self._is_saving = True
        self.keep(change)

    def _widget(self, name: str) -> Input | WordChoice:
        found = self.query_one(f"#{name}")
        assert isinstance(found, Input | WordChoice)
        return found

    def _value(self, field: Field) -> str:
        return self._widget(field.name).value

    @work(thread=True, exclusive=True, group="form", exit_on_error=False)
    def keep(self, change: Change) -> None:
        """Off the UI thread: never touches a widget, only posts what came of it."""
        found = workers.called("form", partial(self._save, change), self._state_directory)
        self.post_message(found or workers.Looked("form", Fault("stopped", "try again")))

    @on(workers.Looked)
    def accept_kept(self, message: workers.Looked) -> None:
        """Close once it is in the file, else say why it is not."""
        message.stop()
        self._is_saving = False
        if isinstance(message.found, Fault):
            self._refuse(message.found)
        else:
            self.dismiss(True)

    def _refuse(self, fault: Fault, *, at: str | None = None) -> None:
        hint = f" ({fault.hint})" if fault.hint else ""
        field = next((each for each in self._asked.fields if each.name == at), None)
        self._fault = (field, f"{self._glyphs.bad} {fault.message}{hint}")
        if field is not None:
            self._widget(field.name).focus()
        self._show_said()

    def action_leave(self) -> None:
        """Leave the file as it is."""
        self.dismiss(False)


def _widget_of(field: Field) -> Input | WordChoice:
    if field.choices:
        return WordChoice(field.choices, field.start, id=field.name)
    return Input(field.start, id=field.name, select_on_focus=True)
