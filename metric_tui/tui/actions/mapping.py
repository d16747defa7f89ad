"""The map: the same tree as boxes and links, with the same metric selected."""

from dataclasses import replace

from textual import on

from metric_tui.presentation.tree_rows import MOST_ROWS
from metric_tui.tui.exploring import Exploring
from metric_tui.tui.widgets.tree_map import TreeMap


class Mapping(Exploring):
    """Shows the map in place of table and card."""

    def action_map(self) -> None:
        """The map, and back to the table, where what was selected is opened."""
        self.set_map(not self.is_map)

    def set_map(self, is_map: bool) -> None:
        """Show the map, or the table."""
        self.is_map = is_map
        self.set_class(is_map, "-map")
        # styled now, so that it has the focus before the next key comes
        self.app.stylesheet.update(self)
        self.set_focus(self.front)
        if is_map:
            self.show_tree()
        else:
            self.go_to(self.selected)
        self.show_footer()

    def show_map(self) -> None:
        """Draw the map, if it is what is shown."""
        if self.is_map:
            everything = replace(
                self.choices, depth=MOST_ROWS, opened=frozenset(), closed=frozenset()
            )
            self.tree_map.show(self.rows_of(everything), self.selected)

    @on(TreeMap.Moved)
    def follow_map(self, message: TreeMap.Moved) -> None:
        """The selected metric is the same one everywhere."""
        self.select(message.path)

    @on(TreeMap.Chosen)
    def click_box(self) -> None:
        """A second click on a box drills."""
        self.call_later(self.run_action, "drill")
