"""Small random stores, trees with a metric of every type, and questions."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from metric_tui.base.periods import Grain
from metric_tui.definitions.asks import Condition
from metric_tui.planning.question import Question
from tests.oracle.calendar import LocalCalendar
from tests.oracle.world import Keep, Row, World, last_covered

FIRST_DAYS: dict[str, tuple[date, ...]] = {
    "UTC": (date(2026, 2, 10),),
    "Europe/Lisbon": (date(2026, 3, 14), date(2026, 10, 12)),
    "America/New_York": (date(2026, 2, 24), date(2026, 10, 20)),
}
"""Stores begin two weeks before the clocks change."""

DAYS = 45
CLOCKS = ((0, 0), (0, 30), (1, 0), (1, 30), (2, 15), (3, 0), (5, 0), (12, 0), (12, 29), (23, 59))
FORMS = ("iso", "space", "seconds", "milliseconds", "offset", "native")
DATE_FORMS = ("dates", "native_dates")
"""Drawn in UTC alone: between dates a day has 24 hours, whatever the clocks did."""

KEEPS: dict[str, Keep] = {
    "platform = 'ios'": lambda row: row["platform"] == "ios",
    "NOT platform = 'web'": lambda row: row["platform"] not in (None, "web"),
    "amount > 1": lambda row: row["amount"] is not None and row["amount"] > 1,
    "flag = 1 OR platform IS NULL": lambda row: row["flag"] == 1 or row["platform"] is None,
}

WHERES: dict[Condition | None, Keep] = {
    None: lambda row: True,
    Condition(dimension="platform", operator="=", choices=("ios",)): (
        lambda row: row["platform"] == "ios"
    ),
    Condition(dimension="platform", operator="!=", choices=("ios",)): (
        lambda row: row["platform"] not in (None, "ios")
    ),
    Condition(dimension="platform", operator="=", choices=(None,)): (
        lambda row: row["platform"] is None
    ),
    Condition(dimension="user__country", operator="=", choices=("pt", "us")): (
        lambda row: row["user__country"] is not None
    ),
    Condition(dimension="amount_group", operator="!=", choices=("0-0", None)): (
        lambda row: row["amount_group"] not in ("0-0", None)
    ),
}

BREAKDOWNS: tuple[tuple[str, ...], ...] = ((), ("platform",), ("user__country",), ("amount_group",))

COLUMNS = ("at", "event", "user", "platform", "amount", "flag", "level")

SELECT = 'SELECT "at" AS day, platform, amount AS value FROM events'


@dataclass(frozen=True)
class Store:
    """Rows by table; `at` is an aware instant, written in `form`."""

    zone: str
    form: str
    sunday_weeks: bool
    rows: Mapping[str, list[Row]]
    countries: Mapping[str, str | None]
    """Of each person; a person who is not there has none."""

    @property
    def instants(self) -> list[datetime]:
        return sorted(row["at"] for rows in self.rows.values() for row in rows)

    @property
    def holds_days(self) -> bool:
        return self.form in DATE_FORMS

    @property
    def last(self) -> datetime:
        """The last second that the last event of a source covers."""
        ends = [
            last_covered([row["at"] for row in rows], self.calendar, holds_days=self.holds_days)
            for rows in self.rows.values()
        ]
        return max(end for end in ends if end is not None)

    @property
    def calendar(self) -> LocalCalendar:
        return LocalCalendar(ZoneInfo(self.zone), self.sunday_weeks)

    def where(self, keep: Keep) -> "Store":
        return replace(
            self, rows={name: [r for r in rows if keep(r)] for name, rows in self.rows.items()}
        )


def instants(zone: str, first: date) -> st.SearchStrategy[datetime]:
    """Moments on the local clock; those that do not exist are moved, both of two are drawn."""

    def at(days: int, clock: tuple[int, int], fold: int) -> datetime:
        day = first + timedelta(days=days)
        local = datetime(day.year, day.month, day.day, *clock, tzinfo=ZoneInfo(zone), fold=fold)
        return local.astimezone(UTC)

    return st.builds(
        at,
        st.integers(0, DAYS),
        st.sampled_from(CLOCKS),
        st.integers(0, 1),
    )


def rows_of(zone: str, first: date, events: tuple[str, ...]) -> st.SearchStrategy[Row]:
    return st.fixed_dictionaries(
        {
            "at": instants(zone, first),
            "event": st.sampled_from(events),
            "user": st.sampled_from(("ann", "bob", "cleo", "dan", None)),
            "platform": st.sampled_from(("ios", "web", None)),
            "amount": st.sampled_from((0.0, 1.0, 2.5, 4.0, None)),
            "flag": st.sampled_from((0, 1, None)),
            "level": st.sampled_from((1, 2, 3, None)),
        }
    )


@st.composite
def stores(draw: st.DrawFn) -> Store:
    zone = draw(st.sampled_from(tuple(FIRST_DAYS)))
    first = draw(st.sampled_from(FIRST_DAYS[zone]))
    events = st.lists(rows_of(zone, first, ("visit", "cart", "buy")), min_size=1, max_size=30)
    orders = st.lists(rows_of(zone, first, ("order", "refund")), max_size=10)
    countries = draw(
        st.fixed_dictionaries({"ann": COUNTRIES, "bob": COUNTRIES}, optional={"cleo": COUNTRIES})
    )
    form = draw(st.sampled_from(FORMS + (DATE_FORMS if zone == "UTC" else ())))
    return Store(
        zone=zone,
        form=form,
        sunday_weeks=draw(st.booleans()),
        rows={
            name: [with_dimensions(row, form, countries) for row in draw(rows)]
            for name, rows in (("events", events), ("orders", orders))
        },
        countries=countries,
    )


COUNTRIES = st.sampled_from(("pt", "us", None))


def with_dimensions(row: Row, form: str, countries: Mapping[str, str | None]) -> Row:
    """What a tree reaches by joining the people, and by buckets of the amount."""
    at = row["at"].replace(hour=0, minute=0) if form in DATE_FORMS else row["at"]
    amount = row["amount"]
    labels = ((0, "0-0"), (1, "1-1"), (3, "2-3"), (math.inf, "4+"))
    group = None if amount is None else next(name for most, name in labels if amount <= most)
    return {**row, "at": at, "user__country": countries.get(row["user"]), "amount_group": group}


def written(instant: datetime, form: str) -> str | int:
    if form == "iso":
        return instant.strftime("%Y-%m-%dT%H:%M:%SZ")
    if form in ("space", "native"):
        return instant.strftime("%Y-%m-%d %H:%M:%S")
    if form == "offset":
        return instant.astimezone(timezone(timedelta(hours=2))).strftime("%Y-%m-%dT%H:%M:%S+02:00")
    if form in DATE_FORMS:
        return instant.strftime("%Y-%m-%d")
    return int(instant.timestamp()) * (1000 if form == "milliseconds" else 1)


def maybe(**choices: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional=choices)


FILTERS = st.sampled_from(tuple(KEEPS))
WINDOWS = st.sampled_from(("1 day", "2 days", "7 days", "2 weeks", "1 month"))
ELAPSED = st.sampled_from(("30 minutes", "6 hours", "1 day", "7 days"))
EVENTS = st.sampled_from(("visit", "cart", "buy", ["visit", "buy"], ["cart", "buy"]))
SOURCES = st.sampled_from(("events", "orders"))


@st.composite
def simples(draw: st.DrawFn, *aggregations: str) -> dict[str, Any]:
    agg = draw(st.sampled_from(aggregations))
    found: dict[str, Any] = {"agg": agg, "source": draw(SOURCES)}
    found |= draw(maybe(filter=FILTERS))
    if found["source"] == "events":
        found |= draw(maybe(event=EVENTS))
    if agg == "count":
        found |= draw(maybe(expr=st.just("amount")))
    elif agg == "count_distinct":
        found |= draw(maybe(expr=st.sampled_from(("platform", "user"))))
    else:
        found["expr"] = "flag" if agg == "sum_boolean" else "amount"
    if agg == "percentile":
        found["percentile"] = draw(st.sampled_from((0.1, 0.5, 0.75, 0.9)))
        found["percentile_type"] = draw(st.sampled_from(("continuous", "discrete")))
    return found | draw(maybe(fill_nulls_with=st.sampled_from(("none", 0))))


COUNTS = simples("count", "count_distinct", "sum", "sum_boolean")
ANY_SIMPLE = simples(
    "count", "count_distinct", "sum", "average", "min", "max", "median", "percentile", "sum_boolean"
)


@st.composite
def metrics(draw: st.DrawFn) -> dict[str, Any]:
    """One tree's metrics: some simple ones, then every other type over them."""
    found = {f"simple_{n}": draw(ANY_SIMPLE) for n in range(3)}
    found["stock"] = draw(stocks())
    found["users"] = {"agg": "count_distinct", "source": "events"} | draw(
        maybe(event=EVENTS, filter=FILTERS)
    )
    found["visits"] = {"agg": "count", "source": "events", "event": "visit"}
    found["buys"] = {"agg": draw(st.sampled_from(("count", "count_distinct"))), "source": "events"}
    found["buys"] |= {"event": "buy"} | draw(maybe(filter=FILTERS))
    found["orders"] = {"agg": "count", "source": "orders"}
    found["ratio"] = draw(ratios())
    found["derived"] = draw(deriveds())
    found["rolling"] = draw(cumulatives())
    for state in ("new", "retained", "resurrected", "churned", "dormant"):
        found[state] = {"type": "lifecycle", "input_metric": "users", "state": state}
    found["rolling_state"] = draw(rolling_states())
    found["conversion"] = draw(conversions())
    found["funnel"] = draw(funnels())
    found["retention"] = draw(retentions())
    found["sessions"] = draw(session_metrics())
    found["own"] = {"type": "sql", "sql": SELECT} | draw(
        maybe(period_agg=st.sampled_from(("sum", "last", "average")))
    )
    return found


