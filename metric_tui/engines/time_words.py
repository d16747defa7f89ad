"""What a column that is named for times holds, in words: what was found, or what to write."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import product

from metric_tui.base.errors import StoreError
from metric_tui.base.series import Cell
from metric_tui.definitions.sources import Source
from metric_tui.engines.instants import milliseconds_of
from metric_tui.engines.time_forms import ColumnForm, TimeForm, column_form

KNOWN = "ISO text, dates, months, epoch or Julian numbers, `20260131`"

_DAYS = (
    "%m/%d/%Y", "%d/%m/%Y", "%d.%m.%Y", "%m-%d-%Y", "%d-%m-%Y", "%m/%d/%y", "%d/%m/%y", "%d.%m.%y",
    "%Y/%m/%d", "%Y.%m.%d", "%Y%m%d", "%b %d, %Y", "%B %d, %Y", "%d %b %Y", "%d %B %Y", "%d-%b-%Y",
    "%d-%b-%y", "%a %b %d %Y", "%m/%Y", "%b %Y", "%B %Y", "%Y/%m", "%Y",
)  # fmt: skip
_CLOCKS = (
    "", " %H:%M", " %H:%M:%S", " %H:%M:%S.%f", " %I:%M %p", " %I:%M:%S %p", "T%H:%M:%S", "T%H%M%S",
    " %H%M%S", "%H%M%S", ", %I:%M:%S %p", ":%H:%M:%S", ":%H:%M:%S %z", " %H:%M:%S %z",
)  # fmt: skip
LAYOUTS = tuple("".join(parts) for parts in product(_DAYS, _CLOCKS))
"""Layouts that are suggested where they read what there is."""

_AGES = (0, 4_133_980_800_000)
"""Milliseconds of 1970 and of 2101."""

_MOST_TRIED = 200


def form_of_column(source: Source, column: str, sample: Sequence[Cell]) -> ColumnForm:
    """How a source's column writes its times.

    Args:
        source: whose `time_format` counts where it is of this column, or nothing else is known.
        column: the column's name.
        sample: values of it.

    Raises:
        StoreError: they are no times; it says what they are, with an example, and what to write.
    """
    found = column_form(sample)
    if found.form in (TimeForm.NATIVE, TimeForm.NATIVE_DATE, TimeForm.EMPTY):
        return found
    layout = source.time_format
    if layout is not None and (
        column.lower() == source.agg_time_dimension.lower() or found.form is TimeForm.UNREADABLE
    ):
        return _form_of_layout(source, column, sample, layout)
    if found.form is TimeForm.UNREADABLE:
        raise _no_times(source, column, sample)
    return found


def _form_of_layout(source: Source, column: str, sample: Sequence[Cell], layout: str) -> ColumnForm:
    values = [value for value in sample if value is not None]
    read = [value for value in values if _reads(layout, value)]
    if not read:
        raise StoreError(
            f"`{column}` of source `{source.name}` holds `{values[0]}`, which"
            f' `time_format: "{layout}"` does not read',
            hint=_advice(values) or "write the format that it has, or leave `time_format` out",
        )
    return ColumnForm(form=TimeForm.LAYOUT, example=read[0])


def _reads(layout: str, value: Cell) -> bool:
    plain = value if isinstance(value, (str, int, float)) else str(value)
    return milliseconds_of(plain, layout) is not None


def _no_times(source: Source, column: str, sample: Sequence[Cell]) -> StoreError:
    values = list(dict.fromkeys(value for value in sample if value is not None))
    where = f"`{column}` of source `{source.name}` holds"
    layouts = layouts_of(values)
    if len(layouts) > 1:
        meant = " or ".join(_day_in_words(values[0], layout) for layout in layouts[:2])
        return StoreError(
            f"{where} times such as `{values[0]}`, which may mean {meant}", hint=_listed(layouts)
        )
    if layouts:
        return StoreError(
            f"{where} times such as `{values[0]}`, in a form that is never guessed",
            hint=_listed(layouts),
        )
    kind = "numbers" if all(isinstance(value, (int, float)) for value in values) else "values"
    return StoreError(
        f"{where} no times but {kind} such as {_examples(values)}",
        hint=f"name a column of times ({KNOWN}), or write `time_format` in the source",
    )


def layouts_of(values: Iterable[Cell]) -> tuple[str, ...]:
    """Layouts that read all of some values as times between 1970 and 2100, the likeliest first."""
    texts = [value for value in values if isinstance(value, (str, int))][:_MOST_TRIED]
    if not texts:
        return ()
    found: dict[tuple[int, ...], str] = {}
    for layout in LAYOUTS:
        read = _read_by(layout, texts)
        if read is not None:
            # `%b` and `%B` read May alike
            found.setdefault(read, layout)
    return tuple(found.values())


def _read_by(layout: str, texts: Sequence[str | int]) -> tuple[int, ...] | None:
    """What a layout makes of some values; None where one of them is no time of this age."""
    found = []
    for text in texts:
        since = milliseconds_of(text, layout)
        if since is None or not _AGES[0] <= since < _AGES[1]:
            return None
        found.append(since)
    return tuple(found)


def _advice(values: Iterable[Cell]) -> str | None:
    layouts = layouts_of(values)
    return _listed(layouts) if layouts else None


def _listed(layouts: Sequence[str]) -> str:
    return "write " + " or ".join(f'`time_format: "{layout}"`' for layout in layouts)


def _day_in_words(value: Cell, layout: str) -> str:
    moment = datetime.strptime(str(value).strip(), layout)  # noqa: DTZ007
    return f"{moment.day} {moment:%B %Y}"


def _examples(values: Sequence[Cell]) -> str:
    return " and ".join(f"`{str(value)[:40]}`" for value in values[:2])


def form_in_words(found: ColumnForm, layout: str | None = None) -> str:
    """A column's form with an example, for a person."""
    words = found.form.value
    if found.form is TimeForm.LAYOUT and layout is not None:
        words = f"text in the form `{layout}`"
    if found.is_text:
        words += " written as text"
    return words if found.example is None else f"{words}, such as `{found.example}`"
