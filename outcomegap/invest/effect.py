"""What customers would score if something were otherwise: the whole graph again, since effects do not add up."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cache
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from outcomegap.engines.numpy_blocks import Batch, Work
from outcomegap.errors import DataError, Problem
from outcomegap.explanation.change import in_double
from outcomegap.invest.action import Level, Levels
from outcomegap.model import PerCell
from outcomegap.model.declaration import in_cells
from outcomegap.scoring import Scores
from outcomegap.scoring.columns import CustomerColumns
from outcomegap.scoring.model_scores import joined

Array = NDArray[Any]
#: Attainments that differ by less are the same.
SAME = 1e-9


def of_a_model(what: str, scores: CustomerColumns) -> Scores:
    """Return scores by a model, which can be computed again, or raise a DataError."""
    if not isinstance(scores, Scores):
        message = f"{what} computes a model's graph again; scores must be of an og.Scorer (got {scores!r:.60})"
        raise DataError(message, [Problem("scores", message)])
    return scores


def segments_of(scores: Scores) -> Array:
    """Return the position of each customer's segment; -1 for rows set aside."""
    names = scores.model.segment_names
    place = np.array([*(names.index(cell.segment) for cell in scores.model.cells), -1], dtype=np.int64)
    return np.asarray(place[scores.cell])


def within(scores: Scores, segments: Collection[str] | None) -> NDArray[np.bool_]:
    """Tell which customers are of some segments; of any where it is None, and no row set aside."""
    names = scores.model.segment_names
    return np.array([*(segments is None or name in segments for name in names), False])[segments_of(scores)]


@attrs.frozen(eq=False)
class Changed:
    """The customers with something otherwise.

    `batch` holds the data, with measures changed; `steps` by step the attainments to come, one number a customer (NaN
    where it is as it was), to which customers are raised or, where `put`, set; `named` tells who is concerned.
    """

    batch: Batch
    steps: Mapping[int, Array]
    put: bool
    named: NDArray[np.bool_]

    def rows(self, work: Work) -> list[Array]:
        """Return the step rows of a block of `batch`; what is missing stays as it is."""
        rows = list(work.attained.rows)
        for row, step in enumerate(work.program.steps):
            if step in self.steps:
                to, was, missing = self.steps[step][work.block.rows], rows[row], work.attained.missing[row]
                moves = ~np.isnan(to) if self.put else to > was
                rows[row] = np.where(moves if missing is None else moves & ~missing, to, was)
        return rows


class Effects:
    """Scores the same customers again with steps or measures raised, or set.

    What is missing stays missing: what was never observed cannot be said to rise.
    """

    def __init__(self, scores: Scores) -> None:
        self.model = scores.model
        self.engine, self.batch = in_double(scores.scorer.engine), scores.batch
        self._step = {step.name: number for number, step in enumerate(self.model.steps)}
        self._measure = {measure.name: number for number, measure in enumerate(self.model.measures)}
        self._better = cache(self._direction)
        self.unknown = np.isnan(scores.desired)
        self.now = self.desired(self.raised([]))

    def raised(self, raises: Sequence[Levels]) -> Changed:
        """Return the customers with steps raised to attainments and measures to values; the better one stays.

        A name that is both means the step.
        """
        named = [pair for given in raises for pair in given.items()]
        steps = [pair for pair in named if pair[0] in self._step]
        return self._changed(steps, [pair for pair in named if pair[0] not in self._step], put=False)

    def put(self, attainments: Levels, measures: Levels) -> Changed:
        """Return the customers with steps set to attainments and measures to values, better or worse."""
        return self._changed(attainments.items(), measures.items(), put=True)

    def desired(self, changed: Changed) -> Array:
        """Return D of each customer, NaN where it is unknown."""
        point = np.full((2, len(self.batch)), np.nan)

        def task(work: Work) -> None:
            rows = changed.rows(work)
            for side in range(2):
                point[side, work.block.rows] = work.value(side, rows)

        self.engine.each(changed.batch, self.engine.live, task)
        compiled, cells = self.engine.compiled, self.batch.cells
        found = joined(compiled, cells, lambda rule, r, e: rule.desired(r, e), point[0], point[1])
        found[self.unknown] = np.nan
        return found

    def reaches(self, changed: Changed) -> NDArray[np.bool_]:
        """Tell whose attainment of any step rises; nobody's who has no score."""
        found = np.zeros(len(self.batch), dtype=bool)

        def task(work: Work) -> None:
            was = Work(self.engine, self.batch, work.block, {}).attained.rows
            rises = [now > before + SAME for now, before in zip(changed.rows(work), was, strict=True)]
            found[work.block.rows] = np.any(rises, axis=0)

        self.engine.each(changed.batch, self.engine.live, task)
        return found & ~self.unknown

    def _changed(
        self, steps: Iterable[tuple[str, Level]], measures: Iterable[tuple[str, Level]], *, put: bool
    ) -> Changed:
        columns, attained = list(self.batch.columns), dict[int, Array]()
        named = np.zeros(len(self.batch), dtype=bool)
        for name, to in steps:
            step, level = self._step[name], self._for_each(to)
            named |= ~np.isnan(level)
            attained[step] = np.fmax(attained[step], level) if step in attained else level
        for name, to in measures:
            number, level = self._measure[name], self._for_each(to)
            named |= ~np.isnan(level)
            was = columns[number]
            moves = ~np.isnan(was) & ~np.isnan(level) if put else self._better(name) * (level - was) > 0
            columns[number] = np.where(moves, level, was)
        batch = Batch(tuple(columns), self.batch.own, self.batch.complete, self.batch.cells)
        return Changed(batch, attained, put, named)

    def _for_each(self, to: Level) -> Array:
        """Return a number for each customer; NaN where the customer's cell has none."""
        if not isinstance(to, PerCell):
            return np.full(len(self.batch), to, dtype=np.float64)
        numbers = np.array([*in_cells(to, self.model.cells), None], dtype=np.float64)
        return np.asarray(numbers[self.batch.cells])

    def _direction(self, name: str) -> Array:
        """Tell whether more (1) or less (-1) of a measure is better for each customer; 0 where no step says."""
        compiled, batch = self.engine.compiled, self.batch
        signs = [np.zeros(len(batch))]
        for number, step in enumerate(self.model.steps):
            if step.measure.name == name:
                here = np.flatnonzero(np.append(compiled.applies[:, number], False)[batch.cells])
                ends = (compiled.target, compiled.floor)
                target, floor = (end.at(number, batch.cells[here], batch.own, here) for end in ends)
                signs.append(np.zeros(len(batch)))
                signs[-1][here] = np.nan_to_num(np.sign(target - floor))
        high, low = np.max(signs, axis=0), np.min(signs, axis=0)
        if (high * low < 0).any():
            message = f"measure {name!r} feeds steps that want more of it and steps that want less"
            message += "; name the steps and the attainments to which they are raised"
            raise DataError(message, [Problem("direction", message, name)])
        return np.asarray(high + low)
