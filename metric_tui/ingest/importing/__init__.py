"""Takes files of events into a SQLite store.

Files are gone over twice: first for what their columns hold, then to write their rows, all in one
transaction. So a column has one type from its first row to its last, and a file with a fault leaves
the store as it was.
"""

from metric_tui.ingest.importing.faults import ImportFault
from metric_tui.ingest.importing.run import Imported, Wishes, import_files

__all__ = ["ImportFault", "Imported", "Wishes", "import_files"]
