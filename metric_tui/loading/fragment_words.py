"""The words that mean something in an SQL fragment, and SQLite's table of precedence."""

from __future__ import annotations

from metric_tui.definitions import fragments as sql

OR, AND, NOT, EQUALITY, COMPARISON, ADDITION, PRODUCT, JOINING, SIGN = range(1, 10)

POWERS: dict[str, int] = {
    "OR": OR,
    "AND": AND,
    **dict.fromkeys(("=", "==", "!=", "<>"), EQUALITY),
    **dict.fromkeys(("IS", "IN", "LIKE", "BETWEEN", "NOT", "ISNULL", "NOTNULL"), EQUALITY),
    **dict.fromkeys(("<", "<=", ">", ">="), COMPARISON),
    **dict.fromkeys(("+", "-"), ADDITION),
    **dict.fromkeys(("*", "/", "%"), PRODUCT),
    **dict.fromkeys(("||", "->", "->>"), JOINING),
}
SAME: dict[str, sql.BinaryOperator] = {"==": "=", "<>": "!="}

REFUSED_OPERATORS = {
    "GLOB": "write LIKE with `%` and `_`",
    "REGEXP": "write LIKE with `%` and `_`",
    "MATCH": "write LIKE with `%` and `_`",
    "COLLATE": "write LOWER(x) to compare without case",
    "ESCAPE": None,
    "OVER": "a window has no place in a fragment",
    "AS": "a fragment needs no name of its own",
}
RESERVED = {
    *("AND", "OR", "IN", "IS", "LIKE", "BETWEEN", "WHEN", "THEN", "ELSE", "END", "FROM"),
    *("WHERE", "GROUP", "ORDER", "HAVING", "LIMIT", "UNION", "JOIN", "ON", "USING", "VALUES"),
    *("ISNULL", "NOTNULL", "DISTINCT", "AS", "INTO", "SET", "EXISTS"),
}
STATEMENTS = {
    *("SELECT", "INSERT", "UPDATE", "DELETE", "DROP", "CREATE", "ALTER", "ATTACH", "PRAGMA"),
    *("WITH", "VACUUM", "DETACH", "REINDEX", "ANALYZE", "EXPLAIN", "RAISE"),
}
CLOCKS = {"CURRENT_DATE", "CURRENT_TIME", "CURRENT_TIMESTAMP"}

CAST_TYPES: dict[str, sql.CastType] = {
    **dict.fromkeys(("INTEGER", "INT", "BIGINT", "SMALLINT", "TINYINT"), "INTEGER"),
    **dict.fromkeys(("REAL", "FLOAT", "DOUBLE", "NUMERIC", "DECIMAL"), "REAL"),
    **dict.fromkeys(("TEXT", "VARCHAR", "CHAR", "STRING"), "TEXT"),
}
