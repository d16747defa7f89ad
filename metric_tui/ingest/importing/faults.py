"""What can be wrong with a file."""

from metric_tui.base.errors import MetricTuiError


class ImportFault(MetricTuiError):
    """A file cannot be taken in; nothing of it is."""

    exit_code = 2
