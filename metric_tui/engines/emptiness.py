"""Why a store has no events that a question could be about, and what to do about it."""

from metric_tui.base.errors import Cancelled, MetricTuiError, QuestionError
from metric_tui.definitions.sources import Source
from metric_tui.engines.sql.scope import Scope
from metric_tui.engines.store import Store

_IMPORT = "import some, or point `store` at another file"


def no_events(store: Store) -> QuestionError:
    """The error of a store of whose sources none has an event; the first source says why.

    Raises:
        Cancelled: the engine was interrupted.
    """
    for source in store.tree.sources.values():
        try:
            reason, hint = _reason(store, source)
        except Cancelled:
            raise
        except MetricTuiError as error:
            reason, hint = error.message, error.hint or _IMPORT
        return QuestionError(f"the store has no events: {reason}", hint=hint)
    return QuestionError("the store has no events", hint=_IMPORT)


def _reason(store: Store, source: Source) -> tuple[str, str]:
    """Why a source has no event, and what to write."""
    dialect, where = store.engine.dialect, f"source `{source.name}`"
    column, alias = source.agg_time_dimension, dialect.quote(source.name)
    quoted, rows = f"{alias}.{dialect.quote(column)}", f"FROM {store.table_sql(source)} AS {alias}"
    every, timed = store.engine.fetch(f"SELECT COUNT(*), COUNT({quoted}) {rows}").rows[0]
    if not every:
        return f"{where} is empty", _IMPORT
    if not timed:
        said = f"`{column}` is null in {'its only row' if every == 1 else f'all {every:,} rows'}"
        return f"{said} of {where}", "name a column of times in `agg_time_dimension`"
    condition = Scope(store, source).condition(source.filter)
    kept = store.engine.fetch(f"SELECT COUNT(*) {rows} WHERE {condition or 'TRUE'}").rows[0][0]
    if not kept:
        return f"no row of {where} passes its `filter`", "look at its condition"
    found = store.engine.fetch(f"SELECT {quoted} {rows} WHERE {quoted} IS NOT NULL LIMIT 1").rows
    return (
        f"`{column}` of {where} holds `{found[0][0]}`, which is no time that there is",
        "name a column of times in `agg_time_dimension`, or write `time_format` in the source",
    )
