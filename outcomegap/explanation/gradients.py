"""Attribution, leverage and unknown values: gradients of the success graph, computed block by block.

Every function fills a matrix of shape (steps of the model, customers) and returns its transpose, so that the values of
one step are adjacent in memory. A step that a customer's cell does not have stays 0.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cached_property, lru_cache
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from outcomegap.engines.compiled import CompiledBlocks
from outcomegap.engines.compiled_back import ATTAINMENT, ATTRIBUTION, GAIN, LEVERAGE, UNKNOWN
from outcomegap.engines.compiled_reverse import KERNEL, explain
from outcomegap.engines.numpy_blocks import ARRAYS, NUMBERS, Batch, NumpyBlocks, Work
from outcomegap.model.model import PRODUCT
from outcomegap.program import Side

Array = NDArray[Any]
Operand = Any
#: The largest remainder that is accepted with fewer nodes than exactness needs.
REMAINDER = 1e-12
#: The most instructions of a program that compiled code explains: of each it keeps some hundred numbers.
LARGE = 1 << 16
#: From how many instructions on few customers are left to NumPy, which takes all nodes at once.
LONG, FEW = 1_000, 64
#: How many nodes are used if the function is not a polynomial, so that no number of nodes is exact.
NUMERIC_NODES = 64


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
    exact
        Whether the values are exact within rounding. They are not if a numeric gate is not multilinear: attribution is
        then a numerical integral, and leverage uses the slope that the gate gives.
    residual
        For an attribution that is not exact, the gap of each customer minus the sum of the parts. It belongs to no
        step and is not distributed. None if the values are exact, or have no sum.

    Attributes
    ----------
    observed
        Shape (customers, steps): whether the step's measure is present.
    applies
        Shape (customers, steps): whether the customer's cell has the step.

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
    _observed: Callable[[], NDArray[np.bool_]]
    _applies: Callable[[], NDArray[np.bool_]]
    _frame: Callable[[dict[str, Any]], Any]
    exact: bool = attrs.field(default=True, kw_only=True)
    residual: Array | None = attrs.field(default=None, kw_only=True)

    @cached_property
    def observed(self) -> NDArray[np.bool_]:
        """Whether each step's measure is present; looked up when it is asked for."""
        return self._observed()

    @cached_property
    def applies(self) -> NDArray[np.bool_]:
        """Whether each customer's cell has the step; looked up when it is asked for."""
        return self._applies()

    def to_frame(self) -> Any:
        """Return the same kind of frame that was scored: the customers' ids, then one column for each step."""
        columns = {step: self.values[:, number] for number, step in enumerate(self.steps)}
        return self._frame(columns)

    def __len__(self) -> int:
        return len(self.values)

    def __repr__(self) -> str:
        size, left = f"{len(self.values)} customers x {len(self.steps)} steps", self.residual
        exact = "" if self.exact else ", not exact"
        if left is not None and not np.isnan(left).all():
            exact += f": up to {np.nanmax(np.abs(left)):.2g} of the gap is left over"
        return f"<Explanation {self.name!r}: {size}{exact}>"


def attribution(engine: NumpyBlocks, batch: Batch) -> Array:
    """Split each customer's gap over the steps; the parts sum to the gap if R and E are linear in each step.

    1 - R is split over the steps of R by their Shapley values, and R (1 - E) over the steps of E by theirs times R:
    the precedence-constrained Shapley value (Faigle & Kern, International Journal of Game Theory 21, 1992). For a
    multilinear function the Shapley value is the integral of the gradient along the straight line from all-attained
    to the customer (Owen, Management Science 18, 1972). For another function the same integral is the Aumann-Shapley
    value (Values of Non-Atomic Games, 1974), within the error of integration. If R and E are not joined as a product,
    each side's parts are scaled to the side's part of the gap by the join.

    Returns
    -------
    array of shape (customers, steps)
    """
    reverse = _compiled(engine, batch)
    if reverse is not None:
        lines = [(nodes_of(p.required), nodes_of(p.experience)) for p in engine.compiled.programs]
        return explain(reverse, batch, ATTRIBUTION, lines).T

    def task(work: Work, out: Array) -> None:
        scales = work.program.outcome.join.scales(work.value(0), work.value(1))
        for side, scale in enumerate(scales):
            _write(work, out, _line(work, side), scale)

    return _each(engine, batch, task)


