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
class TableContent:
    """What a table held up to a row number, as hashes of its pages and of the rows after them."""

    leaves: int
    """Whole pages that are hashed as they are, 0 where all rows are hashed one by one."""

    pages: str
    after: int | None
    """The last row number on those pages; None without any."""

    rows: str
    """Hash of the rows after those pages, up to the table's `high`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptTable:
    """A table of the store as it was read."""

    schema: str
    high: int
    rows: int
    content: TableContent
    as_of: str = ""
    """The store's fingerprint when a refresh last looked at the table."""
