"""Logs: rows kept by day in the order they happened, for what depends on that order.

Sessions, funnels, conversions and percentiles have no partials that serve every filter: which rows
a filter leaves decides where a session ends and what an entity did first. So the few bytes of each
row that they need are kept: who, when, and the row's cell of all dimensions (or a value and the
cell). Of these, what answers sessions and funnels of whole days is condensed once after reading
(see `condensing`), a fraction of the rows for any filter; numpy goes over the rest, and what it
makes of a day is kept in memory for the other spans that the day is a part of.
"""
