"""The tree as rows: places, expansion, order, words, columns."""

from dataclasses import replace
from datetime import UTC, datetime

from metric_tui.base.formulas import parse_formula
from metric_tui.definitions.edges import ComponentView, Guardrail, Influence, Percent
from metric_tui.definitions.kinds.broken import Broken
from metric_tui.definitions.kinds.simple import Simple
from metric_tui.definitions.metric import Metric
from metric_tui.definitions.tree import MetricTree, TreeRoot
from metric_tui.planning.answer import Answer, MetricAnswer, Values
from metric_tui.planning.frame import frame_of
from metric_tui.planning.question import Question
from metric_tui.presentation.finding import matches, places_of, views_along
from metric_tui.presentation.glyphs import ASCII, UNICODE
from metric_tui.presentation.header import header_line
from metric_tui.presentation.pieces import line_width, plain
from metric_tui.presentation.report import csv_rows, markdown_report, table_report, tree_report
from metric_tui.presentation.tree_rows import Path, TreeChoices, TreeRow, tree_rows
from metric_tui.presentation.tree_table import Columns, columns_for, head_text, row_line, titled
from metric_tui.tui import session

WATERMARK = datetime(2026, 6, 30, 20, 14, tzinfo=UTC)


def view(text: str, name: str = "default") -> ComponentView:
    return ComponentView(name=name, formula=parse_formula(text))


def tree_of(*metrics: Metric) -> MetricTree:
    return MetricTree(
        name="Shop",
        metrics={metric.name: metric for metric in metrics},
        tree=TreeRoot(focus=metrics[0].name),
    )


def simple(name: str, **given: object) -> Simple:
    return Simple(name=name, agg="count", **given)  # type: ignore[arg-type]


SHOP = tree_of(
    simple("revenue", unit="EUR", components=(view("orders * basket"),), guardrails=(Guardrail(metric="returns", worse_than=Percent(0.5)),)),
    simple("orders", components=(view("visits * rate"), view("new + old", "by guest")),
           influences=(Influence(metric="basket"),)),
    simple("basket"),
    simple("visits"),
    simple("rate"),
    simple("new"),
    simple("old"),
    simple("returns", direction="down"),
    simple("lonely"),
)  # fmt: skip


def answer_of(tree: MetricTree, **values: tuple[float | None, float | None]) -> Answer:
    """Each metric's value and comparison; those left out are 2 against 1."""
    question = Question(grain="week", last=1)
    frame = frame_of(question, WATERMARK, tree.settings.calendar, first=WATERMARK)
    found = {}
    for name in tree.in_tree_order():
        value, comparison = values.get(name, (2.0, 1.0))
        total = Values(values=(value,), compared=(comparison,), notes=(frozenset(),))
        found[name] = MetricAnswer(metric=name, total=total)
    calendar = tree.settings.calendar
    return Answer(question=question, revision=1, frame=frame, calendar=calendar, metrics=found)


def rows_of(tree: MetricTree, choices: TreeChoices | None = None) -> tuple[TreeRow, ...]:
    chosen = choices or TreeChoices(root=(tree.focus,))
    return tree_rows(tree, answer_of(tree), chosen, UNICODE)


def shape(rows: tuple[TreeRow, ...]) -> list[str]:
    return [f"{'  ' * row.indent}{row.mark}{row.metric}" for row in rows]


def test_a_metric_stands_in_each_of_its_places() -> None:
    assert shape(rows_of(SHOP)) == [
        "revenue",
        "  =orders",
        "    =visits",
        "    =rate",
        "    ~basket",
        "  =basket",
        "  !returns",
        "lonely",
    ]
    paths = [row.path for row in rows_of(SHOP)]
    assert len(set(paths)) == len(paths)


def test_names_come_before_numbers() -> None:
    rows = tree_rows(SHOP, None, TreeChoices(root=("revenue",)), UNICODE)
    assert [row.value for row in rows] == [""] * len(rows)
    assert rows[0].label == "Revenue"


def test_places_open_and_close_by_path() -> None:
    choices = TreeChoices(root=("revenue",), depth=1)
    assert "visits" not in [row.metric for row in rows_of(SHOP, choices)]
    opened = choices.toggled(("revenue", "orders"))
    assert "visits" in [row.metric for row in rows_of(SHOP, opened)]
    assert opened.toggled(("revenue", "orders")).opened == frozenset()
    assert opened.to_depth(2).opened == frozenset()


def test_revealing_opens_what_hides_a_place() -> None:
    choices = TreeChoices(root=("revenue", "basket"), depth=1)
    found = choices.revealing(("revenue", "orders", "visits"))
    assert ("revenue", "orders", "visits") in [row.path for row in rows_of(SHOP, found)]


