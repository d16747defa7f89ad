"""Sentences over several lines."""

import pytest

from metric_tui.presentation.pieces import hanging
from metric_tui.presentation.safe import width

TEXT = "▲ Orders: unusual 4–10 May 2026 · above its natural limits, 687 to 936"


@pytest.mark.parametrize("cells", [16, 30, 69, 70, 71, 200])
def test_a_sentence_hangs_and_loses_nothing(cells: int) -> None:
    first, *rest = hanging(TEXT, cells)
    assert all(width(row) <= cells for row in (first, *rest))
    assert not first.startswith(" ")
    assert all(row.startswith("  ") and row[2] != " " for row in rest)
    assert " ".join([first, *(row.strip() for row in rest)]) == TEXT
    assert bool(rest) == (cells < width(TEXT))


def test_what_fits_stays_as_it_is_written() -> None:
    assert hanging("a  b", 10) == ("a  b",)
    assert hanging("", 10) == ("",)


def test_a_word_longer_than_the_line_is_cut() -> None:
    assert hanging("a " + "b" * 20, 10) == ("a", "  bbbbbbb…")
    # of two cells each
    assert all(width(row) <= 9 for row in hanging("日本 語日本語日本語", 9))
