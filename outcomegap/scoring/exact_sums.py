"""Exact sums of doubles by group: the same bits in any order, and in any parts that are added together later."""

from __future__ import annotations

import math
import sys
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Whole = NDArray[np.int64]
#: The bits of a digit: the digit at a place counts units of 2 ** (BITS * place).
BITS = 36
#: So many values are added up at once: each is at most 2 ** BITS units, and a double counts them up to 2 ** 53.
MOST = 1 << (53 - BITS)
#: So many values are split together, so that they stay in the cache.
PIECE = 1 << 15
#: The lowest place whose unit is a double of full precision, 52 bits below a number that is one, too.
LEAST = -28
#: The module of compiled code.
KERNEL = "outcomegap.engines.compiled_kernel"
#: Values from this size on, infinities and NaN are added as floats.
HUGE = 2.0**900
#: Digits are split off all values as long as 1 in so many has a rest, and then off those values alone.
FEW = 16


class ExactSums:
    """Sums of doubles by group, without any rounding; `totals` rounds once.

    Every value is split into digits of 36 bits. Digits of one place are whole numbers of one unit, so that doubles and
    integers add them up without rounding, in any order. This is the superaccumulator of Neal (Fast exact summation
    using small and large superaccumulators, 2015); the digits are split off whole arrays, by adding and subtracting a
    large number (Rump, Ogita & Oishi, SIAM Journal on Scientific Computing 31, 2008).

    Parameters
    ----------
    shape
        The shape of the sums; the last axis is the group.
    whole
        Whether the values are whole numbers; then the totals are.

    Attributes
    ----------
    digits
        Place -> the digits there, shape (lines, groups); each is less than half a unit of the next place.
    huge
        The sums of infinities, NaN and the like, if there are any.

    Examples
    --------
    >>> sums = ExactSums((1,))
    >>> for value in (1e16, 1.0, -1e16):
    ...     sums.add(np.array([value]), np.array([0]), np.array([0]))
    >>> sums.totals().tolist()
    [1.0]
    """

    def __init__(self, shape: tuple[int, ...], *, whole: bool = False) -> None:
        self.shape, self.whole = shape, whole
        self.digits: dict[int, Whole] = {}
        self.huge: Array | None = None

    def add(self, values: Array, starts: Array, groups: Array) -> None:
        """Add values of rows whose groups are adjacent.

        Parameters
        ----------
        values
            Shape (..., rows), at most `MOST` rows.
        starts, groups
            The row where each run of a group begins, and the group.
        """
        if not values.size:
            return
        rows = values.shape[-1]
        lines = values.reshape(-1, rows)
        if self.whole:
            self.count(_counts(lines, starts), groups)
            return
        lines = lines.astype(np.float64, copy=False)  # limits lie beyond the range of narrower floats
        some = max(1, MOST // rows)
        room = np.empty((2, min(some, len(lines)), rows))
        of_row = np.repeat(groups, np.diff(starts, append=rows))
        left = []
        for first in range(0, len(lines), some):
            rest = self._add(lines[first : first + some], first, starts, groups, room)
            at = np.flatnonzero(rest != 0.0)
            line, row = np.divmod(at, rows)
            left.append((rest.reshape(-1)[at], (first + line) * self.shape[-1] + of_row[row]))
        values, at = map(np.concatenate, zip(*left, strict=True))
        self.add_at(values, at)

    def add_at(self, values: Array, at: Array) -> None:
        """Add values, each to the sum at a position of the flattened sums."""
        while len(values) and values.any():
            place = _place(np.abs(values).max())
            units, values = _split(values, place, np.empty((2, *values.shape)))
            for start in range(0, len(units), MOST):
                piece = slice(start, start + MOST)
                sums = np.bincount(at[piece], units[piece], math.prod(self.shape))
                self._at(place)[:] += _counted(sums.reshape(-1, self.shape[-1]), place)
        self._carry()

    def count(self, counts: Array, groups: Array | slice = slice(None)) -> None:
        """Add whole numbers, at most 2 ** 53, to the sums of some groups, each at most once."""
        digits = self._at(0)
        digits[:, groups] += counts.reshape(len(digits), counts.shape[-1])
        self._carry()

    def merge(self, other: ExactSums, groups: Array) -> None:
        """Add other sums; `groups` says which group each of theirs becomes, several of them perhaps one."""
        for place, digits in other.digits.items():
            np.add.at(self._at(place).T, groups, digits.T)
        if other.huge is not None:
            np.add.at(self._floats().T, groups, other.huge.T)
        self._carry()

    def totals(self) -> Array:
        """Return the sums, of the sums' shape: integers, or the doubles nearest to them."""
        lines = math.prod(self.shape[:-1])
        total: Array = np.zeros((lines, self.shape[-1]), dtype=np.int64 if self.whole else np.float64)
        rest: Array = np.zeros_like(total)
        for place in sorted(self.digits, reverse=True):
            digits = self.digits[place]
            each = digits << BITS * place if self.whole else np.ldexp(digits.astype(np.float64), BITS * place)
            before, total = total, total + each
            rest += each - (total - before)  # what that addition rounded off (Dekker, 1971)
        total += rest
        return (total if self.huge is None else total + self.huge).reshape(self.shape)

    def _add(self, lines: Array, first: int, starts: Array, groups: Array, room: Array) -> Array:
        """Add the digits that many values of some lines have; return the rests. `first` is the place of their sums."""
        where = slice(first, first + len(lines))
        most = max(-lines.min(), lines.max())
        if not most < HUGE:
            beyond = ~(np.abs(lines) < HUGE)
            self._floats()[where, groups] += np.add.reduceat(np.where(beyond, lines, 0.0), starts, axis=-1)
            lines = np.where(beyond, 0.0, lines)
            most = np.abs(lines).max()
        place, left = _place(most), int(np.count_nonzero(lines != 0.0))
        while left * FEW > lines.size:
            units, lines, left = _added(lines, place, starts, room[:, : len(lines)])
            self._at(place)[where, groups] += units
            place -= 1
        return lines

    def _at(self, place: int) -> Whole:
        """Return the digits at a place, shape (lines, groups)."""
        lines = math.prod(self.shape[:-1])
        return self.digits.setdefault(place, np.zeros((lines, self.shape[-1]), dtype=np.int64))

    def _floats(self) -> Array:
        if self.huge is None:
            self.huge = np.zeros((math.prod(self.shape[:-1]), self.shape[-1]))
        return self.huge

    def _carry(self) -> None:
        """Bring all digits below half a unit of the next place, so that equal sums have equal digits."""
        places = sorted(self.digits)
        while places:
            digits = self.digits[place := places.pop(0)]
            over = (digits + (1 << BITS - 1)) >> BITS
            if over.any():
                digits -= over << BITS
                self._at(place + 1)[:] += over
                places = places if place + 1 in places else [place + 1, *places]


def _counts(lines: Array, starts: Array) -> Whole:
    """Return the sum of each run of each line of whole numbers or truth values."""
    if KERNEL not in sys.modules or lines.dtype != np.bool_:
        return np.add.reduceat(lines, starts, axis=-1, dtype=np.int64)
    from outcomegap.engines.compiled_sums_kernel import compiled_count

    found = np.empty((len(lines), len(starts)), dtype=np.int64)
    compiled_count(np.ascontiguousarray(lines), starts.astype(np.int64), found)
    return found


def _added(lines: Array, place: int, starts: Array, room: Array) -> tuple[Whole, Array, int]:
    """Return how many units of a place each run of each line has, the rests, and how many rests are not 0."""
    # Compiled code is used where scoring has loaded it already, and where units are no smaller than doubles tell apart.
    if KERNEL not in sys.modules or place < LEAST:
        units, rests = _split(lines, place, room)
        # To count truth values is much faster than to count numbers.
        return _counted(np.add.reduceat(units, starts, axis=-1), place), rests, int(np.count_nonzero(rests != 0.0))
    from outcomegap.engines.compiled_sums_kernel import compiled_split

    found, rests = np.empty((len(lines), len(starts)), dtype=np.int64), room[1]
    large = math.ldexp(1.5, 52 + BITS * place)
    left = compiled_split(np.ascontiguousarray(lines), large, starts.astype(np.int64), found, rests)
    return found, rests, left


def _place(most: float) -> int:
    """Return the place of the digit in whose units a number, the largest of some, is at most 2 ** BITS."""
    return -(-math.frexp(most)[1] // BITS) - 1


def _split(values: Array, place: int, room: Array) -> tuple[Array, Array]:
    """Return values rounded to units of a place, and the exact rest of each; `room` takes both."""
    large = math.ldexp(1.5, 52 + BITS * place)
    each = tuple(array.reshape(-1) for array in (values, *room))
    for start in range(0, values.size, PIECE):
        value, units, rest = (array[start : start + PIECE] for array in each)
        np.add(value, large, out=units)
        np.subtract(units, large, out=units)
        np.subtract(value, units, out=rest)
    return room[0], room[1]


def _counted(sums: Array, place: int) -> Whole:
    """Return sums as numbers of units of a place."""
    return np.ldexp(sums, -BITS * place).astype(np.int64)