def test_a_circle_of_influences_ends() -> None:
    tree = tree_of(
        simple("a", influences=(Influence(metric="b"),)),
        simple("b", influences=(Influence(metric="a"),)),
    )
    assert shape(rows_of(tree, TreeChoices(root=("a",), depth=9))) == ["a", "  ~b"]


def test_a_hidden_metric_is_left_out() -> None:
    tree = replace(SHOP, metrics={**SHOP.metrics, "rate": simple("rate", hidden=True)})
    assert "rate" not in [row.metric for row in rows_of(tree)]


def test_another_component_view_has_other_children() -> None:
    choices = TreeChoices(root=("revenue",), views={"orders": "by guest"})
    rows = rows_of(SHOP, choices)
    assert "new" in [row.metric for row in rows]
    assert next(row for row in rows if row.metric == "orders").view == "by guest"


def test_siblings_are_ordered_within_their_kind() -> None:
    answer = answer_of(SHOP, orders=(1.1, 1.0), basket=(9.0, 1.0))
    choices = TreeChoices(root=("revenue",), depth=1, order="change")
    rows = tree_rows(SHOP, answer, choices, UNICODE)
    assert [row.metric for row in rows][:4] == ["revenue", "basket", "orders", "returns"]
    contributions: dict[Path, float] = {
        ("revenue", "orders"): -5.0,
        ("revenue", "basket"): 1.0,
    }
    choices = replace(choices, order="contribution")
    rows = tree_rows(SHOP, answer, choices, UNICODE, contributions=contributions)
    assert [row.metric for row in rows][1] == "orders"
    assert rows[1].extra.amount == "−€5.00"


def test_what_is_bad_is_said_in_words() -> None:
    answer = answer_of(SHOP, returns=(3.0, 1.0), orders=(1.0, 2.0))
    rows = tree_rows(SHOP, answer, TreeChoices(root=("revenue",)), UNICODE)
    words = {row.metric: (row.extra.word, row.change_role) for row in rows}
    assert words["returns"] == ("✗ guardrail", "bad")
    assert words["orders"] == ("✗ worse", "bad")


def test_a_metric_that_fails_says_why_in_its_row() -> None:
    broken = Broken(name="rate", reason="`aggregation` cannot be `summ`")
    tree = replace(SHOP, metrics={**SHOP.metrics, "rate": broken})
    rows = tree_rows(tree, None, TreeChoices(root=("revenue",)), UNICODE)
    row = next(row for row in rows if row.metric == "rate")
    columns = columns_for(rows, 70)
    text = plain(row_line(row, columns, 70, UNICODE))
    assert "--" in text
    assert "cannot be `summ`" in text


def test_rows_fit_every_width() -> None:
    rows = rows_of(SHOP)
    for cells in range(20, 140):
        columns = columns_for(rows, cells)
        assert all(line_width(row_line(row, columns, cells, UNICODE)) <= cells for row in rows)


def test_room_that_is_left_over_shows_more_periods() -> None:
    rows = tuple(replace(row, series=tuple(map(float, range(40)))) for row in rows_of(SHOP))
    widths = [columns_for(rows, cells).spark for cells in range(20, 140)]
    assert {8, 13, 20, 30} <= set(widths)
    assert max(widths) == 30
    for cells in range(60, 140):
        columns = columns_for(rows, cells)
        used = max(line_width(row_line(row, columns, cells, UNICODE)) for row in rows)
        assert columns.spark == 30 or used >= cells - 2
    few = tuple(replace(row, series=(1.0, 2.0, 3.0)) for row in rows)
    assert columns_for(few, 120).spark == 3


def test_the_columns_are_named_over_their_places() -> None:
    answer = answer_of(SHOP, orders=(16_300.0, 15_200.0), rate=(0.5, 0.4))
    found = tree_rows(
        SHOP, answer, TreeChoices(root=("revenue",)), UNICODE,
        contributions={("revenue", "orders"): 1_234.0},
    )  # fmt: skip
    rows = tuple(replace(row, series=tuple(map(float, range(20)))) for row in found)
    for cells in range(60, 120):
        columns = columns_for(rows, cells)
        heads = head_text(columns, UNICODE)
        line = plain(row_line(rows[1], columns, cells, UNICODE))
        assert heads.index("now") + len("now") == line.index(rows[1].value) + len(rows[1].value)
        assert heads.index("change") == line.index(rows[1].change)
        if columns.spark:
            assert f" last {columns.spark} " in heads
            assert heads.index("last") == line.index("▁")
        assert ("part" in heads) == bool(columns.amount)
        if columns.amount:
            amount = rows[1].extra.amount
            assert heads.index("part") + len("part") == line.index(amount) + len(amount)


