"""When the events of a source begin and end."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Extent:
    """When a source's events begin and end; both None for an empty source."""

    first: datetime | None
    last: datetime | None
    """The last event, or the last second of its day where the column holds dates."""
