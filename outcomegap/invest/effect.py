"""What customers would score if something were otherwise: the whole graph again, since effects do not add up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from outcomegap.engines.numpy_blocks import Batch, Work
from outcomegap.errors import DataError
from outcomegap.explanation.change import in_double
from outcomegap.scoring import Scores
from outcomegap.scoring.joining import desired
from outcomegap.scoring.next_gaps import NONE
from outcomegap.scoring.readings import readings

Array = NDArray[Any]


def check_scores(what: str, scores: object) -> Scores:
    """Return scores, or raise a DataError."""
    if not isinstance(scores, Scores):
        raise DataError(f"{what}: scores is what og.Scorer(model).score(customers) returns (got {scores!r:.60})")
    return scores


def segments_of(scores: Scores) -> Array:
    """Return the position of each customer's segment; -1 for rows set aside."""
    names = scores.model.segment_names
    place = np.array([*(names.index(cell.segment) for cell in scores.model.cells), -1], dtype=np.int64)
    found: Array = place[scores.cell]
    return found


class Effects:
    """Scores the same customers again with leaves or measures raised, or set.

    What is missing stays missing: what was never observed cannot be said to rise.

    Parameters
    ----------
    scores
        The customers as they are.
    """

    def __init__(self, scores: Scores) -> None:
        self.scores, self.model = scores, scores.model
        self.engine, self.batch = in_double(scores.scorer.engine), scores._checked()
        self._leaf = {leaf.name: number for number, leaf in enumerate(self.model.leaves)}
        self._measure = {measure.name: number for number, measure in enumerate(self.model.measures)}
        self._better: dict[str, Array] = {}
        self.unknown = np.isnan(scores.desired)
        self.now = self.desired([])

    def desired(self, raises: Sequence[Mapping[str, float]], *, put: bool = False) -> Array:
        """Return D of each customer, NaN where it is unknown.

        Parameters
        ----------
        raises
            What is raised: leaves to attainments, measures to values. Where it stands better already, it stays.
        put
            Whether to set it to that instead, better or worse.
        """
        batch, leaves = self.changed(raises, put=put)
        point = np.full((2, len(batch)), np.nan)
        programs = zip(self.engine.compiled.programs, self.engine.passes, strict=True)
        live = [len(program.leaves) + max(side.registers for side in sides) + 2 for program, sides in programs]

        def task(work: Work) -> None:
            rows = moved_rows(work, leaves, put=put)
            registers = work.room("registers", max(side.registers for side in work.passes) + 1)
            for number, side in enumerate(work.passes):
                point[number, work.block.rows] = side.forward(rows, work.present, registers)

        self.engine.each(batch, live, task)
        found = desired(self.engine.compiled, self.batch.cells, point[0], point[1])
        found[self.unknown] = np.nan
        return found

    def changed(self, raises: Sequence[Mapping[str, float]], *, put: bool) -> tuple[Batch, dict[int, float]]:
        """Return the data with the measures changed, and the attainments to come by leaf."""
        columns, leaves = list(self.batch.columns), dict[int, float]()
        for given in raises:
            for name, to in given.items():
                if name in self._leaf:
                    leaf = self._leaf[name]
                    leaves[leaf] = to if put else max(to, leaves.get(leaf, 0.0))
                    continue
                number = self._measure[name]
                was = columns[number]
                better = ~np.isnan(was) if put else self.better(name) * (to - was) > 0
                columns[number] = np.where(better, to, was)
        return Batch(tuple(columns), self.batch.own, self.batch.complete, self.batch.cells), leaves

    def better(self, name: str) -> Array:
        """Tell whether more (1) or less (-1) of a measure is better for each customer; 0 where no leaf says.

        Raises
        ------
        DataError
            If some leaves of a customer want more of it and others less.
        """
        if name not in self._better:
            self._better[name] = self._direction(name)
        return self._better[name]

    def _direction(self, name: str) -> Array:
        compiled, everyone = self.engine.compiled, np.arange(len(self.batch))
        nowhere = np.zeros((1, len(self.model.leaves)), dtype=bool)
        applies = np.vstack([compiled.applies, nowhere])[self.batch.cells]
        signs = [np.zeros(len(everyone))]
        for number, leaf in enumerate(self.model.leaves):
            if leaf.measure.name == name:
                read = readings(self.scores, everyone, np.where(applies[:, number], number, NONE))
                signs.append(np.nan_to_num(np.sign(read.target - read.floor)))
        high, low = np.max(signs, axis=0), np.min(signs, axis=0)
        if (high * low < 0).any():
            message = f"measure {name!r} feeds leaves that want more of it and leaves that want less"
            raise DataError(f"{message}; name the leaves and the attainments to which they are raised")
        both: Array = high + low
        return both


def moved_rows(work: Work, leaves: Mapping[int, float], *, put: bool) -> list[Array]:
    """Return the leaf rows of a block with some attainments raised, or set; what is missing stays as it is."""
    rows = list(work.attained.rows)
    for row, leaf in enumerate(work.program.leaves):
        if leaf in leaves:
            to = np.full_like(rows[row], leaves[leaf]) if put else np.maximum(rows[row], leaves[leaf])
            missing = work.attained.missing[row]
            rows[row] = to if missing is None else np.where(missing, rows[row], to)
    return rows
