"""Bad input: a clear sentence with its place and a hint, a documented exit code, nothing lost.

An exception that is no sentence for the user would leave `call` and fail the test by itself.
"""

import hashlib
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from metric_tui.engines import sqlite as sqlite_engine
from tests.conftest import Run
from tests.small_tree import TREE, write_tree

COMMANDS: tuple[tuple[str, ...], ...] = (
    ("show", "TREE"),
    ("show", "TREE", "--format", "json", "--by", "platform"),
    ("sql", "TREE", "nights"),
    ("events", "TREE", "nights"),
    ("explain", "TREE"),
    ("what-if", "TREE", "--set", "bookings=+10%"),
    ("refresh", "TREE"),
    ("check", "TREE"),
    ("check", "TREE", "--data"),
)


def line_of(words: str, text: str = TREE) -> int:
    return next(n for n, line in enumerate(text.splitlines(), 1) if words in line)


def run_all(run: Run, tree: Path, codes: set[int]) -> list[str]:
    """Run every command; what each printed, both streams."""
    printed = []
    for command in COMMANDS:
        ran = run(*(tree if word == "TREE" else word for word in command))
        assert ran.code in codes, (command, ran)
        assert "Traceback" not in ran.out + ran.err
        printed.append(ran.out + ran.err)
    return printed


# what is no tree at all: exit code 2 from every command


def missing(path: Path) -> None:
    path.unlink()


def a_directory(path: Path) -> None:
    path.unlink()
    path.mkdir()


def a_link_to_itself(path: Path) -> None:
    path.unlink()
    path.symlink_to(path.name)


def text(content: str) -> Callable[[Path], object]:
    return lambda path: path.write_text(content, encoding="utf-8")


BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{one}: &{one} [{', '.join(['*' + other] * 9)}]\n"
    for other, one in zip("abcdefgh", "bcdefghi", strict=True)
)

NO_TREES: dict[str, tuple[Callable[[Path], object], str]] = {
    "no file": (missing, "there is no file"),
    "a directory": (a_directory, "is a directory, not a tree file"),
    "a link to itself": (a_link_to_itself, "cannot be read"),
    "an empty file": (text(""), "empty"),
    "comments alone": (text("# nothing\n"), "empty"),
    "not YAML": (text("metrics: [a, b\nname: {"), ""),
    "a list": (text("- a\n- b\n"), "the file must be a mapping of keys"),
    "bytes": (lambda path: path.write_bytes(b"name: \xff\xfe"), "is not UTF-8 text"),
    "a database": (lambda path: path.write_bytes(b"SQLite format 3\0" * 9), ""),
}


@pytest.mark.parametrize(("spoil", "words"), NO_TREES.values(), ids=NO_TREES)
def test_what_is_no_tree_is_exit_code_2(
    run: Run, tmp_path: Path, spoil: Callable[[Path], object], words: str
) -> None:
    tree = write_tree(tmp_path)
    spoil(tree)
    for printed in run_all(run, tree, {2}):
        assert words in printed
        assert "error" in printed


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
def test_a_file_that_may_not_be_read_is_exit_code_2(run: Run, tmp_path: Path) -> None:
    tree = write_tree(tmp_path)
    tree.chmod(0)
    for printed in run_all(run, tree, {2}):
        assert "cannot be read: permission denied" in printed


# trees with errors: `check` names the place, the rest of the tree works

BAD_LINES: dict[str, tuple[str, str, str, str]] = {
    "a duplicate key": (
        "  secret: {agg: count, hidden",
        "  gross: {agg: count, hidden",
        "duplicate-key",
        "`gross`",
    ),
    "an unknown key": ("guardrails:", "gardrails:", "unknown-key", "did you mean `guardrails`?"),
    "an unknown value": ("agg: count_distinct", "agg: cuont", "unknown-value", "`count`"),
    "a wrong type": ("week}\nsources", "[1]}\nsources", "", "grain"),
    "an unknown metric": (
        "influences: [bookers]",
        "influences: [boookers]",
        "unknown-metric",
        "did you mean `bookers`?",
    ),
    "a fragment with a statement": (
        "agg: sum, event: booked, expr: nights",
        'agg: sum, event: booked, expr: "nights; DROP TABLE events"',
        "",
        ";",
    ),
    "a sub-select": (
        "agg: sum, event: booked, expr: nights",
        'agg: sum, event: booked, expr: "(SELECT 1)"',
        "",
        "SELECT",
    ),
}


@pytest.mark.parametrize(("old", "new", "code", "words"), BAD_LINES.values(), ids=BAD_LINES)
def test_an_error_is_named_at_its_line(
    run: Run, tmp_path: Path, old: str, new: str, code: str, words: str
) -> None:
    changed = TREE.replace(old, new)
    assert changed != TREE
    tree = write_tree(tmp_path, changed)
    line = line_of(new.splitlines()[0], changed)
    checked = run("check", tree)
    assert checked.code == 2
    assert f"nights.yaml:{line}:" in checked.out
    assert f"error[{code}" in checked.out
    assert words in checked.out
    # a number that does not need the bad line is shown all the same
    shown = run("show", tree, "cancelled", "--last", 2, "--format", "csv")
    assert shown.code == 0
    assert "cancelled,2026-06-08,2026-06-14,4," in shown.out
    assert "metric-tui check" in shown.err


