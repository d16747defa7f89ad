"""Commands about the program, exit codes, and what may stand on stdout."""

import json
import os
import subprocess
import sys
from pathlib import Path

import click
import pytest

from metric_tui import __version__
from metric_tui.cli import show as show_module
from metric_tui.cli.main import COMMANDS, call
from metric_tui.cli.printing import is_terminal, progress_line
from metric_tui.engines.open import sample_store_path
from metric_tui.workspace import Workspace
from tests.conftest import ROOT, Run
from tests.small_tree import write_tree

HEAVY = ("textual", "sqlglot", "duckdb", "sqlite_utils", "tree_sitter")


def imported_by(*arguments: object, folder: Path) -> tuple[int, set[str]]:
    """Run a command in an interpreter of its own; its exit code and the heavy modules it loaded."""
    program = (
        "import sys\n"
        "from metric_tui.cli.main import call\n"
        f"code = call({[str(argument) for argument in arguments]!r})\n"
        f"print('\\nloaded', *[name for name in {HEAVY!r} if name in sys.modules])\n"
        "sys.exit(code)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert done.stderr == "", done.stderr
    return done.returncode, set(done.stdout.rsplit("loaded", 1)[1].split())


@pytest.mark.parametrize("option", ["--version", "--help"])
def test_version_and_help_load_nothing_heavy(option: str, tmp_path: Path) -> None:
    assert imported_by(option, folder=tmp_path) == (0, set())


def test_check_and_show_load_nothing_heavy(tmp_path: Path) -> None:
    tree = write_tree(tmp_path)
    assert imported_by("check", tree, folder=tmp_path) == (0, set())
    assert imported_by("show", tree, folder=tmp_path) == (0, set())


def test_version_is_printed(run: Run) -> None:
    assert run("--version").out == f"metric-tui, version {__version__}\n"


def test_help_names_every_command(run: Run) -> None:
    ran = run("--help")
    assert ran.code == 0
    for name in COMMANDS:
        assert f"  {name} " in ran.out


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_with_its_options(run: Run, name: str) -> None:
    ran = run(name, "--help")
    assert ran.code == 0
    assert ran.out.startswith(f"Usage: metric-tui {name}")


def test_info_names_versions_engines_and_places(run: Run, tmp_path: Path) -> None:
    text = run("info").out
    found = json.loads(run("info", "--format", "json").out)
    assert found["metric-tui"] == __version__
    for key in ("python", "textual", "sqlite", "duckdb", "config", "state", "cache", "cache size"):
        assert key in found
        assert key in text
    assert found["cache"].startswith(str(tmp_path))


def test_info_counts_the_cache(run: Run) -> None:
    path = sample_store_path("x")
    path.parent.mkdir(parents=True)
    path.write_bytes(b"x" * 2_500_000)
    assert json.loads(run("info", "--format", "json").out)["cache size"] == "2.5 MB"


def test_schema_is_a_json_schema(run: Run) -> None:
    ran = run("schema")
    assert ran.code == 0
    document = json.loads(ran.out)
    assert "$schema" in document
    assert {"metrics", "sources", "tree"} <= document["properties"].keys()


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_is_a_script_of_the_shell(
    run: Run, shell: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # click asks the shell on this machine for its version, which says nothing about the script
    monkeypatch.setattr(
        "click.shell_completion.BashComplete._check_version", staticmethod(lambda: None)
    )
    ran = run("completion", shell)
    assert ran.code == 0
    assert f"_METRIC_TUI_COMPLETE={shell}_complete" in ran.out
    assert run("completion", "powershell").code == 2


def test_demo_lists_the_bundled_trees(run: Run) -> None:
    names = [line.split()[0] for line in run("demo", "--list").out.splitlines()]
    assert names == ["nights_booked", "dau"]


def test_demo_builds_its_store_once_and_prints_the_tree(run: Run) -> None:
    first = run("demo", "dau", "--no-tui", "--events", 3000)
    assert first.code == 0
    assert "the sample store of about 3,000 events" in first.err
    assert "Active users" in first.out
    path = sample_store_path("dau")
    built = path.stat().st_mtime_ns
    assert run("demo", "dau", "--no-tui").out == first.out
    assert run("demo", "dau", "--no-tui", "--events", 3000).out == first.out
    assert path.stat().st_mtime_ns == built
    assert run("demo", "dau", "--no-tui", "--events", 4000).code == 0
    assert path.stat().st_mtime_ns != built


def test_demo_of_an_unknown_tree_names_the_bundled_ones(run: Run) -> None:
    ran = run("demo", "nights")
    assert (ran.code, ran.out) == (1, "")
    assert "nights_booked" in ran.err


def test_a_tree_without_a_command_is_printed_where_there_is_no_terminal(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tree = write_tree(tmp_path)
    expected = run("show", tree).out
    assert run(tree).out == expected
    monkeypatch.chdir(tmp_path)
    assert run().out == expected


def test_no_tree_at_all_is_said(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    ran = run()
    assert (ran.code, ran.out) == (1, "")
    assert "metric-tui demo" in ran.err


@pytest.mark.parametrize(
    "arguments",
    [
        ["show"],
        ["show", "TREE", "--nope"],
        ["show", "TREE", "--grain", "fortnight"],
        ["show", "TREE", "--start", "01/06/2026"],
        ["show", "TREE", "--last", "0"],
        ["show", "TREE", "--last", "2", "--end", "2026-06-01"],
        ["show", "TREE", "--compare", "tomorrow"],
        ["show", "TREE", "--compare", "2026-06-02..x"],
        ["show", "TREE", "--format", "xml"],
        ["check"],
        ["sql", "TREE"],
        ["events", "TREE", "gross", "--limit", "0"],
        ["demo", "--events", "0"],
        ["--nope"],
    ],
    ids=" ".join,
)
def test_bad_usage_is_exit_code_2_and_says_what_is_wrong(
    run: Run, tmp_path: Path, arguments: list[str]
) -> None:
    tree = write_tree(tmp_path)
    ran = run(*(tree if word == "TREE" else word for word in arguments))
    assert (ran.code, ran.out) == (2, "")
    assert "Error: " in ran.err
    assert "Traceback" not in ran.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nope"], "no metric is named `nope`"),
        (["--where", "platform"], "is no filter"),
        (["--start", "2026-06-20", "--end", "2026-06-01"], "before it starts"),
        (["--grain", "hour", "--start", "1990-01-01"], "too many"),
        (["--last", "30000"], "too many"),
    ],
)
def test_a_question_that_cannot_be_asked_is_exit_code_1(
    run: Run, tmp_path: Path, arguments: list[str], words: str
) -> None:
    ran = run("show", write_tree(tmp_path), *arguments)
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.startswith("error: ")
    assert words in ran.err


@pytest.mark.parametrize("raised", [KeyboardInterrupt(), click.exceptions.Abort()])
def test_an_interrupted_command_is_exit_code_130(
    raised: BaseException, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object, **__: object) -> Workspace:
        raise raised

    monkeypatch.setattr("metric_tui.workspace.Workspace.open", interrupted)
    assert call(["show", str(write_tree(tmp_path))]) == 130


def test_a_terminal_gets_the_explorer(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tree = write_tree(tmp_path)
    opened: list[tuple[Path, str | None]] = []

    def explorer(path: Path, *, store: str | None) -> int:
        opened.append((path, store))
        return 0

    for module in ("explore", "demo"):
        monkeypatch.setattr(f"metric_tui.cli.{module}.is_terminal", lambda: True)
        monkeypatch.setattr(f"metric_tui.cli.{module}.open_explorer", explorer)
    assert (run(tree).code, run(tree, "--store", "x.db").code) == (0, 0)
    assert run("demo", "dau", "--events", 2000).out == ""
    assert opened[:2] == [(tree, None), (tree, "x.db")]
    assert opened[2][0].name == "dau.yaml"


def test_a_dumb_terminal_gets_plain_text(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("stdin", "stdout", "stderr"):
        monkeypatch.setattr(f"metric_tui.cli.printing.sys.{name}.isatty", lambda: True)
    for term, drawn in (("xterm-256color", True), ("dumb", False), ("", False)):
        monkeypatch.setenv("TERM", term)
        assert is_terminal() is drawn


def test_long_work_counts_on_a_terminal_and_is_silent_elsewhere(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    progress_line("building")(1, 10)
    assert capsys.readouterr() == ("", "")
    monkeypatch.setattr("metric_tui.cli.printing.sys.stderr.isatty", lambda: True)
    show = progress_line("building")
    show(4_000, 10_000)
    show(10_000, 10_000)
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "10,000 of 10,000" in printed.err
    assert "100%" in printed.err
    assert printed.err.endswith("\n")


def test_nothing_printed_to_a_pipe_holds_an_escape(run: Run, tmp_path: Path) -> None:
    text = write_tree(tmp_path).read_text(encoding="utf-8")
    tree = tmp_path / "nights.yaml"
    tree.write_text(text.replace("name: Nights", 'name: "\\e[31mNights"'), encoding="utf-8")
    commands: tuple[tuple[object, ...], ...] = (
        ("--help",),
        ("show", tree),
        *(("show", tree, "--format", name) for name in show_module.FORMATS),
        ("check", tree),
        ("sql", tree, "gross"),
        ("events", tree, "gross"),
        ("explain", tree),
        ("info",),
        ("demo", "--list"),
        ("show", tmp_path / "\x1b[31mred.yaml"),
    )
    for command in commands:
        ran = run(*command)
        assert "\x1b" not in ran.out, command
        assert "\x1b" not in ran.err, command


def test_a_reader_that_goes_away_is_no_error(tmp_path: Path) -> None:
    tree = write_tree(tmp_path)
    program = "from metric_tui.cli.main import run; run()"
    with subprocess.Popen(
        [sys.executable, "-c", program, "show", tree, "--grain", "hour", "--format", "csv"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait() == 0
