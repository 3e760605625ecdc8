"""The program: one flat table of instructions. The only thing that engines read.

Values are numbered. First come the step rows (attainments), then the parameter rows (weights of means, their
sums, their draws; the draws of weighted gates), then one result for each instruction, in order. Two constants are
numbered from the end: -1 is zero, -2 is one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import IntEnum
from functools import cached_property
from typing import Any, NamedTuple

import attrs

from outcomegap.model.declaration import PerCell
from outcomegap.model.gate import AllOf, Mean, NumericGate, Weighed
from outcomegap.model.model import PRODUCT, DesiredOutcome


class Op(IntEnum):
    """What an instruction computes from its arguments; each is written so that tiny probabilities stay exact."""

    BOTH = 0  #: a b
    EITHER = 1  #: a + (1 - a) b
    CHOOSE = 2  #: c + a (b - c): b with probability a, else c
    MEAN = 3  #: (w1 a1 + w2 a2 + ...) / (w1 + w2 + ...); the number of the mean comes first
    NUMERIC = 4  #: what a numeric gate makes of a1, a2, ...; the number of the gate comes first


class Instruction(NamedTuple):
    """One row of the table. For MEAN and NUMERIC the first argument is the gate's number; others are value numbers."""

    op: Op
    args: tuple[int, ...]

    @property
    def reads(self) -> tuple[int, ...]:
        """The value numbers among its arguments."""
        return self.args[1:] if self.op >= Op.MEAN else self.args


class MeanRows(NamedTuple):
    """A mean's parameters: where its rows begin, and what makes each child present.

    From ``first`` on stand n weights, their sum, and n - 1 draws: draw i is the probability that child i is taken
    when none before it is, w_i / (w_i + ... + w_n).
    """

    gate: Mean
    first: int
    presence: tuple[tuple[int, ...], ...]

    @property
    def size(self) -> int:
        """How many children it has."""
        return len(self.presence)

    @property
    def total(self) -> int:
        """The row of the sum of the weights."""
        return self.first + self.size

    def draw(self, position: int) -> int:
        """The row of one draw."""
        return self.first + self.size + 1 + position


def mean_rows(weights: Sequence[Any], share: Callable[[Any, Any], Any], *, drawn: bool) -> list[Any]:
    """Return the parameter rows of a mean: its weights, their sum, its draws where they are read (else None).

    The sum is taken in the order in which the mean adds its children, so that a mean of ones is exactly one. `share`
    divides a weight by what is left.
    """
    total = weights[0]
    for weight in weights[1:]:
        total = total + weight
    draws: list[Any] = [None] * (len(weights) - 1)
    rest = weights[-1]
    for number in reversed(range(len(draws)) if drawn else ()):
        rest = rest + weights[number]
        draws[number] = share(weights[number], rest)
    return [*weights, total, *draws]


class Draw(NamedTuple):
    """Whether one child of a weighted `AllOf` or `AnyOf` matters: a parameter row of its own.

    In normal form the gate is and(or(draw, child), ...) or or(and(draw, child), ...), see docs/meaning, clause 2.3.
    """

    gate: Weighed
    child: int
    row: int

    @property
    def weight(self) -> float | PerCell:
        """How necessary, or how sufficient, the child is."""
        assert self.gate.weights is not None
        return self.gate.weights[self.child]

    def chance(self, weight: Any) -> Any:
        """Return how likely the draw holds: that `AllOf` does without the child, or that `AnyOf` can do with it."""
        return 1.0 - weight if isinstance(self.gate, AllOf) else weight


@attrs.frozen(eq=False)
class Side:
    """One part of the desired outcome, R or E, as straight-line instructions.

    Parameters
    ----------
    steps
        The step rows that belong to it, in order.
    code
        The instructions, arguments before results.
    base
        Number of the first instruction's result.
    root
        Number of the value that is R or E.
    degree
        No smaller than the degree of the polynomial along any straight line, where it is one.
    curved
        The step rows in which it is not linear: those below a numeric gate that is not. Where there are none, it is a
        polynomial along any straight line, and integrals are exact.
    """

    steps: tuple[int, ...]
    code: tuple[Instruction, ...]
    base: int
    root: int
    degree: int
    curved: frozenset[int] = frozenset()

    @property
    def exact(self) -> bool:
        """Whether it is linear in each step."""
        return not self.curved


@attrs.frozen(eq=False)
class Program:
    """A desired outcome, compiled exactly; shared by all the cells in which the same of its steps count.

    Parameters
    ----------
    outcome
        What it was compiled from.
    steps
        Positions of its steps among the model's steps; step row i is the attainment of ``steps[i]``.
    means, draws
        Its means, the draws of its weighted gates, and where their parameter rows stand.
    parameters
        How many parameter rows there are.
    required, experience
        The two sides.
    numerics
        Its numeric gates.
    """

    outcome: DesiredOutcome
    steps: tuple[int, ...]
    means: tuple[MeanRows, ...]
    parameters: int
    required: Side
    experience: Side
    numerics: tuple[NumericGate, ...] = ()
    draws: tuple[Draw, ...] = ()

    @property
    def exact(self) -> bool:
        """Whether attributions are exact: R and E are linear in each step."""
        return self.required.exact and self.experience.exact

    @property
    def plain(self) -> bool:
        """Whether D is linear in each step: exact, and the product of R and E."""
        return self.exact and self.outcome.join == PRODUCT

    @property
    def sides(self) -> tuple[Side, Side]:
        """Required, then experience."""
        return self.required, self.experience

    @cached_property
    def limited(self) -> tuple[bool, bool]:
        """Whether weights of `AnyOf` keep R, or E, below 1 even where every step is attained."""
        rows = {draw.row for draw in self.draws if not isinstance(draw.gate, AllOf)}
        required, experience = (any(rows.intersection(row.reads) for row in side.code) for side in self.sides)
        return required, experience

    @cached_property
    def drawn(self) -> frozenset[int]:
        """Numbers of the means whose draws some instruction reads."""
        read = {arg for side in self.sides for row in side.code if row.op is not Op.MEAN for arg in row.reads}
        return frozenset(
            number
            for number, mean in enumerate(self.means)
            if any(mean.draw(position) in read for position in range(mean.size - 1))
        )

    @cached_property
    def size(self) -> int:
        """How many instructions there are."""
        return len(self.required.code) + len(self.experience.code)
