"""What people bring of their own: a curve, a gate on numbers, a join; each is tried out where it is given.

These are protocols, not base classes: any object with these few pieces will do. Missing pieces are named, all at
once, and what it computes is tried out on a small grid: whatever rule it breaks is told at once. A grid proves nothing;
it finds what people get wrong: a value beyond [0, 1], a sign, a slope of something else.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from itertools import product
from typing import Any, Protocol, runtime_checkable

import attrs
import numpy as np
from numpy.typing import NDArray

from outcomegap.checks import Checks
from outcomegap.errors import ModelError
from outcomegap.model.declaration import name_of

Array = NDArray[Any]
#: Code of others: takes arrays, one a child, or R and E, or progress.
Code = Callable[[Any], Any]

#: Levels of each child, or of R and E: all combinations are looked at, as long as they are not more than `MOST`.
LEVELS = (0.0, 0.25, 0.5, 0.75, 1.0)
MOST = 700
#: How many scattered points are looked at where they are, and about how many of all points one by one.
SCATTERED, ALONE = 256, 50
#: Where a curve is sampled, to look at it and to tell it from another of the same name.
GRID = np.linspace(0.0, 1.0, 129)
#: Slopes are held to differences within these ends; the width of the differences, and slack for them.
INNER, STEP, SLACK = (0.02, 0.98), 1e-6, 1e-4
#: Slack for rounding; how near parts and gap must be, and what else exact attributions rest on: they promise the same.
ROUNDING, SUM = 1e-9, 1e-12
#: What a ``scalar_text`` may call, and no more.
CALLED = {name: getattr(math, name) for name in ("sqrt", "exp", "log", "log1p", "expm1", "sin", "cos", "tanh", "pow")}
CALLED |= {"min": min, "max": max, "abs": abs}


@runtime_checkable
class Curve(Protocol):
    """What a curve must offer.

    ``name`` is what a model file calls it, ``value`` maps an array of progress to attainment, ``slope`` is its
    derivative (one-sided where it has a corner). It may also have ``sql`` and ``scalar_text``, as in `curve`. What is
    missing stays missing, whatever ``value`` makes of NaN.

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
        """What a model file calls it."""

    def value(self, z: Array) -> Array:
        """Attainment for progress `z` in [0, 1], one number a customer; `z` may not be changed."""

    def slope(self, z: Array) -> Array:
        """Derivative of the attainment by `z`."""


@runtime_checkable
class CustomGate(Protocol):
    """What a gate of your own must offer; `Numeric` puts it into a model.

    It maps the values of its children to its own value, customer by customer: each child is an array with one number
    in [0, 1] a customer. It never falls in any child, is 0 where all children are 0 and 1 where all are 1. It must be
    an object that `pickle` can store if scorers are to be sent to other processes.

    It may also have ``scalar_text``, the same formula as a Python expression of ``{0}``, ``{1}``, ..., by which one
    customer is scored without arrays: it is held to the arrays where the gate is defined. And ``sql``, the same as an
    SQL expression, for an engine of your own; none of this library's reads it yet, and only
    `outcomegap.testing.check_gate` looks whether it says the same. Since the gate never falls, its value at the bounds
    of its children bounds it; it has nothing to say of that itself.

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
        """What a model file calls it."""

    @property
    def multilinear(self) -> bool:
        """Whether its value is linear in each child, all others held fixed: then attribution stays exact."""

    def forward(self, children: Sequence[Array]) -> Array:
        """Value in [0, 1] of each customer; `children` holds one array a child, and none of them may be changed."""

    def gradient(self, children: Sequence[Array], out: Array) -> Sequence[Array]:
        """Derivative by each child (one-sided, or between both, where it has a corner); `out` is the value."""


@runtime_checkable
class Join(Protocol):
    """How R and E become D, and how 1 - D divides between them.

    Each method takes arrays of R and E, one number in [0, 1] a customer. D never falls in either, is 0 where both
    are 0 and 1 where both are 1, and has finite slopes everywhere.

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
        """What a model file calls it."""

    def desired(self, r: Array, e: Array) -> Array:
        """D in [0, 1] of each customer."""

    def slopes(self, r: Array, e: Array) -> tuple[Array, Array]:
        """Derivatives of D by R and by E (one-sided, or between both, where it has a corner)."""

    def parts(self, r: Array, e: Array) -> tuple[Array, Array]:
        """Required gap and experience gap: together 1 - D, none below 0; the first 0 at R = 1, the second at E = 1."""


