"""The words of an SQL fragment, with the place of whatever has no meaning there."""

from __future__ import annotations

import re
from dataclasses import dataclass

from metric_tui.base.errors import UnreadableText

LENGTH_LIMIT = 10_000

ALLOWED_HINT = (
    "a fragment has columns, literals, arithmetic, comparisons, AND OR NOT, IN, BETWEEN, LIKE, "
    "IS NULL, CASE, CAST, `||`, `->>` and a few functions"
)

_TOKENS = re.compile(
    r"""(?P<space>\s+)
    |(?P<comment>--|/\*)
    |(?P<text>'(?:[^']|'')*')
    |(?P<quoted>"(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[^\]]*\])
    |(?P<number>(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)
    |(?P<word>[^\W\d]\w*)
    |(?P<mark>->>|->|\|\||<=|>=|<>|!=|==|[-+*/%()=<>,])
    """,
    re.VERBOSE,
)

_REFUSED: dict[str, tuple[str, str | None]] = {
    ";": ("a fragment is one expression, so `;` has no place in it", None),
    "{": (
        "templates such as `{{ ... }}` are not read",
        "write the column's or dimension's name alone",
    ),
    "?": ("parameters have no place in a fragment", None),
    ":": ("`:` has no meaning in a fragment", "write `CAST(x AS INTEGER)` for `x::int`"),
    "@": ("parameters have no place in a fragment", None),
    "$": ("parameters have no place in a fragment", None),
    ".": ("`.` has no meaning in a fragment", "write the column alone, without its table"),
    "'": ("the text that begins here is never closed", "text stands between two `'`"),
    '"': ("the name that begins here is never closed", None),
    "`": ("the name that begins here is never closed", None),
    "[": ("the name that begins here is never closed", None),
    "&": ("`&` has no meaning in a fragment", "write AND"),
    "|": ("`|` has no meaning in a fragment", "write OR, or `||` to join texts"),
    "!": ("`!` has no meaning in a fragment", "write NOT, or `!=`"),
}


class FragmentError(UnreadableText):
    """A fragment that cannot be read; offsets are into its text."""


@dataclass(frozen=True, slots=True)
class Token:
    """A word of the fragment: `kind` is text, quoted, number, word, mark or end.

    `upper` is a word in upper case, a mark as it stands, and empty for the rest.
    """

    kind: str
    text: str
    upper: str
    start: int
    end: int


def tokens(text: str) -> list[Token]:
    """The fragment's words in order, closed by one of kind `end`.

    Raises:
        FragmentError: a character has no place in a fragment, or the text is too long.
    """
    if len(text) > LENGTH_LIMIT:
        raise FragmentError(
            f"the fragment has {len(text):,} characters, and at most {LENGTH_LIMIT:,} are read",
            LENGTH_LIMIT,
            len(text),
        )
    found: list[Token] = []
    place = 0
    while place < len(text):
        match = _TOKENS.match(text, place)
        if match is None or match.lastgroup == "comment":
            raise _refusal(text, place)
        if match.lastgroup != "space":
            found.append(_token(match))
        place = match.end()
    return [*found, Token("end", "", "", len(text), len(text))]


def _token(match: re.Match[str]) -> Token:
    kind, word = str(match.lastgroup), match.group()
    if kind == "number" and _TOKENS.match(match.string, match.end()):
        after = match.string[match.end()]
        if after.isalnum() or after == "_":
            raise FragmentError(
                f"`{word}{after}` is neither a number nor a name", match.start(), match.end() + 1
            )
    upper = word.upper() if kind == "word" else word if kind == "mark" else ""
    return Token(kind, word, upper, match.start(), match.end())


def _refusal(text: str, place: int) -> FragmentError:
    character = text[place]
    if character in "-/":
        return FragmentError(
            "comments have no place in a fragment", place, place + 2, "use YAML's `#` instead"
        )
    message, hint = _REFUSED.get(
        character, (f"`{character}` has no meaning in a fragment", ALLOWED_HINT)
    )
    return FragmentError(message, place, place + 1, hint)


def number_of(word: Token) -> int | float:
    """The value of a number.

    Raises:
        FragmentError: it is beyond what a float holds.
    """
    if word.text.isdigit() and len(word.text) < 19:
        return int(word.text)
    value = float(word.text)
    if value in (float("inf"), float("-inf")):
        raise FragmentError(f"the number `{word.text}` is too large", word.start, word.end)
    return value


def text_of(word: Token) -> str:
    """The value of a text, without its quotes."""
    return word.text[1:-1].replace("''", "'")


def name_of(word: Token) -> str:
    """A quoted name without its quotes.

    Raises:
        FragmentError: nothing is between them.
    """
    quote = word.text[-1]
    name = word.text[1:-1]
    name = name if quote == "]" else name.replace(quote * 2, quote)
    if not name:
        raise FragmentError("a name is missing between the quotes", word.start, word.end)
    return name
