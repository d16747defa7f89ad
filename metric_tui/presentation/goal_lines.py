"""Targets and key results as lines: where each stands, where it is heading, what it needs."""

from collections.abc import Iterable, Iterator, Sequence

from metric_tui.analysis.goals import Goal, wanted_of
from metric_tui.analysis.key_results import KeyResultStanding
from metric_tui.definitions.metric import Metric
from metric_tui.definitions.tree import MetricTree
from metric_tui.planning.answer import Answer
from metric_tui.presentation.dates import day_text, days_text, period_text
from metric_tui.presentation.glyphs import Glyphs
from metric_tui.presentation.numbers import (
    NumberStyle,
    compact,
    difference,
    number_style,
    own_points,
)
from metric_tui.presentation.pieces import EMPTY, Line, Role, line
from metric_tui.presentation.safe import left, safe, width

STATUS_WORDS: dict[str, tuple[str, Role]] = {
    "on_track": ("on track", "good"),
    "likely": ("likely", "good"),
    "at_risk": ("at risk", "warn"),
    "off_track": ("off track", "bad"),
    "hit": ("hit", "good"),
    "close": ("just short", "warn"),
    "missed": ("missed", "bad"),
    "too_short": ("too short to say", "dim"),
    "too_far": ("too far ahead to say", "dim"),
    "not_started": ("not started", "dim"),
    "not_judged": ("not judged", "dim"),
}
"""How a target's status is said, with the role of its colour."""

BAR = 12
WIDEST = 90


def status_mark(status: str, glyphs: Glyphs) -> tuple[str, Role]:
    """A target's status with its sign: `✓ on track`, `✗ off track`."""
    words, role = STATUS_WORDS[status]
    sign = {"good": glyphs.good, "bad": glyphs.bad}.get(role, glyphs.partial)
    return f"{sign} {words}", role


def goal_mark(goal: Goal, glyphs: Glyphs) -> tuple[str, Role]:
    """A target's status with its sign; of one that is not judged why: `◌ target is for the whole`."""
    if goal.reason is not None:
        return f"{glyphs.partial} {safe(goal.reason)}", "dim"
    return status_mark(goal.outlook.status, glyphs)


def target_words(
    goals: Iterable[Goal], answer: Answer, glyphs: Glyphs
) -> dict[str, tuple[str, Role]]:
    """How each target stands, by metric; a value that may mislead says so instead.

    A target of which nothing can be said leaves the word to what is known, such as a guardrail.
    """
    answered = answer.metrics
    return {
        goal.metric: goal_mark(goal, glyphs)
        for goal in goals
        if goal.outlook.status not in ("too_short", "too_far", "not_started")
        and not (goal.metric in answered and any(answered[goal.metric].total.notes[-1:]))
    }


def result_mark(standing: KeyResultStanding, glyphs: Glyphs) -> tuple[str, Role]:
    """How a key result stands, with its sign: met, behind the time gone, or on its way.

    Of one that is not judged why: `◌ key result is for the whole`.
    """
    if standing.reason is not None:
        return f"{glyphs.partial} {safe(standing.reason)}", "dim"
    progress = standing.progress
    if progress.is_met:
        return f"{glyphs.good} met", "good"
    if progress.done is None:
        return f"{glyphs.partial} no value", "dim"
    if progress.expected is not None and progress.done < progress.expected:
        return f"{glyphs.bad} behind", "bad"
    return f"{glyphs.partial} on its way", "plain"


def share_text(share: float | None, glyphs: Glyphs) -> str:
    """A part of a whole in whole percent; empty where it is not known."""
    return "" if share is None else f"{share:.0%}".replace("-", glyphs.minus)


def goal_lines(
    tree: MetricTree,
    goals: Sequence[Goal],
    results: Sequence[KeyResultStanding],
    cells: int,
    glyphs: Glyphs,
) -> tuple[Line, ...]:
    """Every target, then every objective with its key results."""
    if not goals and not results:
        return (line(("the tree has no targets", "dim")),)
    lines: list[Line] = []
    for goal in goals:
        lines += [*_goal(tree, goal, cells, glyphs), EMPTY]
    objective = None
    for standing in results:
        if standing.objective != objective:
            objective = standing.objective
            lines.append(line((safe(objective), "strong")))
        lines += _result(tree, standing, min(cells, WIDEST), glyphs)
    return tuple(lines)


def _goal(tree: MetricTree, goal: Goal, cells: int, glyphs: Glyphs) -> Iterator[Line]:
    metric = tree.metrics[goal.metric]
    style = number_style(metric)
    mark, role = goal_mark(goal, glyphs)
    each = f" each {goal.grain}" if goal.grain else ""
    yield line((safe(metric.title), "title"), "  ", (mark, role))
    parts = [
        f"target {compact(goal.target.value, style, glyphs)}{each}{_buffer(metric, goal, style, glyphs)}",
        *((" and ".join(map(safe, goal.target.where)),) if goal.target.where else ()),
        days_text(goal.start, goal.end, glyphs),
        *_facts(goal, style, glyphs),
    ]
    for row in packed(parts, cells - 2, f" {glyphs.dot} "):
        yield line(f"  {row}")