def require(protocol: type[Any], value: object, where: str) -> None:
    r"""Make sure that an object has every piece of a protocol.

    Parameters
    ----------
    protocol
        `Curve`, `CustomGate`, `Join`, or another.
    value
        The object.
    where
        What the error calls its place.

    Raises
    ------
    ModelError
        That names every piece that is missing or cannot be called, all at once.

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
    checks = Checks(f"this is no og.{protocol.__name__}", where)
    members = pieces(protocol)
    needs = f"an og.{protocol.__name__} needs {', '.join(members)}"
    if isinstance(value, type):
        given = f"is the class {value.__name__}; hand an object over, such as {value.__name__}(...)"
        checks.finding("pieces", "", f"{given}: {needs}")
        members = {}
    for name, member in members.items():
        method = not isinstance(member, property)
        if not hasattr(value, name):
            checks.finding("pieces", "", f"has no {'method ' if method else ''}{name}: {needs}")
        elif method and not callable(getattr(value, name)):
            checks.finding("pieces", "", f"has a {name} that cannot be called: {needs}")
    checks.done()


def pieces(protocol: type[Any]) -> dict[str, Any]:
    """Return the public members of a protocol, by name: functions and properties."""
    members = {name: member for kind in reversed(protocol.__mro__) for name, member in vars(kind).items()}
    return {name: member for name, member in members.items() if not name.startswith("_")}


def sealed(arrays: Sequence[Array]) -> list[Array]:
    """Return views that nobody can write to: what is given to the code of others stays as it is."""
    views = [np.asarray(array).view() for array in arrays]
    for view in views:
        view.setflags(write=False)
    return views


def answer(code: Callable[..., Any], *arrays: Array) -> Array:
    """Ask code of others, which is given no NaN and nothing that it could change; NaN stays NaN."""
    unknown = np.isnan(arrays[0]) if len(arrays) == 1 else np.logical_or.reduce([np.isnan(each) for each in arrays])
    if not unknown.any():
        return np.broadcast_to(code(*sealed(arrays)), arrays[0].shape)
    found = code(*sealed([np.where(unknown, each.dtype.type(0.5), each) for each in arrays]))
    return np.where(unknown, np.nan, np.broadcast_to(found, arrays[0].shape))


# What is tried out is looked at on a small grid, or at the points that are given; the first is all zeros, the last all
# ones. `taken` are names that it may not have.


def try_curve(curve: Curve, where: str, taken: Collection[str] = (), points: list[Array] | None = None) -> Array:
    """Make sure that an object is a curve, and return its values at the points, by default on `GRID`."""
    require(Curve, curve, where)
    return _Trial("curve", where, curve, taken, points or [GRID]).values_of(
        "its value",
        lambda sides: curve.value(*sides),
        "its slope",
        lambda given: [curve.slope(given[0])],
    )


def try_gate(
    gate: CustomGate, count: int, where: str, taken: Collection[str] = (), points: list[Array] | None = None
) -> bytes:
    """Make sure that an object is a gate over `count` children, and return what tells it from another of its name."""
    require(CustomGate, gate, where)
    trial = _Trial("gate", where, gate, taken, points or grid(count))
    if not isinstance(gate.multilinear, bool):
        trial.note("multilinear", "", f"multilinear must be true or false (got {gate.multilinear!r:.60})")
    return _shape(
        trial.values_of("forward", gate.forward, "gradient", lambda given: gate.gradient(given[:-1], given[-1]))
    )


def try_join(join: Join, where: str, taken: Collection[str] = (), points: list[Array] | None = None) -> bytes:
    """Make sure that an object joins R and E, and return what tells it from another of its name."""
    require(Join, join, where)
    trial = _Trial("join", where, join, taken, points or grid(2))
    return _shape(
        trial.values_of(
            "desired",
            lambda sides: join.desired(*sides),
            "slopes",
            lambda given: join.slopes(*given[:2]),
            parts=lambda sides: join.parts(*sides),
        )
    )


class _NoAnswer(Exception):  # noqa: N818 - it reads as what happened
    """There is no answer that more could be said of; why is among the findings."""


@attrs.define
class _Trial:
    """An object of others that is tried out at some points; what is wrong is noted once for each rule and piece."""

    kind: str
    where: str
    own: Any
    taken: Collection[str]
    points: list[Array]
    noted: dict[tuple[str, str], str] = attrs.field(factory=dict)

    def __attrs_post_init__(self) -> None:
        """Its name is usable, and of nothing that ships."""
        try:
            if name_of(self.kind, self.own.name) in self.taken:
                self.note("name", "", f"{self.own.name!r} is a {self.kind} that ships; call yours otherwise")
        except ModelError as error:
            self.note("name", "", error.findings[0].message)

    def values_of(self, value_is: str, code: Code, slopes_are: str, slope: Code, parts: Code | None = None) -> Array:
        """Return values, and parts, at all points; or raise a ModelError with each rule that is broken."""

        def value(points: Sequence[Array]) -> Array:
            return self.ask(value_is, code, points)[0]

        def slopes(points: Sequence[Array]) -> list[Array]:
            also = () if self.kind == "curve" else (value(points),)
            return self.ask(slopes_are, slope, points, len(points), *also)

        points, values, divided = self.points, None, []
        with suppress(_NoAnswer):
            values = value(points)
            for holds in (self.rises, self.row_by_row):
                with suppress(_NoAnswer):
                    holds(value, values)
            self.as_written(values)
        if self.kind != "curve":
            with suppress(_NoAnswer):
                found = slopes(points)  # they must be finite at the ends as well
                if values is not None and getattr(self.own, "multilinear", None) is True:
                    self.straight(value, found)
        with suppress(_NoAnswer):
            inner = [np.clip(side, *INNER) for side in points]
            self.differences(slopes_are, value, inner, slopes(inner))
        if parts is not None:
            with suppress(_NoAnswer):
                divided = self.ask("parts", parts, points, 2)
                self.divided(values, divided)
        checks = Checks(f"this {self.kind} cannot be used", self.where)
        for (rule, _), message in self.noted.items():
            checks.finding(rule, "", message)
        checks.done()
        return np.concatenate([np.asarray(values), *divided])

    def note(self, rule: str, what: str, message: str) -> None:
        self.noted.setdefault((rule, what), f"{what} {message}".strip())

    def side(self, number: int) -> str:
        return {"gate": f"child {number + 1}", "join": "RE"[number : number + 1], "curve": "z"}[self.kind]

    def at(self, points: Sequence[Array], row: int) -> str:
        """Return the point that stands in a row, in words."""
        shown = ", ".join(f"{side[row]:.4g}" for side in points[:6]) + (", ..." if len(points) > 6 else "")
        return {"gate": f"({shown})", "join": f"R, E = ({shown})", "curve": f"z = {shown}"}[self.kind]

    def ask(self, what: str, code: Code, points: Sequence[Array], count: int = 0, *also: Array) -> list[Array]:
        """Return the array that `code` makes of some points, or the `count` arrays."""
        given = [*points, *also]
        try:
            found = code(sealed(given))
            found = list(found) if count else [found]
        except Exception as refused:  # noqa: BLE001 - it is the code of others
            try:
                found = code([np.array(side) for side in given])
                found = list(found) if count else [found]
            except Exception as error:
                self.note("fails", what, f"fails on numbers in [0, 1]: {error}")
                raise _NoAnswer from error
            # It can do without what was refused only by writing.
            self.note("untouched", what, f"changes the arrays that it is given ({refused}); let it work on a copy")
        if len(found) != max(count, 1):
            self.note("shape", what, f"returns {len(found)} arrays; {count} are needed, one for each argument")
            raise _NoAnswer
        return [self.array(what, each, points, single=count > 0 or self.kind != "curve") for each in found]

    def array(self, what: str, found: Any, points: Sequence[Array], *, single: bool) -> Array:
        """Return finite numbers, one a point; where `single`, one number may stand for all."""
        shape = points[0].shape
        try:
            array = np.asarray(found, dtype=np.float64)
        except (TypeError, ValueError) as error:
            self.note("fails", what, f"returns no array of numbers: {error}")
            raise _NoAnswer from error
        if array.shape != shape and not (single and array.shape == ()):
            self.note("shape", what, f"returns shape {array.shape} for {shape[0]} numbers")
            raise _NoAnswer
        array = np.broadcast_to(array, shape)
        if not np.isfinite(array).all():
            place = self.at(points, int(np.argmin(np.isfinite(array))))
            self.note("finite", what, f"returns values that are not finite, the first at {place}")
            raise _NoAnswer
        return array

    def rises(self, value: Code, values: Array) -> None:
        """Values lie in [0, 1], run from 0 to 1, and never fall."""
        if values.min() < -ROUNDING or values.max() > 1 + ROUNDING:
            self.note("range", "", f"leaves [0, 1]: values from {values.min():g} to {values.max():g}")
        slack = ROUNDING if self.kind == "curve" else SUM
        if abs(values[0]) > slack or abs(values[-1] - 1.0) > slack:
            self.note("ends", "", f"must run from 0 to 1 (got {values[0]:g} at 0 and {values[-1]:g} at 1)")
        for side, at in enumerate(self.points):
            for width in (1 / 128, 0.25, 1.0):
                higher = value([*self.points[:side], np.minimum(at + width, 1.0), *self.points[side + 1 :]])
                if (higher < values - ROUNDING).any():
                    place = self.at(self.points, int(np.argmax(values - higher)))
                    self.note("monotone", "", f"falls where {self.side(side)} rises, from {place}")
                    return

    def row_by_row(self, value: Code, values: Array) -> None:
        """A customer's value does not hang on who else is there."""
        for row in range(0, len(values), max(1, len(values) // ALONE)):
            alone = value([side[row : row + 1] for side in self.points])
            if abs(float(alone[0] - values[row])) > ROUNDING:
                place = self.at(self.points, row)
                self.note("row-by-row", "", f"the value at {place} changes with who else is in the array")
                return

    def straight(self, value: Code, slopes: Sequence[Array]) -> None:
        """A multilinear gate is a straight line in each child, and its gradient says how steep."""
        for side, (at, slope) in enumerate(zip(self.points, slopes, strict=True)):
            before, after = self.points[:side], self.points[side + 1 :]
            low, middle, high = (value([*before, np.full_like(at, x), *after]) for x in (0.0, 0.5, 1.0))
            if np.abs(middle - (low + high) / 2).max() > SUM:
                self.note("multilinear", "", f"says that it is multilinear, and is not linear in {self.side(side)}")
                return
            if np.abs(slope - (high - low)).max() > SUM:
                steep = f"gradient: the derivative by {self.side(side)}"
                self.note("gradient", steep, "is not the slope of that straight line")

    def differences(self, what: str, value: Code, points: Sequence[Array], slopes: Sequence[Array]) -> None:
        """A slope lies between the difference to the left and that to the right; at a corner the two differ."""
        what, here = what.removeprefix("its "), value(points)
        for side, (at, slope) in enumerate(zip(points, slopes, strict=True)):
            left = (here - value([*points[:side], at - STEP, *points[side + 1 :]])) / STEP
            right = (value([*points[:side], at + STEP, *points[side + 1 :]]) - here) / STEP
            low, high = np.minimum(left, right), np.maximum(left, right)
            slack = SLACK * (1.0 + np.minimum(np.abs(left), np.abs(right)))
            wrong = (slope < low - slack) | (slope > high + slack)
            if wrong.any():
                place = int(np.argmax(wrong))
                between = " to ".join(dict.fromkeys(f"{end[place]:.4g}" for end in (low, high)))
                steep = f"{what}: the derivative by {self.side(side)}"
                at_place = f"is {slope[place]:g} at {self.at(points, place)}"
                self.note(what, steep, f"{at_place}, where differences give {between}")

    def divided(self, values: Array | None, parts: Sequence[Array]) -> None:
        """The parts of a join are the gap."""
        if values is None:
            return
        off = np.abs(parts[0] + parts[1] - (1.0 - values))
        if off.max() > SUM:
            place = int(off.argmax())
            sums = f"{parts[0][place] + parts[1][place]:g}, not to 1 - D = {1 - values[place]:g}"
            self.note("parts", "the two parts", f"sum to {sums}, at {self.at(self.points, place)}")
        if min(part.min() for part in parts) < -SUM:
            self.note("parts", "a part of the gap", "is below 0")
        for side, at, part in zip("RE", self.points, parts, strict=True):
            if np.abs(part[at == 1.0]).max() > SUM:
                self.note(
                    "parts", f"where {side} is 1", "nothing of the gap can be its part: no step of it lacks anything"
                )

    def as_written(self, values: Array) -> None:
        """A text, where there is one, says what the arrays say."""
        text = getattr(self.own, "scalar_text", None)
        if text is None:
            return
        try:
            function = written(self.where, text, {"z": "a"} if self.kind == "curve" else {}, len(self.points))
        except ModelError as error:
            self.note("scalar_text", "", error.findings[0].message)
            return
        for row, point in enumerate(zip(*(side.tolist() for side in self.points), strict=True)):
            what, value = f"scalar_text at {self.at(self.points, row)}", float(values[row])
            try:
                found = kept(float(function(*point)))
            except Exception as error:  # noqa: BLE001 - it is the text of others
                calls = f" (it may call {', '.join(CALLED)})" if isinstance(error, NameError) else ""
                self.note("scalar_text", what, f"fails: {error}{calls}")
                return
            if not abs(found - kept(value)) <= SUM:
                self.note("scalar_text", what, f"says {found:.9g}, where the arrays give {value:.9g}")
                return


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
        # Fractions of whole numbers, so that they are the same everywhere.
        turns = np.arange(SCATTERED, dtype=np.uint64)[:, None] * (2 * np.arange(count, dtype=np.uint64) + 3)
        points = (turns * np.uint64(2654435769) % np.uint64(2**32)) / 2.0**32
        points[-1] = 1.0
    return list(np.ascontiguousarray(points.T))


def _shape(values: Array) -> bytes:
    # Rounded, so that a last digit that differs between machines does not make another gate.
    return (np.round(values, 12) + 0.0).tobytes()


def written(where: str, text: Any, named: Mapping[str, str], count: int) -> Callable[..., float]:
    """Compile an expression of ``{0}``, ``{1}``, ... (or of names); it may call `CALLED`.

    It comes from an object in the user's program, never from a file.

    Parameters
    ----------
    where
        What errors call its place.
    text
        The expression.
    named
        Names of placeholders, and the variables that they stand for: ``a``, ``b``, ...
    count
        How many variables there are.

    Raises
    ------
    ModelError
        If it is no expression.

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
    """Return a number within [0, 1]; NaN stays NaN.

    Examples
    --------
    >>> kept(1.5), kept(-1), kept(float("nan"))
    (1.0, 0.0, nan)
    """
    return 1.0 if value > 1.0 else 0.0 if value < 0.0 else value