NAMES = st.sampled_from(("simple_0", "simple_1", "simple_2", "users", "visits", "orders"))


@st.composite
def stocks(draw: st.DrawFn) -> dict[str, Any]:
    stock = {"name": "level", "window_agg": draw(st.sampled_from(("min", "max")))}
    stock |= draw(maybe(group_by=st.sampled_from((["user"], ["user", "platform"]))))
    return draw(simples("sum", "average")) | {"non_additive_dimension": stock}


@st.composite
def ratios(draw: st.DrawFn) -> dict[str, Any]:
    top: Any = draw(NAMES)
    if draw(st.booleans()):
        top = {"metric": top, "filter": draw(FILTERS)}
    found = {"type": "ratio", "numerator": top, "denominator": draw(NAMES)}
    return found | draw(maybe(filter=FILTERS))


@st.composite
def deriveds(draw: st.DrawFn) -> dict[str, Any]:
    expr = draw(st.sampled_from(("a - b", "a / b", "COALESCE(a, 0) + COALESCE(b, 0)")))
    shifted = draw(
        st.one_of(
            maybe(offset_window=st.sampled_from(("1 day", "5 days", "2 weeks"))),
            maybe(offset_to_grain=st.sampled_from(("month", "quarter", "year"))),
        )
    )
    inputs = [{"name": draw(NAMES), "alias": "a"}, {"name": draw(NAMES), "alias": "b"} | shifted]
    return {"type": "derived", "expr": expr, "input_metrics": inputs} | draw(maybe(filter=FILTERS))


