"""What is compiled of exact sums: digits are split off and added up by runs of rows, in one pass."""

from __future__ import annotations

import numpy as np
from numba import types

from outcomegap.engines.compiled_kernel import compiled

#: So many values are split at a time.
PIECE = 512


def split(lines, large, starts, units, rests):
    """Round values to units, write the exact rests and for each run of rows how many units there are.

    Rounding is by adding `large`, whose last bit is one unit, so that the bits of the sum, less those of `large`, are
    the number of units. Return how many rests are not 0. `rests` may be `lines`.
    """
    rounded = np.empty(PIECE + 1)
    rounded[PIECE] = large
    bits = rounded.view(np.int64)
    left = 0
    for line in range(lines.shape[0]):
        for run in range(len(starts)):
            stop = starts[run + 1] if run + 1 < len(starts) else lines.shape[1]
            total = 0
            for first in range(starts[run], stop, PIECE):
                size = min(PIECE, stop - first)
                given, rest = lines[line, first : first + size], rests[line, first : first + size]
                for i in range(size):
                    each = given[i] + large
                    rounded[i] = each
                    rest[i] = given[i] - (each - large)
                for i in range(size):
                    total += bits[i] - bits[PIECE]
                for i in range(size):
                    left += rest[i] != 0.0
            units[line, run] = total
    return left


def count(lines, starts, counts):
    """Count for each run of rows how many are not 0."""
    for line in range(lines.shape[0]):
        for run in range(len(starts)):
            stop = starts[run + 1] if run + 1 < len(starts) else lines.shape[1]
            some = lines[line, starts[run] : stop]
            total = 0
            for i in range(len(some)):
                total += some[i]
            counts[line, run] = total


LINES, STARTS = types.float64[:, ::1], types.Array(types.int64, 1, "C", readonly=True)
compiled_split = compiled(split, [types.int64(LINES, types.float64, STARTS, types.int64[:, ::1], LINES)])
compiled_count = compiled(count, [types.void(types.boolean[:, ::1], STARTS, types.int64[:, ::1])])
