"""Simulated customers of a model, for trying things out; no real customer is like them."""

from __future__ import annotations

import hashlib
import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from outcomegap.errors import DataError
from outcomegap.frames import make_frame
from outcomegap.model import Cell, Column, Measure, OutcomeModel, Step
from outcomegap.model.check import raise_errors
from outcomegap.model.values import at
from outcomegap.model.walk import steps_of
from outcomegap.scoring.simulate_bounds import Bound, own_columns

Array = NDArray[np.float64]

#: Share of a latent value's variance that a customer's measures have in common.
COMMON = 0.6
#: Between these lies the mean progress of a measure, and by this much customers differ.
EASE, SPREAD = (0.85, 1.25), 0.35
#: Mean and standard deviation of the logarithm of the monthly value.
VALUE = (5.0, 1.0)


def simulate(model: OutcomeModel, n: int, *, seed: int = 0, missing: float = 0.05, kind: str = "dict") -> Any:
    """Invent customers of a model: simulated data for trying out, testing and timing, never for conclusions.

    Each customer falls into one of the model's cells, all equally likely, and has a maturity that all of their
    measures share (one common factor). For customer i and measure j, with all of m, e standard normal::

        z[i, j] = sqrt(0.6) * m[i] + sqrt(0.4) * e[i, j]
        x[i, j] = floor + (ease[j] + 0.35 * z[i, j]) * (target - floor)

    where floor and target are those of the first step of the customer's cell that uses the measure, and the ease
    of each measure is drawn once, between 0.85 and 1.25. Values are then cut to the measure's hard limits.

    Parameters
    ----------
    model
        The model; it must have no errors.
    n
        How many customers.
    seed
        The same seed gives the same customers, whatever `kind`. A longer run begins with a shorter one; the
        values of one measure do not depend on the other measures, nor on `missing`.
    missing
        Share of missing values in each measure, in [0, 1]. Customers' own floors and targets are not,
        unless they are measures themselves.
    kind
        ``"dict"``, ``"pandas"``, ``"polars"`` or ``"pyarrow"``.

    Returns
    -------
    frame
        Columns ``customer`` (``simulated 0000001``, ...), ``segment``, ``stage`` and ``goal`` as far as the model
        has them, every measure, every `column` that floors and targets are taken from, and ``mrr``, a positive
        monthly value (log-normal, median about 150).

    Raises
    ------
    ModelError
        If the model has findings that are errors.
    DataError
        If an argument is out of range.

    Examples
    --------
    >>> import outcomegap as og
    >>> customers = simulate(og.gallery.load("email-marketing"), 3, seed=1)
    >>> customers["customer"].tolist()
    ['simulated 0000001', 'simulated 0000002', 'simulated 0000003']
    """
    _check_arguments(n, seed, missing)
    raise_errors(model)
    place = _random(seed, "cell").integers(len(model.cells), size=n)
    own = own_columns(model, place, lambda name: _random(seed, f"column {name}").random(n))
    maturity = _random(seed, "maturity").standard_normal(n)
    columns: dict[str, Any] = {"customer": _ids(n), **_places(model, place)}
    for measure in model.measures:
        values = own.get(measure.name)  # one name, one column: a measure may be someone's floor or target as well
        if values is None:
            progress = _progress(_random(seed, f"measure {measure.name}"), maturity)
            values = _observed(model, measure, place, own, progress)
        gaps = _random(seed, f"missing {measure.name}").random(n) < missing
        columns[measure.name] = np.where(gaps, np.nan, values)
    columns.update((name, values) for name, values in own.items() if name not in columns)
    columns.setdefault("mrr", _monthly_value(seed, n))
    return make_frame(columns, kind)


def _check_arguments(n: int, seed: int, missing: float) -> None:
    for name, value in (("n", n), ("seed", seed)):
        if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < 0:
            raise DataError(f"simulate: {name} must be a whole number, 0 or more (got {value!r})")
    if isinstance(missing, bool) or not isinstance(missing, (int, float)) or not 0 <= missing <= 1:
        raise DataError(f"simulate: missing must be a share in [0, 1] (got {missing!r})")


def _random(seed: int, purpose: str) -> np.random.Generator:
    """Return a generator of its own for each purpose, so that one column does not depend on another."""
    words = np.frombuffer(hashlib.sha256(purpose.encode()).digest(), dtype="<u4")
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence([int(seed), *map(int, words)])))


def _ids(n: int) -> NDArray[Any]:
    ids = np.empty(n, dtype=object)
    ids[:] = [f"simulated {number:07d}" for number in range(1, n + 1)]
    return ids


def _places(model: OutcomeModel, place: NDArray[np.int64]) -> dict[str, NDArray[Any]]:
    declared = {"segment": model.segments, "stage": model.stages, "goal": model.goals}
    return {
        axis: np.array([getattr(cell, axis) for cell in model.cells], dtype=object)[place]
        for axis, there in declared.items()
        if there
    }


def _progress(random: np.random.Generator, maturity: Array) -> Array:
    """Draw how far customers have come on one measure: 0 at the floor, 1 at the target."""
    ease = random.uniform(*EASE)
    progress = random.standard_normal(len(maturity))
    progress *= SPREAD * math.sqrt(1 - COMMON)
    progress += SPREAD * math.sqrt(COMMON) * maturity
    progress += ease
    return progress


def _observed(
    model: OutcomeModel, measure: Measure, place: NDArray[np.int64], own: dict[str, Array], progress: Array
) -> Array:
    """Turn progress into values of one measure; the formula stands in `simulate`."""
    ends = [_ends(model, cell, measure) for cell in model.cells]
    floor = _by_row([end[0] for end in ends], place, own)
    target = _by_row([end[1] for end in ends], place, own)
    with np.errstate(over="ignore", invalid="ignore"):
        values = target - floor
        values *= progress
        values += floor
    if not np.isfinite(values).all():  # floor and target near the end of the floating-point numbers
        values = np.where(np.isfinite(values), values, target)
    return np.clip(values, measure.low, measure.high) if (measure.low, measure.high) != (None, None) else values


def _ends(model: OutcomeModel, cell: Cell, measure: Measure) -> tuple[Bound, Bound]:
    """Return floor and target of the first step that uses a measure: in this cell, or else in any."""
    for here in (cell, *model.cells):
        for step in _steps(model, here):
            if step.measure == measure:
                floor, target = (at(value, here.segment, here.stage) for value in (step.floor, step.target))
                if floor is not None and target is not None:
                    return floor, target
    return 0.0, 1.0  # no cell uses it


def _steps(model: OutcomeModel, cell: Cell) -> tuple[Step, ...]:
    outcome = model.outcome(cell)
    observed = outcome.required.measured_by
    roots = (outcome.required.needs, outcome.experience.expects)
    return steps_of(*roots, *(() if observed is None else (observed,)))


def _by_row(bounds: list[Bound], place: NDArray[np.int64], own: dict[str, Array]) -> Array:
    """Spread one bound a cell over the rows."""
    numbers = np.array([np.nan if isinstance(bound, Column) else bound for bound in bounds])
    result = numbers[place]
    for number, bound in enumerate(bounds):
        if isinstance(bound, Column):
            rows = place == number
            result[rows] = own[bound.name][rows]
    return result


def _monthly_value(seed: int, n: int) -> Array:
    return np.maximum(np.round(np.exp(_random(seed, "mrr").normal(*VALUE, size=n)), 2), 0.01)
