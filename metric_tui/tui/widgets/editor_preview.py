"""The strip that shows what an edit would do to one metric, before it is saved."""

from textual.content import Content
from textual.widgets import Static

from metric_tui.base.series import Value
from metric_tui.planning.answer import MetricAnswer
from metric_tui.presentation.glyphs import Glyphs
from metric_tui.presentation.numbers import (
    NumberStyle,
    change_text,
    compact,
    difference,
    full_with_unit,
)
from metric_tui.presentation.pieces import EMPTY, Line, Role, fitted, line
from metric_tui.presentation.safe import cut, safe
from metric_tui.presentation.sparkline import sparkline
from metric_tui.workspace import Preview

MOST_BARS = 16
WIDE = 100
ROLE_STYLES: dict[Role, str] = {
    "dim": "$foreground-muted",
    "strong": "bold",
    "label": "bold",
    "value": "bold",
    "warn": "bold $text-warning",
    "bad": "bold $text-error",
    "series": "$text-primary",
    "accent": "bold $text-accent",
}


def preview_line(
    preview: Preview, title: str, style: NumberStyle, cells: int, glyphs: Glyphs
) -> Line:
    """The metric before and after the edit on one line: series, value, and the change."""
    after = preview.after
    if after is None:
        return _without_after(preview, title)
    if after.error is not None:
        return line((f"{safe(title)}  ", "label"), (f"{glyphs.bad} {safe(after.error)}", "bad"))
    write = full_with_unit if cells >= WIDE else compact
    bars = MOST_BARS if cells >= WIDE else max(4, (cells - 58) // 2)
    before = preview.before
    parts = [
        *line((f"{cut(safe(title), max(8, cells // 5))}  ", "label")),
        *_side("before", before, write(_value(before), style, glyphs), bars, glyphs),
        *_side("after", after, write(after.total.value, style, glyphs), bars, glyphs),
        *line((_change(before, after, style, glyphs, cells), "accent")),
    ]
    return fitted(tuple(parts), cells)


def _without_after(preview: Preview, title: str) -> Line:
    errors = sum(problem.severity == "error" for problem in preview.problems)
    if not errors:
        return EMPTY
    count = "1 error" if errors == 1 else f"{errors} errors"
    return line((f"{safe(title)}  ", "label"), (f"no preview: {count} in the text", "dim"))


def _value(answer: MetricAnswer | None) -> Value:
    return answer.total.value if answer else None


def _side(word: str, answer: MetricAnswer | None, value: str, bars: int, glyphs: Glyphs) -> Line:
    if answer is None or answer.error is not None:
        return line((f"{word} {glyphs.failed}   ", "dim"))
    values = answer.total.values
    blocks = sparkline(values, min(bars, len(values)), glyphs)
    return line((f"{word} ", "dim"), (blocks, "series"), f" {value}   ")


def _change(
    before: MetricAnswer | None,
    after: MetricAnswer,
    style: NumberStyle,
    glyphs: Glyphs,
    cells: int,
) -> str:
    if before is None or before.error is not None:
        return "new"
    if before.total.values == after.total.values:
        return "same"
    old, new = before.total.value, after.total.value
    if old is None or new is None:
        return "changed"
    if old == new:
        return "earlier periods differ"
    ratio = change_text(new, old, style, glyphs)
    return f"{ratio} ({difference(new - old, style, glyphs)})" if cells >= WIDE else ratio


class PreviewStrip(Static):
    """One line, blank while nothing is edited."""

    DEFAULT_CSS = """
    PreviewStrip {
        height: 1;
        padding: 0 1;
        background: $surface;
        text-wrap: nowrap;
        text-overflow: ellipsis;
    }
    """

    def show_line(self, pieces: Line) -> None:
        """Show these pieces in place of what stands there."""
        parts = [(piece.text, ROLE_STYLES.get(piece.role, "")) for piece in pieces]
        content = Content.assemble(*parts)
        if content != self.content:
            self.update(content, layout=False)
