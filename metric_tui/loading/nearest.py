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
