"""The metric types: one file each, registered here by the word in the file."""

from metric_tui.definitions.kinds.conversion import Conversion
from metric_tui.definitions.kinds.cumulative import Cumulative
from metric_tui.definitions.kinds.derived import Derived
from metric_tui.definitions.kinds.funnel import Funnel
from metric_tui.definitions.kinds.lifecycle import Lifecycle
from metric_tui.definitions.kinds.ratio import Ratio
from metric_tui.definitions.kinds.retention import Retention
from metric_tui.definitions.kinds.sessions import Sessions
from metric_tui.definitions.kinds.simple import Simple
from metric_tui.definitions.kinds.sql import Sql
from metric_tui.definitions.metric import Metric

KINDS: dict[str, type[Metric]] = {
    "simple": Simple,
    "ratio": Ratio,
    "derived": Derived,
    "cumulative": Cumulative,
    "conversion": Conversion,
    "funnel": Funnel,
    "retention": Retention,
    "lifecycle": Lifecycle,
    "sessions": Sessions,
    "sql": Sql,
}
"""By the word in `type`."""
