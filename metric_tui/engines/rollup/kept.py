"""What a cache file knows of the tables, sources and measures it was made from."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptTrack:
    """A track as the cache knows it."""

    number: int
    high: int
    """The row number up to which its partials reach."""

    is_stray: bool
    """Whether there was text among its numbers: plain SQL answers with the error."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptSpace:
    """What was found out about a space."""

    excluded: tuple[str, ...] = ()
    is_interned: bool = False
    reason: str | None = None
    """Why it is left to plain SQL; None when it is kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptTable:
    """A table of the store as it was read."""

    schema: str
    high: int
    rows: int
    sampled: tuple[int, ...]
    """Numbers of the rows whose content is compared."""

    digest: str

    as_of: str = ""
    """The store's fingerprint when a refresh last looked at the table."""
