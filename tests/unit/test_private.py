"""What is kept between runs is made for its owner alone, and read only where nobody else wrote it."""

import ast
import os
import sqlite3
import stat
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from metric_tui.base import private
from metric_tui.base.places import cache_directory, state_directory
from metric_tui.loading.files import SideFiles
from metric_tui.tui.banner import is_first_start
from metric_tui.tui.crash import write_crash
from tests.conftest import ROOT, Run
from tests.small_tree import write_tree

NOBODY = 65_534

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")


@pytest.fixture(params=[0o000, 0o022, 0o077, 0o777], ids=["000", "022", "077", "777"])
def umask(request: pytest.FixtureRequest) -> Iterator[int]:
    before = os.umask(request.param)
    try:
        yield request.param
    finally:
        os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def modes_below(folder: Path) -> dict[bool, set[int]]:
    """The modes of folders, under True, and of files."""
    found: dict[bool, set[int]] = {True: set(), False: set()}
    for path in (folder, *folder.rglob("*")):
        found[path.is_dir()].add(mode(path))
    return found


def test_whatever_the_umask_only_the_owner_can_look_in(umask: int) -> None:
    folder = cache_directory() / "a" / "b"
    private.write_private(folder / "text", "x")
    private.write_private_durably(folder / "text", "y")
    private.make_private_database(folder / "c" / "store.db")
    with closing(sqlite3.connect(folder / "c" / "store.db")) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("CREATE TABLE t (n)")
        # the log is there as long as the connection is
        assert len(list((folder / "c").iterdir())) == 3
        assert modes_below(cache_directory().parent) == {True: {0o700}, False: {0o600}}
    assert (folder / "text").read_text() == "y"


def test_all_that_commands_and_the_explorer_keep_is_private(tmp_path: Path, run: Run) -> None:
    before = os.umask(0)
    try:
        tree = write_tree(tmp_path)
        assert run("refresh", tree).code == 0
        assert run("show", tree).code == 0
        assert run("demo", "--no-tui", "--events", "2000").code == 0
        side = SideFiles(tree)
        side.write_state({"a": 1})
        side.write_recovery("unsaved")
        assert is_first_start(str(state_directory()))
        assert not is_first_start(str(state_directory()))
        assert write_crash(ValueError("x"), str(state_directory())) is not None
    finally:
        os.umask(before)
    assert modes_below(cache_directory()) == {True: {0o700}, False: {0o600}}
    assert modes_below(state_directory()) == {True: {0o700}, False: {0o600}}
    kept = {path.parent.name for path in cache_directory().rglob("*") if path.is_file()}
    assert kept == {"answers", "rollups", "samples"}
    assert (side.state(), side.recovery()) == ({"a": 1}, "unsaved")


def open_to_all(path: Path) -> None:
    path.chmod(mode(path) | stat.S_IWOTH)


def open_to_the_group(path: Path) -> None:
    path.chmod(mode(path) | stat.S_IWGRP)


def give_away(path: Path) -> None:
    os.chown(path, NOBODY, -1)


WAYS = [
    pytest.param(open_to_all, "others may write to it", id="open to all"),
    pytest.param(open_to_the_group, "others may write to it", id="open to the group"),
    pytest.param(give_away, "another user owns it", id="given away", marks=as_root),
]


@pytest.mark.parametrize(("way", "reason"), WAYS)
@pytest.mark.parametrize("place", ["text", ".", "..", "../.."])
def test_what_somebody_else_can_have_written_is_not_there(
    way: Callable[[Path], None], reason: str, place: str
) -> None:
    path = cache_directory() / "a" / "b" / "text"
    private.write_private(path, "x")
    assert private.is_private(path)
    way(path if place == "text" else Path(os.path.normpath(path.parent / place)))
    assert not private.is_private(path)
    assert [each for _, each in private.refusals()] == [reason]
    # told once
    assert private.refusals() == ()


