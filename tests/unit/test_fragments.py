import sqlite3

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metric_tui.definitions import fragments as sql
from metric_tui.definitions.fragments import (
    Between,
    Binary,
    Call,
    Case,
    Cast,
    Column,
    Fragment,
    In,
    Is,
    IsNull,
    Json,
    Like,
    Literal,
    Part,
    Unary,
)
from metric_tui.loading.fragments import DEPTH_LIMIT, FragmentError, parse_fragment
from tests.counting import calls_of


def grouped(node: sql.Node) -> str:
    """The expression in SQLite's words with every pair of parentheses written out."""
    match node:
        case Literal(value=value):
            return literal(value)
        case Column(name=name):
            return f'"{name}"'
        case Unary(operator=operator, operand=operand):
            return f"({operator} {grouped(operand)})"
        case Binary(operator=operator, left=left, right=right):
            return f"({grouped(left)} {operator} {grouped(right)})"
        case Call(name=name, arguments=arguments):
            return f"{name}({', '.join(map(grouped, arguments))})"
        case Cast(operand=operand, to=to):
            return f"CAST({grouped(operand)} AS {to})"
        case Case(operand=operand, branches=branches, otherwise=otherwise):
            words = "".join(f" WHEN {grouped(a)} THEN {grouped(b)}" for a, b in branches)
            start = "" if operand is None else f" {grouped(operand)}"
            end = "" if otherwise is None else f" ELSE {grouped(otherwise)}"
            return f"(CASE{start}{words}{end} END)"
        case _:
            return grouped_check(node)


def literal(value: str | float | bool | None) -> str:
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    if value is None or isinstance(value, bool):
        return {None: "NULL", True: "TRUE", False: "FALSE"}[value]
    return repr(value)


def grouped_check(node: sql.Node) -> str:
    """A test, with its NOT in front of it as SQL has it too."""
    match node:
        case In(operand=operand, choices=choices):
            text = f"({grouped(operand)} IN ({', '.join(map(grouped, choices))}))"
        case Between(operand=operand, low=low, high=high):
            text = f"({grouped(operand)} BETWEEN {grouped(low)} AND {grouped(high)})"
        case Like(operand=operand, pattern=pattern):
            text = f"({grouped(operand)} LIKE {grouped(pattern)})"
        case IsNull(operand=operand):
            text = f"({grouped(operand)} IS NULL)"
        case Is(left=left, right=right):
            text = f"({grouped(left)} IS {grouped(right)})"
        case _:
            raise AssertionError(node)
    return f"(NOT {text})" if node.negated else text


OPERANDS = st.sampled_from(["1", "0", "2.5", "NULL", "'a'", "'1'", "-3", "TRUE", "x", "y", "z"])
INFIX = st.sampled_from(
    [
        *[
            "+",
            "-",
            "*",
            "/",
            "%",
            "||",
            "=",
            "==",
            "!=",
            "<>",
            "<",
            "<=",
            ">",
            ">=",
            "AND",
            "OR",
            "IS",
            "LIKE",
        ],
        "IS NOT",
        "NOT LIKE",
        "IS NOT DISTINCT FROM",
    ]
)


@st.composite
def expressions(draw: st.DrawFn, depth: int = 3) -> str:
    if depth == 0:
        return draw(OPERANDS)
    below = expressions(depth - 1)
    shape = draw(st.integers(0, 9))
    left, right = draw(below), draw(below)
    shapes = [
        f"({left})",
        f"NOT {left}",
        f"- {left}",
        f"{left} IN ({right}, 1)",
        f"{left} NOT BETWEEN {draw(OPERANDS)} AND {draw(OPERANDS)}",
        f"CASE WHEN {left} THEN {right} ELSE {draw(OPERANDS)} END",
        f"COALESCE({left}, {right})",
        f"CAST({left} AS TEXT)",
        f"{left} NOTNULL",
    ]
    return shapes[shape] if shape < len(shapes) else f"{left} {draw(INFIX)} {right}"


