"""Warnings about a tree that can be computed but may mislead: one function per rule.

`codes.WARNINGS` says what each code means and why. A file silences one by `meta: {ignore: [code]}`
at its top, a metric by its own.
"""

from __future__ import annotations

from metric_tui.loading.checks.file import Check
from metric_tui.loading.lint.distinct import (
    distinct_counts_are_not_accumulated,
    distinct_counts_are_not_added,
)
from metric_tui.loading.lint.focus import (
    focus_has_guardrails,
    focus_is_an_amount,
    focus_is_driven,
    focus_is_no_vanity,
)
from metric_tui.loading.lint.shape import (
    branches_lead,
    categories_are_meant,
    few_children,
    few_levels,
    metrics_have_owners,
    nothing_is_loose,
)
from metric_tui.loading.lint.silence import unknown_codes
from metric_tui.loading.lint.targets import (
    few_targets,
    key_results_ask_for_something,
    targets_have_dates,
    targets_lie_ahead,
)

LINTS: tuple[Check, ...] = (
    unknown_codes,
    nothing_is_loose,
    focus_has_guardrails,
    focus_is_driven,
    focus_is_an_amount,
    focus_is_no_vanity,
    metrics_have_owners,
    categories_are_meant,
    branches_lead,
    few_children,
    few_levels,
    few_targets,
    targets_have_dates,
    targets_lie_ahead,
    key_results_ask_for_something,
    distinct_counts_are_not_added,
    distinct_counts_are_not_accumulated,
)
"""The warnings, in the order they are looked for."""