def test_a_name_without_room_is_left_out_or_short_and_never_cut() -> None:
    heads = head_text(Columns(20, 5, 8, 13, 4, 0), UNICODE)
    assert heads.replace("─", " ").split() == ["now", "change", "last", "13", "part"]
    heads = head_text(Columns(20, 1, 4, 4, 2, 0), UNICODE)
    assert heads.replace("─", " ").split() == ["chg"]
    assert heads.index("chg") == 20 + 2 + 1 + 2
    assert head_text(Columns(20, 0, 0, 0, 0, 0), UNICODE) == ""
    assert titled("Tree", heads, 2) == "Tree " + heads[7:].rstrip()
    assert titled("Tree", "", 2) == "Tree"


def test_columns_stand_one_below_the_other() -> None:
    answer = answer_of(SHOP, orders=(16_300.0, 15_200.0), rate=(0.5, 0.4))
    rows = tree_rows(SHOP, answer, TreeChoices(root=("revenue",)), UNICODE)
    columns = columns_for(rows, 80)
    texts = [plain(row_line(row, columns, 80, UNICODE)) for row in rows]
    places = {text.index("▲") for text in texts if "▲" in text}
    assert len(places) == 1


def test_a_found_metric_has_a_place_under_some_view() -> None:
    assert matches("vis", SHOP)[0] == "visits"
    assert matches("zzz", SHOP) == ()
    places = places_of(SHOP, {})
    assert places["basket"] == ("revenue", "basket")
    assert places["new"] == ("revenue", "orders", "new")
    assert views_along(SHOP, places["new"], {}) == {"orders": "by guest"}


def test_a_metric_is_found_by_its_category_and_owner_as_they_are_typed() -> None:
    tree = tree_of(
        simple("back", category="retention"),
        simple("opens", category="active_users", owner="growth@example.org"),
        simple("tension"),
    )
    assert matches("tention", tree) == ("back",)
    assert matches("active users", tree) == ("opens",)
    assert matches("growth@", tree) == ("opens",)
    # letters that lie apart in a category fit nothing
    assert "back" not in matches("rtn", tree)


def test_the_header_is_exactly_as_wide_as_the_screen() -> None:
    answer = answer_of(SHOP)
    for cells in (38, 60, 78, 118, 158):
        for glyphs in (UNICODE, ASCII):
            header = header_line(
                SHOP, answer.question, answer.frame, cells, glyphs, store="shop.db"
            )
            assert line_width(header) == cells


def test_a_guardrail_that_shall_hold_is_breached_both_ways() -> None:
    bound = Guardrail(metric="price", worse_than=Percent(0.1))
    tree = tree_of(simple("sales", guardrails=(bound,)), simple("price", direction="hold"))
    choices = TreeChoices(root=("sales",))
    for now, word in ((2.0, "✗ guardrail"), (0.5, "✗ guardrail"), (1.05, "✓ guardrail")):
        answer = answer_of(tree, price=(now, 1.0))
        assert tree_rows(tree, answer, choices, UNICODE)[1].extra.word == word
        assert word in table_report(tree, answer, UNICODE)


def test_reports_hold_every_row() -> None:
    answer = answer_of(SHOP)
    for text in (
        tree_report(SHOP, answer, UNICODE, store="shop.db"),
        table_report(SHOP, answer, UNICODE),
        markdown_report(SHOP, answer, UNICODE),
    ):
        assert all(name in text for name in ("Revenue", "Orders", "Visits", "Returns"))
    plain_text = tree_report(SHOP, answer, ASCII)
    assert plain_text.isascii()
    rows = list(csv_rows(SHOP, answer))
    assert rows[0][:3] == ("metric", "period", "end")
    assert rows[1] == ("revenue", "2026-06-22", "2026-06-28", "2", "1", "", "")


def test_where_the_user_was_comes_back_and_nothing_else() -> None:
    choices = TreeChoices(
        root=("revenue", "orders"),
        depth=2,
        opened=frozenset({("revenue", "orders", "visits")}),
        views={"orders": "by guest"},
        order="name",
    )
    state = session.choices_state(choices)
    again = session.choices_from(state, SHOP)
    assert again.root == choices.root
    assert again.order == "name"
    assert again.views == {"orders": "by guest"}
    other = tree_of(simple("revenue"))
    assert session.choices_from(state, other) == TreeChoices(
        root=("revenue",), depth=2, order="name"
    )


def test_a_question_survives_the_trip_and_rubbish_does_not() -> None:
    question = Question(grain="month", last=6, compare="year_ago")
    default = Question(grain="week")
    assert session.question_from(session.question_state(question), default) == question
    for rubbish in (None, 5, {}, {"grain": "eon"}, {"grain": "day", "compare": 3},
                    {"grain": "day", "compare": "none", "where": [["a"]]}):  # fmt: skip
        assert session.question_from(rubbish, default) == default
