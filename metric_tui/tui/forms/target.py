"""The form of a metric's target."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from functools import partial
from typing import cast, get_args

from metric_tui.base.errors import QuestionError
from metric_tui.base.periods import Grain
from metric_tui.definitions.edges import Target
from metric_tui.definitions.metric import Direction, Metric
from metric_tui.definitions.quotients import has_open_begin
from metric_tui.loading.document import Document, read_document
from metric_tui.loading.entries import LOWER, number, with_direction, with_target
from metric_tui.planning.conditions import condition_texts, parse_conditions
from metric_tui.planning.typed import DAYS, NUMBERS, End, parse_day, parse_number
from metric_tui.presentation.numbers import full_with_unit, number_style
from metric_tui.presentation.safe import safe
from metric_tui.tui.forms.fields import Asked, Change, Field, FieldFault, Typed, field_of
from metric_tui.tui.seen import Seen

EACH: tuple[Grain, ...] = ("day", "week", "month", "quarter", "year")
SPAN = "no"
"""Of `each`: the value is meant for all days together."""


def target_form(seen: Seen, today: date) -> Asked:
    """Ask for the selected metric's target, beginning with the one it has."""
    metric = seen.tree.metrics[seen.metric]
    title = safe(metric.title)
    return Asked(
        title=f"Target of {title}",
        fields=tuple(_fields(seen, metric)),
        read=partial(_read, seen, metric, today),
        done=f"saved the target of {title}",
    )


def _fields(seen: Seen, metric: Metric) -> Iterator[Field]:
    target, unit = metric.target, safe(metric.unit or "")
    is_share = number_style(metric).kind == "percent"
    yield Field(
        name="value",
        start=_amount(target.value, is_share=is_share) if target else "",
        hint=f"{_now(seen, metric)}; {NUMBERS}{f', in {unit}' if unit and not is_share else ''}"
        + ("; empty takes the target away" if target else ""),
    )
    yield Field(
        name="by",
        start=target.by.isoformat() if target and target.by else "",
        hint=f"the last day that counts, {DAYS}; empty for no end",
    )
    yield Field(
        name="from",
        start=target.since.isoformat() if target and target.since else "",
        hint=f"the first day that counts, {DAYS}; may be empty",
    )
    each = _each(seen, target)
    yield Field(
        name="each",
        start=each,
        hint="the period that the value is meant for; `no`: all days from first to last together",
        choices=tuple(dict.fromkeys((SPAN, *EACH, each))),
    )
    where = target.where if target else tuple(condition_texts(seen.question.where))
    yield Field(
        name="where",
        start=", ".join(where),
        hint="the filter it holds for, such as country=FR; empty: it is for the whole",
    )
    yield Field(
        name="lower",
        start=_amount(target.lower if target else LOWER, is_share=True),
        hint="the part of the target below which it is missed and not just short",
    )
    yield Field(
        name="good",
        start=metric.direction,
        hint="which way is good for the metric; hold: neither",
        choices=get_args(Direction),
    )


def _now(seen: Seen, metric: Metric) -> str:
    found = seen.answer.metrics.get(metric.name) if seen.answer else None
    if found is None or found.total.value is None:
        return "what to reach"
    return f"now {full_with_unit(found.total.value, number_style(metric), seen.glyphs)}"


def _amount(value: float, *, is_share: bool) -> str:
    if not is_share:
        return str(number(value))
    return f"{number(float(f'{value * 100:.12g}'))}%"


def _each(seen: Seen, target: Target | None) -> str:
    """The period a target is meant for; a new one's is that of the tree."""
    if target is None or (target.grain is None and target.by is None):
        return seen.tree.settings.grain
    return target.grain or SPAN


def _read(seen: Seen, metric: Metric, today: date, typed: Typed) -> Change:
    target = _target(seen, metric, today, typed) if typed["value"] else None
    if target is None and metric.target is None:
        raise FieldFault("value", QuestionError("a target needs a value", hint=NUMBERS))
    direction = cast(Direction, typed["good"])

    def change(document: Document) -> str:
        text = with_target(document, metric.name, target)
        if direction == metric.direction:
            return text
        return with_direction(read_document(text), metric.name, direction)

    return change


def _target(seen: Seen, metric: Metric, today: date, typed: Typed) -> Target:
    by = _day(seen, today, typed, "by", "last")
    since = _day(seen, today, typed, "from", "first")
    if by is not None and since is not None and by <= since:
        raise FieldFault("by", QuestionError("the last day must be later than the first"))
    lower = field_of("lower", lambda: parse_number(typed["lower"])) if typed["lower"] else LOWER
    if not 0 < lower <= 1:
        raise FieldFault("lower", QuestionError("a part of the target is up to 100%"))
    each = typed["each"]
    if each == SPAN and by is None:
        hint = "give a last day, or a period in `each`"
        raise FieldFault("by", QuestionError("a target for all days needs a last one", hint=hint))
    # what the file leaves open stays open where that means the same
    is_usual = by is None and each == seen.tree.settings.grain
    is_open = each == SPAN or (is_usual and (metric.target is None or metric.target.grain is None))
    found = Target(
        value=field_of("value", lambda: parse_number(typed["value"])),
        by=by,
        since=since,
        lower=lower,
        grain=None if is_open else cast(Grain, each),
        where=_where(seen, metric, typed["where"]),
    )
    _check_begin(seen, metric, found)
    return found


def _where(seen: Seen, metric: Metric, text: str) -> tuple[str, ...]:
    """The filter as it is written into the file, one text for each value."""
    texts = [part.strip() for part in text.split(",") if part.strip()]
    where = field_of("where", lambda: parse_conditions(texts))
    known = seen.tree.dimensions_of(metric.name)
    for condition in where:
        if condition.dimension not in known:
            hint = f"one of {', '.join(known)}" if known else None
            message = f"it has no dimension `{condition.dimension}`"
            raise FieldFault("where", QuestionError(message, hint=hint))
    return tuple(condition_texts(where))


def _check_begin(seen: Seen, metric: Metric, target: Target) -> None:
    """Refuse a sum of days that begins nowhere."""
    changed = {**seen.tree.metrics, metric.name: replace(metric, target=target)}
    if has_open_begin(replace(seen.tree, metrics=changed), metric.name):
        hint = "give a first day, or a period in `each`"
        message = "all days together need a first one"
        raise FieldFault("from", QuestionError(message, hint=hint))


def _day(seen: Seen, today: date, typed: Typed, name: str, end: End) -> date | None:
    if not typed[name]:
        return None
    calendar = seen.tree.settings.calendar
    return field_of(name, lambda: parse_day(typed[name], today=today, calendar=calendar, end=end))
