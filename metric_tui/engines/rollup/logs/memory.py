"""How much of logs is held in memory: what was not used for longest goes first."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field

MOST_BYTES = 320_000_000
"""Of days read and of what was made of them."""


@dataclass(slots=True)
class LogMemory:
    """What is held, in the order of its last use."""

    bytes: int = 0
    _held: OrderedDict[Hashable, tuple[int, Callable[[], object]]] = field(
        default_factory=OrderedDict
    )

    def hold(self, key: Hashable, size: int, drop: Callable[[], object]) -> None:
        """Note what is held.

        Args:
            key: its name.
            size: its bytes.
            drop: lets go of it.
        """
        known, _ = self._held.pop(key, (0, None))
        self._held[key] = (size, drop)
        self.bytes += size - known

    def use(self, key: Hashable) -> None:
        """Note that something held was used."""
        self._held.move_to_end(key)

    def make_room(self) -> None:
        """Drop what was not used for longest while there is too much."""
        while self.bytes > MOST_BYTES:
            _, (size, drop) = self._held.popitem(last=False)
            self.bytes -= size
            drop()
