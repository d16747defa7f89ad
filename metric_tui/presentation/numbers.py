"""The one formatter of numbers: values, changes and differences as every front shows them."""

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

from metric_tui.base.series import Value
from metric_tui.definitions.kinds.conversion import Conversion
from metric_tui.definitions.kinds.derived import Derived
from metric_tui.definitions.kinds.funnel import Funnel
from metric_tui.definitions.kinds.ratio import Ratio
from metric_tui.definitions.kinds.retention import Retention
from metric_tui.definitions.kinds.sessions import Sessions
from metric_tui.definitions.metric import Metric
from metric_tui.definitions.scores import POINT_WORDS, is_score
from metric_tui.presentation.glyphs import Glyphs
from metric_tui.presentation.safe import safe

NumberKind = Literal["count", "percent", "currency", "duration"]

_STEPS = ((1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "k"))
_SECONDS_IN = {
    "ms": 0.001, "millisecond": 0.001, "s": 1.0, "sec": 1.0, "second": 1.0, "min": 60.0,
    "minute": 60.0, "h": 3600.0, "hour": 3600.0, "day": 86_400.0, "week": 604_800.0,
}  # fmt: skip
# a width or a huge precision in a format would be an attack on the screen, not a wish
_SPEC = re.compile(r"[+]?,?_?(\.\d{1,2})?[fFgGeEd%]?")
_SHARE_WORDS = frozenset({"rate", "share", "percent", "percentage", "pct"})


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberStyle:
    """How one metric's numbers are written."""

    kind: NumberKind = "count"
    spec: str | None = None
    """A Python format spec, checked; None where size alone decides."""

    unit: str = ""
    """The word after a full value; a currency code; empty without."""

    seconds: float = 1.0
    """Seconds in one unit of a duration."""

    in_points: bool = False
    """Whether changes are told in the unit itself and never in percent: of scores, and of what
    is negative somewhere."""


COUNT = NumberStyle()
PERCENT = NumberStyle(kind="percent")


def number_style(metric: Metric, values: Iterable[Value] = ()) -> NumberStyle:
    """How a metric's numbers are written, from its unit, format and type.

    Args:
        metric: the metric.
        values: what is shown of it; where one is negative, a change in percent misleads.

    A percent metric's value is a share: 0.021 is shown as 2.1%. A ratio without unit and format
    is a percentage if its name says rate or share.
    """
    style = _plain_style(metric)
    is_negative = any(value is not None and value < 0 for value in values)
    return replace(style, in_points=True) if is_negative or is_score(metric) else style


def _plain_style(metric: Metric) -> NumberStyle:
    unit = safe(metric.unit or "")
    word = unit.strip().lower()
    spec = metric.format if metric.format and _SPEC.fullmatch(metric.format) else None
    if _is_share(metric, word, spec):
        return NumberStyle(kind="percent", spec=spec if spec and spec.endswith("%") else None)
    seconds = _SECONDS_IN.get(word) or _SECONDS_IN.get(word.removesuffix("s"))
    if seconds is None and _is_duration(metric, word):
        seconds = 1.0
    # days are counted too, and a format that is given says that they are
    if seconds is not None and not (spec and seconds >= 86_400):
        return NumberStyle(kind="duration", seconds=seconds)
    if len(unit) == 3 and unit.isascii() and unit.isalpha() and unit.isupper():
        return NumberStyle(kind="currency", spec=spec, unit=unit)
    return NumberStyle(spec=spec, unit=unit)


def _is_share(metric: Metric, unit: str, spec: str | None) -> bool:
    if unit in ("percent", "%") or (spec is not None and spec.endswith("%")):
        return True
    if unit or spec:
        return False
    if isinstance(metric, Conversion | Funnel):
        return metric.calculation == "conversion_rate"
    if isinstance(metric, Sessions):
        return metric.calculation == "bounce_rate"
    if isinstance(metric, Ratio | Derived):
        return not _SHARE_WORDS.isdisjoint(metric.name.split("_"))
    return isinstance(metric, Retention)


def _is_duration(metric: Metric, unit: str) -> bool:
    return isinstance(metric, Sessions) and metric.calculation == "average_duration" and not unit


