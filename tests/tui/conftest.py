import pytest

from metric_tui.tui.actions import looking
from metric_tui.tui.screens import main


@pytest.fixture(autouse=True)
def no_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look things up at once: tests do not wait for a cursor to rest."""
    monkeypatch.setattr(looking, "REST", 0.001)
    monkeypatch.setattr(main, "FLOOD", 0.0)
