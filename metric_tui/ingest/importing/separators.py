"""What separates the values of a line, found from the first lines of a file."""

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from metric_tui.engines.time_forms import TimeForm, form_of
from metric_tui.ingest.importing.batches import LineFault
from metric_tui.ingest.importing.columns import Kind, kind_of_text

SPACES = "space"
"""How a run of blanks is named that separates values aligned in columns."""

NAMED = {"tab": "\t", "comma": ",", "semicolon": ";", "pipe": "|"}

SINGLE = (",", ";", "\t", "|", "^")
SEVERAL = ("||", "::", "~~", "^^", ";;")
"""Of more than one character: looked for before the single ones that they are made of."""

MARK = "\x1f"
"""Stands for a separator of several characters: the one that ASCII has for it."""

_QUOTED = re.compile(r'"(?:[^"]|"")*"')
_WIDE_GAP = re.compile(r"\S {2,}\S|^ ")
_LEAST_COLUMNS_OF_SPACES = 3
"""Without any alignment: two words may be one name."""

_OF_ONE_COLUMN = "_-.'/:\"()[]{}%#$&*+=?@\\"
"""Marks that stand within names and values too."""


@dataclass(frozen=True, slots=True)
class Separator:
    """What is between two values of a line."""

    text: str
    """One or more characters; `SPACES` for a run of blanks."""

    @property
    def character(self) -> str:
        """The one character that is left of it in what `lines` gives."""
        if self.text == SPACES:
            return " "
        return self.text if len(self.text) == 1 else MARK

    def lines(self, lines: Iterable[str]) -> Iterable[str]:
        """Lines with one character in place of each separator."""
        if self.text == SPACES:
            return (f"{line.strip()}\n" for line in lines)
        return lines if len(self.text) == 1 else self._marked(lines)

    def _marked(self, lines: Iterable[str]) -> Iterator[str]:
        for number, line in enumerate(lines, 1):
            if MARK in line:
                raise LineFault(number, "it holds the character U+001F, which separates values")
            yield line.replace(self.text, MARK)

    def rows(self, lines: Iterable[str], *, strict: bool = True) -> Iterator[list[str]]:
        """A reader of the values of lines."""
        return csv.reader(
            self.lines(lines),
            delimiter=self.character,
            skipinitialspace=self.text == SPACES,
            strict=strict,
        )

    def restored(self, rows: list[list[str]]) -> list[list[str]]:
        """Rows with the separator itself where a quoted value holds it."""
        if self.character != MARK:
            return rows
        return [[value.replace(MARK, self.text) for value in row] for row in rows]


def named_separator(text: str) -> Separator:
    """A separator as a user or a file names it: by itself, or as `tab` or `space`."""
    if text in (" ", SPACES):
        return Separator(SPACES)
    return Separator(NAMED.get(text.lower(), text.replace("\\t", "\t")))


def separator_of(header: str, sample: Sequence[str], line: int) -> Separator:
    """What separates the values of some lines.

    Args:
        header: the line of names.
        sample: lines that follow; the last may be cut short.
        line: of the header, counted from 1.

    Raises:
        LineFault: they seem to be of one column, and look like several.
    """
    bare = _QUOTED.sub("q", header.strip("\r\n"))
    found = [text for text in (*SEVERAL, *SINGLE) if text in bare]
    # `||` holds `|`, each of which would separate nothing
    found = [one for one in found if not any(one in two and one != two for two in found)]
    if found:
        return _best(found, bare, header, sample)
    if _is_aligned(bare, header, sample):
        return Separator(SPACES)
    _check_single(bare, header, sample, line)
    return Separator(",")


def _best(found: Sequence[str], bare: str, header: str, sample: Sequence[str]) -> Separator:
    """That which cuts all lines into as many values; of several the one there is most of."""
    evenly = [text for text in found if _cuts_evenly(Separator(text), header, sample)]
    return Separator(max(evenly or found, key=bare.count))


def _cuts_evenly(separator: Separator, header: str, sample: Sequence[str]) -> bool:
    sizes = {len(row) for row in _sampled(separator, header, sample)}
    return len(sizes) == 1 and sizes != {1}


def _sampled(separator: Separator, header: str, sample: Sequence[str]) -> list[list[str]]:
    """The rows of some lines that are whole; none where a quote never ends."""
    try:
        rows = list(separator.rows([header, *sample], strict=False))
    except (csv.Error, LineFault):
        return []
    whole = rows[:-1] if len(rows) > 2 else rows
    return [row for row in whole if row]


def _is_aligned(bare: str, header: str, sample: Sequence[str]) -> bool:
    """Whether columns are aligned by blanks: there are wide gaps, or several columns of numbers."""
    if " " not in bare.strip() or not _cuts_evenly(Separator(SPACES), header, sample):
        return False
    rows = _sampled(Separator(SPACES), header, sample)
    if len(rows) < 2:
        return False
    if any(_WIDE_GAP.search(line.rstrip()) for line in (header, *sample)):
        return True
    columns = list(zip(*rows[1:], strict=True))
    numbers = [all(kind_of_text(text) is not Kind.TEXT for text in column) for column in columns]
    return len(columns) >= _LEAST_COLUMNS_OF_SPACES and sum(numbers) > 1


def _check_single(bare: str, header: str, sample: Sequence[str], line: int) -> None:
    """Refuse to take for one column what has the same mark in every line."""
    rows = [text.strip() for text in sample if text.strip()]
    if not rows or form_of(rows) not in (TimeForm.UNREADABLE, TimeForm.EMPTY):
        return
    for mark in dict.fromkeys(bare.strip()):
        if mark.isalnum() or mark in _OF_ONE_COLUMN:
            continue
        sizes = {len(row) for row in _sampled(named_separator(mark), header, sample)}
        is_gapped = mark == " " and all(map(_WIDE_GAP.search, (bare, rows[0])))
        if max(sizes, default=1) > 1 and (len(sizes) == 1 or is_gapped):
            width = " to ".join(map(str, sorted({min(sizes), max(sizes)})))
            raise LineFault(
                line,
                f"it comes out as one column, and looks like {width} separated by {_words(mark)}",
                f"say so by --separator {_option(mark)}, or that it is one by --separator comma",
            )


def _words(mark: str) -> str:
    return "blanks" if mark == " " else f"`{mark}`"


def _option(mark: str) -> str:
    return SPACES if mark == " " else f"'{mark}'"