@given(expressions())
def test_a_fragment_is_grouped_as_sqlite_groups_it(text: str) -> None:
    store = sqlite3.connect(":memory:")
    store.execute("CREATE TABLE t (x, y, z)")
    store.execute("INSERT INTO t VALUES (1, 'b', NULL)")
    node = parse_fragment(text).node
    expected = store.execute(f"SELECT {text} FROM t").fetchone()
    assert store.execute(f"SELECT {grouped(node)} FROM t").fetchone() == expected
    store.close()


READINGS = {
    "properties ->> '$.country'": Json(Column("properties"), ("country",)),
    "p -> '$.a[0].\"b c\"'": Json(Column("p"), ("a", 0, "b c"), as_json=True),
    "p ->> 'a.b'": Json(Column("p"), ("a.b",)),
    "p ->> 2": Json(Column("p"), (2,)),
    "json_extract(p, '$.a')": Json(Column("p", 13), ("a",)),
    "strftime('%Y', at)": Part("year", Column("at", 15)),
    "STRFTIME('%w', at)": Part("weekday", Column("at", 15)),
    "date(at)": Part("date", Column("at", 5)),
    "EXTRACT(hour FROM at)": Part("hour", Column("at", 18)),
    '"order date"': Column("order date"),
    "[order date]": Column("order date"),
    "`order date`": Column("order date"),
    '"a""b"': Column('a"b'),
    "'it''s'": Literal("it's"),
    "CAST(x AS decimal(10, 2))": Cast(Column("x", 5), "REAL"),
    "CAST(x AS DOUBLE PRECISION)": Cast(Column("x", 5), "REAL"),
    "substring(x, 1)": Call("SUBSTR", (Column("x", 10), Literal(1))),
    "ifnull(x, 0)": Call("COALESCE", (Column("x", 7), Literal(0))),
    "max(x, 0)": Call("MAX", (Column("x", 4), Literal(0))),
    "x IS NULL": IsNull(Column("x")),
    "x NOT NULL": IsNull(Column("x"), negated=True),
    "x ISNULL": IsNull(Column("x")),
    "x IS NOT 1": Is(Column("x"), Literal(1), negated=True),
    "x IS DISTINCT FROM 1": Is(Column("x"), Literal(1), negated=True),
    "9999999999999999999": Literal(1e19),
    "count": Column("count"),
    "größe": Column("größe"),
}


@pytest.mark.parametrize("text", READINGS)
def test_a_fragment_reads_as(text: str) -> None:
    assert parse_fragment(text).node == READINGS[text]


