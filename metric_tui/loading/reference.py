"""The README's reference of the language: Markdown tables made from the definition classes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from collections.abc import Mapping as Table
from datetime import date, datetime
from types import NoneType
from typing import Any, Literal, get_args, get_origin

from metric_tui.base.formulas import FUNCTIONS as FORMULA_FUNCTIONS
from metric_tui.base.formulas import Formula
from metric_tui.base.periods import Duration, Lag
from metric_tui.definitions.aggregations import AGGREGATIONS
from metric_tui.definitions.edges import (
    EDGE_MARKS,
    Annotation,
    ComponentView,
    Guardrail,
    Influence,
    KeyResult,
    Lever,
    MetricInput,
    Objective,
    Percent,
    Scenario,
    Target,
)
from metric_tui.definitions.fragments import FUNCTIONS, Fragment
from metric_tui.definitions.kinds import KINDS
from metric_tui.definitions.kinds.conversion import ConstantProperty
from metric_tui.definitions.kinds.funnel import FunnelStep
from metric_tui.definitions.kinds.simple import NonAdditiveDimension
from metric_tui.definitions.metric import Metric
from metric_tui.definitions.sources import Dimension, Source
from metric_tui.definitions.tree import MetricTree, Settings, TreeRoot
from metric_tui.loading.codes import DATA_WARNINGS, ERRORS, WARNINGS, Advice
from metric_tui.loading.specs import Spec, shorthand_of, specs_of

_WORDS: dict[Any, str] = {
    str: "text",
    int: "whole number",
    float: "number",
    Percent: "share such as `10%`",
    bool: "true or false",
    date: "date",
    datetime: "time",
    Duration: "duration",
    Lag: "duration",
    Fragment: "SQL",
    Formula: "formula",
    Any: "anything",
    ComponentView: "formula, or views",
    Metric: "metric",
}

_EDGES = {
    "components": ("exact", "arithmetic over drivers that gives the metric; checked on the data"),
    "influences": ("believed", "measured by correlation at its lag, never called a cause"),
    "guardrails": ("counter-metric", "what must not get worse while the metric gets better"),
}

_PARTS: tuple[tuple[str, type], ...] = (
    ("Settings", Settings),
    ("Source", Source),
    ("Dimension", Dimension),
    ("Tree", TreeRoot),
    ("Target", Target),
    ("Influence", Influence),
    ("Guardrail", Guardrail),
    ("Input", MetricInput),
    ("Non-additive dimension", NonAdditiveDimension),
    ("Constant property", ConstantProperty),
    ("Funnel step", FunnelStep),
    ("Annotation", Annotation),
    ("Objective", Objective),
    ("Key result", KeyResult),
    ("Scenario", Scenario),
    ("Lever", Lever),
)
_TITLES: dict[Any, str] = {definition: title.lower() for title, definition in _PARTS}


def reference() -> str:
    """The whole reference, level 3 headings, ending in a line break."""
    sections = [
        ("File", key_table(specs_of(MetricTree))),
        *((title, key_table(specs_of(entry))) for title, entry in _PARTS[:4]),
        ("Metric types", kinds_table()),
        ("Keys of every metric", key_table(specs_of(Metric))),
        *((f"Keys of a metric with `type: {word}`", _own_keys(word)) for word in KINDS),
        ("Aggregations", aggregations_table()),
        ("Edges", edges_table()),
        *((title, key_table(specs_of(entry))) for title, entry in _PARTS[4:]),
        ("Functions", functions_table()),
        ("Errors", codes_table(ERRORS)),
        ("Warnings", advice_table(WARNINGS)),
        ("Warnings of `check --data`", advice_table(DATA_WARNINGS)),
    ]
    return "\n".join(f"### {title}\n\n{table}" for title, table in sections)


def kinds_table() -> str:
    """The metric types and what each is."""
    return _table(("type", "is"), ((f"`{word}`", kind.summary) for word, kind in KINDS.items()))


def _own_keys(word: str) -> str:
    shared = {spec.name for spec in specs_of(Metric)}
    return key_table([spec for spec in specs_of(KINDS[word]) if spec.name not in shared])


def key_table(specs: Sequence[Spec]) -> str:
    """Keys with what they take; a required one is marked."""
    return _table(("key", "takes", "says"), map(_key_row, specs))


def _key_row(spec: Spec) -> tuple[str, str, str]:
    key = f"`{spec.key}`" + "".join(f" or `{word}`" for word in spec.also)
    needed = " (required)" if spec.is_required else ""
    return key + needed, words_of(spec.annotation), spec.help


def words_of(annotation: Any) -> str:
    """What a key takes, in a few words."""
    if annotation in _WORDS:
        return _WORDS[annotation]
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Literal:
        return ", ".join(f"`{word}`" for word in arguments)
    if origin is tuple:
        return _list_words(arguments)
    if origin is Table:
        return f"mapping: name to {words_of(arguments[1])}"
    if arguments:
        return " or ".join(words_of(kind) for kind in arguments if kind is not NoneType)
    return _part_words(annotation)


def _list_words(arguments: tuple[Any, ...]) -> str:
    if arguments[0] is ComponentView:
        return _WORDS[ComponentView]
    if arguments[-1] is not Ellipsis:
        return "[" + ", ".join(words_of(kind) for kind in arguments) + "]"
    if get_origin(arguments[0]) is tuple:
        return f"list of {words_of(arguments[0])}"
    is_single = arguments[0] in _WORDS or shorthand_of(arguments[0]) is not None
    return (
        f"{words_of(arguments[0])}, or a list" if is_single else f"list: {words_of(arguments[0])}"
    )


def _part_words(definition: Any) -> str:
    title = _TITLES[definition]
    short = shorthand_of(definition)
    if short is None:
        return title
    return f"{title}, or its `{short.key}` alone"


def aggregations_table() -> str:
    """The words of `agg`."""
    rows = (
        (f"`{entry.name}`", entry.summary, entry.takes, "0" if entry.fills_with_zero else "null")
        for entry in AGGREGATIONS.values()
    )
    return _table(("agg", "is", "`expr` takes", "a period without rows"), rows)


def edges_table() -> str:
    """How metrics hang together."""
    rows = (
        (f"`{key}`", *_EDGES[key][:1], f"`{EDGE_MARKS[key]}`", _EDGES[key][1]) for key in EDGE_MARKS
    )
    return _table(("key", "kind", "shown as", "means"), rows)


def functions_table() -> str:
    """The functions of formulas and of SQL expressions."""
    special = (
        "CASE",
        "CAST",
        "EXTRACT",
        "DATE",
        "STRFTIME",
        "UNIXEPOCH",
        "JULIANDAY",
        "JSON_EXTRACT",
    )
    rows = (
        ("formulas over metrics", ", ".join(FORMULA_FUNCTIONS)),
        ("SQL expressions", ", ".join((*FUNCTIONS, *special))),
    )
    return _table(("in", "functions"), rows)


def codes_table(codes: Table[str, str]) -> str:
    """Codes of problems with what they say."""
    return _table(("code", "says"), ((f"`{code}`", text) for code, text in codes.items()))


def advice_table(codes: Table[str, Advice]) -> str:
    """Codes of warnings with what they say, and why."""
    return _table(
        ("code", "says", "because"), ((f"`{code}`", *text) for code, text in codes.items())
    )


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [_row(heads), "|" + "---|" * len(heads), *(_row(row) for row in rows)]
    return "\n".join(lines) + "\n"


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
