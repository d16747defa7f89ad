"""What stands behind a number: its rule, its SQL, its rows."""

from collections.abc import Iterator, Mapping
from datetime import timedelta

from metric_tui.analysis.answers import setting_of, slice_of
from metric_tui.analysis.inspected import Definition, EventTable, Names
from metric_tui.base.errors import MetricTuiError
from metric_tui.base.periods import Span
from metric_tui.base.series import Cell
from metric_tui.definitions.asks import MeasureAsk, MetricAsk, Setting, VolumeMeasure
from metric_tui.definitions.sources import Source
from metric_tui.engines.rows import (
    entities_of_measure,
    entity_column,
    event_names,
    events_statement,
    plain_rows,
    rows_read,
    rows_without_entity,
)
from metric_tui.engines.sql.run import SqlMeasures
from metric_tui.engines.store import Store
from metric_tui.engines.time_words import form_in_words
from metric_tui.planning.build import plan
from metric_tui.planning.frame import Frame
from metric_tui.planning.question import Question


def names_of(store: Store) -> Names:
    """The names that a tree and its store know; a source that cannot be read gives none."""
    tree = store.tree
    columns: dict[str, None] = {}
    events: dict[str, None] = {}
    for source in tree.sources.values():
        try:
            columns.update((info.name, None) for info in store.columns(source).values())
            events.update((name, None) for name in event_names(store, source) or ())
        except MetricTuiError:
            continue
    dimensions = dict.fromkeys(
        name for source in tree.sources.values() for name in tree.dimension_names(source)
    )
    return Names(
        metrics=tuple(tree.metrics),
        columns=tuple(columns),
        events=tuple(events),
        dimensions=tuple(dimensions),
    )


def definition_of(
    store: Store, metric: str, question: Question, *, line: int, yaml: str
) -> Definition:
    """What a metric is; where the store cannot be read, without what only the store knows.

    Args:
        store: the tree's store.
        metric: its name.
        question: the range and slice of its SQL.
        line: where its YAML begins in the file.
        yaml: its YAML as it stands.

    Raises:
        QuestionError: there is no such metric.
    """
    node = store.tree.metric(metric)
    try:
        names = node.slicing_sources(store.tree)
        sources = tuple(store.tree.sources[name] for name in names)
        found = [(store.column_form(s, s.agg_time_dimension), s.time_format) for s in sources]
        forms = tuple(each.form.value for each, _ in found)
        times = tuple(form_in_words(*each) for each in found)
        looked_in = _event_columns(store, names)
        last_event = _last_event(sources, setting_of(store, question)[0])
        sql = sql_of(store, metric, question)
    except MetricTuiError as error:
        names, forms, times, looked_in, last_event, sql = (
            (),
            (),
            (),
            (),
            None,
            f"-- {error.message}",
        )
    return Definition(
        metric=metric,
        rule=node.rule,
        yaml=yaml,
        line=line,
        sql=sql,
        sources=names,
        dimensions=store.tree.dimensions_of(metric) if names else (),
        last_event=last_event,
        time_forms=forms,
        event_columns=looked_in,
        times=times,
    )


def _event_columns(store: Store, names: tuple[str, ...]) -> tuple[str, ...]:
    """In which column each source's events are looked for, and which were found, not given."""
    found = [
        column + ("" if source.event_column else " (found)")
        for source in (store.tree.sources[name] for name in names)
        if (column := store.event_column(source)) is not None
    ]
    return tuple(found)


def _last_event(sources: tuple[Source, ...], setting: Setting) -> str | None:
    found = [
        extent.event or extent.last
        for source in sources
        if (extent := setting.extents.get((source.name, source.agg_time_dimension))) is not None
        and extent.last is not None
    ]
    latest = max(found, default=None)
    return setting.calendar.local(latest).isoformat(timespec="seconds") if latest else None


def sql_of(store: Store, metric: str, question: Question) -> str:
    """The SQL that computes a metric for a question, one labelled statement a measure.

    Raises:
        QuestionError: the metric or the range cannot be asked this way.
        StoreError: the store cannot be opened.
    """
    _, frame = setting_of(store, question)
    periods = ", ".join(f"{i} = {period.label}" for i, period in enumerate(frame.periods))
    statements = [f"-- buckets where the spans are the periods: {periods}"]
    for ask, names in _measures_of(store, metric, question).items():
        (scan,) = SqlMeasures(store).scans([ask])
        labels = [f"-- {', '.join(names)}", *_left_out(store, ask)]
        if all(span.is_empty for span in ask.spans):
            statements.append(f"{labels[0]}\n-- nothing is read: the range lies after the data")
            continue
        statements.append("\n".join([*labels, f"{scan.statement()};"]))
    return "\n\n".join(statements)


def _left_out(store: Store, ask: MeasureAsk) -> Iterator[str]:
    """Says how many rows do not count because nobody knows whose they are."""
    full = [span for span in ask.spans if not span.is_empty]
    if not full:
        return
    reach = Span(min(span.start for span in full), max(span.end for span in full))
    for rows, entity in dict.fromkeys(entities_of_measure(ask.measure)):
        without, every = rows_without_entity(store, rows, entity, ask.slice, reach)
        if without:
            of = f" of {', '.join(rows.events)}" if rows.events else ""
            share = f"{without:,} of {every:,} rows{of} in the range"
            yield f"-- {share} have no {entity.text}: they are left out"


def _measures_of(store: Store, metric: str, question: Question) -> Mapping[MeasureAsk, list[str]]:
    """The measures below a metric, each with the metrics that read it."""
    setting, frame = setting_of(store, question)
    spans = tuple(dict.fromkeys(period.span for period in frame.periods))
    ask = MetricAsk(metric=metric, spans=spans, slice=slice_of(question, by=question.by))
    found: dict[MeasureAsk, list[str]] = {}
    for above, needs in plan([ask], setting).needs.items():
        if isinstance(needs, MetricTuiError):
            raise needs
        for need in needs.values():
            # what only says whether the log is whole computes nothing
            if isinstance(need, MeasureAsk) and not isinstance(need.measure, VolumeMeasure):
                found.setdefault(need, []).append(above.metric)
    return found


def events_of(
    store: Store, metric: str, question: Question, *, limit: int, entity: Cell
) -> EventTable:
    """Rows behind a metric's last period, or one entity's timeline, latest first.

    Raises:
        QuestionError: the metric reads no rows of its own.
        StoreError: the store cannot be read.
    """
    setting, frame = setting_of(store, question)
    asks = tuple(_measures_of(store, metric, question))
    statement = events_statement(
        store, asks, frame.periods[-1].span, entity=entity, limit=limit + 1
    )
    fetched = store.engine.fetch(statement)
    rows = plain_rows(fetched)
    return EventTable(
        columns=fetched.columns,
        rows=rows[:limit],
        entity_column=entity_column(store, rows_read(asks)[0][0].source, fetched.columns),
        note=f"the latest {limit:,} rows; there are more"
        if len(rows) > limit
        else None
        if rows
        else _no_rows(setting, frame, entity),
    )


def _no_rows(setting: Setting, frame: Frame, entity: Cell) -> str:
    """Why there is nothing: nobody of that name, or a period without rows."""
    if entity is not None:
        return f"no rows of `{entity}`"
    period, calendar = frame.periods[-1], setting.calendar
    last = calendar.day_of(period.span.end - timedelta(microseconds=1))
    end = f"; the data ends on {calendar.day_of(frame.watermark)}" if frame.watermark else ""
    return f"no rows from {period.label} to {last}{end}"