def leverage(engine: NumpyBlocks, batch: Batch, *, gain: bool = False) -> Array:
    """Return the derivative of D by each attainment (Birnbaum 1969); with `gain`, what closing the step adds to D.

    Where D is linear in each step, that is exactly (1 - a) dD/da; otherwise D is computed again with the step at 1. At
    a corner of a gate or join, the derivative is any value between those of the two sides (a subgradient).

    Returns
    -------
    array of shape (customers, steps)
    """
    reverse = _compiled(engine, batch)
    if reverse is not None:
        return explain(reverse, batch, GAIN if gain else LEVERAGE).T

    def task(work: Work, out: Array) -> None:
        rows = work.attained.rows
        (r, by_required), (e, by_experience) = (work.gradient(side) for side in (0, 1))
        again = gain and not work.program.plain
        for side, (slopes, other) in enumerate(
            zip((by_required, by_experience), work.program.outcome.join.slopes(r, e), strict=True)
        ):
            if again:
                _write(work, out, _gains(work, side, (r, e), slopes), 1.0)
                continue
            scaled = {step: slope * other for step, slope in slopes.items()}
            if gain:
                scaled = {step: slope * (1.0 - rows[step]) for step, slope in scaled.items()}
            _write(work, out, scaled, 1.0)

    return _each(engine, batch, task)


def _gains(work: Work, side: int, sides: tuple[Operand, Operand], slopes: dict[int, Operand]) -> dict[int, Operand]:
    """Return for each step row what D gains if the step is fully attained, for any gates and join."""
    desired, rows, passes = work.program.outcome.join.desired, work.attained.rows, work.passes[side]
    sides = (np.array(sides[0]), np.array(sides[1]))
    now, found = desired(*sides), {}
    for step, slope in slopes.items():
        closed = list(sides)
        if step in passes.side.curved:
            with_it = [np.ones_like(row) if number == step else row for number, row in enumerate(rows)]
            closed[side] = work.value(side, with_it)
        else:
            closed[side] = sides[side] + slope * (1.0 - rows[step])
        found[step] = desired(*closed) - now
    return found


def unknown(engine: NumpyBlocks, batch: Batch) -> Array:
    """Return for each missing step D with it fully attained minus D with it not attained; 0 for other steps.

    The step counts as present in both; other missing steps stay missing.

    Returns
    -------
    array of shape (customers, steps)
    """
    reverse = _compiled(engine, batch)
    if reverse is not None:
        return explain(reverse, batch, UNKNOWN).T

    def task(work: Work, out: Array) -> None:
        rows, join = work.attained.rows, work.program.outcome.join
        point = [work.value(0), work.value(1)]
        for side, passes in enumerate(work.passes):
            missing = {step: mask for step in passes.side.steps if (mask := work.attained.missing[step]) is not None}
            moving = {step for mean in work.program.means for steps in mean.presence for step in steps}
            moving = {step for step in missing if step in moving and work.numbers.skips[step]}
            slopes = {} if join != PRODUCT or passes.side.curved or missing.keys() <= moving else work.gradient(side)[1]
            for step, mask in missing.items():
                if step in slopes and step not in moving:
                    _write(work, out, {step: np.where(mask, slopes[step], 0.0)}, point[1 - side])
                    continue
                kept = rows[step]
                parameters = work.present_but(step)
                ends: list[Array] = []
                for value in (0.0, 1.0):
                    rows[step] = np.where(mask, value, kept)
                    ends.append(np.array(passes.forward(rows, parameters, work.registers)))
                rows[step] = kept
                if join == PRODUCT:
                    _write(work, out, {step: np.where(mask, ends[1] - ends[0], 0.0)}, point[1 - side])
                    continue
                low, high = (join.desired(*((end, point[1]) if side == 0 else (point[0], end))) for end in ends)
                _write(work, out, {step: np.where(mask, high - low, 0.0)}, 1.0)

    return _each(engine, batch, task)


