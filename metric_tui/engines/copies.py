"""The SELECTs of `sql:` sources, whose rows are read once for each state of the store.

A statement holds such a SELECT in full, so that it can be pasted elsewhere; an engine that has a
copy of the rows puts the copy's name in its place when it runs the statement.
"""

import hashlib
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from metric_tui.engines.dialects.base import Dialect

MOST_KNOWN = 64
"""SELECTs that are remembered; an editor makes a new one of every version of a file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceQuery:
    """The SELECT of a source."""

    text: str
    """As it stands in statements, in parentheses."""

    statement: str
    """As the tree file has it, without a `;` at the end."""

    source: str
    """The source's name, for messages."""

    time_column: str

    @property
    def digest(self) -> str:
        """Its identity as part of a name."""
        parts = f"{self.statement}\0{self.time_column}"
        return hashlib.sha256(parts.encode()).hexdigest()[:12]


class SourceQueries:
    """The SELECTs that an engine has been shown."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, SourceQuery] = OrderedDict()

    def text_of(self, dialect: Dialect, statement: str, *, source: str, time_column: str) -> str:
        """What follows FROM for the rows of a SELECT, found from now on in statements.

        Args:
            dialect: of the engine.
            statement: the SELECT, without a `;` at the end.
            source: whose it is, for messages.
            time_column: by which its rows are mostly looked for.
        """
        text = dialect.materialized(statement)
        self._known[text] = SourceQuery(
            text=text, statement=statement, source=source, time_column=time_column
        )
        self._known.move_to_end(text)
        while len(self._known) > MOST_KNOWN:
            self._known.popitem(last=False)
        return text

    def replaced(self, statement: str, copy_of: Callable[[SourceQuery], str | None]) -> str:
        """A statement that reads copies.

        Args:
            statement: it may hold SELECTs that are known.
            copy_of: the copy's name as SQL; None where the SELECT stays as it is.
        """
        for query in tuple(self._known.values()):
            if query.text in statement:
                name = copy_of(query)
                if name is not None:
                    statement = statement.replace(query.text, name)
        return statement
