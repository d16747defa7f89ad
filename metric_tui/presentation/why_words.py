"""Why a metric moved, in plain sentences made from the findings."""

from collections.abc import Iterator

from metric_tui.analysis.explanation import Contribution
from metric_tui.analysis.health import HealthFinding
from metric_tui.analysis.slices import Slice
from metric_tui.analysis.telling import DimensionSplit
from metric_tui.analysis.why import Why
from metric_tui.base.periods import Period
from metric_tui.presentation.dates import hours_text, period_text
from metric_tui.presentation.glyphs import Glyphs
from metric_tui.presentation.numbers import (
    NumberStyle,
    change_ratio_text,
    difference,
    full,
    full_with_unit,
    number_style,
)
from metric_tui.presentation.safe import safe
from metric_tui.presentation.segment_rows import dimension_label
from metric_tui.presentation.was_words import was_sentences
from metric_tui.presentation.why_influences import influence_sentences
from metric_tui.presentation.why_names import title_of

STATUS_WORDS = {
    "base_undefined": "it has no value in the earlier period, so nothing can be split",
    "current_undefined": "it has no value in the later period, so nothing can be split",
    "denominator_crosses_zero": "a denominator changes sign, so no stable split exists",
    "aumann_shapley": "split along the straight path (Aumann-Shapley)",
}

REVERSAL_WORDS = "every segment went the other way than the total: the mix decides"

DRIVERS_TOLD = 3

VALUES_NAMED = 2


def headline(found: Why, glyphs: Glyphs) -> str:
    """The change itself: `−114 nights (−5.0 %)`, or the two values where there is none."""
    style = _style(found)
    explanation = found.explanation
    if explanation.change is None:
        before, after = (
            full_with_unit(value, style, glyphs)
            for value in (explanation.before, explanation.after)
        )
        return f"{before} before, {after} after"
    amount = difference(explanation.change, style, glyphs)
    ratio = _ratio(found, glyphs)
    return f"{amount} ({ratio})" if ratio else amount


def _ratio(found: Why, glyphs: Glyphs) -> str:
    """The change in percent; of a share it is in points already."""
    style, explanation = _style(found), found.explanation
    if style.kind == "percent" or style.in_points:
        return ""
    return change_ratio_text(explanation.after, explanation.before, style, glyphs)


def method_text(found: Why, glyphs: Glyphs) -> str:
    """How the change was split and whether the parts sum to it: `Shapley values; adds up ✓`."""
    explanation = found.explanation
    method = "Shapley values" if explanation.status == "ok" else STATUS_WORDS[explanation.status]
    places = explanation.contributions
    if places and all(place.contribution is None for place in places):
        return method
    return f"{method}; " + (f"adds up {glyphs.good}" if explanation.adds_up else "does not add up")


def no_split_text(found: Why, place: Contribution) -> str:
    """Why a driver has no contribution."""
    return safe(found.errors.get(place.name, STATUS_WORDS.get(place.status, "no split")))


def segments_note(split: DimensionSplit) -> str:
    """What to know before reading a table of segments; empty where that is nothing."""
    table = split.table
    if table is None:
        return safe(split.refusal or "")
    notes = [] if table.is_additive else ["segments overlap, so they do not add up"]
    if table.status in STATUS_WORDS:
        notes.append(STATUS_WORDS[table.status])
    if split.rollout is not None:
        notes.append(rollout_text(split))
    elif table.has_simpson_reversal:
        notes.append(REVERSAL_WORDS)
    return "; ".join(notes)


def periods_text(found: Why, glyphs: Glyphs) -> str:
    """Both periods: `8–28 Jun 2026 vs 18 May–7 Jun 2026`, and by what file the earlier is told."""
    text = f"{_period(found, found.period, glyphs)} vs {_period(found, found.against, glyphs)}"
    return text if found.was is None else f"{text}, as {safe(found.was.name)} defined it"


def _period(found: Why, period: Period, glyphs: Glyphs) -> str:
    calendar = found.tree.settings.calendar
    if "T" in period.label:
        return hours_text(period.span, calendar, glyphs)
    return period_text(period, "total", calendar, glyphs)


def summary(found: Why, glyphs: Glyphs) -> tuple[str, ...]:
    """What a person would say first: a fault of the data that could carry the change, then the change."""
    return tuple(_sentences(found, glyphs))


def fault_text(finding: HealthFinding, glyphs: Glyphs) -> tuple[str, str]:
    """A sign and what was found; with the sign of an event and its label where it was noted."""
    if finding.noted is None:
        return glyphs.bad, safe(finding.text)
    return glyphs.event, f"{safe(finding.text)}: {safe(finding.noted)}"


