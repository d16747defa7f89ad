"""Rules over the keys of one mapping: what must stand together, and what cannot."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

from metric_tui.definitions.aggregations import AGGREGATIONS
from metric_tui.definitions.edges import (
    Guardrail,
    KeyResult,
    Level,
    Lever,
    MetricInput,
    Target,
)
from metric_tui.definitions.kinds.conversion import Conversion
from metric_tui.definitions.kinds.cumulative import Cumulative
from metric_tui.definitions.kinds.derived import Derived
from metric_tui.definitions.kinds.funnel import Funnel, FunnelStep
from metric_tui.definitions.kinds.lifecycle import Lifecycle
from metric_tui.definitions.kinds.ratio import Ratio
from metric_tui.definitions.kinds.retention import Retention
from metric_tui.definitions.kinds.simple import Simple
from metric_tui.definitions.sources import Dimension, Source
from metric_tui.definitions.tree import MetricTree, Settings
from metric_tui.loading.given import Given
from metric_tui.loading.nodes import Mapping, solid
from metric_tui.loading.reading import Reading

Rule = Callable[[Reading, Given], None]


def _exclusive(first: str, second: str) -> Rule:
    """A rule that two keys cannot stand together."""

    def rule(reading: Reading, given: Given) -> None:
        if first in given.nodes and second in given.nodes:
            message = f"{given.called} cannot have both `{first}` and `{second}`"
            reading.report("key-conflict", message, given.keys[second], hint="keep one of them")

    return rule


def table_or_sql(reading: Reading, given: Given) -> None:
    """A source has exactly one of the two."""
    if "table" not in given.keys and "sql" not in given.keys:
        reading.report("missing-key", f"{given.called} needs `table` or `sql`", given.spot)


def aggregation_has_value(reading: Reading, given: Given) -> None:
    """All aggregations but the counts read `expr`."""
    aggregation = AGGREGATIONS.get(given.value("agg") or "")
    if aggregation and aggregation.takes == "a value" and "expr" not in given.keys:
        message = f"`agg: {aggregation.name}` needs `expr`: what is aggregated"
        reading.report("missing-key", message, given.spot)


def percentile_fits(reading: Reading, given: Given) -> None:
    """`percentile` stands with its aggregation, from 0 to 1."""
    agg, rank = given.value("agg"), given.value("percentile")
    if agg == "percentile" and "percentile" not in given.keys:
        reading.report(
            "missing-key", "`agg: percentile` needs `percentile`: a number from 0 to 1", given.spot
        )
    if agg is not None and agg != "percentile":
        for key in ("percentile", "percentile_type"):
            if key in given.nodes:
                message = f"`{key}` says nothing beside `agg: {agg}`"
                reading.report("key-conflict", message, given.keys[key])
    if rank is not None and not 0 <= rank <= 1:
        hint = f"write `{rank / 100:g}`" if 1 < rank <= 100 else None
        place = given.place("percentile")
        reading.report("bad-value", "`percentile` must be from 0 to 1", place, hint=hint)


def window_is_days(reading: Reading, given: Given) -> None:
    """A conversion's window is counted in whole local days."""
    window = given.value("window")
    if window is not None and not (window.days or window.months):
        reading.report(
            "bad-duration",
            "the window of a conversion is counted in whole days",
            given.place("window"),
            hint="a funnel's window may be hours or minutes",
        )


def steps_fit(reading: Reading, given: Given) -> None:
    """A funnel has two steps or more, and measures one of them."""
    steps, step = given.value("steps"), given.value("step")
    if steps is not None and len(steps) < 2:
        reading.report("bad-value", "a funnel needs two steps or more", given.place("steps"))
    elif steps is not None and step is not None and not 1 <= step <= len(steps):
        message = f"`step` must be from 1 to {len(steps)}, the number of steps"
        reading.report("bad-value", message, given.place("step"))


def step_says_something(reading: Reading, given: Given) -> None:
    """A step is an event, a list of events, a metric, or a filter alone."""
    if not {"event", "metric", "filter"} & set(given.nodes):
        reading.report("missing-key", "a step needs `event`, `metric` or `filter`", given.spot)
    for key in ("event", "source"):
        if key in given.nodes and "metric" in given.nodes:
            message = f"`{key}` says nothing beside `metric`, which brings its own"
            reading.report("key-conflict", message, given.keys[key], hint="keep one of them")


def offset_fits(reading: Reading, given: Given) -> None:
    """An offset is 0 or more; brackets ascend."""
    if (given.value("offset") or 0) < 0:
        reading.report("bad-value", "`offset` must be 0 or more", given.place("offset"))
    before = -1
    for first, last in given.value("brackets") or ():
        if first < 0 or last < first or first <= before:
            message = "brackets must ascend, each from a first to a last unit: `[[7, 13]]`"
            reading.report("bad-value", message, given.place("brackets"))
            return
        before = last


