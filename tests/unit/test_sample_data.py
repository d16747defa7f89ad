import hashlib
import sqlite3
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from contextlib import closing
from itertools import pairwise
from pathlib import Path

import pytest

from sample_data import SCENARIOS, build
from tests.conftest import SampleStore

EVENTS = 60_000
WEEK = "date(occurred_at, 'weekday 0', '-6 days')"
COMPLETE_WEEKS_FROM, COMPLETE_WEEKS_TO = "2024-07-01", "2026-06-22"

Lifecycle = dict[str, dict[str, int]]


@pytest.fixture(scope="module")
def stays(sample_store: SampleStore) -> Iterator[sqlite3.Connection]:
    # bookings are few: fewer events than these, and chance moves nights more than the story does
    path = sample_store("nights_booked", 5 * EVENTS)
    with closing(sqlite3.connect(path)) as connection:
        yield connection


@pytest.fixture(scope="module")
def social(sample_store: SampleStore) -> Iterator[sqlite3.Connection]:
    path = sample_store("dau", EVENTS)
    with closing(sqlite3.connect(path)) as connection:
        yield connection


@pytest.fixture(scope="module", params=sorted(SCENARIOS))
def store(request: pytest.FixtureRequest) -> sqlite3.Connection:
    fixture = {"nights_booked": "stays", "dau": "social"}[request.param]
    connection: sqlite3.Connection = request.getfixturevalue(fixture)
    return connection


def scalar(connection: sqlite3.Connection, sql: str) -> float:
    value: float = connection.execute(sql).fetchone()[0]
    return value


def nights(connection: sqlite3.Connection, event: str, since: str, until: str, also: str) -> float:
    """Nights of an event's rows with days from `since` up to, not including, `until`."""
    return scalar(
        connection,
        f"SELECT SUM(nights) FROM events WHERE event = '{event}' AND is_test = 0"
        f" AND occurred_at >= '{since}' AND occurred_at < '{until}' AND {also}",
    )


def content_hash(path: Path) -> str:
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute("SELECT * FROM events ORDER BY event_id")
        return hashlib.sha256("\n".join(map(repr, rows)).encode()).hexdigest()


def weekly_lifecycle(connection: sqlite3.Connection) -> Lifecycle:
    """New, retained, resurrected, churned and dormant users by complete week, by sets."""
    active: dict[str, set[int]] = defaultdict(set)
    for week, user in connection.execute(
        f"SELECT DISTINCT {WEEK}, user_id FROM events"
        " WHERE event = 'app_open' AND is_test = 0 AND user_id IS NOT NULL"
    ):
        active[week].add(user)
    seen: set[int] = set()
    before: set[int] = set()
    states: Lifecycle = {}
    for week in sorted(active):
        now = active[week]
        states[week] = {
            "active": len(now),
            "new": len(now - seen),
            "retained": len(now & before),
            "resurrected": len((now & seen) - before),
            "churned": len(before - now),
            "dormant": len(seen - before - now),
        }
        seen, before = seen | now, now
    return {week: counts for week, counts in states.items() if week <= COMPLETE_WEEKS_TO}


def mean(states: Lifecycle, state: str, first: str, last: str) -> float:
    values = [counts[state] for week, counts in states.items() if first <= week <= last]
    return sum(values) / len(values)


def test_importing_the_package_loads_neither_a_generator_nor_a_database() -> None:
    loaded = "[name for name in sys.modules if name in ('sqlite3', 'sqlite_utils')]"
    script = f"import sys, sample_data; print({loaded})"
    result = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[2],
    )
    assert result.stdout.strip() == "[]"


def test_each_scenario_is_found_under_its_own_name() -> None:
    assert {name: scenario.name for name, scenario in SCENARIOS.items()} == {
        "nights_booked": "nights_booked",
        "dau": "dau",
    }


@pytest.mark.parametrize("name", sorted(SCENARIOS))
def test_the_same_seed_gives_the_same_rows_and_another_seed_others(
    name: str, tmp_path: Path
) -> None:
    hashes = []
    for turn, seed in enumerate((7, 7, 8)):
        path = tmp_path / f"{turn}.db"
        build(name, path, events=4_000, seed=seed)
        hashes.append(content_hash(path))
    assert hashes[0] == hashes[1] != hashes[2]


