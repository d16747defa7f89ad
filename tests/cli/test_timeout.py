"""A statement without end costs what reads it, and nothing else; Ctrl+C ends it."""

import json
import signal
from pathlib import Path

import pytest

from metric_tui.engines.limits import Limits
from tests.conftest import Run, SmallStore

TREE = """\
version: 1
name: Endless
store: events.db
settings: {grain: day, watermark: 2026-06-03}
sources:
  events: {table: events, agg_time_dimension: happened}
  counting:
    sql: |
      WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c)
      SELECT '2026-06-01' AS day, MAX(n) AS n FROM c
    agg_time_dimension: day
metrics:
  rows: {agg: count, source: events, influences: [counted, forever]}
  counted: {agg: count, source: counting}
  forever:
    type: sql
    sql: "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT '2026-06-01' AS day, MAX(n) AS value FROM c"
tree: {focus: rows}
"""
COUNTING = "the `sql` of `counting` took longer than 0.2 s and was stopped"
FOREVER = "the `sql` of `forever` took longer than 0.2 s and was stopped"
HINT = "`--timeout 2` gives it more time, and `--timeout 0` no limit"
LIMIT = ("--timeout", "0.2")


@pytest.fixture
def tree(tmp_path: Path, small_store: SmallStore) -> Path:
    small_store("happened TEXT", [(f"2026-06-0{day}",) for day in (1, 2, 2, 3, 3, 3)])
    path = tmp_path / "endless.yaml"
    path.write_text(TREE, encoding="utf-8")
    return path


@pytest.mark.parametrize("rollup", [(), ("--no-rollup",)])
def test_the_rest_of_the_tree_is_shown(tree: Path, run: Run, rollup: tuple[str, ...]) -> None:
    found = run("show", tree, *LIMIT, *rollup, "--format", "json")
    metrics = {each["metric"]: each for each in json.loads(found.out)["metrics"]}
    assert metrics["rows"]["value"] == 3
    assert metrics["counted"]["value"] is None
    assert metrics["counted"]["error"] == COUNTING
    assert metrics["forever"]["error"] == FOREVER
    assert found.code == 0


def test_the_sentence_stands_beside_the_metric_and_says_what_helps(tree: Path, run: Run) -> None:
    found = run("show", tree, *LIMIT)
    assert f"--  {COUNTING}" in found.out
    assert HINT.replace("gives", "\n gives").split("\n")[0].strip() in found.out
    assert found.err.count("took longer") == 0


def test_a_metric_that_was_asked_for_makes_the_exit_code_1(tree: Path, run: Run) -> None:
    assert run("show", tree, "forever", *LIMIT).code == 1
    assert run("show", tree, "rows", *LIMIT).code == 0


def test_another_limit_is_another_question(tree: Path, run: Run) -> None:
    run("show", tree, *LIMIT)
    found = run("show", tree, "--timeout", "0.3")
    assert "longer than 0.3 s" in found.out
    assert "longer than 0.2 s" not in found.out


def test_where_nothing_can_be_read_one_sentence_says_so(tree: Path, run: Run) -> None:
    lines = TREE.splitlines(keepends=True)
    only = [line for line in lines if "events" not in line or "store" in line]
    text = "".join(only).replace("[counted, forever]", "[]")
    tree.write_text(text.replace("focus: rows", "focus: counted"), encoding="utf-8")
    found = run("show", tree, *LIMIT)
    assert (found.code, found.err) == (1, f"error: {COUNTING}\nhint: {HINT}\n")


@pytest.mark.parametrize(
    "command",
    [
        ("explain", "rows"),
        ("what-if", "--set", "rows=+10%"),
        ("check", "--data"),
        ("events", "counted"),
        ("sql", "counted"),
    ],
    ids=" ".join,
)
def test_every_command_says_what_took_too_long(
    tree: Path, run: Run, command: tuple[str, ...]
) -> None:
    found = run(command[0], tree, *command[1:], *LIMIT)
    assert COUNTING in found.out + found.err
    assert "`--timeout 2`" in found.out + found.err


def test_check_says_what_it_could_not_look_at(tree: Path, run: Run) -> None:
    text = TREE.replace(
        "    agg_time_dimension: day\n", "    agg_time_dimension: day\n    event_column: n\n"
    )
    tree.write_text(text, encoding="utf-8")
    found = run("check", tree, *LIMIT)
    assert f"warning[too-slow]: {COUNTING}, so its events were not checked" in found.out
    assert (found.code, run("check", tree, "--strict", *LIMIT).code) == (0, 1)


@pytest.mark.parametrize("given", ["-1", "soon"])
def test_what_is_no_time_is_refused(tree: Path, run: Run, given: str) -> None:
    found = run("show", tree, "--timeout", given)
    assert found.code == 2
    assert "--timeout" in found.err


@pytest.mark.usefixtures("ctrl_c")
@pytest.mark.parametrize(
    "command",
    [
        ("show", "--timeout", "0"),
        ("show", "forever", "--no-rollup"),
        ("explain",),
        ("check", "--data"),
        ("events", "counted"),
        ("what-if", "--set", "rows=+10%"),
        ("refresh",),
    ],
    ids=" ".join,
)
def test_ctrl_c_ends_a_command(
    tree: Path, run: Run, command: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = Limits.is_over

    def press(limits: Limits) -> bool:
        # SQLite asks only while a statement runs
        signal.raise_signal(signal.SIGINT)
        return asked(limits)

    monkeypatch.setattr(Limits, "is_over", press)
    found = run(command[0], tree, *command[1:])
    assert found.code == 130
    assert "Traceback" not in found.err
