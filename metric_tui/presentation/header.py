"""The one line that says what is being looked at: tree, store, grain, range, comparison, filter."""

from metric_tui.base.periods import Calendar
from metric_tui.definitions.asks import Condition
from metric_tui.definitions.tree import MetricTree
from metric_tui.planning.frame import Frame
from metric_tui.planning.question import DateRange, Question
from metric_tui.presentation.dates import days_text, freshness_text, period_text
from metric_tui.presentation.glyphs import Glyphs
from metric_tui.presentation.pieces import Line, Piece, fitted, joined, line, line_width
from metric_tui.presentation.safe import cut, safe


def compare_text(question: Question, glyphs: Glyphs) -> str:
    """`vs previous week`, `vs a year ago`, `vs 1–31 May 2026`; empty without a comparison."""
    compare = question.compare
    if isinstance(compare, DateRange):
        return f"vs {days_text(compare.start, compare.end, glyphs)}"
    if compare == "none":
        return ""
    if compare == "year_ago":
        return "vs a year ago"
    return f"vs previous {'range' if question.grain == 'total' else question.grain}"


def condition_text(condition: Condition) -> str:
    """`country = PT, ES`, `country != PT`; null is written as (none)."""
    values = ", ".join(value_text(choice) for choice in condition.choices)
    return f"{safe(condition.dimension)} {condition.operator} {values}"


def value_text(value: str | int | float | bool | None) -> str:
    """A dimension's value for people: null is (none), the empty text is ""."""
    if value is None:
        return "(none)"
    if value == "" and isinstance(value, str):
        return '""'
    if isinstance(value, bool):
        return "true" if value else "false"
    return safe(value)


def grain_text(question: Question, frame: Frame | None) -> str:
    """The grain with the number of periods: `13 weeks`, `week` for one, `total`."""
    count = len(frame.periods) if frame is not None else 1
    if question.grain == "total" or count == 1:
        return question.grain
    return f"{count} {question.grain}s"


def range_text(question: Question, frame: Frame | None, calendar: Calendar, glyphs: Glyphs) -> str:
    """The last period reported, which is the one whose value is shown."""
    if frame is None:
        return ""
    return period_text(frame.periods[-1], question.grain, calendar, glyphs)


def title_pieces(tree: MetricTree, store: str, cells: int, glyphs: Glyphs) -> Line:
    """The tree's name and the store's."""
    name = cut(safe(tree.name or "Metric tree"), cells, glyphs.ellipsis)
    return line((name, "title"), (f" {glyphs.dot} {safe(store)}", "dim") if store else "")


def question_pieces(
    question: Question, frame: Frame | None, calendar: Calendar, glyphs: Glyphs
) -> Line:
    """Grain, range, comparison, filters and as-of, separated by dots."""
    parts: list[Line] = [
        line((grain_text(question, frame), "strong")),
        line(range_text(question, frame, calendar, glyphs)),
        line(compare_text(question, glyphs)),
        *(line((condition_text(condition), "accent")) for condition in question.where),
        line((f"as of {as_of_text(question)}", "warn")) if question.as_of is not None else (),
    ]
    return joined(parts, Piece(f" {glyphs.dot} ", "dim"))


def shortened(pieces: Line) -> Line:
    """The question with the comparison in two words, which grain and range explain."""
    return tuple(
        Piece("vs previous", piece.role) if piece.text.startswith("vs previous ") else piece
        for piece in pieces
    )


def freshness_pieces(
    frame: Frame | None, calendar: Calendar, glyphs: Glyphs, *, waiting: str = ""
) -> Line:
    """Up to when there is data, or what is being waited for."""
    if waiting or frame is None:
        return line((f"{glyphs.partial} {waiting or 'computing'}", "warn"))
    text = freshness_text(frame.watermark, frame.periods[-1], calendar)
    return line((f"{glyphs.fresh} ", "good"), (text, "dim"))


def header_line(
    tree: MetricTree,
    question: Question,
    frame: Frame | None,
    cells: int,
    glyphs: Glyphs,
    *,
    store: str = "",
    waiting: str = "",
) -> Line:
    """The header in exactly `cells` cells: what leaves first where room is short is the store."""
    calendar = tree.settings.calendar
    end = freshness_pieces(frame, calendar, glyphs, waiting=waiting)
    middle = question_pieces(question, frame, calendar, glyphs)
    room = cells - line_width(middle) - 4
    name = title_pieces(tree, store, max(room, 8), glyphs)
    if line_width(name) + line_width(end) > room:
        middle = shortened(middle)
        room = cells - line_width(middle) - 4
        name = title_pieces(tree, "", max(min(24, room - line_width(end)), 8), glyphs)
    if line_width(name) + line_width(end) > room:
        end = line(end[0]) if end else ()
    start = (*name, Piece("   "), *middle)
    start = fitted(start, cells - line_width(end) - 1, glyphs.ellipsis)
    gap = cells - line_width(start) - line_width(end)
    return (*start, Piece(" " * max(gap, 0)), *end)


def as_of_text(question: Question) -> str:
    """The as-of for a prompt: ISO, empty without one."""
    return "" if question.as_of is None else question.as_of.isoformat()
