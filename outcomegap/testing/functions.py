"""Curves, gates and joins held to their rules: every one of them is a function of numbers in [0, 1]."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from importlib.util import find_spec
from typing import Any

import numpy as np
from numpy.typing import NDArray

from outcomegap.checks import whole
from outcomegap.errors import ModelError
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
from outcomegap.model.curve import NAMED, as_curve
from outcomegap.model.custom import written
from outcomegap.model.join import CustomJoin, JoinRule, as_join
from outcomegap.model.numeric import NumericGate
from outcomegap.testing.frames import check_row_by_row, check_untouched
from outcomegap.testing.rules import Broken, RuleRunner, Unlooked, near, need, pickled

Array = NDArray[Any]
Sides = Sequence[Array]
#: A function of numbers in [0, 1]: one array a side, of one number a customer.
Function = Callable[[Sides], Any]
#: Curves that go by a name of ours, and are handed to nobody who reads a file.
SHIP = (*NAMED, "knots")
#: How many scattered points are looked at, beside the ends and the corners.
POINTS = 400
ROUNDING, STEP, SLACK = 1e-9, 1e-6, 1e-4


def check_curve(curve: Any) -> int:
    """Hold a curve to its rules.

    Parameters
    ----------
    curve
        A curve that ships or its name, such as ``"smooth"``, a list of knots, one of `outcomegap.curve`, or an object
        with the pieces of `Curve`.

    Returns
    -------
    int
        How many checks ran; it is printed as well, with what there was nothing to look at for.

    Raises
    ------
    CheckFailed
        With each rule that it breaks, by name: ``pieces``, ``shape`` (an array of one number a customer comes
        back), ``finite``, ``range``, ``ends``, ``monotone``, ``bounds``, ``order``, ``splitting``, ``untouched`` (what
        it is given stays as it is), ``slope``, ``nulls``, ``pickles``, ``equal``, ``file``; and, where it has those,
        ``scalar_text`` and ``sql`` (looked at where DuckDB is installed). Where none of these is broken and a step
        refuses it all the same, the rule is the one that the step names.

    Examples
    --------
    >>> from outcomegap.model import Smooth
    >>> check_curve(Smooth())
    curve 'smooth': 15 checks ran
    15
    """
    run = RuleRunner(f"curve {getattr(curve, 'name', curve)!r:.60}")
    with run.rule("pieces"):
        curve = as_curve(run.subject, curve) if isinstance(curve, (str, list, tuple)) else curve
        require(Curve, curve, run.subject)

    def of(one: Any) -> Function:
        return lambda sides: one.value(sides[0])

    if not run.failed() and _check_function(run, of(curve), 1, "value"):
        with run.rule("slope"):
            _check_slopes(of(curve), lambda sides: [curve.slope(sides[0])], 1, "slope")
        with run.rule("nulls"):
            z = np.array([0.25, np.nan, 0.75])
            near(curve.value(z.copy())[[0, 2]], curve.value(z[[0, 2]]), "a value beside NaN")
            need(np.isnan(curve.value(z.copy())[1]), "NaN does not stay NaN")
        _check_pickle(run, curve, of, 1)
        _other_forms(run, curve, of(curve), {"z": 0}, 1)
        _in_a_model(run, lambda one: _model(1, curve=one), curve, curves=_named(curve, SHIP))
    return run.done()


def check_gate(gate: Any, children: int = 3) -> int:
    """Hold a gate on numbers to its rules.

    Parameters
    ----------
    gate
        An object with the pieces of `CustomGate`, or a gate that ships, such as ``Weakest(a, b)``.
    children
        Over how many children, 1 or more; a gate that ships has its own.

    Returns
    -------
    int
        How many checks ran; it is printed as well, with what there was nothing to look at for.

    Raises
    ------
    CheckFailed
        With each rule that it breaks, by name: ``pieces``, ``shape`` (arrays of one number a customer come
        back), ``finite``, ``range``, ``ends``, ``monotone``, ``bounds``, ``order``, ``splitting``, ``untouched``,
        ``gradient``, ``multilinear``, ``pickles``, ``equal``, ``file``; and, where it has those, ``scalar_text`` and
        ``sql`` (looked at where DuckDB is installed). Where none of these is broken and `Numeric` refuses it all the
        same, the rule is the one that `Numeric` names.
    DataError
        If `children` is below 1.

    Examples
    --------
    >>> from outcomegap.model import Measure, SuccessGap, Weakest
    >>> a, b = (SuccessGap(n, Measure(n), floor=0, target=1) for n in "ab")
    >>> check_gate(Weakest(a, b))
    gate 'weakest': 14 checks ran
    14
    """
    ships = isinstance(gate, NumericGate)
    count = len(gate.children) if ships else whole("children", children, 1)
    run = RuleRunner(f"gate {getattr(gate, 'kind' if ships else 'name', gate)!r:.60}")
    with run.rule("pieces"):
        if not ships:
            require(CustomGate, gate, run.subject)
        need(isinstance(gate.multilinear, bool), "multilinear is neither true nor false")

    def of(one: Any) -> Function:
        return one.forward  # type: ignore[no-any-return]

    def gradient(sides: Sides) -> Any:
        return gate.gradient(sides, np.asarray(gate.forward(_copies(sides))))

    if not run.failed() and _check_function(run, gate.forward, count, "forward"):
        with run.rule("gradient"):
            _check_slopes(gate.forward, gradient, count, "gradient")
        if gate.multilinear:
            with run.rule("multilinear"):
                at = _points(count)
                for side, x in enumerate(at):
                    ends = (np.full_like(x, end) for end in (0.0, 0.5, 1.0))
                    low, middle, high = (gate.forward(_moved(at, side, end)) for end in ends)
                    near(middle, (low + high) / 2, f"half way in number {side + 1}", 1e-12)
        _check_pickle(run, gate, of, count)
        own = gate.gate if isinstance(gate, Numeric) else gate
        _other_forms(run, own, gate.forward, {}, count)
        _in_a_model(run, lambda one: _model(count, gate=one), gate, gates={} if ships and own is gate else _named(own))
    return run.done()


def check_join(join: Any) -> int:
    """Hold a rule that joins R and E to its rules.

    Parameters
    ----------
    join
        ``"product"`` or ``"weakest"``, a `WeightedJoin`, or an object with the pieces of `Join`.

    Returns
    -------
    int
        How many checks ran; it is printed as well, with what there was nothing to look at for.

    Raises
    ------
    CheckFailed
        With each rule that it breaks, by name: ``pieces``, ``shape`` (arrays of one number a customer come
        back), ``finite``, ``range``, ``ends``, ``monotone``, ``bounds``, ``order``, ``splitting``, ``untouched``,
        ``slopes``, ``parts``, ``pickles``, ``equal``, ``file``. Where none of these is broken and a desired outcome
        refuses it all the same, the rule is the one that it names.

    Examples
    --------
    >>> check_join("product")
    join 'product': 15 checks ran
    15
    """
    run = RuleRunner(f"join {join if isinstance(join, str) else getattr(join, 'name', join)!r:.60}")
    if isinstance(join, str):
        run.subject = f"join {join!r}"
    with run.rule("pieces"):
        join = as_join(run.subject, join) if isinstance(join, str) else join
        require(Join, join, run.subject)

    def of(one: Any) -> Function:
        return lambda sides: one.desired(*sides)

    if not run.failed() and _check_function(run, of(join), 2, "desired"):
        with run.rule("slopes"):
            _check_slopes(of(join), lambda sides: join.slopes(*sides), 2, "slopes")
        with run.rule("parts"):
            r, e = _points(2)
            first, second = (np.broadcast_to(part, r.shape) for part in join.parts(r.copy(), e.copy()))
            near(first + second, 1 - join.desired(r.copy(), e.copy()), "the two parts together")
            need(min(first.min(), second.min()) >= -ROUNDING, "a part of the gap is below 0")
            need(np.abs(first[r == 1]).max() <= ROUNDING, "R has a part of the gap where R is 1")
            need(np.abs(second[e == 1]).max() <= ROUNDING, "E has a part of the gap where E is 1")
        _check_pickle(run, join, of, 2)
        own = join.rule if isinstance(join, CustomJoin) else join
        _in_a_model(run, lambda one: _model(1, join=one), join, joins={} if isinstance(own, JoinRule) else _named(own))
    return run.done()


# What every function of numbers in [0, 1] is held to


def _points(count: int) -> list[Array]:
    """Return points in the unit cube, one array a side: all zeros first, all ones last, corners, and scattered ones."""
    rng = np.random.default_rng(count)
    inner = rng.random((POINTS, count))
    corners = rng.integers(0, 2, (POINTS // 4, count)).astype(np.float64)
    rows = np.vstack([np.zeros(count), inner, corners, np.full(count, 0.5), np.ones(count)])
    return [np.ascontiguousarray(column) for column in rows.T]


def _copies(sides: Sides) -> list[Array]:
    return [side.copy() for side in sides]


def _moved(sides: Sides, side: int, to: Array) -> list[Array]:
    """Return copies of the sides, one of them somewhere else."""
    return [to if number == side else x.copy() for number, x in enumerate(sides)]


def _check_function(run: RuleRunner, function: Function, count: int, what: str) -> bool:
    """Run the rules that every function of numbers in [0, 1] is held to; tell whether its values can be looked at."""
    at = _points(count)
    size = len(at[0])

    def asked(sides: Sides) -> Any:
        with np.errstate(all="ignore"):  # what comes of divisions by 0 and the like is looked at
            return function(sides)

    def value(sides: Sides) -> Array:
        return np.broadcast_to(np.asarray(asked(_copies(sides)), dtype=np.float64), sides[0].shape)

    with run.rule("shape"):
        _check_shape(asked(_copies(at)), size, what)
    if run.broken:
        return False
    with run.rule("finite"):
        need(np.isfinite(value(at)).all(), f"{what} returns values that are not all finite")
    if run.broken:
        return False
    here = value(at)
    with run.rule("range"):
        need(here.min() >= -ROUNDING and here.max() <= 1 + ROUNDING, f"leaves [0, 1]: {here.min():g} to {here.max():g}")
    with run.rule("ends"):
        ends = f"is {here[0]:g} where all is 0 and {here[-1]:g} where all is 1"
        need(abs(here[0]) < ROUNDING and abs(here[-1] - 1) < ROUNDING, ends)
    with run.rule("monotone"):
        for side, x in enumerate(at):
            higher = value(_moved(at, side, x + 0.1 * (1 - x)))
            need((higher >= here - ROUNDING).all(), f"falls where number {side + 1} rises")
    if not run.failed("monotone"):  # what falls bounds nothing either
        with run.rule("bounds"):
            low, high = value([x * 0.7 for x in at]), value([x + 0.3 * (1 - x) for x in at])
            need((low <= here + ROUNDING).all(), "is above its value where everything is higher: no lower bound")
            need((here <= high + ROUNDING).all(), "is below its value where everything is lower: no upper bound")
    frame = {f"number {side + 1}": x for side, x in enumerate(at)}
    check_row_by_row(run, lambda given: {what: value([*given.values()])}, frame, {what: here})
    check_untouched(run, lambda given: asked([*given.values()]), frame)
    return True


def _check_shape(found: Any, size: int, what: str) -> None:
    """Make sure that an array of one number a customer came back, or one number for all."""
    array = np.asarray(found) if isinstance(found, (np.ndarray, np.generic, int, float)) else None
    if array is None or array.dtype.kind not in "biuf" or array.shape not in ((size,), ()):
        got = type(found).__name__ if array is None else f"{array.dtype} of shape {array.shape}"
        raise Broken("shape", f"{what} returns {got}; an array of numbers, of shape ({size},), is needed")


def _check_slopes(function: Function, slopes: Callable[[Sides], Any], count: int, what: str) -> None:
    """Make sure that a slope lies between the difference to the left and that to the right.

    Slopes that are not finite break ``finite``, and those of another shape ``shape``.
    """
    at = [np.clip(side, 0.03, 0.97) for side in _points(count)]
    with np.errstate(all="ignore"):
        returned = list(slopes(_copies(at)))
    need(len(returned) == count, f"{len(returned)} slopes for {count} sides")
    for side, slope in enumerate(returned):
        _check_shape(slope, len(at[0]), f"{what} by number {side + 1}")
        if not np.isfinite(slope).all():
            raise Broken("finite", f"{what} by number {side + 1} returns values that are not all finite")
    here = np.asarray(function(_copies(at)))
    for side, (x, given) in enumerate(zip(at, returned, strict=True)):
        slope = np.broadcast_to(np.asarray(given, dtype=np.float64), x.shape)
        left = (here - function(_moved(at, side, x - STEP))) / STEP
        right = (function(_moved(at, side, x + STEP)) - here) / STEP
        slack = SLACK * (1 + np.minimum(np.abs(left), np.abs(right)))
        wrong = ~((slope >= np.minimum(left, right) - slack) & (slope <= np.maximum(left, right) + slack))
        place = int(np.argmax(wrong))
        said = f"is {slope[place]:g}, differences give {left[place]:g} to {right[place]:g}"
        need(not wrong.any(), f"by number {side + 1} {said}")


def _check_pickle(run: RuleRunner, one: Any, of: Callable[[Any], Function], count: int) -> None:
    with run.rule("pickles"):
        near(of(pickled(one))(_points(count)), of(one)(_points(count)), "what comes out of a pickle")


# Other forms, and models that hold one


def _other_forms(run: RuleRunner, one: Any, function: Function, named: Mapping[str, int], count: int) -> None:
    """Compare ``scalar_text`` and ``sql``, where there are such, with arrays; `named`: placeholders by side."""
    at = _points(count)
    wanted = np.asarray(function(_copies(at)), dtype=np.float64)
    if getattr(one, "scalar_text", None) is not None:
        with run.rule("scalar_text"):
            variables = {name: chr(ord("a") + number) for name, number in named.items()}
            scalar = written(run.subject, one.scalar_text, variables, count)
            rows = zip(*(side.tolist() for side in at), strict=True)
            near([scalar(*row) for row in rows], wanted, "scalar_text against arrays", 1e-12)
    if getattr(one, "sql", None) is not None:
        with run.rule("sql"):
            if find_spec("duckdb") is None:
                raise Unlooked("DuckDB is not installed")
            near(_sql(one.sql, named, at), wanted, "sql against arrays", 1e-12)


def _sql(text: str, named: Mapping[str, int], at: Sides) -> Array:
    """Return what an expression says in DuckDB, in the order of the points."""
    import duckdb

    names = [f"x{number}" for number in range(len(at))]
    expression = text.format(*names, **{name: names[number] for name, number in named.items()})
    columns = ", ".join(f"unnest(?) AS {name}" for name in ("row", *names))
    values = [list(range(len(at[0]))), *(side.tolist() for side in at)]
    query = f"SELECT ({expression})::DOUBLE FROM (SELECT {columns}) ORDER BY row"  # noqa: S608 - the user's own text
    with duckdb.connect() as connection:
        return np.array(connection.execute(query, values).fetchall(), dtype=np.float64)[:, 0]


def _model(count: int, *, gate: Any = None, curve: Any = "linear", join: Any = "product") -> OutcomeModel:
    gaps = [SuccessGap(f"gap {i}", Measure(f"m{i}"), floor=0, target=1, curve=curve) for i in range(count)]
    needs: Any = gate if isinstance(gate, NumericGate) else Numeric(gate, *gaps) if gate is not None else gaps[0]
    wish = Expectation("wish", Measure("e"), floor=0, target=1)
    required, suits = RequiredOutcome("required", needs=needs), AppropriateExperience("suits", expects=wish)
    return OutcomeModel("checked", desired_outcomes=[DesiredOutcome(required, suits, join=join)])


def _named(own: Any, ship: tuple[str, ...] = ()) -> dict[str, Any]:
    """Return what a file that names it must be handed."""
    return {} if own.name in ship else {own.name: own}


def _in_a_model(run: RuleRunner, build: Callable[[Any], OutcomeModel], one: Any, **own: Any) -> None:
    """A model with it equals its copy, and one with a copy of it, and comes back out of a file that names it.

    Where its definition refuses it, that is what is told, by the definition's own rules; where something else is broken
    already it refuses it for that.
    """
    try:
        model = build(one)
    except ModelError as error:
        for finding in error.findings if not run.failed() else ():
            run.fail(finding.rule, str(finding))
        return
    except Exception as error:  # noqa: BLE001 - it is the code of others that is looked at
        if not run.failed():
            run.fail("pieces", f"cannot be put into a model: {type(error).__name__}: {error}")
        return
    if not run.failed("pickles"):
        with run.rule("equal"):
            again = pickled(model)
            need(model == again and hash(model) == hash(again), "a model with it is not equal to its copy")
            again = build(pickled(one))
            need(model == again and hash(model) == hash(again), "a model with it is not equal to one with its copy")
    with run.rule("file"):
        for form in ("toml", "json"):
            need(loads(dumps(model, form), form, **own) == model, f"does not come back out of a {form} file")
