"""Lines of the card end where the card does, with and without a bar beside them."""

import pytest
from textual.app import App, ComposeResult

from metric_tui.presentation.pieces import line, line_width
from metric_tui.tui.widgets.pane import Cells, Content, Pane


class Alone(App[None]):
    CSS = "Pane { scrollbar-size-vertical: 1; overflow-x: hidden; overflow-y: auto; }"

    def __init__(self, count: int) -> None:
        super().__init__()
        self.count = count

    def compose(self) -> ComposeResult:
        yield Pane(id="pane")

    def full(self, cells: Cells) -> Content:
        """So many lines, each as wide as there is room."""
        return Content(lines=(line("x" * cells[0]),) * self.count)


@pytest.mark.parametrize("counts", [(3, 40), (40, 3), (10, 10), (11, 11)])
async def test_no_line_ends_behind_the_bar(counts: tuple[int, int]) -> None:
    app = Alone(counts[0])
    async with app.run_test(size=(30, 10)) as pilot:
        pane = app.query_one(Pane)
        for count in counts:
            app.count = count
            pane.show(app.full, from_top=True)
            await pilot.pause()
            assert pane.show_vertical_scrollbar == (count > 10)
            widths = {line_width(each) for each in pane.content.lines}
            assert widths == {pane.scrollable_content_region.width}
