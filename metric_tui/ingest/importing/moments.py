"""Times of files: which column holds them, and how they are written into the store."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Any

from metric_tui.base.periods import Calendar
from metric_tui.engines.instants import EPOCH, instant_of
from metric_tui.engines.time_forms import (
    EPOCH_UNITS,
    TEXT_PATTERNS,
    TimeForm,
    form_of_value,
    number_of_text,
)
from metric_tui.ingest.importing.columns import Kind, kind_of_text

TIME_NAMES = (
    "occurred_at", "event_time", "event_timestamp", "timestamp", "time", "ts", "datetime", "created_at",
    "event_date", "date", "day", "at",
)  # fmt: skip
"""Of columns that mostly hold the time of an event, the surest first."""

EVENT_NAMES = ("event", "event_name", "event_type", "action")
"""Of columns that mostly hold the name of an event."""

TIME_ENDINGS = ("_at", "_time", "_ts", "_timestamp")

TEXT_FORMS = (TimeForm.ISO, TimeForm.SPACE, TimeForm.OFFSET)
"""Of text that cannot well be anything but a moment."""

_FIRST_YEAR, _LAST_YEAR = 1900, 2200

DAYS = frozenset({TimeForm.DATE, TimeForm.DAY_NUMBER})
"""Forms that say only the day."""

_NUMBERS = (*EPOCH_UNITS, TimeForm.DAY_NUMBER)
_UTC = Calendar(timezone="UTC", week_start="monday")

SORTED = (TimeForm.DATE, TimeForm.ISO, TimeForm.SPACE, *_NUMBERS)
"""Forms that sort as times do, so that an index finds a range of them."""


def time_column(names: Sequence[str], samples: Mapping[str, Sequence[Any]]) -> str | None:
    """The column that holds the times of events; None where none does.

    Args:
        names: of the columns.
        samples: values by name, typed as the store will hold them.
    """
    lower = {name.lower(): name for name in reversed(names)}
    known = [lower[name] for name in TIME_NAMES if name in lower]
    endings = [name for name in names if name.lower().endswith(TIME_ENDINGS)]
    every = (*TEXT_FORMS, TimeForm.DATE, *_NUMBERS)
    for names_tried, forms in ((known, every), (endings, every[:4]), (endings, every)):
        for name in names_tried:
            if _reads_as(samples.get(name, ()), forms):
                return name
    # a number in any other column is a number
    for name in names:
        if _reads_as(samples.get(name, ()), TEXT_FORMS):
            return name
    return None


def _reads_as(sample: Sequence[Any], forms: Sequence[TimeForm]) -> bool:
    """Whether most of a sample are times in some forms."""
    found = [form_of_any(value) in forms for value in sample]
    return 2 * sum(found) > len(found)


def event_column(names: Iterable[str]) -> str | None:
    """The column that holds the names of events; None where none does."""
    lower = {name.lower(): name for name in names}
    return next((lower[name] for name in EVENT_NAMES if name in lower), None)


def has_name_of_times(name: str) -> bool:
    """Whether a column is called as those are that hold times."""
    return name.lower() in TIME_NAMES or name.lower().endswith(TIME_ENDINGS)


def form_of_any(value: Any) -> TimeForm:
    """The form of a time that an event can have, of a number too that is written as text."""
    if isinstance(value, str) and kind_of_text(value) not in (Kind.WHOLE, Kind.NUMBER):
        form = form_of_value(value)
        return form if form in TEXT_PATTERNS and are_possible([value]) else TimeForm.UNREADABLE
    form = form_of_value(float(value) if isinstance(value, str) else value)
    # a duration is no time, and a month or a Julian day is hardly that of an event
    return form if form in _NUMBERS else TimeForm.UNREADABLE


def are_possible(texts: Sequence[str]) -> bool:
    """Whether times that look right are of days and hours that there are, and of this age."""
    try:
        days = {date.fromisoformat(day) for day in {text[:10] for text in texts}}
    except ValueError:
        return False
    hours = {text[11:13] for text in texts}
    others = {part for text in texts for part in (text[14:16], text[17:19])}
    return (
        all(_FIRST_YEAR <= day.year <= _LAST_YEAR for day in days)
        and all(hour < "24" for hour in hours)
        and all(part < "60" for part in others)
    )


def forms_of(values: Sequence[Any]) -> set[TimeForm]:
    """The forms of at least one time; mostly all are of one, which is told of all at once."""
    first = form_of_any(values[0])
    pattern = TEXT_PATTERNS.get(first)
    if (
        pattern is not None
        and all(isinstance(value, str) for value in values)
        and all(map(pattern.fullmatch, values))
        and are_possible(values)
    ):
        return {first}
    return set(map(form_of_any, set(values)))


def date_only(layout: str) -> bool:
    """Whether a layout says only the day."""
    return not any(f"%{letter}" in layout for letter in "HIMSfpcXsTRr")


@dataclass(frozen=True, slots=True)
class Rewriting:
    """How times are written into the store where they are not taken as they are."""

    form: TimeForm
    """Of those in `SORTED`."""

    layout: str | None = None
    """As `strptime` takes it; None where times are in forms that are known."""

    zone: tzinfo = UTC
    """Of times that name none."""

    def written(self, value: Any) -> Any:
        """A time as the store holds it.

        Raises:
            ValueError: it is no time.
        """
        moment = self._moment(value)
        if self.form is TimeForm.EPOCH_SECONDS:
            return int(moment.timestamp()) if not moment.microsecond else moment.timestamp()
        if unit := EPOCH_UNITS.get(self.form):
            # what is finer is cut off: rounded up it could fall into the next day
            return (moment - EPOCH) // timedelta(microseconds=1) * unit // 10**6
        if self.form is TimeForm.DATE:
            return moment.date().isoformat()
        if self.form is TimeForm.DAY_NUMBER:
            return int(f"{moment:%Y%m%d}")
        separator = "T" if self.form is TimeForm.ISO else " "
        text = moment.astimezone(UTC).replace(tzinfo=None).isoformat(separator)
        return f"{text}Z" if self.form is TimeForm.ISO else text

    def _moment(self, value: Any) -> datetime:
        if self.layout is not None:
            found = datetime.strptime(str(value), self.layout)  # noqa: DTZ007
        else:
            form = form_of_any(value)
            if form in _NUMBERS:
                return self._moment_of_number(form, value)
            found = datetime.fromisoformat(str(value).replace("Z", "+00:00").replace(" +", "+"))
        return found.replace(tzinfo=self.zone) if found.tzinfo is None else found

    def _moment_of_number(self, form: TimeForm, value: Any) -> datetime:
        number = number_of_text(value) if isinstance(value, str) else value
        moment = instant_of(form, number, _UTC)
        if moment is None:
            raise ValueError(value)
        return moment.replace(tzinfo=self.zone) if form in DAYS else moment