def test_an_interrupted_build_leaves_nothing_behind(tmp_path: Path) -> None:
    def interrupt(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build("dau", tmp_path / "social.db", events=4_000, progress=interrupt)
    assert list(tmp_path.iterdir()) == []


def test_an_interrupted_build_keeps_the_store_that_was_there(tmp_path: Path) -> None:
    def interrupt(done: int, total: int) -> None:
        raise RuntimeError("disk on fire")

    path = tmp_path / "stays.db"
    build("nights_booked", path, events=2_000)
    before = path.read_bytes()
    with pytest.raises(RuntimeError, match="disk on fire"):
        build("nights_booked", path, events=4_000, progress=interrupt)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_progress_only_grows_and_ends_at_its_total(tmp_path: Path) -> None:
    calls: list[tuple[int, int]] = []
    build(
        "dau",
        tmp_path / "new folder" / "social.db",
        events=4_000,
        progress=lambda done, total: calls.append((done, total)),
    )
    assert calls[-1] == (4_000, 4_000)
    assert all(earlier <= later for earlier, later in pairwise(calls))


@pytest.mark.parametrize(("name", "events"), [("nothing", 1_000), ("dau", 0)])
def test_a_wrong_name_or_size_is_refused_and_writes_nothing(
    name: str, events: int, tmp_path: Path
) -> None:
    with pytest.raises(ValueError, match=r"no sample is named|at least one event"):
        build(name, tmp_path / "store.db", events=events)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("events", [12_000, EVENTS, 200_000])
@pytest.mark.parametrize("name", sorted(SCENARIOS))
def test_the_number_of_rows_is_near_what_was_asked(name: str, events: int, tmp_path: Path) -> None:
    build(name, tmp_path / "store.db", events=events)
    with closing(sqlite3.connect(tmp_path / "store.db")) as connection:
        count = scalar(connection, "SELECT COUNT(*) FROM events")
    assert count == pytest.approx(events, rel=0.08 if events < EVENTS else 0.05)


def test_ten_times_the_events_are_ten_times_the_users(
    social: sqlite3.Connection, tmp_path: Path
) -> None:
    build("dau", tmp_path / "small.db", events=EVENTS // 10)
    count = "SELECT COUNT(DISTINCT user_id) FROM events"
    with closing(sqlite3.connect(tmp_path / "small.db")) as small:
        assert scalar(social, count) / scalar(small, count) == pytest.approx(10, rel=0.1)


def test_the_days_are_exactly_the_two_years(store: sqlite3.Connection) -> None:
    first, last, days = store.execute(
        "SELECT MIN(occurred_at), MAX(occurred_at), COUNT(DISTINCT substr(occurred_at, 1, 10))"
        " FROM events"
    ).fetchone()
    assert first.startswith("2024-07-01T")
    assert "2026-06-30T20:00:00Z" < last < "2026-06-30T23:00:00Z"
    assert days == 730


def test_every_timestamp_has_the_one_form(store: sqlite3.Connection) -> None:
    digits = "[0-9][0-9]"
    form = f"{digits}{digits}-{digits}-{digits}T{digits}:{digits}:{digits}Z"
    assert scalar(store, f"SELECT COUNT(*) FROM events WHERE occurred_at NOT GLOB '{form}'") == 0


def test_some_rows_arrive_after_later_ones_but_never_over_three_days_late(
    store: sqlite3.Connection,
) -> None:
    lateness = (
        "SELECT julianday(MAX(occurred_at) OVER (ORDER BY event_id)) - julianday(occurred_at)"
        " AS days FROM events"
    )
    late = scalar(store, f"SELECT AVG(days > 0) FROM ({lateness})")
    assert 0.003 < late < 0.02
    assert scalar(store, f"SELECT MAX(days) FROM ({lateness})") < 4


@pytest.mark.parametrize("column", ["user_id", "country", "properties"])
def test_some_values_are_missing(store: sqlite3.Connection, column: str) -> None:
    share = scalar(store, f"SELECT AVG({column} IS NULL) FROM events")
    assert 0.001 < share < 0.3


def test_test_rows_are_few_and_belong_to_test_users(store: sqlite3.Connection) -> None:
    assert 0.001 < scalar(store, "SELECT AVG(is_test) FROM events") < 0.02
    mixed = (
        "SELECT COUNT(*) FROM (SELECT user_id FROM events WHERE user_id IS NOT NULL"
        " GROUP BY user_id HAVING MIN(is_test) <> MAX(is_test))"
    )
    assert scalar(store, mixed) == 0


def test_properties_are_json_objects(store: sqlite3.Connection) -> None:
    kinds = "SELECT COUNT(*) FROM events WHERE properties IS NOT NULL AND json_type({}) IS NOT {}"
    assert scalar(store, kinds.format("properties", "'object'")) == 0


def test_gross_nights_grow_while_net_nights_fall(stays: sqlite3.Connection) -> None:
    before, after = ("2026-05-18", "2026-06-08"), ("2026-06-08", "2026-06-29")
    gross = [nights(stays, "booking_confirmed", *span, "1") for span in (before, after)]
    cancelled = [nights(stays, "booking_cancelled", *span, "1") for span in (before, after)]
    assert gross[1] > 1.02 * gross[0]
    assert gross[1] - cancelled[1] < 0.97 * (gross[0] - cancelled[0])


def test_the_cancellations_come_from_android_in_france_alone(stays: sqlite3.Connection) -> None:
    before, after = ("2026-05-18", "2026-06-08"), ("2026-06-08", "2026-06-29")
    there = "country = 'FR' AND platform = 'android'"
    elsewhere = "NOT COALESCE(country = 'FR' AND platform = 'android', 0)"

    def growth(where: str) -> float:
        earlier, later = (nights(stays, "booking_cancelled", *s, where) for s in (before, after))
        return later / earlier

    assert growth(there) > 3
    assert 0.6 < growth(elsewhere) < 1.4


def test_the_new_cancellations_say_that_the_card_was_declined(stays: sqlite3.Connection) -> None:
    rows = stays.execute(
        "SELECT DISTINCT country, platform, properties ->> '$.client.version',"
        " MIN(occurred_at) >= '2026-06-08' FROM events"
        " WHERE properties ->> '$.reason' = 'card_declined'"
    ).fetchall()
    assert rows == [("FR", "android", "8.2", 1)]


def test_every_week_has_a_closing_booking_funnel(stays: sqlite3.Connection) -> None:
    people = "COUNT(DISTINCT CASE WHEN event = '{}' THEN user_id END)"
    steps = ("search", "listing_viewed", "checkout_started", "booking_confirmed")
    rows = stays.execute(
        f"SELECT {', '.join(people.format(step) for step in steps)},"
        f" SUM(event = 'booking_confirmed') FROM events WHERE is_test = 0"
        f" GROUP BY {WEEK} HAVING {WEEK} BETWEEN '{COMPLETE_WEEKS_FROM}' AND '{COMPLETE_WEEKS_TO}'"
    ).fetchall()
    assert len(rows) == 104
    for searchers, viewers, starters, bookers, bookings in rows:
        product = searchers * (viewers / searchers) * (starters / viewers) * (bookers / starters)
        assert product * (bookings / bookers) == pytest.approx(bookings)
        assert searchers > viewers > starters > bookers > 0


@pytest.mark.parametrize(
    ("event", "parts"),
    [
        ("booking_cancelled", ["{} = 'guest'", "{} = 'host'"]),
        ("booking_confirmed", ["{} = 'new'", "COALESCE({}, 'returning') <> 'new'"]),
    ],
)
def test_the_parts_of_a_booking_count_add_up(
    stays: sqlite3.Connection, event: str, parts: list[str]
) -> None:
    key = (
        "properties ->> '$.by'" if event == "booking_cancelled" else "properties ->> '$.guest_type'"
    )
    sums = ", ".join(f"SUM({part.format(key)})" for part in parts)
    for row in stays.execute(
        f"SELECT COUNT(*), {sums} FROM events WHERE event = '{event}' GROUP BY {WEEK}"
    ):
        assert row[0] == sum(row[1:])


def test_nobody_cancels_before_booking(stays: sqlite3.Connection) -> None:
    booked: dict[tuple[object, ...], str] = {}
    cancelled_early = 0
    for moment, event, *stay in stays.execute(
        "SELECT occurred_at, event, user_id, listing_id, nights, amount FROM events"
        " WHERE event LIKE 'booking%' ORDER BY occurred_at"
    ):
        if event == "booking_confirmed":
            booked.setdefault(tuple(stay), moment)
        # those of the first weeks were booked before the first day
        elif tuple(stay) not in booked and moment > "2024-09-01":
            cancelled_early += 1
    # a booking still on its way when the last day closed has no row
    assert cancelled_early <= 3


def test_active_users_fall_because_resurrected_users_are_lost(social: sqlite3.Connection) -> None:
    states = weekly_lifecycle(social)
    before, after = ("2026-05-04", "2026-05-25"), ("2026-06-01", "2026-06-22")
    change = {
        state: mean(states, state, *after) / mean(states, state, *before)
        for state in ("active", "new", "retained", "resurrected")
    }
    assert change["active"] < 0.97
    assert change["resurrected"] < 0.5
    assert change["new"] > 0.9
    assert change["retained"] > 0.97


def test_only_notifications_to_dormant_users_were_cut(social: sqlite3.Connection) -> None:
    def sent(audience: str, since: str, until: str) -> float:
        return scalar(
            social,
            "SELECT COUNT(*) FROM events WHERE event = 'notification_sent'"
            f" AND properties ->> '$.audience' = '{audience}'"
            f" AND occurred_at >= '{since}' AND occurred_at < '{until}'",
        )

    may, june = ("2026-05-01", "2026-05-31"), ("2026-06-01", "2026-07-01")
    assert sent("dormant", *june) < 0.15 * sent("dormant", *may)
    assert sent("active", *june) == pytest.approx(sent("active", *may), rel=0.15)


def test_the_states_of_a_week_add_up_to_its_active_users(social: sqlite3.Connection) -> None:
    states = weekly_lifecycle(social)
    assert len(states) == 104
    for counts in states.values():
        assert counts["active"] == counts["new"] + counts["retained"] + counts["resurrected"]
    for before, now in pairwise(states.values()):
        assert before["active"] == now["retained"] + now["churned"]


def test_about_half_of_a_days_active_users_come_back_the_next_day(
    social: sqlite3.Connection,
) -> None:
    days: dict[str, set[int]] = defaultdict(set)
    for day, user in social.execute(
        "SELECT DISTINCT substr(occurred_at, 1, 10), user_id FROM events"
        " WHERE event = 'app_open' AND user_id IS NOT NULL AND occurred_at > '2025-01-01'"
    ):
        days[day].add(user)
    pairs = list(pairwise(users for _, users in sorted(days.items())))
    back = sum(len(before & after) for before, after in pairs)
    assert 0.5 < back / sum(len(before) for before, _ in pairs) < 0.6
