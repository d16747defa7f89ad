"""Looking: which view the card shows, how large, and who has the focus."""

from collections.abc import Callable, Hashable
from functools import partial

from textual import on, work
from textual.content import Content as Title
from textual.timer import Timer

from metric_tui.presentation.pieces import line
from metric_tui.presentation.safe import safe
from metric_tui.presentation.tree_table import titled
from metric_tui.tui import workers
from metric_tui.tui.arrangement import ARRANGEMENTS, Arrangement
from metric_tui.tui.exploring import Exploring
from metric_tui.tui.keys import MAIN
from metric_tui.tui.seen import Seen
from metric_tui.tui.views import VIEWS, view_named
from metric_tui.tui.views.base import Fault, ShowEntity, View, fault_lines, title_line
from metric_tui.tui.views.events import event_content
from metric_tui.tui.widgets.pane import Cells, Content
from metric_tui.tui.widgets.tree_table import TreeTable
from metric_tui.workspace import EventTable

REST = 0.12
"""Seconds the cursor rests on a row before more is looked up about it."""

RULE = 2
"""Cells between the first column and the beginning of a title in the rule below the tree."""

KEPT = 64
"""How many things looked up are kept."""


class Looking(Exploring):
    """Actions on the card."""

    arranged: Arrangement = "wide"
    is_full = False
    _resting: Timer | None = None
    _rested_for: Hashable | None = None

    def place_panes(self, arranged: Arrangement) -> None:
        """Place tree and card for the size of the terminal."""
        if self.has_class(f"-{arranged}"):
            return
        self.arranged = arranged
        for name in ARRANGEMENTS:
            self.set_class(name == arranged, f"-{name}")
        self.name_pane()

    @on(TreeTable.Headed)
    def name_pane(self) -> None:
        """Name the view in the card's frame; a tree without a frame has its columns named there."""
        if self.arranged == "wide":
            self.pane.border_title = Title(self.view.name)
            return
        heads = "" if self.is_full else self.tree_table.heads
        self.pane.border_title = Title(f" {titled(self.view.name, heads, RULE)} ")

    def action_full(self) -> None:
        """The card on the whole screen, and back."""
        self._set_full(not self.is_full)
        is_beside = self.arranged == "wide" and not self.is_map
        (self.pane if self.is_full or is_beside else self.front).focus()

    def _set_full(self, is_full: bool) -> None:
        self.is_full = is_full
        self.set_class(is_full, "-full")
        self.name_pane()

    def action_other_pane(self) -> None:
        """Between tree and card; the card takes the screen where both have no room."""
        if self.front.has_focus:
            if self.is_map or self.arranged not in ("wide", "tall"):
                self._set_full(True)
            self.pane.focus()
        else:
            self._set_full(False)
            self.front.focus()

    def action_leave(self) -> None:
        """Back: from the card, from below the top, at last out."""
        if self.leave_pane():
            return
        if self.is_map:
            self.call_later(self.run_action, "map")
        elif len(self.choices.root) > 1:
            self.call_later(self.run_action, "up")
        else:
            self.call_later(self.app.run_action, "quit")

    def action_help(self) -> None:
        """Every key."""
        from metric_tui.tui.screens.help import Help

        self.app.push_screen(Help(MAIN, self.settings.keymap, self.glyphs))

    def action_palette(self) -> None:
        self.app.action_command_palette()

    def leave_pane(self) -> bool:
        """Back from the card to the tree; whether that was anything."""
        if self.is_full or self.pane.has_focus:
            self._set_full(False)
            self.front.focus()
            return True
        return False

    def action_view(self, name: str) -> None:
        """Show a view; where the card is hidden or small, on the whole screen."""
        self.show_view(name)
        if (self.is_map or self.arranged in ("strip", "bare")) and not self.is_full:
            self._set_full(True)
            self.pane.focus()

    def action_next_view(self) -> None:
        self._step_view(1)

    def action_previous_view(self) -> None:
        self._step_view(-1)

    def _step_view(self, step: int) -> None:
        place = (VIEWS.index(self.view) + step) % len(VIEWS)
        self.action_view(VIEWS[place].name)

    def show_view(self, name: str) -> None:
        self.view = view_named(name)
        self.name_pane()
        place = VIEWS.index(self.view)
        before, after = VIEWS[place - 1].name, VIEWS[(place + 1) % len(VIEWS)].name
        self.pane.border_subtitle = Title(f"{{ {before} {self.glyphs.dot} {after} }}")
        self.show_pane(from_top=True)
        self.show_footer()

    def show_pane(self, *, from_top: bool = False) -> None:
        view, seen = self.view, self.seen
        subject = view.subject(seen)
        key = (view.name, subject)
        found = self.found.get(key) if subject is not None else None
        self.pane.show(partial(_shown, view, seen, found), from_top=from_top)
        if subject is not None and found is None and not self.is_part_known:
            self.rest(key)

    def rest(self, key: Hashable) -> None:
        """Look the view's subject up once the cursor has rested for a moment."""
        if self._resting is not None:
            self._resting.stop()
        self._resting = self.set_timer(REST, partial(self.look_up_view, key))
        self._rested_for = key

    def look_up_now(self) -> None:
        """Do not wait for the cursor to rest: it was an answer that came, not a key."""
        if self._resting is not None and self._rested_for is not None:
            self._resting.stop()
            self._resting = None
            self.look_up_view(self._rested_for)

    @work(thread=True, exclusive=True, group="view", exit_on_error=False)
    def fetch(self, key: Hashable, fetch: Callable[[], object]) -> None:
        """Off the UI thread: never touches a widget, only posts what it found."""
        found = workers.called(key, fetch, self.settings.state_directory)
        if found is not None:
            self.post_message(found)

    def look_up(self, key: Hashable, fetch: Callable[[], object]) -> None:
        self.fetch(key, fetch)

    def look_up_view(self, key: Hashable) -> None:
        """Look up what the view shows, unless the user has moved on."""
        view, seen = self.view, self.seen
        if key == (view.name, view.subject(seen)):
            self.look_up(key, partial(view.fetch, self.workspace, seen))

    def keep_found(self, key: Hashable, found: object) -> None:
        """Keep what was looked up, and show it if it is still wanted."""
        self.found[key] = found if found is not None else Fault("nothing was found")
        while len(self.found) > KEPT:
            del self.found[next(iter(self.found))]
        if key == (self.view.name, self.view.subject(self.seen)):
            self.show_pane()

    def look_up_entity(self, choice: ShowEntity) -> None:
        """Show one entity's timeline in place of the rows."""
        seen = self.seen

        def fetch() -> object:
            return self.workspace.events(seen.metric, seen.question, entity=choice.entity)

        self.look_up(("entity", choice.entity), fetch)

    def show_entity(self, found: object) -> None:
        """Show a timeline; the events come back with the next row of the tree, or with R."""
        self.pane.show(partial(_timeline, self.seen, found), from_top=True)


def _shown(view: View, seen: Seen, found: object | None, cells: Cells) -> Content:
    return view.show(seen, found, cells)


def _timeline(seen: Seen, found: object, cells: Cells) -> Content:
    if isinstance(found, Fault):
        return Content(lines=(title_line(seen), *fault_lines(found)))
    if not isinstance(found, EventTable):
        return Content(lines=(title_line(seen),))
    entity = ""
    if found.rows and found.entity_column is not None:
        entity = f"timeline of {safe(found.rows[0][found.entity_column])}"
    head = (title_line(seen), line((entity, "strong")))
    content = event_content(found, head, seen, cells[0])
    return Content(lines=content.lines)