def is_missing(value: Value) -> bool:
    """Whether there is nothing to write: null, or no number at all."""
    return value is None or not math.isfinite(value)


def compact(value: Value, style: NumberStyle, glyphs: Glyphs) -> str:
    """A value in few characters: 48.2k, 2.1%, €1.3M, 3m 20s."""
    if value is None or not math.isfinite(value):
        return glyphs.missing
    if style.kind == "percent":
        return _signed_text(_percent(value, style), glyphs)
    if style.kind == "duration":
        return _signed_text(_duration(value * style.seconds), glyphs)
    if style.kind == "currency":
        return _money(_short(value, style.spec), style.unit, glyphs)
    return _signed_text(_short(value, style.spec), glyphs)


def full(value: Value, style: NumberStyle, glyphs: Glyphs) -> str:
    """A value with all its digits, without the word of what is counted: 48,210."""
    if value is None or not math.isfinite(value):
        return glyphs.missing
    if style.kind == "percent":
        text = format(value, style.spec) if style.spec else f"{value * 100:,.2f}%"
        return _signed_text(text, glyphs)
    if style.kind == "duration":
        return _signed_text(_duration(value * style.seconds), glyphs)
    if style.kind == "currency":
        return _money(_long(value, style.spec or ",.2f"), style.unit, glyphs)
    return _signed_text(_long(value, style.spec), glyphs)


def full_with_unit(value: Value, style: NumberStyle, glyphs: Glyphs) -> str:
    """A value with all its digits and what is counted: 48,210 nights."""
    text = full(value, style, glyphs)
    if is_missing(value) or style.kind != "count" or not style.unit:
        return text
    return f"{text} {style.unit}"


def difference(amount: Value, style: NumberStyle, glyphs: Glyphs) -> str:
    """A change in the metric's own unit, always with a sign: +1,902, −920, +0.31pp."""
    if amount is None or not math.isfinite(amount):
        return ""
    if style.kind == "percent":
        return _with_sign(f"{amount * 100:+.2f}pp", glyphs)
    size = abs(amount)
    if style.kind == "count" and size >= 1e6:
        text = _short(size, None)
    else:
        text = full(size, style, glyphs)
        if size and not _has_digit(text):
            # a format that rounds it away would show a change of nothing; two digits say enough
            bare = replace(style, spec=None)
            text = f"{size:.2g}" if style.kind == "count" else full(size, bare, glyphs)
    return f"{'+' if amount >= 0 else glyphs.minus}{text}"


def _has_digit(text: str) -> bool:
    """Whether anything but zeros is left of a number."""
    return any(digit in text for digit in "123456789")


def direction_glyph(value: Value, comparison: Value, style: NumberStyle, glyphs: Glyphs) -> str:
    """Up, down or flat as far as the change shows in its own text; empty without one."""
    text = change_ratio_text(value, comparison, style, glyphs)
    if not text:
        return ""
    if text == "new":
        return glyphs.up
    if not _has_digit(text):
        return glyphs.flat
    return glyphs.up if text.startswith("+") else glyphs.down


def change_ratio_text(value: Value, comparison: Value, style: NumberStyle, glyphs: Glyphs) -> str:
    """A change relative to the comparison: +4.1%, −2.0%, +.3pp; "new" from zero, else empty.

    Of a score, and from or to a negative value, the change itself: +3.2pt, −€1.3k.
    """
    if value is None or comparison is None:
        return ""
    if style.kind == "percent":
        return _points((value - comparison) * 100, glyphs)
    if style.in_points or min(value, comparison) < 0:
        return own_points(value - comparison, style, glyphs)
    if comparison == 0:
        return "new" if value else _with_sign("+0.0%", glyphs)
    return _relative((value - comparison) / abs(comparison) * 100, glyphs)


def change_text(value: Value, comparison: Value, style: NumberStyle, glyphs: Glyphs) -> str:
    """The column of changes: ▲ +4.1%, ▼ −2.0%, ▲ +.3pp, ▲ new; empty without a comparison."""
    text = change_ratio_text(value, comparison, style, glyphs)
    return f"{direction_glyph(value, comparison, style, glyphs)} {text}" if text else ""


