"""Every drawn character, in one place, with a plain twin for terminals that lack it."""

from dataclasses import dataclass
from typing import Literal

DotShape = Literal["braille", "block", "ascii"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Glyphs:
    """The characters of one look."""

    up: str
    down: str
    flat: str
    minus: str
    missing: str
    """Stands for nothing to measure."""

    failed: str
    """Stands for a value that could not be computed."""

    open: str
    closed: str
    good: str
    bad: str
    partial: str
    fresh: str
    ellipsis: str
    between: str
    """Between the two ends of a range of dates."""

    dot: str
    crumb: str
    bars: str
    """Eight heights of a sparkline, lowest first."""

    rule: str
    axis: str
    tick: str
    corner: str
    high: str
    """In a sparkline: the value is far above what was expected."""

    low: str
    event: str
    """Stands on a chart's axis and in a sparkline where something happened."""

    box: str
    """Corners of a box from the left at the top to the right at the bottom, then its two rules."""

    heavy: str
    """The same of the box that is selected."""

    joints: str
    """Where rules meet: ─ │ ╭ ╰ ├ ┬ ┴ ┤ ┼ ╮ ╯, in this order."""

    dots: DotShape
    enter: str
    backspace: str
    euro: str
    pound: str
    yen: str


UNICODE = Glyphs(
    up="▲", down="▼", flat="•", minus="−", missing="–", failed="--", open="▾", closed="▸",
    good="✓", bad="✗", partial="◌", fresh="●", ellipsis="…", between="–", dot="·", crumb="›",
    bars="▁▂▃▄▅▆▇█", rule="─", axis="│", tick="┤", corner="└", event="◆", dots="braille",
    high="▲", low="▼", enter="↵", backspace="⌫", euro="€", pound="£", yen="¥",
    box="╭╮╰╯─│", heavy="┏┓┗┛━┃", joints="─│╭╰├┬┴┤┼╮╯",
)  # fmt: skip

BLOCKS = Glyphs(
    up="▲", down="▼", flat="·", minus="-", missing="-", failed="--", open="-", closed="+",
    good="√", bad="x", partial="o", fresh="■", ellipsis="~", between="-", dot="·", crumb=">",
    bars="__▄▄▄▄██", rule="─", axis="│", tick="┤", corner="└", event="*", dots="block",
    high="▲", low="▼", enter="Enter", backspace="Bksp", euro="EUR ", pound="GBP ", yen="JPY ",
    box="┌┐└┘─│", heavy="╔╗╚╝═║", joints="─│┌└├┬┴┤┼┐┘",
)  # fmt: skip
"""For the Linux console, whose font has line drawing and half blocks but no braille."""

ASCII = Glyphs(
    up="^", down="v", flat="=", minus="-", missing="-", failed="--", open="-", closed="+",
    good="ok", bad="x", partial="o", fresh="*", ellipsis="~", between="-", dot="|", crumb=">",
    bars="__..--^^", rule="-", axis="|", tick="+", corner="+", event="*", dots="ascii",
    high="!", low="!", enter="Enter", backspace="Bksp", euro="EUR ", pound="GBP ", yen="JPY ",
    box="++++-|", heavy="####=#", joints="-|+++++++++",
)  # fmt: skip
