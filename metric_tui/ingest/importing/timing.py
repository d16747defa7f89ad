"""The column of times, and what becomes of them on their way into the store."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, tzinfo

from metric_tui.engines.times import TimeForm, form_of
from metric_tui.ingest.importing.columns import Kind
from metric_tui.ingest.importing.faults import ImportFault
from metric_tui.ingest.importing.files import RowFile
from metric_tui.ingest.importing.moments import SORTED, Rewriting, form_of_any, time_column
from metric_tui.ingest.importing.survey import Survey, first_where
from metric_tui.ingest.importing.table import Table

_NO_TIMES = (TimeForm.UNREADABLE, TimeForm.EMPTY)


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
    zone: tzinfo,
) -> Timing:
    """What becomes of the times of some files.

    Args:
        files: looked over.
        survey: of them.
        table: that they are written into, which may hold times already.
        wished: the column; None to find it.
        layout: of its times; None for the usual ways.
        zone: of times that name none.

    Raises:
        ImportFault: the column is not there, or something in it is no time.
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
    there = form_of(table.sample(column))
    if layout is not None:
        own = there if there in SORTED and there is not TimeForm.DATE else TimeForm.ISO
        return Timing(found.name, own, Rewriting(own, layout, zone))
    form = _form(files, survey, found.name)
    if form is there or there in _NO_TIMES:
        is_plain = form in SORTED and (zone is UTC or form not in (TimeForm.ISO, TimeForm.SPACE))
        if is_plain:
            return Timing(found.name, form, None)
        target = form if form in SORTED else TimeForm.ISO
        return Timing(found.name, target, Rewriting(target, None, zone))
    if there in SORTED and TimeForm.DATE not in (there, form):
        # one column of one form is found by its index
        return Timing(found.name, there, Rewriting(there, None, zone))
    return Timing(found.name, TimeForm.MIXED, None)


def _form(files: Sequence[RowFile], survey: Survey, column: str) -> TimeForm:
    """The form of all values of a column, each of which is a time."""
    forms = survey.forms(column)
    if TimeForm.UNREADABLE in forms:
        file, line, value = first_where(
            files, survey, column, lambda *own: form_of_any(*own) is TimeForm.UNREADABLE
        )
        raise file.fault(
            line,
            f"`{column}` is `{value}`, which is no time in a form that is known",
            "say how times are written, such as --time-format '%d.%m.%Y %H:%M', or which text"
            " stands for none, such as --null N/A",
        )
    if len(forms) == 1:
        return next(iter(forms))
    return TimeForm.MIXED if forms else TimeForm.EMPTY


def kind_of_times(form: TimeForm) -> Kind:
    """What a column of rewritten times holds."""
    return {
        TimeForm.EPOCH_SECONDS: Kind.NUMBER,
        TimeForm.EPOCH_MILLISECONDS: Kind.WHOLE,
    }.get(form, Kind.TEXT)
