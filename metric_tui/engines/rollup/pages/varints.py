"""SQLite's integers of one to nine bytes: seven bits a byte, the most significant first."""

import numpy as np
from numpy.typing import NDArray

Places = NDArray[np.int64]

_LONGEST = 9


def one_varint(data: bytes, place: int) -> int:
    """The number at a place, signed."""
    value = 0
    for index in range(_LONGEST - 1):
        byte = data[place + index]
        value = (value << 7) | (byte & 0x7F)
        if byte < 0x80:
            return value
    value = (value << 8) | data[place + _LONGEST - 1]
    return value - 2**64 if value >= 2**63 else value


def varints(data: NDArray[np.uint8], places: Places) -> tuple[Places, Places]:
    """The numbers at many places, and where each ends.

    Args:
        data: with nine bytes to spare after the last place.
        places: any shape of one dimension.
    """
    values = data[places].astype(np.int64)
    ends = places + 1
    rest = np.flatnonzero(values >= 0x80)
    values[rest] &= 0x7F
    for index in range(1, _LONGEST):
        if not rest.size:
            break
        byte = data[ends[rest]]
        bits = 8 if index == _LONGEST - 1 else 7
        kept = byte if bits == 8 else byte & 0x7F
        values[rest] = (values[rest] << bits) | kept
        ends[rest] += 1
        if bits == 7:
            rest = rest[byte >= 0x80]
    return values, ends
