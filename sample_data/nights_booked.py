"""A marketplace for stays: net nights fall while gross nights grow.

What is planted, beside trend, weekdays and seasons:

* From 8 June 2026, nearly all new bookings from France on Android are cancelled within
  three days, the card having been declined.
* On days of slow search fewer searches lead to a view, and a week later fewer people search.
"""

import math
from array import array
from collections.abc import Iterator
from datetime import date
from random import Random

from .days import CLOCK, DATES, DAYS, in_arrival_order, number, season, session_start, weekday
from .draws import Carry, Deal, delays, slowness, spread
from .scenarios import EventStream, Row

COLUMNS: dict[str, type] = {
    "occurred_at": str,
    "event": str,
    "user_id": int,
    "listing_id": int,
    "platform": str,
    "country": str,
    "nights": int,
    "amount": float,
    "is_test": int,
    "properties": str,
}

COUNTRIES = {
    # country: share of sessions, usual price of a night
    "FR": (0.30, 96.0),
    "DE": (0.15, 88.0),
    "ES": (0.13, 79.0),
    "IT": (0.12, 91.0),
    "GB": (0.11, 118.0),
    "PT": (0.09, 72.0),
    "NL": (0.055, 109.0),
    "US": (0.03, 141.0),
    None: (0.015, 94.0),
}
PLATFORMS = {"android": 0.48, "ios": 0.30, "web": 0.22}

SESSIONS_PER_EVENT = 1 / 3.215
RELEASE = number(date(2026, 6, 8))
SPRING = number(date(2026, 4, 1))
SEARCH_CALM = number(date(2026, 5, 4))

WEEKDAYS = (1.04, 1.03, 1.01, 0.99, 0.92, 0.93, 1.08)
NIGHTS = (1,) * 34 + (2,) * 56 + (3,) * 42 + (4,) * 24 + (5,) * 16 + (7,) * 18 + (10, 14, 14, 21)
RATINGS = (5,) * 62 + (4,) * 25 + (3,) * 7 + (2,) * 3 + (1,) * 3
LAST_SECOND = 86_399
TOPICS = ("payment", "check_in", "refund", "listing")


class Market:
    """One country on one platform: its share, its people, and its running fractions."""

    __slots__ = (
        "books", "broken", "checks_out", "client", "country", "new_users", "platform", "price",
        "sessions", "share", "users", "views",
    )  # fmt: skip

    def __init__(self, rng: Random, country: str | None, platform: str) -> None:
        share, self.price = COUNTRIES[country]
        self.country = country
        self.platform = platform
        self.share = share * PLATFORMS[platform]
        self.broken = country == "FR" and platform == "android"
        self.users = array("l")
        self.client = ""
        self.sessions, self.new_users, self.views, self.checks_out, self.books = (
            Carry(rng) for _ in range(5)
        )


class Visit:
    """One visitor's way from a search towards a booking."""

    __slots__ = ("lead", "listing", "market", "second", "test", "user")

    def __init__(self, second: int, user: int | None, market: Market) -> None:
        self.second = second
        self.user = user
        self.market = market
        self.test = int(user is not None and user % 199 == 0)
        self.listing: int | None = None
        self.lead = 0

    def row(
        self, properties: str | None, nights: int | None = None, amount: float | None = None
    ) -> Row:
        """An event's values from `user_id` on."""
        market = self.market
        where = (market.platform, market.country)
        return (self.user, self.listing, *where, nights, amount, self.test, properties)


