"""What files hold, before anything is written."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from typing import Any

from metric_tui.engines.time_forms import TimeForm, form_of
from metric_tui.ingest.importing.batches import Batch
from metric_tui.ingest.importing.columns import Column, Kind, Taken, kinds_of
from metric_tui.ingest.importing.faults import ImportFault
from metric_tui.ingest.importing.files import RowFile
from metric_tui.ingest.importing.moments import TEXT_FORMS, forms_of, has_name_of_times
from metric_tui.ingest.importing.nulls import WORDS, Place

SAMPLED = 500
"""Values of each column that its times are looked for in."""


@dataclass(frozen=True, slots=True)
class _Values:
    """The values of one column in a batch."""

    file: str
    batch: Batch
    own: tuple[Any, ...]


@dataclass(slots=True)
class Survey:
    """The columns of some files, whatever case each file writes their names in."""

    nulls: frozenset[str]
    """Text that stands for no value."""

    time: str | None = None
    """The column of times, where it is named."""

    texts: frozenset[str] = frozenset()
    """Columns, in lower case, that are text whatever they look like."""

    decimal: str | None = None
    """The mark before decimals, where the user says which."""

    rows: int = 0
    _forms: dict[str, set[TimeForm]] = field(default_factory=dict)
    """Of columns that may hold times."""

    _may_be_times: dict[str, bool] = field(default_factory=dict)

    _columns: dict[str, Column] = field(default_factory=dict)
    _samples: dict[str, list[Any]] = field(default_factory=dict)

    @property
    def columns(self) -> tuple[Column, ...]:
        """In the order in which they were met."""
        return tuple(self._columns.values())

    def column(self, name: str) -> Column | None:
        """A column by its name."""
        return self._columns.get(name.lower())

    def look(self, files: Iterable[RowFile], looked: Callable[[RowFile], None]) -> None:
        """Go over all rows.

        Args:
            files: of the rows.
            looked: called after every batch.

        Raises:
            ImportFault: a file cannot be read.
        """
        for file in files:
            for batch in file.batches():
                self._take(file, batch)
                looked(file)

    def _take(self, file: RowFile, batch: Batch) -> None:
        lower = [name.lower() for name in batch.columns]
        if len(set(lower)) < len(lower):
            twice = next(name for name in batch.columns if lower.count(name.lower()) > 1)
            raise ImportFault(
                f"`{file.name}` names column `{twice}` twice",
                hint="SQLite takes names that differ only in case for one",
            )
        self.rows += len(batch.rows)
        for name, values in zip(batch.columns, zip(*batch.rows, strict=True), strict=True):
            column = self._columns.setdefault(name.lower(), Column(name))
            self._take_values(_Values(file.name, batch, values), column)

    def _take_values(self, values: "_Values", column: Column) -> None:
        """Learn from the values of one column in a batch."""
        is_text = values.batch.is_text
        present = self.present(values.own, are_texts=is_text)
        is_bare = False
        if not column.is_known:
            kinds = kinds_of(present, is_text=is_text)
            if Kind.TEXT in kinds:
                present, is_bare = self._without_words(values, present, column), True
                kinds = kinds_of(present, is_text=is_text)
            if present:
                place = partial(self._place, values)
                column.take(Taken(present, kinds, is_text, self.decimal, place))
        sample = self._samples.setdefault(column.name.lower(), [])
        sample += [value for value in present[: SAMPLED - len(sample)] if value not in WORDS]
        if self._may_be_time(column.name) and present:
            forms = forms_of(present)
            if TimeForm.UNREADABLE in forms and not is_bare:
                present = self._without_words(values, present, column)
                forms = forms_of(present) if present else set()
            self._forms.setdefault(column.name.lower(), set()).update(forms)

    def _without_words(self, values: "_Values", present: list[Any], column: Column) -> list[Any]:
        """Those that are no word for none; the words are counted."""
        if WORDS.isdisjoint(present):
            return present
        return column.words.without(present, values.file, self._lines(values))

    def _place(self, values: "_Values", index: int) -> Place:
        """Where one of the values is, counted without those that are none and words for none."""
        pairs = zip(values.own, values.batch.lines, strict=True)
        lines = (line for value, line in pairs if value not in WORDS and self.present([value]))
        return Place(values.file, next(islice(lines, index, None)))

    def _lines(self, values: "_Values") -> list[int]:
        """The line of each value that is any."""
        pairs = zip(values.own, values.batch.lines, strict=True)
        return [line for value, line in pairs if self.present([value])]

    def nulls_of(self, name: str, *, is_text: bool) -> frozenset[str]:
        """Text that stands for no value in a column: words too, where other values are no text.

        Args:
            name: of the column.
            is_text: whether its values are written as text, times among them.
        """
        if name.lower() in self.texts or (is_text and not self._holds_times(name)):
            return self.nulls
        return self.nulls | self._columns[name.lower()].words.counts.keys()

    def _holds_times(self, name: str) -> bool:
        forms = self.forms(name)
        return bool(forms) and forms.isdisjoint((TimeForm.UNREADABLE, TimeForm.EMPTY))

    def _may_be_time(self, name: str) -> bool:
        known = self._may_be_times.get(name.lower())
        if known is None:
            sample = self._samples[name.lower()]
            is_named = self.time is not None and name.lower() == self.time.lower()
            known = (
                is_named
                or has_name_of_times(name)
                or form_of(sample) in (*TEXT_FORMS, TimeForm.MIXED)
            )
            if sample:
                # what a column begins with says what it is of
                self._may_be_times[name.lower()] = known
        return known

    def forms(self, name: str) -> frozenset[TimeForm]:
        """The forms of time that all values of a column are in, if it may hold times."""
        return frozenset(self._forms.get(name.lower(), ()))

    def present(self, values: Iterable[Any], *, are_texts: bool = False) -> list[Any]:
        """Those that are any."""
        nulls = self.nulls
        if are_texts and len(nulls) == 1:
            # the empty one
            return list(filter(None, values))
        return [v for v in values if v is not None and not (isinstance(v, str) and v in nulls)]

    def sample(self, name: str) -> list[Any]:
        """Some values of a column, as the store will hold them."""
        column = self._columns[name.lower()]
        return [column.stored(value) for value in self._samples[name.lower()]]


def first_where(
    files: Iterable[RowFile], survey: Survey, name: str, is_other: Callable[[Any, bool], bool]
) -> tuple[RowFile, int, Any] | None:
    """The file, line and value of the first value of a column that is another one; None for none.

    Args:
        files: looked over.
        survey: of them.
        name: of the column.
        is_other: asked of a value, and of whether it is text that may mean something else.
    """
    for file in files:
        for batch in file.batches():
            lower = [each.lower() for each in batch.columns]
            if name.lower() not in lower:
                continue
            place = lower.index(name.lower())
            for line, row in zip(batch.lines, batch.rows, strict=True):
                for value in survey.present([row[place]]):
                    if value not in WORDS and is_other(value, batch.is_text):
                        return file, line, value
    return None
