"""Spans that begin or end inside of a day: days are cut there, and their rows are read anew.

What is kept in the cache says what whole days hold, and its size is bounded by them. A question by
hour, or about a period that is still running, cuts only a few days; the rows of these are read from
the store once for all measures. Whole days and parts of days are then numbered alike (see `cuts`),
so that whatever is put together of days is put together of both.
"""
