"""Filters of the whole tree as people write them: `platform=ios`, `country!=FR`, `country=`."""

from collections.abc import Iterable

from metric_tui.base.errors import QuestionError
from metric_tui.definitions.asks import Condition


def parse_conditions(texts: Iterable[str]) -> tuple[Condition, ...]:
    """Read filters; several `=` on one dimension mean any of the values.

    Raises:
        QuestionError: a text is no `DIM=VALUE`.
    """
    found: dict[tuple[str, str], list[str | None]] = {}
    for text in texts:
        dimension, operator, value = _parts(text)
        found.setdefault((dimension, operator), []).append(value or None)
    return tuple(
        Condition(
            dimension=dimension,
            operator="=" if operator == "=" else "!=",
            choices=tuple(dict.fromkeys(values)),
        )
        for (dimension, operator), values in found.items()
    )


def _parts(text: str) -> tuple[str, str, str]:
    before, found, value = text.partition("=")
    dimension = before.removesuffix("!").strip()
    if found and dimension:
        return dimension, "!=" if before.endswith("!") else "=", value.strip()
    raise QuestionError(
        f"`{text}` is no filter", hint="write `platform=ios`, `country!=FR`, or `country=` for null"
    )