def _relative(percent: float, glyphs: Glyphs) -> str:
    size = abs(percent)
    if not math.isfinite(percent):
        return ""
    if size >= 999.5:
        return f"{'+' if percent > 0 else glyphs.minus}{_short(size, None)}%"
    digits = 1 if size < 9.95 else 0
    return _with_sign(f"{percent:+.{digits}f}%", glyphs)


def _points(points: float, glyphs: Glyphs) -> str:
    digits = 1 if abs(points) < 9.95 else 0
    text = f"{points:+.{digits}f}pp"
    return _with_sign(text.replace("+0.", "+.").replace("-0.", "-."), glyphs)


def own_points(change: float, style: NumberStyle, glyphs: Glyphs) -> str:
    """A change in the metric's own unit, short."""
    if not math.isfinite(change):
        return ""
    if style.kind == "percent":
        return _points(change * 100, glyphs)
    unit = "pt" if style.unit.strip().lower() in POINT_WORDS else ""
    return f"{'+' if change >= 0 else glyphs.minus}{compact(abs(change), style, glyphs)}{unit}"


def _with_sign(text: str, glyphs: Glyphs) -> str:
    # a minus before nothing but zeros reads as a fall that is not there
    if text.startswith("-") and not _has_digit(text):
        text = "+" + text[1:]
    return text.replace("-", glyphs.minus, 1)


def _signed_text(text: str, glyphs: Glyphs) -> str:
    return glyphs.minus + text[1:] if text.startswith("-") else text


def _money(text: str, code: str, glyphs: Glyphs) -> str:
    symbols = {"USD": "$", "EUR": glyphs.euro, "GBP": glyphs.pound, "JPY": glyphs.yen}
    symbol = symbols.get(code)
    bare = text.removeprefix("-")
    sign = glyphs.minus if text.startswith("-") else ""
    return f"{sign}{symbol}{bare}" if symbol else f"{sign}{bare} {code}"


def _percent(value: float, style: NumberStyle) -> str:
    if style.spec:
        return format(value, style.spec)
    percent = value * 100
    size = abs(percent)
    if size >= 999.5:
        return f"{_short(percent, None)}%"
    if size and size < 0.05:
        return f"{percent:.2g}%"
    return f"{percent:.{1 if size < 99.95 else 0}f}%"


def _short(value: float, spec: str | None) -> str:
    size = abs(value)
    if size < 999.5:
        return _small(value, spec)
    for index, (step, suffix) in enumerate(_STEPS):
        if size / step < 0.9995:
            continue
        scaled = value / step
        if abs(scaled) >= 999.5 and index == 0:
            return f"{value:.3g}"
        return f"{scaled:.{1 if abs(scaled) < 99.95 else 0}f}{suffix}"
    return _small(value, spec)


def _small(value: float, spec: str | None) -> str:
    if spec:
        return _long(value, spec)
    size = abs(value)
    if value == int(value):
        return str(int(value))
    if size >= 99.95:
        return f"{value:.0f}"
    if size >= 9.995:
        return f"{value:.1f}"
    return f"{value:.2f}" if size >= 0.9995 else f"{value:.3g}"


def _long(value: float, spec: str | None) -> str:
    if spec:
        whole = spec.endswith("d")
        return format(round(value), spec) if whole else format(value, spec)
    size = abs(value)
    if value == int(value) and size < 1e15:
        return f"{int(value):,}"
    if size >= 1e15:
        return f"{value:.6g}"
    if size >= 99.995:
        return f"{value:,.1f}"
    return f"{value:.2f}" if size >= 9.9995 else f"{value:.4g}"


def _duration(seconds: float) -> str:
    sign = "-" if seconds < 0 else ""
    size = abs(seconds)
    if size < 0.9995:
        return f"{sign}{size * 1000:.0f}ms"
    if size < 59.95:
        return f"{sign}{size:.1f}s" if size < 9.95 else f"{sign}{size:.0f}s"
    whole = round(size)
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{sign}{minutes}m {rest:02d}s"
    hours, minutes = divmod(minutes, 60)
    if hours < 48:
        return f"{sign}{hours}h {minutes:02d}m"
    days, hours = divmod(hours, 24)
    return f"{sign}{days:,}d {hours:02d}h"
