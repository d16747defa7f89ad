"""`metric-tui import`: what separates values, how files are packed, how text is encoded."""

import bz2
import gzip
import io
import lzma
import sqlite3
import zipfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from metric_tui.ingest.importing import packing
from tests.conftest import Run

TABLE = [("2025-01-06", 5, "a b"), ("2025-01-07", 12, "c")]
CSV = "at,n,name\n2025-01-06,5,a b\n2025-01-07,12,c\n"


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "store.db"


def written(folder: Path, data: str | bytes, name: str = "f.txt") -> Path:
    path = folder / name
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return path


def rows(store: Path, table: str = "events") -> list[Any]:
    with closing(sqlite3.connect(store)) as connection:
        return connection.execute(f"SELECT * FROM {table} ORDER BY rowid").fetchall()


@pytest.mark.parametrize("separator", [",", ";", "\t", "|", "^", "||", "::", "~~", "^^", ";;"])
def test_values_are_separated_by_one_character_or_several(
    tmp_path: Path, run: Run, store: Path, separator: str
) -> None:
    done = run("import", written(tmp_path, CSV.replace(",", separator)), "--store", store)
    assert (done.code, done.err) == (0, "")
    assert rows(store) == TABLE


@pytest.mark.parametrize("separator", ["||", "|", ";"])
def test_a_separator_within_quotes_is_part_of_the_value(
    tmp_path: Path, run: Run, store: Path, separator: str
) -> None:
    quoted = f'"x{separator}y"'
    text = f"at,{quoted},n\n2025-01-06,{quoted},1\n".replace(",", separator)
    assert run("import", written(tmp_path, text), "--store", store).code == 0
    assert rows(store) == [("2025-01-06", f"x{separator}y", 1)]
    with closing(sqlite3.connect(store)) as connection:
        names = [row[1] for row in connection.execute("PRAGMA table_info(events)")]
    assert names == ["at", f"x{separator}y", "n"]


def test_of_two_marks_the_one_that_cuts_every_line_alike_separates(
    tmp_path: Path, run: Run, store: Path
) -> None:
    text = 'at;"amount"; in EUR, gross, all\n2025-01-06;1;2\n2025-01-07;3;4\n'
    assert run("import", written(tmp_path, text), "--store", store).code == 0
    assert rows(store) == [("2025-01-06", 1, 2), ("2025-01-07", 3, 4)]


ALIGNED = {
    "leading blanks": " id  date n  value\r\n 00001 19970101  1   11.77\r\n 00002 19970112  5   77.00\r\n",
    "trailing blanks": "id    date      n  value  \n00001 19970101  1  11.77  \n00002 19970112  5  77.00\n",
    "single blanks": "id date n value\n00001 19970101 1 11.77\n00002 19970112 5 77.00\n",
    "blank lines": "\n  id     date n value\n\n00001 19970101 1 11.77\n\n00002 19970112 5 77.00\n",
    "quoted": 'id date   n value\n"00001" 19970101 1 11.77\n00002   19970112 5 "77.00"\n',
}


@pytest.mark.parametrize("way", ALIGNED)
def test_columns_are_aligned_by_blanks(tmp_path: Path, run: Run, store: Path, way: str) -> None:
    done = run("import", written(tmp_path, ALIGNED[way]), "--store", store)
    assert done.code == 0, done.err
    assert rows(store) == [("00001", 19970101, 1, 11.77), ("00002", 19970112, 5, 77.0)]


def test_a_line_of_aligned_columns_that_lacks_a_value_is_told(
    tmp_path: Path, run: Run, store: Path
) -> None:
    lines = ["id   n   value"] + ["1    2   3.5"] * 60 + ["1        3.5"]
    done = run("import", written(tmp_path, "\n".join(lines) + "\n"), "--store", store)
    assert done.code == 2
    assert "f.txt:62: it has 2 values, and 3 columns are named" in done.err
    assert not store.exists()


