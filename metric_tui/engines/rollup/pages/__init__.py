"""Reads a table's rows straight from the pages of the SQLite file, many at once.

SQLite hands out a row at a time, and computes every expression for every row. Here numpy takes
apart some ten thousand rows at once, and SQLite computes an expression only once for each distinct
value. The format is SQLite's own, frozen since 2004 (https://www.sqlite.org/fileformat2.html); what
is not plain about a file or a row raises `Unreadable`, and those rows are read by SQL.
"""

from metric_tui.engines.rollup.pages.file import Unreadable

__all__ = ["Unreadable"]
