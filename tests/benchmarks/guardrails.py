"""How often quiet weeks breach a guardrail: `uv run python -m tests.benchmarks.guardrails`.

Every guardrail of both bundled trees in every complete week before the planted story, which is
when nothing is wrong: over the bundled stores, and over simulated stores of other seeds. A week is
judged by the 52 weeks before it alone, as it was when it had just ended. Beside it stands how often
a guardrail merely moved the wrong way.
"""

import argparse
import tempfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import sample_data
from metric_tui.analysis.guardrails import evidence_from, standing_under, unbounded
from metric_tui.analysis.status import judge
from metric_tui.analysis.unusual import HISTORY
from metric_tui.definitions.edges import Guardrail
from metric_tui.planning.question import Question
from metric_tui.workspace import Workspace
from tests.conftest import ROOT

STORIES = {"nights_booked": date(2026, 6, 8), "dau": date(2026, 6, 1)}
"""The first day of each planted story."""

FIRST = date(2024, 7, 1)
WEEKS_BEFORE = 13
"""From then on natural limits rest on as many weeks as `show` has."""


@dataclass(slots=True)
class Count:
    """How metric-weeks of one store were judged."""

    weeks: int = 0
    breached: int = 0
    not_judged: int = 0
    worse: int = 0

    def add(self, other: "Count") -> None:
        """Take in another store's."""
        self.weeks += other.weeks
        self.breached += other.breached
        self.not_judged += other.not_judged
        self.worse += other.worse

    def row(self, name: str) -> str:
        """One line of the table."""
        shares = (f"{each / max(self.weeks, 1):8.1%}" for each in (self.breached, self.worse))
        return f"{name:28}{self.weeks:8}{self.breached:10}{self.not_judged:12}{''.join(shares)}"


def quiet_weeks(tree: Path, store: Path, story: date) -> Count:
    """Every guardrail of a tree in every quiet week of a store."""
    count = Count()
    workspace = Workspace.open(tree, store=str(store))
    with closing(workspace):
        end = story - timedelta(days=1)
        asked = Question(
            grain="week", start=FIRST, end=end, compare="none", metrics=unbounded(workspace.tree)
        )
        found = workspace.answer(asked)
        for name, answered in found.metrics.items():
            direction = workspace.tree.metrics[name].direction
            values, notes = answered.total.values, answered.total.notes
            for last in range(WEEKS_BEFORE, len(values)):
                first = max(0, last - HISTORY["week"])
                evidence = evidence_from(
                    values[first : last + 1], notes[first : last + 1], values[last - 1], "week"
                )
                status = standing_under(Guardrail(metric=name), direction, evidence).status
                count.weeks += 1
                count.breached += status == "breached"
                count.not_judged += status == "not_judged"
                before, now = values[last - 1], values[last]
                change = None if before is None or now is None else now - before
                count.worse += judge(change, direction) == "bad"
    return count


def stores(folder: Path, simulated: int, events: int) -> Iterator[tuple[str, str, Path]]:
    """A name, a scenario and a store: the bundled ones, then those of other seeds."""
    for name in STORIES:
        path = folder / f"{name}.db"
        sample_data.build(name, path)
        yield f"{name}, bundled", name, path
        path.unlink()
    for place in range(simulated):
        name = tuple(STORIES)[place % len(STORIES)]
        path = folder / f"{name}-{place}.db"
        sample_data.build(name, path, events=events, seed=100 + place)
        yield f"{name}, seed {100 + place}", name, path
        path.unlink()


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--simulated", type=int, default=10, help="stores of other seeds")
    parser.add_argument("--events", type=int, default=100_000, help="of each simulated store")
    asked = parser.parse_args()
    print(f"{'store':28}{'weeks':>8}{'breached':>10}{'not judged':>12}{'rate':>8}{'worse':>8}")
    totals = {"bundled": Count(), "simulated": Count()}
    with tempfile.TemporaryDirectory() as folder:
        for label, name, path in stores(Path(folder), asked.simulated, asked.events):
            found = quiet_weeks(ROOT / "configs" / f"{name}.yaml", path, STORIES[name])
            totals["bundled" if "bundled" in label else "simulated"].add(found)
            print(found.row(label), flush=True)
    for label, total in totals.items():
        print(total.row(f"all {label}"))


if __name__ == "__main__":
    main()
