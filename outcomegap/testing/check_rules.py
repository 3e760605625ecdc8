"""Curves, gates and joins held to their rules: every one of them is a function of numbers in [0, 1]."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from outcomegap.files import dumps, loads
from outcomegap.model import (
    AppropriateExperience,
    Curve,
    CustomGate,
    DesiredOutcome,
    Expectation,
    Join,
    Measure,
    Numeric,
    OutcomeModel,
    RequiredOutcome,
    SuccessGap,
    require,
)
from outcomegap.model.curve import NAMED
from outcomegap.model.join import CustomJoin, JoinRule, as_join
from outcomegap.model.numeric import NumericGate
from outcomegap.testing.check_forms import other_forms
from outcomegap.testing.kit import Checks, copied, near, need

Array = NDArray[Any]
#: A function of numbers in [0, 1]: one array a side, of one number a customer.
Function = Callable[[Sequence[Array]], Any]

#: How many scattered points are looked at, beside the ends and the corners.
POINTS = 400
ROUNDING, STEP, SLACK = 1e-9, 1e-6, 1e-4


def check_curve(curve: Any) -> int:
    """Hold a curve to its rules.

    Parameters
    ----------
    curve
        A curve that ships, one of `outcomegap.curve`, or an object with the pieces of `Curve`.

    Returns
    -------
    int
        How many checks ran; it is printed as well.

    Raises
    ------
    CheckFailed
        With each rule that it breaks, by name: ``pieces``, ``finite``, ``range``, ``ends``, ``monotone``, ``bounds``,
        ``order``, ``splitting``, ``untouched``, ``slope``, ``nulls``, ``pickles``, ``equal``, ``file``; and, where it
        has those, ``scalar_text`` and ``sql`` (looked at where DuckDB is installed).

    Examples
    --------
    >>> from outcomegap.model import Smooth
    >>> check_curve(Smooth())
    curve 'smooth': 14 checks ran
    14
    """
    checks = Checks(f"curve {getattr(curve, 'name', curve)!r:.60}")
    with checks.rule("pieces"):
        require(Curve, curve, checks.subject)
    if checks.passed:
        _function(checks, lambda sides: curve.value(sides[0]), 1)
        with checks.rule("slope"):
            _differences(lambda sides: curve.value(sides[0]), lambda sides: [curve.slope(sides[0])], 1)
        with checks.rule("nulls"):
            z = np.array([0.25, np.nan, 0.75])
            near(curve.value(z.copy())[[0, 2]], curve.value(z[[0, 2]]), "a value beside NaN")
            need(np.isnan(curve.value(z.copy())[1]), "NaN does not stay NaN")
        with checks.rule("pickles"):
            z = points(1)[0]
            near(copied(curve).value(z.copy()), curve.value(z.copy()), "the curve out of a pickle")
        other_forms(checks, curve, lambda sides: curve.value(sides[0]), {"z": 0}, points(1))
        named = {} if curve.name in NAMED or curve.name == "knots" else {curve.name: curve}
        _in_a_model(checks, lambda: _model(1, curve=curve), curves=named)
    return checks.done()


def check_gate(gate: Any, children: int = 3) -> int:
    """Hold a gate on numbers to its rules.

    Parameters
    ----------
    gate
        An object with the pieces of `CustomGate`, or a gate that ships, such as ``Weakest(a, b)``.
    children
        Over how many children; a gate that ships has its own.

    Returns
    -------
    int
        How many checks ran; it is printed as well.

    Raises
    ------
    CheckFailed
        With each rule that it breaks, by name: ``pieces``, ``finite``, ``range``, ``ends``, ``monotone``, ``bounds``,
        ``order``, ``splitting``, ``untouched``, ``gradient``, ``multilinear``, ``pickles``, ``equal``, ``file``; and,
        where it has those, ``scalar_text`` and ``sql`` (looked at where DuckDB is installed).

    Examples
    --------
    >>> from outcomegap.model import Measure, SuccessGap, Weakest
    >>> a, b = (SuccessGap(n, Measure(n), floor=0, target=1) for n in "ab")
    >>> check_gate(Weakest(a, b))
    gate 'weakest': 13 checks ran
    13
    """
    ships = isinstance(gate, NumericGate)
    checks = Checks(f"gate {getattr(gate, 'kind' if ships else 'name', gate)!r:.60}")
    count = len(gate.children) if ships else children
    with checks.rule("pieces"):
        if not ships:
            require(CustomGate, gate, checks.subject)
        need(isinstance(gate.multilinear, bool), "multilinear is neither true nor false")
    if checks.passed:
        _function(checks, gate.forward, count)
        with checks.rule("gradient"):
            _differences(gate.forward, lambda sides: gate.gradient(sides, gate.forward(_copies(sides))), count)
        if gate.multilinear is True:
            with checks.rule("multilinear"):
                _straight(gate.forward, count)
        with checks.rule("pickles"):
            again = copied(gate)
            near(again.forward(points(count)), gate.forward(points(count)), "the gate out of a pickle")
        own = gate.gate if isinstance(gate, Numeric) else gate
        other_forms(checks, own, gate.forward, {}, points(count))
        _in_a_model(checks, lambda: _model(count, gate=gate), gates={} if ships and own is gate else {own.name: own})
    return checks.done()


def check_join(join: Any) -> int:
    """Hold a rule that joins R and E to its rules.

    Parameters
    ----------
    join
        ``"product"`` or ``"weakest"``, a `WeightedJoin`, or an object with the pieces of `Join`.

    Returns
    -------
    int
        How many checks ran; it is printed as well.

    Raises
    ------
    CheckFailed
        With each rule that it breaks, by name: ``pieces``, ``finite``, ``range``, ``ends``, ``monotone``, ``bounds``,
        ``order``, ``splitting``, ``untouched``, ``slopes``, ``parts``, ``pickles``, ``equal``, ``file``.

    Examples
    --------
    >>> check_join("product")
    join 'product': 14 checks ran
    14
    """
    checks = Checks(f"join {join if isinstance(join, str) else getattr(join, 'name', join)!r:.60}")
    if isinstance(join, str):
        checks.subject = f"join {join!r}"
    with checks.rule("pieces"):
        join = as_join(checks.subject, join) if isinstance(join, str) else join
        require(Join, join, checks.subject)
    if checks.passed:
        _function(checks, lambda sides: join.desired(*sides), 2)
        with checks.rule("slopes"):
            _differences(lambda sides: join.desired(*sides), lambda sides: join.slopes(*sides), 2)
        with checks.rule("parts"):
            _divided(join)
        with checks.rule("pickles"):
            again = copied(join)
            near(again.desired(*points(2)), join.desired(*points(2)), "the join out of a pickle")
        own = join.rule if isinstance(join, CustomJoin) else join
        ships = isinstance(own, JoinRule)
        _in_a_model(checks, lambda: _model(1, join=join), joins={} if ships else {own.name: own})
    return checks.done()


def points(count: int) -> list[Array]:
    """Return points in the unit cube, one array a side: all zeros first, all ones last, corners, and scattered ones."""
    rng = np.random.default_rng(count)
    inner = rng.random((POINTS, count))
    corners = rng.integers(0, 2, (POINTS // 4, count)).astype(np.float64)
    return _columns(np.vstack([np.zeros(count), inner, corners, np.full(count, 0.5), np.ones(count)]))


def _columns(rows: Array) -> list[Array]:
    return [np.ascontiguousarray(column) for column in rows.T]


def _copies(sides: Sequence[Array]) -> list[Array]:
    return [side.copy() for side in sides]


def _function(checks: Checks, function: Function, count: int) -> None:
    """Run the rules that every function of numbers in [0, 1] is held to."""
    at = points(count)
    size = len(at[0])

    def value(sides: Sequence[Array]) -> Array:
        return np.broadcast_to(np.asarray(function(_copies(sides)), dtype=np.float64), sides[0].shape)

    with checks.rule("finite"):
        need(np.isfinite(value(at)).all(), "values are not all finite")
    if not checks.passed:
        return
    here = value(at)
    with checks.rule("range"):
        need(here.min() >= -ROUNDING and here.max() <= 1 + ROUNDING, f"leaves [0, 1]: {here.min():g} to {here.max():g}")
    with checks.rule("ends"):
        ends = f"is {here[0]:g} where all is 0 and {here[-1]:g} where all is 1"
        need(abs(here[0]) < ROUNDING and abs(here[-1] - 1) < ROUNDING, ends)
    with checks.rule("monotone"):
        for side, (left, x, right) in enumerate(_around(at)):
            higher = value([*left, x + 0.1 * (1 - x), *right])
            need((higher >= here - ROUNDING).all(), f"falls where number {side + 1} rises")
    with checks.rule("bounds"):
        low, high = value([x * 0.7 for x in at]), value([x + 0.3 * (1 - x) for x in at])
        need((low <= here + ROUNDING).all(), "is above its value where everything is higher: no lower bound")
        need((here <= high + ROUNDING).all(), "is below its value where everything is lower: no upper bound")
    with checks.rule("order"):
        shuffled = np.random.default_rng(1).permutation(size)
        near(value([x[shuffled] for x in at]), here[shuffled], "rows in another order")
    with checks.rule("splitting"):
        parts = [value([x[rows] for x in at]) for rows in np.array_split(np.arange(size), 7)]
        near(np.concatenate(parts), here, "rows in seven parts")
        near(value([x[5:6] for x in at]), here[5:6], "a row alone")
    with checks.rule("untouched"):
        given = _copies(at)
        function(given)
        need(all(np.array_equal(a, b) for a, b in zip(given, at, strict=True)), "changes the arrays that it is given")


def _around(sides: Sequence[Array]) -> Iterator[tuple[Sequence[Array], Array, Sequence[Array]]]:
    for side, x in enumerate(sides):
        yield sides[:side], x, sides[side + 1 :]


def _differences(function: Function, slopes: Callable[[Sequence[Array]], Any], count: int) -> None:
    """A slope lies between the difference to the left and that to the right."""
    at = [np.clip(side, 0.03, 0.97) for side in points(count)]
    here, given = np.asarray(function(_copies(at))), list(slopes(_copies(at)))
    need(len(given) == count, f"{len(given)} slopes for {count} sides")
    for side, ((before, x, after), slope) in enumerate(zip(_around(at), given, strict=True)):
        left = (here - function(_copies([*before, x - STEP, *after]))) / STEP
        right = (function(_copies([*before, x + STEP, *after])) - here) / STEP
        slack = SLACK * (1 + np.minimum(np.abs(left), np.abs(right)))
        low, high = np.minimum(left, right) - slack, np.maximum(left, right) + slack
        wrong = ~((slope >= low) & (slope <= high))
        place = int(np.argmax(wrong))
        said = float(np.broadcast_to(slope, x.shape)[place])
        need(not wrong.any(), f"by number {side + 1} is {said:g}, differences give {left[place]:g} to {right[place]:g}")


def _straight(forward: Function, count: int) -> None:
    at = points(count)
    for side, (before, x, after) in enumerate(_around(at)):
        low, middle, high = (forward([*before, np.full_like(x, end), *after]) for end in (0.0, 0.5, 1.0))
        near(middle, (low + high) / 2, f"half way in number {side + 1}", 1e-12)


def _divided(join: Any) -> None:
    r, e = points(2)
    first, second = (np.broadcast_to(part, r.shape) for part in join.parts(r.copy(), e.copy()))
    near(first + second, 1 - join.desired(r.copy(), e.copy()), "the two parts together")
    need(min(first.min(), second.min()) >= -ROUNDING, "a part of the gap is below 0")
    need(np.abs(first[r == 1]).max() <= ROUNDING, "R has a part of the gap where R is 1")
    need(np.abs(second[e == 1]).max() <= ROUNDING, "E has a part of the gap where E is 1")


def _model(count: int, *, gate: Any = None, curve: Any = "linear", join: Any = "product") -> OutcomeModel:
    gaps = [SuccessGap(f"gap {i}", Measure(f"m{i}"), floor=0, target=1, curve=curve) for i in range(count)]
    needs: Any = gate if isinstance(gate, NumericGate) else Numeric(gate, *gaps) if gate is not None else gaps[0]
    wish = Expectation("wish", Measure("e"), floor=0, target=1)
    required, suits = RequiredOutcome("required", needs=needs), AppropriateExperience("suits", expects=wish)
    return OutcomeModel("checked", desired_outcomes=[DesiredOutcome(required, suits, join=join)])


def _in_a_model(checks: Checks, build: Callable[[], OutcomeModel], **own: Any) -> None:
    """A model with it equals its copy, and comes back out of a file that names it."""
    with checks.rule("equal"):
        model = build()
        again = copied(model)
        need(model == again and hash(model) == hash(again), "a model with it is not equal to its copy")
    with checks.rule("file"):
        model = build()
        for form in ("toml", "json"):
            need(loads(dumps(model, form), form, **own) == model, f"does not come back out of a {form} file")
