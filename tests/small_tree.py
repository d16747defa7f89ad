"""A tree and its twelve events, few enough to add up by hand.

By Lisbon weeks: 1 June: 5 nights booked, 1 cancelled. 8 June: 11 and 4. 15 June: 8 and none.
22 June, which is running: 8 booked and none cancelled up to Wednesday noon. The event of 21 June
23:30 UTC is Lisbon's 22 June.
"""

import sqlite3
from contextlib import closing
from pathlib import Path

EVENTS = (
    ("2026-06-01T10:00:00Z", "booked", 1, "ios", 3),
    ("2026-06-02T10:00:00Z", "booked", 2, "web", 2),
    ("2026-06-03T10:00:00Z", "cancelled", 2, "web", 1),
    ("2026-06-08T10:00:00Z", "booked", 1, "ios", 4),
    ("2026-06-09T10:00:00Z", "booked", 2, None, 2),
    ("2026-06-09T11:00:00Z", "booked", 3, "ios", 5),
    ("2026-06-10T10:00:00Z", "cancelled", 1, "ios", 4),
    ("2026-06-15T10:00:00Z", "booked", 1, "ios", 2),
    ("2026-06-17T10:00:00Z", "booked", 3, "web", 6),
    ("2026-06-21T23:30:00Z", "booked", 4, "ios", 1),
    ("2026-06-23T10:00:00Z", "booked", 4, "=SUM(A1)", 3),
    ("2026-06-24T11:00:00Z", "booked", 1, "ios", 4),
)

TREE = """\
version: 1
name: Nights
store: events.db
settings: {timezone: Europe/Lisbon, grain: week}
sources:
  events:
    table: events
    agg_time_dimension: happened
    event_column: event
    entities: {user: user_id}
    dimensions: {platform: platform}
metrics:
  nights:
    label: Nights booked
    type: derived
    expr: gross - cancelled
    unit: nights
    owner: team@example.org
    indicator: lagging
    target: {value: 40, by: 2026-12-31, from: 2026-01-01, grain: week}
    guardrails: [cancel_ratio]
  gross:
    {agg: sum, event: booked, expr: nights, components: bookings * nights_per_booking, unit: nights, owner: team@example.org, indicator: leading}
  cancelled: {agg: sum, event: cancelled, expr: nights, direction: down, unit: nights, owner: team@example.org}
  bookings: {agg: count, event: booked, influences: [bookers], owner: team@example.org}
  nights_per_booking: {type: ratio, numerator: gross, denominator: bookings, owner: team@example.org}
  cancel_ratio: {type: ratio, numerator: cancelled, denominator: gross, direction: down, unit: percent, owner: team@example.org}
  bookers: {agg: count_distinct, event: booked, owner: team@example.org}
  secret: {agg: count, hidden: true, owner: team@example.org}
tree: {focus: nights}
"""


def write_tree(folder: Path, text: str = TREE) -> Path:
    """Write the events and a tree over them; gives the tree's path."""
    with closing(sqlite3.connect(folder / "events.db")) as connection, connection:
        connection.execute(
            "CREATE TABLE events"
            " (happened TEXT, event TEXT, user_id INTEGER, platform TEXT, nights INTEGER)"
        )
        connection.executemany("INSERT INTO events VALUES (?, ?, ?, ?, ?)", EVENTS)
    path = folder / "nights.yaml"
    path.write_text(text, encoding="utf-8")
    return path
