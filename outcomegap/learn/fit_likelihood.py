"""The likelihood of what customers did, its slopes by the engine's reverse pass, and its maximum."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import attrs
import numpy as np
from numpy.typing import NDArray

from outcomegap.learn.fit_curves import Places
from outcomegap.learn.fit_gates import CONDITION_FROM, NOTHING, Slots
from outcomegap.model.declaration import Cell

Array = NDArray[Any]
T = TypeVar("T")
#: How likely an outcome is taken to be told wrongly: no customer is ever sure.
WRONG = 1e-4
#: How many customers the model's own curves, and its numbers for what is missing, weigh.
HOLD = 1.0
#: Rows that a block keeps in use, times customers; the fewest and the most customers of a block.
ROOM, FEWEST, MOST = 1 << 21, 1_024, 8_192
#: A cell with fewer customers shares a block with others: a call for each instruction costs more than a gather.
FEW = 1_024
#: A step varies in a cell if at least so many customers differ there from the most frequent value.
VARIES = 10
#: Increments are kept above this.
TINY = 1e-6


@attrs.frozen
class Strengths:
    """How strongly weights are held, cells to their segment and segments to the whole: inverses of variances."""

    cell: float = 10.0
    segment: float = 1.0


class Sample:
    """Customers to learn from: where they stand on each curve, their cells and outcomes, in order of cells."""

    def __init__(self, places: Sequence[Places], cells: Array, good: Array, weight: Array, rows: Array) -> None:
        self.order = np.argsort(cells[rows], kind="stable")
        here = rows[self.order]
        self.places, self.cells, self.good = places, cells[here], good[here]
        self.weight = weight[here] / weight[here].mean()
        # The values of all curves stand one after the other, each followed by what stands in for a missing value.
        self.first = np.cumsum([0, *(len(each.knots) + 1 for each in places)])
        self.index = np.array([at + each.index[here] for at, each in zip(self.first, places, strict=False)], np.int32)
        self.part = np.array([each.part[here] for each in places])

    def __len__(self) -> int:
        return len(self.cells)

    def lacking(self) -> Array:
        """Return which steps some customer lacks."""
        return np.array((self.index == self.first[1:, None] - 1).any(axis=1))

    def varies(self, cells: int) -> Array:
        """Return in which of so many cells each step varies, shape (steps, cells)."""
        most = 2 * int(np.diff(self.first).max())
        places = self.cells * most + 2 * (self.index - self.first[:-1, None]) + (self.part > 0)
        tables = np.array([np.bincount(each, minlength=cells * most) for each in places]).reshape(-1, cells, most)
        found: Array = tables.sum(axis=2) - tables.max(axis=2) >= VARIES
        return found

    def attained(self, values: Array, steps: Sequence[int], rows: slice) -> Array:
        """Return the attainment of some customers at some steps; `values` are those of all curves."""
        index = self.index[list(steps), rows]
        found: Array = values.take(index)
        rise = np.diff(values, append=0.0).take(index)
        rise *= self.part[list(steps), rows]
        found += rise
        return found

    def at_knots(self, slope: Array, steps: Sequence[int], rows: slice) -> Array:
        """Return derivatives by the values of all curves, of those by each attainment."""
        index, size = self.index[list(steps), rows].ravel(), self.first[-1]
        found = np.bincount(index, slope.ravel(), size)
        slope *= self.part[list(steps), rows]
        rise = np.bincount(index, slope.ravel(), size)
        found -= rise
        found[1:] += rise[:-1]
        return found

    def hats(self, step: int, rows: slice) -> Array:
        """Return the derivative of each attainment by each value of its curve and, last, by what stands in."""
        index, part = self.index[step, rows] - self.first[step], self.part[step, rows]
        found, each = np.zeros((self.first[step + 1] - self.first[step] + 1, len(index))), np.arange(len(index))
        found[index + 1, each] = part
        found[index, each] = 1.0 - part
        return found[:-1]

    def blocks(self, live: int, program_of: Array, *, apart: bool = False) -> Iterator[slice]:
        """Yield adjacent customers of one program: of one cell, or of several small cells unless they stay `apart`."""
        size = min(max(ROOM // live, FEWEST), MOST)
        mixed = np.bincount(self.cells, minlength=len(program_of)) < (0 if apart else FEW)
        alike = np.where(mixed, -1 - program_of, np.arange(len(program_of)))[self.cells]
        ends = np.flatnonzero(np.diff(alike, prepend=-len(program_of) - 1, append=len(program_of)))
        for start, stop in zip(ends[:-1].tolist(), ends[1:].tolist(), strict=True):
            for at in range(start, stop, size):
                yield slice(at, min(at + size, stop))


@attrs.frozen(eq=False)
class Numbers:
    """The numbers of a fit: increments of each curve, what stands in for what is missing, and the weights.

    `alone` is how likely the good outcome is in a cell where the required outcome is reached, whatever the experience.
    """

    increments: list[Array]
    missing: Array
    weights: list[Array]
    alone: Array

    @classmethod
    def at(cls, flat: Array, like: Numbers) -> Numbers:
        """Return the numbers that stand one after the other in an array, as views of it."""
        rest = iter(np.split(flat, np.cumsum([each.size for each in like.all()])[:-1]))
        increments = [next(rest) for _ in like.increments]
        missing = next(rest)
        weights = [next(rest).reshape(each.shape) for each in like.weights]
        return cls(increments, missing, weights, next(rest))

    def all(self) -> list[Array]:
        """Return its arrays in order."""
        return [*self.increments, self.missing, *self.weights, self.alone]

    @property
    def size(self) -> int:
        """How many numbers there are."""
        return sum(each.size for each in self.all())

    def flat(self) -> Array:
        """Return them one after the other."""
        return np.concatenate([each.ravel() for each in self.all()])


class Fitting:
    """A likelihood with its penalties, over the numbers of an opened model.

    Parameters
    ----------
    slots
        The weights of each program.
    cells
        The model's cells.
    sample
        The customers.
    stand_ins
        What the model says that a missing value counts as, by step.
    strengths
        How strongly weights are held.
    alone
        How much the required outcome alone counts beside the desired outcome.
    """

    def __init__(
        self,
        slots: Sequence[Slots],
        cells: Sequence[Cell],
        sample: Sample,
        stand_ins: Array,
        strengths: Strengths,
        alone: float,
    ) -> None:
        self.slots, self.cells, self.strengths, self.alone = slots, cells, strengths, alone
        self.program_of, self.place = np.zeros((2, len(cells)), dtype=np.int64)
        for number, those in enumerate(slots):
            self.program_of[those.cells], self.place[those.cells] = number, np.arange(len(those.cells))
        curves, weights = [each.first for each in sample.places], [each.first for each in slots]
        self.first = Numbers(curves, stand_ins, weights, np.full(len(cells), 0.5))
        self.lacking, varies = sample.lacking(), sample.varies(len(cells))
        self.known = [_known(each, varies) for each in slots]
        # What never varies, and most customers lack, would cap every score: it counts for nothing.
        self.stuck = ~varies.any(axis=1) & ~np.array([each.reached() for each in sample.places], dtype=bool)
        mass = np.bincount(sample.cells, sample.weight, len(cells))
        self.held = [_between(cells, each.cells, mass, strengths) for each in slots]
        self.origin, self.hold = self.first.flat(), np.zeros(self.first.size)
        for each in Numbers.at(self.hold, self.first).all()[: len(sample.places) + 1]:
            each[:] = HOLD
        self.low, self.high = (self._ends(end) for end in (0, 1))
        self.threads = os.cpu_count() or 1

    def _ends(self, end: int) -> Array:
        stays = self.first.missing
        weights = []
        for each, known in zip(self.slots, self.known, strict=True):
            bound = np.repeat((each.low, each.high)[end][:, None], len(each.cells), axis=1)
            stuck = [bool(self.stuck[[each.program.steps[row] for row in rows]].any()) for rows in each.below]
            prior = np.where(np.array(stuck, dtype=bool)[:, None], each.low[:, None], each.prior)
            weights.append(np.where(known.any(axis=1, keepdims=True), bound, prior))
        return Numbers(
            [np.full(len(each), (TINY, np.inf)[end]) for each in self.first.increments],
            np.where(self.lacking, float(end), stays),
            weights,
            np.full(len(self.first.alone), (TINY, 1.0)[end]),
        ).flat()

    def start(self) -> Array:
        """Return where a search begins."""
        return np.clip(self.origin, self.low, self.high)

    def drop(self, flat: Array, sample: Sample, most_steps: int) -> None:
        """Let what hardly matters to the ways fall away, and what goes beyond so many steps a cell."""
        numbers, low, high = (Numbers.at(each, self.first) for each in (flat, self.low, self.high))
        lacking = 1.0 - self.attained(flat, sample)
        for each, weights, lowest, highest in zip(self.slots, numbers.weights, low.weights, high.weights, strict=True):
            step = np.array(each.program.steps)[[rows[0] for rows in each.below]]
            ways = each.free & each.needs & ~each.conditions
            matters = np.where(ways[:, None], weights * lacking[step][:, each.cells], 0.0)
            for cell in range(len(each.cells)):
                by_step = np.bincount(step, matters[:, cell], len(lacking))
                kept = np.argsort(-by_step)[:most_steps]
                gone = ways & (~np.isin(step, kept) | (weights[:, cell] < NOTHING))
                gone |= each.conditions & (weights[:, cell] < CONDITION_FROM)
                lowest[gone, cell] = highest[gone, cell] = 0.0

    def attained(self, flat: Array, sample: Sample) -> Array:
        """Return the mean attainment of each step in each cell."""
        cells, size = sample.cells, len(self.first.alone)
        mass = np.maximum(np.bincount(cells, sample.weight, size), TINY)
        _, curves, _, _ = self.read(flat, sample)
        steps = [sample.attained(curves, [row], slice(None))[0] for row in range(len(sample.places))]
        return np.array([np.bincount(cells, sample.weight * each, size) / mass for each in steps])

    # The likelihood

    def read(self, flat: Array, sample: Sample, *, alike: bool = False) -> Any:
        """Return what all blocks read: the numbers, all curves with what stands in, forms of sides and their tables."""
        numbers = Numbers.at(flat, self.first)
        each = zip(sample.places, numbers.increments, numbers.missing, strict=True)
        curves = np.concatenate([np.append(place.values(rise), stands) for place, rise, stands in each])
        forms = [slots.passes if alike else slots.sides for slots in self.slots]
        pairs = zip(forms, numbers.weights, strict=True)
        return numbers, curves, forms, [[side.table(weights) for side in sides] for sides, weights in pairs]

    def block(self, sample: Sample, rows: slice, read: Any) -> Any:
        """Compute one block: its program, its cell there or one a customer, attainments, R and E, what slopes need."""
        _, curves, forms, tables = read
        cells = sample.cells[rows]
        number = int(self.program_of[cells[0]])
        at: Any = int(self.place[cells[0]]) if cells[0] == cells[-1] else self.place[cells]
        steps = sample.attained(curves, self.slots[number].program.steps, rows)
        pairs = zip(forms[number], tables[number], strict=True)
        return number, at, steps, *zip(*(side.value(table, steps, at) for side, table in pairs), strict=True)

    def __call__(self, flat: Array, sample: Sample) -> tuple[float, Array]:
        """Return the penalized negative log-likelihood of a customer, and its slopes."""
        slopes_flat = np.zeros_like(flat)
        slopes, read = Numbers.at(slopes_flat, self.first), self.read(flat, sample)
        numbers, curves, _, tables = read
        by_curve, by_table = np.zeros_like(curves), [[np.zeros_like(each) for each in both] for both in tables]
        total = 0.0

        def run(rows: slice) -> tuple[int, float, Array, Array, list[Array]]:
            number, at, steps, sides, kept = self.block(sample, rows, read)
            slots, y, w = self.slots[number], sample.good[rows], sample.weight[rows]
            join, several = slots.program.outcome.join, len(slots.cells)
            loss, slope = likelihood(join.desired(*sides), y, w)
            each = [slope * part for part in join.slopes(*sides)]
            by_alone: Array = np.zeros(several)
            if self.alone:
                ceiling = numbers.alone[slots.cells[at]]
                more, slope = likelihood(ceiling * sides[0], y, w)
                loss = loss + self.alone * more
                each[0] = each[0] + self.alone * ceiling * slope
                by_alone = self.alone * np.bincount(np.broadcast_to(at, len(y)), slope * sides[0], several)
            by_step, found = np.zeros_like(steps), [np.zeros_like(table) for table in tables[number]]
            for side, part, held, by_cell in zip(slots.sides, each, kept, found, strict=True):
                side.reverse(part, held, by_step, by_cell, at)
            return number, float(loss.sum()), by_alone, sample.at_knots(by_step, slots.program.steps, rows), found

        for number, loss, by_alone, by_knot, found in self.over(run, sample):
            total += loss
            slopes.alone[self.slots[number].cells] += by_alone
            by_curve += by_knot
            for sums, by_cell in zip(by_table[number], found, strict=True):
                np.add(sums, by_cell, out=sums)
        for step, (place, increments) in enumerate(zip(sample.places, numbers.increments, strict=True)):
            *by_value, slopes.missing[step] = by_curve[sample.first[step] : sample.first[step + 1]]
            if place.size:
                slopes.increments[step][:] = place.slopes(increments, np.array(by_value))
        for each, weights, by_weight, sums in zip(self.slots, numbers.weights, slopes.weights, by_table, strict=True):
            by_weight[:] = sum(side.slopes(weights, by_cell) for side, by_cell in zip(each.sides, sums, strict=True))
        total += self._penalty(flat, slopes_flat)
        return total / len(sample), slopes_flat / len(sample)

    def over(self, run: Callable[[slice], T], sample: Sample, *, apart: bool = False) -> Iterator[T]:
        """Run a task on every block, on all threads; yield what it returns, in order: sums are the same every time."""
        live = max(side.live for each in self.slots for side in each.sides)
        blocks = list(sample.blocks(live, self.program_of, apart=apart))
        if self.threads == 1 or len(blocks) < 2:
            yield from map(run, blocks)
            return
        with ThreadPoolExecutor(self.threads) as pool:
            yield from pool.map(run, blocks)

    def _penalty(self, flat: Array, slopes: Array) -> float:
        """Return the penalties, and add their slopes."""
        strayed = self.hold * (flat - self.origin)
        slopes += strayed
        found = float(strayed @ (flat - self.origin)) / 2
        pairs = zip(Numbers.at(flat, self.first).weights, Numbers.at(slopes, self.first).weights, strict=True)
        for (weights, by_weight), between in zip(pairs, self.held, strict=True):
            pulled = weights @ between
            found += float((pulled * weights).sum()) / 2
            np.add(by_weight, pulled, out=by_weight)
        return found

    def information(self, flat: Array, sample: Sample) -> Array:
        """Return Fisher's expected information of all numbers, shape (numbers, numbers), with what penalties add."""
        found, read = np.diag(self.hold), self.read(flat, sample, alike=True)
        numbers, where = read[0], Numbers.at(np.arange(len(flat)), self.first)
        for index, between in zip(where.weights, self.held, strict=True):
            for row in index:
                found[np.ix_(row, row)] += between

        def run(rows: slice) -> tuple[Array, Array]:
            number, at, steps, sides, adjoints = self.block(sample, rows, read)
            slots = self.slots[number]
            program = slots.program
            parts = program.outcome.join.slopes(*sides)
            every = np.zeros((len(steps) + program.parameters, len(sides[0])))
            for part, by_row in zip(parts, adjoints, strict=True):
                for row, each in by_row.items():
                    every[row] += part * each
            slopes, places = [], []
            for step, slope in zip(program.steps, every, strict=False):
                by_value = sample.hats(step, rows) * slope
                if sample.places[step].size:
                    slopes.append(sample.places[step].slopes(numbers.increments[step], by_value[:-1]))
                    places.append(where.increments[step])
                slopes.append(by_value[-1:])
                places.append(where.missing[[step]])
            slopes.append(slots.passes[0].slopes(numbers.weights[number][:, [at]], every[len(steps) :]))
            places.append(where.weights[number][:, at])
            p = WRONG + (1.0 - 2.0 * WRONG) * program.outcome.join.desired(*sides)
            each, index = np.concatenate(slopes), np.concatenate(places)
            return index, (each * (sample.weight[rows] * (1.0 - 2.0 * WRONG) ** 2 / (p * (1.0 - p)))) @ each.T

        for index, more in self.over(run, sample, apart=True):
            found[np.ix_(index, index)] += more
        return found

    def sides(self, flat: Array, sample: Sample) -> Array:
        """Return R and E of each customer, shape (2, customers), in the order in which they came."""
        found, read = np.empty((2, len(sample))), self.read(flat, sample)

        def run(rows: slice) -> tuple[slice, Array]:
            return rows, np.array(self.block(sample, rows, read)[3])

        for rows, sides in self.over(run, sample):
            found[:, sample.order[rows]] = sides
        return found

    def desired(self, flat: Array, sample: Sample) -> Array:
        """Return D of each customer, as joins of their programs say, in the order in which they came."""
        sides, found = self.sides(flat, sample), np.empty(len(sample))
        for slots in self.slots:
            here = sample.order[np.isin(sample.cells, slots.cells)]
            found[here] = slots.program.outcome.join.desired(*sides[:, here])
        return found

    def maximum(self, sample: Sample, start: Array, steps: int) -> tuple[Array, float]:
        """Return the numbers of the largest penalized likelihood found, and the loss there."""
        from scipy.optimize import minimize

        bounds = np.column_stack([self.low, self.high])
        options = {"maxiter": steps, "maxcor": 20, "ftol": 1e-8, "gtol": 1e-6}
        start = np.clip(start, self.low, self.high)
        found = minimize(self, start, (sample,), jac=True, method="L-BFGS-B", bounds=bounds, options=options)
        return found.x, float(found.fun)