def _buffer(metric: Metric, goal: Goal, style: NumberStyle, glyphs: Glyphs) -> str:
    """From where on the target is missed and no longer just short of; empty without a buffer."""
    wanted = wanted_of(metric, goal.target)
    if wanted.edge is None:
        return ""
    side = "over" if wanted.is_lower_better else "under"
    return f", missed {side} {compact(wanted.edge, style, glyphs)}"


def packed(parts: Sequence[str], cells: int, separator: str) -> Iterator[str]:
    """Parts put side by side, on as few lines of at most `cells` cells as hold them whole."""
    row = ""
    for part in parts:
        longer = f"{row}{separator}{part}" if row else part
        if row and width(longer) > cells:
            yield row
            row = part
        else:
            row = longer
    if row:
        yield row


def _days_so_far(goal: Goal) -> str:
    """How much of the time the value so far is of: whole days only, as the running one is open."""
    whole = (goal.end - goal.start).days + 1
    return f" in {goal.elapsed} of {whole} days" if goal.elapsed < whole else ""


def _facts(goal: Goal, style: NumberStyle, glyphs: Glyphs) -> Iterator[str]:
    outlook = goal.outlook
    if outlook.actual is not None:
        yield f"so far {compact(outlook.actual, style, glyphs)}{_days_so_far(goal)}"
    if outlook.projected is not None:
        yield f"heading for {compact(outlook.projected, style, glyphs)}"
    if outlook.low is not None and outlook.high is not None:
        low, high = (compact(value, style, glyphs) for value in (outlook.low, outlook.high))
        yield f"80% between {low} and {high}"
    if outlook.probability is not None:
        kind = "possible" if outlook.is_far else "simulated"
        yield f"met in {outlook.probability:.0%} of 400 {kind} futures"
    if outlook.pace is not None:
        yield f"pace {outlook.pace:.0%}"
    yield from _needs(goal, style, glyphs)


def _signed(share: float, glyphs: Glyphs) -> str:
    return f"{'+' if share >= 0 else glyphs.minus}{abs(share):.0%}"


def _needs(goal: Goal, style: NumberStyle, glyphs: Glyphs) -> Iterator[str]:
    """How much more than of late is needed: in percent, of a score in points."""
    outlook = goal.outlook
    if outlook.required_growth is not None:
        yield f"needs {_signed(outlook.required_growth, glyphs)} on the last 28 days"
        if outlook.is_out_of_reach:
            seen = _signed(outlook.growth_seen or 0.0, glyphs)
            yield f"never more than {seen} over so many days: out of reach"
    elif outlook.required_change is not None:
        yield f"needs {own_points(outlook.required_change, style, glyphs)} on the last 28 days"


def now_words(
    tree: MetricTree, standing: KeyResultStanding, style: NumberStyle, glyphs: Glyphs
) -> Iterator[str]:
    """`now 2.2% in May 2026`: the last mature period; nothing where there is none."""
    if standing.reason is None and standing.period is None:
        yield f"no mature {standing.grain} yet"
    elif standing.period is not None:
        calendar = tree.settings.calendar
        name = period_text(standing.period, standing.grain, calendar, glyphs)
        yield f"now {compact(standing.current, style, glyphs)} in {name}"


def _result(
    tree: MetricTree, standing: KeyResultStanding, cells: int, glyphs: Glyphs
) -> Iterator[Line]:
    result, progress = standing.key_result, standing.progress
    metric = tree.metrics[result.metric]
    style = number_style(metric)
    done = progress.done
    mark, role = result_mark(standing, glyphs)
    filled = 0 if done is None else round(min(max(done, 0.0), 1.0) * BAR)
    bar = glyphs.bars[-1] * filled + glyphs.dot * (BAR - filled)
    percent = share_text(done, glyphs) or glyphs.missing
    title = safe(result.label or metric.title)
    yield line(left(f"  {title}", max(cells - BAR - 9, 12)), (f" {bar} {percent:>6}", role))
    parts = [
        mark,
        *now_words(tree, standing, style, glyphs),
        f"{compact(result.start, style, glyphs)} {glyphs.crumb} {compact(result.goal, style, glyphs)}",
    ]
    if result.by:
        parts.append(f"by {day_text(result.by)}")
    if standing.current is not None and not progress.is_met:
        parts.append(f"{difference(result.goal - standing.current, style, glyphs)} to go")
    for row in packed(parts, cells - 4, f" {glyphs.dot} "):
        yield line((f"    {row}", "dim"))
