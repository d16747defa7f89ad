"""A what-if as rows of levers and as lines of what they do."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from metric_tui.analysis.evidence import EdgeFinding
from metric_tui.analysis.levers import Lever
from metric_tui.analysis.scenario import Model, Outcome
from metric_tui.analysis.status import Judgement, judge
from metric_tui.analysis.supposing import Belief, Score, Supposition, beliefs
from metric_tui.definitions.edges import EdgeKind
from metric_tui.definitions.tree import MetricTree
from metric_tui.presentation.glyphs import Glyphs
from metric_tui.presentation.guardrail_words import outcome_word
from metric_tui.presentation.marks import edge_mark
from metric_tui.presentation.numbers import (
    change_ratio_text,
    compact,
    difference,
    number_style,
)
from metric_tui.presentation.pieces import EMPTY, Line, Role, hanging, line
from metric_tui.presentation.safe import cut, left, right, safe, width
from metric_tui.presentation.share_warnings import share_warnings

NUMBER = 8
CHANGE = 10
SHORTEST_LABEL = 16
LONGEST_LABEL = 40
GAP = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A metric that can be changed, where it first stands in the tree."""

    metric: str
    indent: int
    kind: EdgeKind


def places(tree: MetricTree) -> tuple[Place, ...]:
    """Every metric below the focus once, in tree order, over all component views."""
    found: dict[str, Place] = {}

    def walk(name: str, indent: int) -> None:
        for edge in tree.all_edges(name):
            if edge.child in found or edge.child == tree.focus or tree.metrics[edge.child].hidden:
                continue
            found[edge.child] = Place(metric=edge.child, indent=indent, kind=edge.kind)
            walk(edge.child, indent + 1)

    walk(tree.focus, 0)
    return tuple(found.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class LeverRow:
    """One line of the table of levers, all in words."""

    metric: str
    label: str
    before: str = ""
    lever: str = ""
    after: str = ""
    """Empty where nothing moves it."""

    worth: str = ""
    """What 1 % more of it does to the focus; empty for what is no leaf of it."""


def lever_rows(
    tree: MetricTree,
    shown: Sequence[Place],
    supposition: Supposition | None,
    worth: Mapping[str, float],
    glyphs: Glyphs,
) -> tuple[LeverRow, ...]:
    """The rows; names alone while there is no supposition yet."""
    focus = number_style(tree.metrics[tree.focus])
    rows = []
    for place in shown:
        name = place.metric
        style = number_style(tree.metrics[name])
        label = f"{'  ' * place.indent}{edge_mark(place.kind)} {safe(tree.metrics[name].title)}"
        if supposition is None:
            rows.append(LeverRow(metric=name, label=label))
            continue
        found, lever = supposition.outcome(name), supposition.lever(name)
        rows.append(
            LeverRow(
                metric=name,
                label=label,
                before=compact(found.before, style, glyphs),
                lever=lever_text(tree, lever, glyphs) if lever else "",
                after=compact(found.after, style, glyphs) if found.change else "",
                worth=difference(worth.get(name), focus, glyphs),
            )
        )
    return tuple(rows)


def lever_text(tree: MetricTree, lever: Lever, glyphs: Glyphs) -> str:
    """`+10%`, `−200`, `=35.0%` or `@ios`, in the metric's own way of writing."""
    style = number_style(tree.metrics[lever.metric])
    if lever.level is not None:
        return cut(f"@{safe(lever.level.segment) or '(none)'}", NUMBER, glyphs.ellipsis)
    if lever.kind == "relative":
        return f"{lever.amount * 100:+.10g}%".replace("-", glyphs.minus)
    if lever.kind == "set":
        return f"={compact(lever.amount, style, glyphs)}"
    return difference(lever.amount, style, glyphs)


def row_line(row: LeverRow, label: int, glyphs: Glyphs, *, with_worth: bool) -> Line:
    """One row; what is changed stands out, what follows it is bold."""
    role: Role = "accent" if row.lever else "label"
    return line(
        (left(row.label, label, glyphs.ellipsis), role),
        (right(row.before, NUMBER), "dim"),
        (right(row.lever, NUMBER + 1), "accent"),
        (right(row.after, NUMBER + 1), "value"),
        (right(row.worth, CHANGE), "dim") if with_worth else "",
    )


def head_line(label: int, *, with_worth: bool) -> Line:
    """The names of the columns."""
    words = right("now", NUMBER) + right("change", NUMBER + 1) + right("then", NUMBER + 1)
    return line((" " * label + words + (right("1% worth", CHANGE) if with_worth else ""), "dim"))


def label_width(rows: Sequence[LeverRow], cells: int) -> tuple[int, bool]:
    """How wide the labels are, and whether there is room for what 1 % is worth."""
    numbers = 3 * NUMBER + 2
    widest = min(max((width(row.label) for row in rows), default=0) + 1, LONGEST_LABEL)
    with_worth = cells - numbers - CHANGE >= min(widest, SHORTEST_LABEL + 10)
    room = cells - numbers - (CHANGE if with_worth else 0)
    return max(min(widest, room), 1), with_worth


def outcome_lines(
    supposition: Supposition,
    findings: Sequence[EdgeFinding],
    days: float,
    cells: int,
    glyphs: Glyphs,
) -> Iterator[Line]:
    """The focus, what moves on the way to it, every guardrail, and beliefs apart.

    Args:
        supposition: the levers and what they do.
        findings: the influence edges tested so far.
        days: how long the model's period is.
        cells: the width.
        glyphs: the look.
    """
    tree = supposition.model.tree
    model = supposition.model
    yield _outcome(model, supposition.outcome(tree.focus), "", cells, glyphs)
    yield from (_outcome(model, each, "= ", cells, glyphs) for each in supposition.path())
    for name in supposition.overruled():
        text = f"{safe(tree.metrics[name].title)} moves nothing: a metric above it is set by hand"
        yield from _sentence(f"{glyphs.partial} {text}", "warn", cells)
    for warning in share_warnings(model, model.outcomes(supposition.levers), glyphs):
        yield from _sentence(f"{glyphs.partial} {warning.text}", "warn", cells)
    guardrails = supposition.guardrails()
    if guardrails:
        yield EMPTY
        yield line(("Guardrails", "strong"))
        yield from (_outcome(model, each, "! ", cells, glyphs) for each in guardrails)
    believed, unmeasured = beliefs(supposition, findings, days), supposition.unmeasured(findings)
    if believed or unmeasured:
        yield EMPTY
        yield line(("Believed", "strong"), ("  apart, not in the sum", "dim"))
    for belief in believed:
        yield from _sentence(*belief_text(tree, belief, glyphs), cells)
    for name in unmeasured:
        title = safe(tree.metrics[name].title)
        yield from _sentence(f"~ {title}: i measures what moved with it", "dim", cells)


def _outcome(model: Model, found: Outcome, mark: str, cells: int, glyphs: Glyphs) -> Line:
    metric = model.tree.metrics[found.metric]
    style = number_style(metric)
    word, role = outcome_word(model, found, glyphs)
    sign = word.split(" ", 1)[0]
    with_ratio = cells >= SHORTEST_LABEL + 2 * NUMBER + 2 * CHANGE + 6
    label = max(cells - 2 * NUMBER - CHANGE - (CHANGE - 2 if with_ratio else 0) - 6, 8)
    start = line(
        (left(f"{mark}{safe(metric.title)}", label, glyphs.ellipsis), "label" if mark else "title"),
        (right(compact(found.before, style, glyphs), NUMBER), "dim"),
        (f" {glyphs.crumb} ", "dim"),
        (right(compact(found.after, style, glyphs), NUMBER), "value"),
    )
    if not found.change:
        words = "no value" if found.change is None else "unchanged"
        return (*start, *line((f"  {words}", "dim")))
    ratio = change_ratio_text(found.after, found.before, style, glyphs) if with_ratio else ""
    return (
        *start,
        *line(
            (right(difference(found.change, style, glyphs), CHANGE), role),
            (right(ratio, CHANGE - 2) if with_ratio else "", role),
            (f" {sign}", role),
        ),
    )


def _role(verdict: Judgement) -> Role:
    return "plain" if verdict == "neutral" else verdict


def belief_text(tree: MetricTree, belief: Belief, glyphs: Glyphs) -> tuple[str, Role]:
    """What a lever is believed to bring, as a range; or why nobody can say."""
    finding, evidence = belief.finding, belief.finding.evidence
    driver, parent = (safe(tree.metrics[name].title) for name in (finding.metric, finding.parent))
    if belief.moved is None:
        words = {
            "evidence": "moved together, but not on one scale",
            "no_clear_link": f"no clear link in {evidence.n} {finding.grain}s",
            "too_short": f"{evidence.n} {finding.grain}s are too short to tell",
        }.get(evidence.verdict, "cannot be told")
        return f"~ {driver} and {parent}: {words}", "dim"
    style = number_style(tree.metrics[finding.parent])
    low, middle, high = (difference(value, style, glyphs) for value in belief.moved)
    lag = f", {evidence.lag} {finding.grain}s later" if evidence.lag else ""
    text = (
        f"~ {driver}: {parent} moved with it by {middle}, between {low} and {high}{lag}"
        f" (90% of slopes, {evidence.n} {finding.grain}s)"
    )
    return text, "mark"


def _sentence(text: str, role: Role, cells: int) -> Iterator[Line]:
    yield from (line((row, role)) for row in hanging(text, cells))


def fault_sentence(message: str, hint: str | None, cells: int, glyphs: Glyphs) -> Iterator[Line]:
    """Why the last change was not taken, in one sentence."""
    yield from _sentence(
        f"{glyphs.bad} {safe(message)}{f': {safe(hint)}' if hint else ''}", "warn", cells
    )


def worth_lines(
    tree: MetricTree, worth: Mapping[str, float], cells: int, glyphs: Glyphs
) -> Iterator[Line]:
    """The drivers by what 1 % more of each does to the focus."""
    if not worth:
        return
    focus = tree.metrics[tree.focus]
    style = number_style(focus)
    yield line(("1% more of", "strong"), (f"  moves {safe(focus.title)} by", "dim"))
    most = max(map(abs, worth.values()))
    label = min(max(width(safe(tree.metrics[n].title)) for n in worth) + 2, cells - CHANGE - GAP)
    room = max(min(cells - label - CHANGE - GAP, 24), 0)
    for name, effect in worth.items():
        role = _role(judge(effect, focus.direction))
        bar = glyphs.rule * max(round(abs(effect) / most * room), 1)
        yield line(
            left(f"  {safe(tree.metrics[name].title)}", label, glyphs.ellipsis),
            (right(difference(effect, style, glyphs), CHANGE), role),
            ("  " + bar if room else "", role),
        )


def score_lines(
    tree: MetricTree, name: str, scores: Sequence[Score], when: str, cells: int, glyphs: Glyphs
) -> Iterator[Line]:
    """What was thought of a saved scenario, and what came since.

    Args:
        tree: the tree.
        name: the scenario's.
        scores: the focus first, then the levers' metrics.
        when: from which period to which.
        cells: the width.
        glyphs: the look.
    """
    yield line((f"Since {safe(name)}", "strong"), (f"  {when}", "dim"))
    label = max(cells - 4 * (NUMBER + 1), 8)
    heads = "".join(right(word, NUMBER + 1) for word in ("before", "thought", "now", "off by"))
    yield line((" " * label + heads, "dim"))
    for each in scores:
        metric = tree.metrics[each.metric]
        style = number_style(metric)
        before, thought, now = (
            right(compact(value, style, glyphs), NUMBER + 1)
            for value in (each.before, each.thought, each.now)
        )
        gap = None if each.now is None or each.thought is None else each.now - each.thought
        role = _role(judge(gap, metric.direction))
        mark = f"{glyphs.crumb} " if each.is_lever else "  "
        yield line(
            (left(mark + safe(metric.title), label, glyphs.ellipsis), "label"),
            (before, "dim"),
            thought,
            (now, "value"),
            (right(difference(gap, style, glyphs), NUMBER + 1), role),
        )
