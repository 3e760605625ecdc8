"""Gates over steps as products while they are fitted: a few operations on tables, instead of a program's instructions.

One weighted `AllOf` of steps that share nothing is a product. Any ways S of a weighted `AnyOf` over the same steps hold
together as often as one `AllOf` with necessities 1 - prod(1 - w) over S does. So by inclusion and exclusion

    E = sum over S of (-1)^(|S| + 1) prod(s over S) prod over steps (1 - W (1 - a)),  W = 1 - prod(1 - w over S).
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from outcomegap.model.gate import AllOf, AnyOf, Gate
from outcomegap.model.identity import Node
from outcomegap.model.step import Step

Array = NDArray[Any]
#: A factor is kept above this, so that a product can be divided by it.
LEAST_FACTOR = 1e-30
#: More ways than this are left to the program.
MOST_WAYS = 6


@attrs.frozen(eq=False)
class Products:
    """One side of a program as products.

    Parameters
    ----------
    steps
        Its step rows.
    slots
        For each way the slots of its steps' necessities, and of how sufficient it is; the last is -1 for one `AllOf`.
    some
        The sets of ways, shape (sets, ways).
    """

    steps: NDArray[np.int64]
    slots: NDArray[np.int64]
    some: NDArray[np.bool_]

    @classmethod
    def of(cls, root: Node, place: Mapping[tuple[Gate, int], int], row_of: Mapping[Step, int]) -> Products | None:
        """Return the products of a gate; None if it has another form."""
        ways = root.children if type(root) is AnyOf and (root, 0) in place else (root,)
        rows, slots = [], []
        for way in ways:
            steps = way.children if type(way) is AllOf and (way, 0) in place else ()
            if not steps or any(not isinstance(step, Step) or step.after for step in steps):
                return None
            by_row = sorted((row_of[step], place[way, child]) for child, step in enumerate(steps))
            rows.append([row for row, _ in by_row])
            slots.append([slot for _, slot in by_row])
        if len(ways) > MOST_WAYS or any(each != rows[0] for each in rows):
            return None
        above = [-1] if ways[0] is root else [place[root, child] for child in range(len(ways))]
        some = np.array([*product((False, True), repeat=len(ways))][1:])
        return cls(np.array(rows[0]), np.column_stack([slots, above]), some)

    @property
    def live(self) -> int:
        """How many rows a block keeps in use."""
        return len(self.some) * (len(self.steps) + 2)

    def table(self, weights: Array) -> Array:
        """Return W of each step and, last, what each set counts, in each cell: shape (sets, steps + 1, cells)."""
        return self._ones() - _over(self._factors(weights), self.some)

    def slopes(self, weights: Array, by_table: Array) -> Array:
        """Return derivatives by the weights, of those by the table."""
        found, factors = np.zeros((len(weights) + 1, weights.shape[1])), self._factors(weights)
        for way, slots in enumerate(self.slots):
            others = self.some & (np.arange(len(self.slots)) != way)
            found[slots] += (by_table * _over(factors, others))[self.some[:, way]].sum(axis=0)
        return found[:-1]

    def _factors(self, weights: Array) -> Array:
        """Return 1 - w of each step and, last, -s, in each way and cell."""
        found: Array = self._ones() - np.vstack([weights, np.ones_like(weights[:1])])[self.slots]
        return found

    def _ones(self) -> Array:
        return np.append(np.ones(len(self.steps)), 0.0)[:, None]

    def value(self, table: Array, attained: Array, at: Any) -> tuple[Array, Any]:
        """Return R or E of a block, and what its slopes need; `at` is its cell, or one a customer."""
        lacking = 1.0 - attained[self.steps]
        here = table[:, :, at].reshape(*table.shape[:2], -1)
        factors = here[:, :-1] * lacking
        np.subtract(1.0, factors, out=factors)
        np.maximum(factors, LEAST_FACTOR, out=factors)
        held = factors.prod(axis=1)
        return (here[:, -1] * held).sum(axis=0), (lacking, here, factors, held)

    def reverse(self, slope: Array, kept: Any, by_step: Array, by_table: Array, at: Any) -> None:
        """Add derivatives by each step's attainment and by the table, of the slope by R or E; spoils what is kept."""
        lacking, here, factors, held = kept
        held *= slope
        by_counts = held.copy()
        held *= here[:, -1]
        np.divide(held[:, None], factors, out=factors)
        for each, table in zip(factors, here, strict=True):
            by_step[self.steps] += table[:-1] * each
        if isinstance(at, int):
            by_table[:, :-1, at] -= np.einsum("sin,in->si", factors, lacking)
            by_table[:, -1, at] += by_counts.sum(axis=1)
            return
        factors *= lacking
        starts = np.flatnonzero(np.diff(at, prepend=-1))
        by_table[:, :-1, at[starts]] -= np.add.reduceat(factors, starts, axis=2)
        by_table[:, -1, at[starts]] += np.add.reduceat(by_counts, starts, axis=1)


def _over(factors: Array, some: NDArray[np.bool_]) -> Array:
    """Return the product over the ways of each set."""
    found: Array = np.where(some[:, :, None, None], factors, 1.0).prod(axis=1)
    return found
