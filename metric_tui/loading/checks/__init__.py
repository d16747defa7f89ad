"""Checks across a whole tree file: one function per rule, run in this order."""

from metric_tui.loading.checks.file import Check

CHECKS: tuple[Check, ...] = ()
"""Each takes the file and yields problems; it may look at the tree and at places, nothing else."""

CYCLES = ("computation-cycle", "component-cycle")
"""Codes of problems that leave a metric without components, so that no walk goes round."""
