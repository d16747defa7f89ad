"""Where a cursor stands in a tree file, read from indentation so that broken YAML works too."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

KEY = re.compile(r"(?P<indent> *)(?P<dash>(?:- +)*)(?P<key>[A-Za-z_][\w ]*?)\s*:(?=\s|$)")
DASH = re.compile(r"(?P<indent> *)-(?: |$)")
FLOW_KEY = re.compile(r"\s*(?P<key>\w+)\s*:\s")
SEPARATORS = re.compile(r"[{},\[\]]")
KIND = re.compile(r"(?:^|[{,\s])type:\s*(\w+)")


@dataclass(frozen=True, slots=True)
class Place:
    """Where something is being typed.

    Attributes:
        path: the keys above, from the root.
        key: the key whose value is typed; None where a key itself is.
        kind: the metric's `type` as far as it is written, None without one.
    """

    path: tuple[str, ...]
    key: str | None
    kind: str | None


def place_at(lines: Sequence[str], row: int, column: int) -> Place:
    """The place of a cursor, row and column from 0."""
    before = lines[row][:column]
    depth = _depth(before)
    above = tuple(_keys_above(lines, row, depth))[::-1]
    found = KEY.match(before)
    flow = _open_braces(before)
    path, key = above, found["key"] if found else None
    if found and flow:
        path, key = _in_flow((*above, found["key"]), before, flow)
    elif flow:
        path, key = _in_flow(above, before, flow)
    elif found is None and DASH.match(before) and above:
        # a bare item of a list is a value of the list's own key
        path, key = above[:-1], above[-1]
    return Place(path, key, _kind(lines, row, depth))


def metric_at(lines: Sequence[str], row: int) -> str | None:
    """The metric whose definition a row belongs to, None outside of the metrics."""
    row = _filled(lines, row)
    place = place_at(lines, row, len(lines[row]))
    keys = (*place.path, place.key) if place.key else place.path
    return keys[1] if len(keys) > 1 and keys[0] == "metrics" else None


def _filled(lines: Sequence[str], row: int) -> int:
    """The row itself, or the last one before it that says something."""
    return next((r for r in range(row, 0, -1) if _says_something(lines[r])), 0)


def _says_something(line: str) -> bool:
    return bool(line.strip()) and not line.lstrip().startswith("#")


def _depth(line: str) -> int:
    """Keys standing further left than this are above the line; one with a dash counts itself."""
    dash = DASH.match(line)
    if dash:
        return len(dash["indent"]) + 1
    return len(line) - len(line.lstrip(" "))


def _keys_above(lines: Sequence[str], row: int, depth: int) -> Iterator[str]:
    for number in range(row - 1, -1, -1):
        line = lines[number]
        if depth == 0:
            return
        if not _says_something(line):
            continue
        found = KEY.match(line)
        if found and len(found["indent"]) + len(found["dash"]) < depth:
            yield found["key"]
        dash = DASH.match(line)
        if dash and len(dash["indent"]) < depth:
            depth = len(dash["indent"]) + 1
        elif found:
            depth = min(depth, len(found["indent"]))


def _open_braces(before: str) -> list[int]:
    """Where the brackets stand that are open at the end of a line, quotes left out of account."""
    places: list[int] = []
    for found in SEPARATORS.finditer(before):
        if found.group() in "{[":
            places.append(found.start())
        elif found.group() in "}]" and places:
            places.pop()
    return places


def _in_flow(
    path: tuple[str, ...], before: str, places: list[int]
) -> tuple[tuple[str, ...], str | None]:
    for outer, inner in pairwise(places):
        key = FLOW_KEY.match(_last_part(before[outer + 1 : inner]))
        path = (*path, key["key"]) if key else path
    here = before[places[-1] + 1 :]
    if before[places[-1]] == "[":
        return path[:-1], path[-1] if path else None
    key = FLOW_KEY.match(_last_part(here))
    return path, key["key"] if key else None


def _last_part(text: str) -> str:
    depth = 0
    start = 0
    for found in SEPARATORS.finditer(text):
        depth += {"{": 1, "[": 1, "}": -1, "]": -1}.get(found.group(), 0)
        if found.group() == "," and depth == 0:
            start = found.end()
    return text[start:]


def _kind(lines: Sequence[str], row: int, depth: int) -> str | None:
    """The `type` written in the same block or on the same line."""
    here = KIND.search(lines[row])
    if here:
        return here.group(1)
    for rows in (range(row - 1, -1, -1), range(row + 1, len(lines))):
        for number in rows:
            line = lines[number]
            if not _says_something(line):
                continue
            indent = len(line) - len(line.lstrip(" "))
            if indent < min(depth, 4) or not indent:
                break
            found = KIND.match(line.lstrip()) if indent == min(depth, 4) else None
            if found:
                return found.group(1)
    return None
