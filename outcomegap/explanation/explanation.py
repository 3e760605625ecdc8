"""A number for each customer and leaf, with what is needed to read it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


@attrs.frozen(eq=False, repr=False)
class Explanation:
    """Values for every customer and leaf.

    Parameters
    ----------
    name
        What the values are, such as ``"attribution"``.
    values
        Shape (customers, leaves). 0 where the customer's cell does not have the leaf; NaN where the score it
        explains is NaN.
    leaves
        Names of the leaves, in the order of the second axis.
    observed
        Shape (customers, leaves): whether the leaf's measure is there.
    applies
        Shape (customers, leaves): whether the customer's cell has the leaf.

    Examples
    --------
    >>> import outcomegap as og
    >>> model = og.gallery.load("email-marketing")
    >>> scores = og.Scorer(model).score(og.simulate(model, 3, seed=1))
    >>> scores.attribution().values.shape == (3, len(model.leaves))
    True
    """

    name: str
    values: Array
    leaves: tuple[str, ...]
    observed: NDArray[np.bool_]
    applies: NDArray[np.bool_]
    _frame: Callable[[dict[str, Any]], Any]

    def to_frame(self) -> Any:
        """Return the same kind of frame that was scored: the customers' ids, then a column a leaf."""
        columns = {leaf: self.values[:, number] for number, leaf in enumerate(self.leaves)}
        return self._frame(columns)

    def __len__(self) -> int:
        return len(self.values)

    def __repr__(self) -> str:
        return f"<Explanation {self.name!r}: {len(self.values)} customers x {len(self.leaves)} leaves>"
