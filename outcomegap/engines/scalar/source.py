"""The text of a kernel: functions in straight-line Python that score one customer of one cell.

The text holds numbers and positions and nothing else: no name that a user chose stands in it, so nothing that a
user wrote is ever run. Results equal those of the vectorized engine bit by bit in double precision: the same
operations in the same order, apart from some that change no bit (a factor of one; a division whose result would
be clipped).
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import partial

import attrs
import numpy as np

from outcomegap.engines.scalar.interpret import forward
from outcomegap.model.custom import Curve, kept, written
from outcomegap.model.gate import Numeric, NumericGate, PowerMean, Weakest
from outcomegap.model.step import Knots, Linear, Smooth, Threshold
from outcomegap.program import NO_COLUMN, Compiled, Op, Program, Side

#: A piecewise linear curve with more knots than this is called instead of written out.
MOST_KNOTS = 16
LARGEST = sys.float_info.max
#: Exponents that are written out: of all powers, these are rounded alike everywhere.
POWERS = {1.0: "{}", 2.0: "{0} * {0}", 0.5: "sqrt({})"}

Names = Callable[[int], str]


@attrs.frozen
class KernelText:
    """A kernel's source, and the curves and gates that it calls.

    Parameters
    ----------
    source
        Defines ``attain(v)``, ``required(a, p)``, ``experience(a, p)`` and, unless it would be too long,
        ``complete(v)``; see `Kernel`.
    curves
        What the source calls ``curve0``, ``curve1``, ... by step row.
    gates
        What it calls ``gate0``, ``gate1``, ... by numeric gate, and ``sqrt``.
    """

    source: str
    curves: dict[str, Callable[[float], float]]
    gates: dict[str, Callable[..., float]]


def kernel_text(compiled: Compiled, cell: int, full: Sequence[float | None], *, sides: bool) -> KernelText:
    """Write the kernel of a cell.

    Parameters
    ----------
    compiled
        The model.
    cell
        Position of the cell.
    full
        The cell's parameter rows with full weights.
    sides
        Whether to write out the sides; without them there is only ``attain``.
    """
    program = compiled.programs[compiled.program_of[cell]]
    steps = _Steps(compiled, cell)
    attained = [line for row in range(len(program.steps)) for line in steps.attain(row)]
    values = _unpack("x", steps.count, "v")
    lines = ["def attain(v):", *_in([values, *steps.refuse(), *attained, f"return {_row('a', len(program.steps))}"])]
    if sides:
        for name, side in (("required", program.required), ("experience", program.experience)):
            lines += [f"def {name}(a, p):", *_in(_side(program, side))]
        lines += ["def complete(v):", *_in([values, *steps.refuse(missing=True), *attained, *steps.doubt()])]
        sizes = [len(side.steps) for side in program.sides]
        lines += _in(_complete(program, full, sizes))
    gates: dict[str, Callable[..., float]] = {
        f"gate{number}": gate_function(gate) for number, gate in enumerate(program.numerics)
    }
    return KernelText("\n".join(lines) + "\n", steps.curves, gates | {"sqrt": math.sqrt})


class _Steps:
    """Writes how values become attainments: curve(clip((x - floor) / (target - floor), 0, 1))."""

    def __init__(self, compiled: Compiled, cell: int) -> None:
        number = compiled.program_of[cell]
        self.model, self.cell = compiled.model, cell
        self.bounds = {"floor": compiled.floor, "target": compiled.target}
        self.positions = compiled.programs[number].steps
        self.steps = [self.model.steps[position] for position in compiled.programs[number].steps]
        self.measures = [compiled.measure_of[step] for step in self.steps]
        self.count = len(self.model.measures) + len(self.model.columns)
        self.curves: dict[str, Callable[[float], float]] = {}

    def refuse(self, *, missing: bool = False) -> Iterator[str]:
        """Return None for a value that is infinite or beyond its measure's limits, and where one is `missing`."""
        limits = [
            (-LARGEST if m.low is None else m.low, LARGEST if m.high is None else m.high) for m in self.model.measures
        ]
        limits += [(-LARGEST, LARGEST)] * len(self.model.columns)
        if missing:
            # These comparisons fail for NaN too.
            within = (f"{low!r} <= x{i} <= {high!r}" for i, (low, high) in enumerate(limits))
            yield f"if not ({' and '.join(within)}):"
        else:
            beyond = (f"x{i} < {low!r} or x{i} > {high!r}" for i, (low, high) in enumerate(limits))
            yield f"if {' or '.join(beyond)}:"
        yield "    return None"

    def doubt(self) -> Iterator[str]:
        """Return None where a curve of the user's own was asked of NaN: then the step is missing."""
        for name in self.curves:
            row = name.removeprefix("curve")
            yield f"if a{row} != a{row}:"
            yield "    return None"

    def attain(self, row: int) -> Iterator[str]:
        """Compute one step row; NaN where its value is missing."""
        x, curve = f"x{self.measures[row]}", self.steps[row].curve
        floor, target = self._bound(row, "floor"), self._bound(row, "target")
        fixed = isinstance(floor, float) and isinstance(target, float) and math.isfinite(target - floor)
        span = _text(float(target) - float(floor)) if fixed else f"({_text(target)} - {_text(floor)})"
        z = f"({x} - {_text(floor)}) / {span}"
        inline = _inline(curve)
        if inline is None:
            name = f"curve{row}"
            self.curves[name] = curve_function(curve)
            yield f"z = {z}"
            yield f"a{row} = {name}(0.0 if z <= 0.0 else 1.0 if z >= 1.0 else z)"
            return
        if fixed:
            # The quotient would be clipped exactly where x lies beyond target or floor.
            rising = float(target) > float(floor)
            reached = f"{x} {'>=' if rising else '<='} {_text(target)}"
            nothing = f"{x} {'<=' if rising else '>='} {_text(floor)}"
            between = [f"a{row} = {z}"] if type(curve) is Linear else [f"z = {z}", f"a{row} = {inline('z')}"]
        else:
            yield f"z = {z}"
            reached, nothing, between = "z >= 1.0", "z <= 0.0", [f"a{row} = {inline('z')}"]
        start, end = curve.value(np.array([0.0, 1.0])).tolist()
        yield from (f"if {reached}:", f"    a{row} = {end!r}", f"elif {nothing}:", f"    a{row} = {start!r}", "else:")
        yield from (f"    {line}" for line in between)

    def _bound(self, row: int, name: str) -> float | str:
        """Return a floor or target: a number, or the variable that holds the customer's own."""
        bounds, step = self.bounds[name], self.positions[row]
        column = int(bounds.columns[step, self.cell])
        if column != NO_COLUMN:
            return f"x{len(self.model.measures) + column}"
        return float(bounds.numbers[step, self.cell])


