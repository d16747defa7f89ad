"""The compiled loops say what numpy says of any bytes, and are done without where they are not."""

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metric_tui.engines.rollup import kernels
from metric_tui.engines.rollup.kernels import members
from metric_tui.engines.rollup.pages import records as pages_records
from metric_tui.engines.rollup.pages.file import PADDING, Pages, Unreadable
from metric_tui.engines.rollup.pages.records import Records, records
from tests.engines.test_pages import page_file, write

PAGE = 512
NEEDS_KERNELS = pytest.mark.skipif(
    kernels.library() is None, reason="installed without a C compiler"
)


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Leaf pages of rows of all kinds."""
    path = tmp_path_factory.mktemp("kernels") / "store.db"
    cells = [None, 0, 1, -300, 2**40, 2.5, "text", "a longer text" * 3, b"bytes", -(2**63)]
    rows = [(n, cells[n % 10], cells[n % 7], cells[n % 3]) for n in range(1, 80)]
    write(path, rows, page=PAGE)
    with page_file(path) as file, file.still():
        pages = file.read(file.leaves(file.root("rows"), 0, 100))
        return b"".join(pages.data[at : at + PAGE].tobytes() for at in pages.starts)


def told(pages: Pages) -> Any:
    """What is found on pages, as plain values; the word for it where they cannot be read."""
    try:
        found = records(pages, PAGE, [0, 2])
    except Unreadable:
        return "unreadable"
    return found.numbers.tolist(), [
        (own.kinds.tolist(), own.starts.tolist(), own.widths.tolist())
        for own in found.columns.values()
    ]


def by_numpy(pages: Pages, usable: int, wanted: Any) -> Records | None:
    return None


@NEEDS_KERNELS
@settings(deadline=None, max_examples=300)
@given(changes=st.lists(st.tuples(st.integers(0, 2**16), st.integers(0, 255)), max_size=6))
def test_damaged_pages_are_told_as_numpy_tells_them(
    sound: bytes, changes: list[tuple[int, int]]
) -> None:
    data = np.frombuffer(sound + bytes(PADDING), dtype=np.uint8).copy()
    for place, byte in changes:
        data[place % len(sound)] = byte
    pages = Pages(data, np.arange(0, len(sound), PAGE))
    with pytest.MonkeyPatch.context() as patch:
        compiled = told(pages)
        patch.setattr(pages_records, "_compiled_records", by_numpy)
        assert compiled == told(pages)


@NEEDS_KERNELS
def test_pages_that_end_early_are_left_to_numpy(sound: bytes) -> None:
    data = np.frombuffer(sound, dtype=np.uint8)
    starts = np.array([len(sound) - PAGE + 1])
    assert kernels.take_apart(data, starts, PAGE, [0], 1) is None
    assert kernels.take_apart(data, np.array([-1]), PAGE, [0], 1) is None


@NEEDS_KERNELS
def test_places_outside_of_the_bytes_are_left_to_numpy() -> None:
    data = np.frombuffer(b"2026-01-01T00:00" + bytes(16), dtype=np.uint8)
    kinds, far = np.array([45, 45]), np.array([0, 20])
    assert kernels.read_times(data, kinds, far, "T") is None
    assert kernels.read_seconds(data, kinds, far) is None
    rows = np.arange(2)
    assert (
        kernels.read_numbers(data, np.array([6, 6]), np.array([0, 30]), rows, is_real=False) is None
    )
    none = np.zeros(4, dtype=np.int64)
    table = kernels.Table(np.full(4, -1), none, none, [], 512)
    assert kernels.find_codes(data, kinds, far, table) is None
    assert not kernels.enter_codes(np.full(4, -1), none, 0, 4)
    assert members.sets_by_key(np.array([0, 3]), np.zeros(2, dtype=np.uint32), 3) is None
    who = np.array([1, 64], dtype=np.uint32)
    assert members.rows_of_new([who], 63) is None
    assert members.count_distinct(np.array([0, 0]), who, 2, 63) is None
    for groups in ([0, 2], [0, -1]):
        assert members.count_distinct(np.array(groups), who, 2, 64) is None


@pytest.mark.skipif(shutil.which("cc") is None, reason="no C compiler here")
def test_they_compile_without_a_warning(tmp_path: Path) -> None:
    flags = [
        "-O3",
        "-std=c11",
        "-Wall",
        "-Wextra",
        "-Wpedantic",
        "-Wconversion",
        "-Wno-sign-conversion",
        "-Werror",
    ]
    command = [
        "cc",
        *flags,
        "-fPIC",
        "-shared",
        "-o",
        str(tmp_path / "kernels.so"),
        str(kernels.SOURCE),
    ]
    found = subprocess.run(command, capture_output=True, text=True, check=False)
    assert found.stderr == ""


def test_without_the_library_numpy_does_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(kernels, "LIBRARY", tmp_path / "none.so")
    kernels.library.cache_clear()
    try:
        assert kernels.library() is None
        assert members.sets_by_key(np.zeros(1, dtype=np.int64), np.zeros(1, np.uint32), 1) is None
        assert members.rows_of_new([np.zeros(1, np.uint32)], 0) is None
        assert (
            members.count_distinct(np.zeros(1, dtype=np.int64), np.zeros(1, np.uint32), 1, 0)
            is None
        )
    finally:
        kernels.library.cache_clear()


@NEEDS_KERNELS
def test_a_library_of_another_source_is_not_used(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    source = tmp_path / "kernels.c"
    source.write_bytes(kernels.SOURCE.read_bytes() + b"\n")
    monkeypatch.setattr(kernels, "SOURCE", source)
    kernels.library.cache_clear()
    try:
        assert kernels.library() is None
    finally:
        kernels.library.cache_clear()


def test_the_environment_switches_them_off() -> None:
    program = "from metric_tui.engines.rollup import kernels; print(kernels.library())"
    found = subprocess.run(
        [sys.executable, "-c", program],
        env={kernels.SWITCH: "0", "PYTHONPATH": str(Path.cwd())},
        capture_output=True,
        text=True,
        check=True,
    )
    assert found.stdout.strip() == "None"
