"""Explanations as JSON, for the tests of `metric-tui explain`."""

import json
from pathlib import Path
from typing import Any

from tests.conftest import Run


def explained(run: Run, tree: Path, *arguments: object) -> dict[str, Any]:
    """What `explain --format json` prints; it succeeds and says nothing else."""
    ran = run("explain", tree, *arguments, "--format", "json")
    assert (ran.code, ran.err) == (0, "")
    found: dict[str, Any] = json.loads(ran.out)
    return found
