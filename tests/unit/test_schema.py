import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from metric_tui.definitions.aggregations import AGGREGATIONS
from metric_tui.definitions.kinds import KINDS
from metric_tui.loading.codes import DATA_WARNINGS, ERRORS, WARNINGS
from metric_tui.loading.load import load
from metric_tui.loading.nodes import Node
from metric_tui.loading.reading import Reading, Spot
from metric_tui.loading.reference import reference
from metric_tui.loading.schema import json_schema
from metric_tui.loading.values import read_anything

ROOT = Path(__file__).parent.parent.parent
SCHEMA = json_schema()
TYPES = {
    "string": str, "integer": int, "number": (int, float), "boolean": bool, "object": dict,
    "array": list,
}  # fmt: skip


def plain(text: str) -> Any:
    document = load(text, name="x").document
    node: Node | None = document.root
    assert node is not None
    return read_anything(Reading(document), node, Spot("", 0, 0))


def faults(value: Any, schema: dict[str, Any], path: str = "") -> Iterator[str]:
    """What a validator of the draft's keywords that we use would say."""
    if "$ref" in schema:
        schema = SCHEMA["definitions"][schema["$ref"].removeprefix("#/definitions/")]
    types = schema.get("type", [])
    wanted = [types] if isinstance(types, str) else types
    if wanted and not any(is_a(value, word) for word in wanted):
        yield f"{path} is not {' or '.join(wanted)}"
        return
    if "enum" in schema and value not in schema["enum"]:
        yield f"{path} is none of the choices"
    if "const" in schema and value != schema["const"]:
        yield f"{path} is not {schema['const']}"
    if "pattern" in schema and isinstance(value, str) and not re.search(schema["pattern"], value):
        yield f"{path} does not look right"
    if isinstance(value, dict):
        yield from faults_of_keys(value, schema, path)
    if isinstance(value, list):
        yield from faults_of_items(value, schema, path)
    yield from faults_of_choices(value, schema, path)


def is_a(value: Any, word: str) -> bool:
    is_flag = isinstance(value, bool)
    return isinstance(value, TYPES[word]) and (word == "boolean" or not is_flag)  # type: ignore[arg-type]


def faults_of_keys(value: dict[str, Any], schema: dict[str, Any], path: str) -> Iterator[str]:
    known = schema.get("properties", {})
    for key in schema.get("required", []):
        if key not in value:
            yield f"{path} needs {key}"
    for key, below in value.items():
        rest = schema.get("additionalProperties", {})
        if key not in known and rest is False:
            yield f"{path} has no key {key}"
        elif known.get(key, rest):
            yield from faults(below, known.get(key, rest), f"{path}.{key}")


def faults_of_items(value: list[Any], schema: dict[str, Any], path: str) -> Iterator[str]:
    if not schema.get("minItems", 0) <= len(value) <= schema.get("maxItems", 10**9):
        yield f"{path} has the wrong length"
        return
    items = schema.get("items", {})
    for index, below in enumerate(value):
        kind = items[index] if isinstance(items, list) else items
        yield from faults(below, kind, f"{path}[{index}]")


def faults_of_choices(value: Any, schema: dict[str, Any], path: str) -> Iterator[str]:
    choices = schema.get("anyOf", [])
    if choices and all(list(faults(value, choice)) for choice in choices):
        yield f"{path} fits no choice"
    for part in schema.get("allOf", []):
        if "if" not in part:
            yield from faults(value, part, path)
        elif fits(value, part["if"]):
            yield from faults(value, part["then"], path)


def fits(value: Any, condition: dict[str, Any]) -> bool:
    if "not" in condition:
        return not fits(value, condition["not"])
    return not list(faults(value, condition))


def trees() -> list[Path]:
    return sorted((ROOT / "configs").glob("*.yaml"))


@pytest.mark.parametrize("path", trees(), ids=lambda path: path.stem)
def test_the_bundled_trees_fit_the_schema(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert load(text, name=path.name).problems == ()
    assert list(faults(plain(text), SCHEMA)) == []


METRICS = {
    "{agg: summ, expr: x}": "none of the choices",
    "{agg: count, evnt: x}": "has no key evnt",
    "{type: ratio, numerator: a}": "needs denominator",
    "{type: ratios}": "none of the choices",
    "{type: funnel, steps: [{evnt: a}]}": "fits no choice",
    "{type: retention, start: a, return: b, brackets: [[1]]}": "wrong length",
    "{event: a}": "fits no choice",
    "{agg: count, target: {value: x}}": "fits no choice",
    "{agg: count, hidden: 'yes'}": "is not boolean",
    "{type: cumulative, input_metric: a, window: soon}": "does not look right",
}


@pytest.mark.parametrize("definition", METRICS)
def test_what_an_editor_can_see_is_wrong_is_wrong_in_the_schema(definition: str) -> None:
    text = f"metrics:\n  m: {definition}\n"
    found = list(faults(plain(text), SCHEMA))
    assert any(METRICS[definition] in fault for fault in found), found
    assert load(text, name="x").errors


@pytest.mark.parametrize(
    "definition",
    [
        "{agg: count}",
        "{aggregation: count, event: [a, b], components: []}",
        "{type: cumulative, measure: a}",
        "{type: ratio, numerator: {name: a, filter: x = 1}, denominator: b, source: e}",
        "{type: funnel, steps: [a, [b, c], {event: d}], window: 2 hours}",
        "{agg: sum, expr: 1, fill_nulls_with: none, non_additive_dimension: day}",
        "{type: derived, expr: a + b, components: {by x: a + b}, influences: a}",
    ],
)
def test_what_is_right_is_right_in_the_schema(definition: str) -> None:
    assert list(faults(plain(f"metrics:\n  m: {definition}\n"), SCHEMA)) == []


def test_the_schema_is_json_and_describes_every_key() -> None:
    again = json.loads(json.dumps(SCHEMA))
    assert again == SCHEMA
    for definition in again["definitions"].values():
        for key, schema in definition["properties"].items():
            assert "description" in schema or "const" in schema, key


def test_the_reference_names_every_type_aggregation_and_code() -> None:
    text = reference()
    for word in (*KINDS, *AGGREGATIONS, *ERRORS, *WARNINGS, *DATA_WARNINGS):
        assert f"`{word}`" in text or f"`type: {word}`" in text, word
    for line in text.splitlines():
        assert not line or line.startswith(("|", "### ")), line


def test_every_code_is_shown_by_a_bad_tree_or_a_store() -> None:
    shown = "".join(path.read_text() for path in (ROOT / "tests/bad_trees").glob("*.txt"))
    found = set(re.findall(r"^(?:error|warning)\[([a-z-]+)\]", shown, re.MULTILINE))
    elsewhere = {
        "too-large",
        "too-deep",
        "unknown-table",
        "unknown-column",
        "dead-event",
        "store-unread",
        "event-column",
        "too-slow",
    }
    assert found | elsewhere == {*ERRORS, *WARNINGS}
