"""Which rows of a source a measure reads."""

from dataclasses import dataclass
from typing import Literal

from metric_tui.definitions.fragments import Fragment


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """Rows of one source: what a measure reads."""

    source: str
    time_column: str
    events: tuple[str, ...] = ()
    """Names of events, any of them; empty for all rows."""

    filters: tuple[Fragment, ...] = ()

    def may_share(self, other: "Rows") -> bool:
        """Whether a row may be one of these and of others; filters are taken to decide nothing."""
        events = (
            not self.events or not other.events or not set(self.events).isdisjoint(other.events)
        )
        return self.source == other.source and events


@dataclass(frozen=True, slots=True, kw_only=True)
class NonAdditive:
    """Keep only the rows at the first or last value of a column within a period (and group)."""

    column: Fragment
    window_agg: Literal["min", "max"]
    group_by: tuple[Fragment, ...] = ()
