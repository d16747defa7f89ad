"""The shape of the code: what may be imported, what is documented, how long a file may be."""

import ast
import os
import subprocess
import sys
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class Module:
    """A file of the package, read and parsed."""

    path: Path
    text: str
    parsed: ast.Module

    @property
    def name(self) -> str:
        parts = self.path.relative_to(ROOT).with_suffix("").parts
        return ".".join(parts).removesuffix(".__init__")

    @property
    def lines(self) -> int:
        return len(self.text.splitlines())

    @property
    def is_empty_package(self) -> bool:
        return self.path.name == "__init__.py" and not self.text.strip()

    @property
    def imports_at_top(self) -> set[str]:
        """Packages that the module imports when it is imported itself."""
        found = set()
        for node in self.parsed.body:
            if isinstance(node, ast.Import):
                found |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                found.add((node.module or "").split(".")[0])
        return found


@pytest.fixture(scope="module")
def package() -> list[Module]:
    """Every module but the copies of the trees and samples that a wheel holds."""
    bundled = PACKAGE / "bundled"
    found = []
    for path in sorted(PACKAGE.rglob("*.py")):
        if bundled not in path.parents:
            text = path.read_text(encoding="utf-8")
            found.append(Module(path, text, ast.parse(text, str(path))))
    # a folder that has moved must not make every claim below true
    assert len(found) > 100
    return found


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


def test_modules_say_what_they_are_for(package: list[Module]) -> None:
    undocumented = [
        module.name
        for module in package
        if not module.is_empty_package and not ast.get_docstring(module.parsed)
    ]
    assert not undocumented, f"without a docstring: {', '.join(undocumented)}"


def test_modules_are_short_enough_to_read(package: list[Module]) -> None:
    too_long = [
        f"{module.name} ({module.lines} lines)"
        for module in package
        if module.lines > LONGER.get(module.name, MOST_LINES)
    ]
    assert not too_long, f"too long: {', '.join(too_long)}"


def test_drivers_are_imported_when_a_store_is_opened(package: list[Module]) -> None:
    too_early = [
        f"{module.name} ({', '.join(sorted(found))})"
        for module in package
        if (found := module.imports_at_top & (DRIVERS | {"sqlite_utils"}))
    ]
    assert not too_early, f"imported with their module: {', '.join(too_early)}"


def test_only_tui_imports_textual(package: list[Module]) -> None:
    users = {
        module.path.relative_to(PACKAGE).parts[0]
        for module in package
        if module.imports_at_top & {"textual", "rich"}
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
