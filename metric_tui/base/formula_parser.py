"""Text of a formula to its parts, with the place of every mistake.

The grammar is small enough to read by hand, so no Python of a tree file is ever compiled,
a metric may be named `is` or `class`, and each error knows its exact characters.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass, field

from metric_tui.base.errors import UnreadableText
from metric_tui.base.formula_nodes import (
    Absolute,
    Choice,
    Name,
    Negation,
    Node,
    NullIf,
    Number,
    Product,
    Quotient,
    Sum,
    first_value,
    greatest,
    least,
)

LENGTH_LIMIT = 2_000
DEPTH_LIMIT = 50

FUNCTIONS: dict[str, tuple[int, int, Callable[[tuple[Node, ...]], Node]]] = {
    "ABS": (1, 1, lambda parts: Absolute(parts[0])),
    "COALESCE": (1, 100, lambda parts: Choice(parts, first_value)),
    "GREATEST": (1, 100, lambda parts: Choice(parts, greatest)),
    "LEAST": (1, 100, lambda parts: Choice(parts, least)),
    "NULLIF": (2, 2, lambda parts: NullIf(parts[0], parts[1])),
}
"""Function name to its fewest and most arguments and what builds its part."""

ALLOWED_HINT = (
    "a formula has + - * / ( ), numbers, metric names, COALESCE, NULLIF, ABS, LEAST and GREATEST"
)

TOKENS = re.compile(
    r"(?P<space>\s+)|(?P<name>[A-Za-z_][A-Za-z0-9_]*)"
    r"|(?P<number>(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)|(?P<mark>[-+*/(),])"
)


class FormulaError(UnreadableText):
    """A formula that cannot be read; offsets are into its text."""


@dataclass(frozen=True, slots=True)
class Token:
    """A word of the formula: kind is name, number, mark or end."""

    kind: str
    text: str
    start: int
    end: int


def tokens(text: str) -> list[Token]:
    """The formula's words in order, closed by one of kind `end`.

    Raises:
        FormulaError: a character has no place in a formula, or the text is too long.
    """
    if len(text) > LENGTH_LIMIT:
        raise FormulaError(
            f"the formula has {len(text)} characters, and at most {LENGTH_LIMIT} are read",
            LENGTH_LIMIT,
            len(text),
            "give a part of it a name as a derived metric",
        )
    found: list[Token] = []
    place = 0
    while place < len(text):
        match = TOKENS.match(text, place)
        if match is None:
            raise FormulaError(
                f"`{text[place]}` has no meaning in a formula", place, place + 1, ALLOWED_HINT
            )
        if match.lastgroup != "space":
            found.append(Token(str(match.lastgroup), match.group(), place, match.end()))
        place = match.end()
    return [*found, Token("end", "", len(text), len(text))]


@dataclass(slots=True)
class Parser:
    """Reads words from left to right; `spans` gathers where each metric is named."""

    words: list[Token]
    place: int = 0
    depth: int = 0
    spans: dict[str, list[tuple[int, int]]] = field(default_factory=dict)

    def formula(self) -> Node:
        """The whole text as one part."""
        if self.words[0].kind == "end":
            raise FormulaError("the formula is empty", 0, 0, ALLOWED_HINT)
        root = self.sum()
        left = self.words[self.place]
        if left.text == ")":
            raise FormulaError("`)` closes nothing", left.start, left.end)
        if left.kind != "end":
            raise FormulaError(
                f"an operator is missing before `{left.text}`", left.start, left.end, ALLOWED_HINT
            )
        return root

    def take(self, *marks: str) -> Token | None:
        """The next word if it is one of these marks, else None and nothing is read."""
        word = self.words[self.place]
        if word.kind != "mark" or word.text not in marks:
            return None
        self.place += 1
        return word

    def close(self, opened: Token) -> None:
        """Reads the `)` that belongs to an opened `(`."""
        if self.take(")") is None:
            word = self.words[self.place]
            if word.kind == "end":
                raise FormulaError("`(` is never closed", opened.start, opened.end)
            raise FormulaError(f"`)` is missing before `{word.text}`", word.start, word.end)

    def sum(self) -> Node:
        """Products joined by plus and minus."""
        parts = [self.product()]
        while mark := self.take("+", "-"):
            part = self.product()
            parts.append(part if mark.text == "+" else Negation(part))
        return parts[0] if len(parts) == 1 else Sum(tuple(parts))

    def product(self) -> Node:
        """Factors joined by times and over, from the left."""
        parts = [self.factor()]
        while mark := self.take("*", "/"):
            part = self.factor()
            if mark.text == "*":
                parts.append(part)
            else:
                top = parts[0] if len(parts) == 1 else Product(tuple(parts))
                parts = [Quotient(top, part)]
        return parts[0] if len(parts) == 1 else Product(tuple(parts))

    def factor(self) -> Node:
        """A number, a name, a call, a part in parentheses, or minus one of them."""
        word = self.words[self.place]
        self.depth += 1
        if self.depth > DEPTH_LIMIT:
            raise FormulaError(
                f"the formula is nested more than {DEPTH_LIMIT} levels deep",
                word.start,
                word.end,
                "give a part of it a name as a derived metric",
            )
        part = self.signed(word)
        self.depth -= 1
        return part

    def signed(self, word: Token) -> Node:
        """What `factor` reads, by the kind of its first word."""
        if self.take("-"):
            return Negation(self.factor())
        if self.take("("):
            part = self.sum()
            self.close(word)
            return part
        if word.kind == "number":
            return self.number(word)
        if word.kind == "name":
            return self.named(word)
        if word.kind == "end":
            last = self.words[max(self.place - 1, 0)]
            raise FormulaError(
                f"a metric or number is missing after `{last.text}`", last.start, last.end
            )
        raise FormulaError(
            f"a metric or number is missing before `{word.text}`", word.start, word.end
        )

    def number(self, word: Token) -> Node:
        """A literal; one too large for a float is refused."""
        value = float(word.text)
        if math.isinf(value):
            raise FormulaError(f"the number `{word.text}` is too large", word.start, word.end)
        self.place += 1
        return Number(value)

    def named(self, word: Token) -> Node:
        """A metric, or a function where a `(` follows."""
        self.place += 1
        opened = self.take("(")
        if opened is None:
            self.spans.setdefault(word.text, []).append((word.start, word.end))
            return Name(word.text)
        known = FUNCTIONS.get(word.text.upper())
        if known is None:
            raise FormulaError(
                f"`{word.text}` is not a function of formulas",
                word.start,
                word.end,
                f"the functions are {', '.join(FUNCTIONS)}",
            )
        fewest, most, build = known
        parts = self.arguments(opened)
        if not fewest <= len(parts) <= most:
            wanted = f"{fewest}" if fewest == most else f"at least {fewest}"
            raise FormulaError(
                f"{word.text.upper()} takes {wanted} arguments, not {len(parts)}",
                word.start,
                self.words[self.place - 1].end,
            )
        return build(parts)

    def arguments(self, opened: Token) -> tuple[Node, ...]:
        """The parts between the parentheses of a call."""
        if self.take(")"):
            return ()
        parts = [self.sum()]
        while self.take(","):
            parts.append(self.sum())
        self.close(opened)
        return tuple(parts)
