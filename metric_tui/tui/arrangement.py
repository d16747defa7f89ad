"""Where tree and card stand at a size of the terminal."""

from typing import Literal, get_args

Arrangement = Literal["wide", "tall", "strip", "bare", "tiny"]
ARRANGEMENTS: tuple[Arrangement, ...] = get_args(Arrangement)


def arrangement_of(columns: int, rows: int) -> Arrangement:
    """Side by side, one above the other, a strip below the tree, the tree alone, or nothing."""
    if columns < 40 or rows < 12:
        return "tiny"
    if columns >= 100 and rows >= 16:
        return "wide"
    if rows >= 34:
        return "tall"
    return "strip" if rows >= 22 else "bare"
