"""A social app: active users fall because nobody calls the dormant ones back.

What is planted, beside trend, weekdays and seasons:

* From 1 June 2026 most notifications to dormant users are no longer sent, because they
  make people opt out. Few of them come back by themselves, so resurrected users fall;
  new and retained users hold, and so does the guardrail: there are fewer opt-outs.
* A slow app one day means fewer people coming back the next day.
* Invites bring signups a week later.
"""

import math
from array import array
from collections.abc import Iterator
from datetime import date
from random import Random

from .days import CLOCK, DATES, DAYS, in_arrival_order, number, season, session_start, weekday
from .draws import Carry, Deal, slowness, spread
from .scenarios import EventStream, Row

COLUMNS: dict[str, type] = {
    "occurred_at": str,
    "event": str,
    "user_id": int,
    "platform": str,
    "country": str,
    "app_version": str,
    "seconds": int,
    "amount": float,
    "is_test": int,
    "properties": str,
}

COUNTRIES = {
    "US": 26,
    "IN": 18,
    "BR": 15,
    "GB": 11,
    "DE": 9,
    "FR": 8,
    "JP": 6,
    "MX": 5,
    None: 2,
}
PLATFORMS = {"android": 52, "ios": 36, "web": 12}
CELLS = [
    (platform, country)
    for platform, users in PLATFORMS.items()
    for country, parts in COUNTRIES.items()
    for _ in range(users * parts)
]
"""Platform and country, as often as they are found among users."""

SIGNUPS_PER_EVENT = 4.66 / 300_000
NOTIFICATION_CUT = number(date(2026, 6, 1))
APP_CALM = number(date(2026, 5, 4))
SPRING = number(date(2026, 4, 1))

GAPS = (2, 2, 2, 3, 3, 4, 5, 6)
"""Days until the next visit of someone who does not come back the next day."""

STAYS_AFTER_FIRST_DAY = 0.55
STAYS_AFTER_RETURN = 0.12
WAKE_UP_SENDS = 0.0125
"""Share of dormant users sent a notification each day, before the cut."""

SENDS_LEFT_AFTER_CUT = 0.08


