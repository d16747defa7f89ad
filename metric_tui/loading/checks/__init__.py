"""Checks across a whole tree file: one function per rule, run in this order."""

from metric_tui.loading.checks.cycles import cycles_of_components, cycles_of_computation
from metric_tui.loading.checks.file import Check
from metric_tui.loading.checks.inputs import inputs_fit
from metric_tui.loading.checks.mentions import unknown_metrics
from metric_tui.loading.checks.references import (
    entities_counted,
    unknown_dimensions,
    unknown_entities,
    unknown_sources,
)
from metric_tui.loading.checks.scenarios import unknown_levels
from metric_tui.loading.checks.settings import (
    focus_is_named,
    formats_are_readable,
    names_are_usable,
    time_formats_are_readable,
    timezone_is_known,
)
from metric_tui.loading.checks.statements import statements_only_read
from metric_tui.loading.checks.targets import targets_are_clear

CHECKS: tuple[Check, ...] = (
    timezone_is_known,
    focus_is_named,
    names_are_usable,
    formats_are_readable,
    time_formats_are_readable,
    unknown_metrics,
    unknown_sources,
    unknown_entities,
    entities_counted,
    unknown_dimensions,
    unknown_levels,
    cycles_of_computation,
    cycles_of_components,
    inputs_fit,
    statements_only_read,
    targets_are_clear,
)
"""Each takes the file and yields problems; it may look at the tree and at places, nothing else."""

CYCLES = ("computation-cycle", "component-cycle")
"""Codes of problems that leave a metric without components, so that no walk goes round."""