class Marketplace:
    """Plays the two years day by day and hands out each day's rows."""

    def __init__(self, events: int, seed: int) -> None:
        self.rng = Random(seed)
        rng = self.rng
        self.sessions_per_day = events * SESSIONS_PER_EVENT / DAYS
        self.slowness = slowness(rng, DAYS, calm_after=SEARCH_CALM)
        self.latencies = spread(rng, 0.35)
        self.prices = spread(rng, 0.25)
        self.lead_days = delays(rng, 38.0, 240)
        self.change_of_mind = Deal(rng, delays(rng, 8.0, 45))
        self.markets = [Market(rng, country, way) for country in COUNTRIES for way in PLATFORMS]
        self.anonymous, self.hosts, self.reviews, self.contacts = (Carry(rng) for _ in range(4))
        self.listings = 1 + int(self.sessions_per_day * 12)
        self.new_listings = Carry(rng)
        self.has_booked = bytearray(1)
        self.nights = Deal(rng, NIGHTS)
        # one per length of stay, so that cancelled nights follow booked ones closely
        self.cancels = {nights: Carry(rng) for nights in NIGHTS}
        self.declines = Carry(rng)
        self.later: dict[int, list[tuple[str, Row]]] = {}
        self.rows: list[Row] = []
        self.day = 0
        self._seed_users()
        self._seed_stays()

    def _seed_users(self) -> None:
        """People who were there before the first day."""
        for market in self.markets:
            for _ in range(1 + int(self.sessions_per_day * 60 * market.share)):
                self._join(market, has_booked=self.rng.random() < 0.45)

    def _seed_stays(self) -> None:
        """Stays booked before the first day that are reviewed or cancelled after it."""
        booked = Carry(self.rng)
        for day in range(-55, 0):
            self.day = day
            for market in self.markets:
                market.client = _client(market.platform, day)
                for _ in range(booked.take(0.17 * self.sessions_per_day * market.share)):
                    self._seed_stay(market)

    def _seed_stay(self, market: Market) -> None:
        random = self.rng.random
        visit = Visit(0, market.users[int(random() * len(market.users))], market)
        visit.listing = 1 + int(self.listings * random() ** 2)
        visit.lead = self.lead_days[int(random() * 1024)]
        nights = self.nights.next()
        stay = visit.row(None, nights, self._price(market, nights))
        if not self._cancel(visit, stay, nights):
            self._stay(visit, nights)

    def _join(self, market: Market, *, has_booked: bool = False) -> int:
        user = len(self.has_booked)
        self.has_booked.append(has_booked)
        market.users.append(user)
        return user

    def days(self) -> Iterator[list[Row]]:
        """Each day's rows, in no order within the day."""
        for day in range(DAYS):
            self.day = day
            self.rows = []
            self._write_due()
            self._publish_listings()
            demand = self.sessions_per_day * self._demand()
            for market in self.markets:
                market.client = _client(market.platform, day)
                for _ in range(market.sessions.take(demand * market.share)):
                    self._session(market)
            yield self.rows

    def _demand(self) -> float:
        """Today's sessions against the average day's."""
        day = self.day
        growth = 0.755 * math.exp(0.42 * day / DAYS)
        spring = 1.0 + 0.20 * max(0, day - SPRING) / (DAYS - SPRING)
        # people who met a slow search stay away when they would have come back
        memory = 1.0 - 0.24 * (self.slowness[day - 7] - 1.0) if day >= 7 else 1.0
        wave = WEEKDAYS[weekday(day)] * season(day, peak=195, depth=0.13)
        return growth * spring * wave * memory * math.exp(self.rng.gauss(0.0, 0.02))

    def _write_due(self) -> None:
        for event, rest in self.later.pop(self.day, ()):
            self._add(session_start(self.rng), event, rest)

    def _publish_listings(self) -> None:
        for _ in range(self.new_listings.take(self.sessions_per_day * 0.022)):
            self.listings += 1
            market = self.markets[int(self.rng.random() * len(self.markets))]
            instant = "true" if self.rng.random() < 0.6 else "false"
            rest = (None, self.listings, "web", market.country, None, None, 0)
            self._add(
                session_start(self.rng), "listing_published", (*rest, f'{{"instant":{instant}}}')
            )

    def _add(self, second: int, event: str, rest: Row) -> None:
        self.rows.append((DATES[self.day] + CLOCK[second], event, *rest))

    def _add_later(self, day: int, event: str, rest: Row) -> None:
        if 0 <= day < DAYS:
            self.later.setdefault(day, []).append((event, rest))

    def _visitor(self, market: Market) -> int | None:
        """Who comes: mostly people seen not long ago; on the web some never log in."""
        if market.platform == "web" and self.anonymous.take(0.03):
            return None
        if market.new_users.take(0.2):
            return self._join(market)
        known = len(market.users)
        return market.users[known - 1 - int(known * self.rng.random() ** 2)]

    def _session(self, market: Market) -> None:
        random = self.rng.random
        visit = Visit(session_start(self.rng), self._visitor(market), market)
        if market.platform != "web" and random() < 0.4:
            self._add(visit.second, "app_open", visit.row(None))
        self._search(visit)
        slow = self.slowness[self.day] - 1.0
        if not market.views.take(0.78 * (1.0 - 0.22 * slow)):
            return
        visit.listing = 1 + int(self.listings * random() ** 2)
        visit.second += 30 + int(random() * 300)
        self._view(visit)
        if not market.checks_out.take(0.48):
            return
        visit.second += 60 + int(random() * 400)
        visit.lead = self.lead_days[int(random() * 1024)]
        properties = f'{{"lead_days":{visit.lead},{market.client}}}'
        self._add(visit.second, "checkout_started", visit.row(properties))
        if market.books.take(0.6):
            visit.second += 45 + int(random() * 400)
            self._book(visit)

    def _search(self, visit: Visit) -> None:
        random = self.rng.random
        searches = 1 if random() < 0.66 else 2 + (random() < 0.2)
        typical = 380.0 * self.slowness[self.day]
        for turn in range(searches):
            latency = int(typical * self.latencies[int(random() * 4096)])
            measured = f'"latency_ms":{latency},' if random() > 0.03 else ""
            properties = f"{{{measured}{visit.market.client}}}"
            self._add(visit.second + 3 + turn * 11, "search", visit.row(properties))

    def _view(self, visit: Visit) -> None:
        views = 1 if self.rng.random() < 0.7 else 2
        for turn in range(views):
            position = 1 + int(20 * self.rng.random() ** 2)
            properties = f'{{"position":{position}}}'
            self._add(visit.second + turn * 20, "listing_viewed", visit.row(properties))

    def _book(self, visit: Visit) -> None:
        user, market = visit.user, visit.market
        guest = ""
        if user is not None:
            guest = f'"guest_type":"{"returning" if self.has_booked[user] else "new"}",'
            self.has_booked[user] = 1
        instant = "true" if self.rng.random() < 0.52 + 0.12 * self.day / DAYS else "false"
        properties = f'{{{guest}"instant":{instant},"lead_days":{visit.lead},{market.client}}}'
        nights = self.nights.next()
        stay = visit.row(None, nights, self._price(market, nights))
        self._add(visit.second, "booking_confirmed", (*stay[:-1], properties))
        if not self._cancel(visit, stay, nights):
            self._stay(visit, nights)

    def _price(self, market: Market, nights: int) -> float:
        return round(nights * market.price * self.prices[int(self.rng.random() * 4096)], 2)

    def _cancel(self, visit: Visit, stay: Row, nights: int) -> bool:
        """Whether the booking is cancelled, now or on a later day."""
        market = visit.market
        if market.broken and self.day >= RELEASE and self.declines.take(0.86):
            delay, by, reason = int(self.rng.random() * 3), "guest", "card_declined"
        elif self.cancels[nights].take(0.15):
            delay = self.change_of_mind.next()
            by = "host" if self.hosts.take(0.14) else "guest"
            reason = "double_booked" if by == "host" else "plans_changed"
        else:
            return False
        properties = f'{{"by":"{by}","reason":"{reason}","lead_days":{visit.lead},{market.client}}}'
        row = (*stay[:-1], properties)
        if delay:
            self._add_later(self.day + delay, "booking_cancelled", row)
        elif self.day >= 0:
            rest_of_day = LAST_SECOND - visit.second
            second = visit.second + 1 + int(self.rng.random() * rest_of_day)
            self._add(second, "booking_cancelled", row)
        return True

    def _stay(self, visit: Visit, nights: int) -> None:
        """A review, and sometimes a call for help, around the end of the stay."""
        random = self.rng.random
        # long leads would push every review out of the two years
        end = self.day + 3 + min(visit.lead + nights, 45)
        if self.reviews.take(0.42):
            rating = f'{{"rating":{RATINGS[int(random() * 100)]}}}'
            self._add_later(end + int(random() * 5), "review_submitted", visit.row(rating))
        if self.contacts.take(0.12):
            topic = f'{{"topic":"{TOPICS[int(random() * 4)]}"}}'
            self._add_later(end - 2, "support_contact", visit.row(topic))


def _client(platform: str, day: int) -> str:
    """The nested part of the properties; the web has no version."""
    if platform == "web":
        return '"client":{"locale":"en"}'
    release = "8.2" if day >= RELEASE else f"{6 + day // 365}.{day // 37 % 10}"
    return f'"client":{{"locale":"en","version":"{release}"}}'


def generate(events: int, seed: int) -> EventStream:
    """The marketplace's two years, about `events` rows of them."""
    market = Marketplace(events, seed)
    return EventStream(columns=COLUMNS, days=in_arrival_order(market.days(), Random(seed + 1)))
