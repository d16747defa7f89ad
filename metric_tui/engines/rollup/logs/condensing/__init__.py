"""Condenses logs: what of their rows answers any filter and breakdown by whole days.

A filter by dimensions leaves or drops all rows of a cell. So a session whose rows are all of one
cell is left as it is or dropped as a whole, and no other session comes to touch it: such sessions
are counted by day and cell (`TOTALS`), and kept with who had one (`STARTERS`). The rows of all
others, and of those that the block before or after may go on with, stay (`ROWS`), to be cut anew
under each filter.

Of the first-step rows of a funnel the first of each member, day and cell is kept, with how far it
gets (`DEPTHS`): what follows the first step is not filtered. Of the base rows of a conversion, which
goes by days, the last of each is kept (`BASES`), and of conversions who and on which day
(`CONVERTED`).

Where rows have come only the days are condensed anew that these may change, and of a funnel's only
the members that they are of.
"""

from metric_tui.engines.rollup.logs.condensing.blocks import (
    TooMixed,
    condensed_blocks,
    first_block,
)
from metric_tui.engines.rollup.logs.condensing.task import (
    BASES,
    CONVERTED,
    DEPTHS,
    PARTS,
    ROWS,
    STARTERS,
    TOTALS,
    PackedParts,
)

__all__ = [
    "BASES",
    "CONVERTED",
    "DEPTHS",
    "PARTS",
    "ROWS",
    "STARTERS",
    "TOTALS",
    "PackedParts",
    "TooMixed",
    "condensed_blocks",
    "first_block",
]
