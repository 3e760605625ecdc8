"""What is known of each step for some customers: the one thing that groups, worklists and reports ask of scores."""

from __future__ import annotations

from typing import Any, Protocol

import attrs
import numpy as np
from numpy.typing import NDArray

from outcomegap.engines.numpy_blocks import Batch, NumpyBlocks
from outcomegap.explanation import gradients

Array = NDArray[Any]


class StepArrays(Protocol):
    """Numbers of shape (customers, steps), made when they are asked for; whoever asks may work in them."""

    def attainment(self) -> Array:
        """Attainment in [0, 1]; NaN where the step is missing, or not of the customer's cell."""

    def attribution(self) -> Array:
        """Parts of the gap; finite for all, also for customers without a score. NaN where nobody says."""

    def gain(self) -> Array:
        """What D gains if the step alone is fully attained; NaN where nobody says."""

    def unknown(self) -> Array:
        """How much hangs on a missing step, 0 for others; NaN where nobody says."""


@attrs.frozen(eq=False)
class EngineSteps:
    """What the vectorized engine says of a batch."""

    engine: NumpyBlocks
    batch: Batch

    def attainment(self) -> Array:
        """Attainment; NaN where missing."""
        return gradients.attainment(self.engine, self.batch)

    def attribution(self) -> Array:
        """Parts of the gap."""
        return gradients.attribution(self.engine, self.batch)

    def gain(self) -> Array:
        """What closing each step gains."""
        return gradients.leverage(self.engine, self.batch, gain=True)

    def unknown(self) -> Array:
        """How much hangs on each missing step."""
        return gradients.unknown(self.engine, self.batch)


@attrs.frozen(eq=False)
class GivenSteps:
    """What a scorer from outside said of some customers; None where it said nothing."""

    reached: Array
    scored: NDArray[np.bool_]
    parts: Array | None
    gains: Array | None

    def attainment(self) -> Array:
        """Attainment; NaN where missing."""
        return self.reached.copy()

    def attribution(self) -> Array:
        """Parts of the gap, 0 for customers without a score."""
        return self._known(self.parts)

    def gain(self) -> Array:
        """What closing each step gains, 0 for customers without a score."""
        return self._known(self.gains)

    def unknown(self) -> Array:
        """Nobody says how much hangs on a missing step."""
        return np.where(np.isnan(self.reached), np.nan, 0.0)

    def _known(self, values: Array | None) -> Array:
        if values is None:
            return np.full(self.reached.shape, np.nan)
        return np.where(self.scored[:, None], values, 0.0)


def take(batch: Batch, rows: Array) -> Batch:
    """Return some rows of a batch, in the order asked for."""
    return Batch(
        columns=tuple(column.take(rows) for column in batch.columns),
        own=tuple(column.take(rows) for column in batch.own),
        complete=batch.complete,
        cells=batch.cells.take(rows),
    )
