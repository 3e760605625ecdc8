"""The attribution of one customer, written out: a side's gradient along the line from full attainment to the customer.

The text does what the vectorized engine does, in its order: at each node of the rule a forward pass, then a reverse
pass. It holds numbers and positions and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from outcomegap.engines.scalar import Floats, Parameters, code_of, inner, side_lines, unpack, value_names
from outcomegap.program import Op, Program, Side

#: From the attainments of a program's step rows and its parameter rows to the parts of a side's steps.
Line = Callable[[Floats, Parameters], tuple[float, ...]]


def line_of(program: Program, side: Side, nodes: Sequence[tuple[float, float]]) -> Line:
    """Return the function that splits 1 minus a side over its steps, in their order.

    Parameters
    ----------
    program
        A program without gates of numbers.
    side
        Its side.
    nodes
        Pairs of a node on [0, 1] and its weight, by which the gradient is integrated.

    Examples
    --------
    >>> from outcomegap.model import *
    >>> from outcomegap.program import compile_model
    >>> calls, mails = (SuccessGap(name, Measure(name), floor=0, target=4) for name in ("calls", "mails"))
    >>> reply = Expectation("support replies", Measure("hours"), floor=48, target=24)
    >>> sales, suits = RequiredOutcome("sales", needs=AllOf(calls, mails)), AppropriateExperience("how", expects=reply)
    >>> (program,) = compile_model(OutcomeModel("m", desired_outcomes=[DesiredOutcome(sales, suits)])).programs
    >>> line_of(program, program.required, [(0.5, 1.0)])([0.5, 0.5, 1.0], ())
    (0.375, 0.375)
    """
    called: dict[str, Any] = {"nodes": tuple((-t, weight) for t, weight in nodes)}
    exec(code_of(line_text(program, side)), called)  # noqa: S102 - numbers and positions only
    found: Line = called["line"]
    return found


def line_text(program: Program, side: Side) -> str:
    """Write ``line(a, p)``, see `line_of`; it reads ``nodes``: minus t, and the weight."""
    name = value_names(program, side, "v", lambda row: f"p{row}")
    back, slopes = _reverse(program, side, name)
    at_node = [f"a{row} = l{row} * t + 1.0" for row in side.steps]
    at_node += [*side_lines(program, side, name), *back]
    at_node += [f"s{row} += {slopes[row]} * w" for row in side.steps if row in slopes]
    lines = [
        unpack("a", len(program.steps), "a"),
        *([unpack("p", program.parameters, "p")] * (program.parameters > 0)),
    ]
    lines += [line for row in side.steps for line in (f"l{row} = 1.0 - a{row}", f"s{row} = 0.0")]
    lines += ["for t, w in nodes:", *inner(at_node)]
    lines.append(f"return ({', '.join(f's{row} * l{row}' for row in side.steps)},)")
    return "\n".join(["def line(a, p):", *inner(lines)]) + "\n"


def _reverse(program: Program, side: Side, name: Callable[[int], str]) -> tuple[list[str], dict[int, str]]:
    """Write the reverse pass of a side; return its lines, and the name of the slope of each value that has one."""
    lines, slopes = list[str](), {side.root: "1.0"}

    def flow(target: int, x: str, y: str) -> None:
        if 0 <= target < len(program.steps) or target >= side.base:
            slope, more = f"g{target}", y if x == "1.0" else f"{x} * {y}"
            lines.append(f"{slope} = {slope} + {more}" if target in slopes else f"{slope} = {more}")
            slopes[target] = slope

    for position in range(len(side.code) - 1, -1, -1):
        if side.base + position not in slopes:
            continue
        slope, (op, args) = slopes[side.base + position], side.code[position]
        if op is Op.MEAN:
            rows = program.means[args[0]]
            lines.append(f"each = {slope} / {name(rows.total)}")
            for child, arg in enumerate(args[1:]):
                flow(arg, "each", name(rows.first + child))
            continue
        a, b, *rest = map(name, args)
        if op is Op.BOTH:
            flow(args[0], slope, b)
            flow(args[1], slope, a)
        elif op is Op.EITHER:
            flow(args[0], slope, f"(1.0 - {b})")
            flow(args[1], slope, f"(1.0 - {a})")
        else:
            flow(args[0], slope, f"({b} - {rest[0]})")
            flow(args[1], slope, a)
            flow(args[2], slope, f"(1.0 - {a})")
    return lines, slopes
