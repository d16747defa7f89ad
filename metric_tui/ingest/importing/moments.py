"""Times of files: which column holds them, and how they are written into the store."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Any

from metric_tui.engines.times import TEXT_PATTERNS, TimeForm, form_of, form_of_value
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

SORTED = (TimeForm.DATE, TimeForm.ISO, TimeForm.SPACE, TimeForm.EPOCH_SECONDS, TimeForm.EPOCH_MILLISECONDS)  # fmt: skip
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
    for name in dict.fromkeys([*known, *endings]):
        if form_of(samples.get(name, ())) not in (TimeForm.UNREADABLE, TimeForm.EMPTY):
            return name
    # a number in any other column is a number
    for name in names:
        if form_of(samples.get(name, ())) in TEXT_FORMS:
            return name
    return None


def event_column(names: Iterable[str]) -> str | None:
    """The column that holds the names of events; None where none does."""
    lower = {name.lower(): name for name in names}
    return next((lower[name] for name in EVENT_NAMES if name in lower), None)


def has_name_of_times(name: str) -> bool:
    """Whether a column is called as those are that hold times."""
    return name.lower() in TIME_NAMES or name.lower().endswith(TIME_ENDINGS)


def form_of_any(value: Any, is_text: bool) -> TimeForm:
    """The form of a time, of a number too that is written as text."""
    if is_text and kind_of_text(value) in (Kind.WHOLE, Kind.NUMBER):
        return form_of_value(float(value))
    return form_of_value(value)


def forms_of(values: Sequence[Any], *, is_text: bool) -> set[TimeForm]:
    """The forms of some times, which mostly are all of one.

    Args:
        values: at least one.
        is_text: whether text may be a number.
    """
    first = form_of_any(values[0], is_text)
    pattern = TEXT_PATTERNS.get(first)
    texts = is_text or all(isinstance(value, str) for value in values)
    if pattern is not None and texts and all(map(pattern.fullmatch, values)):
        return {first}
    return {form_of_any(value, is_text) for value in set(values)}


@dataclass(frozen=True, slots=True)
class Rewriting:
    """How times are written into the store where they are not taken as they are."""

    form: TimeForm
    """`ISO`, `SPACE` or an epoch."""

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
        if self.form is TimeForm.EPOCH_MILLISECONDS:
            return round(moment.timestamp() * 1000)
        separator = "T" if self.form is TimeForm.ISO else " "
        text = moment.astimezone(UTC).replace(tzinfo=None).isoformat(separator)
        return f"{text}Z" if self.form is TimeForm.ISO else text

    def _moment(self, value: Any) -> datetime:
        if self.layout is not None:
            found = datetime.strptime(str(value), self.layout)  # noqa: DTZ007
        else:
            form = form_of_any(value, isinstance(value, str))
            if form in (TimeForm.EPOCH_SECONDS, TimeForm.EPOCH_MILLISECONDS):
                number = float(value)
                seconds = number / 1000 if form is TimeForm.EPOCH_MILLISECONDS else number
                return datetime.fromtimestamp(seconds, UTC)
            found = datetime.fromisoformat(str(value).replace("Z", "+00:00").replace(" +", "+"))
        return found.replace(tzinfo=self.zone) if found.tzinfo is None else found
