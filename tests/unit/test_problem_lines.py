import json

from metric_tui.base.problems import Problem, Span
from metric_tui.presentation.problem_lines import (
    WIDEST,
    github_line,
    problem_lines,
    problem_row,
)
from metric_tui.presentation.safe import width


def problem(line: int, column: int, end_column: int, *, end_line: int | None = None) -> Problem:
    span = Span(line=line, column=column, end_line=end_line or line, end_column=end_column)
    return Problem(code="unknown-metric", message="no metric is named `b`", span=span, metric="a")


def test_a_problem_shows_its_line_as_the_language_page_does() -> None:
    text = "\n" * 30 + "    components: bookngs * nights_per_booking\n"
    found = Problem(
        code="unknown-metric",
        message="no metric is named `bookngs`",
        hint="did you mean `bookings`?",
        span=Span(line=31, column=17, end_line=31, end_column=24),
    )
    assert "\n".join(problem_lines(found, file="configs/nights_booked.yaml", text=text)) == (
        "error[unknown-metric]: no metric is named `bookngs`\n"
        " --> configs/nights_booked.yaml:31:17\n"
        "   |\n"
        "31 |     components: bookngs * nights_per_booking\n"
        "   |                 ^^^^^^^\n"
        "   = hint: did you mean `bookings`?"
    )


def test_carets_stand_under_wide_characters_and_tabs() -> None:
    lines = problem_lines(problem(1, 7, 8), file="x", text='a: "日\té": b')
    assert lines[3] == '1 | a: "日    é": b'
    assert lines[4] == "  |           ^"


def test_a_long_line_is_cut_around_its_place() -> None:
    text = "x" * 300 + "HERE" + "y" * 300
    lines = problem_lines(problem(1, 301, 305), file="x", text=text)
    assert width(lines[3]) <= WIDEST + 4
    place = lines[4].index("^")
    assert lines[3][place : place + 4] == "HERE"


def test_a_stretch_of_several_lines_is_marked_to_the_end_of_its_first() -> None:
    lines = problem_lines(problem(1, 4, 2, end_line=3), file="x", text="a: [1,\n 2\n]")
    assert lines[4] == "  |    ^^^"


def test_control_characters_are_shown_and_never_sent() -> None:
    found = Problem(code="x", message="a\x1b[31m", hint="\x07\u202e", span=problem(1, 1, 2).span)
    for line in problem_lines(found, file="f\x1b", text="\x1b]0;title\x07 \x9b\u200b"):
        assert line.isprintable()


def test_a_problem_without_a_place_names_its_file() -> None:
    found = Problem(code="x", message="m")
    assert problem_lines(found, file="f.yaml", text="") == ("error[x]: m", " --> f.yaml")
    assert github_line(found, file="f.yaml") == "::error file=f.yaml,title=x::m"


def test_a_build_annotation_is_one_escaped_line() -> None:
    found = Problem(code="x", message="50%\nmore", hint="do", severity="warning")
    assert github_line(found, file="a,b:c.yaml") == (
        "::warning file=a%2Cb%3Ac.yaml,title=x::50%25%0Amore (do)"
    )
    placed = github_line(problem(3, 4, 9), file="x.yaml")
    assert placed.startswith("::error file=x.yaml,line=3,col=4,endLine=3,endColumn=9,")


def test_a_row_has_the_keys_of_the_json_of_check() -> None:
    assert json.loads(json.dumps(problem_row(problem(31, 19, 26)))) == {
        "code": "unknown-metric",
        "severity": "error",
        "message": "no metric is named `b`",
        "hint": None,
        "line": 31,
        "column": 19,
        "end_line": 31,
        "end_column": 26,
        "metric": "a",
    }
