"""Periods that are not as expected are marked in the sparklines, once nobody asks for more."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest

from metric_tui.planning.answer import Answer
from metric_tui.planning.question import Question
from metric_tui.presentation.pieces import Piece, line_width
from metric_tui.tui.actions import flagging
from metric_tui.tui.settings import settings_from
from tests.tui.fake_workspace import FakeWorkspace
from tests.tui.stage import NARROW, WIDE, Stage, explorer

LARGE = (160, 50)

SPIKE, DIP = date(2026, 6, 8), date(2026, 6, 15)


class SpikedWorkspace(FakeWorkspace):
    """Bookings are tripled in one week, and searchers all but gone in the next."""

    def answer(self, question: Question, tell: Callable[[Answer], None] | None = None) -> Answer:
        found = super().answer(question, tell)
        metrics = dict(found.metrics)
        calendar = self.tree.settings.calendar
        for name, day, factor in (("bookings", SPIKE, 3.0), ("searchers", DIP, 0.1)):
            if name not in metrics:
                continue
            total = metrics[name].total
            values = tuple(
                value * factor if value and calendar.day_of(period.span.start) == day else value
                for period, value in zip(found.frame.periods, total.values, strict=True)
            )
            metrics[name] = replace(metrics[name], total=replace(total, values=values))
        return replace(found, metrics=metrics)


@pytest.fixture(autouse=True)
def long_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is flagged before a test says so."""
    monkeypatch.setattr(flagging, "PAUSE", 1_000.0)


async def flag(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the pause pass, and wait for what comes."""
    with monkeypatch.context() as short:
        short.setattr(flagging, "PAUSE", 0.001)
        stage.main.flag_periods()
    await stage.pilot.pause(0.05)
    await stage.settle()


def row(stage: Stage, metric: str) -> tuple[Piece, ...]:
    table = stage.main.tree_table
    place = [each.metric for each in table.rows].index(metric)
    return table.line_at(place, table.size.width)


def signs(stage: Stage, metric: str) -> list[str]:
    """The warnings between the blocks of a row's sparkline."""
    pieces = row(stage, metric)
    blocks = [place for place, piece in enumerate(pieces) if piece.role == "spark"]
    return [piece.text for piece in pieces[blocks[0] : blocks[-1] + 1] if piece.role == "warn"]


@pytest.mark.parametrize("size", [NARROW, WIDE])
async def test_a_week_far_off_has_a_sign_in_place_of_its_block(
    size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    async with explorer(SpikedWorkspace(), size) as stage:
        before = {name: row(stage, name) for name in ("bookings", "searchers", "gross_nights")}
        assert "▲" not in signs(stage, "bookings")
        await flag(stage, monkeypatch)
        assert "▲" in signs(stage, "bookings")
        assert "▼" in signs(stage, "searchers")
        for name, pieces in before.items():
            assert line_width(row(stage, name)) == line_width(pieces)
        # the sign stands where the week stood, two before the last block
        text = "".join(piece.text for piece in row(stage, "bookings") if piece.role != "mark")
        earlier = "".join(piece.text for piece in before["bookings"] if piece.role != "mark")
        (place,) = [
            place
            for place, (now, then) in enumerate(zip(text, earlier, strict=True))
            if now != then
        ]
        assert (text[place], earlier[place]) == ("▲", "█")


async def test_without_colour_and_in_ascii_the_sign_is_there_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    plain_look = settings_from({"METRIC_TUI_ASCII": "1", "NO_COLOR": "1"})
    async with explorer(SpikedWorkspace(), NARROW, plain_look) as stage:
        await flag(stage, monkeypatch)
        assert "!" in signs(stage, "bookings")
        assert all(piece.text.isascii() for piece in row(stage, "bookings"))


async def test_another_question_takes_the_signs_away_until_it_is_judged(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with explorer(SpikedWorkspace()) as stage:
        await flag(stage, monkeypatch)
        assert stage.main.unusual
        await stage.press("comma")
        assert not stage.main.unusual
        assert "▲" not in signs(stage, "bookings")
        await flag(stage, monkeypatch)
        assert "▲" in signs(stage, "bookings")


async def test_a_grain_that_is_not_judged_has_no_signs(monkeypatch: pytest.MonkeyPatch) -> None:
    async with explorer(SpikedWorkspace()) as stage:
        await stage.press("g", "h")
        assert stage.question().grain == "hour"
        await flag(stage, monkeypatch)
        assert not stage.main.unusual


@pytest.mark.parametrize("size", [WIDE, LARGE])
async def test_the_card_marks_its_chart_once_the_periods_are_judged(
    size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    async with explorer(SpikedWorkspace(), size) as stage:
        await stage.press("j", "j")
        assert stage.selected == "bookings"
        assert not chart_signs(stage)
        await flag(stage, monkeypatch)
        assert stage.main.view.name == "overview"
        assert chart_signs(stage) == ["▲"]
        # the trend knows it too, before it has looked it up itself
        await stage.press("p")
        assert "▲" in chart_signs(stage)


def chart_signs(stage: Stage) -> list[str]:
    """The signs between axis and edge of the card's chart."""
    charted = [text for text in stage.card() if "│" in text or "┤" in text]
    return [letter for text in charted for letter in text if letter in "▲▼"]
