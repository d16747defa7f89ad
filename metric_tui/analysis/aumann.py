"""Aumann-Shapley: the split along the straight way between two periods.

Taken where the exact enumeration is too long or a mix of the two periods divides by zero.
"""

from __future__ import annotations

import math
from operator import mul

from metric_tui.analysis.games import Game, Split, Transfer
from metric_tui.analysis.quadrature import gauss_legendre

TOLERANCE = 1e-10
HALVINGS_LIMIT = 40
PIECES_LIMIT = 400
FEWEST_PIECES = 8


def piece_slopes(
    game: Game, transfer: Transfer, start: float, end: float, count: int
) -> dict[str, float]:
    """Each driver's mean slope on a piece of the way, times the piece's length."""
    points, weights = gauss_legendre(count)
    way = [start + (end - start) * point for point in points]
    value, gradient = game.formula.gradient(game.line(way), len(way))
    outer = [
        weight * (end - start) * slope
        for weight, slope in zip(weights, transfer.slope_at(value), strict=True)
    ]
    return {name: sum(map(mul, outer, column)) for name, column in gradient.items()}


def piece_error(
    game: Game, transfer: Transfer, start: float, end: float
) -> tuple[float, float, dict[str, float]]:
    """How wrong a piece's slopes may be, what it is measured by, and the slopes.

    8 points are held against 16, and the amounts of the drivers against the step of the
    focus over the piece, which also sees a bend that falls between the same points of both.
    """
    coarse = piece_slopes(game, transfer, start, end, 8)
    fine = piece_slopes(game, transfer, start, end, 16)
    steps = {name: game.after[name] - game.before[name] for name in game.changed}
    ends = transfer.apply(game.formula.column(game.line([start, end]), 2))
    amounts = [fine[name] * step for name, step in steps.items()]
    apart = sum(abs((coarse[name] - fine[name]) * step) for name, step in steps.items())
    error = apart + abs(sum(amounts) - (ends[1] - ends[0]))
    return error, sum(map(abs, (*amounts, *ends))), fine


def way_slopes(game: Game, transfer: Transfer) -> dict[str, float] | None:
    """Each driver's mean slope over the whole way; None where it does not settle.

    A piece of the way on which the error is not yet small is halved: a bend of LEAST,
    GREATEST or ABS is closed in on, a pole or a jump is not and gives None.
    """
    pieces = [(0.0, 1.0, 0)]
    totals = dict.fromkeys(game.formula.names, 0.0)
    scale = 0.0
    # behind a curved transfer stand many states, and each piece looks at all of them
    for _ in range(max(PIECES_LIMIT >> transfer.bits, FEWEST_PIECES)):
        if not pieces:
            return totals
        start, end, halvings = pieces.pop()
        error, size, slopes = piece_error(game, transfer, start, end)
        scale = max(scale, size)
        if error <= TOLERANCE * scale:
            totals = {name: total + slopes[name] for name, total in totals.items()}
        elif halvings == HALVINGS_LIMIT or not math.isfinite(error):
            return None
        else:
            middle = (start + end) / 2
            pieces += [(middle, end, halvings + 1), (start, middle, halvings + 1)]
    return None


def aumann_shapley_split(game: Game, transfer: Transfer) -> Split | None:
    """The change over the drivers by slopes along the straight way; None where it diverges.

    Source: Aumann and Shapley (1974), Values of non-atomic games; the formula is Sun and
    Sundararajan (2011), Axiomatic attribution for multilinear functions, eq. 3. Equal to the
    Shapley value for a multilinear formula under a line.
    """
    slopes = way_slopes(game, transfer)
    if slopes is None:
        return None
    amounts = {n: slopes[n] * (game.after[n] - game.before[n]) for n in game.changed}
    return Split(amounts=amounts, slopes=slopes, game=game, parent=transfer, is_aumann_shapley=True)