def test_a_cycle_is_named_in_full_where_it_begins(run: Run, tmp_path: Path) -> None:
    changed = TREE.replace("components: bookings *", "components: nights *")
    tree = write_tree(tmp_path, changed)
    checked = run("check", tree)
    assert checked.code == 2
    assert "error[component-cycle]" in checked.out
    assert "`nights` → `gross` → `nights`" in checked.out
    assert f"nights.yaml:{line_of('expr: gross -')}:11" in checked.out
    assert run("show", tree, "bookings").code == 0


def test_an_alias_bomb_takes_no_memory_and_is_refused(run: Run, tmp_path: Path) -> None:
    tree = write_tree(tmp_path, BOMB)
    for printed in run_all(run, tree, {2}):
        assert len(printed) < 20_000
    assert "alias" in run("check", tree).out


def test_all_problems_of_a_file_come_at_once(run: Run, tmp_path: Path) -> None:
    bad = TREE
    for old, new, *_ in (BAD_LINES["an unknown key"], BAD_LINES["an unknown metric"]):
        bad = bad.replace(old, new)
    out = run("check", write_tree(tmp_path, bad)).out
    assert "unknown-key" in out
    assert "unknown-metric" in out


def test_a_broken_metric_leaves_the_rest_of_the_tree(run: Run, tmp_path: Path) -> None:
    tree = write_tree(tmp_path, TREE.replace("numerator: cancelled", "numerator: canceled"))
    ran = run("show", tree)
    assert ran.code == 0
    assert "no metric is named `canceled`" in ran.out
    assert "+14%" in ran.out


# stores


def test_a_missing_store_is_exit_code_3(run: Run, tmp_path: Path) -> None:
    tree = write_tree(tmp_path)
    (tmp_path / "events.db").unlink()
    for printed in run_all(run, tree, {0, 3}):
        assert f"there is no store at `{tmp_path / 'events.db'}`" in printed
    assert run("show", tree).code == 3


def test_a_tree_without_a_store_says_how_to_name_one(run: Run, tmp_path: Path) -> None:
    tree = write_tree(tmp_path, TREE.replace("store: events.db\n", ""))
    ran = run("show", tree)
    assert ran.code == 3
    assert "names no store" in ran.err
    assert "hint: add `store:" in ran.err


def test_a_store_that_no_engine_opens_is_exit_code_3(run: Run, tmp_path: Path) -> None:
    tree = write_tree(tmp_path, TREE.replace("events.db", "mysql://host/db"))
    ran = run("show", tree)
    assert ran.code == 3
    assert "no engine opens `mysql:` stores" in ran.err


@pytest.mark.parametrize("content", [b"", b"not a database " * 999], ids=["empty", "text"])
def test_a_file_that_is_no_database_is_not_answered_from(
    run: Run, tmp_path: Path, content: bytes
) -> None:
    tree = write_tree(tmp_path)
    (tmp_path / "events.db").write_bytes(content)
    ran = run("show", tree)
    assert ran.code != 0 or "no table `events`" in ran.out
    if content:
        assert (ran.code, ran.out) == (3, "")
        assert "is not a SQLite database" in ran.err


def test_a_damaged_database_is_exit_code_3(run: Run, tmp_path: Path) -> None:
    tree = write_tree(tmp_path)
    store = tmp_path / "events.db"
    store.write_bytes(store.read_bytes()[:4096])
    ran = run("show", tree)
    assert (ran.code, ran.out) == (3, "")
    assert "is damaged" in ran.err


def test_a_directory_as_store_is_exit_code_3(run: Run, tmp_path: Path) -> None:
    tree = write_tree(tmp_path)
    (tmp_path / "events.db").unlink()
    (tmp_path / "events.db").mkdir()
    ran = run("show", tree)
    assert ran.code == 3
    assert "is a directory, not a store" in ran.err


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
def test_a_store_that_may_not_be_read_is_exit_code_3(run: Run, tmp_path: Path) -> None:
    tree = write_tree(tmp_path)
    (tmp_path / "events.db").chmod(0)
    ran = run("show", tree)
    assert ran.code == 3
    assert "check the file's permissions" in ran.err


@contextmanager
def writing(store: Path) -> Iterator[None]:
    """Another program in the middle of a write."""
    with closing(sqlite3.connect(store, isolation_level=None)) as connection:
        connection.execute("BEGIN EXCLUSIVE")
        connection.execute("DELETE FROM events")
        yield
        connection.execute("ROLLBACK")


