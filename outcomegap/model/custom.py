"""What users may supply: a curve, a gate on numbers, a join. Each is tested where the user supplies it.

These are protocols, not base classes: any object with these members will do. One error names every missing member.
Then the object is tested on a small grid, and one error names every rule that it breaks. A grid proves nothing, but it
finds the usual mistakes: a value outside [0, 1], a wrong sign, a slope of something else.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from functools import cached_property
from itertools import product
from typing import Any, Protocol, runtime_checkable

import attrs
import numpy as np
from numpy.typing import NDArray

from outcomegap.checks import Checks
from outcomegap.errors import ModelError
from outcomegap.model.declaration import why_no_name

Array = NDArray[Any]

#: Levels of each child, or of R and E. All their combinations are tested, up to `MOST`.
LEVELS = (0.0, 0.25, 0.5, 0.75, 1.0)
MOST = 700
#: How many scattered points are tested as they are, and about how many of all points one by one.
SCATTERED, ALONE = 256, 50
#: The points where a curve is sampled, to test it and to compare it with another of the same name.
GRID = np.linspace(0.0, 1.0, 129)
#: Slopes must agree with differences between these ends; the width of the differences, and the tolerance.
INNER, STEP, SLACK = (0.02, 0.98), 1e-6, 1e-4
#: Tolerance for rounding, and for the sum of the parts; exact attributions rely on the same tolerance.
ROUNDING, SUM = 1e-9, 1e-12
#: The only functions that a ``scalar_text`` may call.
CALLED = {name: getattr(math, name) for name in ("sqrt", "exp", "log", "log1p", "expm1", "sin", "cos", "tanh", "pow")}
CALLED |= {"min": min, "max": max, "abs": abs}


@runtime_checkable
class Curve(Protocol):
    """The members that a curve must have.

    ``name`` is its name in model files, ``value`` maps an array of progress to attainment, and ``slope`` is the
    derivative (one-sided where the curve has a corner). It may also have ``sql`` and ``scalar_text``, as in `curve`.
    Missing values stay missing, whatever ``value`` returns for NaN.

    Examples
    --------
    >>> class Late:
    ...     name = "late"
    ...     def value(self, z):
    ...         return z**3
    ...     def slope(self, z):
    ...         return 3 * z**2
    >>> isinstance(Late(), Curve)
    True
    """

    @property
    def name(self) -> str:
        """The name in model files."""

    def value(self, z: Array) -> Array:
        """Return the attainment for progress `z` in [0, 1], one number for each customer. It must not change `z`."""

    def slope(self, z: Array) -> Array:
        """Return the derivative of the attainment by `z`."""


@runtime_checkable
class CustomGate(Protocol):
    """The members that a gate of your own must have; `Numeric` puts it into a model.

    The gate maps the values of its children to its own value, customer by customer. Each child is an array with one
    number in [0, 1] for each customer. The value must never fall when a child rises; it must be 0 where all children
    are 0, and 1 where all are 1. If scorers are sent to other processes, `pickle` must be able to store the object.

    It may also have ``scalar_text``, the same formula as a Python expression of ``{0}``, ``{1}``, ...; with it, one
    customer is scored without arrays. It is compared with the arrays where the gate is defined. It may also have
    ``sql``, the same formula as an SQL expression, for an engine of your own. No engine of this library uses it yet,
    and only `outcomegap.testing.check_gate` compares it. Since the gate never falls, its bounds are its values at the
    bounds of its children; it need not give them.

    Examples
    --------
    >>> import numpy as np
    >>> class Hardest:
    ...     name = "hardest"
    ...     multilinear = False
    ...     def forward(self, children):
    ...         return np.minimum.reduce(children)
    ...     def gradient(self, children, out):
    ...         ties = sum((child == out).astype(float) for child in children)
    ...         return [(child == out) / ties for child in children]
    >>> isinstance(Hardest(), CustomGate)
    True
    """

    @property
    def name(self) -> str:
        """The name in model files."""

    @property
    def multilinear(self) -> bool:
        """Whether its value is linear in each child while the others are fixed; then attribution is exact."""

    def forward(self, children: Sequence[Array]) -> Array:
        """Return the value in [0, 1] of each customer. `children` holds one array for each; it must not change them."""

    def gradient(self, children: Sequence[Array], out: Array) -> Sequence[Array]:
        """Return the derivative by each child; `out` is the value. At a corner, any slope between is right."""


@runtime_checkable
class Join(Protocol):
    """The members that a join must have: how R and E become D, and how 1 - D is divided between them.

    Each method takes arrays of R and E, one number in [0, 1] for each customer. D must never fall when R or E rises; it
    must be 0 where both are 0, and 1 where both are 1; and its slopes must be finite everywhere. For `Scorer.to_sql` it
    has ``sql``, D as an SQL expression of ``{r}`` and ``{e}``, and ``sql_required_gap``, the required gap.

    Examples
    --------
    >>> import numpy as np
    >>> class Geometric:
    ...     name = "geometric"
    ...     def desired(self, r, e):
    ...         return np.sqrt(r * e)
    ...     def slopes(self, r, e):
    ...         return np.sqrt(e / np.maximum(r, 1e-12)) / 2, np.sqrt(r / np.maximum(e, 1e-12)) / 2
    ...     def parts(self, r, e):
    ...         return 1 - np.sqrt(r), np.sqrt(r) - np.sqrt(r * e)
    >>> isinstance(Geometric(), Join)
    True
    """

    @property
    def name(self) -> str:
        """The name in model files."""

    def desired(self, r: Array, e: Array) -> Array:
        """Return D in [0, 1] of each customer."""

    def slopes(self, r: Array, e: Array) -> tuple[Array, Array]:
        """Return the derivatives of D by R and by E. At a corner, any slope between both sides is right."""

    def parts(self, r: Array, e: Array) -> tuple[Array, Array]:
        """Return required gap and experience gap: they sum to 1 - D, are 0 or more, and are 0 where their side is 1."""


def require(protocol: type[Any], value: object, where: str) -> None:
    r"""Raise a ModelError unless an object has every member of a protocol.

    Parameters
    ----------
    protocol
        `Curve`, `CustomGate`, `Join`, or another.
    value
        The object.
    where
        The place that the error names.

    Raises
    ------
    ModelError
        It names every member that is missing or cannot be called.

    Examples
    --------
    >>> try:
    ...     require(Join, object(), "desired outcome 'sales'.join")
    ... except ModelError as error:
    ...     print(*error.findings, sep="\n")
    error: desired outcome 'sales'.join: has no name: an og.Join needs name, desired, slopes, parts [pieces]
    error: desired outcome 'sales'.join: has no method desired: an og.Join needs name, desired, slopes, parts [pieces]
    error: desired outcome 'sales'.join: has no method slopes: an og.Join needs name, desired, slopes, parts [pieces]
    error: desired outcome 'sales'.join: has no method parts: an og.Join needs name, desired, slopes, parts [pieces]
    """
    checks = Checks(f"this is not an og.{protocol.__name__}", where)
    members = pieces(protocol)
    needs = f"an og.{protocol.__name__} needs {', '.join(members)}"
    if isinstance(value, type):
        given = f"is the class {value.__name__}; give an object of it, such as {value.__name__}(...)"
        checks.finding("pieces", "", f"{given}: {needs}")
    for name, member in ({} if isinstance(value, type) else members).items():
        method = "" if isinstance(member, property) else "method "
        if not hasattr(value, name) or (method and not callable(getattr(value, name))):
            checks.finding("pieces", "", f"has no {method}{name}: {needs}")
    checks.done()


def pieces(protocol: type[Any]) -> dict[str, Any]:
    """Return the public members of a protocol, by name: functions and properties."""
    members = {name: member for kind in reversed(protocol.__mro__) for name, member in vars(kind).items()}
    return {name: member for name, member in members.items() if not name.startswith("_")}


def sealed(arrays: Sequence[Array]) -> list[Array]:
    """Return read-only views, so that the user's code cannot change the arrays."""
    views = [np.asarray(array).view() for array in arrays]
    for view in views:
        view.setflags(write=False)
    return views


