"""The scalar engine: straight-line Python for one customer of one cell, written and compiled on first use.

The text holds numbers and positions and nothing else: no name that a user chose stands in it, so nothing that a
user wrote is ever run. Results equal those of the vectorized engine bit by bit in double precision: the same
operations in the same order, apart from some that change no bit (a factor of one; a division whose result would
be clipped).
"""

from __future__ import annotations

import math
import operator
import sys
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from functools import lru_cache, reduce
from types import CodeType
from typing import Any

import numpy as np

from outcomegap.model.custom import Curve, kept, written
from outcomegap.model.gate import Numeric, NumericGate, PowerMean, Weakest
from outcomegap.model.step import Knots, Linear, Smooth, Threshold
from outcomegap.program import NO_COLUMN, Compiled, Op, Program, Side, mean_rows

#: R and E; both if all that is missing were at its floor; both if at its target; how many steps of each are observed.
Found = tuple[float, float, float, float, float, float, int, int]
Floats = Sequence[float]
Parameters = tuple["float | None", ...]
SIDES = ("required", "experience")
#: From how many instructions on a program is not written out: compiling takes some 20 us and 5 kB each.
TOO_LONG = 20_000
#: For how many patterns of what is missing a kernel keeps the parameter rows; how many texts are kept compiled.
PATTERNS, TEXTS = 256, 256
#: A piecewise linear curve with more knots than this is called instead of written out.
MOST_KNOTS = 16
#: So many terms of a sum stand in one line: Python's compiler goes no deeper than some thousand.
MOST_TERMS = 500
LARGEST = sys.float_info.max
#: Exponents of which one customer's power mean is computed in plain numbers: of all powers, these are rounded alike
#: everywhere.
POWERS: dict[float, Callable[[float], float]] = {1.0: lambda x: x, 2.0: lambda x: x * x, 0.5: math.sqrt}