def likelihood(desired: Array, good: Array, weight: Array) -> tuple[Array, Array]:
    """Return the negative log-likelihood of each outcome, and its slope by D."""
    p = WRONG + (1.0 - 2.0 * WRONG) * desired
    loss: Array = -weight * np.log(np.where(good > 0, p, 1.0 - p))
    slope: Array = (1.0 - 2.0 * WRONG) * weight * (p - good) / (p * (1.0 - p))
    return loss, slope


def _known(slots: Slots, varies: Array) -> Array:
    """Return in which cells the data can tell a weight: something below it varies there; shape (slots, cells)."""
    here = varies[list(slots.program.steps)][:, slots.cells]
    return np.array([here[list(rows)].any(axis=0) for rows in slots.below]).reshape(slots.first.shape)


def _between(cells: Sequence[Cell], some: Array, mass: Array, strengths: Strengths) -> Array:
    """Return the matrix that holds cells to the mean of their segment, and segments to the mean of all."""
    names = [cells[cell].segment for cell in some]
    alike = np.array([[float(one == other) for other in names] for one in names])
    share = np.maximum(mass[some], 1.0)
    of_segment = alike * share / (alike @ share)[:, None]
    of_all = np.tile(share / share.sum(), (len(names), 1))
    near, far = np.eye(len(names)) - of_segment, of_segment - of_all
    found: Array = strengths.cell * near.T @ near + strengths.segment * far.T @ far
    return found
