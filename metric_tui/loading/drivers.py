"""Drivers hung on a metric and taken off it, as edits of the file's text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from metric_tui.base.errors import DefinitionError
from metric_tui.base.formula_terms import with_term, without_term
from metric_tui.base.problems import Path
from metric_tui.definitions.kinds.derived import Derived
from metric_tui.definitions.tree import MetricTree
from metric_tui.loading.document import Document, read_document
from metric_tui.loading.edit import append_to_list, insert_metric, remove_key, set_value
from metric_tui.loading.flow_text import flow_text
from metric_tui.loading.load import load
from metric_tui.loading.nodes import Mapping as MappingNode
from metric_tui.loading.nodes import solid

Hold = Literal["influence", "guardrail", "plus", "minus"]
"""How a driver hangs on its parent: believed, held in check, or a term of its arithmetic."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Removal:
    """A driver taken off its parent: the new text, and what else that does."""

    parent: str
    child: str
    text: str
    formula: tuple[str, str] | None = None
    """The parent's arithmetic before and after, which is empty where all of it goes."""

    changes_value: bool = False
    """Whether the parent is computed from that arithmetic."""

    unused: tuple[str, ...] = ()
    """Metrics that nothing uses any more; they stay in the file."""


def removal_of(
    document: Document, tree: MetricTree, parent: str, child: str, view: str | None
) -> Removal:
    """What taking a driver off its parent would do; nothing is written.

    Args:
        document: the file as it is.
        tree: what it says.
        parent: the metric above.
        child: the driver.
        view: the component view shown of the parent; the first one without it.

    Raises:
        DefinitionError: its formula means nothing without the driver, or the edit does not fit.
    """
    chosen = tree.view_of(parent, view)
    if chosen is not None and child in chosen.formula.names:
        found = _without_component(document, tree, parent, child, view)
    else:
        own: Path = ("metrics", parent)
        path, place = _edge_place(document, own, child)
        if place is None:
            raise DefinitionError(f"`{child}` is no driver of `{parent}`")
        text = remove_key(document, (*path, place))
        found = Removal(parent=parent, child=child, text=text)
    after = load(found.text, name="").tree
    unused = [name for name in (after.loose if after else ()) if name not in tree.loose]
    return Removal(
        parent=parent,
        child=child,
        text=found.text,
        formula=found.formula,
        changes_value=found.changes_value,
        unused=tuple(unused),
    )


def _edge_place(document: Document, own: Path, child: str) -> tuple[Path, int | None]:
    """The list that names an influence or guardrail, and where; entries with errors count too."""
    influences, guardrails = (*own, "influences"), (*own, "guardrails")
    place = document.place_of(influences, child, "metric")
    if place is not None:
        return influences, place
    return guardrails, document.place_of(guardrails, child, "metric")


def _without_component(
    document: Document, tree: MetricTree, parent: str, child: str, view: str | None
) -> Removal:
    path, old = _formula(document, tree, parent, view)
    is_computed = path[-1] == "expr"
    new = without_term(old, child)
    if new is not None:
        text = set_value(document, path, flow_text(new))
    elif is_computed:
        raise DefinitionError(
            f"`{parent}` is `{old}`, which is no sum with `{child}` as a term",
            hint="e edits the formula",
        )
    else:
        text = _without_relation(document, tree, parent, path)
    return Removal(
        parent=parent, child=child, text=text, formula=(old, new or ""), changes_value=is_computed
    )


def _without_relation(document: Document, tree: MetricTree, parent: str, path: Path) -> str:
    """The file without a relation that says nothing any more; a derived metric becomes a leaf."""
    components: Path = ("metrics", parent, "components")
    node = document.node(components)
    found = solid(node) if node is not None else None
    if isinstance(found, MappingNode) and len(found.entries) > 1:
        return remove_key(document, path)
    if isinstance(tree.metrics[parent], Derived):
        return set_value(document, components, "[]")
    return remove_key(document, components)


def _formula(
    document: Document, tree: MetricTree, parent: str, view: str | None
) -> tuple[Path, str]:
    """Where a metric's arithmetic stands, and its text; empty where it has none yet."""
    own: Path = ("metrics", parent)
    chosen = tree.view_of(parent, view)
    text = chosen.formula.text if chosen is not None else ""
    node = document.node((*own, "components"))
    if node is None:
        key = "expr" if isinstance(tree.metrics[parent], Derived) else "components"
        return (*own, key), text
    if isinstance(solid(node), MappingNode) and chosen is not None:
        return (*own, "components", chosen.name), text
    return (*own, "components"), text


def with_driver(
    document: Document,
    tree: MetricTree,
    parent: str,
    child: str,
    hold: Hold,
    *,
    view: str | None = None,
    said: Mapping[str, object] | None = None,
) -> str:
    """The text with a driver hung on a metric.

    Args:
        document: the file as it is.
        tree: what it says.
        parent: the metric above.
        child: the driver's name.
        hold: how it hangs.
        view: the component view it joins; the first one without it.
        said: the keys of a metric that is not in the file yet; None for one that is.

    Raises:
        DefinitionError: the edit does not fit the file.
    """
    found = document
    if said is not None:
        found = read_document(insert_metric(document, child, flow_text(dict(said))))
    if hold in ("influence", "guardrail"):
        return append_to_list(found, ("metrics", parent, f"{hold}s"), flow_text(child))
    path, old = _formula(document, tree, parent, view)
    if not old:
        return set_value(found, path, flow_text(child if hold == "plus" else f"-{child}"))
    new = with_term(old, child, "+" if hold == "plus" else "-")
    return set_value(found, path, flow_text(new))
