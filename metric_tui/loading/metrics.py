"""The mapping of metrics: each read as the kind its `type` names, or kept as broken."""

from __future__ import annotations

from collections.abc import Mapping as Table
from functools import cache
from typing import Any

from metric_tui.base.formulas import Formula
from metric_tui.definitions.edges import Annotation, ComponentView, Objective
from metric_tui.definitions.kinds import KINDS
from metric_tui.definitions.kinds.broken import Broken
from metric_tui.definitions.kinds.draft import Draft
from metric_tui.definitions.kinds.simple import Simple
from metric_tui.definitions.metric import Metric
from metric_tui.loading import values
from metric_tui.loading.given import Given
from metric_tui.loading.nodes import Mapping, Node, solid
from metric_tui.loading.reader import READERS, lenient_list_of, read_keys
from metric_tui.loading.reading import Reading, Spot, is_nothing, key_spot
from metric_tui.loading.specs import specs_of, spellings_of

TYPES = tuple(KINDS)

ROW_KEYS = ("source", "agg_time_dimension", "time_column")
"""Keys every metric may have; they say nothing on one computed from other metrics."""

_TELLING_KEYS = {
    "numerator": "ratio",
    "denominator": "ratio",
    "expr": "derived",
    "input_metrics": "derived",
    "grain_to_date": "cumulative",
    "base_metric": "conversion",
    "conversion_metric": "conversion",
    "steps": "funnel",
    "start": "retention",
    "return": "retention",
    "state": "lifecycle",
    "gap": "sessions",
    "sql": "sql",
    "input_metric": "cumulative",
}
"""Keys from which the type that was meant can be guessed, the surest first."""


def read_metrics(reading: Reading, node: Node, spot: Spot) -> dict[str, Metric]:
    """Every metric of the mapping in file order; those with errors as `Broken`."""
    found = solid(node)
    if not isinstance(found, Mapping):
        if not is_nothing(node):
            values.wrong_type(reading, node, spot, "a mapping of names", None)
        return {}
    metrics: dict[str, Metric] = {}
    for key, value in found.entries:
        reading.metric = key.text
        metrics[key.text] = read_metric(reading, value, key_spot(key))
    reading.metric = None
    return metrics


def read_metric(reading: Reading, node: Node, spot: Spot) -> Metric:
    """One metric, `Broken` where its definition has errors."""
    found = solid(node)
    if is_nothing(node):
        return Draft(name=spot.key)
    if not isinstance(found, Mapping):
        hint = "such as `{agg: count, event: signed_up}`"
        values.wrong_type(reading, node, spot, "a mapping", hint)
        return _broken(reading, spot.key, None)
    kind = _kind_of(reading, found, spot)
    given = _read_as(reading, found, spot, kind)
    # duplicate keys were noted while the YAML was read, so all of the metric's problems count
    if kind is None or not given.is_whole or _first_error(reading, spot.key):
        return _broken(reading, spot.key, given)
    return kind(name=spot.key, **given.values)


def _kind_of(reading: Reading, node: Mapping, spot: Spot) -> type[Metric] | None:
    entry = node.entry("type")
    if entry is None:
        if node.entry("agg") or node.entry("aggregation"):
            return Simple
        if not any(key.text in _computing_words() for key, _ in node.entries):
            return Draft
        _report_missing_type(reading, node, spot)
        return None
    word = values.read_word_of(TYPES)(reading, entry[1], key_spot(entry[0]))
    return KINDS[word] if isinstance(word, str) else None


@cache
def _computing_words() -> frozenset[str]:
    """Keys that say how a metric is computed; one that has none of them is a draft."""
    every = {word for kind in KINDS.values() for word in spellings_of(kind)}
    return frozenset(every - set(spellings_of(Metric)) - set(ROW_KEYS))


def _report_missing_type(reading: Reading, node: Mapping, spot: Spot) -> None:
    kind = next((kind for key, kind in _TELLING_KEYS.items() if node.entry(key)), None)
    hint = f"write `type: {kind}`" if kind else f"the types are {', '.join(TYPES)}"
    if kind is None and node.entry("event"):
        hint = "write `agg: count` to count the event"
    message = f"`{spot.key}` needs `type`, or `agg` for an aggregate over rows"
    reading.report("missing-key", message, spot, hint=hint)


def _read_as(reading: Reading, node: Mapping, spot: Spot, kind: type[Metric] | None) -> Given:
    if kind is None:
        every = {word for definition in KINDS.values() for word in spellings_of(definition)}
        return read_keys(reading, node, spot, Metric, known=("type", *sorted(every)))
    if kind is Draft:
        # a slip in a key such as `aggg` must not make a draft of the metric without a word
        known = ("type", *ROW_KEYS, *sorted(_computing_words()))
        return read_keys(reading, node, spot, Draft, called=f"`{spot.key}`", known=known)
    called = f"{_with_article(kind)} metric"
    given = read_keys(reading, node, spot, kind, called=called, known=("type", *ROW_KEYS))
    own = spellings_of(kind)
    for key, _ in node.entries:
        if key.text in ROW_KEYS and key.text not in own:
            message = f"`{key.text}` says nothing on {called}"
            hint = "it follows what the metric is computed from"
            reading.report("key-without-effect", message, key, hint=hint, severity="warning")
    return given


def _with_article(kind: type[Metric]) -> str:
    word = next(name for name, definition in KINDS.items() if definition is kind)
    if word == "sql":
        return "an sql"
    return f"a {word}"


def _first_error(reading: Reading, metric: str) -> str | None:
    return next(
        (
            problem.message
            for problem in reading.problems
            if problem.metric == metric and problem.severity == "error" and problem.stops_metric
        ),
        None,
    )


def _broken(reading: Reading, name: str, given: Given | None) -> Broken:
    own = {spec.name for spec in specs_of(Metric)}
    read: dict[str, Any] = given.values if given else {}
    kept = {key: value for key, value in read.items() if key in own}
    formula = read.get("expr")
    is_plain = given is not None and "input_metrics" not in given.keys
    if is_plain and "components" not in kept and isinstance(formula, Formula):
        kept["components"] = (ComponentView(name="default", formula=formula),)
    return Broken(name=name, reason=_first_error(reading, name) or "", **kept)


def as_broken(metric: Metric, reason: str) -> Broken:
    """A readable metric whose references are wrong: the same keys and edges, and no value."""
    kept = {spec.name: getattr(metric, spec.name) for spec in specs_of(Metric)}
    kept["components"] = metric.views or metric.components
    return Broken(name=metric.name, reason=reason, **kept)


# the reader of the tree's own fields finds these by annotation
READERS[Table[str, Metric]] = read_metrics
READERS[tuple[Annotation, ...]] = lenient_list_of(Annotation)
READERS[tuple[Objective, ...]] = lenient_list_of(Objective)