def test_what_is_not_there_is_no_refusal(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    assert not private.is_private(tmp_path / "nothing")
    assert not private.is_private(tmp_path)
    assert private.refusals() == ()


@pytest.mark.parametrize(("way", "reason"), WAYS)
@pytest.mark.parametrize("ending", private.DATABASE_ENDINGS)
def test_a_database_is_made_anew_where_anything_of_it_may_be_somebody_elses(
    way: Callable[[Path], None], reason: str, ending: str
) -> None:
    path = cache_directory() / "store.db"
    private.make_private_database(path)
    for file in private.database_files(path):
        private.write_private(file, "planted")
    assert private.is_private_database(path)
    way(path.with_name(path.name + ending))
    assert not private.is_private_database(path)
    private.make_private_database(path)
    assert path.read_bytes() == b""
    assert [file.exists() for file in private.database_files(path)] == [True, False, False, False]
    assert private.is_private_database(path)
    private.refusals()


def test_a_folder_of_ours_that_is_open_is_closed_and_one_of_the_users_is_left() -> None:
    private.write_private(cache_directory() / "a" / "text", "x")
    for folder in (cache_directory().parent, cache_directory(), cache_directory() / "a"):
        folder.chmod(0o777)
    private.write_private(cache_directory() / "a" / "more", "x")
    assert mode(cache_directory()) == mode(cache_directory() / "a") == 0o700
    assert mode(cache_directory().parent) == 0o777


def test_nothing_is_written_into_a_folder_that_others_may_write_to(tmp_path: Path) -> None:
    tmp_path.chmod(0o777)
    with pytest.raises(PermissionError, match="others may write to it"):
        private.write_private(tmp_path / "text", "x")
    assert list(tmp_path.iterdir()) == []


@as_root
def test_nothing_is_written_into_a_folder_of_somebody_else() -> None:
    private.write_private(cache_directory() / "a" / "text", "x")
    give_away(cache_directory() / "a")
    with pytest.raises(PermissionError, match="another user owns it"):
        private.write_private(cache_directory() / "a" / "text", "y")


@pytest.mark.parametrize(("way", "reason"), WAYS)
def test_a_planted_answer_is_not_shown(
    tmp_path: Path, run: Run, way: Callable[[Path], None], reason: str
) -> None:
    tree = write_tree(tmp_path)
    assert run("refresh", tree).code == 0
    sheets = list((cache_directory() / "answers").iterdir())
    assert any("8.0" in sheet.read_text() for sheet in sheets)
    for sheet in sheets:
        sheet.write_text(sheet.read_text().replace("8.0", "123456.0"))
        way(sheet)
    for file in (cache_directory() / "rollups").iterdir():
        file.write_bytes(b"no database" * 999)
        way(file)
    shown = run("show", tree, "--format", "csv")
    assert shown.code == 0
    assert "123456" not in shown.out
    assert shown.out == run("show", tree, "--format", "csv").out
    # of the 15th of June: see the tree
    assert ",8.0," in shown.out or ",8," in shown.out
    assert reason in shown.err
    assert len(shown.err.splitlines()) == len(set(shown.err.splitlines()))


@pytest.mark.parametrize(("way", "reason"), WAYS)
def test_state_that_somebody_else_may_have_written_is_none(
    tmp_path: Path, way: Callable[[Path], None], reason: str
) -> None:
    side = SideFiles(write_tree(tmp_path))
    side.write_state({"a": 1})
    side.write_recovery("unsaved")
    for file in (state_directory() / "trees").iterdir():
        way(file)
    assert (side.state(), side.recovery()) == ({}, None)
    side.write_state({"a": 2})
    assert side.state() == {"a": 2}


@pytest.mark.parametrize(("way", "reason"), WAYS)
def test_a_sample_that_somebody_else_may_have_written_is_built_anew(
    run: Run, way: Callable[[Path], None], reason: str
) -> None:
    first = run("demo", "--no-tui", "--events", "2000")
    store = cache_directory() / "samples" / "nights_booked.db"
    store.write_bytes(b"planted")
    way(store)
    refused = run("show", ROOT / "configs" / "nights_booked.yaml")
    assert refused.code == 3
    assert f"the sample store `{store}` is not read: somebody else may have written it" in (
        refused.err
    )
    assert "`metric-tui demo nights_booked` builds it anew" in refused.err
    again = run("demo", "--no-tui", "--events", "2000")
    assert (again.code, again.out) == (0, first.out)
    assert reason in again.err
    assert mode(store) == 0o600


@as_root
def test_a_cache_of_somebody_else_costs_no_number(tmp_path: Path, run: Run) -> None:
    tree = write_tree(tmp_path)
    first = run("show", tree)
    give_away(cache_directory())
    shown = run("show", tree)
    assert (shown.code, shown.out) == (0, first.out)
    assert shown.err.count("another user owns it") == 1
    refreshed = run("refresh", tree)
    assert refreshed.code == 3
    assert "cannot be written (another user owns it)" in refreshed.err


RUNNING_CODE = {"pickle", "shelve", "dill", "cloudpickle", "joblib", "runpy"}
PIPES = {"process.py", "worker.py", "keeping.py"}
"""Modules that unpickle what a process of this one's wrote into a pipe, never a file."""


def test_nothing_read_from_disk_can_run_code() -> None:
    for path in sorted((ROOT / "metric_tui").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                names = {alias.name.split(".")[0] for alias in node.names}
                assert not names & RUNNING_CODE or path.name in PIPES, path
            if isinstance(node, ast.Call):
                called = ast.unparse(node.func)
                assert called not in ("eval", "exec", "yaml.load", "yaml.unsafe_load"), path
                assert not called.endswith("enable_load_extension"), path
                assert not any(word.arg == "allow_pickle" for word in node.keywords), path
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "pickle.load":
                assert ast.unparse(node.args[0]) in ("orders", "self._process.stdout"), path
