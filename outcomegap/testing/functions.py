"""Curves, gates and joins held to their rules: every one of them is a function of numbers in [0, 1].

What their definitions try on a small grid is tried here at scattered points; what only the kit looks at stands here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib.util import find_spec
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

import outcomegap as og
from outcomegap.checks import whole
from outcomegap.model import require
from outcomegap.model.custom import try_out
from outcomegap.model.gate import NumericGate, gates_of
from outcomegap.model.model import CustomJoin, as_join
from outcomegap.model.step import CustomCurve, as_curve
from outcomegap.testing.frames import Frame, check_row_by_row
from outcomegap.testing.rules import RuleRunner, look, near, need, pickled

Array = NDArray[Any]
Sides = Sequence[Array]
#: What a definition tries too, by what it is and by the kit's names; what is optional where it has that.
TRIED = {
    "curve": ("finite", "range", "ends", "monotone", "untouched", "slope", "scalar_text"),
    "gate": ("finite", "range", "ends", "monotone", "untouched", "gradient", "scalar_text", "multilinear"),
    "join": ("finite", "range", "ends", "monotone", "untouched", "slopes", "parts"),
}
OPTIONAL = ("scalar_text", "multilinear")
#: What the kit calls otherwise than definitions do.
CALLED = {"fails": "shape", "row-by-row": "splitting"}
#: How many scattered points are looked at, beside the ends and the corners.
POINTS = 400
ROUNDING = 1e-9


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
        require(og.Curve, curve, run.subject)
    held = _Function(run, "curve", curve, curve, 1, lambda one, sides: one.value(*sides))
    if not run.failed() and held.tried(lambda at: try_out("curve", curve, run.subject, points=at)):
        with run.rule("nulls"):
            z = np.array([0.25, np.nan, 0.75])
            near(curve.value(z.copy())[[0, 2]], curve.value(z[[0, 2]]), "a value beside NaN")
            need(np.isnan(curve.value(z.copy())[1]), "NaN does not stay NaN")
        held.kept(lambda one: _model(1, curve=one))
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
    own = gate.gate if isinstance(gate, og.Numeric) else gate
    with run.rule("pieces"):
        require(og.CustomGate, own, run.subject)
        need(isinstance(own.multilinear, bool), "multilinear is neither true nor false")
    held = _Function(run, "gate", gate, own, count, lambda one, sides: one.forward(sides))
    if not run.failed() and held.tried(lambda at: try_out("gate", own, run.subject, points=at)):
        held.kept(lambda one: _model(count, gate=one))
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
    run = RuleRunner(f"join {getattr(join, 'name', join)!r:.60}")
    with run.rule("pieces"):
        join = as_join(run.subject, join) if isinstance(join, str) else join
        require(og.Join, join, run.subject)
    held = _Function(run, "join", join, join, 2, lambda one, sides: one.desired(*sides))
    if not run.failed() and held.tried(lambda at: try_out("join", join, run.subject, points=at)):
        held.kept(lambda one: _model(1, join=one))
    return run.done()


@attrs.frozen(eq=False)
class _Function:
    """A curve, a gate or a join: what is handed over, the user's own object in it, and what asks it for values."""

    run: RuleRunner
    kind: str
    one: Any
    own: Any
    count: int
    code: Callable[[Any, Sides], Any]

    def ask(self, one: object, sides: Sides) -> Any:
        with np.errstate(all="ignore"):  # what comes of divisions by 0 and the like is looked at
            return self.code(one, [side.copy() for side in sides])

    @property
    def points(self) -> list[Array]:
        """Points in the unit cube, one array a side: all zeros first, all ones last, corners, and scattered ones."""
        rng = np.random.default_rng(self.count)
        inner = rng.random((POINTS, self.count))
        corners = rng.integers(0, 2, (POINTS // 4, self.count)).astype(np.float64)
        rows = np.vstack([np.zeros(self.count), inner, corners, np.full(self.count, 0.5), np.ones(self.count)])
        return [np.ascontiguousarray(column) for column in rows.T]

    def value(self, sides: Sides, one: Any = None) -> Array:
        found = self.ask(self.one if one is None else one, sides)
        return np.broadcast_to(np.asarray(found, dtype=np.float64), sides[0].shape)

    def tried(self, definition: Callable[[list[Array]], object]) -> bool:
        """Run what can be told of values, and what its definition tries; tell whether its values can be looked at."""
        run, at = self.run, self.points
        with run.rule("shape"):
            found = self.ask(self.one, at)
            array = np.asarray(found if isinstance(found, (np.ndarray, np.generic, int, float)) else None)
            got = type(found).__name__ if array.dtype == object else f"{array.dtype} of shape {array.shape}"
            right = array.dtype.kind in "biuf" and array.shape in (at[0].shape, ())
            need(right, f"returns {got}; an array of numbers, of shape {at[0].shape}, is needed")
        if run.broken:
            return False
        with run.rule(*(name for name in TRIED[self.kind] if name not in OPTIONAL or getattr(self.own, name, None))):
            try:
                with np.errstate(all="ignore"):
                    definition(at)
            except og.ModelError as error:
                for finding in error.findings:
                    if finding.rule != "name":  # a gate that ships has none of its own
                        run.fail(CALLED.get(finding.rule, finding.rule), finding.message)
        if run.failed("shape", "finite"):
            return False
        here = self.value(at)
        if not run.failed("monotone"):  # what falls bounds nothing either
            with run.rule("bounds"):
                low, high = self.value([x * 0.7 for x in at]), self.value([x + 0.3 * (1 - x) for x in at])
                need((low <= here + ROUNDING).all(), "is above its value where everything is higher: no lower bound")
                need((here <= high + ROUNDING).all(), "is below its value where everything is lower: no upper bound")
        frame = Frame({f"number {side + 1}": x for side, x in enumerate(at)})
        check_row_by_row(run, lambda given: {"its value": self.value([*given.values()])}, frame, {"its value": here})
        return True

    def kept(self, build: Callable[[Any], og.OutcomeModel]) -> None:
        """Run what holds of its copies, of its other forms, and of models that hold it."""
        run, at = self.run, self.points
        with run.rule("pickles"):
            near(self.value(at, pickled(self.one)), self.value(at), "what comes out of a pickle")
        if getattr(self.own, "sql", None) is not None:
            with run.rule("sql"):
                look(find_spec("duckdb"), "DuckDB is not installed")
                near(_sql(self.own.sql, at), self.value(at), "sql against arrays", 1e-12)
        try:
            model = build(self.one)
        except Exception as error:  # noqa: BLE001 - it is the code of others that is looked at
            if not run.failed():  # else its definition refuses it for that
                for finding in getattr(error, "findings", ()):
                    run.fail(finding.rule, str(finding))
                if not run.failed():
                    run.fail("pieces", f"cannot be put into a model: {type(error).__name__}: {error}")
            return
        if not run.failed("pickles"):
            with run.rule("equal"):
                for again in (pickled(model), build(pickled(self.one))):
                    need(model == again and hash(model) == hash(again), "a model with it is not equal to its copy")
        check_file(run, model)


def check_file(run: RuleRunner, model: og.OutcomeModel) -> None:
    """Run the rule ``file``: a model comes back out of a file that names what it holds of the user's own."""
    with run.rule("file"):
        roots = [root for o in model.desired_outcomes for root in (o.required.needs, o.experience.expects)]
        gates = {gate.gate.name: gate.gate for gate in gates_of(*roots) if isinstance(gate, og.Numeric)}
        joins = {o.join.name: o.join.rule for o in model.desired_outcomes if isinstance(o.join, CustomJoin)}
        curves = {s.curve.curve.name: s.curve for s in model.steps if isinstance(s.curve, CustomCurve)}
        for form in ("toml", "json"):
            again = og.loads(og.dumps(model, form), form, gates=gates, joins=joins, curves=curves)
            need(again == model, f"does not come back out of a {form} file")


def _sql(text: str, at: Sides) -> Array:
    """Return what an expression says in DuckDB, in the order of the points."""
    import duckdb

    names = [f"x{number}" for number in range(len(at))]
    columns = ", ".join(f"unnest(?) AS {name}" for name in ("row", *names))
    values = [list(range(len(at[0]))), *(side.tolist() for side in at)]
    expression = text.format(*names, z=names[0])
    query = f"SELECT ({expression})::DOUBLE FROM (SELECT {columns}) ORDER BY row"  # noqa: S608 - the user's own text
    with duckdb.connect() as connection:
        return np.array(connection.execute(query, values).fetchall(), dtype=np.float64)[:, 0]


def _model(count: int, *, gate: Any = None, curve: Any = "linear", join: Any = "product") -> og.OutcomeModel:
    gaps = [og.SuccessGap(f"gap {i}", og.Measure(f"m{i}"), floor=0, target=1, curve=curve) for i in range(count)]
    needs: Any = gate if isinstance(gate, NumericGate) else og.Numeric(gate, *gaps) if gate is not None else gaps[0]
    wish = og.Expectation("wish", og.Measure("e"), floor=0, target=1)
    required, suits = og.RequiredOutcome("required", needs=needs), og.AppropriateExperience("suits", expects=wish)
    return og.OutcomeModel("checked", desired_outcomes=[og.DesiredOutcome(required, suits, join=join)])