def _inline(curve: Curve) -> Callable[[str], str] | None:
    """Return how to write a curve out, or None where it has to be called; NaN stays NaN."""
    if type(curve) is Linear:
        return lambda z: z
    if type(curve) is Threshold:
        return lambda z: f"1.0 if {z} >= {curve.at!r} else 0.0 * {z}"
    if type(curve) is Smooth:
        return lambda z: f"{z} * {z} * (3.0 - 2.0 * {z})"
    if type(curve) is Knots and len(curve.points) <= MOST_KNOTS:
        starts, values, rises = (piece.tolist() for piece in curve.pieces())

        def written(z: str) -> str:
            pieces = [f"{v!r} + {r!r} * ({z} - {s!r})" for s, v, r in zip(starts, values, rises, strict=True)]
            guarded = [f"{piece} if {z} >= {start!r}" for piece, start in zip(pieces[1:], starts[1:], strict=True)]
            return " else ".join(["1.0 if z >= 1.0", *reversed(guarded), pieces[0]])

        return written
    return None


def _complete(program: Program, full: Sequence[float | None], sizes: Sequence[int]) -> Iterator[str]:
    """Compute both sides with full weights, and return them as `Found`."""
    roots: list[str] = []
    for prefix, side in zip("re", program.sides, strict=True):
        name = _names(program, side, prefix, lambda row: repr(full[row]))
        yield from _code(program, side, name)
        roots.append(name(side.root))
    yield f"return ({', '.join(roots * 3)}, {sizes[0]}, {sizes[1]})"


def _side(program: Program, side: Side) -> Iterator[str]:
    """Compute one side out of attainments `a` and parameter rows `p`."""
    steps = len(program.steps)
    yield _unpack("a", steps, "a")
    read = {arg - steps for row in side.code for arg in row.reads if steps <= arg < side.base}
    for mean in side.means:
        rows = program.means[mean]
        if any(op is Op.MEAN and args[0] == mean for op, args in side.code):
            read.update(range(rows.first - steps, rows.total - steps + 1))
    yield from (f"p{row} = p[{row}]" for row in sorted(read))
    name = _names(program, side, "t", lambda row: f"p{row}")
    yield from _code(program, side, name)
    yield f"return {name(side.root)}"


def _names(program: Program, side: Side, prefix: str, parameter: Names) -> Names:
    """Return how a side's values are called, by their numbers."""
    steps = len(program.steps)

    def name(value: int) -> str:
        if value < 0:
            return "0.0" if value == -1 else "1.0"
        if value < steps:
            return f"a{value}"
        return parameter(value - steps) if value < side.base else f"{prefix}{value - side.base}"

    return name