@st.composite
def cumulatives(draw: st.DrawFn) -> dict[str, Any]:
    found = {"type": "cumulative", "input_metric": draw(NAMES)}
    reach: st.SearchStrategy[dict[str, Any]] = st.one_of(
        st.fixed_dictionaries({"window": WINDOWS}),
        st.fixed_dictionaries({"grain_to_date": st.sampled_from(("week", "month", "year"))}),
        st.just({}),
    )
    return found | draw(reach) | draw(maybe(period_agg=st.sampled_from(("first", "average"))))


@st.composite
def rolling_states(draw: st.DrawFn) -> dict[str, Any]:
    state = draw(st.sampled_from(("new", "retained", "resurrected", "churned", "dormant")))
    found = {"type": "lifecycle", "input_metric": "users", "state": state, "window": draw(WINDOWS)}
    return found | draw(maybe(filter=FILTERS))


@st.composite
def conversions(draw: st.DrawFn) -> dict[str, Any]:
    found = {
        "type": "conversion",
        "entity": "user",
        "base_metric": draw(st.sampled_from(("visits", "users", "orders"))),
        "conversion_metric": draw(st.sampled_from(("buys", "orders"))),
    }
    pair = {"base_property": "platform", "conversion_property": "platform"}
    return found | draw(
        maybe(
            window=WINDOWS,
            filter=FILTERS,
            calculation=st.just("conversions"),
            constant_properties=st.just([pair]),
        )
    )


@st.composite
def funnels(draw: st.DrawFn) -> dict[str, Any]:
    step = st.fixed_dictionaries({"event": EVENTS}, optional={"filter": FILTERS})
    bare = st.fixed_dictionaries({"filter": FILTERS})
    steps = draw(st.lists(st.one_of(step, step, bare), min_size=2, max_size=4))
    if draw(st.booleans()):
        steps.append({"event": "order", "source": "orders"})
    found = {
        "type": "funnel",
        "source": "events",
        "entity": "user",
        "steps": steps,
        "window": draw(ELAPSED),
    }
    return found | draw(
        maybe(
            step=st.integers(1, len(steps)),
            calculation=st.just("count"),
            of=st.just("previous"),
            filter=FILTERS,
        )
    )


