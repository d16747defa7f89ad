"""`metric-tui import`: words that stand for no value, beside numbers, times and truth."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from metric_tui.ingest.importing.batches import ROWS_AT_ONCE
from metric_tui.ingest.importing.nulls import WORDS
from tests.conftest import Run


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "store.db"


def written(folder: Path, text: str, name: str = "f.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def rows(store: Path, statement: str = "SELECT * FROM events ORDER BY rowid") -> list[Any]:
    with closing(sqlite3.connect(store)) as connection:
        return connection.execute(statement).fetchall()


@pytest.mark.parametrize("word", sorted(WORDS))
def test_a_word_is_none_among_numbers_times_and_truth_and_text_among_text(
    tmp_path: Path, run: Run, store: Path, word: str
) -> None:
    text = (
        "at,whole,number,truth,later_at,name\n"
        f"2025-01-06,5,1.5,true,2025-01-06T10:00:00Z,{word}\n"
        f"{word},{word},{word},{word},{word},Bo\n"
        f"2025-01-08,7,2,false,{word},{word}\n"
    )
    done = run("import", written(tmp_path, text), "--store", store)
    assert (done.code, done.err) == (0, "")
    assert rows(store) == [
        ("2025-01-06", 5, 1.5, 1, "2025-01-06T10:00:00Z", word),
        (None, None, None, None, None, "Bo"),
        ("2025-01-08", 7, 2.0, 0, None, word),
    ]
    lines = {line.split()[0]: line for line in done.out.splitlines()}
    for name in ("at", "whole", "number", "truth"):
        assert lines[name].endswith(f"; 1 of 3 is `{word}`, first in line 3")
    assert lines["later_at"].endswith(f"; 2 of 3 are `{word}`, first in line 3")
    assert word not in lines["name"]


def test_words_are_counted_over_batches_and_files(tmp_path: Path, run: Run, store: Path) -> None:
    many = ROWS_AT_ONCE * 2 + 500
    lines = [f"2025-01-06,{'NA' if n % 3 == 2 else n}" for n in range(many)]
    one = written(tmp_path, "at,n\n" + "\n".join(lines) + "\n", "one.csv")
    two = written(tmp_path, "n,at\nNA,2025-01-06\n-,2025-01-06\n4,?\n", "two.csv")
    done = run("import", one, two, "--store", store)
    assert done.code == 0
    of_na = sum(n % 3 == 2 for n in range(many)) + 1
    all_rows = f"{many + 3:,}"
    assert (
        f"n   whole numbers; {of_na:,} of {all_rows} are `NA`, first in {one}:4; "
        f"1 of {all_rows} is `-`, first in {two}:3\n"
    ) in done.out
    assert f"; 1 of {all_rows} is `?`, first in {two}:4\n" in done.out
    expected = sum(n for n in range(many) if n % 3 != 2) + 4
    assert rows(store, "SELECT COUNT(*), COUNT(n), SUM(n), COUNT(at) FROM events") == [
        (many + 3, many + 3 - of_na - 1, expected, many + 2)
    ]


def test_a_word_before_and_after_text_stays_text(tmp_path: Path, run: Run, store: Path) -> None:
    text = "at,n\n2025-01-06,NA\n2025-01-06,1\n2025-01-06,abc\n2025-01-06,-\n"
    done = run("import", written(tmp_path, text), "--store", store)
    assert [row[1] for row in rows(store)] == ["NA", "1", "abc", "-"]
    assert "n   text: `abc` is no number, line 4\n" in done.out
    assert "NA" not in done.out


def test_a_column_of_words_alone_is_text(tmp_path: Path, run: Run, store: Path) -> None:
    done = run("import", written(tmp_path, "at,n\n2025-01-06,NA\n"), "--store", store)
    assert rows(store) == [("2025-01-06", "NA")]
    assert "n   text\n" in done.out


def test_columns_that_are_called_text_keep_their_words(
    tmp_path: Path, run: Run, store: Path
) -> None:
    file = written(tmp_path, "at,n\n2025-01-06,NA\n2025-01-06,1\n")
    run("import", file, "--store", store, "--text", "N")
    assert rows(store) == [("2025-01-06", "NA"), ("2025-01-06", "1")]
    # a table that holds text keeps them too
    assert run("import", file, "--store", store).code == 0
    assert rows(store)[2:] == [("2025-01-06", "NA"), ("2025-01-06", "1")]


def test_a_row_whose_key_is_a_word_has_none(tmp_path: Path, run: Run, store: Path) -> None:
    text = "at,id\n2025-01-06,1\n2025-01-06,NA\n"
    done = run("import", written(tmp_path, text), "--store", store, "--key", "id")
    assert done.code == 2
    assert "f.csv:3: it has no `id`" in done.err
    assert not store.exists()


def test_the_same_key_twice_leaves_rows_with_words_out(
    tmp_path: Path, run: Run, store: Path
) -> None:
    file = written(tmp_path, "at,id,n\n2025-01-06,1,NA\n2025-01-06,2,5\n")
    for _ in range(2):
        assert run("import", file, "--store", store, "--key", "id").code == 0
    assert rows(store) == [("2025-01-06", 1, None), ("2025-01-06", 2, 5)]


def test_words_in_json_are_none_where_other_values_are_numbers(
    tmp_path: Path, run: Run, store: Path
) -> None:
    found = [
        {"at": "2025-01-06", "n": 5, "name": "NA"},
        {"at": "NA", "n": "NA", "name": "Bo"},
        {"at": "2025-01-08", "n": 7.5},
    ]
    text = "\n".join(map(json.dumps, found))
    done = run("import", written(tmp_path, text, "f.ndjson"), "--store", store)
    assert rows(store) == [("2025-01-06", 5.0, "NA"), (None, None, "Bo"), ("2025-01-08", 7.5, None)]
    assert "numbers; 1 of 3 is `NA`, first in line 2" in done.out


def test_a_time_that_is_none_is_told_by_its_own_line(tmp_path: Path, run: Run, store: Path) -> None:
    text = "at,n\n2025-01-06,1\n2025-01-06,1\nNA,1\nyesterday,1\n"
    done = run("import", written(tmp_path, text), "--store", store)
    assert done.code == 2
    assert "f.csv:5: `at` is `yesterday`" in done.err


def test_identifiers_with_leading_zeros_stay_text(tmp_path: Path, run: Run, store: Path) -> None:
    text = "at,id\n2025-01-06,00001\n2025-01-06,NA\n2025-01-06,12345\n"
    run("import", written(tmp_path, text), "--store", store)
    assert [row[1] for row in rows(store)] == ["00001", "NA", "12345"]