class Kernel:
    """Scores customers of one cell, one at a time; it holds generated code, and is never pickled.

    The values of a customer are one float for each measure of the model, then one for each of the model's columns
    that floors and targets come from; NaN where missing.

    Attributes
    ----------
    complete
        ``complete(values)`` -> `Found`, or None where a value is missing, infinite or beyond its measure's limits
        (then `score` tells which). Whole numbers may stand for floats.
    attain
        ``attain(values)`` -> the attainment of each step row, NaN where missing; None for a value that is not allowed.

    Examples
    --------
    >>> from outcomegap.model import *
    >>> from outcomegap.program import compile_model
    >>> calls = SuccessGap("calls made", Measure("calls"), floor=0, target=4)
    >>> reply = Expectation("support replies", Measure("hours"), floor=48, target=24)
    >>> outcome = DesiredOutcome(RequiredOutcome("sales", needs=calls), AppropriateExperience("how", expects=reply))
    >>> kernel = Kernel(compile_model(OutcomeModel("m", desired_outcomes=[outcome])), 0)
    >>> kernel.complete((1, 30.0))
    (0.25, 0.75, 0.25, 0.75, 0.25, 0.75, 1, 1)
    >>> kernel.score((1.0, float("nan")))
    (0.25, 0.5, 0.25, 0.0, 0.25, 1.0, 1, 0)
    """

    complete: Callable[[Floats], Found | None]
    attain: Callable[[Floats], list[float] | None]

    def __init__(self, compiled: Compiled, number: int) -> None:
        tables = compiled.tables[compiled.program_of[number]]
        self.program: Program = compiled.programs[compiled.program_of[number]]
        self.stand_in: list[float] = tables.stand_in[:, number].tolist()
        self._skips = frozenset(np.flatnonzero(tables.skips).tolist())
        self._weights: list[list[float]] = [weights[:, number].tolist() for weights in tables.weights]
        self._draws: list[float] = tables.draws[:, number].tolist()
        self.patterns = lru_cache(PATTERNS)(self._parameters)
        self._full = self.patterns(frozenset())
        self._steps = [frozenset(side.steps) for side in self.program.sides]
        text, called = kernel_text(compiled, number, self._full)
        # The text holds numbers and positions only.
        exec(code_of(text), called)  # noqa: S102
        self.attain, self.complete = called["attain"], called.get("complete", lambda _values: None)
        self.sides: list[Callable[[Floats, Parameters], float]] = [called[n] for n in SIDES if n in called]

    def score(self, values: Floats) -> Found | None:
        """Score a customer of whom something may be missing; None for a value that is not allowed.

        None too where the program is too long to be written out: another engine has to score the customer.
        """
        low = self.attain(values)
        if low is None or not self.sides:
            return None
        (a, missing, p), high = self.present(low), low.copy()
        for row in missing:
            low[row], high[row] = 0.0, 1.0
        (required, experience), (r_steps, e_steps), full = self.sides, self._steps, self._full
        r, r_lacks, e, e_lacks = required(a, p), r_steps & missing, experience(a, p), e_steps & missing
        r_low, r_high = (required(low, full), required(high, full)) if r_lacks else (r, r)
        e_low, e_high = (experience(low, full), experience(high, full)) if e_lacks else (e, e)
        return r, e, r_low, e_low, r_high, e_high, len(r_steps) - len(r_lacks), len(e_steps) - len(e_lacks)

    def present(self, attained: list[float]) -> tuple[list[float], frozenset[int], Parameters]:
        """Return attainments with what stands in where they are missing, these step rows, and all parameter rows."""
        missing = frozenset([row for row, a in enumerate(attained) if a != a])  # noqa: PLR0124 - NaN
        a = attained.copy()
        for row in missing:
            a[row] = self.stand_in[row]
        return a, missing, self.patterns(missing & self._skips)

    def _parameters(self, absent: Collection[int]) -> Parameters:
        """Return every parameter row; None for draws that no instruction reads.

        A child whose steps are all `absent` is dropped and the others take its weight; where all children are absent
        none is dropped (docs/meaning, clause 2.5).
        """
        first = len(self.program.steps)
        rows: list[float | None] = [None] * self.program.parameters
        for draw, chance in zip(self.program.draws, self._draws, strict=True):
            rows[draw.row - first] = chance
        for number, mean in enumerate(self.program.means):
            gone = [all(step in absent for step in steps) for steps in mean.presence]
            present = [w * (all(gone) or not dropped) for w, dropped in zip(self._weights[number], gone, strict=True)]
            # Where nothing is left to draw from, the draw is never asked for.
            found = mean_rows(present, lambda w, rest: w / rest if rest else 0.0, drawn=number in self.program.drawn)
            rows[mean.first - first : mean.first - first + len(found)] = found
        return tuple(rows)


@lru_cache(TEXTS)
def code_of(text: str) -> CodeType:
    """Compile a kernel's text; cells with the same numbers share it."""
    return compile(text, "<kernel>", "exec")


# The text


def kernel_text(compiled: Compiled, number: int, full: Parameters) -> tuple[str, dict[str, Any]]:
    """Write the kernel of a cell, whose parameter rows with full weights are `full`.

    Returns
    -------
    str, dict
        What defines ``attain(v)`` and, unless it were too long, ``required(a, p)``, ``experience(a, p)`` and
        ``complete(v)``, see `Kernel`; and the functions that it calls: ``curve0``, ``curve1``, ... by step row,
        ``gate0``, ... by numeric gate.
    """
    program = compiled.programs[compiled.program_of[number]]
    called: dict[str, Any] = {f"gate{at}": gate_function(gate) for at, gate in enumerate(program.numerics)}
    called["nan"] = math.nan
    attained = [line for row in range(len(program.steps)) for line in _attain(compiled, number, row, called)]
    rows = [f"a{row}" for row in range(len(program.steps))]
    values = unpack("x", len(compiled.model.measures) + len(compiled.model.columns), "v")
    within, beyond = _limits(compiled)
    lines = ["def attain(v):", *inner([values, f"if {beyond}:", "    return None", *attained])]
    lines += inner([f"return [{', '.join(rows)}]"])
    if program.size >= TOO_LONG:
        return "\n".join(lines), called
    for name, side in zip(SIDES, program.sides, strict=True):
        here = value_names(program, side, "t", lambda row: f"p{row}")
        unpacked = [f"{', '.join(rows)}, = a", *([unpack("p", len(full), "p")] if full else [])]
        body = [*unpacked, *side_lines(program, side, here), f"return {here(side.root)}"]
        lines += [f"def {name}(a, p):", *inner(body)]
    lines += ["def complete(v):", *inner([values, f"if not ({within}):", "    return None", *attained])]
    own = np.flatnonzero((compiled.floor.own | compiled.target.own)[list(program.steps)]).tolist()
    lines += inner([line for row in own for line in (f"if a{row} != a{row}:", "    return None")])
    roots: list[str] = []
    for prefix, side in zip("re", program.sides, strict=True):
        here = value_names(program, side, prefix, lambda row: repr(full[row]))
        lines += inner(side_lines(program, side, here))
        roots.append(here(side.root))
    sizes = [str(len(side.steps)) for side in program.sides]
    lines += inner([f"return ({', '.join(roots * 3 + sizes)})"])
    return "\n".join(lines) + "\n", called