REFUSED = {
    "": "the fragment is empty",
    "a; DROP TABLE x": "a fragment is one expression, so `;` has no place in it",
    "(SELECT 1)": "a fragment is one expression, so SELECT has no place in it",
    "a IN (SELECT b FROM c)": "a fragment is one expression, so SELECT has no place in it",
    "coalesce((WITH a AS (b) c))": "a fragment is one expression, so WITH has no place in it",
    "DELETE FROM x": "a fragment is one expression, so DELETE has no place in it",
    "a -- b": "comments have no place in a fragment",
    "a /* b */": "comments have no place in a fragment",
    "count(*)": "`count` is a function over many rows, and a fragment reads one",
    "sum(x) over ()": "`sum` is a function over many rows, and a fragment reads one",
    "max(x)": "`max` is a function over many rows, and a fragment reads one",
    "load_extension('x')": "`load_extension` is not a function of fragments",
    "readfile('x')": "`readfile` is not a function of fragments",
    "nullif(a)": "NULLIF takes 2 arguments, not 1",
    "substr(a)": "SUBSTR takes 2 to 3 arguments, not 1",
    "coalesce()": "COALESCE takes at least 1 argument, not 0",
    "date(a, '+1 day')": "DATE takes 1 argument, not 2",
    "strftime('%Y-%m', a)": "strftime takes one part and a column",
    "a b": "an operator is missing before `b`",
    "a +": "a value is missing after `+`",
    "* a": "a value is missing before `*`",
    "(a": "`(` is never closed",
    "a)": "`)` closes nothing",
    "f(a": "`(` is never closed",
    "'a": "the text that begins here is never closed",
    '""': "a name is missing between the quotes",
    "a IN ()": "IN needs at least one value",
    "a IN b": "`(` is missing before `b`",
    "(a, b)": "a list of values can only stand after IN",
    "a GLOB 'x'": "`GLOB` has no place in a fragment",
    "a LIKE 'x' ESCAPE '!'": "`ESCAPE` has no place in a fragment",
    "CAST(a AS BLOB)": "a value cannot be cast to `BLOB`",
    "CASE a END": "`WHEN` is missing before `END`",
    "CASE WHEN a THEN b": "END is missing after THEN",
    "t.a": "`.` has no meaning in a fragment",
    "a::int": "`:` has no meaning in a fragment",
    ":a": "`:` has no meaning in a fragment",
    "?": "parameters have no place in a fragment",
    "12ab": "`12a` is neither a number nor a name",
    "1e999": "the number `1e999` is too large",
    "p ->> x": "`x` is no path into JSON",
    "p ->> '$'": "'$' is no path into JSON",
    "json_extract(p, a)": "the path of json_extract must be a text such as `'$.a'`",
    "CURRENT_DATE": "CURRENT_DATE would change the answer with the clock",
    "x BETWEEN 1": "AND is missing after BETWEEN",
    "x NOT 3": "an operator is missing before `3`",
    "EXTRACT(epochs FROM x)": "EXTRACT cannot read `epochs`",
    "x\0": "`\0` has no meaning in a fragment",
}


@pytest.mark.parametrize("text", REFUSED)
def test_a_fragment_is_refused(text: str) -> None:
    with pytest.raises(FragmentError) as caught:
        parse_fragment(text)
    assert caught.value.message == REFUSED[text]
    assert 0 <= caught.value.start <= caught.value.end <= len(text)


def test_columns_know_where_they_stand() -> None:
    text = 'price * "the quantity" - coalesce(discount, 0)'
    found = parse_fragment(text).columns
    assert [(column.name, text[column.start]) for column in found] == [
        ("price", "p"),
        ("the quantity", '"'),
        ("discount", "d"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "(" * 3_000 + "a" + ")" * 3_000,
        "NOT " * 2_400 + "a",
        "-" * 9_000 + "a",
        "+ " * 4_000 + "a",
        " OR ".join(["a"] * 2_000),
        " || ".join(["a"] * 1_900),
        "CASE WHEN a THEN " * 500 + "b",
        "coalesce(" * 900 + "a",
        "a" * 10_001,
    ],
    ids=lambda text: text[:12],
)
def test_a_huge_fragment_is_refused_quickly(text: str) -> None:
    def refused() -> None:
        with pytest.raises(FragmentError):
            parse_fragment(text)

    assert calls_of(refused) < 500_000


def test_a_long_list_is_no_deep_fragment() -> None:
    text = f"x IN ({', '.join(map(str, range(1_500)))})"
    assert isinstance(parse_fragment(text).node, In)
    assert parse_fragment(" AND ".join(["a"] * (DEPTH_LIMIT - 1)))


@given(
    st.text(max_size=60) | st.text(alphabet="a1'\"[`(),.+-*/|<>=! \nNOTINCASEWHEND", max_size=60)
)
def test_any_text_is_read_or_refused_with_its_place(text: str) -> None:
    found: Fragment | FragmentError
    try:
        found = parse_fragment(text)
    except FragmentError as error:
        found = error
    if isinstance(found, FragmentError):
        assert 0 <= found.start <= found.end <= len(text)
        assert found.message
    else:
        assert found.text == text
