"""The guardrails of an explained change, in words."""

from collections.abc import Iterator

from metric_tui.analysis.why import Why
from metric_tui.presentation.glyphs import Glyphs
from metric_tui.presentation.guardrail_words import guardrail_mark, guardrail_text
from metric_tui.presentation.numbers import compact, number_style
from metric_tui.presentation.pieces import Role
from metric_tui.presentation.safe import safe


def guardrail_notes(found: Why, glyphs: Glyphs) -> Iterator[tuple[str, Role]]:
    """`✗ Opt-outs 1.2% › 1.9%: guardrail breached: above its bound of 1.5%`, one for each."""
    for each in found.guardrails:
        metric = found.tree.metrics[each.metric]
        style = number_style(metric)
        mark, role = guardrail_mark(each.standing, glyphs)
        was = f" {glyphs.crumb} ".join(
            compact(value, style, glyphs) for value in (each.before, each.after)
        )
        text = guardrail_text(each.standing, style, glyphs)
        yield f"{mark.split(' ', 1)[0]} {safe(metric.title)} {was}: {text}", role
