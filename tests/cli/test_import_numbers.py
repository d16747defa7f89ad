"""`metric-tui import`: numbers as people write them, where a whole column agrees."""

import csv
import io
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metric_tui.ingest.importing.batches import ROWS_AT_ONCE
from metric_tui.ingest.importing.columns import Column, Kind, Taken, kinds_of
from metric_tui.ingest.importing.nulls import Place
from tests.conftest import Run


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "store.db"


def written(folder: Path, values: list[str], name: str = "f.csv") -> Path:
    """A file of days and of a column `n`."""
    text = io.StringIO()
    csv.writer(text).writerows([("at", "n"), *(("2025-01-06", value) for value in values)])
    path = folder / name
    path.write_text(text.getvalue(), encoding="utf-8")
    return path


def stored(store: Path) -> list[Any]:
    with closing(sqlite3.connect(store)) as connection:
        return [row[0] for row in connection.execute("SELECT n FROM events ORDER BY rowid")]


READ: dict[str, tuple[list[str], list[object], str]] = {
    "thousands": (["1,234,567", "12", "-1,000"], [1234567, 12, -1000], "whole numbers"),
    "thousands and decimals": (["1,234.5", "7", "0.25"], [1234.5, 7.0, 0.25], "numbers"),
    "decimal comma": (["1,5", "12", "-0,25"], [1.5, 12.0, -0.25], "numbers"),
    "points and a comma": (["1.234.567,5", "1.234", "3"], [1234567.5, 1234.0, 3.0], "numbers"),
    "blanks and a comma": (["1 234,5", "12 000"], [1234.5, 12000.0], "numbers"),
    "hard blanks": (["1\u00a0234,5", "12\u202f000"], [1234.5, 12000.0], "numbers"),
    "Swiss": (["1'234.50", "1’000", "2"], [1234.5, 1000.0, 2.0], "numbers"),
    "dollars": (["$1,234.50", "-$2", "$-3"], [1234.5, -2.0, -3.0], "numbers"),
    "whole dollars": (["$5", "$12"], [5, 12], "whole numbers"),
    "euros": (["1.234,50 €", "-2 €"], [1234.5, -2.0], "numbers"),
    "euros before": (["€ 5", "€ 1.234,5"], [5.0, 1234.5], "numbers"),
    "whole money of groups": (["1 234 €", "2 €"], [1234, 2], "whole numbers"),
    "percent": (["12.5%", "-3%", "0%"], [12.5, -3.0, 0.0], "numbers"),
    "percent with a blank": (["12,5 %", "3 %"], [12.5, 3.0], "numbers"),
    "with words for none": (["1,234,567", "NA", "-"], [1234567, None, None], "whole numbers"),
}


@pytest.mark.parametrize("kind", READ)
def test_numbers_are_read_where_all_are_written_alike(
    tmp_path: Path, run: Run, store: Path, kind: str
) -> None:
    values, expected, words = READ[kind]
    done = run("import", written(tmp_path, values), "--store", store)
    assert (done.code, done.err) == (0, "")
    found = stored(store)
    assert found == expected
    assert {type(each) for each in found} == {type(each) for each in expected}
    first = next(value for value in values if not value.isdecimal())
    assert f"  n   {words}, written as `{first}`" in done.out


TEXT: dict[str, tuple[list[str], str]] = {
    "may be either": (["12", "1,234"], "`1,234` may be 1234 or 1.234, line 3; say which by"),
    "percent that may be either": (["1.234%"], "`1.234%` may be 1.234 or 1234, line 2; say which"),
    "telephones": (["555 123 456"], "`555 123 456` may be 555123456 or no number, line 2; say"),
    "addresses": (["192.168.100.100"], "may be 192168100100 or no number, line 2; say"),
    "two ways": (["1,234.5", "1.234,5"], ""),
    "two signs": (["$5", "€5"], ": `€5` is no number, line 3"),
    "percent and none": (["5%", "7"], ": `7` is written otherwise, line 3"),
    "a word": (["1,234,567", "12", "many"], ": `many` is no number, line 4"),
    "wrong groups": (["1,23,456"], ""),
    "a leading zero": (["0,123,456"], ""),
    "identifiers": (["00001", "00002"], ""),
    "days": (["01.02.2025", "03.04.2025"], ""),
    "versions": (["1.2.3", "1.2.4"], ""),
    "too long to hold": (["1,234,567,890,123,456"], ""),
    "signs alone": (["$", "%"], ""),
    "other digits": (["١,٢٣٤,٥٦٧"], ""),
}


