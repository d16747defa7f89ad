"""Each bad tree beside the problems that are shown for it.

`METRIC_TUI_WRITE=1 pytest tests/unit/test_bad_trees.py` writes the expected files anew.
"""

import os
import re
from datetime import date
from pathlib import Path

import pytest

from metric_tui.loading.load import load
from metric_tui.presentation.problem_groups import grouped
from metric_tui.presentation.problem_lines import report_lines

BAD_TREES = Path(__file__).parent.parent / "bad_trees"
TODAY = date(2026, 6, 30)


def shown(path: Path) -> str:
    text = path.read_bytes().decode()
    problems = grouped(load(text, name=path.name, today=TODAY).problems)
    return "\n".join(report_lines(problems, file=path.name, text=text)) + "\n"


@pytest.mark.parametrize("path", sorted(BAD_TREES.glob("*.yaml")), ids=lambda path: path.stem)
def test_a_bad_tree_shows_all_its_problems(path: Path) -> None:
    expected = path.with_suffix(".txt")
    found = shown(path)
    if os.environ.get("METRIC_TUI_WRITE"):
        expected.write_text(found, encoding="utf-8")
    assert found == expected.read_text(encoding="utf-8")


def test_every_bad_tree_is_bad() -> None:
    for path in BAD_TREES.glob("*.yaml"):
        assert load(path.read_text(encoding="utf-8"), name=path.name).problems, path.name


def test_no_problem_ends_in_a_full_stop_or_holds_two_sentences() -> None:
    for path in BAD_TREES.glob("*.yaml"):
        for problem in load(path.read_text(encoding="utf-8"), name=path.name).problems:
            assert not problem.message.endswith("."), problem.message
            assert ". " not in re.sub("`[^`]*`", "", problem.message), problem.message
