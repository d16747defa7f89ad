"""A what-if as Markdown, for an issue, a wiki or a message."""

from collections.abc import Iterator, Sequence

from metric_tui.analysis.levers import Lever
from metric_tui.analysis.scenario import Model, Outcome
from metric_tui.analysis.supposing import Belief
from metric_tui.presentation.glyphs import Glyphs
from metric_tui.presentation.guardrail_words import outcome_word
from metric_tui.presentation.numbers import change_ratio_text, difference, full, number_style
from metric_tui.presentation.report import markdown_text
from metric_tui.presentation.safe import safe
from metric_tui.presentation.scenario_lines import SENSITIVITIES_SHOWN, levers_text
from metric_tui.presentation.share_warnings import share_warnings
from metric_tui.presentation.what_if_lines import belief_text


def scenario_markdown(
    model: Model,
    levers: Sequence[Lever],
    outcomes: Sequence[Outcome],
    label: str,
    glyphs: Glyphs,
    beliefs: Sequence[Belief] = (),
) -> str:
    """A heading, a table of what moves, beliefs apart, and what 1 % more of each driver does."""
    return "\n".join(_lines(model, levers, outcomes, label, glyphs, beliefs)) + "\n"


def _lines(
    model: Model,
    levers: Sequence[Lever],
    outcomes: Sequence[Outcome],
    label: str,
    glyphs: Glyphs,
    beliefs: Sequence[Belief],
) -> Iterator[str]:
    yield f"## What if: {markdown_text(levers_text(model, levers))}"
    yield f"\n{safe(label)}\n"
    yield from ("| metric | now | then | change | | |", "|---|---:|---:|---:|---:|---|")
    yield from (_outcome(model, each, glyphs) for each in outcomes)
    warnings = share_warnings(model, outcomes, glyphs)
    if warnings:
        yield ""
    yield from (f"- {glyphs.partial} {markdown_text(each.text)}" for each in warnings)
    if beliefs:
        yield "\nBelieved, apart and not in the sum:\n"
    for belief in beliefs:
        text = belief_text(model.tree, belief, glyphs)[0].removeprefix("~ ")
        yield f"- {markdown_text(text)}"
    yield from _worth(model, glyphs)


def _outcome(model: Model, found: Outcome, glyphs: Glyphs) -> str:
    metric = model.tree.metrics[found.metric]
    style = number_style(metric)
    indent = "&nbsp;&nbsp;" * model.tree.levels.get(found.metric, 0)
    title = markdown_text(safe(metric.title))
    cells = (
        f"{indent}**{title}**" if found.is_lever else f"{indent}{title}",
        full(found.before, style, glyphs),
        full(found.after, style, glyphs),
        difference(found.change, style, glyphs),
        change_ratio_text(found.after, found.before, style, glyphs),
        outcome_word(model, found, glyphs)[0],
    )
    return f"| {' | '.join(cells)} |"


def _worth(model: Model, glyphs: Glyphs) -> Iterator[str]:
    worth = model.sensitivities(model.tree.focus)[:SENSITIVITIES_SHOWN]
    if not worth:
        return
    focus = model.tree.metrics[model.tree.focus]
    style = number_style(focus)
    yield from ("", f"| 1% more of | moves {markdown_text(safe(focus.title))} by |", "|---|---:|")
    for name, effect in worth:
        title = markdown_text(safe(model.tree.metrics[name].title))
        yield f"| {title} | {difference(effect, style, glyphs)} |"
