"""The groups of all dimensions that a log's rows are of."""

from dataclasses import dataclass, field

from metric_tui.base.series import Group


@dataclass(slots=True)
class Groups:
    """Groups in the order they were met."""

    values: list[Group] = field(default_factory=list)
    _places: dict[Group, int] = field(default_factory=dict)

    def place(self, group: Group) -> int:
        """Where a group stands, from now on if it was not met before."""
        place = self._places.get(group)
        if place is None:
            place = self._places[group] = len(self.values)
            self.values.append(group)
        return place
