"""Values that a filter asks for and no row of the store has: most likely a slip."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from metric_tui.base.series import cell_text
from metric_tui.definitions.asks import Condition
from metric_tui.engines.store import Store
from metric_tui.engines.values import dimension_values
from metric_tui.loading.nearest import did_you_mean

MOST_VALUES = 100_000
LISTED = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Unmatched:
    """A value that no row has."""

    dimension: str
    value: str
    hint: str
    """The nearest value there is, or some of them."""


def unmatched_values(
    store: Store, where: Iterable[Condition], *, rollup: bool = True
) -> Iterator[Unmatched]:
    """The values that `=` filters ask for and no row has, whenever; null is a value like others.

    Args:
        store: whose rows are looked at.
        where: the filters.
        rollup: False to have plain SQL go over every row.

    Raises:
        QuestionError: no source has such a dimension.
        StoreError: the store cannot be read.
    """
    for condition in where:
        if condition.operator != "=":
            continue
        found = dimension_values(store, condition.dimension, MOST_VALUES, rollup=rollup)
        known = dict.fromkeys(cell_text(cell) for cell, _ in found)
        for choice in condition.choices:
            text = cell_text(choice)
            if text not in known:
                names = [name for name in known if name]
                listed = ", ".join(names[:LISTED]) + ", ..." * (len(names) > LISTED)
                yield Unmatched(
                    dimension=condition.dimension,
                    value=text,
                    hint=did_you_mean(text, names) or f"it has {listed or 'none'}",
                )
