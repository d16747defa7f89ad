"""Where a word stands in a text, for the editor's find."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from textual.document._document import Location


def matches(lines: Sequence[str], word: str) -> tuple[Location, ...]:
    """Places of a literal word, in order; case counts only if the word has a capital."""
    if not word:
        return ()
    flags = re.NOFLAG if any(letter.isupper() for letter in word) else re.IGNORECASE
    pattern = re.compile(re.escape(word), flags)
    return tuple(
        (row, found.start()) for row, line in enumerate(lines) for found in pattern.finditer(line)
    )


def match_after(found: Sequence[Location], place: Location) -> int:
    """The number of the first match after a place, from the top again where there is none."""
    return bisect_right(found, place) % len(found)


def match_before(found: Sequence[Location], place: Location) -> int:
    """The number of the last match before a place, from the end again where there is none."""
    return (bisect_left(found, place) - 1) % len(found)
