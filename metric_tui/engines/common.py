"""What every engine offers, whatever database is behind it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from metric_tui.engines.dialects.base import Dialect
from metric_tui.engines.limits import Limits


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

    @property
    def limits(self) -> Limits:
        """How long one statement may take."""
        ...

    def fetch(self, statement: str) -> Fetched:
        """Run one statement.

        Raises:
            StoreError: the store refuses it.
            TimeLimitMet: it took longer than `limits` allow.
            Cancelled: `interrupt` was called meanwhile, or the thread's work is no longer wanted.
            KeyboardInterrupt: Ctrl+C, on the main thread.
        """
        ...

    def rows_of(self, statement: str, *, source: str, time_column: str) -> str:
        """What follows FROM for the rows of a SELECT, which are read once a state of the store.

        Args:
            statement: the SELECT, without a `;` at the end.
            source: whose it is, for messages.
            time_column: by which its rows are mostly looked for.
        """
        ...

    def keep_copies(self) -> None:
        """Keep copies of such rows in the cache directory, for the next process too."""
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
