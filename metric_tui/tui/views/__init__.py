"""The views of the card: a new one is its own file and one line here."""

from metric_tui.tui.commands import Command
from metric_tui.tui.views.base import View
from metric_tui.tui.views.definition import DefinitionView
from metric_tui.tui.views.events import Events
from metric_tui.tui.views.overview import Overview
from metric_tui.tui.views.segments import Segments
from metric_tui.tui.views.shape import ShapeView
from metric_tui.tui.views.targets import Targets
from metric_tui.tui.views.trend import Trend
from metric_tui.tui.views.why import WhyView

VIEWS: tuple[View, ...] = (
    Overview(),
    Trend(),
    WhyView(),
    Segments(),
    ShapeView(),
    DefinitionView(),
    Events(),
    Targets(),
)

VIEW_COMMANDS: tuple[Command, ...] = tuple(
    Command(
        name="view",
        keys=(view.key,),
        shown=view.key,
        words=view.name,
        description=view.description,
        group="Look",
        argument=f"'{view.name}'",
    )
    for view in VIEWS
    if view.key
)
"""A key per view; segments open with `break_down`."""


def view_named(name: str) -> View:
    """A view by name, the first one where none bears it."""
    return next((view for view in VIEWS if view.name == name), VIEWS[0])