def _sentences(found: Why, glyphs: Glyphs) -> Iterator[str]:
    if found.health and found.health[0].carries:
        first = found.health[0]
        yield f"First look at the data: {title_of(found, first.metric)}, {first.text}."
    yield _change_sentence(found, glyphs)
    if found.is_immature:
        yield "Its windows are still open, so the two periods are not alike and nothing is judged."
    yield from was_sentences(found, glyphs)
    told = _slice_sentence(found, glyphs)
    if told:
        yield told
    for split in found.splits:
        if split.metric == found.question.metric and split.rollout is not None:
            yield f"{dimension_label(found.tree, split.dimension)}: {rollout_text(split)}."
            break
    yield from _reversal(found)
    yield from influence_sentences(found, glyphs)


def _reversal(found: Why) -> Iterator[str]:
    """The first dimension whose segments all went against the total (Simpson)."""
    for split in found.splits:
        is_own = split.metric == found.question.metric and split.rollout is None
        if is_own and split.table is not None and split.table.has_simpson_reversal:
            yield f"{dimension_label(found.tree, split.dimension)}: {REVERSAL_WORDS}."
            return


def _change_sentence(found: Why, glyphs: Glyphs) -> str:
    explanation = found.explanation
    title = title_of(found, found.question.metric)
    if explanation.change is None:
        return f"{title}: {STATUS_WORDS[explanation.status]}."
    moved = (
        "rose" if explanation.change > 0 else "fell" if explanation.change < 0 else "did not move"
    )
    amount = difference(abs(explanation.change), _style(found), glyphs).lstrip("+")
    ratio = _ratio(found, glyphs)
    size = f" {amount}" + (f" ({ratio})" if ratio else "")
    head = f"{title} {moved}" + (size if explanation.change else "")
    drivers = [
        f"{title_of(found, place.name).lower()} {difference(place.contribution, _style(found), glyphs)}"
        for place in _largest(found)
    ]
    if explanation.has_residual_warning and explanation.residual:
        amount = difference(explanation.residual, _style(found), glyphs)
        drivers.append(f"not explained by the formula {amount}")
    if not drivers and explanation.status == "denominator_crosses_zero":
        return f"{head}: {STATUS_WORDS[explanation.status]}."
    return f"{head}: {', '.join(drivers)}." if drivers else f"{head}."


def _largest(found: Why) -> list[Contribution]:
    """The first level's drivers, those that did most first."""
    first = [c for c in found.explanation.contributions if c.level == 1 and c.contribution]
    return sorted(first, key=lambda c: -abs(c.contribution or 0.0))[:DRIVERS_TOLD]


def _slice_sentence(found: Why, glyphs: Glyphs) -> str | None:
    """The best slice that went the way of the whole; one that went against it explains nothing."""
    change = found.explanation.change or 0.0
    rows = found.slices.rows if found.slices is not None else ()
    row = next((each for each in rows if each.contribution * change > 0), None)
    if row is None:
        return None
    amount = difference(row.contribution, _style(found), glyphs)
    than = "what it replaced" if row.is_rolling else "its size"
    return f"{slice_text(found, row)} moved furthest beyond {than}: {amount}."


def rollout_text(split: DimensionSplit) -> str:
    """Which values took the place of which: `8.2 replaced 7.8; shares moved, see rates`."""
    rollout, table = split.rollout, split.table
    if rollout is None or table is None:
        return ""
    # of a rate the rows say what is left once the shares are taken away
    has_rates = any(row.mix_effect is not None for row in table.rows)
    rest = "shares moved, see rates" if has_rates else "volume moved with it"
    return f"{_listed(rollout.came)} replaced {_listed(rollout.went)}; {rest}"


def _listed(values: tuple[object, ...]) -> str:
    """`8.2`, `7.8 and 7.9`, `7.8, 7.9 and 3 more`."""
    names = [safe(value) for value in values[:VALUES_NAMED]]
    more = len(values) - len(names)
    if more:
        return f"{', '.join(names)} and {more} more"
    return " and ".join(names)


def slice_text(found: Why, row: Slice) -> str:
    """Where a slice is: `Country: FR, Platform: android`."""
    return ", ".join(
        f"{dimension_label(found.tree, name)}: {'(none)' if value is None else safe(value)}"
        for name, value in row.where
    )


def _style(found: Why) -> NumberStyle:
    return number_style(found.tree.metrics[found.question.metric])


def bridge_text(found: Why, glyphs: Glyphs) -> str:
    """`1,204 before + 310 new + 122 back - 402 gone = 1,234`; empty without a bridge."""
    bridge = found.bridge
    if bridge is None:
        return ""
    style = number_style(found.tree.metrics[found.question.metric])
    before, new, back, gone, after = (
        full(value, style, glyphs)
        for value in (
            bridge.before, bridge.new, bridge.resurrected, bridge.churned, bridge.after,
        )
    )  # fmt: skip
    return f"{before} before + {new} new + {back} back {glyphs.minus} {gone} gone = {after}"
