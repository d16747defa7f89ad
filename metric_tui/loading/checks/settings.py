"""The tree's own settings, and single values that must make sense by themselves."""

from __future__ import annotations

import re
from collections.abc import Iterator

from metric_tui.base.problems import Problem
from metric_tui.base.time_layouts import layout_fault
from metric_tui.loading.checks.file import File
from metric_tui.loading.nearest import did_you_mean
from metric_tui.loading.reading import is_nothing

_FORMAT = re.compile(r"[-+ ]?[,_]?(\.[0-9]{1,2})?[feg%]")
_NAME = re.compile(r"[a-z_][a-z0-9_]*")
TIME_FORMAT_HINT = "a format of times is like `%m/%d/%Y`, `%d.%m.%Y %H:%M` or `%b %d, %Y`"
FORMAT_HINT = "a format is like `,.0f`, `.1%` or `.2f`"


def focus_is_named(file: File) -> Iterator[Problem]:
    """A tree has metrics, and begins with one of them."""
    if not file.tree.metrics and _is_absent(file, "metrics"):
        hint = "add `metrics:` with at least one metric"
        yield file.at_key(("metrics",), "missing-key", "the file has no metrics", hint=hint)
    elif file.tree.metrics and _is_absent(file, "tree"):
        yield file.at_key(
            ("metrics",),
            "missing-focus",
            "the file does not say which metric the tree explains",
            hint=f"add `tree: {{focus: {next(iter(file.tree.metrics))}}}`",
        )


def _is_absent(file: File, key: str) -> bool:
    node = file.document.node((key,))
    return node is None or is_nothing(node)


def timezone_is_known(file: File) -> Iterator[Problem]:
    """Days begin in a zone of the IANA list."""
    from zoneinfo import ZoneInfo, available_timezones

    name = file.tree.settings.timezone
    try:
        ZoneInfo(name)
    except (ValueError, OSError, LookupError):
        yield file.at_value(
            ("settings", "timezone"),
            "unknown-timezone",
            f"no time zone is named `{_short(name)}`",
            hint=did_you_mean(name, sorted(available_timezones())) or "such as `Europe/Lisbon`",
        )


def formats_are_readable(file: File) -> Iterator[Problem]:
    """A number format is one of Python's for floats."""
    for metric in file.tree.metrics.values():
        if metric.format is not None and not _FORMAT.fullmatch(metric.format):
            message = f"`{_short(metric.format)}` is no number format"
            path = ("metrics", metric.name, "format")
            yield file.at_value(path, "bad-format", message, hint=FORMAT_HINT)


def time_formats_are_readable(file: File) -> Iterator[Problem]:
    """A format of times is in the words of `strptime` that every engine understands."""
    for source in file.tree.sources.values():
        fault = None if source.time_format is None else layout_fault(source.time_format)
        if fault is not None:
            yield file.at_value(
                ("sources", source.name, "time_format"),
                "bad-time-format",
                f"`{_short(source.time_format or '')}` is no format of times: {fault}",
                hint=TIME_FORMAT_HINT,
            )


def names_are_usable(file: File) -> Iterator[Problem]:
    """A metric can be named in a formula and on the command line."""
    for name in file.tree.metrics:
        if not _NAME.fullmatch(name):
            yield file.at_key(
                ("metrics", name),
                "bad-name",
                f"the name `{_short(name)}` cannot be used in formulas",
                hint="a name has small letters, digits and `_`; `label` is what is shown",
                severity="warning",
            )


def _short(word: str) -> str:
    return word if len(word) <= 40 else word[:39] + "…"
