"""The one mutable object: what it remembers, what it forgets, and what it never overwrites."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

import metric_tui.workspace.asking as workspace_module
from metric_tui.base.errors import Cancelled, DefinitionError, EditConflict, MetricTuiError
from metric_tui.base.problems import Problem
from metric_tui.engines.sqlite import SqliteEngine
from metric_tui.planning.question import Question
from metric_tui.workspace import Workspace
from tests.small_tree import TREE, write_tree

WEEK = Question(grain="week", last=1)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    return write_tree(tmp_path)


@pytest.fixture
def workspace(tree: Path) -> Iterator[Workspace]:
    found = Workspace.open(tree)
    yield found
    found.close()


def value(workspace: Workspace, metric: str = "nights") -> float | None:
    return workspace.answer(WEEK.about(metric)).metrics[metric].total.value


def add_event(tree: Path, nights: int) -> None:
    with closing(sqlite3.connect(tree.parent / "events.db")) as connection, connection:
        row = ("2026-06-16T10:00:00Z", "booked", 9, "ios", nights)
        connection.execute("INSERT INTO events VALUES (?, ?, ?, ?, ?)", row)


def test_it_opens_with_what_the_file_says(workspace: Workspace, tree: Path) -> None:
    assert workspace.default_question() == Question(grain="week")
    assert workspace.text == TREE
    assert (workspace.engine_name, workspace.store_name) == ("sqlite", "events.db")
    assert workspace.store_url == str(tree.parent / "events.db")
    assert (workspace.problems, workspace.is_broken) == ((), False)


def test_an_answer_is_kept_until_the_file_changes(workspace: Workspace) -> None:
    first = workspace.answer(WEEK)
    assert workspace.answer(Question(grain="week", last=1)) is first
    assert workspace.answer(Question(grain="week", last=2)) is not first
    workspace.save(TREE.replace("label: Nights booked", "label: Nights"))
    again = workspace.answer(WEEK)
    assert again is not first
    assert again.revision > first.revision


def test_only_so_many_answers_are_kept(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workspace_module, "ANSWERS_KEPT", 2)
    questions = [Question(grain="week", last=count) for count in (1, 2, 3)]
    first, second, _ = [workspace.answer(question) for question in questions]
    assert workspace.answer(questions[1]) is second
    assert workspace.answer(questions[0]) is not first


def test_new_events_are_noticed_and_counted_after_a_reload(
    workspace: Workspace, tree: Path
) -> None:
    assert value(workspace) == 8.0
    assert workspace.poll() == "nothing"
    add_event(tree, 5)
    assert workspace.poll() == "store"
    workspace.reload()
    assert workspace.poll() == "nothing"
    assert value(workspace) == 13.0


def test_an_edit_from_outside_is_noticed_and_taken_by_a_reload(
    workspace: Workspace, tree: Path
) -> None:
    tree.write_text(TREE.replace("gross - cancelled", "gross - cancelled + 1"), encoding="utf-8")
    assert workspace.poll() == "file"
    assert value(workspace) == 8.0
    workspace.reload()
    assert workspace.poll() == "nothing"
    assert value(workspace) == 9.0


def test_a_file_that_breaks_leaves_the_last_good_tree(workspace: Workspace, tree: Path) -> None:
    tree.write_text("metrics: [", encoding="utf-8")
    workspace.reload()
    assert workspace.is_broken
    assert workspace.problems
    assert value(workspace) == 8.0
    tree.write_text(TREE, encoding="utf-8")
    workspace.reload()
    assert (workspace.is_broken, workspace.problems) == (False, ())


def test_a_file_that_goes_away_leaves_the_last_good_tree(workspace: Workspace, tree: Path) -> None:
    tree.unlink()
    workspace.reload()
    assert workspace.is_broken
    assert "there is no file" in workspace.problems[0].message
    assert value(workspace) == 8.0


def test_another_store_in_the_file_is_opened(workspace: Workspace, tree: Path) -> None:
    with closing(sqlite3.connect(tree.parent / "events.db")) as connection:
        connection.execute("VACUUM INTO ?", (str(tree.parent / "copy.db"),))
    with closing(sqlite3.connect(tree.parent / "copy.db")) as connection, connection:
        connection.execute("UPDATE events SET nights = nights * 10")
    workspace.save(TREE.replace("store: events.db", "store: copy.db"))
    assert workspace.store_name == "copy.db"
    assert value(workspace) == 80.0


def test_a_store_given_by_hand_stays_whatever_the_file_says(tree: Path) -> None:
    found = Workspace.open(tree, store=str(tree.parent / "events.db"))
    try:
        found.save(TREE.replace("store: events.db", "store: elsewhere.db"))
        assert value(found) == 8.0
    finally:
        found.close()


def test_a_save_keeps_every_character_and_the_permissions(workspace: Workspace, tree: Path) -> None:
    tree.chmod(0o640)
    text = TREE.replace("\n", "\r\n") + "# ünïcode, no line end"
    workspace.save(text)
    assert tree.read_bytes() == text.encode()
    assert tree.stat().st_mode & 0o777 == 0o640
    assert [path.name for path in tree.parent.iterdir() if path.suffix == ".yaml"] == [
        "nights.yaml"
    ]


def test_a_save_through_a_link_changes_its_target(tree: Path, tmp_path: Path) -> None:
    link = tmp_path / "link.yaml"
    link.symlink_to(tree)
    found = Workspace.open(link)
    try:
        found.save(TREE + "# saved\n")
    finally:
        found.close()
    assert link.is_symlink()
    assert tree.read_text(encoding="utf-8").endswith("# saved\n")


def test_another_program_s_change_is_never_overwritten(workspace: Workspace, tree: Path) -> None:
    theirs = TREE + "# theirs\n"
    tree.write_text(theirs, encoding="utf-8")
    with pytest.raises(EditConflict, match="changed by another program"):
        workspace.save(TREE + "# ours\n")
    assert tree.read_text(encoding="utf-8") == theirs
    assert workspace.text_on_disk() == theirs
    workspace.save(TREE + "# ours\n", overwrite=True)
    assert tree.read_text(encoding="utf-8") == TREE + "# ours\n"


def test_a_file_that_was_only_touched_is_no_conflict(workspace: Workspace, tree: Path) -> None:
    tree.write_text(TREE, encoding="utf-8")
    workspace.save(TREE + "# ours\n")
    assert tree.read_text(encoding="utf-8").endswith("# ours\n")


def test_a_save_that_cannot_be_written_leaves_the_file(
    workspace: Workspace, tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("metric_tui.loading.files.os.fsync", full)
    with pytest.raises(MetricTuiError, match="No space left"):
        workspace.save(TREE + "# ours\n")
    assert tree.read_text(encoding="utf-8") == TREE
    assert workspace.text == TREE
    assert {path.name for path in tree.parent.iterdir() if not path.is_dir()} == {
        "nights.yaml",
        "events.db",
    }


def test_saves_are_undone_one_by_one(workspace: Workspace, tree: Path) -> None:
    first, second = TREE + "# one\n", TREE + "# two\n"
    workspace.save(first)
    workspace.save(second)
    assert workspace.undo_save()
    assert tree.read_text(encoding="utf-8") == first
    assert workspace.undo_save()
    assert tree.read_text(encoding="utf-8") == TREE
    assert not workspace.undo_save()


def test_an_undo_does_not_overwrite_another_program_s_change(
    workspace: Workspace, tree: Path
) -> None:
    workspace.save(TREE + "# one\n")
    tree.write_text(TREE + "# theirs\n", encoding="utf-8")
    with pytest.raises(EditConflict):
        workspace.undo_save()
    assert tree.read_text(encoding="utf-8") == TREE + "# theirs\n"


def test_unsaved_text_is_offered_at_the_next_start(workspace: Workspace, tree: Path) -> None:
    assert workspace.recovery() is None
    workspace.keep_recovery(TREE + "# unsaved\n")
    later = Workspace.open(tree)
    try:
        assert later.recovery() == TREE + "# unsaved\n"
        later.drop_recovery()
        assert later.recovery() is None
    finally:
        later.close()


def test_recovered_text_that_is_the_file_s_is_not_offered(workspace: Workspace) -> None:
    workspace.keep_recovery(TREE)
    assert workspace.recovery() is None


def test_files_of_one_name_keep_their_recoveries_apart(
    workspace: Workspace, tmp_path: Path
) -> None:
    (tmp_path / "other").mkdir()
    other = Workspace.open(write_tree(tmp_path / "other"))
    try:
        workspace.keep_recovery("mine")
        assert other.recovery() is None
    finally:
        other.close()


def test_the_place_in_a_file_is_remembered(workspace: Workspace, tree: Path) -> None:
    assert workspace.load_state() == {}
    workspace.save_state({"metric": "gross", "depth": 2})
    later = Workspace.open(tree)
    try:
        assert later.load_state() == {"metric": "gross", "depth": 2}
    finally:
        later.close()


def test_a_state_that_cannot_be_read_is_an_empty_one(workspace: Workspace, tmp_path: Path) -> None:
    workspace.save_state({"metric": "gross"})
    (state,) = (tmp_path / "xdg_state_home").rglob("*.json")
    state.write_text("{", encoding="utf-8")
    assert workspace.load_state() == {}


def test_an_edited_text_is_checked_and_previewed_without_saving(
    workspace: Workspace, tree: Path
) -> None:
    text = TREE.replace("gross - cancelled", "gross - 3 * cancelled")
    asked = Question(grain="week", last=2)
    found = workspace.preview(text, "nights", asked)
    assert found.before is not None
    assert found.after is not None
    assert found.before.total.values == (7.0, 8.0)
    assert found.after.total.values == (11.0 - 3 * 4.0, 8.0)
    assert tree.read_text(encoding="utf-8") == TREE
    problems = workspace.check(TREE.replace("expr: nights", "expr: nigths"))
    assert {problem.severity for problem in problems} == {"error"}
    assert any("`nigths`" in problem.message for problem in problems)


def test_a_preview_over_another_store_leaves_that_one_closed(
    workspace: Workspace, tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tree.parent / "copy.db").write_bytes((tree.parent / "events.db").read_bytes())
    text = TREE.replace("store: events.db", "store: copy.db")
    closed: list[str] = []
    close = SqliteEngine.close

    def noted(engine: SqliteEngine) -> None:
        closed.append(engine.path.name)
        close(engine)

    monkeypatch.setattr(SqliteEngine, "close", noted)
    found = workspace.preview(text, "nights", WEEK)
    assert workspace.check(text) == ()
    assert found.after == found.before
    assert closed == ["copy.db", "copy.db"]


def test_names_to_complete_come_from_tree_and_store(workspace: Workspace) -> None:
    names = workspace.names()
    assert names.metrics[:2] == ("nights", "gross")
    assert set(names.columns) == {"happened", "event", "user_id", "platform", "nights"}
    assert names.events == ("booked", "cancelled")
    assert names.dimensions == ("platform",)


def test_values_of_a_dimension_come_most_first(workspace: Workspace) -> None:
    assert workspace.dimension_values("platform")[:2] == (("ios", 7), ("web", 3))
    assert dict(workspace.dimension_values("platform"))[None] == 1


def test_a_definition_says_where_it_stands(workspace: Workspace) -> None:
    found = workspace.definition("gross", WEEK)
    assert TREE.splitlines()[found.line - 1].startswith("  gross:")
    assert found.yaml.lstrip().startswith("gross:")
    assert "SELECT" in found.sql
    assert (found.sources, found.dimensions) == (("events",), ("platform",))
    assert found.time_forms == ("ISO text with T",)
    assert found.times == ("ISO text with T, such as `2026-06-01T10:00:00Z`",)
    assert found.last_event == "2026-06-24T12:00:00+01:00"


def test_a_cancelled_answer_raises_and_the_next_one_comes(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cancelled(*_: object, **__: object) -> None:
        raise Cancelled("the query was stopped")

    with monkeypatch.context() as patched:
        patched.setattr("metric_tui.analysis.answers.answer", cancelled)
        with pytest.raises(Cancelled):
            workspace.answer(WEEK)
    workspace.cancel()
    assert value(workspace) == 8.0


def test_several_threads_get_the_same_answer(workspace: Workspace) -> None:
    found: list[float | None] = []
    workers = [threading.Thread(target=lambda: found.append(value(workspace))) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert found == [8.0] * 4


def test_a_file_without_any_tree_cannot_be_opened(tree: Path) -> None:
    tree.write_text("- a list\n", encoding="utf-8")
    with pytest.raises(DefinitionError) as raised:
        Workspace.open(tree)
    assert [problem.code for problem in raised.value.problems] == ["wrong-type"]


def test_what_was_written_while_an_edit_was_checked_is_not_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace = Workspace.open(write_tree(tmp_path))
    outside = TREE.replace("name: Nights", "name: Nights of others")
    check = workspace.check

    def checked(text: str) -> tuple[Problem, ...]:
        workspace.path.write_text(outside)
        # as the watch of the file does, on a thread of its own
        workspace.reload()
        return check(text)

    monkeypatch.setattr(workspace, "check", checked)
    with pytest.raises(EditConflict, match="was changed meanwhile"):
        workspace.edit(lambda document: TREE + "# more\n", seen=TREE)
    assert workspace.path.read_text() == outside
    workspace.close()
