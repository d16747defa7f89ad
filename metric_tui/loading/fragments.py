"""SQL fragments (`expr`, `filter`) from text to nodes: one expression of SQLite's words.

A Pratt parser over SQLite's table of precedence, from the weakest: OR, AND, NOT, the equalities
(`= != IS IN LIKE BETWEEN`), `< <= > >=`, `+ -`, `* / %`, `|| -> ->>`, and the signs. What is not
listed is refused with its place, so nothing a file says reaches a store unread.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

from metric_tui.definitions import fragments as sql
from metric_tui.loading.fragment_calls import call
from metric_tui.loading.fragment_paths import path_of
from metric_tui.loading.fragment_tokens import (
    ALLOWED_HINT,
    FragmentError,
    Token,
    name_of,
    number_of,
    text_of,
    tokens,
)
from metric_tui.loading.fragment_words import (
    CAST_TYPES,
    CLOCKS,
    EQUALITY,
    NOT,
    POWERS,
    REFUSED_OPERATORS,
    RESERVED,
    SAME,
    SIGN,
    STATEMENTS,
)

__all__ = ["DEPTH_LIMIT", "FragmentError", "parse_fragment"]

DEPTH_LIMIT = 100
"""Levels of a parsed fragment; those who walk it recursively need not fear more."""

NESTING_LIMIT = 40
"""Levels of parentheses and prefixes while parsing."""


def parse_fragment(text: str) -> sql.Fragment:
    """Read one SQL expression.

    Raises:
        FragmentError: it holds anything but the expressions of the tree file's language, is over
            10,000 characters, or is nested over 100 levels deep.
    """
    parser = Parser(tokens(text))
    node = parser.whole()
    if _height(node) > DEPTH_LIMIT:
        raise FragmentError(
            f"the fragment is nested more than {DEPTH_LIMIT} levels deep",
            0,
            len(text),
            "write IN (...) for a long row of ORs, or a list of filters for a row of ANDs",
        )
    return sql.Fragment(text=text, node=node)


def _height(node: sql.Node) -> int:
    """Levels of a tree, found without recursion."""
    height = 0
    ring: list[object] = [node]
    while ring:
        height += 1
        ring = [below for part in ring for below in _below(part)]
    return height


def _below(part: object) -> list[object]:
    found: list[object] = []
    waiting = [getattr(part, entry.name) for entry in fields(part)]  # type: ignore[arg-type]
    while waiting:
        value = waiting.pop()
        if isinstance(value, tuple):
            waiting.extend(value)
        elif isinstance(value, sql.Node):
            found.append(value)
    return found


@dataclass(slots=True)
class Parser:
    """Reads words from left to right."""

    words: list[Token]
    place: int = 0
    depth: int = 0

    @property
    def word(self) -> Token:
        """The next word, not yet read."""
        return self.words[self.place]

    def whole(self) -> sql.Node:
        """The whole text as one expression."""
        if self.word.kind == "end":
            raise FragmentError("the fragment is empty", 0, 0, ALLOWED_HINT)
        node = self.expression(0)
        left = self.word
        if left.kind != "end":
            raise self.unexpected(left)
        return node

    def unexpected(self, word: Token) -> FragmentError:
        """Why an expression cannot go on with this word."""
        if word.upper == ")":
            return FragmentError("`)` closes nothing", word.start, word.end)
        if word.upper in REFUSED_OPERATORS:
            return FragmentError(
                f"`{word.text}` has no place in a fragment",
                word.start,
                word.end,
                REFUSED_OPERATORS[word.upper],
            )
        return FragmentError(
            f"an operator is missing before `{word.text}`", word.start, word.end, ALLOWED_HINT
        )

    def take(self, *uppers: str) -> Token | None:
        """The next word if it is one of these, else None and nothing is read."""
        word = self.words[self.place]
        if not word.upper or word.upper not in uppers:
            return None
        self.place += 1
        return word

    def need(self, upper: str, after: Token) -> Token:
        """Read a word that must come; `after` is what asked for it."""
        found = self.take(upper)
        if found:
            return found
        word = self.word
        if word.kind == "end" and upper == ")":
            raise FragmentError("`(` is never closed", after.start, after.end)
        if word.kind == "end":
            raise FragmentError(f"{upper} is missing after {after.text}", after.start, after.end)
        raise FragmentError(f"`{upper}` is missing before `{word.text}`", word.start, word.end)

    def expression(self, power: int) -> sql.Node:
        """Everything joined by operators stronger than `power`."""
        self.depth += 1
        if self.depth > NESTING_LIMIT:
            word = self.word
            raise FragmentError(
                f"the fragment is nested more than {NESTING_LIMIT} levels deep",
                word.start,
                word.end,
            )
        left = self.prefix()
        while (found := POWERS.get(self.word.upper, 0)) > power:
            left = self.infix(left, found)
        self.depth -= 1
        return left

    def prefix(self) -> sql.Node:
        """An operand: a sign, NOT, parentheses, CASE, CAST, a call, a literal or a column."""
        word = self.word
        if word.upper in ("+", "-"):
            self.place += 1
            return sql.Unary(word.upper, self.expression(SIGN - 1))  # type: ignore[arg-type]
        if word.upper == "NOT":
            self.place += 1
            return sql.Unary("NOT", self.expression(NOT))
        if word.upper == "(":
            return self.parenthesis(word)
        if word.kind == "word":
            return self.named(word)
        return self.atom(word)

    def atom(self, word: Token) -> sql.Node:
        """A literal, a quoted name, or the error of a missing operand."""
        self.place += 1
        if word.kind == "number":
            return sql.Literal(number_of(word))
        if word.kind == "text":
            return sql.Literal(text_of(word))
        if word.kind == "quoted":
            return sql.Column(name_of(word), word.start)
        if word.kind == "end":
            last = self.words[max(self.place - 2, 0)]
            raise FragmentError(f"a value is missing after `{last.text}`", last.start, last.end)
        raise FragmentError(f"a value is missing before `{word.text}`", word.start, word.end)

    def parenthesis(self, opened: Token) -> sql.Node:
        """`(x)`; a list of values or a sub-select is refused."""
        self.place += 1
        self.refuse_statement()
        node = self.expression(0)
        if self.word.upper == ",":
            raise FragmentError(
                "a list of values can only stand after IN", self.word.start, self.word.end
            )
        self.need(")", opened)
        return node

    def refuse_statement(self) -> None:
        """Raise on a word that begins a statement."""
        word = self.word
        if word.upper in STATEMENTS and self.words[self.place + 1].upper != "(":
            raise FragmentError(
                f"a fragment is one expression, so {word.upper} has no place in it",
                word.start,
                word.end,
                "a source or a metric may have a SELECT of its own as `sql:`",
            )

    def named(self, word: Token) -> sql.Node:
        """What begins with a word: a constant, CASE, CAST, a call or a column."""
        constants: dict[str, bool | None] = {"TRUE": True, "FALSE": False, "NULL": None}
        if word.upper in constants:
            self.place += 1
            return sql.Literal(constants[word.upper])
        if word.upper == "CASE":
            return self.case(word)
        if word.upper == "CAST":
            return self.cast(word)
        if self.words[self.place + 1].upper == "(" and word.upper not in RESERVED:
            return call(self, word)
        return self.column(word)

    def column(self, word: Token) -> sql.Node:
        """A name that is no keyword."""
        self.refuse_statement()
        if word.upper in CLOCKS:
            raise FragmentError(
                f"{word.upper} would change the answer with the clock",
                word.start,
                word.end,
                "compare with the event's own columns",
            )
        if word.upper in RESERVED:
            message = f"a value is missing before `{word.text}`"
            raise FragmentError(
                message, word.start, word.end, 'a column of that name is written in `"`'
            )
        self.place += 1
        return sql.Column(word.text, word.start)

    def infix(self, left: sql.Node, power: int) -> sql.Node:
        """What follows an operand: an operator and its right side."""
        word = self.word
        self.place += 1
        if word.upper in ("->", "->>"):
            path = path_of(self.word, self.words[self.place - 1])
            self.place += 1
            return sql.Json(left, path, as_json=word.upper == "->")
        if power != EQUALITY or word.kind == "mark":
            operator = SAME.get(word.upper, word.upper)
            return sql.Binary(operator, left, self.expression(power))  # type: ignore[arg-type]
        return self.test(left, word)

    def test(self, left: sql.Node, word: Token) -> sql.Node:
        """IS, IN, LIKE, BETWEEN, ISNULL, NOTNULL, each after NOT too."""
        negated = word.upper == "NOT"
        if negated:
            word = self.word
            self.place += 1
        if word.upper == "IN":
            return sql.In(left, self.choices(word), negated)
        if word.upper == "LIKE":
            return sql.Like(left, self.expression(EQUALITY), negated)
        if word.upper == "BETWEEN":
            low = self.expression(EQUALITY)
            self.need("AND", word)
            return sql.Between(left, low, self.expression(EQUALITY), negated)
        if word.upper in ("ISNULL", "NOTNULL"):
            return sql.IsNull(left, negated=word.upper == "NOTNULL")
        if negated and word.upper == "NULL":
            return sql.IsNull(left, negated=True)
        if negated or word.upper != "IS":
            raise self.unexpected(word)
        return self.identity(left)

    def identity(self, left: sql.Node) -> sql.Node:
        """`IS [NOT] NULL`, `IS [NOT] x`, `IS [NOT] DISTINCT FROM x`."""
        negated = self.take("NOT") is not None
        distinct = self.take("DISTINCT")
        if distinct:
            self.need("FROM", distinct)
            negated = not negated
        right = self.expression(EQUALITY)
        if right == sql.Literal(None):
            return sql.IsNull(left, negated)
        return sql.Is(left, right, negated)

    def choices(self, after: Token) -> tuple[sql.Node, ...]:
        """The values between the parentheses of IN."""
        opened = self.need("(", after)
        self.refuse_statement()
        if self.word.upper == ")":
            raise FragmentError("IN needs at least one value", opened.start, self.word.end)
        found = [self.expression(0)]
        while self.take(","):
            found.append(self.expression(0))
        self.need(")", opened)
        return tuple(found)

    def case(self, word: Token) -> sql.Node:
        """`CASE [x] WHEN a THEN b ... [ELSE c] END`."""
        self.place += 1
        operand = None if self.word.upper == "WHEN" else self.expression(0)
        branches: list[tuple[sql.Node, sql.Node]] = []
        when = self.need("WHEN", word)
        while True:
            condition = self.expression(0)
            then = self.need("THEN", when)
            branches.append((condition, self.expression(0)))
            following = self.take("WHEN")
            if following is None:
                break
            when = following
        otherwise = self.expression(0) if self.take("ELSE") else None
        self.need("END", then if otherwise is None else word)
        return sql.Case(operand, tuple(branches), otherwise)

    def cast(self, word: Token) -> sql.Node:
        """`CAST(x AS type)`."""
        self.place += 1
        opened = self.need("(", word)
        operand = self.expression(0)
        self.need("AS", word)
        kind = self.word
        self.place += 1
        to = CAST_TYPES.get(kind.upper)
        if to is None:
            raise FragmentError(
                f"a value cannot be cast to `{kind.text}`",
                kind.start,
                kind.end,
                "the types are INTEGER, REAL and TEXT",
            )
        self.take("PRECISION")
        self.size_of_type()
        self.need(")", opened)
        return sql.Cast(operand, to)

    def size_of_type(self) -> None:
        """Skip `(10, 2)` after a type's name."""
        opened = self.take("(")
        if opened is None:
            return
        while self.word.kind == "number" or self.word.upper == ",":
            self.place += 1
        self.need(")", opened)
