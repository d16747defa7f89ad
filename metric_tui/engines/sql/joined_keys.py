"""Joins only on keys of which there is one row each: others would count a row several times."""

from metric_tui.base.errors import QuestionError
from metric_tui.base.series import blob_text
from metric_tui.definitions.sources import Source
from metric_tui.engines.store import Store


def check_unique(store: Store, owner: Source, entity: str, key: str) -> None:
    """Make sure that a source has one row for each of its primary entities.

    It is looked up once for each state of the store. Rows without a key join nothing.

    Args:
        store: that holds it.
        owner: the source that is joined.
        entity: its primary entity.
        key: SQL of that entity, the table being named as the entity.

    Raises:
        QuestionError: some entity has several rows.
    """
    if owner.name not in store.repeated_keys:
        store.repeated_keys[owner.name] = _repeated(store, owner, entity, key)
    reason = store.repeated_keys[owner.name]
    if reason is not None:
        raise QuestionError(
            reason,
            hint=f"give `{owner.name}` an `sql` that keeps one row for each `{entity}`, such as the latest",
        )


def _repeated(store: Store, owner: Source, entity: str, key: str) -> str | None:
    """What is wrong with the keys of a source, None where nothing is."""
    name = store.engine.dialect.quote(entity)
    counts = (
        f"SELECT {key} AS k, COUNT(*) AS n FROM {store.table_sql(owner)} AS {name}"
        f" WHERE {key} IS NOT NULL GROUP BY 1"
    )
    worst = store.engine.fetch(
        f"SELECT k, n FROM (\n{counts}\n) AS c WHERE n > 1 ORDER BY n DESC, k LIMIT 1"
    ).rows
    if not worst:
        return None
    ((several, every),) = store.engine.fetch(
        f"SELECT SUM(CASE WHEN n > 1 THEN 1 ELSE 0 END), COUNT(*) FROM (\n{counts}\n) AS c"
    ).rows
    value, rows = worst[0]
    shown = blob_text(value) if isinstance(value, bytes) else value
    return (
        f"`{owner.name}` has several rows for one `{entity}`, so its dimensions would count rows"
        f" twice: {int(several):,} of {int(every):,} keys, {int(rows):,} rows for `{shown}`"
    )
