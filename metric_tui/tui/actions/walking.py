"""Walking the tree: drill, up, back, open and close, depth, order, component views, find."""

from dataclasses import replace

from metric_tui.presentation.finding import matches, places_of, views_along
from metric_tui.presentation.tree_rows import ORDERS, Path, TreeChoices, children_of
from metric_tui.tui.exploring import Exploring


class Walking(Exploring):
    """Actions that change what of the tree is shown, never its numbers."""

    def __init__(self, *args: object, **named: object) -> None:
        super().__init__(*args, **named)  # type: ignore[arg-type]
        self._finds: tuple[Path, ...] = ()
        self._find_place = 0

    def action_drill(self) -> None:
        """Make the selected driver the root."""
        if self.selected == self.choices.root:
            self.say("this is the root of the view; move down to a driver", "dim")
        elif not children_of(self.metric_tree, self.selected, self.choices.views):
            self.say("nothing hangs below this metric", "dim")
        elif self.selected[: len(self.choices.root)] != self.choices.root:
            self.say("this metric is not in the tree", "dim")
        else:
            self.go(replace(self.choices, root=self.selected), self.selected)

    def action_up(self) -> None:
        """Make the metric above the root the root; at the top, go to the row above."""
        root = self.choices.root
        if len(root) > 1:
            self.go(replace(self.choices, root=root[:-1]), root)
        elif len(self.selected) > 1:
            self.select(self.selected[:-1])

    def action_back(self) -> None:
        """Swap with the last place."""
        if not self.places_before:
            self.say("there is no place before this one", "dim")
            return
        choices, selected = self.places_before.pop()
        here = (self.choices, self.selected)
        self.choices = replace(choices, views=self.choices.views, order=self.choices.order)
        self.selected = selected
        self.places_before.append(here)
        self.show_tree()
        self.show_pane(from_top=True)

    def action_open_or_close(self) -> None:
        """Open or close the selected row."""
        if children_of(self.metric_tree, self.selected, self.choices.views):
            self.choices = self.choices.toggled(self.selected)
            self.show_tree()

    def action_depth(self, depth: int) -> None:
        """Show so many levels."""
        self.choices = self.choices.to_depth(depth)
        self.show_tree()
        self.after_selection()

    def action_order(self) -> None:
        """The next order of siblings."""
        place = (ORDERS.index(self.choices.order) + 1) % len(ORDERS)
        self.choices = replace(self.choices, order=ORDERS[place])
        self.show_tree()
        self.say(f"ordered by {ORDERS[place]}")

    def action_component_view(self) -> None:
        """The next component view of the selected metric."""
        metric = self.selected[-1]
        views = self.metric_tree.metrics[metric].views
        if len(views) < 2:
            self.say("this metric is written in one way only", "dim")
            return
        names = [view.name for view in views]
        chosen = self.choices.views.get(metric, names[0])
        after = names[(names.index(chosen) + 1) % len(names)] if chosen in names else names[0]
        self.choices = replace(self.choices, views={**self.choices.views, metric: after})
        self.show_tree()
        self.show_pane()
        self.after_contributions()
        self.say(f"components: {after}")

    def action_find(self) -> None:
        """Ask for a few letters and go to the best match."""
        from metric_tui.tui.screens.prompt import Prompt

        self.app.push_screen(Prompt("Find a metric", glyphs=self.glyphs), self.find)

    def find(self, text: str | None) -> None:
        """Go to the best match of a few letters."""
        if not text:
            return
        tree = self.metric_tree
        names = matches(text, tree)
        places = places_of(tree, self.choices.views)
        self._finds = tuple(places[name] for name in names if name in places)
        if not self._finds:
            self.say(f"no metric matches `{text}`", "warn")
            return
        self._find_place = 0
        self._go_to_find()

    @property
    def is_finding(self) -> bool:
        """Whether the cursor stands where the last search led."""
        return bool(self._finds) and self.selected == self._finds[self._find_place]

    def action_find_next(self) -> None:
        self._step_find(1)

    def action_find_previous(self) -> None:
        self._step_find(-1)

    def _step_find(self, step: int) -> None:
        if not self._finds:
            self.action_find()
            return
        self._find_place = (self._find_place + step) % len(self._finds)
        self._go_to_find()

    def _go_to_find(self) -> None:
        self.go_to(self._finds[self._find_place])
        place, count = self._find_place + 1, len(self._finds)
        self.say(f"{place} of {count}, n for the next, N for the one before")

    def go_to(self, path: Path) -> None:
        """Select a place, opening what hides it."""
        views = views_along(self.metric_tree, path, self.choices.views)
        self.go(replace(self.choices.revealing(path), views=views), path)

    def select(self, path: Path) -> None:
        """Move the cursor to a place that is shown."""
        self.selected = path
        self.show_tree()
        self.show_pane(from_top=True)

    def after_selection(self) -> None:
        """Follow the cursor where a row vanished from under it."""
        row = self.tree_table.selected
        # the map shows every place
        if row is not None and row.path != self.selected and not self.is_map:
            self.selected = row.path
            self.show_pane(from_top=True)

    def go(self, choices: TreeChoices, selected: Path) -> None:
        if (choices.root, selected) != (self.choices.root, self.selected):
            self.places_before = [*self.places_before[-49:], (self.choices, self.selected)]
        self.choices = choices
        self.selected = selected
        self.show_tree()
        self.show_pane(from_top=True)