def answer(code: Callable[..., Any], *arrays: Array) -> Array:
    """Call the user's code with arrays that hold no NaN and cannot be changed; NaN stays NaN in the result."""
    unknown = np.logical_or.reduce([np.isnan(each) for each in arrays])
    found = code(*sealed([np.where(unknown, each.dtype.type(0.5), each) for each in arrays]))
    return np.where(unknown, np.nan, np.broadcast_to(found, unknown.shape))


#: By kind: its protocol, the method that returns values, and the method that returns slopes.
PIECES: dict[str, tuple[type[Any], str, str]] = {
    "curve": (Curve, "value", "slope"),
    "gate": (CustomGate, "forward", "gradient"),
    "join": (Join, "desired", "slopes"),
}


def try_out(
    kind: str, own: Any, where: str, taken: Collection[str] = (), points: Sequence[Array] | None = None
) -> Array:
    """Test that an object is a curve, a gate or a join; return its values, and parts, at some points.

    The first point is all zeros, the last all ones. The default points are `GRID`, or `grid(2)`. `taken` are names
    that the object must not have. One error lists every problem, once for each rule and member.
    """
    require(PIECES[kind][0], own, where)
    trial = _Trial(kind, where, own, points or ([GRID] if kind == "curve" else grid(2)))
    trial.named(taken)
    rules = (trial.rises, trial.row_by_row, trial.as_written, trial.straight, trial.differences, trial.divided)
    for rule in rules:
        with suppress(_NoAnswer):
            rule()
    checks = Checks(f"this {kind} cannot be used", where)
    for (broken, _), message in trial.noted.items():
        checks.finding(broken, "", message)
    checks.done()
    return np.concatenate([trial.values, *trial.parts])


