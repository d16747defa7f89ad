"""What the keys of one mapping gave, readable or not, for rules over several keys."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from metric_tui.loading.nodes import Mapping, Node, Scalar
from metric_tui.loading.reading import Spot


@dataclass(slots=True)
class Given:
    """The keys that stand in a mapping, all by field name.

    `keys` has every key that is there, `nodes` its value where it has one, `values` what could be
    read of it. `is_whole` says whether all was read and nothing required is missing.
    """

    spot: Spot
    node: Mapping
    called: str
    keys: dict[str, Scalar] = field(default_factory=dict)
    nodes: dict[str, Node] = field(default_factory=dict)
    values: dict[str, Any] = field(default_factory=dict)
    is_whole: bool = True

    def value(self, name: str) -> Any:
        """A field's value, None where it is absent or unreadable."""
        return self.values.get(name)

    def place(self, name: str) -> Node | Spot:
        """Where a field's value stands; the mapping's key where it does not."""
        return self.nodes.get(name) or self.spot
