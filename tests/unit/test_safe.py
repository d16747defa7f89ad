"""Strings from outside stay one line, and show what they hold."""

from hypothesis import given
from hypothesis import strategies as st

from metric_tui.presentation.pieces import fitted, line, line_width, plain, wrapped
from metric_tui.presentation.safe import cut, left, right, safe, width


def test_control_characters_are_written_out() -> None:
    assert safe("a\x1b[31mb") == "a\\x1b[31mb"
    assert safe("a\x00b\x9bc") == "a\\x00b\\x9bc"
    assert safe("one\r\ntwo\tthree") == "one two three"
    assert safe("left\u202eright") == "left\\u202eright"
    assert safe("\ud800") == "\\ud800"


def test_markup_is_only_text() -> None:
    assert safe("[@click=app.quit]q[/]") == "[@click=app.quit]q[/]"


def test_wide_characters_take_two_cells() -> None:
    assert width("日本") == 4
    assert width("e\u0301") == 1
    assert cut("日本語", 5) == "日本…"
    assert left("日", 4) == "日  "
    assert right("ab", 4) == "  ab"


@given(st.text(), st.integers(min_value=0, max_value=40))
def test_nothing_is_wider_than_its_column(text: str, cells: int) -> None:
    assert width(cut(safe(text), cells)) <= cells
    assert width(left(safe(text), cells)) == cells


@given(st.text())
def test_safe_text_has_no_line_breaks_and_no_escapes(text: str) -> None:
    shown = safe(text)
    assert len(shown.splitlines()) <= 1
    assert not any(ord(character) < 32 or 127 <= ord(character) < 160 for character in shown)


def test_a_line_is_cut_where_it_must() -> None:
    pieces = line("abc", ("def", "good"), "ghi")
    assert plain(fitted(pieces, 5)) == "abcd…"
    assert line_width(fitted(pieces, 5)) == 5
    assert fitted(pieces, 9) == pieces


def test_words_are_wrapped() -> None:
    assert wrapped("one two three", 7) == ("one two", "three")
    assert wrapped("", 7) == ()
