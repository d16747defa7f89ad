"""Why a text is no YAML, in our words instead of the parser's."""

from __future__ import annotations

from typing import Any


class YamlFault(Exception):
    """One thing wrong with the YAML itself.

    `start` and `end` are character offsets into the text; `metric` is the metric it lies in, and
    `key` the key of that metric.
    """

    def __init__(
        self,
        code: str,
        message: str,
        start: int,
        end: int,
        hint: str | None = None,
        metric: str | None = None,
        key: str | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.start = start
        self.end = end
        self.hint = hint
        self.metric = metric
        self.key = key


DEPTH_LIMIT = 64
"""Levels of lists and mappings within each other."""


def too_deep(start: int, end: int) -> YamlFault:
    """The fault of a list or mapping that is opened below the deepest level."""
    message = f"the file is nested more than {DEPTH_LIMIT} levels deep"
    return YamlFault("too-deep", message, start, end)


INDENT_HINT = (
    "lines of one mapping begin in the same column, and what belongs to a key further right"
)

BLOCK_HINT = "begin it on the next line, further right"

REASONS: tuple[tuple[str, str, str | None], ...] = (
    (
        "mapping values are not allowed",
        "a `:` stands where no key can be",
        "quote text that holds `: `, or mend the indent or a missing `:` just above",
    ),
    ("could not find expected ':'", "a `:` is missing after the key", None),
    ("did not find expected key", "this line does not fit the lines above it", INDENT_HINT),
    ("expected <block end>", "this line does not fit the lines above it", INDENT_HINT),
    (
        "did not find expected '-' indicator",
        "a list's next entry begins with `- `, in the same column",
        None,
    ),
    (
        "sequence entries are not allowed",
        "a list's `- ` cannot begin here",
        "begin the list on the next line, further right",
    ),
    ("expected comment or line break", "text cannot stand beside `|` or `>`", BLOCK_HINT),
    ("expected chomping", "text cannot stand beside `|` or `>`", BLOCK_HINT),
    ("expected ',' or ']'", "a comma or the closing `]` is missing before this", None),
    ("expected ',' or '}'", "a comma or the closing `}` is missing before this", None),
    ("unexpected end of stream", "a quote is opened and never closed", None),
    ("unknown escape character", "`\\` begins an escape that YAML does not have", "write `\\\\`"),
    ("violates indentation", "a tab is used to indent", "YAML indents with spaces"),
    ("unexpected document indicator", "a quote is opened and never closed", None),
    ("expected node content", "a value is missing or begins with a character it cannot", None),
    ("expected the node content", "a value is missing or begins with a character it cannot", None),
    ("duplicate anchors", "an anchor is used twice", None),
)
"""A part of the parser's message, our message, our hint; the first that fits is taken."""


def fault_of(error: Exception, text: str) -> YamlFault:
    """The parser's error as a fault with its place in the text."""
    mark: Any = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    if mark is None:
        return _unreadable_character(text)
    place = max(0, min(mark.index, len(text)))
    problem = str(getattr(error, "problem", None) or getattr(error, "context", "") or "")
    if "maximum nesting depth" in problem:
        # libyaml scans ahead, and may meet a limit of its own before we see the deepest level
        return too_deep(place, min(place + 1, len(text)))
    message, hint = _reason(problem, text[place : place + 1])
    opened: Any = getattr(error, "context_mark", None)
    if opened is not None and "never closed" in message:
        place = min(opened.index, len(text))
    if "expected ','" in problem and opened is not None and opened.line < mark.line:
        # the line on which it was opened is nearly always the one to repair
        place = min(opened.index, len(text))
        message = f"`{text[place : place + 1]}` is not closed, or a comma is missing after it"
    end = min(place + 1, len(text))
    return YamlFault("not-yaml", message, place, end, hint)


def _reason(problem: str, character: str) -> tuple[str, str | None]:
    if "cannot start any token" in problem:
        if character == "\t":
            return "a tab is used to indent", "YAML indents with spaces"
        return f"text cannot begin with `{character}`", "put it in quotes"
    for part, message, hint in REASONS:
        if part in problem:
            return message, hint
    return f"the file is no YAML: {problem or 'it cannot be parsed'}", None


def _unreadable_character(text: str) -> YamlFault:
    place = next((i for i, c in enumerate(text) if not _is_allowed(c)), 0)
    code = ord(text[place]) if text else 0
    return YamlFault(
        "not-yaml",
        f"the character U+{code:04X} cannot stand in a YAML file",
        place,
        min(place + 1, len(text)),
        "remove it",
    )


def _is_allowed(character: str) -> bool:
    code = ord(character)
    return (
        character in "\t\n\r\x85"
        or 0x20 <= code <= 0x7E
        or 0xA0 <= code <= 0xD7FF
        or (0xE000 <= code <= 0xFFFD and code != 0xFEFF)
        or 0x10000 <= code <= 0x10FFFF
    )
