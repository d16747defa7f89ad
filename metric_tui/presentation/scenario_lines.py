"""A what-if as lines and as JSON: levers, the path to the focus, guardrails, sensitivities."""

from collections.abc import Iterator, Sequence
from typing import Any

from metric_tui.analysis.levers import Lever
from metric_tui.analysis.scenario import Model, Outcome
from metric_tui.analysis.supposing import Belief
from metric_tui.presentation.glyphs import UNICODE, Glyphs
from metric_tui.presentation.guardrail_words import outcome_word, supposed_standing
from metric_tui.presentation.numbers import change_ratio_text, compact, difference, number_style
from metric_tui.presentation.pieces import EMPTY, Line, hanging, line
from metric_tui.presentation.safe import left, right, safe
from metric_tui.presentation.share_warnings import share_warnings
from metric_tui.presentation.what_if_lines import belief_text

SCHEMA = "metric-tui/what-if/1"
LABEL = 40
SENSITIVITIES_SHOWN = 8


def scenario_lines(
    model: Model,
    levers: Sequence[Lever],
    outcomes: Sequence[Outcome],
    label: str,
    cells: int,
    glyphs: Glyphs,
    beliefs: Sequence[Belief] = (),
) -> tuple[Line, ...]:
    """What the levers do: every metric that moves, beliefs apart, then what 1 % is worth."""
    head = (
        line(("What if", "title"), "  ", (levers_text(model, levers), "accent")),
        line((label, "dim")),
        EMPTY,
    )
    return (
        *head,
        *(_outcome(model, each, cells, glyphs) for each in outcomes),
        *_warned(model, outcomes, cells, glyphs),
        *_believed(model, beliefs, cells, glyphs),
        *_worth(model, cells, glyphs),
    )


def levers_text(model: Model, levers: Sequence[Lever]) -> str:
    """`Searchers +10%, Review score =4.5`."""
    chosen = ", ".join(f"{_title(model, lever.metric)} {lever}" for lever in levers)
    return safe(chosen) or "nothing changes"


def is_guardrail(model: Model, metric: str) -> bool:
    """Whether some metric names it as what must not get worse."""
    return bool(model.tree.guardrails_on(metric))


def _warned(
    model: Model, outcomes: Sequence[Outcome], cells: int, glyphs: Glyphs
) -> Iterator[Line]:
    found = share_warnings(model, outcomes, glyphs)
    if found:
        yield EMPTY
    for warning in found:
        rows = hanging(f"{glyphs.partial} {warning.text}", cells)
        yield from (line((row, "warn")) for row in rows)


def _believed(
    model: Model, beliefs: Sequence[Belief], cells: int, glyphs: Glyphs
) -> Iterator[Line]:
    if not beliefs:
        return
    yield EMPTY
    yield line(("Believed", "strong"), ("  apart, not in the sum", "dim"))
    for belief in beliefs:
        text, role = belief_text(model.tree, belief, glyphs)
        yield from (line((row, role)) for row in hanging(text, cells))


def _outcome(model: Model, found: Outcome, cells: int, glyphs: Glyphs) -> Line:
    metric = model.tree.metrics[found.metric]
    style = number_style(metric)
    mark = glyphs.crumb if found.is_lever else "!" if is_guardrail(model, found.metric) else "="
    word, role = outcome_word(model, found, glyphs)
    level = model.tree.levels.get(found.metric, 0)
    change = difference(found.change, style, glyphs)
    ratio = change_ratio_text(found.after, found.before, style, glyphs)
    return line(
        left(f"{'  ' * level}{mark} {safe(metric.title)}{_by(found)}", min(LABEL, cells // 2)),
        (right(compact(found.before, style, glyphs), 9), "dim"),
        f" {glyphs.crumb} ",
        (right(compact(found.after, style, glyphs), 9), "value"),
        (" " + right(change, 10), role),
        (f"  {left(ratio, 6) if word else ratio}", role),
        (f"  {word}" if word else "", role),
    )


def _by(found: Outcome) -> str:
    """The view a metric was followed by: another one would give another number."""
    return f" ({safe(found.view)})" if found.view and not found.is_lever else ""


def _worth(model: Model, cells: int, glyphs: Glyphs) -> Iterator[Line]:
    found = model.sensitivities(model.tree.focus)[:SENSITIVITIES_SHOWN]
    if not found:
        return
    style = number_style(model.tree.metrics[model.tree.focus])
    yield EMPTY
    yield line(("1 % more of", "strong"), (f"  moves {_title(model, model.tree.focus)} by", "dim"))
    for name, effect in found:
        amount = difference(effect, style, glyphs)
        yield line(left(f"  {_title(model, name)}", min(LABEL, cells // 2)), right(amount, 11))


def _title(model: Model, name: str) -> str:
    return safe(model.tree.metrics[name].title)


def _guardrail(model: Model, found: Outcome) -> str | None:
    """How it stands as a guardrail; None for what is none."""
    standing = supposed_standing(model, found)
    return standing.status if standing is not None else None


def scenario_document(
    model: Model, levers: Sequence[Lever], outcomes: Sequence[Outcome], label: str
) -> dict[str, Any]:
    """The same as JSON-ready values, numbers unrounded."""
    return {
        "schema": SCHEMA,
        "period": label,
        "levers": [{"metric": lever.metric, "change": str(lever)} for lever in levers],
        "metrics": [
            {
                "metric": each.metric,
                "before": each.before,
                "after": each.after,
                "change": each.change,
                "lever": each.is_lever,
                "guardrail": _guardrail(model, each),
            }
            for each in outcomes
        ],
        "warnings": [
            {"metric": each.metric, "value": each.value, "text": each.text}
            for each in share_warnings(model, outcomes, UNICODE)
        ],
        "sensitivity": [
            {"metric": name, "effect_of_1_percent": effect}
            for name, effect in model.sensitivities(model.tree.focus)
        ],
    }
