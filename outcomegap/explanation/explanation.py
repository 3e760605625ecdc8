"""A number for each customer and step, with what is needed to read it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


@attrs.frozen(eq=False, repr=False)
class Explanation:
    """Values for every customer and step.

    Parameters
    ----------
    name
        What the values are, such as ``"attribution"``.
    values
        Shape (customers, steps). 0 where the customer's cell does not have the step; NaN where the score it
        explains is NaN.
    steps
        Names of the steps, in the order of the second axis.
    observed
        Shape (customers, steps): whether the step's measure is there.
    applies
        Shape (customers, steps): whether the customer's cell has the step.
    exact
        Whether the values are exact but for rounding. Not so where a numeric gate is not multilinear: attribution is
        a numerical integral then, and leverage is what the gate says of its slope.
    residual
        Of an attribution that is not exact, what the parts leave of each customer's gap: the gap less their sum. It
        is no step's, and is not spread over them. None where the values are exact, or sum to nothing.

    Examples
    --------
    >>> import outcomegap as og
    >>> model = og.gallery.load("email-marketing")
    >>> scores = og.Scorer(model).score(og.simulate(model, 3, seed=1))
    >>> scores.attribution().values.shape == (3, len(model.steps))
    True
    """

    name: str
    values: Array
    steps: tuple[str, ...]
    observed: NDArray[np.bool_]
    applies: NDArray[np.bool_]
    _frame: Callable[[dict[str, Any]], Any]
    exact: bool = attrs.field(default=True, kw_only=True)
    residual: Array | None = attrs.field(default=None, kw_only=True)

    def to_frame(self) -> Any:
        """Return the same kind of frame that was scored: the customers' ids, then a column a step."""
        columns = {step: self.values[:, number] for number, step in enumerate(self.steps)}
        return self._frame(columns)

    def __len__(self) -> int:
        return len(self.values)

    def __repr__(self) -> str:
        size = f"{len(self.values)} customers x {len(self.steps)} steps"
        return f"<Explanation {self.name!r}: {size}{'' if self.exact else self._not_exact()}>"

    def _not_exact(self) -> str:
        if self.residual is None or np.isnan(self.residual).all():
            return ", not exact"
        return f", not exact: up to {np.nanmax(np.abs(self.residual)):.2g} of the gap is left over"
