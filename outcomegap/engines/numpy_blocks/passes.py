"""Forward and reverse passes over one block of customers, into buffers that are used again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from outcomegap.program import Op, Program, Side

Array = NDArray[Any]
#: What an instruction reads: rows of customers, or one number for all of them.
Operand = Any
#: The constants that value numbers -2 and -1 stand for.
ONE_AND_ZERO = (1.0, 0.0)


class SidePasses:
    """One side of a program, with its registers laid out.

    The forward pass alone needs few registers, since most results are read once; the reverse pass reads all of
    them again, so then each result keeps a register of its own.
    """

    def __init__(self, program: Program, side: Side) -> None:
        self.side = side
        self.steps = len(program.steps)
        self.width = side.base + len(side.code)
        self.means = [(program.means[m].first, program.means[m].size) for m in range(len(program.means))]
        self.numerics = program.numerics
        self.registers, self.assigned = _allocate(side)
        self.keeping = list(range(len(side.code)))

    def forward(self, steps: Sequence[Operand], parameters: Sequence[Operand], buffers: Sequence[Array]) -> Operand:
        """Return R, or E; `buffers` needs `registers` + 1 rows."""
        return self._run(steps, parameters, buffers, self.assigned)[self.side.root]

    def values(
        self, steps: Sequence[Operand], parameters: Sequence[Operand], buffers: Sequence[Array]
    ) -> list[Operand]:
        """Return every value, for `reverse`; `buffers` needs one row more than there are instructions."""
        return self._run(steps, parameters, buffers, self.keeping)

    def _run(
        self,
        steps: Sequence[Operand],
        parameters: Sequence[Operand],
        buffers: Sequence[Array],
        assigned: Sequence[int],
    ) -> list[Operand]:
        v: list[Operand] = [*steps, *parameters]
        v.extend([None] * (self.width - len(v)))
        v.extend(ONE_AND_ZERO)
        spare = buffers[-1]
        for position, (op, args) in enumerate(self.side.code):
            out = buffers[assigned[position]]
            if op == Op.BOTH:
                np.multiply(v[args[0]], v[args[1]], out=out)
            elif op == Op.EITHER:
                a = v[args[0]]
                np.subtract(1.0, a, out=out)
                np.multiply(out, v[args[1]], out=out)
                np.add(out, a, out=out)
            elif op == Op.CHOOSE:
                low = v[args[2]]
                np.subtract(v[args[1]], low, out=out)
                np.multiply(out, v[args[0]], out=out)
                np.add(out, low, out=out)
            elif op == Op.MEAN:
                self._mean(v, args, out, spare)
            else:
                out[...] = self.numerics[args[0]].forward([v[arg] for arg in args[1:]])
            v[self.side.base + position] = out
        return v

    def _mean(self, v: list[Operand], args: tuple[int, ...], out: Array, spare: Array) -> None:
        first, size = self.means[args[0]]
        np.multiply(v[args[1]], v[first], out=out)
        for child in range(1, size):
            np.multiply(v[args[child + 1]], v[first + child], out=spare)
            np.add(out, spare, out=out)
        np.divide(out, v[first + size], out=out)

    def reverse(self, v: list[Operand], adjoints: Sequence[Array]) -> dict[int, Operand]:
        """Return for each step row the derivative of the root by it (rows that it does not hang on are left out).

        Parameters
        ----------
        v
            What `values` returned.
        adjoints
            Buffers: one row for each step row, one for each instruction, and two to spare.
        """
        base, root = self.side.base, self.side.root
        if root < self.steps:
            return {root: 1.0}
        adjoint: dict[int, Operand] = {root: 1.0}
        spare, divided = adjoints[-1], adjoints[-2]

        def flow(target: int, x: Operand, y: Operand) -> None:
            """Add x * y to the adjoint of a value that depends on steps."""
            if target < 0 or self.steps <= target < base:
                return
            row = adjoints[target if target < self.steps else self.steps + target - base]
            if target in adjoint:
                np.multiply(x, y, out=spare)
                np.add(adjoint[target], spare, out=row)
            else:
                np.multiply(x, y, out=row)
            adjoint[target] = row

        for position in range(len(self.side.code) - 1, -1, -1):
            if base + position not in adjoint:
                continue
            g = adjoint.pop(base + position)
            op, args = self.side.code[position]
            if op == Op.BOTH:
                flow(args[0], g, v[args[1]])
                flow(args[1], g, v[args[0]])
            elif op == Op.EITHER:
                for target, other in (args, args[::-1]):
                    np.subtract(1.0, v[other], out=divided)
                    flow(target, g, divided)
            elif op == Op.CHOOSE:
                np.subtract(v[args[1]], v[args[2]], out=divided)
                flow(args[0], g, divided)
                flow(args[1], g, v[args[0]])
                np.subtract(1.0, v[args[0]], out=divided)
                flow(args[2], g, divided)
            elif op == Op.MEAN:
                first, size = self.means[args[0]]
                np.divide(g, v[first + size], out=divided)
                for child in range(size):
                    flow(args[child + 1], divided, v[first + child])
            else:
                below = [v[arg] for arg in args[1:]]
                slopes = self.numerics[args[0]].gradient(below, v[base + position])
                for target, slope in zip(args[1:], slopes, strict=True):
                    flow(target, g, slope)
        return adjoint


def _allocate(side: Side) -> tuple[int, list[int]]:
    """Give each instruction a register; one is free again after its last reader."""
    last: dict[int, int] = {}
    for position, row in enumerate(side.code):
        last.update(dict.fromkeys(row.reads, position))
    last[side.root] = len(side.code)
    free: list[int] = []
    register: dict[int, int] = {}
    count = 0
    for position, row in enumerate(side.code):
        if not free:
            free.append(count)
            count += 1
        register[position] = free.pop()
        for arg in set(row.reads):
            done = arg - side.base
            if done >= 0 and last[arg] == position:
                free.append(register[done])
    return count, [register[p] for p in range(len(side.code))]