def buckets_ascend(reading: Reading, given: Given) -> None:
    """The upper bounds of buckets grow."""
    bounds = given.value("buckets") or ()
    if any(low >= high for low, high in pairwise(bounds)):
        reading.report("bad-value", "`buckets` must ascend", given.place("buckets"))


def target_fits(reading: Reading, given: Given) -> None:
    """A target ends after it begins; `lower` is a share."""
    since, by, lower = given.value("since"), given.value("by"), given.value("lower")
    if since is not None and by is not None and by <= since:
        reading.report("bad-value", "`by` must be later than `from`", given.place("by"))
    if lower is not None and not 0 < lower <= 1:
        message = "`lower` must be a share of the target, above 0 and at most 1"
        reading.report("bad-value", message, given.place("lower"))


def bounds_leave_room(reading: Reading, given: Given) -> None:
    """A guardrail's `min` lies below its `max`."""
    low, high = given.value("min"), given.value("max")
    if low is not None and high is not None and low >= high:
        reading.report("bad-value", "`min` must be less than `max`", given.place("min"))


def change_is_known(reading: Reading, given: Given) -> None:
    """A lever is moved by a share, by an amount, to a value, or to a segment's level."""
    text = given.value("change")
    if text is None or Level.parse(text) is not None:
        return
    number = text[1:].removesuffix("%").replace(",", "").replace("_", "").strip()
    is_number = number.replace(".", "", 1).isdigit()
    if text[:1] not in ("+", "-", "=") or not is_number or text[:1] + text[-1:] == "=%":
        message = "`change` must be like `+10%`, `-200`, `=0.35` or `@platform:ios`"
        reading.report("bad-value", message, given.place("change"))


def grain_is_a_period(reading: Reading, given: Given) -> None:
    """What is looked at by period has no grain `total`."""
    if given.value("grain") == "total":
        choices = "hour, day, week, month, quarter, year"
        place = given.place("grain")
        reading.report(
            "unknown-value", "`grain` cannot be `total`", place, hint=f"it is one of {choices}"
        )


def version_is_one(reading: Reading, given: Given) -> None:
    """Only version 1 of the language is known."""
    version = given.value("version")
    if version is not None and version != 1:
        message = f"the file is in version {version} of the language, and only version 1 is known"
        reading.report("bad-version", message, given.place("version"), hint="write `version: 1`")


def _plain_inputs(*names: str) -> Rule:
    """A rule that inputs have no keys but `metric` and `filter`."""

    def rule(reading: Reading, given: Given) -> None:
        for name in names:
            node = given.nodes.get(name)
            found = solid(node) if node is not None else None
            for key, _ in found.entries if isinstance(found, Mapping) else ():
                if key.text in ("alias", "offset_window", "offset_to_grain"):
                    reading.report(
                        "unknown-key",
                        f"`{name}` has no key `{key.text}`",
                        key,
                        hint="a derived metric's `input_metrics` take it",
                    )

    return rule


def slots_are_distinct(reading: Reading, given: Given) -> None:
    """Each input of a derived metric has a name of its own that `expr` uses."""
    inputs: tuple[Any, ...] = given.value("input_metrics") or ()
    formula = given.value("expr")
    seen: set[str] = set()
    for entry in inputs:
        place = given.place("input_metrics")
        if entry.slot in seen:
            message = f"two inputs are named `{entry.slot}`"
            reading.report("key-conflict", message, place, hint="give one of them an `alias`")
        elif formula is not None and entry.slot not in formula.names:
            message = f"`expr` does not use the input `{entry.slot}`"
            reading.report("unused-input", message, place, severity="warning")
        seen.add(entry.slot)


def sides_differ(reading: Reading, given: Given) -> None:
    """A key result goes from one value to another."""
    start, goal = given.value("start"), given.value("goal")
    if start is not None and start == goal:
        reading.report("bad-value", "`to` must differ from `from`", given.place("goal"))


RULES: dict[type, tuple[Rule, ...]] = {
    MetricTree: (version_is_one,),
    Settings: (grain_is_a_period,),
    Source: (table_or_sql, _exclusive("table", "sql")),
    Dimension: (buckets_ascend,),
    Simple: (aggregation_has_value, percentile_fits),
    Ratio: (_plain_inputs("numerator", "denominator"),),
    Derived: (slots_are_distinct,),
    MetricInput: (_exclusive("offset_window", "offset_to_grain"),),
    Cumulative: (_exclusive("window", "grain_to_date"), _plain_inputs("input_metric")),
    Conversion: (window_is_days, _plain_inputs("base_metric", "conversion_metric")),
    Funnel: (steps_fit,),
    FunnelStep: (step_says_something,),
    Retention: (_exclusive("offset", "brackets"), offset_fits),
    Lifecycle: (_plain_inputs("input_metric"),),
    Target: (target_fits,),
    Guardrail: (bounds_leave_room,),
    KeyResult: (sides_differ, grain_is_a_period),
    Lever: (change_is_known,),
}
"""The rules of each definition class, run on what could be read."""
