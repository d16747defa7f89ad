"""What every engine offers, whatever database is behind it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from metric_tui.engines.dialects.base import Dialect


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnInfo:
    """A column as the store declares it."""

    name: str
    type: str
    """The declared type in upper case, empty where there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """A statement's result."""

    columns: tuple[str, ...]
    rows: Sequence[tuple[Any, ...]]
    """Numbers, text, booleans, None; dates and times where the engine has such types."""


class Engine(Protocol):
    """A store opened read only. Every method may be called from any thread."""

    @property
    def name(self) -> str:
        """`sqlite`, `duckdb`: the word shown to the user."""
        ...

    @property
    def url(self) -> str:
        """What was opened."""
        ...

    @property
    def dialect(self) -> Dialect:
        """How it writes SQL."""
        ...

    def fetch(self, statement: str) -> Fetched:
        """Run one statement.

        Raises:
            StoreError: the store refuses it.
            Cancelled: `interrupt` was called meanwhile.
        """
        ...

    def tables(self) -> tuple[str, ...]:
        """Names of tables and views."""
        ...

    def columns(self, table: str) -> tuple[ColumnInfo, ...]:
        """A table's columns in order; empty for a table that does not exist."""
        ...

    def fingerprint(self) -> str:
        """Changes whenever the store's content may have changed; cheap."""
        ...

    def interrupt(self) -> None:
        """Stop whatever runs, from any thread."""
        ...

    def close(self) -> None:
        """Let go of the store."""
        ...
