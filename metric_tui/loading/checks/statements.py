"""`sql:` holds one statement that only reads."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from metric_tui.base.problems import Path, Problem
from metric_tui.definitions.kinds.sql import Sql
from metric_tui.loading.checks.file import File

_FIRST_WORD = re.compile(r"\s*([A-Za-z]+)")

_FILE_FUNCTIONS = {"load_extension", "readfile", "writefile", "edit", "fts3_tokenizer"}
"""SQLite's functions that reach beyond the store."""

READ_ONLY_HINT = "write one SELECT, without `;`"


def statements_only_read(file: File) -> Iterator[Problem]:
    """The SELECTs of sources and sql metrics."""
    for source in file.tree.sources.values():
        if source.sql is not None:
            path: Path = ("sources", source.name, "sql")
            yield from _statement(file, path, source.sql, needed=())
    for metric in file.tree.metrics.values():
        if isinstance(metric, Sql):
            path = ("metrics", metric.name, "sql")
            yield from _statement(file, path, metric.sql, needed=("day", "value"))


def _statement(file: File, path: Path, text: str, *, needed: tuple[str, ...]) -> Iterator[Problem]:
    # importing the parser costs more than all other checks, so only a file with SQL pays
    from sqlglot import exp
    from sqlglot.errors import SqlglotError

    first = _FIRST_WORD.match(text)
    if first and first[1].upper() not in ("SELECT", "WITH", "VALUES"):
        message = f"`sql` must only read, and {first[1].upper()[:40]} does not"
        yield file.at_value(path, "bad-sql", message, hint=READ_ONLY_HINT)
        return
    try:
        statements = _parsed(text)
    except (SqlglotError, RecursionError) as error:
        message, within = _reason(error, text)
        yield file.at_value(path, "bad-sql", message, within=within)
        return
    if len(statements) != 1 or text.rstrip().endswith(";"):
        message = "`sql` must hold exactly one statement"
        yield file.at_value(path, "bad-sql", message, hint=READ_ONLY_HINT)
        return
    writing = _writing_part(statements[0], exp)
    if writing is not None:
        message = f"`sql` must only read, and {writing} does not"
        yield file.at_value(path, "bad-sql", message, hint=READ_ONLY_HINT)
        return
    yield from _columns(file, path, statements[0], needed)


def _parsed(text: str) -> list[Any]:
    import logging

    from sqlglot import parse

    logger = logging.getLogger("sqlglot")
    before = logger.level
    # it writes to the terminal what we say as a problem
    logger.setLevel(logging.CRITICAL)
    try:
        return [found for found in parse(text) if found is not None]
    finally:
        logger.setLevel(before)


def _reason(error: Exception, text: str) -> tuple[str, tuple[int, int] | None]:
    """Our sentence, and the place of the word the parser stopped at, where it says so."""
    found: list[dict[str, Any]] = getattr(error, "errors", None) or [{}]
    word = str(found[0].get("highlight") or "")
    before = str(found[0].get("start_context") or "")
    start = len(before)
    # the context is cut off on the left in long statements; then the place is not known
    if word and text.startswith(before + word):
        return f"`sql` cannot be read at `{word[:40]}`", (start, start + len(word))
    return "`sql` is no SQL statement that can be read", None


def _writing_part(statement: Any, exp: Any) -> str | None:
    """The first thing in a statement that is more than reading, in upper case."""
    if not isinstance(statement, exp.Query):
        return str(statement.key).upper()
    forbidden = (
        exp.Insert, exp.Update, exp.Delete, exp.Create, exp.Drop, exp.Alter, exp.Merge,
        exp.Command, exp.Pragma, exp.Attach, exp.Detach, exp.Into,
    )  # fmt: skip
    found = statement.find(*forbidden)
    if found is not None:
        return str(found.key).upper()
    calls = (call.name for call in statement.find_all(exp.Anonymous))
    return next((name for name in calls if name.lower() in _FILE_FUNCTIONS), None)


def _columns(file: File, path: Path, statement: Any, needed: tuple[str, ...]) -> Iterator[Problem]:
    given = {str(name).lower() for name in statement.named_selects}
    if "*" in given:
        return
    missing = [name for name in needed if name not in given]
    if missing:
        names = " and ".join(f"`{name}`" for name in missing)
        hint = "it gives `day, value`, and dimensions"
        yield file.at_value(path, "bad-sql", f"`sql` gives no column {names}", hint=hint)
