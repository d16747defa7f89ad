"""Text from outside, a YAML file or a store, made fit for one line of a terminal."""

import unicodedata
from functools import lru_cache

_FLATTENED = {"\n": " ", "\r": " ", "\t": " "}
_SHOWN_AS_ESCAPE = frozenset({"Cc", "Cs", "Co", "Cn", "Zl", "Zp"})
# these change the order or the presence of what stands beside them
_INVISIBLE = frozenset("\u00ad\u061c\u180e\u200b\u200e\u200f\u2060\ufeff")
_DIRECTIONS = frozenset(map(chr, (*range(0x202A, 0x202F), *range(0x2066, 0x206A))))
_ZERO_WIDTH = frozenset({"Mn", "Me", "Cf"})


def safe(value: object) -> str:
    r"""A value as one line without control characters.

    Line breaks and tabs become blanks; other control characters, ESC among them, and marks that
    turn the reading direction are written out as escapes such as `\x1b`.
    """
    text = value if isinstance(value, str) else str(value)
    if text.isascii() and text.isprintable():
        return text
    return _safe(text)


@lru_cache(maxsize=4096)
def _safe(text: str) -> str:
    return "".join(map(_safe_character, text.replace("\r\n", "\n")))


def _safe_character(character: str) -> str:
    if character in _FLATTENED:
        return _FLATTENED[character]
    hidden = character in _INVISIBLE or character in _DIRECTIONS
    if hidden or unicodedata.category(character) in _SHOWN_AS_ESCAPE:
        return _escape(character)
    return character


def _escape(character: str) -> str:
    number = ord(character)
    if number < 0x100:
        return f"\\x{number:02x}"
    return f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"


def width(text: str) -> int:
    """How many cells of a terminal a text takes."""
    return len(text) if text.isascii() else _width(text)


@lru_cache(maxsize=8192)
def _width(text: str) -> int:
    return sum(map(_character_width, text))


@lru_cache(maxsize=1024)
def _character_width(character: str) -> int:
    if unicodedata.category(character) in _ZERO_WIDTH:
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def cut(text: str, cells: int, ellipsis: str = "…") -> str:
    """The text in at most `cells` cells, with an ellipsis where something is left out."""
    if width(text) <= cells:
        return text
    room = cells - width(ellipsis)
    if room <= 0:
        return ellipsis[: max(cells, 0)]
    if text.isascii():
        return text[:room] + ellipsis
    kept: list[str] = []
    for character in text:
        room -= _character_width(character)
        if room < 0:
            break
        kept.append(character)
    return "".join(kept) + ellipsis


def left(text: str, cells: int, ellipsis: str = "…") -> str:
    """Cut and padded to exactly `cells` cells, text at the left."""
    short = cut(text, cells, ellipsis)
    return short + " " * (cells - width(short))


def right(text: str, cells: int, ellipsis: str = "…") -> str:
    """Cut and padded to exactly `cells` cells, text at the right."""
    short = cut(text, cells, ellipsis)
    return " " * (cells - width(short)) + short
