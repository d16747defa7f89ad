"""What a what-if computes off the UI thread: the model, influences, saving, scoring."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import partial
from typing import TYPE_CHECKING

from metric_tui.analysis.evidence import EdgeFinding
from metric_tui.analysis.levers import Lever
from metric_tui.analysis.scenario import Model
from metric_tui.analysis.supposing import Score, Supposition, levers_of, saved_lever, scored
from metric_tui.analysis.why import Why
from metric_tui.base.errors import QuestionError
from metric_tui.definitions.edges import Level, Scenario
from metric_tui.loading.scenarios import with_scenario
from metric_tui.planning.question import Question
from metric_tui.presentation.header import condition_text, range_text
from metric_tui.presentation.numbers import compact, number_style
from metric_tui.presentation.pieces import Line, Piece, joined, line
from metric_tui.presentation.segment_rows import dimension_label
from metric_tui.tui.seen import Seen
from metric_tui.tui.views.why import why_question
from metric_tui.workspace import Workspace

if TYPE_CHECKING:
    from metric_tui.tui.screens.picker import Option

MOST_LEVELS = 60
"""Values of one dimension offered; a text names any."""


@dataclass(frozen=True, slots=True)
class Supposed:
    """The numbers a what-if begins with."""

    supposition: Supposition
    worth: Mapping[str, float]
    """What 1 % more of each driver does to the focus, largest first."""


@dataclass(frozen=True, slots=True)
class Scored:
    """How a saved scenario turned out."""

    name: str
    scores: tuple[Score, ...]
    when: str
    """From which period to which."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A saved scenario, ready to be set."""

    scenario: Scenario
    levers: tuple[Lever, ...]


def supposed(workspace: Workspace, seen: Seen) -> Supposed:
    """The model of the question's last period, under the component views on screen."""
    model = _model(workspace, seen.question, seen)[0]
    return Supposed(Supposition(model), dict(model.sensitivities(seen.tree.focus)))


def _model(workspace: Workspace, question: Question, seen: Seen) -> tuple[Model, str]:
    model, label = workspace.model(_asked(question))
    return replace(model, views=seen.choices.views), label


def _asked(question: Question) -> Question:
    """The question of a model: one period is all that is needed, and less to read."""
    is_open = question.start is None and question.end is None
    return replace(question, compare="none", by=(), last=1 if is_open else question.last)


def level_set(workspace: Workspace, seen: Seen, metric: str, text: str) -> Lever:
    """A metric set to the level that a text names.

    Raises:
        QuestionError: the metric has no such segment.
    """
    return workspace.lever(metric, text, _asked(seen.question))


def level_options(workspace: Workspace, seen: Seen, metric: str) -> "tuple[Option, ...]":
    """Every segment of a metric by dimension, each with the metric's value in it.

    Raises:
        QuestionError: the metric cannot be split.
    """
    from metric_tui.analysis.levers import segment_values
    from metric_tui.tui.screens.picker import Option

    style = number_style(seen.tree.metrics[metric])
    found = []
    for dimension in seen.tree.dimensions_of(metric):
        asked = _asked(seen.question).about(metric).sliced_by(dimension)
        values = segment_values(workspace.answer(asked).metrics[metric])
        if set(values) == {""}:
            # none of its rows carries the dimension: that is the metric as it is
            continue
        found += [
            Option(
                value=Lever(metric, "set", value, Level(dimension, segment)),
                label=f"{dimension_label(seen.tree, dimension)}: {segment or '(none)'}",
                note=compact(value, style, seen.glyphs),
            )
            for segment, value in list(values.items())[:MOST_LEVELS]
            if value is not None
        ]
    if not found:
        raise QuestionError(f"`{metric}` cannot be split, so it has no level to take")
    return tuple(found)


def opened(workspace: Workspace, seen: Seen, scenario: Scenario) -> Opened:
    """A saved scenario's levers; those set to a segment's level at what it is now.

    Raises:
        QuestionError: one of them cannot be read.
    """
    asked = _asked(seen.question)
    return Opened(
        scenario, levers_of(scenario, lambda name, text: workspace.lever(name, text, asked))
    )


def influences(workspace: Workspace, seen: Seen) -> tuple[EdgeFinding, ...]:
    """The tested influence edges of all that the focus is computed from."""
    question = why_question(replace(seen, path=(seen.tree.focus,)))
    if question is None:
        raise QuestionError("the numbers are not there yet")
    return workspace.why(question).influences


def known_influences(found: Iterable[object], seen: Seen) -> tuple[EdgeFinding, ...]:
    """The edges that the why view has tested already for the same rows of the same tree."""
    edges: dict[tuple[str, str], EdgeFinding] = {}
    for why in found:
        if not isinstance(why, Why) or why.tree is not seen.tree:
            continue
        asked = why.question
        if (asked.where, asked.as_of) == (seen.question.where, seen.question.as_of):
            edges |= {(each.parent, each.metric): each for each in why.influences}
    return tuple(edges.values())


def saved(workspace: Workspace, seen: Seen, supposition: Supposition, name: str) -> str:
    """Save the levers in the file under a name, dated by the last day with data.

    Raises:
        DefinitionError: the file is written in a way that the edit does not fit.
        EditConflict: the file was changed by another program.
    """
    before = workspace.tree.scenarios.get(name)
    scenario = Scenario(
        name=name,
        levers=tuple(saved_lever(each, supposition.model) for each in supposition.levers),
        on=_last_day(seen),
        grain=None if seen.question.grain == "total" else seen.question.grain,
        description=before.description if before else None,
    )
    workspace.edit(partial(with_scenario, scenario=scenario), seen=workspace.text)
    return name


def _last_day(seen: Seen) -> date | None:
    if seen.answer is None:
        return None
    calendar = seen.tree.settings.calendar
    return calendar.day_of(seen.answer.frame.cutoff - timedelta(microseconds=1))


def scored_since(workspace: Workspace, seen: Seen, scenario: Scenario) -> Scored:
    """What the focus and the levers' metrics did since a scenario was thought of.

    The filters of the question on screen hold for both sides.

    Raises:
        QuestionError: no period is over since, or the levers cannot be set on that day's tree.
    """
    asked = Question(grain=scenario.grain or seen.question.grain, last=1, where=seen.question.where)
    then, begun = _model(workspace, replace(asked, as_of=scenario.on), seen)
    now, ended = _model(workspace, replace(asked, as_of=seen.question.as_of), seen)
    if ended <= begun:
        raise QuestionError(
            f"no {asked.grain} is over since `{scenario.name}` was thought of, so there is nothing"
            " to hold it against yet"
        )
    when = f"{asked.grain} of {begun} {seen.glyphs.crumb} {ended}"
    of_then = _asked(replace(asked, as_of=scenario.on))
    levers = levers_of(scenario, lambda name, text: workspace.lever(name, text, of_then))
    return Scored(scenario.name, scored(then, now, levers), when)


def question_line(seen: Seen) -> Line:
    """What the numbers are of: period and filters."""
    frame = seen.answer.frame if seen.answer else None
    calendar = seen.tree.settings.calendar
    parts = [
        line(("What if", "title")),
        line((seen.question.grain, "strong")),
        line(range_text(seen.question, frame, calendar, seen.glyphs)),
        *(line((condition_text(each), "accent")) for each in seen.question.where),
    ]
    return joined(parts, Piece(f" {seen.glyphs.dot} ", "dim"))
