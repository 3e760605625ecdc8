"""Who decides while a model is invented: a seeded generator, or Hypothesis, which can shrink what it decided."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import numpy as np

if TYPE_CHECKING:
    from hypothesis import strategies as st

T = TypeVar("T")

#: Where random numbers come from: a NumPy or a standard generator, or a seed.
Source = np.random.Generator | random.Random | int


class Chooser(Protocol):
    """Makes one choice after another; the first option and the lowest number are the simplest ones."""

    def integer(self, low: int, high: int) -> int:
        """Return a whole number from `low` to `high`, both included."""


class Seeded:
    """Choices from a pseudo-random generator.

    Examples
    --------
    >>> Seeded(7).integer(0, 99) == Seeded(7).integer(0, 99)
    True
    """

    def __init__(self, source: Source) -> None:
        if isinstance(source, np.random.Generator):
            source = int(source.integers(2**63))
        # Models for tests, no secrets.
        self._random = source if isinstance(source, random.Random) else random.Random(source)  # noqa: S311

    def integer(self, low: int, high: int) -> int:
        """Return a whole number from `low` to `high`, both included."""
        return low + int(self._random.random() * (high - low + 1))


class Drawn:
    """Choices that Hypothesis draws."""

    def __init__(self, draw: Callable[[st.SearchStrategy[int]], int]) -> None:
        self._draw = draw

    def integer(self, low: int, high: int) -> int:
        """Return a whole number from `low` to `high`, both included."""
        from hypothesis import strategies as st

        return low if low == high else self._draw(st.integers(low, high))


def maybe(choose: Chooser, percent: int) -> bool:
    """Return True in so many of 100 cases; False is the simpler one."""
    return percent > 0 and choose.integer(0, 99) >= 100 - percent


def one_of(choose: Chooser, options: Sequence[T]) -> T:
    """Return one of the options."""
    return options[choose.integer(0, len(options) - 1)]


def some(choose: Chooser, options: Sequence[T], low: int, high: int) -> list[T]:
    """Return from `low` to `high` different options, in the order they were chosen."""
    rest = list(options)
    count = choose.integer(low, max(low, min(high, len(rest))))
    return [rest.pop(choose.integer(0, len(rest) - 1)) for _ in range(count)]


def split(choose: Chooser, options: Sequence[Any]) -> tuple[list[Any], list[Any]]:
    """Return two lists, neither empty, that make up the options (two or more)."""
    cut = choose.integer(1, len(options) - 1)
    return list(options[:cut]), list(options[cut:])
