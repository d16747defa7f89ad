"""Where the characters of a scalar's value stand in the file.

Each style is read a second time with places; the result is used only if it spells the very value
the YAML parser gave, so a place is either right or not given.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from metric_tui.loading.nodes import Scalar

_ESCAPES = {
    "0": "\0", "a": "\a", "b": "\b", "t": "\t", "\t": "\t", "n": "\n", "v": "\v", "f": "\f",
    "r": "\r", "e": "\x1b", " ": " ", '"': '"', "/": "/", "\\": "\\", "N": "\x85", "_": "\xa0",
    "L": "\u2028", "P": "\u2029",
}  # fmt: skip
_HEX_ESCAPES = {"x": 2, "u": 4, "U": 8}
_FOLD = re.compile(r"[ \t]*(\r\n|\r|\n)(?:[ \t]*(?:\r\n|\r|\n))*[ \t]*")
_BREAK = re.compile(r"\r\n|\r|\n")

Placed = tuple[str, int]
"""One character of the value, or a line of it, and the offset at which it is written."""


def places_of(scalar: Scalar, text: str) -> tuple[int, ...] | None:
    """The file offset of each character of the value, then of its end.

    Returns:
        One more entry than the value has characters, or None where they cannot be known.
    """
    raw = text[scalar.start : scalar.end]
    for found in _readings(raw, scalar.style):
        value = scalar.text
        if scalar.style in ("|", ">"):
            value = value.rstrip("\n")
            found = _without_last_breaks(found)
        if "".join(character for character, _ in found) == value:
            end = scalar.end if scalar.style in ("", "|", ">") else scalar.end - 1
            trailing = len(scalar.text) - len(value)
            return (*(scalar.start + at for _, at in found), *([end] * (trailing + 1)))
    return None


def _without_last_breaks(found: list[Placed]) -> list[Placed]:
    length = len(found)
    while length and found[length - 1][0] == "\n":
        length -= 1
    return found[:length]


def written_width(text: str, place: int, style: str) -> int:
    """How many characters of the file one character of the value is written with."""
    if style == '"' and text[place : place + 1] == "\\":
        return 2 + _HEX_ESCAPES.get(text[place + 1 : place + 2], 0)
    return 2 if style == "'" and text[place : place + 1] == "'" else 1


def _readings(raw: str, style: str) -> Iterator[list[Placed]]:
    """The ways to read a scalar; several for a block, whose indentation may not be known."""
    if style == "'":
        yield list(_single(raw))
    elif style == '"':
        yield list(_double(raw))
    elif style:
        read = _literal if style == "|" else _folded
        for indent in _indents(raw):
            yield list(read(_block_lines(raw, indent)))
    else:
        yield list(_plain(raw, 0, len(raw)))


def _plain(raw: str, start: int, end: int) -> Iterator[Placed]:
    place = start
    while place < end:
        fold = _FOLD.match(raw, place, end)
        if fold:
            yield from _fold(fold)
            place = fold.end()
        else:
            yield raw[place], place
            place += 1


def _fold(fold: re.Match[str]) -> Iterator[Placed]:
    """A single line break is a space; of several all but the first are kept."""
    breaks = len(_BREAK.findall(fold.group()))
    if breaks == 1:
        yield " ", fold.start(1)
    for _ in range(breaks - 1):
        yield "\n", fold.start(1)


def _single(raw: str) -> Iterator[Placed]:
    skip = -1
    for character, place in _plain(raw, 1, len(raw) - 1):
        if place == skip:
            continue
        yield character, place
        if character == "'":
            skip = place + 1


def _double(raw: str) -> Iterator[Placed]:
    place, end = 1, len(raw) - 1
    while place < end:
        fold = _FOLD.match(raw, place, end)
        if raw[place] == "\\":
            character, after = _escape(raw, place)
            if character:
                yield character, place
            place = after
        elif fold:
            yield from _fold(fold)
            place = fold.end()
        else:
            yield raw[place], place
            place += 1


def _escape(raw: str, place: int) -> tuple[str, int]:
    """The character an escape stands for, and where the text goes on."""
    letter = raw[place + 1 : place + 2]
    if letter in _HEX_ESCAPES:
        after = place + 2 + _HEX_ESCAPES[letter]
        return chr(int(raw[place + 2 : after], 16)), after
    continued = re.compile(r"(\r\n|\r|\n)[ \t]*").match(raw, place + 1)
    if continued:
        return "", continued.end()
    return _ESCAPES.get(letter, letter), place + 2


def _indents(raw: str) -> Iterator[int]:
    """Columns in which a block's text may begin, the likeliest first.

    A number in the header counts from the parent's column, which is not known here.
    """
    header, *body = _BREAK.split(raw)
    indents = [len(line) - len(line.lstrip(" ")) for line in body if line.strip(" ")]
    if not indents:
        yield 0
    elif re.search(r"[1-9]", header.split("#")[0]):
        yield from range(min(indents), -1, -1)
    else:
        yield indents[0]


def _block_lines(raw: str, indent: int) -> list[Placed]:
    """The lines of a block scalar below its header, without their indentation."""
    lines: list[Placed] = []
    place = 0
    for line in re.split(r"(?<=\n)|(?<=\r)(?!\n)", raw):
        lines.append((line.rstrip("\r\n")[indent:], place + min(indent, len(line))))
        place += len(line)
    return lines[1:]


def _literal(lines: list[Placed]) -> Iterator[Placed]:
    for line, at in lines:
        for offset, character in enumerate(line):
            yield character, at + offset
        yield "\n", at + len(line)


def _folded(lines: list[Placed]) -> Iterator[Placed]:
    for number, (line, at) in enumerate(lines):
        for offset, character in enumerate(line):
            yield character, at + offset
        after = lines[number + 1][0] if number + 1 < len(lines) else ""
        is_folded = line != "" and line[0] not in " \t"
        if is_folded and after and after[0] not in " \t":
            yield " ", at + len(line)
        elif not (is_folded and not after and number + 1 < len(lines)):
            yield "\n", at + len(line)
