"""The column of times, and what becomes of them on their way into the store."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo

from metric_tui.engines.time_forms import EPOCH_UNITS, TimeForm, form_of
from metric_tui.ingest.importing.columns import Kind
from metric_tui.ingest.importing.faults import ImportFault
from metric_tui.ingest.importing.files import RowFile
from metric_tui.ingest.importing.moments import (
    DAYS,
    SORTED,
    Rewriting,
    date_only,
    form_of_any,
    time_column,
)
from metric_tui.ingest.importing.survey import Survey, first_where
from metric_tui.ingest.importing.table import Table

_NO_TIMES = (TimeForm.UNREADABLE, TimeForm.EMPTY)
EPOCHS = tuple(EPOCH_UNITS)
_MOMENTS = (TimeForm.ISO, TimeForm.SPACE, TimeForm.OFFSET, TimeForm.MIXED, *EPOCHS)


@dataclass(frozen=True, slots=True)
class Timing:
    """Where times are, and how they are written."""

    column: str | None
    form: TimeForm | None
    """In the store."""

    rewriting: Rewriting | None
    """None where they are taken as they are."""


def timing_of(
    files: Sequence[RowFile],
    survey: Survey,
    table: Table,
    wished: str | None,
    layout: str | None,
    zone: tzinfo | None,
) -> Timing:
    """What becomes of the times of some files.

    Args:
        files: looked over.
        survey: of them.
        table: that they are written into, which may hold times already.
        wished: the column; None to find it.
        layout: of its times; None for the usual ways.
        zone: of times that name none; None for UTC.

    Raises:
        ImportFault: the column is not there, something in it is no time, or days would meet moments.
    """
    names = [column.name for column in survey.columns]
    samples = {name: survey.sample(name) for name in names}
    # the table's own times come before those of a column that it does not have
    known = [name for name in names if name.lower() in table.names]
    column = wished or time_column(known, samples) or time_column(names, samples)
    if column is None:
        if layout is not None:
            raise ImportFault("no column holds times", hint="name it by --time")
        return Timing(None, None, None)
    found = survey.column(column)
    if found is None:
        raise ImportFault(f"no column is named `{column}`", hint=f"there are {', '.join(names)}")
    name = found.name
    if layout is not None:
        check_layout(layout)
        forms = {TimeForm.DATE if date_only(layout) else TimeForm.ISO}
    else:
        forms = _forms(files, survey, name)
    there = form_of(table.sample(name))
    target = _target(forms, there, zone, f"`{name}` of `{table.name}`")
    if target in EPOCHS and there in _NO_TIMES and table.holds_text(name):
        # as text they would be no times
        target = TimeForm.ISO
    is_written_out = target in EPOCHS and found.kind is Kind.TEXT
    is_naive = target in (TimeForm.ISO, TimeForm.SPACE) and zone is not None
    if layout is None and forms <= {target} and not is_naive and not is_written_out:
        return Timing(name, target, None)
    return Timing(name, target, Rewriting(target, layout, zone or UTC))


def _target(forms: set[TimeForm], there: TimeForm, zone: tzinfo | None, where: str) -> TimeForm:
    """The form in which times are written: one that sorts, as those do that are there."""
    if there in DAYS and forms - DAYS:
        raise ImportFault(
            f"{where} holds days, and the file moments",
            hint="write them into another --table, or import the days anew as moments",
        )
    is_mixed = bool(forms & DAYS) and bool(forms - DAYS)
    if zone is None and (is_mixed or (forms <= DAYS and there in _MOMENTS)):
        raise ImportFault(
            f"{where} would hold days and moments", hint="say by --timezone where days begin"
        )
    if there in SORTED:
        return there
    if there not in _NO_TIMES or len(forms) > 1:
        return TimeForm.DATE if forms <= DAYS else TimeForm.ISO
    return next((form for form in forms if form in SORTED), TimeForm.ISO)


def check_layout(layout: str) -> None:
    """Make sure that a layout is one.

    Raises:
        ImportFault: it is not.
    """
    try:
        datetime.strptime(datetime(2026, 1, 31, tzinfo=UTC).strftime(layout), layout)  # noqa: DTZ007
    except (ValueError, re.error) as error:
        raise ImportFault(
            f"`{layout}` is no layout of times ({error})", hint="one is '%d.%m.%Y %H:%M'"
        ) from error


def _forms(files: Sequence[RowFile], survey: Survey, column: str) -> set[TimeForm]:
    """The forms of all values of a column, each of which is a time."""
    forms = set(survey.forms(column))
    if TimeForm.UNREADABLE not in forms:
        return forms
    found = first_where(
        files, survey, column, lambda value, _: form_of_any(value) is TimeForm.UNREADABLE
    )
    if found is None:
        return forms - {TimeForm.UNREADABLE}
    file, line, value = found
    raise file.fault(
        line,
        f"`{column}` is `{value}`, which is no time in a form that is known",
        "say how times are written, such as --time-format '%d.%m.%Y %H:%M', which text"
        " stands for none, such as --null N/A, or which other column holds them by --time",
    )


def kind_of_times(form: TimeForm) -> Kind:
    """What a column of rewritten times holds."""
    if form is TimeForm.EPOCH_SECONDS:
        return Kind.NUMBER
    return Kind.WHOLE if form in (*EPOCHS, TimeForm.DAY_NUMBER) else Kind.TEXT
