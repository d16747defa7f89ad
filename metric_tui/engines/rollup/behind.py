"""Derived tracks that are to be brought up to date."""

from dataclasses import dataclass

from metric_tui.engines.rollup.tracks import Track


@dataclass(frozen=True, slots=True)
class Behind:
    """A derived track that is to be brought up to date."""

    track: Track
    number: int
    """The cache's."""

    bases: tuple[int, ...]
    """The cache's numbers of the tracks that it is made of."""

    lenses: int
    since: tuple[int | None, ...]
    """By base, the first day that has changed; None where no day has."""

    before: int | None
    """The last row that it was made of so far; None where it is made anew."""

    high: int
    """The last row that the bases have read."""

    @property
    def is_of_logs(self) -> bool:
        """Whether it is condensed of logs."""
        return self.track.made_of[0].shape == "log"

    @property
    def is_changed(self) -> bool:
        """Whether anything it is made of has changed."""
        return any(since is not None for since in self.since)
