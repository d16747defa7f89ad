"""Problems as text: with their source line and carets, as annotations of a build, as JSON rows."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from metric_tui.base.problems import Problem, Span
from metric_tui.presentation.safe import width

WIDEST = 100
"""Columns of a source line that are shown; longer lines are cut around the place."""

PLACES_SHOWN = 7
"""Of an advice about many metrics, beside the first one."""

TAB = 4
_BREAK = re.compile(r"\r\n|\r|\n")
_CUT = "…"


def problem_lines(problem: Problem, *, file: str, text: str) -> tuple[str, ...]:
    """A problem as lines: headline, place, source line with carets, hint.

    Args:
        problem: what is wrong.
        file: the file's name as the reader knows it.
        text: the file's text, for the source line.
    """
    head = f"{problem.severity}[{problem.code}]: {visible(problem.message)}"
    if problem.span is None:
        rest = [f" --> {visible(file)}"]
        margin = ""
    else:
        margin = " " * len(str(problem.span.line))
        place = f"{visible(file)}:{problem.span.line}:{problem.span.column}"
        rest = [f" --> {place}", *_source_lines(problem.span, text, margin)]
        if problem.also:
            # the names say more than the first of the lines would
            rest, margin = [f" --> {place}{_further(problem.also)}"], ""
    if problem.hint is not None:
        rest.append(f"{margin} = hint: {visible(problem.hint)}")
    return (head, *rest)


def _further(places: tuple[Span, ...]) -> str:
    shown = "".join(f", {span.line}:{span.column}" for span in places[:PLACES_SHOWN])
    rest = len(places) - PLACES_SHOWN
    return f"{shown} and {rest} more" if rest > 0 else shown


def report_lines(problems: Iterable[Problem], *, file: str, text: str) -> tuple[str, ...]:
    """All problems of a file as they are given, a blank line between two."""
    lines: list[str] = []
    for problem in problems:
        lines += ["", *problem_lines(problem, file=file, text=text)]
    return tuple(lines[1:])


def _source_lines(span: Span, text: str, margin: str) -> list[str]:
    body = text.removeprefix("\ufeff")
    lines = _BREAK.split(body)
    if span.line > len(lines):
        return []
    line = lines[span.line - 1]
    start = min(span.column - 1, len(line))
    end = span.end_column - 1 if span.end_line == span.line else len(line.rstrip())
    before, marked, after = line[:start], line[start : max(end, start)], line[max(end, start) :]
    before, marked, after = _cut(_shown(before), _shown(marked), _shown(after))
    carets = " " * width(before) + "^" * max(1, width(marked))
    bar = f"{margin} |"
    return [bar, f"{span.line} | {before}{marked}{after}".rstrip(), f"{bar} {carets}"]


def _cut(before: str, marked: str, after: str) -> tuple[str, str, str]:
    """Keep a line within WIDEST columns, the marked part in sight."""
    if width(before + marked + after) <= WIDEST:
        return before, marked, after
    if width(marked) > WIDEST // 2:
        marked = _first_columns(marked, WIDEST // 2) + _CUT
        after = ""
    room = WIDEST - width(marked) - 2
    if width(before) > room // 2:
        before = _CUT + _last_columns(before, room // 2)
    room -= width(before)
    if width(after) > room:
        after = _first_columns(after, room) + _CUT
    return before, marked, after


def _first_columns(line: str, columns: int) -> str:
    while width(line) > columns:
        line = line[: len(line) - max(1, (width(line) - columns) // 2)]
    return line


def _last_columns(line: str, columns: int) -> str:
    while width(line) > columns:
        line = line[max(1, (width(line) - columns) // 2) :]
    return line


def _shown(part: str) -> str:
    return visible(part.replace("\t", " " * TAB))


def visible(part: str) -> str:
    """A text without control characters, which could move the cursor or hide what is there."""
    if part.isprintable():
        return part
    return "".join(map(_visible, part))


def _visible(character: str) -> str:
    if character.isprintable():
        return character
    code = ord(character)
    if code < 0x20:
        return chr(0x2400 + code)
    return f"<U+{code:04X}>"


def github_line(problem: Problem, *, file: str) -> str:
    """A problem as an annotation of a GitHub build."""
    severity = "notice" if problem.severity == "info" else problem.severity
    fields = [f"file={_escaped(file, is_field=True)}"]
    if problem.span is not None:
        span = problem.span
        fields += [f"line={span.line}", f"col={span.column}", f"endLine={span.end_line}"]
        fields += [f"endColumn={span.end_column}"] if span.end_line == span.line else []
    fields.append(f"title={_escaped(problem.code, is_field=True)}")
    message = problem.message if problem.hint is None else f"{problem.message} ({problem.hint})"
    return f"::{severity} {','.join(fields)}::{_escaped(message, is_field=False)}"


def _escaped(word: str, *, is_field: bool) -> str:
    for character, code in (("%", "%25"), ("\r", "%0D"), ("\n", "%0A")):
        word = word.replace(character, code)
    if is_field:
        word = word.replace(":", "%3A").replace(",", "%2C")
    return visible(word)


def problem_row(problem: Problem) -> Mapping[str, str | int | None]:
    """A problem as one object of `check --format json`; the place is null where there is none."""
    span = problem.span
    return {
        "code": problem.code,
        "severity": problem.severity,
        "message": problem.message,
        "hint": problem.hint,
        "line": span.line if span else None,
        "column": span.column if span else None,
        "end_line": span.end_line if span else None,
        "end_column": span.end_column if span else None,
        "metric": problem.metric,
    }
