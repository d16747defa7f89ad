"""What text of a file stands for, against what Python makes of it."""

import csv
import io
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from metric_tui.ingest.importing import Wishes, import_files
from metric_tui.ingest.importing.columns import Kind, joined, kind_of_text, kinds_of_texts
from metric_tui.ingest.importing.moments import event_column, time_column
from metric_tui.ingest.importing.nulls import WORDS

WHOLES = st.integers(-(10**18) + 1, 10**18 - 1).map(str)
NUMBERS = st.floats(allow_nan=False, allow_infinity=False, min_value=-1e90, max_value=1e90).map(
    repr
)
ODD = st.sampled_from(
    ["007", "+1", "1,5", " 1", "1 ", "-0", "0x10", "1e5", "1e400", "1_000", "nan", "١", "9" * 19,
     "true", "False", "yes", "1\n2", "a\nb", "."]
)  # fmt: skip
TEXTS = WHOLES | NUMBERS | ODD | st.text(min_size=1)


@given(st.lists(TEXTS, min_size=1, max_size=12))
def test_many_values_are_what_each_is(texts: list[str]) -> None:
    assert joined(kinds_of_texts(texts)) is joined(map(kind_of_text, texts))


@given(TEXTS)
def test_numbers_are_only_what_can_be_told_from_its_number_again(text: str) -> None:
    kind = kind_of_text(text)
    if kind is Kind.WHOLE:
        assert str(int(text)) == text
        assert -(2**63) <= int(text) < 2**63
    elif kind is Kind.NUMBER:
        assert abs(float(text)) < float("inf")
        assert text.strip("0123456789.eE+-") == ""
    elif kind is Kind.TRUTH:
        assert text.lower() in ("true", "false")


@pytest.mark.parametrize("text", ["007", "+1", " 1", "9" * 19, "1e400", "1_000", "nan", "", "1\n"])
def test_what_is_in_doubt_stays_text(text: str) -> None:
    assert kind_of_text(text) is Kind.TEXT


TABLES = st.lists(
    st.tuples(st.none() | TEXTS, st.none() | WHOLES | NUMBERS), min_size=1, max_size=8
)


@settings(
    deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60
)
@given(TABLES)
def test_a_store_holds_every_value_of_a_file(
    tmp_path: Path, table: list[tuple[str | None, str | None]]
) -> None:
    written = io.StringIO()
    writer = csv.writer(written)
    writer.writerows([("one", "two", "row"), *((*row, place) for place, row in enumerate(table))])
    path, store = tmp_path / "table.csv", tmp_path / "table.db"
    path.write_bytes(written.getvalue().encode("utf-8", "surrogatepass"))
    store.unlink(missing_ok=True)
    if any("\ud800" <= each <= "\udfff" for row in table for text in row for each in text or ""):
        # what is no text cannot be in a file of text
        return
    import_files([str(path)], store, Wishes())
    with closing(sqlite3.connect(store)) as connection:
        found = connection.execute("SELECT one, two FROM events ORDER BY row").fetchall()
    for row, given_row in zip(found, table, strict=True):
        for value, text in zip(row, given_row, strict=True):
            if value is None and text in WORDS:
                continue
            if isinstance(value, str) or text is None or value is None:
                assert value == (text or None)
            elif text.lower() in ("true", "false"):
                assert value == (text.lower() == "true")
            elif text == "1,5":
                assert value == 1.5
            else:
                assert value == (int(text) if isinstance(value, int) else float(text))


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ({"id": [1], "created_at": ["2026-01-01"], "timestamp": [1767262000]}, "timestamp"),
        ({"date": ["x"], "seen": ["2026-01-01T10:00"]}, "seen"),
        ({"Signup_At": ["2026-01-01"], "n": [1767262000]}, "Signup_At"),
        ({"n": [1767262000], "name": ["a"]}, None),
        ({"day": []}, None),
    ],
)
def test_the_column_of_times_is_found_by_name_and_by_what_it_holds(
    columns: dict[str, list[object]], expected: str | None
) -> None:
    assert time_column(list(columns), columns) == expected


def test_the_column_of_events_is_found_by_name() -> None:
    assert event_column(["id", "Event_Name"]) == "Event_Name"
    assert event_column(["id", "name"]) is None