def _code(program: Program, side: Side, name: Names) -> Iterator[str]:
    """Write a side's instructions, one line each; see `Op`."""
    for position, (op, args) in enumerate(side.code):
        if op is Op.NUMERIC:
            yield from _numeric(program, args, name, name(side.base + position))
            continue
        if op is Op.MEAN:
            rows = program.means[args[0]]
            terms = (_times(name(arg), name(rows.first + child)) for child, arg in enumerate(args[1:]))
            found = f"({' + '.join(terms)}) / {name(rows.total)}"
        else:
            a, b, *rest = map(name, args)
            if op is Op.BOTH:
                found = f"{a} * {b}"
            elif op is Op.EITHER:
                found = f"(1.0 - {a}) * {b} + {a}"
            else:
                found = f"({b} - {rest[0]}) * {a} + {rest[0]}"
        yield f"{name(side.base + position)} = {found}"


def _numeric(program: Program, args: tuple[int, ...], name: Names, own: str) -> Iterator[str]:
    """Write a numeric gate; those that need other powers than squares and roots, and the user's own, are called."""
    gate, below = program.numerics[args[0]], [name(arg) for arg in args[1:]]
    if type(gate) is Weakest:
        yield f"{own} = min({', '.join(below)})"
    elif type(gate) is PowerMean and abs(gate.r) in POWERS:
        yield from _power_mean(gate, below, own)
    else:
        yield f"{own} = gate{args[0]}({', '.join(below)})"


def _power_mean(gate: PowerMean, below: Sequence[str], own: str) -> Iterator[str]:
    """Write the operations of `PowerMean.forward`, in its order."""
    rising, whole = gate.r > 0, sum(gate.weights)
    raised, root = POWERS[abs(gate.r)], POWERS[1.0 / abs(gate.r)]
    yield f"m = {'max' if rising else 'min'}({', '.join(below)})"
    yield f"{own} = 0.0"
    yield "if m > 0.0:"
    for child, value in enumerate(below):
        yield f"    q{child} = {f'{value} / m' if rising else f'm / {value}'}"
    terms = [_times(f"({raised.format(f'q{child}')})", repr(weight)) for child, weight in enumerate(gate.weights)]
    found = f"({' + '.join(terms)})"
    yield f"    q = {f'{found} / {whole!r}' if rising else f'{whole!r} / {found}'}"
    mean = f"m * ({root.format('q')})"
    yield f"    {own} = {mean if rising else f'min({mean}, 1.0)'}"


def _times(value: str, weight: str) -> str:
    return value if weight == "1.0" else f"{value} * {weight}"


def _text(bound: float | str) -> str:
    return bound if isinstance(bound, str) else f"({bound!r})" if bound < 0 else repr(bound)


def _unpack(prefix: str, count: int, source: str) -> str:
    return f"{', '.join(f'{prefix}{i}' for i in range(count))}, = {source}"


def _row(prefix: str, count: int) -> str:
    return f"[{', '.join(f'{prefix}{i}' for i in range(count))}]"


def _in(lines: Sequence[str] | Iterator[str]) -> list[str]:
    return [f"    {line}" for line in lines]


# Curves and gates of the user's own: by the text they offer, else by an array of one. A text was held to the arrays on
# a grid where it was defined. Where it fails between, or gives no finite number, the arrays decide.


def curve_function(curve: Curve) -> Callable[[float], float]:
    """Return a curve as a function of one number; NaN stays NaN.

    Raises
    ------
    ModelError
        If its ``scalar_text`` is no expression of ``{z}``.
    """
    text = getattr(curve, "scalar_text", None)

    def arrays(z: float) -> float:
        return float(curve.value(np.array([z]))[0])

    if text is None:
        return arrays
    guarded = _guarded(written(f"curve {curve.name!r}", text, {"z": "a"}, 1), arrays)
    # Both ends are exact, as they are by arrays.
    return lambda z: guarded(z) if 0.0 < z < 1.0 else kept(z)


def gate_function(gate: NumericGate) -> Callable[..., float]:
    """Return a gate on numbers as a function of its children's values; NaN stays NaN.

    Raises
    ------
    ModelError
        If its ``scalar_text`` is no expression of ``{0}``, ``{1}``, ...
    """
    text = getattr(gate.gate, "scalar_text", None) if isinstance(gate, Numeric) else None
    arrays = partial(forward, gate)
    if text is None:
        return arrays
    return _guarded(written(f"gate {gate.gate.name!r}", text, {}, len(gate.children)), arrays)  # type: ignore[attr-defined]


def _guarded(text: Callable[..., float], arrays: Callable[..., float]) -> Callable[..., float]:
    def value(*given: float) -> float:
        try:
            found = float(text(*given))
        except (ArithmeticError, TypeError, ValueError):
            found = math.nan
        if 0.0 <= found <= 1.0:
            return found
        if math.isfinite(found):
            return kept(found)
        return math.nan if any(map(math.isnan, given)) else arrays(*given)

    return value
