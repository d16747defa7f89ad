"""The form of a note: something that happened, marked where it falls."""

from datetime import date
from functools import partial

from metric_tui.base.errors import QuestionError
from metric_tui.definitions.edges import Annotation
from metric_tui.definitions.tree import MetricTree
from metric_tui.loading.entries import with_annotation
from metric_tui.loading.nearest import did_you_mean
from metric_tui.planning.ranges import shown_days
from metric_tui.planning.typed import DAYS, parse_day
from metric_tui.tui.forms.fields import Asked, Change, Field, FieldFault, Typed, field_of
from metric_tui.tui.seen import Seen


def note_form(seen: Seen, today: date) -> Asked:
    """Ask what happened, at first on the last day of the period shown, to the selected metric."""
    start = ""
    if seen.answer is not None:
        _, day = shown_days(seen.answer.frame, seen.tree.settings.calendar)
        start = day.isoformat()
    return Asked(
        title="Note",
        fields=(
            Field(name="what", hint="what happened, in a few words: `New payment form`"),
            Field(name="day", start=start, hint=f"the day it happened, {DAYS}"),
            Field(
                name="metrics",
                start=seen.metric,
                hint="the metrics it concerns, by name and apart by commas; empty for all",
            ),
            Field(name="more", hint="more about it; may be empty"),
        ),
        read=partial(_read, seen, today),
        done="saved the note",
    )


def _read(seen: Seen, today: date, typed: Typed) -> Change:
    if not typed["what"]:
        raise FieldFault("what", QuestionError("a note says what happened"))
    calendar = seen.tree.settings.calendar
    note = Annotation(
        date=field_of(
            "day", lambda: parse_day(typed["day"], today=today, calendar=calendar, end="last")
        ),
        label=typed["what"],
        metrics=field_of("metrics", lambda: _metrics(seen.tree, typed["metrics"])),
        description=typed["more"] or None,
    )
    return partial(with_annotation, annotation=note)


def _metrics(tree: MetricTree, text: str) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(filter(None, map(str.strip, text.split(",")))))
    for name in names:
        if name not in tree.metrics:
            hint = did_you_mean(name, tree.metrics) or None
            raise QuestionError(f"no metric is named `{name}`", hint=hint)
    return names