@pytest.mark.parametrize("kind", TEXT)
def test_what_may_be_another_number_stays_text_and_is_told(
    tmp_path: Path, run: Run, store: Path, kind: str
) -> None:
    values, told = TEXT[kind]
    done = run("import", written(tmp_path, values), "--store", store, "--time", "at")
    assert done.code == 0
    assert stored(store) == values
    line = next(each for each in done.out.splitlines() if each.startswith("  n "))
    assert line.startswith("  n   text")
    assert told in line


@pytest.mark.parametrize(
    ("decimal", "values", "expected"),
    [
        (".", ["12", "1,234"], [12, 1234]),
        (",", ["12", "1,234"], [12.0, 1.234]),
        (",", ["1.234", "5"], [1234, 5]),
        (",", ["192.168.100.100"], [192168100100]),
        (",", ["1.5", "2"], ["1.5", "2"]),
        (".", ["1.234", "5"], [1.234, 5.0]),
    ],
)
def test_which_mark_is_before_decimals_can_be_said(
    tmp_path: Path, run: Run, store: Path, decimal: str, values: list[str], expected: list[object]
) -> None:
    file = written(tmp_path, values)
    assert run("import", file, "--store", store, "--decimal", decimal).code == 0
    assert stored(store) == expected


@pytest.mark.parametrize(
    ("early", "late", "expected"),
    [
        ("5", "1,234,567", (5, 1234567)),
        ("1.5", "1,234,567", (1.5, 1234567.0)),
        ("1,234,567", "5", (1234567, 5)),
        ("1,234,567", "1.5", (1234567.0, 1.5)),
        # the same text would be two numbers
        ("1.234", "1.234,5", ("1.234", "1.234,5")),
        ("1,234,567", "1,5", ("1,234,567", "1,5")),
        ("true", "1,234,567", ("true", "1,234,567")),
        ("1,234,567", "true", ("1,234,567", "true")),
        ("5", "5%", ("5", "5%")),
    ],
)
def test_a_column_is_written_alike_over_all_its_batches(
    tmp_path: Path, run: Run, store: Path, early: str, late: str, expected: tuple[object, object]
) -> None:
    values = [early] * ROWS_AT_ONCE + [late]
    assert run("import", written(tmp_path, values), "--store", store).code == 0
    found = stored(store)
    assert (found[0], found[-1]) == expected
    assert len(set(found)) == 2


def test_later_files_are_read_alike_and_by_the_key_only_once(
    tmp_path: Path, run: Run, store: Path
) -> None:
    file = written(tmp_path, ["1.234,5", "2,25"])
    for _ in range(2):
        assert run("import", file, "--store", store, "--key", "n").code == 0
    assert stored(store) == [1234.5, 2.25]
    # a column of numbers takes no text that may be two
    other = written(tmp_path, ["1,234"], "other.csv")
    done = run("import", other, "--store", store)
    assert done.code == 2
    assert "other.csv:2: `n` is `1,234`, and `events` holds numbers there" in done.err


def test_text_that_looks_like_numbers_can_stay(tmp_path: Path, run: Run, store: Path) -> None:
    values = ["1,234,567", "5"]
    run("import", written(tmp_path, values), "--store", store, "--text", "n")
    assert stored(store) == values


@given(
    st.lists(st.integers(-(10**13), 10**13), min_size=1, max_size=9),
    st.sampled_from([(",", "."), (".", ","), (" ", ","), ("'", ".")]),
    st.sampled_from([("", ""), ("$", ""), ("", "%"), ("", " €")]),
)
def test_a_number_is_read_as_the_number_that_was_written(
    hundredths: list[int], marks: tuple[str, str], signs: tuple[str, str]
) -> None:
    thousands, decimal = marks
    texts = []
    for number in hundredths:
        text = f"{abs(number) // 100:,}.{abs(number) % 100:02d}"
        text = text.replace(",", "T").replace(".", decimal).replace("T", thousands)
        texts.append(("-" if number < 0 else "") + signs[0] + text + signs[1])
    column = Column("n")
    place = Place("f", 1)
    column.take(Taken(texts, kinds_of(texts, is_text=True), True, None, lambda _: place))
    assert column.kind is Kind.NUMBER
    assert [column.stored(text) for text in texts] == [number / 100 for number in hundredths]
