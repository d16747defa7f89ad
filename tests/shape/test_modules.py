"""The shape of the code: what may be imported, what is documented, how long a file may be."""

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import ROOT

PACKAGE = ROOT / "metric_tui"
MOST_LINES = 350
LONGER = {
    "metric_tui.loading.fragments": 370,
}
"""Modules still to be cut in two; nothing may be added here."""
DRIVERS = {"duckdb", "psycopg", "clickhouse_connect", "pyspark"}


def modules() -> Iterator[Path]:
    bundled = PACKAGE / "bundled"
    for path in sorted(PACKAGE.rglob("*.py")):
        if bundled not in path.parents:
            yield path


def name_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def loaded_by(statement: str) -> set[str]:
    """The top-level packages that an interpreter of its own has loaded after a statement."""
    program = f"import sys; {statement}; print(*{{name.split('.')[0] for name in sys.modules}})"
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    return set(done.stdout.split())


def imports_at_top(path: Path) -> set[str]:
    """Packages that a module imports when it is imported itself."""
    found = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add((node.module or "").split(".")[0])
    return found


@pytest.mark.parametrize("path", modules(), ids=name_of)
def test_a_module_says_what_it_is_for(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    if path.name != "__init__.py" or text.strip():
        assert ast.get_docstring(ast.parse(text)), f"{name_of(path)} has no docstring"


@pytest.mark.parametrize("path", modules(), ids=name_of)
def test_a_module_is_short_enough_to_read(path: Path) -> None:
    most = LONGER.get(name_of(path), MOST_LINES)
    assert len(path.read_text(encoding="utf-8").splitlines()) <= most


@pytest.mark.parametrize("path", modules(), ids=name_of)
def test_drivers_are_imported_when_a_store_is_opened(path: Path) -> None:
    assert not imports_at_top(path) & (DRIVERS | {"sqlite_utils"})


def test_only_tui_imports_textual() -> None:
    users = {
        path.relative_to(PACKAGE).parts[0]
        for path in modules()
        if imports_at_top(path) & {"textual", "rich"}
    }
    assert users == {"tui"}


@pytest.mark.parametrize(
    ("module", "absent"),
    [
        ("metric_tui.cli.main", {"textual", "yaml", "sqlite3", "duckdb", "sqlglot"}),
        ("metric_tui.base.periods", {"yaml", "sqlite3", "textual", "click"}),
        ("metric_tui.definitions.tree", {"yaml", "sqlite3", "textual", "click"}),
        ("metric_tui.planning.frame", {"yaml", "sqlite3", "textual", "click"}),
        ("metric_tui.loading.load", {"sqlite3", "textual", "click", "duckdb"}),
        ("metric_tui.engines.open", {"sqlite3", "duckdb", "textual", "click"}),
        ("metric_tui.workspace", {"textual", "rich", "click", "duckdb", "sqlglot", "sqlite_utils"}),
        ("metric_tui.presentation.report", {"textual", "rich", "click", "yaml", "sqlite3"}),
    ],
)
def test_a_layer_loads_nothing_above_it(module: str, absent: set[str]) -> None:
    assert loaded_by(f"import {module}") & absent == set()


def test_top_level_holds_what_the_architecture_names() -> None:
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if listed.returncode:
        pytest.skip("this is no checkout")
    tops = {name.split("/")[0] for name in listed.stdout.splitlines()}
    assert {name for name in tops if not name.startswith(".")} == {
        "pyproject.toml", "README.md", "LICENSE", "CHANGELOG.md", "metric_tui", "configs",
        "sample_data", "tests",
    }  # fmt: skip
