"""Trees, stores and texts for random keys, and places that keep what the explorer writes."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import sample_data
from tests.conftest import ROOT
from tests.small_tree import TREE, write_tree

EVENTS = 3_000
"""Of each sample store."""

PASTES = (
    "x", "agg: sum\n", "metrics:\n  a: {agg: [}\n", "[/red] [@click=app.quit]", "\x1b[31m\t\r\n", "ünï·漢字 🙂",
    "last 8 weeks", "2026-03..2026-05", "+10%", "=" * 300,
)  # fmt: skip

BROKEN = TREE.replace("unit: nights, owner", "unit: [nights], owner", 1).replace(
    "numerator: cancelled", "numerator: nothing", 1
)
"""The small tree with errors in two metrics."""


@dataclass(frozen=True)
class Stand:
    """A tree file, the store it is opened on and its text at the start of each session."""

    path: Path
    store: Path
    text: str


def stands(folder: Path) -> tuple[Stand, ...]:
    """Both bundled trees on small stores, a small tree and a broken one."""
    found = []
    for name in sample_data.SCENARIOS:
        store = folder / f"{name}.db"
        sample_data.build(name, store, events=EVENTS)
        text = (ROOT / "configs" / f"{name}.yaml").read_text(encoding="utf-8")
        found.append(Stand(folder / f"{name}.yaml", store, text))
    path = write_tree(folder)
    store = folder / "events.db"
    return (*found, Stand(path, store, TREE), Stand(folder / "broken.yaml", store, BROKEN))


def places(folder: Path) -> Mapping[str, str]:
    """Variables that keep all the explorer writes in a folder, and its user's editor away."""
    homes = {
        name: str(folder / name) for name in ("XDG_CACHE_HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME")
    }
    return {**homes, "EDITOR": "true", "VISUAL": "true"}
