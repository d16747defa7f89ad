"""The state of the main screen, and what its actions may call."""

from collections.abc import Callable, Hashable, Mapping
from typing import TYPE_CHECKING

from textual.screen import Screen

from metric_tui.definitions.tree import MetricTree
from metric_tui.planning.answer import Answer
from metric_tui.planning.question import Question
from metric_tui.presentation.glyphs import Glyphs
from metric_tui.presentation.pieces import Role
from metric_tui.presentation.tree_rows import Path, TreeChoices, TreeRow, top_of
from metric_tui.tui.seen import Seen
from metric_tui.tui.settings import Settings
from metric_tui.tui.views import VIEWS
from metric_tui.tui.widgets.pane import Pane
from metric_tui.tui.widgets.tree_map import TreeMap
from metric_tui.tui.widgets.tree_table import TreeTable
from metric_tui.workspace import Workspace

if TYPE_CHECKING:
    from metric_tui.analysis.goals import Goal
    from metric_tui.analysis.status import Flag
    from metric_tui.presentation.exporting import Standing
    from metric_tui.tui.views.base import View


class Exploring(Screen[None]):
    """A question, its answer, the selected place; actions change them and the screen follows."""

    def __init__(self, workspace: Workspace, settings: Settings) -> None:
        super().__init__()
        self.workspace = workspace
        self.settings = settings
        self.question: Question = workspace.default_question()
        self.answer: Answer | None = None
        self.metric_tree: MetricTree = workspace.tree
        """The tree whose rows are shown: a worker may have read a newer one already."""
        self.choices = TreeChoices(root=(top_of(workspace.tree),))
        self.selected: Path = self.choices.root
        self.contributions: dict[Path, float] = {}
        self.dimension: str | None = None
        self.view: View = VIEWS[0]
        self.asked_before: list[Question] = []
        self.places_before: list[tuple[TreeChoices, Path]] = []
        self.found: dict[Hashable, object] = {}
        self.is_map = False

    @property
    def glyphs(self) -> Glyphs:
        return self.settings.glyphs

    @property
    def tree_table(self) -> TreeTable:
        return self.query_one("#tree", TreeTable)

    @property
    def tree_map(self) -> TreeMap:
        return self.query_one("#map", TreeMap)

    @property
    def front(self) -> TreeTable | TreeMap:
        """What shows the tree: the table, or the map."""
        return self.tree_map if self.is_map else self.tree_table

    @property
    def pane(self) -> Pane:
        return self.query_one("#pane", Pane)

    @property
    def seen(self) -> Seen:
        """All a view needs to know."""
        return Seen(
            tree=self.metric_tree,
            question=self.question,
            answer=self.answer,
            path=self.selected,
            choices=self.choices,
            glyphs=self.glyphs,
            revision=self.workspace.revision,
            contributions=self.contributions,
            dimension=self.dimension_of(self.selected[-1]),
            goals=self.goals,
            unusual=self.unusual,
        )

    @property
    def goals(self) -> "Mapping[str, Goal]":
        """How each target stands under the question; empty until that is known."""
        return {}

    @property
    def is_waiting(self) -> bool:
        """Whether the question is being answered."""
        raise NotImplementedError

    @property
    def is_part_known(self) -> bool:
        """Whether some numbers are there and others not: no time for more questions."""
        return self.answer is not None and not self.answer.is_whole

    @property
    def standing(self) -> "Standing":
        """The targets and key results under the question; empty until they are known."""
        return (), ()

    @property
    def unusual(self) -> "Mapping[str, Mapping[int, Flag]]":
        """By metric: periods shown that are not as expected, by index; empty until known."""
        return {}

    def dimension_of(self, metric: str) -> str | None:
        """The chosen dimension where the metric has it, else its first one."""
        names = self.metric_tree.dimensions_of(metric)
        if self.dimension in names:
            return self.dimension
        return names[0] if names else None

    def ask(self, question: Question, *, remember: bool = True) -> None:
        """Change the question of the whole tree."""
        raise NotImplementedError

    def go(self, choices: TreeChoices, selected: Path) -> None:
        """Change root, expansion or selection, remembering where it was."""
        raise NotImplementedError

    def go_to(self, path: Path) -> None:
        """Select a place, opening what hides it."""
        raise NotImplementedError

    def select(self, path: Path) -> None:
        """Move the cursor to a place that is shown."""
        raise NotImplementedError

    def show_tree(self) -> None:
        """Draw the rows of the tree anew."""
        raise NotImplementedError

    def show_map(self) -> None:
        """Draw the map anew, if it is what is shown."""
        raise NotImplementedError

    def rows_of(self, choices: TreeChoices) -> tuple[TreeRow, ...]:
        """The rows of the tree as it would be opened."""
        raise NotImplementedError

    def show_pane(self, *, from_top: bool = False) -> None:
        """Draw the card anew."""
        raise NotImplementedError

    def show_view(self, name: str) -> None:
        """Show another view in the card."""
        raise NotImplementedError

    def show_footer(self) -> None:
        """Draw the keys of where one is."""
        raise NotImplementedError

    def say(self, text: str, role: Role = "accent") -> None:
        """Tell something in the footer for a moment."""
        raise NotImplementedError

    def look_up(self, key: Hashable, fetch: Callable[[], object]) -> None:
        """Look something up off the UI thread; `looked` gets it."""
        raise NotImplementedError

    def reload_all(self) -> None:
        """Read file and store anew, off the UI thread."""
        raise NotImplementedError

    def after_contributions(self) -> None:
        """Split the change again, as another component view was chosen."""
        raise NotImplementedError