def _limits(compiled: Compiled) -> tuple[str, str]:
    """Return what holds where all values are there, finite and allowed; and where one is there and is not."""
    limits = [(m.low, m.high) for m in compiled.model.measures] + [(None, None)] * len(compiled.model.columns)
    ends = [(-LARGEST if low is None else low, LARGEST if high is None else high) for low, high in limits]
    within = " and ".join(f"{low!r} <= x{i} <= {high!r}" for i, (low, high) in enumerate(ends))  # False for NaN
    return within, " or ".join(f"x{i} < {low!r} or x{i} > {high!r}" for i, (low, high) in enumerate(ends))


def _attain(compiled: Compiled, number: int, row: int, called: dict[str, Any]) -> Iterator[str]:
    """Compute one step row, curve(clip((x - floor) / (target - floor), 0, 1)); NaN where its value is missing."""
    position = compiled.programs[compiled.program_of[number]].steps[row]
    step = compiled.model.steps[position]
    x, curve, ends = f"x{compiled.measure_of[step]}", step.curve, list[float | str]()
    for bound in (compiled.floor, compiled.target):  # a number, or the variable that holds the customer's own
        column = int(bound.columns[position, number])
        own = column != NO_COLUMN
        ends.append(f"x{len(compiled.model.measures) + column}" if own else float(bound.numbers[position, number]))
    floor, target = (end if isinstance(end, str) else f"({end!r})" if end < 0 else repr(end) for end in ends)
    low, high = ends
    fixed = isinstance(low, float) and isinstance(high, float) and math.isfinite(high - low)
    z, inline = f"({x} - {floor}) / ({target} - {floor})", _inline(curve)
    if not all(isinstance(end, float) for end in ends):
        z = _progress(z, x, floor, target, step.way)
    if inline is None:
        called[f"curve{row}"] = curve_function(curve)
        yield from (f"z = {z}", f"a{row} = curve{row}(0.0 if z <= 0.0 else 1.0 if z >= 1.0 else z)")
        return
    linear, (start, end) = type(curve) is Linear and fixed, curve.value(np.array([0.0, 1.0])).tolist()
    if fixed:  # the quotient would be clipped exactly where x lies beyond target or floor
        more, less = (">=", "<=") if high > low else ("<=", ">=")  # type: ignore[operator]
        reached, nothing = f"{x} {more} {target}", f"{x} {less} {floor}"
    else:
        yield f"z = {z}"
        reached, nothing = "z >= 1.0", "z <= 0.0"
    yield from (f"if {reached}:", f"    a{row} = {end!r}", f"elif {nothing}:", f"    a{row} = {start!r}", "else:")
    if fixed and not linear:
        yield f"    z = {z}"
    yield f"    a{row} = {z if linear else inline('z')}"


