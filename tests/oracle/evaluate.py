"""Every metric type in slow and obvious Python: loops over rows, no SQL, one value at a time."""

import math
import statistics
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from tests.oracle.calendar import EVER, Span
from tests.oracle.world import (
    Ask,
    Row,
    Value,
    World,
    back,
    clipped,
    duration,
    elapsed,
    fillable,
    in_group,
    listed,
    passes,
    within,
)

Metric = Mapping[str, Any]

ZERO_FILLED = ("count", "count_distinct", "sum", "sum_boolean")

FORMULAS: dict[str, Callable[..., Value]] = {
    "a - b": lambda a, b: None if a is None or b is None else a - b,
    "a / b": lambda a, b: None if a is None or not b else a / b,
    "COALESCE(a, 0) + COALESCE(b, 0)": lambda a, b: (a or 0.0) + (b or 0.0),
    "a * 2": lambda a, b: None if a is None else a * 2,
}


def evaluate(world: World, name: str, ask: Ask) -> Value:
    """One metric's value for one span."""
    metric = world.metrics[name]
    return TYPES[metric.get("type", "simple")](world, metric, ask)


def own_filters(metric: Metric) -> tuple[str, ...]:
    return listed(metric.get("filter"))


def chosen_rows(world: World, metric: Metric, ask: Ask) -> list[Row]:
    """A simple metric's rows up to the cutoff, of any time."""
    events = listed(metric.get("event"))
    return [
        row
        for row in world.rows(metric["source"])
        if (not events or row["event"] in events) and passes(world, row, ask, own_filters(metric))
    ]


def simple(world: World, metric: Metric, ask: Ask) -> Value:
    rows = [row for row in chosen_rows(world, metric, ask) if within(row["at"], ask.span)]
    mine = [row for row in kept_stock(metric, rows) if in_group(row, ask)]
    value = aggregate(metric, mine) if mine else None
    if value is not None:
        return value
    fill = metric.get("fill_nulls_with", 0 if metric["agg"] in ZERO_FILLED else "none")
    return float(fill) if fill != "none" and fillable(world, metric["source"], ask) else None


def kept_stock(metric: Metric, rows: list[Row]) -> list[Row]:
    """For balances, the rows of the last (or first) value of a column, of each key.

    The last day is that of the period and the keys, not of every group of a breakdown.
    """
    stock = metric.get("non_additive_dimension")
    if stock is None:
        return rows
    edge = {"min": min, "max": max}[stock["window_agg"]]
    keys = stock.get("group_by", [])
    rows = [row for row in rows if row[stock["name"]] is not None]
    edges: dict[tuple[Any, ...], Any] = {}
    for row in rows:
        key = tuple(row[k] for k in keys)
        value = row[stock["name"]]
        edges[key] = edge(edges.get(key, value), value)
    return [row for row in rows if row[stock["name"]] == edges[tuple(row[k] for k in keys)]]


def aggregate(metric: Metric, rows: list[Row]) -> Value:
    agg: str
    agg, column = metric["agg"], metric.get("expr")
    if agg == "count":
        return float(len(rows) if column is None else len(present(rows, column)))
    if agg == "count_distinct":
        return float(len(set(present(rows, column or "user"))))
    values = present(rows, column)
    if agg == "sum_boolean":
        return float(sum(1 for value in values if value))
    return of_values(metric, sorted(map(float, values))) if values else None


def of_values(metric: Metric, values: list[float]) -> float:
    agg = metric["agg"]
    if agg == "percentile":
        share = float(metric["percentile"])
        if metric.get("percentile_type") == "discrete":
            rank = max(math.ceil(round(share * len(values), 9)), 1)
            return values[rank - 1]
        place = share * (len(values) - 1)
        low = math.floor(place)
        high = min(low + 1, len(values) - 1)
        return values[low] + (place - low) * (values[high] - values[low])
    known: dict[str, Callable[[list[float]], float]] = {
        "sum": math.fsum,
        "average": statistics.fmean,
        "min": min,
        "max": max,
        "median": statistics.median,
    }
    return known[agg](values)


