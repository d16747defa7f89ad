"""Names before anything is imported: only of the same file, and never more than text."""

import io
from pathlib import Path
from types import SimpleNamespace

import pytest

from metric_tui.cli.skeleton import digest_of, draw_skeleton
from metric_tui.loading.files import SideFiles
from tests.small_tree import write_tree


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    found = Terminal()
    # the test runner puts its own standard error back between set-up and test
    monkeypatch.setattr("metric_tui.cli.skeleton.sys", SimpleNamespace(stderr=found))
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("LINES", "24")
    return found


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    path = write_tree(tmp_path)
    keep(path, ["▾ Nights booked", "  ▾ = Gross nights"])
    return path


def keep(path: Path, rows: list[str]) -> None:
    kept = {"digest": digest_of(path), "title": "Nights", "row": 3, "column": 2, "rows": rows}
    SideFiles(path).write_state({"skeleton": kept})


def test_the_names_last_seen_are_drawn_in_their_place(tree: Path, terminal: Terminal) -> None:
    assert draw_skeleton(tree)
    drawn = terminal.getvalue()
    assert "\x1b[3;2H▾ Nights booked" in drawn
    assert "\x1b[4;2H  ▾ = Gross nights" in drawn


def test_a_changed_file_is_not_drawn(tree: Path, terminal: Terminal) -> None:
    tree.write_text(tree.read_text() + "# one more line\n")
    assert not draw_skeleton(tree)
    assert terminal.getvalue() == ""


def test_a_tree_never_seen_or_missing_is_not_drawn(tmp_path: Path, terminal: Terminal) -> None:
    assert not draw_skeleton(tmp_path / "other.yaml")
    assert terminal.getvalue() == ""


def test_nothing_is_drawn_where_there_is_no_terminal(tree: Path) -> None:
    assert not draw_skeleton(tree)


def test_control_characters_of_the_state_file_are_not_sent(tree: Path, terminal: Terminal) -> None:
    keep(tree, ["bad\x1b]0;title\x07name"])
    assert draw_skeleton(tree)
    assert "bad?]0;title?name" in terminal.getvalue()


def test_rows_that_do_not_fit_are_left_out(tree: Path, terminal: Terminal) -> None:
    keep(tree, [f"row {index} {'x' * 200}" for index in range(100)])
    assert draw_skeleton(tree)
    assert "row 20 " in terminal.getvalue()
    assert "row 40 " not in terminal.getvalue()
    assert "x" * 100 not in terminal.getvalue()