REFUSED = {
    "words": ("full name\nAnn Lee\nBob Ray\n", "looks like 2 separated by blanks", "space"),
    "gaps": ("id   n   value\n1    2   3.5\n1        3.5\n1 2 3\n", "looks like 2 to 3", "space"),
    "an odd mark": ("at~n\n2025-01-06~1\n2025-01-07~2\n", "looks like 2 separated by `~`", "'~'"),
    "a strange mark": ("at¦n\n2025-01-06¦1\n2025-01-07¦2\n", "2 separated by `¦`", "'¦'"),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_one_column_that_looks_like_several_is_refused(
    tmp_path: Path, run: Run, store: Path, kind: str
) -> None:
    text, looks, option = REFUSED[kind]
    done = run("import", written(tmp_path, text), "--store", store)
    assert done.code == 2
    assert "f.txt:1: it comes out as one column, and looks like" in done.err
    assert looks in done.err
    assert f"hint: say so by --separator {option}, or that it is one" in done.err
    assert not store.exists()


def test_what_separates_can_be_said(tmp_path: Path, run: Run, store: Path) -> None:
    file = written(tmp_path, "at~n\n2025-01-06~1\n")
    assert run("import", file, "--store", store, "--separator", "~").code == 0
    assert rows(store) == [("2025-01-06", 1)]
    names = written(tmp_path, "full name\nAnn Lee\nBob Ray\n")
    assert run("import", names, "--store", store, "--table", "n", "--separator", "comma").code == 0
    assert rows(store, "n") == [("Ann Lee",), ("Bob Ray",)]
    run("import", names, "--store", store, "--table", "m", "--separator", "space")
    assert rows(store, "m") == [("Ann", "Lee"), ("Bob", "Ray")]
    tabs = written(tmp_path, "at\tn,m\n2025-01-06\t1\n")
    run("import", tabs, "--store", store, "--table", "t", "--separator", "tab")
    assert rows(store, "t") == [("2025-01-06", 1)]


ONE = {
    "times": "event time\n2025-01-06 10:00:00\n2025-01-06 11:00:00\n",
    "sentences": "what was said\nyes\nno, not at all\n".replace(",", ""),
    "dates": "sign-up-date\n2025-01-06\n2025-01-07\n",
    "a name": "at\n2025-01-06\n",
}


@pytest.mark.parametrize("kind", ONE)
def test_one_column_is_one(tmp_path: Path, run: Run, store: Path, kind: str) -> None:
    done = run("import", written(tmp_path, ONE[kind]), "--store", store)
    assert done.code == 0, done.err
    assert rows(store) == [(line,) for line in ONE[kind].splitlines()[1:]]


@pytest.mark.parametrize("said", ["sep=;", "SEP=;", "sep=||"])
def test_a_first_line_says_what_separates(tmp_path: Path, run: Run, store: Path, said: str) -> None:
    separator = said[4:]
    text = f"{said}\r\nat;n,m\r\n2025-01-06;1\r\n".replace(";", separator)
    text = text.replace(f"sep={separator}", said)
    assert run("import", written(tmp_path, text), "--store", store).code == 0
    assert rows(store) == [("2025-01-06", 1)]


def test_lines_count_from_the_first_where_that_says_what_separates(
    tmp_path: Path, run: Run, store: Path
) -> None:
    text = "sep=;\nat;n\n2025-01-06;1\n2025-01-07\n"
    done = run("import", written(tmp_path, text), "--store", store)
    assert "f.txt:4: it has 1 value" in done.err


def zipped(data: bytes, *names: str) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            archive.writestr(name, data)
    return target.getvalue()


PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": lambda data: gzip.compress(data, mtime=0),
    "bzip2": bz2.compress,
    "xz": lzma.compress,
    "zip": lambda data: zipped(data, "folder/f.csv"),
    "zip of a Mac": lambda data: zipped(data, "f.csv", "__MACOSX/._f.csv"),
}


@pytest.mark.parametrize("way", PACKERS)
def test_packed_files_are_read_whatever_they_are_called(
    tmp_path: Path, run: Run, store: Path, way: str
) -> None:
    done = run("import", written(tmp_path, PACKERS[way](CSV.encode())), "--store", store)
    assert (done.code, done.err) == (0, "")
    assert rows(store) == TABLE


