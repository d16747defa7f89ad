import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from metric_tui.base.errors import DefinitionError
from metric_tui.base.problems import Path
from metric_tui.loading import edit
from metric_tui.loading.document import Document, read_document
from metric_tui.loading.load import load
from metric_tui.loading.nodes import Mapping, Node, Sequence, solid

TREE = """\
# the tree of nights
version: 1
sources: {events: {table: events, agg_time_dimension: at}}  # one source

metrics:
  # the focus
  nights:          # net of cancellations
    agg: sum
    expr: nights
    influences:
      - bookings   # believed
      - {metric: views, lag: 7 days}
    guardrails: [views]

  bookings: {agg: count, target: {value: 10}}   # counted
  views:
    agg: count
    description: |
      All views,
      of all pages.

tree: {focus: nights}
# the end
"""


def document(text: str = TREE) -> Document:
    return read_document(text)


def is_change(new: str, out: str, put: str, old: str = TREE) -> bool:
    """Whether the new text is the old one with `out` replaced by `put` at one place."""
    places = (at for at in range(len(old) + 1) if old.startswith(out, at))
    return any(old[:at] + put + old[at + len(out) :] == new for at in places)


EDITS = [
    (("metrics", "nights", "expr"), "nights - gone", ("", " - gone")),
    (("metrics", "bookings", "target", "value"), "12", ("0", "2")),
    (("metrics", "bookings", "target"), "{value: 10, by: 2026-12-31}", ("", ", by: 2026-12-31")),
    (("metrics", "bookings", "owner"), "me", ("", ", owner: me")),
    (("metrics", "nights", "owner"), "me", ("", "\n    owner: me")),
    (("metrics", "views", "owner"), "me", ("", "\n    owner: me")),
    (("name",), "Nights", ("", "\nname: Nights")),
    (("settings", "grain"), "day", ("", "\nsettings: {grain: day}")),
    (("metrics", "views", "target"), "value: 3\nby: 2026-01-01",
     ("", "\n    target:\n      value: 3\n      by: 2026-01-01")),
    (("metrics", "nights", "influences", 1, "lag"), "1 day", ("7 days", "1 day")),
    (("metrics", "nights", "influences"), "[]",
     ("\n      - bookings   # believed\n      - {metric: views, lag: 7 days}", " []")),
]  # fmt: skip


@pytest.mark.parametrize(
    ("path", "value", "change"), EDITS, ids=[".".join(map(str, e[0])) for e in EDITS]
)
def test_a_value_is_set_in_place(path: Path, value: str, change: tuple[str, str]) -> None:
    new = edit.set_value(document(), path, value)
    assert is_change(new, *change), new


def test_a_metric_is_inserted_after_another() -> None:
    new = edit.insert_metric(document(), "searches", "{agg: count}", after="nights")
    assert is_change(new, "", "\n  searches: {agg: count}")
    assert "guardrails: [views]\n  searches: {agg: count}\n\n  bookings" in new
    last = edit.insert_metric(document(), "searches", "agg: count\nevent: searched")
    assert "of all pages.\n  searches:\n    agg: count\n    event: searched\n\ntree:" in last


def test_a_metric_of_the_same_name_is_refused() -> None:
    with pytest.raises(DefinitionError, match="there is a `views` already"):
        edit.insert_metric(document(), "views", "{agg: count}")


def test_entries_are_appended_in_the_style_of_the_list() -> None:
    block = edit.append_to_list(document(), ("metrics", "nights", "influences"), "searches")
    assert is_change(block, "", "\n      - searches")
    flow = edit.append_to_list(document(), ("metrics", "nights", "guardrails"), "searches")
    assert is_change(flow, "", ", searches")
    absent = edit.append_to_list(document(), ("annotations",), "{date: 2026-01-01, label: x}")
    assert is_change(absent, "", "\nannotations: [{date: 2026-01-01, label: x}]")
    several = edit.append_to_list(
        document(), ("metrics", "nights", "influences"), "metric: a\nlag: 1 day"
    )
    assert is_change(several, "", "\n      - metric: a\n        lag: 1 day")
    single = TREE.replace("[views]", "views")
    listed = edit.append_to_list(document(single), ("metrics", "nights", "guardrails"), "a")
    assert is_change(listed, "views", "[views, a]", single)
    empty = TREE.replace("[views]", "[]")
    filled = edit.append_to_list(document(empty), ("metrics", "nights", "guardrails"), "a")
    assert is_change(filled, "", "a", empty)


REMOVALS = [
    (("metrics", "bookings"), "bookings: {agg: count, target: {value: 10}}   # counted\n  "),
    (("metrics", "bookings", "target"), ", target: {value: 10}"),
    (("metrics", "bookings", "agg"), "agg: count, "),
    (("metrics", "nights", "expr"), "expr: nights\n    "),
    (("metrics", "nights", "influences", 0), "bookings   # believed\n      - "),
    (("metrics", "nights", "influences", 1), "\n      - {metric: views, lag: 7 days}"),
    (("metrics", "nights", "influences", 1, "metric"), "metric: views, "),
    (("tree",), "tree: {focus: nights}\n"),
]


