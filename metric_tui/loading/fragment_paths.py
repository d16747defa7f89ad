"""Paths into JSON: `'$.a.b'`, `'$.a[0]'`, a key alone, or a position."""

from __future__ import annotations

import re

from metric_tui.loading.fragment_tokens import FragmentError, Token, text_of

_STEP = re.compile(r'\.(?P<key>[^.\[\]"\s]+)|\."(?P<quoted>[^"]+)"|\[(?P<position>[0-9]{1,6})\]')
_HINT = "a path is `'$.a.b'`, `'$.a[0]'`, a key such as `'a'`, or a position such as `0`"

JsonPath = tuple[str | int, ...]


def path_of(word: Token, operator: Token) -> JsonPath:
    """The path to the right of `->` or `->>`.

    Raises:
        FragmentError: it is no literal path.
    """
    if word.kind == "number" and word.text.isdigit() and len(word.text) <= 6:
        return (int(word.text),)
    if word.kind == "end":
        raise FragmentError(
            f"a path is missing after `{operator.text}`", operator.start, operator.end, _HINT
        )
    if word.kind != "text":
        raise FragmentError(f"`{word.text}` is no path into JSON", word.start, word.end, _HINT)
    path = text_of(word)
    return rooted_path(word) if path.startswith("$") else (path,)


def rooted_path(word: Token) -> JsonPath:
    """A path that begins with `$`.

    Raises:
        FragmentError: it is no such path.
    """
    path = text_of(word)
    steps: list[str | int] = []
    place = 1
    while path.startswith("$") and place < len(path):
        match = _STEP.match(path, place)
        if match is None:
            break
        position = match["position"]
        steps.append(int(position) if position else match["key"] or match["quoted"])
        place = match.end()
    if not steps or place < len(path):
        raise FragmentError(f"{word.text} is no path into JSON", word.start, word.end, _HINT)
    return tuple(steps)