def test_zstandard_is_read_where_its_package_is_installed(
    tmp_path: Path, run: Run, store: Path
) -> None:
    zstandard = pytest.importorskip("zstandard")
    packed = zstandard.compress(CSV.encode())
    assert run("import", written(tmp_path, packed), "--store", store).code == 0
    assert rows(store) == TABLE
    cut = run("import", written(tmp_path, packed[:12], "cut"), "--store", tmp_path / "other.db")
    assert cut.code == 2
    assert "Traceback" not in cut.err


def test_zstandard_without_its_package_is_refused_with_what_to_install(
    tmp_path: Path, run: Run, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "zstandard", None)
    done = run("import", written(tmp_path, b"\x28\xb5\x2f\xfd" + bytes(9)), "--store", store)
    assert done.code == 2
    assert "is packed by zstandard, which the package `zstandard` unpacks" in done.err
    assert "hint: install it by `pip install zstandard`" in done.err


REFUSED_PACKS = {
    "two files": (zipped(b"at\n", "a.csv", "b.csv"), "is a zip file of 2 files, and one is read"),
    "no file": (zipped(b""), "is a zip file of 0 files"),
    "spreadsheet": (zipped(b"", "[Content_Types].xml", "xl/workbook.xml"), "is a spreadsheet"),
    "open document": (zipped(b"", "mimetype", "content.xml"), "is a spreadsheet"),
    "cut bzip2": (bz2.compress(CSV.encode() * 99)[:-9], "cannot be read"),
    "cut xz": (lzma.compress(CSV.encode() * 99)[:-9], "cannot be read"),
    "damaged xz": (lzma.compress(CSV.encode())[:12] + b"xxxxxxxxxxxxx", "cannot be read"),
    "old spreadsheet": (b"\xd0\xcf\x11\xe0" + bytes(20), "is an old spreadsheet"),
    "no mark": (CSV.encode("utf-16-le"), "looks like --encoding utf-16-le"),
    "no mark, the other way": (CSV.encode("utf-16-be"), "looks like --encoding utf-16-be"),
}


@pytest.mark.parametrize("kind", REFUSED_PACKS)
def test_what_cannot_be_unpacked_is_refused(
    tmp_path: Path, run: Run, store: Path, kind: str
) -> None:
    data, message = REFUSED_PACKS[kind]
    done = run("import", written(tmp_path, data), "--store", store)
    assert done.code == 2
    assert message in done.err
    assert not store.exists()


def test_a_password_is_told(tmp_path: Path, run: Run, store: Path) -> None:
    data = bytearray(zipped(CSV.encode(), "f.csv"))
    # the flag of encryption, in the member's own header and in the directory
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    done = run("import", written(tmp_path, bytes(data)), "--store", store)
    assert done.code == 2
    assert "is a zip file with a password" in done.err


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be", "utf-16-le", "utf-32", "utf-8-sig"])
@pytest.mark.parametrize("pack", ["plain", "gzip"])
def test_text_with_a_byte_order_mark_says_its_encoding(
    tmp_path: Path, run: Run, store: Path, encoding: str, pack: str
) -> None:
    mark = "\ufeff" if encoding.endswith("e") else ""
    data = (mark + "at,città\n2025-01-06,perché 😀\n").encode(encoding)
    data = gzip.compress(data, mtime=0) if pack == "gzip" else data
    assert run("import", written(tmp_path, data), "--store", store).code == 0
    assert rows(store) == [("2025-01-06", "perché 😀")]
    with closing(sqlite3.connect(store)) as connection:
        assert [row[1] for row in connection.execute("PRAGMA table_info(events)")] == [
            "at", "città",
        ]  # fmt: skip


def test_every_kind_of_packing_is_told_by_other_bytes() -> None:
    magics = list(packing._UNPACKERS)
    assert all(not a.startswith(b) for a in magics for b in magics if a is not b)
