"""Targets are judged once an answer stands on the screen: marks, card, trend; dropped when asked anew."""

import threading
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from textual.widgets import Input

from metric_tui.analysis.goals import Goal
from metric_tui.analysis.outlook import Outlook
from metric_tui.base.errors import Cancelled
from metric_tui.base.series import Note
from metric_tui.definitions.edges import Target
from metric_tui.planning.question import Question
from metric_tui.presentation.chart import ChartData
from metric_tui.tui.actions import judging
from metric_tui.tui.screens.main import MainScreen
from tests.tui.fake_workspace import FakeWorkspace
from tests.tui.stage import Stage, explorer, opening

GOAL = Goal(
    metric="nights_booked",
    target=Target(value=50_000, by=date(2026, 12, 31)),
    start=date(2026, 6, 29),
    end=date(2026, 7, 5),
    grain="week",
    elapsed=2,
    outlook=Outlook(
        status="at_risk", actual=9_000.0, projected=48_000.0, low=45_000.0, high=51_000.0,
        probability=0.25, pace=0.96,
    ),
)  # fmt: skip


class JudgedWorkspace(FakeWorkspace):
    """A workspace whose one target has a known standing."""

    def __init__(self) -> None:
        super().__init__()
        self.judged: list[Question] = []
        self.goal = GOAL
        self.gate: threading.Event | None = None

    def goals(self, question: Question) -> tuple[Goal, ...]:
        self.judged.append(question)
        if self.gate is not None:
            self._wait(self.gate)
        return (self.goal,)


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(judging, "PAUSE", 0.001)


async def judged(stage: Stage) -> None:
    await stage.until(lambda: stage.main.goals)
    await stage.settle()


async def test_a_target_is_marked_in_the_tree_and_said_on_the_card() -> None:
    async with explorer(JudgedWorkspace()) as stage:
        await judged(stage)
        assert "◌ at risk" in stage.tree()[0]
        assert "target 50.0k each week" in stage.card()
        assert "pace 96% · met in 25%" in stage.card()


async def test_without_a_forecast_the_card_says_the_status() -> None:
    workspace = JudgedWorkspace()
    workspace.goal = replace(GOAL, outlook=Outlook(status="missed", actual=1.0, pace=0.5))
    async with explorer(workspace) as stage:
        await judged(stage)
        assert "✗ missed" in stage.tree()[0]
        assert any("pace 50% · missed" in text for text in stage.card())


async def test_what_is_not_known_is_no_mark() -> None:
    workspace = JudgedWorkspace()
    workspace.goal = replace(GOAL, outlook=Outlook(status="too_short", actual=1.0))
    async with explorer(workspace) as stage:
        await judged(stage)
        assert "too short" not in stage.tree()[0]


async def test_a_value_that_may_mislead_says_so_before_its_target() -> None:
    async with explorer(JudgedWorkspace()) as stage:
        await judged(stage)
        answer = stage.main.answer
        assert answer is not None
        found = answer.metrics["nights_booked"]
        last: frozenset[Note] = frozenset({"partial"})
        notes = (*found.total.notes[:-1], last)
        partial = replace(found, total=replace(found.total, notes=notes))
        metrics = {**answer.metrics, "nights_booked": partial}
        stage.main.answer = replace(answer, metrics=metrics)
        stage.main.show_tree()
        assert "◌ partial" in stage.tree()[0]


async def test_the_targets_view_shows_what_was_judged_without_another_look() -> None:
    workspace = JudgedWorkspace()
    async with explorer(workspace) as stage:
        await judged(stage)
        await stage.press("P")
        assert any("at risk" in text for text in stage.card())
        assert len(workspace.judged) == 1


async def test_markdown_that_is_exported_has_the_targets(tmp_path: Path) -> None:
    async with explorer(JudgedWorkspace()) as stage:
        await judged(stage)
        target = tmp_path / "seen.md"
        await stage.press("x")
        stage.app.screen.query_one(Input).value = str(target)
        await stage.press("enter")
        text = target.read_text()
        assert "| Nights booked | 50.0k each week |" in text
        assert "| 25% | ◌ at risk |" in text


async def test_another_range_keeps_the_marks_and_another_filter_judges_anew() -> None:
    workspace = JudgedWorkspace()
    async with explorer(workspace) as stage:
        await judged(stage)
        await stage.press("comma")
        assert "at risk" in stage.tree()[0]
        assert len(workspace.judged) == 1
        workspace.gate = threading.Event()
        await stage.pilot.press("g")
        await stage.pilot.pause()
        await stage.pilot.press("m")
        await stage.until(lambda: len(workspace.judged) >= 2)
        assert "at risk" not in stage.tree()[0]
        workspace.gate.set()
        await judged(stage)
        assert "at risk" in stage.tree()[0]


async def test_a_new_question_drops_the_judging() -> None:
    workspace = JudgedWorkspace()
    workspace.gate = threading.Event()
    ended: list[bool] = []
    wait = workspace._wait

    def waiting(hold: threading.Event) -> None:
        try:
            wait(hold)
        except Cancelled:
            ended.append(True)
            raise

    workspace._wait = waiting  # type: ignore[method-assign]
    async with opening(workspace) as stage:
        await stage.until(lambda: workspace.judged)
        workspace.gate = None
        await stage.press("comma")
        assert ended
        await judged(stage)


async def test_a_tree_without_targets_is_not_judged() -> None:
    workspace = JudgedWorkspace()
    metrics = {name: replace(each, target=None) for name, each in workspace.tree.metrics.items()}
    workspace.tree = replace(workspace.tree, metrics=metrics)
    async with explorer(workspace) as stage:
        await stage.settle()
        assert workspace.judged == []


def chart_of(main: MainScreen) -> ChartData:
    from metric_tui.presentation.metric_card import metric_card
    from metric_tui.tui.views.overview import marked_card

    seen = main.seen
    card = metric_card(seen.tree, seen.answer, seen.path, seen.glyphs)
    chart = marked_card(card, seen, {}).chart
    assert chart is not None
    return chart


async def test_the_trend_shows_between_what_values_the_next_period_is_expected() -> None:
    async with explorer(JudgedWorkspace()) as stage:
        await judged(stage)
        # the card's chart has a place for the week ahead
        assert any("─ 29 Jun" in text for text in stage.card())
        await stage.press("p")
        assert any("next 45.0k–51.0k" in text for text in stage.card())
        assert chart_of(stage.main).ahead == (45_000.0, 51_000.0)
        assert chart_of(stage.main).labels[-1] == "29 Jun"
        await stage.press("comma")
        # what follows an earlier period is known, and not to be guessed
        assert chart_of(stage.main).ahead is None
        assert not any("next 45.0k" in text for text in stage.card())
