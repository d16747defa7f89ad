"""The name somebody probably meant."""

from __future__ import annotations

from collections.abc import Iterable

LONGEST = 60
"""Longer words are no misspelling, and comparing them costs time."""


def nearest(word: str, choices: Iterable[str]) -> str | None:
    """The choice closest to a word, None where none is close."""
    # only a wrong file pays for this import
    from difflib import get_close_matches

    if len(word) > LONGEST:
        return None
    by_lower = {choice.lower(): choice for choice in choices}
    close = get_close_matches(word.lower(), by_lower, n=1, cutoff=0.6)
    return by_lower[close[0]] if close else None


def did_you_mean(word: str, choices: Iterable[str]) -> str | None:
    """A hint with the nearest choice, None where none is close."""
    close = nearest(word, choices)
    return f"did you mean `{close}`?" if close else None


LETTERS_A_SLIP = 12
"""A longer word may be off by a second letter."""


def slip_of(word: str, choices: Iterable[str]) -> str | None:
    """The choice that a word is a slip of the pen away from, None for a word of its own.

    Stricter than `nearest`: one letter is missing, too many, wrong or swapped with the next (two
    in a word of 12 letters or more), or only case, hyphens and spaces differ.
    """
    if not word or len(word) > LONGEST or word in (known := tuple(choices)):
        return None
    plain = word.lower().replace("-", "_").replace(" ", "_")
    reach = {choice: _edits(plain, choice) for choice in known}
    close = min(reach, key=lambda choice: reach[choice], default=None)
    most = 1 + (len(plain) >= LETTERS_A_SLIP)
    return close if close is not None and reach[close] <= most else None


def _edits(word: str, other: str) -> int:
    """The letters to put in, take out, change or swap with the next to make one word of another."""
    before_last: list[int] = []
    last = list(range(len(other) + 1))
    for row, letter in enumerate(word, 1):
        line = [row]
        for column, wanted in enumerate(other, 1):
            is_swapped = (
                row > 1
                and column > 1
                and word[row - 2 : row] == other[column - 2 : column][::-1]
                and letter != wanted
            )
            line.append(
                min(
                    last[column] + 1,
                    line[-1] + 1,
                    last[column - 1] + (letter != wanted),
                    *([before_last[column - 2] + 1] if is_swapped else []),
                )
            )
        before_last, last = last, line
    return last[-1]
