"""When the events of a source begin and end."""

from dataclasses import dataclass
from datetime import datetime

from metric_tui.base.time_layouts import Coverage


@dataclass(frozen=True, slots=True, kw_only=True)
class Extent:
    """When a source's events begin and end; both None for an empty source."""

    first: datetime | None
    last: datetime | None
    """The last event, or the last second of what it stands for: its day in a column of dates, its
    month in one of months, its hour where every time is a whole hour."""

    event: datetime | None = None
    """The last event itself, where what it stands for reaches further."""

    unit: Coverage | None = None
    """What one time stands for where the column says no clock."""
