"""The README says what the program does.

`METRIC_TUI_WRITE=1 pytest tests/shape/test_readme.py` writes the reference anew.
"""

import os
import re

import pytest

from metric_tui.cli.main import COMMANDS
from metric_tui.loading.load import load
from metric_tui.loading.reference import reference
from metric_tui.tui.commands import COMMANDS as KEYS
from metric_tui.tui.commands import MOVES
from metric_tui.tui.configuring import known_commands
from metric_tui.tui.views import VIEW_COMMANDS
from tests.conftest import ROOT

README = ROOT / "README.md"
BEGIN, END = "<!-- reference:begin -->\n", "<!-- reference:end -->"


@pytest.fixture(scope="module")
def text() -> str:
    return README.read_text(encoding="utf-8")


def test_the_reference_is_the_generated_one(text: str) -> None:
    before, rest = text.split(BEGIN)
    found, after = rest.split(END)
    expected = f"\n{reference()}\n"
    if os.environ.get("METRIC_TUI_WRITE"):
        README.write_text(before + BEGIN + expected + END + after, encoding="utf-8")
        return
    assert found == expected


def test_every_command_is_in_the_table(text: str) -> None:
    for name in COMMANDS:
        assert re.search(rf"^\| `metric-tui {name}[ `]", text, re.MULTILINE), name


def test_every_key_of_the_tour_is_a_key_of_the_explorer(text: str) -> None:
    commands = (*KEYS, *MOVES, *VIEW_COMMANDS)
    known = {key for command in commands for key in command.shown.split()}
    known |= {"Enter", "Backspace"}
    table = text.split("| keys | do |")[1].split("\n\n")[0]
    cells = [line.split("|")[1] for line in table.splitlines()[2:]]
    keys = {key for cell in cells for key in re.findall(r"`([^`]+)`", cell)}
    assert {"b", "g", "e", "Enter", "?"} <= keys
    assert keys - known == set()


def test_every_action_whose_keys_can_be_changed_is_named(text: str) -> None:
    section = text.split("## Settings and keys")[1].split("\n## ")[0].split("Actions:")[1]
    named = set(re.findall(r"`([a-z_]+(?:_-?\d+)?)`", section))
    levels = {f"depth_{level}" for level in range(1, 10)}
    assert named | levels == set(known_commands())


def test_the_file_shown_is_a_good_tree(text: str) -> None:
    (shown,) = re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)
    loaded = load(shown, name="nights.yaml")
    assert [problem for problem in loaded.problems if problem.severity == "error"] == []


def test_nothing_points_out_of_the_repository(text: str) -> None:
    prose = text.split(BEGIN)[0]
    for words in ("http://", "https://", "/home/", "/work/", "/tmp/"):
        assert words not in prose
    for link in re.findall(r"\]\(#([^)]+)\)", prose):
        titles = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
        assert link in {re.sub(r"[^a-z0-9 -]", "", t.lower()).replace(" ", "-") for t in titles}