def test_a_locked_store_is_exit_code_3_and_answers_when_it_is_free(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite_engine, "_BUSY_SECONDS", 0.05)
    tree = write_tree(tmp_path)
    with writing(tmp_path / "events.db"):
        for printed in run_all(run, tree, {0, 3}):
            assert "is locked by another program" in printed
        ran = run("show", tree)
        assert (ran.code, ran.out) == (3, "")
        assert "hint: wait for its write to end" in ran.err
    assert run("show", tree).code == 0


def test_a_missing_table_is_named_with_those_there_are(run: Run, tmp_path: Path) -> None:
    tree = write_tree(tmp_path, TREE.replace("table: events", "table: evnets"))
    checked = run("check", tree)
    assert checked.code == 2
    assert "`evnets`" in checked.out
    assert "`events`" in checked.out
    shown = run("show", tree, "gross")
    assert (shown.code, shown.out) == (3, "")
    assert "no table `evnets`" in shown.err
    assert "it has `events`" in shown.err


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("agg_time_dimension: happened", "agg_time_dimension: hapened"),
        ("event_column: event", "event_column: evnt"),
        ("platform: platform", "platform: plattform"),
        ("user: user_id", "user: usr_id"),
        ("event: booked, expr: nights", "event: booked, expr: nigths"),
    ],
)
def test_a_missing_column_is_named_at_its_line(
    run: Run, tmp_path: Path, old: str, new: str
) -> None:
    changed = TREE.replace(old, new)
    tree = write_tree(tmp_path, changed)
    checked = run("check", tree)
    assert checked.code == 2
    name = new.rsplit(" ", 1)[1]
    assert f"`{name}`" in checked.out
    assert f"nights.yaml:{line_of(new, changed)}:" in checked.out
    assert run("show", tree, "gross", "--by", "platform").code in (0, 1, 3)


def test_an_entity_that_is_no_column_is_an_error_of_its_metrics(run: Run, tmp_path: Path) -> None:
    tree = write_tree(tmp_path, TREE.replace("user: user_id", "user: user"))
    ran = run("show", tree, "bookers")
    assert ran.code == 1
    assert "no column `user`" in ran.out


def test_text_where_a_number_is_expected_is_an_error_and_no_zero(run: Run, tmp_path: Path) -> None:
    tree = write_tree(tmp_path)
    with closing(sqlite3.connect(tmp_path / "events.db")) as connection, connection:
        connection.execute(
            "UPDATE events SET nights = 'two' WHERE user_id = 2 AND event = 'booked'"
        )
    ran = run("show", tree, "gross", "--start", "2026-06-01", "--end", "2026-06-14")
    assert ran.code == 1
    assert "`nights` holds text in some rows, where `sum` needs a number" in ran.out
    assert "CAST(nights AS REAL)" in run("show", tree).out


def test_a_column_without_times_is_named(run: Run, tmp_path: Path) -> None:
    tree = write_tree(tmp_path)
    with closing(sqlite3.connect(tmp_path / "events.db")) as connection, connection:
        connection.execute("UPDATE events SET happened = 'soon'")
    ran = run("show", tree, "gross")
    assert (ran.code, ran.out) == (3, "")
    assert "`happened` of source `events` holds no times" in ran.err


def test_a_store_without_rows_is_said(run: Run, tmp_path: Path) -> None:
    tree = write_tree(tmp_path)
    with closing(sqlite3.connect(tmp_path / "events.db")) as connection, connection:
        connection.execute("DELETE FROM events")
    ran = run("show", tree)
    assert (ran.code, ran.out) == (1, "")
    assert "the store has no events" in ran.err


# nothing is lost


def test_no_command_writes_to_the_store_or_beside_it(run: Run, tmp_path: Path) -> None:
    tree = write_tree(tmp_path)

    def everything() -> dict[str, tuple[str, int]]:
        return {
            path.name: (hashlib.sha256(path.read_bytes()).hexdigest(), path.stat().st_mtime_ns)
            for path in (tree, tmp_path / "events.db")
        } | {
            path.name: ("", 0)
            for path in tmp_path.glob("*")
            if path.name.endswith(("wal", "shm", "nal"))
        }

    before = everything()
    for command in (*COMMANDS, ("show", "TREE", "--grain", "hour", "--last", "5")):
        ran = run(*(tree if word == "TREE" else word for word in command))
        assert ran.code == 0, ran
        assert everything() == before, command


@pytest.mark.parametrize(
    "statement", ["DELETE FROM events", "DROP TABLE events", "SELECT 1; SELECT 2"]
)
def test_a_source_that_is_no_query_never_reaches_the_store(
    run: Run, tmp_path: Path, statement: str
) -> None:
    tree = write_tree(tmp_path, TREE.replace("table: events", f'sql: "{statement}"'))
    before = (tmp_path / "events.db").read_bytes()
    checked = run("check", tree)
    assert checked.code == 2
    assert run("show", tree, "gross").code in (1, 2, 3)
    assert (tmp_path / "events.db").read_bytes() == before
