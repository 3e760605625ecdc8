"""The reverse passes of a program laid out as arrays, which compiled functions read."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from outcomegap.engines.compiled_flat import Flat, Ints
from outcomegap.engines.numpy_blocks import Numbers
from outcomegap.program import Op, Side

#: What is computed.
ATTRIBUTION, LEVERAGE, GAIN, UNKNOWN, ATTAINMENT = range(5)
#: What the derivative by a value that an instruction reads does: nothing; it comes first; it comes after others; it
#: comes to a step alone; it is the last that comes to a step.
NOTHING, WRITE, ADD, ONLY, LAST = range(5)


class Back(NamedTuple):
    """What the reverse pass of one program needs besides its `Flat`, in which each result has a register of its own.

    Parameters
    ----------
    required, experience
        The instructions of each side, the last first, as in `Flat`, and behind them what the derivatives by what each
        reads do. Those on which the root does not hang are left out.
    modes
        The same for what means read.
    moves
        Which step rows change weights of a mean when they become known.
    """

    required: Ints
    experience: Ints
    modes: Ints
    moves: Ints


def back(numbers: Numbers, laid: Flat) -> Back:
    """Lay out the reverse passes of a program."""
    program, modes = numbers.program, np.zeros_like(laid.reads)
    codes = zip(program.sides, (laid.required, laid.experience), strict=True)
    required, experience = (_back(side, code, len(program.steps), modes) for side, code in codes)
    moves = np.zeros(len(program.steps), dtype=np.int64)
    moves[[step for mean in program.means for steps in mean.presence for step in steps]] = 1
    return Back(required, experience, modes, moves * numbers.skips)


def _back(side: Side, code: Ints, steps: int, modes: Ints) -> Ints:
    flows: dict[int, list[tuple[int, int]]] = {side.root: []}
    found, ways = list[list[int]](), dict[tuple[int, int], int]()
    for position in reversed(range(len(code))):
        if side.base + position not in flows:
            continue
        found.append([*code[position].tolist(), position])
        for place, value in enumerate(side.code[position].reads):
            asked = 0 <= value < steps or value >= side.base
            ways[position, place] = (ADD if flows.get(value) else WRITE) if asked else NOTHING
            flows.setdefault(value, []).append((position, place))
    for value in range(steps):
        for last in flows.get(value, [])[-1:]:
            ways[last] = ONLY if ways[last] == WRITE else LAST
    for row in found:
        position = row.pop()
        these = [ways[position, place] for place in range(len(side.code[position].reads))]
        if row[0] == Op.MEAN:
            modes[row[3] : row[3] + len(these)] = these
            these = []
        row += [*these, *[NOTHING] * (3 - len(these))]
    return np.array(found, dtype=np.int64).reshape(len(found), 8)
