"""Names of a fragment resolved against one source: columns, dimensions, entities, joined sources."""

from dataclasses import dataclass, field

from metric_tui.base.errors import QuestionError
from metric_tui.base.series import Cell, bytes_of
from metric_tui.definitions.asks import Condition
from metric_tui.definitions.fragments import Column, Fragment, Node
from metric_tui.definitions.sources import Dimension, Source
from metric_tui.engines.sql.joined_keys import check_unique
from metric_tui.engines.store import Store


@dataclass(slots=True)
class Scope:
    """Renders fragments over one source and remembers which others must be joined."""

    store: Store
    source: Source
    joined: list[str] = field(default_factory=list)
    """Entities whose own sources are joined, in order of first use."""

    def render(self, node: Node) -> str:
        """A fragment as SQL.

        Raises:
            QuestionError: it names what the source does not have.
        """
        return self.store.engine.dialect.render(node, self._resolve)

    def condition(self, fragments: tuple[Fragment, ...]) -> str | None:
        """Fragments joined by AND; None for none."""
        parts = [self.render(fragment.node) for fragment in fragments]
        return " AND ".join(parts) if parts else None

    def dimension(self, name: str) -> str:
        """A declared dimension as SQL, in its buckets where it has any.

        Raises:
            QuestionError: the source has no such dimension.
        """
        entry = self.store.tree.dimension(self.source, name)
        if entry is None:
            raise QuestionError(f"source `{self.source.name}` has no dimension `{name}`")
        text = self._joined_dimension(name, entry)
        if not entry.buckets:
            return text
        return self._bucketed(self.store.engine.dialect.as_number(text), entry.buckets)

    def group_key(self, name: str) -> str:
        """A declared dimension as rows are grouped by it."""
        return self.store.engine.dialect.group_key(self.dimension(name))

    def where(self, conditions: tuple[Condition, ...]) -> list[str]:
        """Filters of the whole tree as SQL conditions."""
        return [self._where(condition) for condition in conditions]

    def from_clause(self) -> str:
        """FROM with the joins that the fragments rendered so far ask for."""
        quote = self.store.engine.dialect.quote
        text = f"FROM {self.store.table_sql(self.source)} AS {quote(self.source.name)}"
        for entity in self.joined:
            owner = self._owner(entity)
            key = self._entity(self.source, entity)
            other = Scope(self.store, owner)._plain(owner.entities[entity].node, entity)
            text += (
                f" LEFT JOIN {self.store.table_sql(owner)} AS {quote(entity)} ON {key} = {other}"
            )
        return text

    def _where(self, condition: Condition) -> str:
        value = self.dimension(condition.dimension)
        alike = [self._equals(value, choice) for choice in condition.choices]
        if condition.operator == "=":
            return f"({' OR '.join(alike)})"
        if None in condition.choices:
            return " AND ".join(f"NOT {text}" for text in alike)
        # a null is not unequal to anything, as in SQL
        return f"({value} IS NOT NULL AND " + " AND ".join(f"NOT {text}" for text in alike) + ")"

    def _equals(self, value: str, choice: Cell) -> str:
        dialect = self.store.engine.dialect
        if choice is None:
            return f"({value} IS NULL)"
        if isinstance(choice, str):
            text = f"({dialect.cast(value, 'TEXT')} = {dialect.literal(choice)})"
            raw = bytes_of(choice)
            return text if raw is None else f"({text} OR {dialect.equals_bytes(value, raw)})"
        return f"({dialect.as_number(value)} = {dialect.literal(choice)})"

    def _resolve(self, column: Column) -> str:
        name = column.name
        if self.store.has_column(self.source, name):
            return self._qualified(self.source.name, name)
        if self.store.tree.dimension(self.source, name) is not None:
            return self.dimension(name)
        if name in self.source.entities:
            return self._entity(self.source, name)
        raise QuestionError(f"source `{self.source.name}` has no column `{name}`")

    def _joined_dimension(self, name: str, entry: Dimension) -> str:
        if name in self.source.dimensions:
            return self._plain(entry.expr.node, self.source.name)
        entity = name.partition("__")[0]
        owner = Scope(self.store, self._owner(entity))
        if entity not in self.joined:
            key = owner._plain(owner.source.entities[entity].node, entity)
            check_unique(self.store, owner.source, entity, key)
            self.joined.append(entity)
        return owner._plain(entry.expr.node, entity)

    def _plain(self, node: Node, alias: str) -> str:
        """A fragment over the columns of this source alone, under an alias."""

        def resolve(column: Column) -> str:
            if self.store.has_column(self.source, column.name):
                return self._qualified(alias, column.name)
            raise QuestionError(f"source `{self.source.name}` has no column `{column.name}`")

        return self.store.engine.dialect.render(node, resolve)

    def _entity(self, source: Source, entity: str) -> str:
        return self._plain(source.entities[entity].node, source.name)

    def _owner(self, entity: str) -> Source:
        owner = self.store.tree.owner_of(entity)
        if owner is None:
            raise QuestionError(f"no source has `{entity}` as its primary entity")
        return owner

    def _qualified(self, alias: str, column: str) -> str:
        dialect = self.store.engine.dialect
        return f"{dialect.quote(alias)}.{dialect.quote(column)}"

    def _bucketed(self, value: str, bounds: tuple[float, ...]) -> str:
        literal = self.store.engine.dialect.literal
        branches = " ".join(
            f"WHEN {value} <= {bound:g} THEN {literal(label)}"
            for bound, label in zip(bounds, bucket_labels(bounds), strict=False)
        )
        last = literal(bucket_labels(bounds)[-1])
        return f"CASE WHEN {value} IS NULL THEN NULL {branches} ELSE {last} END"


def bucket_labels(bounds: tuple[float, ...]) -> tuple[str, ...]:
    """Names of buckets by their inclusive upper bounds: `0-1, 2-4, 5+` for `[1, 4]`."""
    whole = all(bound == int(bound) for bound in bounds)
    lows = [0.0, *(bound + 1 if whole else bound for bound in bounds)]
    inner = [f"{low:g}-{high:g}" for low, high in zip(lows, bounds, strict=False)]
    return (*inner, f"{lows[-1]:g}+" if whole else f">{bounds[-1]:g}")
