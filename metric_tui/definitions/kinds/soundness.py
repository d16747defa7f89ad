"""Notes that a value rests on little: on few rows, or on days whose events are missing."""

from bisect import bisect_left
from collections.abc import Iterable, Mapping
from dataclasses import replace

from metric_tui.base.periods import Span
from metric_tui.base.series import Note, Table
from metric_tui.base.volume import gap_places
from metric_tui.definitions.asks import MeasureAsk, Need, Rows, Setting, Slice, VolumeMeasure

FEW = 30
"""A rate or mean over fewer than this swings by chance: by 9 percentage points at a half."""

_VOLUME = "volume of "


def volume_needs(every: Iterable[Rows], setting: Setting) -> Mapping[str, Need]:
    """Asks how many rows there are on each day of the setting, whatever is filtered.

    Args:
        every: the rows that a metric reads.
        setting: of the question.

    Returns:
        Asks by slots that `with_gaps` knows; nothing where no days are looked at.
    """
    if not setting.volume_days:
        return {}
    plain = dict.fromkeys(replace(rows, filters=()) for rows in every)
    return {
        f"{_VOLUME}{place}": MeasureAsk(
            measure=VolumeMeasure(rows=rows), spans=setting.volume_days, slice=Slice()
        )
        for place, rows in enumerate(plain)
    }


def with_gaps(
    table: Table, spans: tuple[Span, ...], setting: Setting, answers: Mapping[str, Table]
) -> Table:
    """Mark `gap` where a span holds a day that misses events, see `base.volume`."""
    days = sorted(
        setting.volume_days[place]
        for slot, volume in answers.items()
        if slot.startswith(_VOLUME)
        for place in gap_places(volume.of(()))
    )
    if not days:
        return table
    starts = [day.start for day in days]

    def is_marked(span: Span) -> bool:
        # of the days that start before a span ends, the last one ends last
        before = bisect_left(starts, span.end)
        return before > 0 and span.start < days[before - 1].end

    return table.with_note("gap", map(is_marked, spans))


def with_few(table: Table, counts: Table) -> Table:
    """Mark `small` where a value rests on fewer than 30 of what `counts` counts."""
    small: Note = "small"
    notes = dict(table.notes)
    for group, row in table.values.items():
        below = counts.of(group)
        flags = [
            value is not None and count is not None and 0 < count < FEW
            for value, count in zip(row, below, strict=True)
        ]
        if any(flags):
            notes[group] = tuple(
                note | {small} if flag else note
                for note, flag in zip(table.notes_of(group), flags, strict=True)
            )
    return replace(table, notes=notes)