def attainment(engine: NumpyBlocks, batch: Batch, *, stand_in: bool = False) -> Array:
    """Return the attainment of each step, shape (customers, steps): NaN if the cell does not have it.

    A missing step is NaN too, or with `stand_in` the number that the model uses instead.
    """
    reverse = None if stand_in else _compiled(engine, batch)
    if reverse is not None:
        return explain(reverse, batch, ATTAINMENT).T
    out = np.full((len(engine.compiled.model.steps), len(batch)), np.nan, dtype=engine.dtype)

    def task(work: Work) -> None:
        for row, step in enumerate(work.program.steps):
            mask = work.attained.missing[row]
            values = work.attained.rows[row]
            out[step, work.block.rows] = values if mask is None or stand_in else np.where(mask, np.nan, values)

    engine.each(batch, _live(engine, passes_of=1), task)
    return out.T


def side_at(engine: NumpyBlocks, batch: Batch, side: int, attained: Array) -> Array:
    """Return R (side 0) or E (side 1) of each customer at other attainments, shape (customers, steps).

    Missing steps stay missing; a customer without a cell gets NaN.
    """
    out = np.full(len(batch), np.nan, dtype=engine.dtype)

    def task(work: Work) -> None:
        rows = work.block.rows
        out[rows] = work.value(side, [attained[rows, step] for step in work.program.steps])

    engine.each(batch, _live(engine, passes_of=2), task)
    return out


def _each(engine: NumpyBlocks, batch: Batch, task: Callable[[Work, Array], None]) -> Array:
    out = np.zeros((len(engine.compiled.model.steps), len(batch)), dtype=engine.dtype)
    engine.each(batch, _live(engine, passes_of=3), lambda work: task(work, out))
    return out.T


def _compiled(engine: NumpyBlocks, batch: Batch) -> CompiledBlocks | None:
    """Return an engine if compiled code explains its scores: D is R E, and its programs are not too large."""
    if not isinstance(engine, CompiledBlocks) or not engine.worth(len(batch), KERNEL):
        return None
    most = LONG if len(batch) < FEW else LARGE
    plain = all(program.plain and program.size <= most for program in engine.compiled.programs)
    return engine if plain else None


def _live(engine: NumpyBlocks, passes_of: int) -> list[int]:
    return [passes_of * len(p.steps) + 2 * p.size + 4 for p in engine.compiled.programs]


def _write(work: Work, out: Array, parts: dict[int, Operand], scale: Operand) -> None:
    for row, part in parts.items():
        out[work.program.steps[row], work.block.rows] = part * scale


def _line(work: Work, side: int) -> dict[int, Operand]:
    """Return each step's part of 1 minus a side: the gradient integrated along the line, at several nodes together."""
    ends, steps, alone = work.attained.rows, work.passes[side].side.steps, work.arithmetic is NUMBERS
    lack, sums = (dict(zip(steps, work.room(name, len(steps)), strict=True)) for name in ("lack", "sums"))
    _, total, subtract, _ = work.arithmetic
    for step in steps:
        lack[step] = subtract(1.0, ends[step], lack[step])
    parts: dict[int, Operand] = {}
    axes: list[Any] = [axis[:, None] for axis in nodes_of(work.passes[side].side)]
    together = work.points(side, len(axes[0]))
    for start in range(0, len(axes[0]), together):
        t, weight = (axis[start : start + together] for axis in axes)
        points = len(t)
        if points == 1:
            t, weight = (axis.item() if alone else axis[0, 0] for axis in (t, weight))
        multiply, add, *_ = work.arithmetic if points == 1 else ARRAYS
        buffers = dict(zip(steps, work.room("between", len(steps), ends=(points,) if points > 1 else ()), strict=True))
        between = list(ends)
        for step in steps:
            between[step] = add(multiply(lack[step], -t, buffers[step]), 1.0, buffers[step])
        for step, slope in work.gradient(side, between, points=points)[1].items():
            found = multiply(slope, weight, buffers[step])
            for stretch in [found] if points == 1 else found[:, 0].tolist() if alone else found:
                parts[step] = total(parts.get(step, 0.0), stretch, sums[step])
    return {step: work.arithmetic[0](part, lack[step], sums[step]) for step, part in parts.items()}


