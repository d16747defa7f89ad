"""A formula's text with one term of its sum more or less; everything else as it was typed."""

from typing import Literal

from metric_tui.base.formula_parser import Token, tokens

Sign = Literal["+", "-"]


def with_term(text: str, name: str, sign: Sign) -> str:
    """The formula with one more metric added, or taken away."""
    return f"{text.rstrip()} {sign} {name}"


def without_term(text: str, name: str) -> str | None:
    """The formula without a metric that is one whole term of its sum.

    None where it is not: a factor, a divisor, within a function, in two places, or all there is.
    """
    words = tokens(text)
    if sum(word.text == name for word in words if word.kind == "name") != 1:
        return None
    signs = _signs_between_terms(words)
    place = next(index for index, word in enumerate(words) if word.text == name)
    before = [sign for sign in signs if sign.start < words[place].start]
    after = [sign for sign in signs if sign.start > words[place].start]
    start = before[-1].end if before else 0
    end = after[0].start if after else len(text)
    if not signs or text[start:end].strip().lstrip("-").strip() != name:
        return None
    if before:
        return text[: before[-1].start].rstrip() + _apart(text[end:])
    rest = text[after[0].end :].strip()
    return rest if after[0].text == "+" else f"-{rest}"


def _apart(rest: str) -> str:
    return f" {rest}".rstrip() if rest.strip() else ""


def _signs_between_terms(words: list[Token]) -> list[Token]:
    """The plus and minus signs that stand between two terms and in no brackets."""
    depth = 0
    found = []
    for before, word in zip([None, *words], words, strict=False):
        if word.text in "()" and word.kind == "mark":
            depth += 1 if word.text == "(" else -1
        ends_a_term = before is not None and (before.kind != "mark" or before.text == ")")
        if depth == 0 and word.kind == "mark" and word.text in "+-" and ends_a_term:
            found.append(word)
    return found
