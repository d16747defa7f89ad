"""Shapley and Owen values of games given as tables.

A table has one value per coalition: entry `mask` belongs to the players whose bit is set.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from math import factorial
from operator import mul, sub


@lru_cache(maxsize=32)
def coalition_weights(others: int) -> tuple[float, ...]:
    """How often, over all orders, exactly a coalition of the others comes before a player.

    Args:
        others: number of other players.

    Returns:
        Shape (2 ** others,), by mask; sums to 1.
    """
    by_size = [
        factorial(size) * factorial(others - size) / factorial(others + 1)
        for size in range(others + 1)
    ]
    return tuple(by_size[mask.bit_count()] for mask in range(1 << others))


def shapley_of_table(values: Sequence[float], players: int) -> list[float]:
    """Each player's Shapley value, in order of bits.

    Args:
        values: shape (2 ** players,), by mask.
        players: number of players.

    Source: Shapley (1953), A value for n-person games, eq. 13. For two players: half of what
    each adds alone, plus half of what it adds to the other.
    """
    if not players:
        return []
    weights = coalition_weights(players - 1)
    result = []
    for _ in range(players):
        without, with_player = values[0::2], values[1::2]
        result.append(sum(map(mul, weights, map(sub, with_player, without))))
        # turns the bits by one place, so that the next player is the lowest bit
        values = [*without, *with_player]
    return result


def state_columns(
    before: Mapping[str, float], after: Mapping[str, float], names: Sequence[str]
) -> dict[str, list[float]]:
    """Each name's value in all `2 ** len(names)` mixes of two periods, by mask.

    Bit i of the mask says that the i-th name has its value of the later period.
    """
    count = len(names)
    return {
        name: ([before[name]] * (1 << i) + [after[name]] * (1 << i)) * (1 << (count - 1 - i))
        for i, name in enumerate(names)
    }


def owen_of_table(values: Sequence[float], unions: Sequence[Sequence[int]]) -> dict[int, float]:
    """Each player's Owen value.

    Args:
        values: one per coalition, by mask.
        unions: a partition of the players (bit numbers); a union joins and leaves as one,
            and its members share what it brings.

    Source: Owen (1977), Values of games with a priori unions, eq. 5. With unions of one
    player each it is the Shapley value.
    """
    weights = coalition_weights(len(unions) - 1)
    result: dict[int, float] = {}
    for k, union in enumerate(unions):
        rest = [masked(members) for i, members in enumerate(unions) if i != k]
        outside = [joined(rest, mask) for mask in range(1 << len(rest))]
        bits = [1 << player for player in union]
        inner = [
            sum(
                w * values[mask | joined(bits, t)] for w, mask in zip(weights, outside, strict=True)
            )
            for t in range(1 << len(union))
        ]
        result.update(zip(union, shapley_of_table(inner, len(union)), strict=True))
    return result


def masked(members: Sequence[int]) -> int:
    """The mask of a set of players."""
    return sum(1 << player for player in members)


def joined(masks: Sequence[int], chosen: int) -> int:
    """The union of those masks whose bit is set in `chosen`."""
    return sum(mask for i, mask in enumerate(masks) if chosen >> i & 1)
