"""The tables of a cache file."""

import sqlite3


def make_tables(connection: sqlite3.Connection) -> None:
    """The file's tables; a store's own tables are never touched."""
    import sqlite_utils

    # sqlite-utils commits what it does unless a transaction is open already, as it is here
    database = sqlite_utils.Database(connection)
    database.table("meta").create({"name": str, "value": str}, pk="name")
    database.table("tables").create(
        {"name": str, "schema": str, "high": int, "rows": int, "content": str, "as_of": str},
        pk="name",
    )  # fmt: skip
    database.table("changes").create(
        {"generation": int, "table_name": str, "time_column": str, "low": float}
    )
    database.table("spaces").create(
        {
            "base_key": str, "source": str, "table_name": str, "excluded": str, "interned": int,
            "reason": str,
        },
        pk="base_key",
    )  # fmt: skip
    database.table("tracks").create(
        {"id": int, "space": str, "key": str, "high": int, "stray": int}, pk="id"
    )
    database.table("tracks").create_index(["key"], unique=True)
    for name in ("blocks", "sets", "firsts"):
        database.table(name).create({"id": int, "data": bytes, "checksum": int}, pk="id")
    database.table("entities").create(
        {"space": str, "number": int, "value": bytes}, pk=("space", "number")
    )
