"""Simulated customers of a model, for trying things out; they are not like real customers."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from outcomegap.checks import in_range, whole
from outcomegap.frames import make_frame
from outcomegap.frames.arrays import objects
from outcomegap.model import Measure, OutcomeModel
from outcomegap.model.check import raise_errors
from outcomegap.model.gate import steps_of
from outcomegap.program import Bounds, floors_and_targets

Array = NDArray[np.float64]
Places = NDArray[np.int64]
#: The share of a latent value's variance that all measures of a customer have in common.
COMMON = 0.6
#: The range of the mean progress of a measure, and the spread between customers.
EASE, SPREAD = (0.85, 1.25), 0.35
#: Mean and standard deviation of the logarithm of the monthly value.
VALUE = (5.0, 1.0)
#: The range, between its ends, of a customer's own floor or target; and the ranges if both are columns.
INSIDE, FLOORS, TARGETS = (0.2, 0.9), (0.0, 0.4), (0.5, 0.9)


def simulate(model: OutcomeModel, n: int, *, seed: int = 0, missing: float = 0.05, kind: str = "dict") -> Any:
    """Invent customers of a model: simulated data for trying out, testing and timing, never for conclusions.

    Each customer is in one of the model's cells, all equally likely, and has a maturity that all of its measures share
    (one common factor). For customer i and measure j, with all of m, e standard normal::

        z[i, j] = sqrt(0.6) * m[i] + sqrt(0.4) * e[i, j]
        x[i, j] = floor + (ease[j] + 0.35 * z[i, j]) * (target - floor)

    where floor and target are those of the first step of the customer's cell, in the model's order, that uses the
    measure. The ease of each measure is drawn once, between 0.85 and 1.25. Values are then clipped to the measure's
    hard limits.

    Parameters
    ----------
    model
        The model; it must have no errors.
    n
        The number of customers.
    seed
        The same seed gives the same customers, whatever `kind`. A longer result begins with the shorter one. The
        values of a measure depend neither on other measures nor on `missing`.
    missing
        The share of missing values in each measure, in [0, 1]. Customers' own floors and targets are never missing,
        unless they are measures too.
    kind
        ``"dict"``, ``"pandas"``, ``"polars"`` or ``"pyarrow"``.

    Returns
    -------
    frame
        Columns ``customer`` (``simulated 0000001``, ...), ``segment``, ``stage`` and ``goal`` if the model has them,
        every measure, every `column` that gives floors and targets, and ``mrr``, a positive monthly value (log-normal,
        median about 150).

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
    n, seed, missing = whole("n", n), whole("seed", seed), in_range("missing", missing, 0, 1)
    raise_errors(model)
    place = _random(seed, "cell").integers(len(model.cells), size=n)
    ends = _Ends(model)
    own = ends.own_columns(place, lambda name: _random(seed, f"column {name}").random(n))
    maturity = _random(seed, "maturity").standard_normal(n)
    columns: dict[str, Any] = {"customer": objects([f"simulated {number:07d}" for number in range(1, n + 1)])}
    for axis, declared in (("segment", model.segments), ("stage", model.stages), ("goal", model.goals)):
        if declared:
            columns[axis] = np.array([getattr(cell, axis) for cell in model.cells], dtype=object)[place]
    for measure in model.measures:
        if measure.name in own:  # one name is one column: a measure may be a floor or target too
            values = own[measure.name]
        else:
            random = _random(seed, f"measure {measure.name}")
            ease, apart = random.uniform(*EASE), random.standard_normal(n)
            progress = SPREAD * math.sqrt(1 - COMMON) * apart + SPREAD * math.sqrt(COMMON) * maturity + ease
            values = ends.values(measure, place, list(own.values()), progress)
        gaps = _random(seed, f"missing {measure.name}").random(n) < missing
        columns[measure.name] = np.where(gaps, np.nan, values)
    columns.update((name, values) for name, values in own.items() if name not in columns)
    monthly = np.maximum(np.round(np.exp(_random(seed, "mrr").normal(*VALUE, size=n)), 2), 0.01)
    columns.setdefault("mrr", monthly)
    return make_frame(columns, kind)


def _random(seed: int, purpose: str) -> np.random.Generator:
    """Return a separate generator for each purpose, so that no column depends on another."""
    words = np.frombuffer(hashlib.sha256(purpose.encode()).digest(), dtype="<u4")
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence([int(seed), *map(int, words)])))