def present(rows: Iterable[Row], column: Any) -> list[Any]:
    return [row[column] for row in rows if row[column] is not None]


def side(world: World, entry: Any, ask: Ask) -> Value:
    """An input: a name, or a name with a filter."""
    if isinstance(entry, str):
        return evaluate(world, entry, ask)
    return evaluate(world, entry["metric"], ask.under(*listed(entry.get("filter"))))


def ratio(world: World, metric: Metric, ask: Ask) -> Value:
    ask = ask.under(*own_filters(metric))
    top, bottom = side(world, metric["numerator"], ask), side(world, metric["denominator"], ask)
    return top / bottom if top is not None and bottom else None


def derived(world: World, metric: Metric, ask: Ask) -> Value:
    ask = ask.under(*own_filters(metric))
    values = {
        entry["alias"]: evaluate(
            world,
            entry["name"],
            ask.over(offset(world, entry, ask)).under(*listed(entry.get("filter"))),
        )
        for entry in metric["input_metrics"]
    }
    return FORMULAS[metric["expr"]](**{"a": None, "b": None} | values)


def offset(world: World, entry: Mapping[str, Any], ask: Ask) -> Span:
    calendar, (start, end) = world.calendar, ask.span
    if "offset_to_grain" in entry:
        first = calendar.first_day(calendar.day(start), entry["offset_to_grain"])
        if ask.grain in ("hour", "total"):
            return calendar.midnight(first), end
        return calendar.period(calendar.first_day(first, ask.grain), ask.grain)
    if "offset_window" not in entry:
        return ask.span
    if start < world.cutoff:
        end = min(end, world.cutoff)
    count, unit = duration(entry["offset_window"])
    steps = {"days": -count * {"day": 1, "week": 7}.get(unit, 0)}
    steps["months"] = -count if unit == "month" else 0
    day = calendar.day(start)
    if (start, end) == calendar.days(day, day):
        moved = calendar.day(calendar.move(start, **steps))
        return calendar.move(start, **steps), calendar.midnight(moved + timedelta(days=1))
    return calendar.move(start, **steps), calendar.move(end, **steps)


def cumulative(world: World, metric: Metric, ask: Ask) -> Value:
    if ask.span[0] >= world.cutoff:
        return None
    ask = ask.under(*own_filters(metric))
    values = [side(world, metric["input_metric"], ask.over(w)) for w in windows(world, metric, ask)]
    measured = [value for value in values if value is not None]
    if not measured:
        return None
    agg = metric.get("period_agg", "last")
    if agg == "average":
        return sum(measured) / len(measured)
    return measured[0 if agg == "first" else -1]


def windows(world: World, metric: Metric, ask: Ask) -> list[Span]:
    """The window of every local day of the span, up to the cutoff."""
    calendar = world.calendar
    start, end = clipped(world, ask.span)
    first, last = calendar.day(start), calendar.day(end - timedelta(microseconds=1))
    if ask.grain == "hour":
        begins = window_start(world, metric, first)
        if "window" in metric:
            count, unit = duration(metric["window"])
            shift = -count * {"day": 1, "week": 7}.get(unit, 0)
            months = -count if unit == "month" else 0
            begins = calendar.move(ask.span[1], days=shift, months=months)
        return [(begins, ask.span[1])]
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    if metric.get("period_agg", "last") == "last" and is_filled(world, metric):
        days = days[-1:]
    return [
        (window_start(world, metric, day), calendar.midnight(day + timedelta(days=1)))
        for day in days
    ]


def is_filled(world: World, metric: Metric) -> bool:
    """A filled input has a row on every day, so the last day stands for the period."""
    source = world.metrics[metric["input_metric"]]
    if source.get("type", "simple") != "simple":
        return False
    fill = source.get("fill_nulls_with", 0 if source["agg"] in ZERO_FILLED else "none")
    return bool(fill != "none")


