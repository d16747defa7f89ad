"""Words that stand for no value, as R, pandas and SQL write them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

WORDS = frozenset(
    ("NA", "N/A", "n/a", "#N/A", "<NA>", "NULL", "Null", "null", "None", "NaN", "nan", "\\N", "-", "?")
)  # fmt: skip
"""In a column of numbers, times or truth; in one of text they are text."""


@dataclass(frozen=True, slots=True)
class Place:
    """A line of a file."""

    file: str
    line: int

    def words(self, *, with_file: bool) -> str:
        """Where it is."""
        return f"{self.file}:{self.line}" if with_file else f"line {self.line}"


@dataclass(slots=True)
class Words:
    """The words that a column holds beside values."""

    counts: dict[str, int] = field(default_factory=dict)
    first: dict[str, Place] = field(default_factory=dict)

    def without(self, values: Sequence[Any], file: str, lines: Sequence[int]) -> list[Any]:
        """Count the words among some values; gives the other ones.

        Args:
            values: none of which is a list or an object.
            file: that they are of.
            lines: of each value.
        """
        # a value may be equal to a word only where it is text
        for word in WORDS.intersection(values):
            self.counts[word] = self.counts.get(word, 0) + values.count(word)
            if word not in self.first:
                self.first[word] = Place(file, lines[values.index(word)])
        return [value for value in values if value not in WORDS]

    def told(self, rows: int, *, with_file: bool) -> str:
        """How many there are of each and where the first is, as a clause; empty for none.

        Args:
            rows: of the files.
            with_file: whether to name the file of a line.
        """
        found = []
        for word, count in sorted(self.counts.items(), key=lambda item: -item[1]):
            where = self.first[word].words(with_file=with_file)
            verb = "is" if count == 1 else "are"
            found.append(f"{count:,} of {rows:,} {verb} `{word}`, first in {where}")
        return "; ".join(found)