class _Ends:
    """Floors and targets of all steps of a model, also of those that measure an outcome, and where each is used."""

    def __init__(self, model: OutcomeModel) -> None:
        self.model, self.steps = model, tuple(dict.fromkeys((*model.steps, *model.observed_by)))
        self.floor, self.target = self.bounds = floors_and_targets(model, self.steps)
        self.limits = {measure.name: measure for measure in model.measures}
        outcomes = [model.outcome(cell) for cell in model.cells]
        own = [{*steps_of(o.required.needs, o.experience.expects), o.required.measured_by} for o in outcomes]
        here = np.array([[step in cell for cell in own] for step in self.steps])
        self.used = here & ~(self.floor.lacking | self.target.lacking)  # by step and cell

    def values(self, measure: Measure, place: Places, own: list[Array], progress: Array) -> Array:
        """Turn progress into values of one measure, by the formula in `simulate`."""
        uses = self.used & np.array([step.measure == measure for step in self.steps])[:, None]
        floor, target = np.zeros(len(place)), np.ones(len(place))  # for cells that do not use it
        if uses.any():
            at = _first(uses)
            used = (Bounds(each.numbers[at][None], each.columns[at][None]) for each in self.bounds)
            floor, target = (each.at(0, place, own) for each in used)
        with np.errstate(over="ignore", invalid="ignore"):
            values = (target - floor) * progress + floor
        # floor and target may be near the end of the floating-point numbers
        return _within(measure, np.where(np.isfinite(values), values, target))

    def own_columns(self, place: Places, draw: Callable[[str], Array]) -> dict[str, Array]:
        """Draw every column that gives floors and targets; `draw` returns a column's uniform numbers in [0, 1).

        The values are finite, differ from the other end, and are within the hard limits of a measure of that name.
        """
        own: dict[str, Array] = {}
        for column, name in enumerate(self.model.columns):
            uses = self.used & np.logical_or(*(bounds.columns == column for bounds in self.bounds))
            spans = [self._span(column, int(step), int(cell)) for step, cell in zip(*_first(uses), strict=True)]
            low, high = np.array(spans if uses.any() else [(0.0, 1.0)] * len(spans)).T[:, place]
            inside = draw(name)
            own[name] = low * (1 - inside) + high * inside
        return own

    def _span(self, column: int, step: int, cell: int) -> tuple[float, float]:
        """Return the range of a customer's own floor or target."""
        low, high = self.steps[step].measure.low, self.steps[step].measure.high
        numbers = [bounds.numbers[step, cell] for bounds in self.bounds]
        known = [float(number) for number in numbers if not np.isnan(number)]
        if known:
            anchor, far, (start, stop) = known[0], _far(known[0], low, high), INSIDE
        else:  # both ends are columns: floors in the lower part, targets in the upper
            anchor = low if low is not None else 0.0 if high is None else high - max(abs(high), 1.0)
            far = high if high is not None else anchor + max(abs(anchor), 1.0)
            start, stop = FLOORS if self.floor.columns[step, cell] == column else TARGETS
        measure = self.limits.get(self.model.columns[column])
        ends = _within(measure, np.array([anchor * (1 - part) + far * part for part in (start, stop)]))
        if measure is not None and ends[0] == ends[1]:  # beyond its own hard limits: anywhere within these
            anchor, far = float(ends[0]), _far(float(ends[0]), measure.low, measure.high)
            ends = np.array([anchor * (1 - part) + far * part for part in INSIDE])
        return float(ends[0]), float(ends[1])


def _first(uses: NDArray[np.bool_]) -> tuple[Places, Places]:
    """Return for each cell the first step that uses a column, and the cell; for an unused column, of another cell."""
    there = np.logical_or.reduce(uses, axis=0)
    cells = np.where(there, np.arange(len(there)), there.argmax())
    return uses.argmax(axis=0)[cells], cells


def _far(anchor: float, low: float | None, high: float | None) -> float:
    """Return a number on the side of `anchor` with more room: a hard limit, or as far away as `anchor` is from 0."""
    if low is not None and anchor > low and (high is None or anchor - low >= high - anchor):
        return low
    if high is not None and anchor < high:
        return high
    room = max(abs(anchor), 1.0)
    far = anchor - room if high is not None else anchor + room
    return far if math.isfinite(far) else anchor / 2


def _within(measure: Measure | None, values: Array) -> Array:
    bound = measure is not None and (measure.low, measure.high) != (None, None)
    return np.clip(values, measure.low, measure.high) if bound and measure else values