def window_start(world: World, metric: Metric, day: date) -> datetime:
    calendar = world.calendar
    if "window" in metric:
        return calendar.midnight(back(day, metric["window"]) + timedelta(days=1))
    if "grain_to_date" in metric:
        return calendar.midnight(calendar.first_day(day, metric["grain_to_date"]))
    return EVER


def lifecycle(world: World, metric: Metric, ask: Ask) -> Value:
    source = world.metrics[metric["input_metric"]]
    now, before = lifecycle_windows(world, metric, ask)
    if metric["state"] == "churned" and now[1] > world.cutoff:
        return None
    if not fillable(world, source["source"], ask):
        return None
    rows = [
        row
        for row in chosen_rows(world, source, ask.under(*own_filters(metric)))
        if in_group(row, ask) and row[source.get("expr", "user")] is not None
    ]

    def seen(span: Span) -> set[Any]:
        return {row[source.get("expr", "user")] for row in rows if within(row["at"], span)}

    active, earlier = seen(now), seen(before)
    ever = seen((EVER, now[0]))
    states = {
        "new": active - ever,
        "retained": active & earlier,
        "resurrected": (active & ever) - earlier,
        "churned": earlier - active,
        "dormant": ever - earlier - active,
    }
    return float(len(states[metric["state"]]))


def lifecycle_windows(world: World, metric: Metric, ask: Ask) -> tuple[Span, Span]:
    calendar, (start, end) = world.calendar, ask.span
    if "window" in metric:
        last = calendar.day(clipped(world, ask.span)[1] - timedelta(microseconds=1))
        count, unit = duration(metric["window"])
        days = [
            last,
            back(last, f"{count} {unit}"),
            back(last, f"{2 * count} {unit}"),
        ]
        stop, middle, begin = (calendar.midnight(day + timedelta(days=1)) for day in days)
        return (middle, stop), (begin, middle)
    if ask.grain == "hour":
        return ask.span, (start - timedelta(hours=1), start)
    first, last = calendar.day(start), calendar.day(end - timedelta(microseconds=1))
    if ask.grain == "total":
        length = (last - first).days + 1
        return ask.span, (calendar.midnight(first - timedelta(days=length)), start)
    return ask.span, calendar.period(calendar.step(first, ask.grain, -1), ask.grain)


def conversion(world: World, metric: Metric, ask: Ask) -> Value:
    ask = ask.under(*own_filters(metric))
    base, counted = world.metrics[metric["base_metric"]], world.metrics[metric["conversion_metric"]]
    denominator = evaluate(world, metric["base_metric"], ask)
    bases = [row for row in chosen_rows(world, base, ask) if row["user"] is not None]
    values = []
    for row in chosen_rows(world, counted, Ask(ask.grain, ask.span)):
        touch = last_touch(world, metric, bases, row)
        if touch and within(touch["at"], ask.span) and in_group(touch, ask):
            values.append(row)
    found = aggregate(counted, values)
    if denominator is None:
        return None
    if metric.get("calculation", "conversion_rate") == "conversions":
        return found
    return (found or 0.0) / denominator if denominator else None


def last_touch(world: World, metric: Metric, bases: list[Row], row: Row) -> Row | None:
    """The latest base row of the same entity, on the conversion's day or within the window."""
    calendar = world.calendar
    day = calendar.day(row["at"])
    pairs = metric.get("constant_properties", [])
    found = None
    for base in bases:
        base_day = calendar.day(base["at"])
        if base["user"] != row["user"] or base_day > day:
            continue
        if "window" in metric and base_day <= back(day, metric["window"]):
            continue
        if all(alike(base[p["base_property"]], row[p["conversion_property"]]) for p in pairs):
            found = base
    return found


def alike(one: Any, other: Any) -> bool:
    return one is not None and one == other


def step_rows(world: World, metric: Metric, step: Mapping[str, Any], ask: Ask) -> list[Row]:
    events = listed(step.get("event"))
    return [
        row
        for row in world.rows(step.get("source", metric["source"]))
        if row["user"] is not None
        and (not events or row["event"] in events)
        and passes(world, row, ask, listed(step.get("filter")))
    ]


