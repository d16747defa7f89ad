"""The tree as a table: one row per place a metric stands in, keyed by its path."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal, get_args

from metric_tui.base.errors import QuestionError
from metric_tui.definitions.edges import EdgeKind
from metric_tui.definitions.kinds.broken import Broken
from metric_tui.definitions.tree import Edge, MetricTree
from metric_tui.planning.answer import Answer, MetricAnswer
from metric_tui.presentation.annotations import annotations_shown, sparkline_places
from metric_tui.presentation.glyphs import Glyphs
from metric_tui.presentation.marks import change_mark, change_word, edge_mark, short_notes
from metric_tui.presentation.numbers import compact, difference, number_style
from metric_tui.presentation.pieces import Role
from metric_tui.presentation.residual_words import residual_word
from metric_tui.presentation.safe import safe

if TYPE_CHECKING:
    from metric_tui.analysis.status import Flag

Path = tuple[str, ...]
"""Names from a root of the tree to a place in it, both included."""

Order = Literal["file", "contribution", "change", "name"]
ORDERS: tuple[Order, ...] = get_args(Order)
State = Literal["open", "closed", "leaf"]

MOST_ROWS = 5_000
"""A metric may stand in many places; a wide net of them is not drawn to its end."""

_KIND_ORDER: dict[EdgeKind, int] = {"components": 0, "influences": 1, "guardrails": 2}


def top_of(tree: MetricTree) -> str:
    """Where the tree begins: its focus metric, in a file that names none its first metric.

    Raises:
        QuestionError: there is no metric at all.
    """
    if tree.levels:
        return tree.focus
    first = next((name for name, metric in tree.metrics.items() if not metric.hidden), None)
    if first is None:
        raise QuestionError("the file holds no metric")
    return first


@dataclass(frozen=True, slots=True, kw_only=True)
class TreeChoices:
    """What of the tree is shown, and how."""

    root: Path
    """The path of the top row; what stands above it is the breadcrumb."""

    depth: int = 3
    """How many levels below the root are shown, where nothing was opened or closed by hand."""

    opened: frozenset[Path] = frozenset()
    closed: frozenset[Path] = frozenset()
    views: Mapping[str, str] = field(default_factory=dict)
    """The component view chosen for a metric; its first one without."""

    order: Order = "file"

    def is_open(self, path: Path) -> bool:
        """Whether the children of a place are shown."""
        if path in self.closed:
            return False
        return path in self.opened or len(path) - len(self.root) < self.depth

    def toggled(self, path: Path) -> "TreeChoices":
        """The same with one place opened or closed."""
        if self.is_open(path):
            return replace(self, opened=self.opened - {path}, closed=self.closed | {path})
        return replace(self, opened=self.opened | {path}, closed=self.closed - {path})

    def to_depth(self, depth: int) -> "TreeChoices":
        """The same with so many levels shown, whatever was opened or closed before."""
        return replace(self, depth=depth, opened=frozenset(), closed=frozenset())

    def revealing(self, path: Path) -> "TreeChoices":
        """The same with every place above a path opened; the root moves if the path is not below."""
        root = self.root if path[: len(self.root)] == self.root else path[:1]
        above = {path[:length] for length in range(len(root), len(path))}
        return replace(self, root=root, opened=self.opened | above, closed=self.closed - above)


@dataclass(frozen=True, slots=True, kw_only=True)
class Extra:
    """What the mode says of a place: an amount and a word."""

    amount: str = ""
    word: str = ""
    role: Role = "plain"


@dataclass(frozen=True, slots=True, kw_only=True)
class TreeRow:
    """One line of the table, all in words; a front only places and colours them."""

    path: Path
    indent: int
    mark: str
    """How it hangs on the row above: `=`, `~`, `!`; empty for a root."""

    state: State
    label: str
    view: str = ""
    """Which of several component views is shown; empty where there is one."""

    value: str = ""
    value_role: Role = "value"
    change: str = ""
    change_role: Role = "dim"
    series: tuple[float | None, ...] = ()
    unusual: Mapping[int, bool] = field(default_factory=dict)
    """Positions in `series` that are not as expected: whether above it."""

    happened: frozenset[int] = frozenset()
    """Positions in `series` of periods with an annotation."""

    extra: Extra = Extra()
    is_draft: bool = False
    """Whether it stands for a metric that is only planned."""

    @property
    def metric(self) -> str:
        return self.path[-1]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Drawing:
    tree: MetricTree
    answer: Answer | None
    choices: TreeChoices
    contributions: Mapping[Path, float]
    words: Mapping[str, tuple[str, Role]]
    unusual: "Mapping[str, Mapping[int, Flag]]"
    happened: Mapping[str, frozenset[int]]
    glyphs: Glyphs


def tree_rows(
    tree: MetricTree,
    answer: Answer | None,
    choices: TreeChoices,
    glyphs: Glyphs,
    *,
    contributions: Mapping[Path, float] | None = None,
    words: Mapping[str, tuple[str, Role]] | None = None,
    unusual: "Mapping[str, Mapping[int, Flag]] | None" = None,
) -> tuple[TreeRow, ...]:
    """The rows shown, top to bottom.

    Args:
        tree: the tree.
        answer: its numbers; None while they are being computed.
        choices: root, expansion, component views and order of siblings.
        glyphs: the look.
        contributions: what each place did to the focus, in the focus's unit, by path.
        words: a word about a metric with its role, in place of the one made here.
        unusual: by metric, the periods that are not as expected, by index.
    """
    drawing = _Drawing(
        tree=tree,
        answer=answer,
        choices=choices,
        contributions=contributions or {},
        words=words or {},
        unusual=unusual or {},
        happened=_happened(tree, answer, choices.root),
        glyphs=glyphs,
    )
    rows: list[TreeRow] = []
    for row in _walk(drawing, choices.root, None):
        rows.append(row)
        if len(rows) >= MOST_ROWS:
            break
    return tuple(rows) + _loose_rows(drawing)


def _happened(tree: MetricTree, answer: Answer | None, root: Path) -> Mapping[str, frozenset[int]]:
    return sparkline_places(annotations_shown(tree, answer), root[-1]) if answer else {}


def _loose_rows(drawing: _Drawing) -> tuple[TreeRow, ...]:
    """Metrics that nothing reaches, below the whole tree only."""
    tree = drawing.tree
    top = top_of(tree)
    if drawing.choices.root != (top,):
        return ()
    extra = Extra(word="not in the tree", role="dim")
    return tuple(
        replace(_row(drawing, (name,), None, "leaf"), extra=extra)
        for name in tree.loose
        if not tree.metrics[name].hidden and name != top
    )


def _walk(drawing: _Drawing, path: Path, kind: EdgeKind | None) -> Iterator[TreeRow]:
    edges = children_of(drawing.tree, path, drawing.choices.views)
    is_open = drawing.choices.is_open(path)
    state: State = "leaf" if not edges else ("open" if is_open else "closed")
    yield _row(drawing, path, kind, state)
    if state == "open":
        for edge in _sorted(drawing, path, edges):
            yield from _walk(drawing, (*path, edge.child), edge.kind)


def children_of(tree: MetricTree, path: Path, views: Mapping[str, str]) -> tuple[Edge, ...]:
    """What hangs on a place, without hidden metrics and without walking in circles."""
    metric = path[-1]
    edges = tree.edges(metric, views.get(metric))
    if not edges and views.get(metric):
        edges = tree.edges(metric)
    return tuple(
        edge for edge in edges if edge.child not in path and not tree.metrics[edge.child].hidden
    )


def _sorted(drawing: _Drawing, path: Path, edges: tuple[Edge, ...]) -> tuple[Edge, ...]:
    order = drawing.choices.order
    if order == "file":
        return edges

    def key(edge: Edge) -> tuple[int, float, str]:
        title = drawing.tree.metrics[edge.child].title.lower()
        size = 0.0 if order == "name" else -_size(drawing, (*path, edge.child))
        return (_KIND_ORDER[edge.kind], size, title)

    return tuple(sorted(edges, key=key))


def _size(drawing: _Drawing, path: Path) -> float:
    if drawing.choices.order == "contribution" and path in drawing.contributions:
        return abs(drawing.contributions[path])
    found = drawing.answer.metrics.get(path[-1]) if drawing.answer else None
    ratio = found.total.change_ratio if found else None
    return abs(ratio) if ratio is not None else -1.0


def _row(drawing: _Drawing, path: Path, kind: EdgeKind | None, state: State) -> TreeRow:
    metric = drawing.tree.metrics[path[-1]]
    bare = TreeRow(
        path=path,
        indent=max(len(path) - len(drawing.choices.root), 0),
        mark=edge_mark(kind),
        state=state,
        label=safe(metric.title),
        view=_view_name(drawing, path[-1]),
    )
    found = drawing.answer.metrics.get(path[-1]) if drawing.answer else None
    if isinstance(metric, Broken):
        return _failed(bare, metric.reason, drawing.glyphs)
    if metric.is_draft:
        draft = Extra(word="draft", role="dim")
        missing = drawing.glyphs.missing
        return replace(bare, value=missing, value_role="dim", extra=draft, is_draft=True)
    if found is None:
        return bare
    if found.error is not None:
        return _failed(bare, found.error, drawing.glyphs)
    return _with_numbers(drawing, bare, kind, found)


def _view_name(drawing: _Drawing, name: str) -> str:
    views = drawing.tree.metrics[name].views
    if len(views) < 2:
        return ""
    chosen = drawing.tree.view_of(name, drawing.choices.views.get(name)) or views[0]
    return safe(chosen.name)


def _failed(row: TreeRow, reason: str, glyphs: Glyphs) -> TreeRow:
    extra = Extra(word=safe(reason), role="warn")
    return replace(row, value=glyphs.failed, value_role="warn", extra=extra)


def _with_numbers(
    drawing: _Drawing, row: TreeRow, kind: EdgeKind | None, found: MetricAnswer
) -> TreeRow:
    metric = drawing.tree.metrics[row.metric]
    style = number_style(metric)
    total = found.total
    change, role = change_mark(metric, total, drawing.glyphs)
    return replace(
        row,
        value=compact(total.value, style, drawing.glyphs),
        value_role="dim" if total.value is None else "value",
        change=change,
        change_role=role,
        series=total.values,
        unusual={
            index: flag.score > 0 for index, flag in drawing.unusual.get(row.metric, {}).items()
        },
        happened=drawing.happened.get(row.metric, frozenset()),
        extra=_extra(drawing, row, kind, found),
    )


def _extra(drawing: _Drawing, row: TreeRow, kind: EdgeKind | None, found: MetricAnswer) -> Extra:
    amount = drawing.contributions.get(row.path)
    focus = number_style(drawing.tree.metrics[row.path[0]])
    text = difference(amount, focus, drawing.glyphs)
    word, role = _word(drawing, row, kind, found)
    told = drawing.words.get(row.metric)
    # why a target is not judged hides neither how a guardrail stands nor a note
    if told is not None and (told[1] != "dim" or (kind != "guardrails" and role != "warn")):
        word, role = told
    return Extra(amount=text, word=word, role=role)


def _word(
    drawing: _Drawing, row: TreeRow, kind: EdgeKind | None, found: MetricAnswer
) -> tuple[str, Role]:
    glyphs, total = drawing.glyphs, found.total
    notes = short_notes(total.notes[-1]) if total.notes else ""
    if notes:
        return f"{glyphs.partial} {notes}", "warn"
    if kind == "influences":
        return _lag(drawing, row), "dim"
    if kind == "guardrails":
        return _guardrail(drawing, row, found)
    left = residual_word(drawing.tree, found, glyphs)
    if left:
        return f"{glyphs.partial} {left}", "warn"
    metric = drawing.tree.metrics[row.metric]
    return change_word(metric, total, glyphs)


def _guardrail(drawing: _Drawing, row: TreeRow, found: MetricAnswer) -> tuple[str, Role]:
    # imported with the first answer, as names are on the screen before
    from metric_tui.analysis.guardrails import evidence_of, guardrail_standing
    from metric_tui.presentation.guardrail_words import guardrail_mark

    assert drawing.answer is not None
    flags = drawing.unusual.get(row.metric, {})
    evidence = evidence_of(found, drawing.answer.frame.grain, flags)
    standing = guardrail_standing(drawing.tree, row.metric, evidence, parent=row.path[-2])
    return guardrail_mark(standing, drawing.glyphs) if standing is not None else ("", "plain")


def _lag(drawing: _Drawing, row: TreeRow) -> str:
    parent = drawing.tree.metrics[row.path[-2]]
    edge = next((edge for edge in parent.influences if edge.metric == row.metric), None)
    if edge is None or edge.lag is None:
        return ""
    return f"{edge.lag} later" if edge.lag.count else "at once"
