"""In which group of a breakdown somebody was first on a day."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from pyroaring import BitMap

from metric_tui.base.series import Group
from metric_tui.definitions.asks import MeasureAsk
from metric_tui.engines.rollup.logs.opening import open_logs
from metric_tui.engines.rollup.logs.windows import Window
from metric_tui.engines.rollup.shelf import Shelf
from metric_tui.engines.store import Store


def first_groups(
    store: Store, shelf: Shelf, ask: MeasureAsk, day: int, members: Any
) -> Mapping[Group, Any] | None:
    """Some members by the group of their first row of a day; None where no log is kept of it.

    Args:
        store: whose rows they are.
        shelf: holds the logs.
        ask: whose first log and slice decide.
        day: as `date.toordinal` counts.
        members: a set of them.
    """
    logs = open_logs(store, shelf, ask)
    if not logs:
        return None
    shelf.log_memory.make_room()
    (log,) = logs
    rows = log.days(day, day + 1, Window(0, log.log.reach[1]), ask.slice)
    if not rows:
        return {}
    own = rows[0]
    is_wanted = np.isin(own.kept, np.array(members, dtype=np.uint32))
    is_wanted[1:] &= own.kept[1:] != own.kept[:-1]
    places, groups = log.targets(ask.slice)
    where, who = places[own.cells[is_wanted]], own.kept[is_wanted]
    return {group: BitMap(who[where == place]) for place, group in enumerate(groups)}
