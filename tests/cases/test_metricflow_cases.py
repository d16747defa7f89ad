"""dbt's MetricFlow answered these queries; the trees here say the same and must give the same."""

import json
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from metric_tui.planning.question import Question
from tests.cases.asking import (
    SHARED,
    Cells,
    Tree,
    answer_of,
    cells_of,
    copy_to_duckdb,
    shown_cells,
    write_tree,
)
from tests.conftest import Run

Case = dict[str, Any]

FILE = SHARED / "cases" / "metricflow_cases.json"
STORE = SHARED / "cases" / "metricflow.sqlite"
BOOLEANS = ("is_instant", "is_lux")
COLUMNS = {
    "bookings": ("guest_id", "host_id", "listing_id", "is_instant", "referrer_id"),
    "views": ("user_id", "listing_id"),
    "visits": ("user_id", "referrer_id", "session_id"),
    "buys": ("user_id", "session_id"),
    "revenue": ("user_id",),
    "accounts": ("user_id", "account_type"),
    "user_archives": ("user_id", "home_state"),
    "bookings_2020": ("listing_id", "is_instant"),
    "bookings_monthly": ("listing_id", "is_instant"),
    "listings": ("listing_id", "country", "is_lux", "user_id"),
}


def cases() -> list[Any]:
    if not FILE.exists():
        skip = pytest.mark.skip(reason="the shared cases are not here")
        return [pytest.param({}, marks=skip)]
    found = json.loads(FILE.read_text())["cases"]
    return [pytest.param(case, id=case["id"]) for case in found if case["status"] == "assert"]


def sources() -> Mapping[str, Any]:
    declared = json.loads(FILE.read_text())["sources"]
    return {name: source_of(name, entry) for name, entry in declared.items()}


def source_of(name: str, entry: Mapping[str, Any]) -> Mapping[str, Any]:
    columns = COLUMNS[name]
    found = {
        "table": entry["table"],
        "agg_time_dimension": entry["time_column"],
        "entities": {c: c for c in columns if c.endswith("_id") and c not in ("referrer_id",)},
        "dimensions": {c: c for c in columns},
    }
    return found | ({"primary_entity": "listing_id"} if name == "listings" else {})


def tree_of(case: Case) -> Tree:
    metrics: dict[str, Any] = {}
    for name, definition in case["metrics"].items():
        add(metrics, name, definition)
    return {
        "version": 1,
        # MetricFlow's calendar runs on after the data
        "settings": {"watermark": date(2030, 12, 31)},
        "sources": dict(sources()),
        "metrics": metrics,
        "tree": {"focus": next(iter(case["metrics"]))},
    }


def add(metrics: dict[str, Any], name: str, definition: Mapping[str, Any]) -> str:
    """Put a definition and all it is computed from under names of their own."""
    metrics[name] = {}
    metrics[name] = KINDS[definition["type"]](metrics, name, definition)
    filters = [condition(entry) for entry in definition.get("filters", [])]
    if filters:
        metrics[name]["filter"] = filters
    return name


def simple(_: dict[str, Any], __: str, given: Mapping[str, Any]) -> dict[str, Any]:
    found = {
        "agg": {"avg": "average"}.get(given["aggregation"], given["aggregation"]),
        "source": given["source"],
        # without a fill MetricFlow has no row, not even for a count
        "fill_nulls_with": given.get("fill_nulls_with", "none"),
    }
    kept = ("expr", "percentile", "percentile_type")
    found |= {key: given[key] for key in kept if key in given}
    if "time_column" in given:
        found["agg_time_dimension"] = given["time_column"]
    if "non_additive_dimension" in given:
        stock = given["non_additive_dimension"]
        found["non_additive_dimension"] = {
            "name": stock["column"],
            "window_agg": stock["window_choice"],
            "group_by": stock.get("window_groupings", []),
        }
    return found


def ratio(metrics: dict[str, Any], name: str, given: Mapping[str, Any]) -> dict[str, Any]:
    sides = ("numerator", "denominator")
    return {"type": "ratio"} | {side: add(metrics, f"{name}_{side}", given[side]) for side in sides}


def derived(metrics: dict[str, Any], name: str, given: Mapping[str, Any]) -> dict[str, Any]:
    inputs = []
    for alias, entry in given["input_metrics"].items():
        made = {"name": add(metrics, f"{name}_{alias}", entry["metric"]), "alias": alias}
        made |= {key: entry[key] for key in ("offset_window", "offset_to_grain") if key in entry}
        inputs.append(made)
    return {"type": "derived", "expr": given["expr"], "input_metrics": inputs}