# Gauss-Legendre nodes: exact for the polynomials that success graphs are along a straight line


def node_count(degree: int) -> int:
    """Return how many nodes integrate the gradient of a multilinear function along a line.

    A polynomial of degree d has a derivative of degree d - 1, which n nodes integrate exactly if 2 n - 1 >= d - 1. For
    high degrees fewer nodes are enough. A partial derivative of a monotone multilinear function is the expectation of
    something that is 0 or 1, so with complex probabilities p it is at most the product of |p| + |1 - p| over the other
    variables. On the ellipse with foci 0 and 1 and parameter rho that is at most ((rho + 1/rho) / 2)^(d - 1). The sum
    of all of them, which must equal the gap, is at most d times that: M. The remainder of n nodes on [0, 1] is then at
    most (32/15) M rho^(-2n) / (1 - rho^-2): the Chebyshev coefficients are bounded by 2 M rho^-k (Bernstein 1912), and
    the error of Gauss's rule is at most 32/15 for each (Trefethen, SIAM Review 50, 2008, theorem 4.5). The result is
    the smallest n for which some rho makes this less than 1e-12.

    Parameters
    ----------
    degree
        Degree of the function along the line.

    Returns
    -------
    int
        At least 1.

    Examples
    --------
    >>> [node_count(degree) for degree in (1, 8, 100, 300, 1000)]
    [1, 4, 39, 71, 134]
    """
    exact = max(1, math.ceil(degree / 2))
    rho = 1.0 + np.geomspace(1e-3, 1e3, 4000)
    bound = math.log(max(degree, 1)) + (degree - 1) * np.log((rho + 1 / rho) / 2)
    fixed = math.log(32 / 15) + bound - np.log1p(-(rho**-2.0))
    needed = (fixed - math.log(REMAINDER)) / (2 * np.log(rho))
    return min(exact, max(1, math.ceil(float(needed.min()))))


@lru_cache(maxsize=256)
def nodes(degree: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return nodes and weights on [0, 1] for a function of that degree.

    Examples
    --------
    >>> t, w = nodes(3)
    >>> bool(abs((w * t**2).sum() - 1 / 3) < 1e-15)
    True
    """
    return _legendre(node_count(degree))


def nodes_of(side: Side) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return nodes and weights on [0, 1] for R or E; a fixed number where a numeric gate makes it no polynomial."""
    return nodes(side.degree) if side.exact else _legendre(NUMERIC_NODES)


@lru_cache(maxsize=256)
def _legendre(count: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return Gauss's nodes and weights on [0, 1], right to their last digits; NumPy's weights err by 1e-11 at the ends.

    Newton's method on the distance u = 1 - x from the end, which keeps its digits where x does not.
    """
    k = np.arange(1, (count + 1) // 2 + 1)
    u = 2.0 * np.sin((4 * k - 1) * np.pi / (8 * count + 4)) ** 2
    for _ in range(5):
        value, slope = _polynomial(count, u)
        u += value / slope
    _, slope = _polynomial(count, u)
    w = 1.0 / (u * (2.0 - u) * slope**2)
    mirrored = slice(count // 2 - 1, None, -1) if count > 1 else slice(0, 0)
    return np.concatenate([u / 2, 1.0 - u[mirrored] / 2]), np.concatenate([w, w[mirrored]])


def _polynomial(degree: int, u: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return Legendre's polynomial and its derivative at x = 1 - u, by its differences from one degree to the next."""
    value, rise = np.ones_like(u), np.zeros_like(u)
    for k in range(degree):
        rise = (k * rise - (2 * k + 1) * u * value) / (k + 1)
        value = value + rise
    # (1 - x^2) P_n' = n (P_{n-1} - x P_n)
    return value, degree * (u * value - rise) / (u * (2.0 - u))