@st.composite
def retentions(draw: st.DrawFn) -> dict[str, Any]:
    found = {
        "type": "retention",
        "source": "events",
        "entity": "user",
        "start": draw(st.sampled_from(("visit", ["visit", "cart"], ["buys", "cart"]))),
        "return": draw(st.sampled_from(("buy", ["visit", "buy"], ["orders", "cart"]))),
    }
    reach: st.SearchStrategy[dict[str, Any]] = st.one_of(
        maybe(offset=st.integers(0, 3)),
        st.fixed_dictionaries(
            {"brackets": st.sampled_from(([[1, 3]], [[0, 2]], [[1, 1], [3, 9]], [[7, 13]]))}
        ),
    )
    more = maybe(
        unit=st.sampled_from(("day", "week", "month")),
        criteria=st.just("on_or_after"),
        recurring=st.just(True),
        filter=FILTERS,
    )
    return {**found, **draw(reach), **draw(more)}


@st.composite
def session_metrics(draw: st.DrawFn) -> dict[str, Any]:
    found = {"type": "sessions", "source": "events", "entity": "user", "gap": draw(ELAPSED)}
    calculation = st.sampled_from(("count", "average_duration", "bounce_rate", "per_entity"))
    return found | draw(maybe(calculation=calculation, filter=FILTERS, event=EVENTS))


@dataclass(frozen=True)
class Drawn:
    """A question to a tree over a store."""

    store: Store
    metrics: dict[str, Any]
    question: Question
    where: Condition | None

    @property
    def cutoff(self) -> datetime:
        if self.question.as_of is None:
            return self.store.last + timedelta(seconds=1)
        assert isinstance(self.question.as_of, date)
        return self.store.calendar.midnight(self.question.as_of + timedelta(days=1))

    @property
    def world(self) -> World:
        return World(
            sources=self.store.rows,
            metrics=self.metrics,
            calendar=self.store.calendar,
            cutoff=self.cutoff,
            keeps=KEEPS,
            holds_days=self.store.holds_days,
            is_trusted=self.question.as_of is not None,
        )


@st.composite
def questions(draw: st.DrawFn, first: date) -> Question:
    """Ranges begin before the data and end after it, or lie within."""
    grain: Grain = draw(st.sampled_from(("hour", "day", "week", "month", "quarter", "total")))
    longest = 2 if grain == "hour" else 9 if grain == "day" else 70
    start = first + timedelta(days=draw(st.integers(-5, DAYS)))
    condition = draw(st.sampled_from(tuple(WHERES)))
    as_of = st.integers(5, DAYS).map(lambda days: first + timedelta(days=days))
    return Question(
        grain=grain,
        start=start,
        end=start + timedelta(days=draw(st.integers(0, longest))),
        as_of=draw(st.one_of(st.none(), st.none(), as_of)),
        compare="none",
        where=(condition,) if condition else (),
        by=draw(st.sampled_from(BREAKDOWNS)),
    )


@st.composite
def drawn(draw: st.DrawFn) -> Drawn:
    store = draw(stores())
    question = draw(questions(store.instants[0].date()))
    found = draw(metrics())
    where = question.where[0] if question.where else None
    if not {*question.by, *([where.dimension] if where else [])} <= {"platform"}:
        # a SELECT of one's own has the columns it gives and no others
        del found["own"]
    return Drawn(store=store, metrics=found, question=question.about(*found), where=where)


def tree_of(store: Store, found: Mapping[str, Any]) -> dict[str, Any]:
    """The tree file of some metrics over a store."""
    source = {
        "agg_time_dimension": "at",
        "event_column": "event",
        "entities": {"user": "user"},
        "dimensions": {
            "platform": "platform",
            "amount_group": {"expr": "amount", "buckets": [0, 1, 3]},
        },
    }
    people = {
        "table": "people",
        "agg_time_dimension": "joined",
        "entities": {"user": "user"},
        "primary_entity": "user",
        "dimensions": {"country": "country"},
    }
    return {
        "version": 1,
        "settings": {
            "timezone": store.zone,
            "week_start": "sunday" if store.sunday_weeks else "monday",
        },
        "sources": {name: {"table": name, **source} for name in store.rows} | {"people": people},
        "metrics": dict(found),
        "tree": {"focus": next(iter(found))},
    }