def funnel_count(world: World, metric: Metric, ask: Ask, reached: int) -> Value:
    """How many entities got to a step, counted from 1."""
    steps = metric["steps"]
    entries: dict[Any, Row] = {}
    for row in step_rows(world, metric, steps[0], ask.under(*own_filters(metric))):
        if within(row["at"], ask.span):
            entries.setdefault(row["user"], row)
    later = [step_rows(world, metric, step, Ask(ask.grain, ask.span)) for step in steps[1:reached]]
    count = 0
    for user, entry in entries.items():
        if in_group(entry, ask) and walks(user, entry, later, elapsed(metric["window"])):
            count += 1
    source = steps[0].get("source", metric["source"])
    return float(count) if count or fillable(world, source, ask) else None


def walks(user: Any, entry: Row, later: list[list[Row]], window: timedelta) -> bool:
    """Whether each step has an earliest row at or after the one before that passed no other step."""
    passed = [entry]
    for rows in later:
        ahead = [
            row
            for row in rows
            if row["user"] == user
            and row["at"] >= passed[-1]["at"]
            and not any(row is other for other in passed)
        ]
        # of one instant the first in the order of rows
        chosen = min(ahead, key=lambda row: row["at"], default=None)
        if chosen is None or chosen["at"] > entry["at"] + window:
            return False
        passed.append(chosen)
    return True


def funnel(world: World, metric: Metric, ask: Ask) -> Value:
    step = metric.get("step", len(metric["steps"]))
    count = funnel_count(world, metric, ask, step)
    if metric.get("calculation", "conversion_rate") == "count":
        return count
    other = 1 if metric.get("of", "first") == "first" else max(step - 1, 1)
    whole = funnel_count(world, metric, ask, other)
    return (count or 0.0) / whole if whole else None


def named_rows(world: World, metric: Metric, key: str, ask: Ask) -> list[Row]:
    """The rows of events or metrics that a retention names."""
    found = []
    for name in listed(metric[key]):
        entry = world.metrics.get(name) or {"source": metric["source"], "event": name}
        found += [row for row in chosen_rows(world, entry, ask) if row["user"] is not None]
    return sorted(found, key=lambda row: row["at"])


def retention_members(world: World, metric: Metric, ask: Ask) -> dict[Any, Row]:
    """The cohort of a span: each member's start."""
    members: dict[Any, Row] = {}
    for row in named_rows(world, metric, "start", ask.under(*own_filters(metric))):
        if within(row["at"], ask.span) or not metric.get("recurring"):
            members.setdefault(row["user"], row)
    return {
        user: row
        for user, row in members.items()
        if within(row["at"], ask.span) and in_group(row, ask)
    }


def returning(metric: Metric) -> tuple[list[list[int]], bool]:
    offset_unit = metric.get("offset", 1)
    return metric.get("brackets", [[offset_unit, offset_unit]]), (
        metric.get("criteria", "on") == "on_or_after"
    )


def is_settled(world: World, metric: Metric, start: Row) -> bool:
    """Whether the last unit to come back in is over at the cutoff."""
    brackets, or_after = returning(metric)
    last = min(low for low, _ in brackets) if or_after else max(high for _, high in brackets)
    calendar, unit = world.calendar, metric.get("unit", "day")
    now = calendar.unit(calendar.day(world.cutoff), unit)
    return calendar.unit(calendar.day(start["at"]), unit) + last < now


def came_back(world: World, metric: Metric, start: Row, returns: list[Row]) -> bool:
    brackets, or_after = returning(metric)
    calendar, unit = world.calendar, metric.get("unit", "day")
    begun = calendar.unit(calendar.day(start["at"]), unit)
    for row in returns:
        if row["user"] != start["user"] or row["at"] < start["at"]:
            continue
        ahead = calendar.unit(calendar.day(row["at"]), unit) - begun
        if or_after and ahead >= min(low for low, _ in brackets):
            return True
        if not or_after and any(low <= ahead <= high for low, high in brackets):
            return True
    return False