def cumulative(metrics: dict[str, Any], name: str, given: Mapping[str, Any]) -> dict[str, Any]:
    found = {
        "type": "cumulative",
        "input_metric": add(metrics, f"{name}_input", given["input_metric"]),
    }
    kept = ("window", "grain_to_date", "period_agg")
    return found | {key: given[key] for key in kept if key in given}


def conversion(metrics: dict[str, Any], name: str, given: Mapping[str, Any]) -> dict[str, Any]:
    found = {
        "type": "conversion",
        "entity": given["entity"],
        "base_metric": add(metrics, f"{name}_base", given["base_metric"]),
        "conversion_metric": add(metrics, f"{name}_conversion", given["conversion_metric"]),
        "calculation": given.get("calculation", "conversion_rate"),
    }
    if "window" in given:
        found["window"] = given["window"]
    if "constant_properties" in given:
        found["constant_properties"] = [
            {"base_property": pair["base"], "conversion_property": pair["conversion"]}
            for pair in given["constant_properties"]
        ]
    return found


KINDS: dict[str, Callable[[dict[str, Any], str, Mapping[str, Any]], dict[str, Any]]] = {
    "simple": simple,
    "ratio": ratio,
    "derived": derived,
    "cumulative": cumulative,
    "conversion": conversion,
}


def condition(entry: Mapping[str, Any]) -> str:
    column = entry["column"].replace("listings.", "listing_id__").replace("users.", "user_id__")
    if entry["op"] in ("is_true", "is_false"):
        return f"{column} = {int(entry['op'] == 'is_true')}"
    if entry["op"] in ("is_null", "is_not_null"):
        return f"{column} IS {'NOT ' if 'not' in entry['op'] else ''}NULL"
    if entry["op"] == "in":
        return f"{column} IN ({', '.join(map(repr, entry['value']))})"
    return f"{column} {entry['op']} {entry['value']!r}"


def question_of(case: Case) -> Question:
    query = case["query"]
    grain = query.get("grain", "total")
    start, end = query.get("start"), query.get("end")
    if grain != "total" and start is None:
        start, end = "2019-11-01", "2021-03-31"
    return Question(
        grain=grain,
        start=date.fromisoformat(start) if start else None,
        end=date.fromisoformat(end) if end else None,
        compare="none",
        by=tuple(query.get("group_by", ())),
        metrics=tuple(case["metrics"]),
    )


def expected_cells(case: Case, metric: str) -> Cells:
    keys = [name for name in case["columns"] if name not in case["metrics"]]
    place = case["columns"].index(metric)
    total = "period" not in keys
    return {
        (*((None,) if total else ()), *(key_of(cell) for cell in row[: len(keys)])): row[place]
        for row in case["expected"]
    }


def key_of(cell: Any) -> Any:
    return int(cell) if isinstance(cell, bool) else cell


def check(case: Case, metric: str, found: Cells) -> None:
    """The same rows; where one side has none, the other may have null or 0."""
    expected = expected_cells(case, metric)
    assert any(value is not None for value in expected.values())
    for key in {**expected, **found}:
        ours, theirs = found.get(key), expected.get(key)
        if theirs is None or ours is None:
            assert not theirs, (key, ours, theirs)
            assert not ours, (key, ours, theirs)
        else:
            assert ours == pytest.approx(theirs, rel=1e-9), key


@pytest.fixture(scope="session")
def duckdb_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copy_to_duckdb(STORE, tmp_path_factory.mktemp("metricflow") / "store.duckdb")


@pytest.mark.parametrize("case", cases())
def test_the_workspace_answers_as_metricflow_does(case: Case, tmp_path: Path) -> None:
    path = write_tree(tree_of(case), tmp_path / "tree.yaml")
    answer = answer_of(path, STORE, question_of(case))
    for metric in case["metrics"]:
        check(case, metric, cells_of(answer, metric))


@pytest.mark.parametrize("case", cases())
def test_duckdb_answers_as_metricflow_does(case: Case, tmp_path: Path, duckdb_store: Path) -> None:
    path = write_tree(tree_of(case), tmp_path / "tree.yaml")
    answer = answer_of(path, duckdb_store, question_of(case))
    for metric in case["metrics"]:
        check(case, metric, cells_of(answer, metric))


@pytest.mark.parametrize("case", cases())
def test_show_answers_as_metricflow_does(case: Case, tmp_path: Path, run: Run) -> None:
    path = write_tree(tree_of(case), tmp_path / "tree.yaml")
    found = shown_cells(run, path, STORE, question_of(case), tuple(case["metrics"]))
    for metric in case["metrics"]:
        check(case, metric, found[metric])
