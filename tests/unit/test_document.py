import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from metric_tui.loading.compose import kind_of
from metric_tui.loading.document import SIZE_LIMIT, Document, read_document
from metric_tui.loading.nodes import Mapping, Node, Scalar, Sequence, solid
from metric_tui.loading.scalars import places_of
from tests.counting import calls_of

STYLES = """\
plain: bookngs * nights
single: 'it''s bookngs'
double: "a \\"b\\" bookngs \\u00e9 bookngs"
literal: |
  first
    bookngs indented

  last
folded: >-
  first bookngs
  second

  third
folded_plain: first
  second bookngs
folded_double: "first
  second \\
  bookngs"
anchored: &name bookngs
tagged: !!str bookngs
flow: {a: [bookngs, 1]}
indented: |2
    bookngs
kept: |+
  bookngs

after: 1
"""


def slices(document: Document, path: tuple[str | int, ...]) -> list[str]:
    """The text of the file at every place where the value says `bookngs`."""
    node = document.node(path)
    assert isinstance(node, Scalar)
    found, start = [], node.text.find("bookngs")
    while start >= 0:
        first, last = document.offsets_within(node, start, start + 7)
        found.append(document.text[first:last])
        start = node.text.find("bookngs", start + 1)
    return found


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_a_word_is_found_in_every_style_of_scalar(line_end: str, mark: str) -> None:
    document = read_document(mark + STYLES.replace("\n", line_end))
    assert document.problems == ()
    assert isinstance(document.root, Mapping)
    for key, value in document.root.entries:
        if key.text not in ("flow", "after"):
            place = document.offsets_within(value, 0, 0) if isinstance(value, Scalar) else (0, 0)
            assert place[0] >= value.start, key.text
            body = Document(text=document.text[document.shift :], root=document.root)
            assert set(slices(body, (key.text,))) == {"bookngs"}, key.text
    assert document.node(("flow", "a", 0)) is not None


@given(st.text(alphabet="ab '\"\\\n\t:#é😀", max_size=30), st.sampled_from(["'", '"', "|", ">"]))
def test_places_are_right_or_not_given(value: str, style: str) -> None:
    text = yaml.dump({"k": value}, default_style=style, allow_unicode=True)
    document = read_document(text)
    node = document.node(("k",))
    assert isinstance(node, Scalar)
    assert node.text == value
    places = places_of(node, text)
    if places is None:
        return
    assert len(places) == len(value) + 1
    for character, place in zip(value, places, strict=False):
        is_escape = node.style in ("'", '"') and text[place] in "\\'"
        if character not in " \n" and not is_escape:
            assert text[place] == character


def test_only_four_kinds_of_plain_words_are_resolved() -> None:
    kinds = {
        "on": "text", "no": "text", "yes": "text", "y": "text", "1:30": "text", "012": "text",
        "0x1F": "text", "1_000": "text", "2026-01-01": "text", ".inf": "text", "<<": "text",
        "true": "bool", "False": "bool", "null": "null", "~": "null", "": "null",
        "12": "int", "-3": "int", "+4": "int", "0": "int", "1.5": "float", ".5": "float",
        "1e3": "float", "-0.5": "float", "=": "text", "-": "text", ".": "text",
    }  # fmt: skip
    assert {word: kind_of(word) for word in kinds} == kinds


def test_a_block_ends_before_blanks_and_comments() -> None:
    text = "a:\n  b: 1\n  c: x  # comment\n\n# more\nd: [\n  1,\n]\n"
    document = read_document(text)
    found = document.node(("a",))
    assert found is not None
    assert text[found.start : found.end] == "b: 1\n  c: x"
    other = document.node(("d",))
    assert other is not None
    assert text[other.start : other.end] == "[\n  1,\n]"


def test_a_path_may_lead_further_than_the_file() -> None:
    document = read_document("m:\n  a: {filter: x}\n", {"metric": ("name",)})
    span = document.value_span(("m", "a", "filter", 0))
    assert span is not None
    assert (span.line, span.column, span.end_column) == (2, 15, 16)
    key = document.key_span(("m", "a"))
    assert key is not None
    assert (key.line, key.column, key.end_column) == (2, 3, 4)