@pytest.mark.parametrize(
    ("path", "gone"), REMOVALS, ids=[".".join(map(str, e[0])) for e in REMOVALS]
)
def test_what_is_removed_takes_its_line_or_comma_along(path: Path, gone: str) -> None:
    new = edit.remove_key(document(), path)
    assert is_change(new, gone, ""), new


def test_the_last_entry_leaves_an_empty_list_or_mapping() -> None:
    new = edit.remove_key(document(), ("metrics", "nights", "guardrails", 0))
    assert is_change(new, "views", "")
    assert is_change(edit.remove_key(document(), ("tree", "focus")), "focus: nights", "")


def test_line_ends_and_the_byte_order_mark_stay() -> None:
    text = "\ufeff" + TREE.replace("\n", "\r\n")
    new = edit.set_value(document(text), ("metrics", "nights", "owner"), "me")
    assert is_change(new, "", "\r\n    owner: me", text)


def test_another_spelling_of_a_key_is_found() -> None:
    text = "metrics:\n  m: {type: cumulative, measure: a, window: 7 days}\n"
    loaded = load(text, name="x")
    new = edit.set_value(loaded.document, ("metrics", "m", "input_metric"), "b")
    assert is_change(new, "a", "b", text)


@pytest.mark.parametrize(
    ("text", "path", "value"),
    [
        ("a: {b: 1}", ("a", "b"), "1, c: 2"),
        ("a: {b: 1}", ("a", "b"), "{"),
        ("a: &x {b: 1}\nc: *x", ("a", "b"), "2"),
        ("a: text", ("a", "b"), "2"),
        ("- a", ("b",), "2"),
        ("a: [1]", ("a", 3), "2"),
        ("a: {b: 1}", ("a", "c"), "d: 1\ne: 2"),
    ],
)
def test_an_edit_that_does_not_fit_is_refused(text: str, path: Path, value: str) -> None:
    with pytest.raises(DefinitionError, match="cannot be edited here"):
        edit.set_value(document(text), path, value)


KEYS = st.sampled_from(["a", "b", "c", "key", "long key", "1", "true"])
WORDS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=8)
VALUES = (
    WORDS
    | st.integers()
    | st.booleans()
    | st.none()
    | st.floats(allow_nan=False, allow_infinity=False)
)
TREES = st.recursive(
    VALUES,
    lambda below: st.lists(below, max_size=3) | st.dictionaries(KEYS, below, max_size=4),
    max_leaves=10,
)


def paths_in(value: object, above: Path = ()) -> list[Path]:
    found: list[Path] = [above] if above else []
    if isinstance(value, dict):
        for key, below in value.items():
            found += paths_in(below, (*above, key))
    if isinstance(value, list):
        for index, below in enumerate(value):
            found += paths_in(below, (*above, index))
    return found


def read(node: Node) -> object:
    """A document's values as Python's, by the kinds that the language knows."""
    found = solid(node)
    if isinstance(found, Mapping):
        return {key.text: read(value) for key, value in found.entries}
    if isinstance(found, Sequence):
        return [read(item) for item in found.items]
    values = {"bool": found.text == "true", "text": found.text, "null": None}
    if found.kind in values:
        return values[found.kind]
    return int(found.text) if found.kind == "int" else float(found.text)


@given(TREES)
def test_a_value_written_on_one_line_reads_back(value: object) -> None:
    text = edit.flow_text({"k": value})
    assert "\n" not in text
    found = read_document(text)
    assert not found.problems
    assert found.root is not None
    assert read(found.root) == {"k": value}


@given(st.dictionaries(KEYS, TREES, min_size=1, max_size=4), TREES, st.booleans(), st.data())
def test_an_edit_changes_what_it_is_about_and_no_other_character(
    tree: dict[str, object], value: object, flow: bool, data: st.DataObject
) -> None:
    # a comment after every line shows that the edit keeps what stands around its place
    lines = yaml.dump(tree, default_flow_style=flow or None, sort_keys=False, width=10**6)
    text = "".join(f"{line}  # {number}\n" for number, line in enumerate(lines.splitlines()))
    before = document(text)
    if before.problems or before.root is None or read(before.root) != tree:
        return
    path = data.draw(st.sampled_from(paths_in(tree)))
    action = data.draw(st.sampled_from(["set", "remove", "append"]))
    try:
        if action == "set":
            new = edit.set_value(before, path, edit.flow_text(value))
        elif action == "remove":
            new = edit.remove_key(before, path)
        else:
            new = edit.append_to_list(before, path, edit.flow_text(value))
    except DefinitionError:
        return
    reach = before.value_span(path if action != "remove" else path[:-1])
    assert reach is not None
    kept = text.splitlines()[reach.end_line :]
    assert new.splitlines()[len(new.splitlines()) - len(kept) :] == kept
    top = before.key_span(path if action != "remove" else path[:-1])
    assert top is not None
    assert new.splitlines()[: top.line - 1] == text.splitlines()[: top.line - 1]


def test_edits_of_trees_as_people_write_them_are_not_refused() -> None:
    root = document().root
    assert root is not None
    for path in paths_in(read(root)):
        if path != ("metrics", "views", "description"):
            edit.remove_key(document(), path)
        edit.set_value(document(), path, "{x: 1}")