def _progress(z: str, x: str, floor: str, target: str, way: int) -> str:
    """Return the code of progress z where an end is the customer's own, see `outcomegap.program.bounds.ends_of`."""
    if way == 0:
        return f"{z} if {target} != {floor} else nan"
    before, after = ("<", ">") if way > 0 else (">", "<")
    jump = f"(1.0 if {x} {after}= {target} else 0.0 * {x})"
    return f"{z} if {target} {after} {floor} else {jump} if {target} {before}= {floor} else nan"


def _inline(curve: Curve) -> Callable[[str], str] | None:
    """Return the code of a curve, or None if it must be called; NaN stays NaN."""
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


def value_names(program: Program, side: Side, prefix: str, parameter: Callable[[int], str]) -> Callable[[int], str]:
    """Return the names of a side's values, by their numbers."""
    steps = len(program.steps)

    def name(value: int) -> str:
        if value < 0:
            return "0.0" if value == -1 else "1.0"
        if value < steps:
            return f"a{value}"
        return parameter(value - steps) if value < side.base else f"{prefix}{value - side.base}"

    return name


def side_lines(program: Program, side: Side, name: Callable[[int], str]) -> Iterator[str]:
    """Write a side's instructions, one line each; see `Op`."""
    for position, (op, args) in enumerate(side.code):
        if op is Op.NUMERIC:
            found = f"gate{args[0]}({', '.join(map(name, args[1:]))})"
        elif op is Op.MEAN:
            rows = program.means[args[0]]
            pairs = ((name(arg), name(rows.first + child)) for child, arg in enumerate(args[1:]))
            terms = [value if weight == "1.0" else f"{value} * {weight}" for value, weight in pairs]
            target = name(side.base + position)
            for start in range(0, len(terms) - MOST_TERMS, MOST_TERMS):
                yield f"{target} = {' + '.join(terms[start : start + MOST_TERMS])}"
                terms[start + MOST_TERMS] = f"{target} + {terms[start + MOST_TERMS]}"
            found = f"({' + '.join(terms[(len(terms) - 1) // MOST_TERMS * MOST_TERMS :])}) / {name(rows.total)}"
        else:
            a, b, *rest = map(name, args)
            if op is Op.BOTH:
                found = f"{a} * {b}"
            elif op is Op.EITHER:
                found = f"(1.0 - {a}) * {b} + {a}"
            else:
                found = f"({b} - {rest[0]}) * {a} + {rest[0]}"
        yield f"{name(side.base + position)} = {found}"


def unpack(prefix: str, count: int, source: str) -> str:
    return f"{', '.join(f'{prefix}{i}' for i in range(count))}, = {source}"


def inner(lines: Iterable[str]) -> list[str]:
    return [f"    {line}" for line in lines]


# What the text calls. Curves and gates of the user's own go by the text they offer, else by an array of one. A text was
# held to the arrays on a grid where it was defined. Where it fails between, or gives no finite number, arrays decide.


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

    def arrays(*below: float) -> float:
        return float(gate.forward([np.array([value]) for value in below])[0])

    if type(gate) is Weakest:
        return lambda *below: min(below)
    if type(gate) is PowerMean and abs(gate.r) in POWERS:
        return _power_mean(gate)
    text = getattr(gate.gate, "scalar_text", None) if isinstance(gate, Numeric) else None
    if text is None:
        return arrays
    return _guarded(written(f"gate {gate.gate.name!r}", text, {}, len(gate.children)), arrays)  # type: ignore[attr-defined]


def _power_mean(gate: PowerMean) -> Callable[..., float]:
    """Do what `PowerMean.forward` does, in its order."""
    rising, whole = gate.r > 0, reduce(operator.add, gate.weights)
    power, root = POWERS[abs(gate.r)], POWERS[1.0 / abs(gate.r)]

    def value(*below: float) -> float:
        most = max(below) if rising else min(below)
        if most <= 0.0:
            return 0.0
        ratios = [each / most if rising else most / each for each in below]
        found = reduce(
            operator.add, [power(ratio) * weight for ratio, weight in zip(ratios, gate.weights, strict=True)]
        )
        return most * root(found / whole) if rising else min(most * root(whole / found), 1.0)

    return value


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