def test_lines_are_counted_as_editors_count_them() -> None:
    document = read_document('a: "x\u2028y\x85z"\r\nb: 1\rc: 2\n')
    spans = [document.key_span((key,)) for key in "abc"]
    assert [span.line for span in spans if span] == [1, 2, 3]


def test_the_metric_of_a_line_is_found() -> None:
    document = read_document("metrics:\n  a:\n    agg: count\n\n  b: {agg: sum,\n     expr: x}\n")
    found = [document.metric_at(line) for line in range(1, 8)]
    assert found == [None, "a", "a", None, "b", "b", None]


def test_an_alias_bomb_costs_nothing() -> None:
    rows = ["a0: &a0 [x]"]
    rows += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 40)]
    document = read_document("\n".join(rows))
    assert [problem.code for problem in document.problems] == ["too-many-aliases"]
    assert calls_of(lambda: read_document("\n".join(rows))) < 5_000


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("[" * 100_000, "too-deep"),
        ("{a: " * 5_000, "too-deep"),
        ("- " * 1_000, "too-deep"),
        ("a: " + "x" * SIZE_LIMIT, "too-large"),
        ("a: \x1b", "not-yaml"),
        ("a: \0", "not-yaml"),
        ("a: \ud800", "not-yaml"),
        ("# only a comment\n", "empty-file"),
        ("\ufeff", "empty-file"),
        ("---\n...\n", None),
        ("a: *b", "unknown-alias"),
        ("a: &b [*b]", "unknown-alias"),
        ("? [a]\n: b", "wrong-type"),
        ("%YAML 1.2\n---\na: 1", None),
        ("a: @b", "not-yaml"),
        ("a: `b`", "not-yaml"),
        ("a: 'b", "not-yaml"),
        ('a: "\\q"', "not-yaml"),
        ("a: b: c", "not-yaml"),
        ("a: 1\n  b: 2", "not-yaml"),
        ("a: &x 1\nb: *x", None),
    ],
)
def test_text_that_is_no_tree_says_why(text: str, code: str | None) -> None:
    codes = [problem.code for problem in read_document(text).problems]
    assert codes == ([code] if code else [])


def test_the_slower_parser_reads_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    fast = read_document(STYLES)
    wrong = [read_document(text).problems for text in WRONG]
    monkeypatch.delattr(yaml, "CSafeLoader")
    assert read_document(STYLES).root == fast.root
    for text, problems in zip(WRONG, wrong, strict=True):
        found = read_document(text).problems
        assert [problem.code for problem in found] == [problem.code for problem in problems]


WRONG = (
    "a: {b",
    "a: [1",
    "a: 'b",
    "a: b: c",
    "\ta: b",
    "a: @b",
    "a: \x1b",
    "a: 1\n b: 2\n  c: 3",
    "a\nb: 1",
)


def values_of(node: Node | None) -> object:
    """The nodes as PyYAML's own values, for documents of texts alone."""
    if node is None:
        return None
    found = solid(node)
    if isinstance(found, Sequence):
        return [values_of(item) for item in found.items]
    if isinstance(found, Mapping):
        return {key.text: values_of(value) for key, value in found.entries}
    return found.text


TREES = st.recursive(
    st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=12),
    lambda below: st.lists(below, max_size=3) | st.dictionaries(st.text("abc", min_size=1), below, max_size=3),
    max_leaves=12,
)  # fmt: skip


@given(TREES, st.booleans())
@example({"a": ["\x7f"]}, False)
def test_a_document_holds_what_the_yaml_holds(tree: object, flow: bool) -> None:
    text = yaml.dump(tree, default_flow_style=flow, allow_unicode=True, sort_keys=False)
    document = read_document(text)
    assert values_of(document.root) == tree


@given(st.text(max_size=200) | st.text("ab:-[]{}&*!|>'\"#%@,? \n\t", max_size=60))
def test_any_text_is_read_with_places_inside_it(text: str) -> None:
    document = read_document(text)
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    assert document.root is not None or document.problems
    for problem in document.problems:
        assert problem.span is not None
        assert 1 <= problem.span.line <= problem.span.end_line <= len(lines)
        assert 1 <= problem.span.column <= len(lines[problem.span.line - 1]) + 1
