"""The view of funnels, retention triangles and lifecycles, on a bundled tree and its store."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from metric_tui.ingest.bundled import bundled_tree, sample_data
from metric_tui.tui.settings import Settings
from metric_tui.tui.views.shape import has_shape
from metric_tui.workspace import Workspace
from tests.tui.fake_workspace import FakeWorkspace
from tests.tui.stage import NARROW, Stage, explorer


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("store") / "dau.db"
    sample_data().build("dau", path, events=20_000)
    return path


@pytest.fixture
def workspace(tmp_path: Path, store: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workspace]:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    tree = tmp_path / "dau.yaml"
    shutil.copy(bundled_tree("dau"), tree)
    opened = Workspace.open(tree, store=str(store))
    yield opened
    opened.close()


async def go_to(stage: Stage, metric: str) -> None:
    stage.main.find(metric)
    await stage.settle()
    assert stage.selected == metric


async def test_a_lifecycle_shows_who_came_stayed_and_left(workspace: Workspace) -> None:
    async with explorer(workspace) as stage:
        await stage.press("H")
        assert stage.main.view.name == "shape"
        text = "\n".join(stage.card())
        assert "█ retained" in text
        assert "░ churned" in text
        question = workspace.default_question()
        answer = workspace.answer(question.about("dau", "new_users", "churned_users"))
        last = stage.card()[next(i for i, row in enumerate(stage.card()) if "quick" in row) + 1]
        shown = [int(word) for word in last.split()[2:7]]
        assert shown[0] == answer.metrics["dau"].total.value
        assert shown[1] == answer.metrics["new_users"].total.value
        assert shown[4] == answer.metrics["churned_users"].total.value
        assert shown[0] == shown[1] + shown[2] + shown[3]


async def test_a_funnel_shows_its_steps(workspace: Workspace) -> None:
    async with explorer(workspace) as stage:
        await stage.press("H", "9")
        await go_to(stage, "first_friend_7d")
        rows = stage.card()
        assert any(row.startswith("Signed up") and "100.0%" in row for row in rows)
        assert any(row.startswith("Added a friend") for row in rows)


async def test_a_retention_shows_its_triangle_also_when_narrow(workspace: Workspace) -> None:
    async with explorer(workspace, NARROW, Settings()) as stage:
        await stage.press("9")
        await go_to(stage, "week1_retention")
        await stage.press("H")
        assert stage.main.is_full
        assert any("7-13" in row for row in stage.card())
        assert any(row.startswith("weighted") for row in stage.card())


async def test_a_metric_without_a_shape_says_which_have_one(workspace: Workspace) -> None:
    async with explorer(workspace) as stage:
        await go_to(stage, "signups")
        await stage.press("H")
        text = " ".join(stage.card())
        assert "one number a period" in text
        assert "Week 1 retention" in text
        assert not has_shape(workspace.tree.metrics["signups"])


async def test_a_store_that_cannot_count_is_said_in_the_card(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from metric_tui.base.errors import StoreError

    workspace = FakeWorkspace()

    def fails(*_: object) -> None:
        raise StoreError("the store is locked")

    monkeypatch.setattr(workspace, "shape", fails)
    async with explorer(workspace) as stage:
        stage.main.find("searchers")
        await stage.settle()
        await stage.press("H")
        assert any("the store is locked" in row for row in stage.card())