def retention(world: World, metric: Metric, ask: Ask) -> Value:
    members = [
        start
        for start in retention_members(world, metric, ask).values()
        if is_settled(world, metric, start)
    ]
    returns = named_rows(world, metric, "return", Ask(ask.grain, ask.span))
    back_again = [start for start in members if came_back(world, metric, start, returns)]
    return len(back_again) / len(members) if members else None


def sessions(world: World, metric: Metric, ask: Ask) -> Value:
    rows = [row for row in chosen_rows(world, metric, ask) if row["user"] is not None]
    gap = elapsed(metric["gap"])
    found: list[list[Row]] = []
    for user in sorted({row["user"] for row in rows}):
        last = None
        for row in (row for row in rows if row["user"] == user):
            if last is None or row["at"] - last > gap:
                found.append([])
            found[-1].append(row)
            last = row["at"]
    mine = [s for s in found if within(s[0]["at"], ask.span) and in_group(s[0], ask)]
    calculation = metric.get("calculation", "count")
    if calculation == "count":
        known = mine or fillable(world, metric["source"], ask)
        return float(len(mine)) if known else None
    if not mine:
        return None
    if calculation == "average_duration":
        lengths = [(s[-1]["at"] - s[0]["at"]).total_seconds() for s in mine]
        return math.fsum(lengths) / len(mine)
    if calculation == "bounce_rate":
        return sum(1 for s in mine if len(s) == 1) / len(mine)
    return len(mine) / len({s[0]["user"] for s in mine})


def sql(world: World, metric: Metric, ask: Ask) -> Value:
    """The trees' SELECT gives every row's `amount` as the value of its time."""
    days: dict[date, float] = {}
    agg = metric.get("period_agg", "sum")
    for row in chosen_rows(world, {**metric, "source": "events"}, ask):
        if within(row["at"], ask.span) and in_group(row, ask) and row["amount"] is not None:
            day = world.calendar.day(row["at"])
            days[day] = days.get(day, 0.0) + row["amount"]
    if not days:
        return None
    if agg == "last":
        return days[max(days)]
    count = len(days) if agg == "average" else 1
    return sum(days.values()) / count


def is_immature(world: World, name: str, ask: Ask) -> bool:
    """Whether what was counted in the span may still grow after the cutoff."""
    metric = world.metrics[name]
    if ask.span[0] >= world.cutoff:
        return False
    if metric["type"] == "conversion":
        return "window" in metric and may_convert(world, metric, ask)
    if metric["type"] == "funnel":
        step = metric.get("step", len(metric["steps"]))
        return step > 1 and clipped(world, ask.span)[1] + elapsed(metric["window"]) > world.cutoff
    members = retention_members(world, metric, ask).values()
    return not all(is_settled(world, metric, start) for start in members)


def may_convert(world: World, metric: Metric, ask: Ask) -> bool:
    """Whether a day that is not over can still hold a conversion of the span's last base day."""
    calendar = world.calendar
    base_day = calendar.day(clipped(world, ask.span)[1] - timedelta(microseconds=1))
    for ahead in range(70):
        day = base_day + timedelta(days=ahead)
        is_over = calendar.midnight(day + timedelta(days=1)) <= world.cutoff
        if base_day > back(day, metric["window"]) and not is_over:
            return True
    return False


def is_partial(world: World, source: str, ask: Ask) -> bool:
    """Whether a span is not over, or began more than a day before the source's first event."""
    start, end = ask.span
    if start >= world.cutoff:
        return False
    firsts = [row["at"] for row in world.sources[source]]
    begun = bool(firsts) and start < world.calendar.move(min(firsts), days=-1)
    return end > world.cutoff or begun


TYPES: dict[str, Callable[[World, Metric, Ask], Value]] = {
    "simple": simple,
    "ratio": ratio,
    "derived": derived,
    "cumulative": cumulative,
    "lifecycle": lifecycle,
    "conversion": conversion,
    "funnel": funnel,
    "retention": retention,
    "sessions": sessions,
    "sql": sql,
}