def rounded(values: Array) -> bytes:
    """Return bytes that identify the values, without a last digit that may differ between machines."""
    return (np.round(values, 12) + 0.0).tobytes()


class _NoAnswer(Exception):  # noqa: N818 - it names what happened
    """The object gave no usable answer; the reason is noted."""


@attrs.define
class _Trial:
    """An object of the user's that is tested at some points. Each rule is a method that notes what breaks it."""

    kind: str
    where: str
    own: Any
    points: Sequence[Array]
    noted: dict[tuple[str, str], str] = attrs.field(factory=dict)

    def note(self, rule: str, what: str, message: str) -> None:
        self.noted.setdefault((rule, what), f"{what} {message}".strip())

    # The object's answers

    def value(self, points: Sequence[Array]) -> Array:
        return self.ask(PIECES[self.kind][1], points)[0]

    def moved(self, points: Sequence[Array], side: int, at: Array) -> Array:
        """Return its values where one side is replaced."""
        return self.value([*points[:side], at, *points[side + 1 :]])

    def slopes(self, points: Sequence[Array]) -> list[Array]:
        return self.ask(PIECES[self.kind][2], points, len(points))

    @cached_property
    def values(self) -> Array:
        return self.value(self.points)

    @cached_property
    def parts(self) -> list[Array]:
        return self.ask("parts", self.points, 2) if self.kind == "join" else []

    def ask(self, method: str, points: Sequence[Array], count: int = 1) -> list[Array]:
        """Return the arrays that a method returns for some points."""
        out = [self.value(points)] if method == "gradient" else []
        refused = ""
        try:
            found = self.call(method, sealed(points), sealed(out))
        except Exception as error:  # noqa: BLE001 - the user's code may raise anything
            refused = str(error) or "they are read-only"
        try:
            if refused:
                found = self.call(method, [*map(np.array, points)], [*map(np.array, out)])
            arrays = [np.asarray(each) for each in found]
        except Exception as error:
            self.note("fails", method, f"fails on numbers in [0, 1]: {error}")
            raise _NoAnswer from error
        if refused:  # the method failed only because it wrote to its arguments
            self.note("untouched", method, f"changes the arrays that it is given ({refused}); let it work on a copy")
        if len(arrays) != count:
            self.note("shape", method, f"returns {len(arrays)} arrays; it must return {count}, one for each argument")
            raise _NoAnswer
        return [self.finite(method, each, points) for each in arrays]

    def call(self, method: str, given: list[Array], out: list[Array]) -> Any:
        """Call a method as its protocol defines, and return its result as a list."""
        code = getattr(self.own, method)
        found = code(given, *out) if self.kind == "gate" else code(*given)
        return list(found) if method in ("gradient", "slopes", "parts") else [found]

    def finite(self, what: str, array: Array, points: Sequence[Array]) -> Array:
        """Return finite numbers, one for each point; a single number holds for all points."""
        shape = points[0].shape
        if array.dtype.kind not in "biuf":
            self.note("shape", what, f"returns an array of {array.dtype}, not of numbers such as float64")
            raise _NoAnswer
        if array.shape not in (shape, ()):
            self.note("shape", what, f"returns shape {array.shape} for {shape[0]} numbers")
            raise _NoAnswer
        array = np.broadcast_to(array.astype(np.float64), shape)
        if not np.isfinite(array).all():
            place = self.at(points, int(np.argmin(np.isfinite(array))))
            self.note("finite", what, f"returns values that are not finite, the first at {place}")
            raise _NoAnswer
        return array

    # Names of a side and of a point in messages

    def side(self, number: int) -> str:
        return {"gate": f"child {number + 1}", "join": "RE"[number : number + 1], "curve": "z"}[self.kind]

    def at(self, points: Sequence[Array], row: int) -> str:
        shown = ", ".join(f"{side[row]:.4g}" for side in points[:6]) + (", ..." if len(points) > 6 else "")
        return {"gate": f"({shown})", "join": f"R, E = ({shown})", "curve": f"z = {shown}"}[self.kind]

    # Rules

    def named(self, taken: Collection[str]) -> None:
        """Its name is usable and not built in; a gate says whether it is multilinear."""
        why = why_no_name(self.own.name)
        if why is not None or self.own.name in taken:
            self.note("name", "", why or f"{self.own.name!r} is a built-in {self.kind}; give yours another name")
        if self.kind == "gate" and not isinstance(self.own.multilinear, bool):
            self.note("multilinear", "", f"multilinear must be true or false (got {self.own.multilinear!r:.60})")

    def rises(self) -> None:
        """Values lie in [0, 1], run from 0 to 1, and never fall."""
        values, slack = self.values, ROUNDING if self.kind == "curve" else SUM
        if values.min() < -ROUNDING or values.max() > 1 + ROUNDING:
            self.note("range", "", f"leaves [0, 1]: values from {values.min():g} to {values.max():g}")
        if abs(values[0]) > slack or abs(values[-1] - 1.0) > slack:
            self.note("ends", "", f"must run from 0 to 1 (got {values[0]:g} at 0 and {values[-1]:g} at 1)")
        for (side, at), width in product(enumerate(self.points), (1 / 128, 0.25, 1.0)):
            fall = values - self.moved(self.points, side, np.minimum(at + width, 1.0))
            if fall.max() > ROUNDING:
                place = self.at(self.points, int(fall.argmax()))
                self.note("monotone", "", f"falls where {self.side(side)} rises, from {place}")

    def row_by_row(self) -> None:
        """A customer's value does not depend on other customers."""
        for row in range(0, len(self.values), max(1, len(self.values) // ALONE)):
            alone = self.value([side[row : row + 1] for side in self.points])
            if abs(float(alone[0] - self.values[row])) > ROUNDING:
                place = self.at(self.points, row)
                self.note("row-by-row", "", f"the value at {place} changes with the other customers in the array")

    def as_written(self) -> None:
        """If there is a scalar_text, it gives the same values as the arrays."""
        text, values = getattr(self.own, "scalar_text", None), np.clip(self.values, 0.0, 1.0)
        if text is None:
            return
        try:
            function = written(self.where, text, {"z": "a"} if self.kind == "curve" else {}, len(self.points))
            rows = zip(*(side.tolist() for side in self.points), strict=True)
            found = np.array([kept(float(function(*row))) for row in rows])
        except Exception as error:  # noqa: BLE001 - the user's text may raise anything
            calls = f" (it may call {', '.join(CALLED)})" if isinstance(error, NameError) else ""
            self.note("scalar_text", "", f"scalar_text fails: {error}{calls}")
            return
        wrong = ~(np.abs(found - values) <= SUM)
        if wrong.any():
            row = int(wrong.argmax())
            says = f"gives {found[row]:.9g}, but the arrays give {values[row]:.9g}"
            self.note("scalar_text", "", f"scalar_text at {self.at(self.points, row)} {says}")

    def straight(self) -> None:
        """Slopes are finite at the ends too; a multilinear gate is a straight line in each child, with that slope."""
        slopes = self.slopes(self.points) if self.kind != "curve" else []
        for side, slope in enumerate(slopes if getattr(self.own, "multilinear", None) is True else ()):
            low, middle, high = (self.moved(self.points, side, np.full_like(slope, x)) for x in (0.0, 0.5, 1.0))
            if np.abs(middle - (low + high) / 2).max() > SUM:
                self.note("multilinear", "", f"claims to be multilinear, but is not linear in {self.side(side)}")
            elif np.abs(slope - (high - low)).max() > SUM:
                steep = f"gradient: the derivative by {self.side(side)}"
                self.note("gradient", steep, "is not the slope of that straight line")

    def differences(self) -> None:
        """A slope is between the differences to the left and to the right; at a corner the two differ."""
        points = [np.clip(side, *INNER) for side in self.points]
        what, here = PIECES[self.kind][2], self.value(points)
        for side, (at, slope) in enumerate(zip(points, self.slopes(points), strict=True)):
            left = (here - self.moved(points, side, at - STEP)) / STEP
            right = (self.moved(points, side, at + STEP) - here) / STEP
            low, high = np.minimum(left, right), np.maximum(left, right)
            slack = SLACK * (1.0 + np.minimum(np.abs(left), np.abs(right)))
            wrong = (slope < low - slack) | (slope > high + slack)
            if wrong.any():
                place = int(np.argmax(wrong))
                between = " to ".join(dict.fromkeys(f"{end[place]:.4g}" for end in (low, high)))
                steep = f"{what}: the derivative by {self.side(side)}"
                at_place = f"is {slope[place]:g} at {self.at(points, place)}"
                self.note(what, steep, f"{at_place}, but differences give {between}")

    def divided(self) -> None:
        """The parts of a join sum to the gap, none is below 0, and a side at 1 has none."""
        for side, at, part in zip("RE", self.points, self.parts, strict=False):
            if np.abs(part[at == 1.0]).max() > SUM:
                at_one = f"where {side} is 1"
                self.note("parts", at_one, "its part of the gap must be 0: none of its steps is open")
            if part.min() < -SUM:
                self.note("parts", "a part of the gap", "is below 0")
        if self.parts:
            found, gap = self.parts[0] + self.parts[1], 1.0 - self.values
            place = int(np.abs(found - gap).argmax())
            if abs(found[place] - gap[place]) > SUM:
                sums = f"{found[place]:g}, not to 1 - D = {gap[place]:g}, at {self.at(self.points, place)}"
                self.note("parts", "the two parts", f"sum to {sums}")


def grid(count: int) -> list[Array]:
    """Return points in [0, 1] to the power of `count`, one array a child: all combinations of levels, or many of them.

    The first point is all zeros, the last all ones.

    Examples
    --------
    >>> [child.tolist()[:3] for child in grid(2)], len(grid(2)[0]), len(grid(30)[0])
    ([[0.0, 0.0, 0.0], [0.0, 0.25, 0.5]], 25, 256)
    """
    if len(LEVELS) ** count <= MOST:
        points = np.array(list(product(LEVELS, repeat=count)))
    else:
        # Quotients of whole numbers, so that the points are the same on every machine.
        turns = np.arange(SCATTERED, dtype=np.uint64)[:, None] * (2 * np.arange(count, dtype=np.uint64) + 3)
        points = (turns * np.uint64(2654435769) % np.uint64(2**32)) / 2.0**32
        points[-1] = 1.0
    return list(np.ascontiguousarray(points.T))


def written(where: str, text: Any, named: Mapping[str, str], count: int) -> Callable[..., float]:
    """Compile an expression of ``{0}``, ``{1}``, ... (or of names); it may call `CALLED`.

    It comes from an object in the user's program, never from a file.

    Parameters
    ----------
    where
        The place that error messages name.
    text
        The expression.
    named
        Names of placeholders, and the variables that they stand for: ``a``, ``b``, ...
    count
        How many variables there are.

    Raises
    ------
    ModelError
        If the text is not an expression.

    Examples
    --------
    >>> written("gate 'mean'", "({0} + {1}) / 2", {}, 2)(0.25, 0.75)
    0.5
    """
    variables = [chr(ord("a") + number) if count <= 26 else f"x{number}" for number in range(count)]
    try:
        expression = text.format(*variables, **named)
        code = compile(f"lambda {', '.join(variables)}: ({expression})", f"<scalar_text of {where}>", "eval")
    except (AttributeError, IndexError, KeyError, SyntaxError, ValueError) as error:
        message = f"scalar_text must be a Python expression of its placeholders (got {text!r:.80}: {error})"
        raise ModelError.of("scalar_text", where, message) from error
    found: Callable[..., float] = eval(code, {"__builtins__": {}, **CALLED})  # noqa: S307 - see the docstring
    return found


def kept(value: float) -> float:
    """Return a number clipped to [0, 1]; NaN stays NaN.

    Examples
    --------
    >>> kept(1.5), kept(-1), kept(float("nan"))
    (1.0, 0.0, nan)
    """
    return 1.0 if value > 1.0 else 0.0 if value < 0.0 else value