class Network:
    """Plays the two years day by day and hands out each day's rows."""

    def __init__(self, events: int, seed: int) -> None:
        self.rng = Random(seed)
        rng = self.rng
        self.signups_per_day = events * SIGNUPS_PER_EVENT
        self.slowness = slowness(rng, DAYS, calm_after=APP_CALM)
        self.loads = spread(rng, 0.4)
        self.lengths = spread(rng, 0.7)
        self.cell_of = array("H", [0])
        self.zeal_of = bytearray(1)
        self.zeals = Deal(rng, range(256))
        self.due = [array("l") for _ in range(DAYS + 10)]
        self.dormant = array("l")
        self.invites = [0] * DAYS
        self.day = 0
        self.rows: list[Row] = []
        (
            self.signups, self.activations, self.stays_new, self.stays_back, self.stays_current,
            self.wake_ups, self.wake_opens, self.by_themselves, self.optouts, self.anonymous,
            self.posts, self.friends, self.sent_invites, self.reports, self.crashes, self.nudges,
        ) = (Carry(rng) for _ in range(16))  # fmt: skip

    def days(self) -> Iterator[list[Row]]:
        """Each day's rows, in no order within the day."""
        for day in range(DAYS):
            self.day = day
            self.rows = []
            self._sign_up()
            self._wake_up()
            for user in self.due[day]:
                self._be_active(user, self.stays_current, 0.95 + 0.045 * self._zeal(user))
            self.due[day] = array("l")
            yield self.rows

    def _zeal(self, user: int) -> float:
        """How keen someone is, from 0 to 1, for life."""
        return self.zeal_of[user] / 255

    def _add(self, second: int, event: str, user: int | None, properties: str | None) -> None:
        self._add_measured(second, event, user, None, None, properties)

    def _add_measured(
        self,
        second: int,
        event: str,
        user: int | None,
        seconds: int | None,
        amount: float | None,
        properties: str | None,
    ) -> None:
        platform, country = CELLS[self.cell_of[user or 0]]
        version = None if platform == "web" else f"{3 + self.day // 180}.{self.day // 30 % 6}"
        test = int(user is not None and user % 97 == 0)
        stamp = DATES[self.day] + CLOCK[second]
        self.rows.append(
            (stamp, event, user, platform, country, version, seconds, amount, test, properties)
        )

    def _add_sent(self, second: int, user: int, audience: str) -> None:
        """A notification goes out from a server, which knows no platform and no version."""
        country = CELLS[self.cell_of[user]][1]
        stamp = DATES[self.day] + CLOCK[second]
        test = int(user % 97 == 0)
        properties = f'{{"audience":"{audience}"}}'
        self.rows.append(
            (stamp, "notification_sent", user, None, country, None, None, None, test, properties)
        )

    def _sign_up(self) -> None:
        day = self.day
        growth = 0.8 + 0.45 * day / DAYS + 0.3 * max(0, day - SPRING) / (DAYS - SPRING)
        wave = season(day, peak=20, depth=0.06) * (1.1 if weekday(day) > 4 else 0.96)
        launch = 1.0 + 6.0 * math.exp(-day / 5.0)
        paid = self.signups_per_day * growth * wave * launch * math.exp(self.rng.gauss(0.0, 0.04))
        invited = 0.3 * self.invites[day - 7] if day >= 7 else 0.0
        share_invited = invited / (paid + invited)
        for _ in range(self.signups.take(paid + invited)):
            source = "invite" if self.rng.random() < share_invited else "organic"
            self._join(source)

    def _join(self, source: str) -> None:
        """Most people open the app the day they sign up, a few some days later, a few never."""
        user = len(self.zeal_of)
        self.zeal_of.append(self.zeals.next())
        self.cell_of.append(int(self.rng.random() * len(CELLS)))
        self._add(session_start(self.rng) // 2, "signup", user, f'{{"source":"{source}"}}')
        if self.activations.take(0.91):
            self._be_active(user, self.stays_new, STAYS_AFTER_FIRST_DAY)
        elif self.rng.random() < 0.6:
            self.due[self.day + 1 + int(self.rng.random() * 3)].append(user)

    def _wake_up(self) -> None:
        """Call dormant users back; few come back uncalled."""
        sends = WAKE_UP_SENDS * (1.0 if self.day < NOTIFICATION_CUT else SENDS_LEFT_AFTER_CUT)
        pool = len(self.dormant)
        for _ in range(self.wake_ups.take(pool * sends)):
            self._call(int(self.rng.random() * len(self.dormant)))
        for _ in range(self.by_themselves.take(pool * 0.0004)):
            user = self._take_dormant(int(self.rng.random() * len(self.dormant)))
            self._be_active(user, self.stays_back, STAYS_AFTER_RETURN)

    def _take_dormant(self, place: int) -> int:
        user = self.dormant[place]
        self.dormant[place] = self.dormant[-1]
        self.dormant.pop()
        return user

    def _call(self, place: int) -> None:
        user = self.dormant[place]
        second = 32_000 + int(self.rng.random() * 30_000)
        self._add_sent(second, user, "dormant")
        if self.optouts.take(0.03):
            # nobody can call them again
            self._take_dormant(place)
            self._add(second + 60, "notification_optout", user, '{"audience":"dormant"}')
        elif self.wake_opens.take(0.2):
            self._take_dormant(place)
            second += 60 + int(self.rng.random() * 7000)
            self._add(second, "notification_opened", user, '{"audience":"dormant"}')
            self._be_active(user, self.stays_back, STAYS_AFTER_RETURN, opened_at=second + 2)

    def _be_active(
        self, user: int, stays: Carry, stay_rate: float, *, opened_at: int | None = None
    ) -> None:
        """One person's day in the app, and the day of the next one, if any."""
        random = self.rng.random
        zeal = self._zeal(user)
        if opened_at is None:
            self._open(user, session_start(self.rng), "organic")
        else:
            self._open(user, opened_at, "notification")
        if random() < 0.15 + 0.35 * zeal:
            self._open(user, session_start(self.rng), "organic")
        if self.nudges.take(0.16):
            self._nudge(user)
        self._do_things(user, zeal)
        if stays.take(stay_rate):
            self._plan_next(user, zeal)
        else:
            self.dormant.append(user)

    def _plan_next(self, user: int, zeal: float) -> None:
        random = self.rng.random
        slow = self.slowness[self.day] - 1.0
        if random() < (0.34 + 0.42 * zeal) * (1.0 - 0.3 * slow):
            following = self.day + 1
        else:
            following = self.day + GAPS[int(random() * len(GAPS))]
        # midweek is quieter than the weekend
        if weekday(following) in (1, 2) and random() < 0.1:
            following += 1
        self.due[following].append(user)

    def _nudge(self, user: int) -> None:
        second = session_start(self.rng)
        self._add_sent(second, user, "active")
        if self.rng.random() < 0.42:
            self._add(second + 90, "notification_opened", user, '{"audience":"active"}')
            self._open(user, second + 92, "notification")
        elif self.rng.random() < 0.008:
            self._add(second + 40, "notification_optout", user, '{"audience":"active"}')

    def _open(self, user: int, second: int, source: str) -> None:
        random = self.rng.random
        seconds = 5 + int(210 * self.lengths[int(random() * 4096)])
        amount = round(seconds * 0.00011 * self.loads[int(random() * 4096)], 4)
        load = int(900 * self.slowness[self.day] * self.loads[int(random() * 4096)])
        measured = f'"load_ms":{load},' if random() > 0.04 else ""
        properties = f'{{{measured}"source":"{source}","device":{{"locale":"en"}}}}'
        # some open the app before they log in, and are seen once more without a name
        if self.anonymous.take(0.006):
            self._add_measured(second, "app_open", None, 4, 0.0, properties)
        self._add_measured(second, "app_open", user, seconds, amount, properties)

    def _do_things(self, user: int, zeal: float) -> None:
        second = session_start(self.rng) + 200
        if self.posts.take(0.1 + 0.24 * zeal):
            self._add(second, "post_created", user, '{"kind":"text"}')
        if self.friends.take(0.06 + 0.08 * zeal):
            self._add(second + 40, "friend_added", user, None)
        if self.sent_invites.take(0.035):
            self._add(second + 80, "invite_sent", user, None)
            self.invites[self.day] += 1
        if self.reports.take(0.006):
            self._add(second + 90, "report_filed", user, '{"reason":"spam"}')
        if self.crashes.take(0.012 * self.slowness[self.day]):
            self._add(second + 95, "crash", user, None)


def generate(events: int, seed: int) -> EventStream:
    """The app's two years, about `events` rows of them."""
    network = Network(events, seed)
    return EventStream(columns=COLUMNS, days=in_arrival_order(network.days(), Random(seed + 1)))
