"""Filters of the whole tree as people write them: `platform=ios`, `country!=FR`, `country=`."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from metric_tui.base.errors import QuestionError
from metric_tui.base.series import Cell, cell_text
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


def leaving_out(where: tuple[Condition, ...], dimension: str, value: Cell) -> tuple[Condition, ...]:
    """The filters with one value of a dimension left out beside what they leave out already.

    Raises:
        QuestionError: they keep nothing of the dimension but this value.
    """
    own = [entry for entry in where if entry.dimension == dimension]
    others = tuple(entry for entry in where if entry.dimension != dimension)
    if not any(entry.operator == "!=" for entry in own):
        kept = [_without(entry, value) for entry in own]
        if any(not entry.choices for entry in kept):
            raise QuestionError("nothing else is left by the filter")
        return (
            *others,
            *(kept or [Condition(dimension=dimension, operator="!=", choices=(value,))]),
        )
    return (*others, *(_without(entry, value) for entry in own))


def keeps(where: Iterable[Condition], dimension: str, value: Cell) -> bool:
    """Whether the filters leave rows with that value of a dimension; typed values count as text."""
    text = None if value is None else str(value)
    return all(
        (text in [None if each is None else str(each) for each in entry.choices])
        == (entry.operator == "=")
        for entry in where
        if entry.dimension == dimension
    )


def condition_texts(where: Iterable[Condition]) -> Iterator[str]:
    """Filters as `parse_conditions` reads them, one text for each value."""
    for entry in where:
        for choice in entry.choices:
            yield f"{entry.dimension}{entry.operator}{cell_text(choice)}"


def is_same(one: Iterable[Condition], other: Iterable[Condition]) -> bool:
    """Whether two filters say the same in whatever order; typed values count as text."""
    return _said(one) == _said(other)


def _said(where: Iterable[Condition]) -> frozenset[tuple[str, str, frozenset[str]]]:
    return frozenset(
        (entry.dimension, entry.operator, frozenset(map(cell_text, entry.choices)))
        for entry in where
    )


def _without(entry: Condition, value: Cell) -> Condition:
    """The filter without a value: no longer among those kept, or one more of those left out."""
    others = tuple(choice for choice in entry.choices if choice != value)
    return replace(entry, choices=others if entry.operator == "=" else (*others, value))


def _parts(text: str) -> tuple[str, str, str]:
    before, found, value = text.partition("=")
    dimension = before.removesuffix("!").strip()
    if found and dimension:
        return dimension, "!=" if before.endswith("!") else "=", value.strip()
    raise QuestionError(
        f"`{text}` is no filter", hint="write `platform=ios`, `country!=FR`, or `country=` for null"
    )
