"""A whole outcome model of your own: any object that scores a frame and says its steps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol, runtime_checkable

import attrs
import numpy as np
from numpy.typing import NDArray

from outcomegap.errors import DataError, ModelError, Problem
from outcomegap.files.plugins import Plugins
from outcomegap.frames import Table, wrap
from outcomegap.model import Column, Step
from outcomegap.model.custom import require
from outcomegap.model.outline import Outline
from outcomegap.model.values import PerCell, Scalar, Value
from outcomegap.scoring.next_gaps import NONE
from outcomegap.scoring.prepare import Sheet
from outcomegap.scoring.readings import Readings

Array = NDArray[Any]


@runtime_checkable
class OutcomeScorer(Protocol):
    """What a scorer of your own must offer; groups, worklist, parents, report and the kit need no more.

    It may also have ``segments`` and ``stages`` (names, or `Segment` and `Stage` objects), where the frame's columns
    of that name say which customer is in which; a ``description``; and ``inputs`` (`Inputs`), which say how raw tables
    become its measures. Without segments customers can be grouped by any column of the frame. It must be an object
    that `pickle` can store if it is to be sent to other processes.

    Examples
    --------
    >>> import outcomegap as og
    >>> class Usage:
    ...     name = "usage"
    ...     steps = [og.SuccessGap("logins", og.Measure("logins", low=0), floor=0, target=20, owner="customer")]
    ...     def score(self, customers):
    ...         reached = og.attainments(self, customers)
    ...         return og.OutcomeScores(self, customers, desired=reached[:, 0], attainment=reached, parts=1 - reached)
    >>> isinstance(Usage(), OutcomeScorer)
    True
    >>> scores = Usage().score({"id": ["Acme", "Beta"], "logins": [5, 20], "plan": ["basic", "pro"]})
    >>> [(row["id"], row["state"], row["stands_at"]) for row in scores.worklist()]
    [('Acme', 'failing', '5 of 20'), ('Beta', 'successful', None)]
    >>> [(group.name, group.desired) for group in scores.by("plan")]
    [('basic', 0.25), ('pro', 1.0)]
    """

    @property
    def name(self) -> str:
        """What people call it."""

    @property
    def steps(self) -> Sequence[Step]:
        """Its steps: `ProductFunction`, `SuccessGap` and `Expectation` objects, each name once; there may be none."""

    def score(self, customers: Any) -> Any:
        """Score a frame of any kind; `OutcomeScores` makes the answer out of arrays."""


def outline_of(scorer: Any) -> Outline:
    """Return what a scorer says of itself.

    Raises
    ------
    ModelError
        If a piece is missing, or says what cannot be; all at once.
    """
    require(OutcomeScorer, scorer, f"scorer {getattr(scorer, 'name', type(scorer).__name__)!r:.60}")
    return Outline.of(scorer)


def load_scorer(name: str) -> Any:
    """Return a scorer that an installed package offers, by its name (entry point ``outcomegap.scorers``).

    Parameters
    ----------
    name
        What it is called.

    Returns
    -------
    OutcomeScorer

    Raises
    ------
    ModelError
        If no package offers one of that name, it fails to load, or it lacks a piece.

    Examples
    --------
    >>> import outcomegap as og
    >>> try:
    ...     load_scorer("no such scorer")
    ... except og.ModelError as error:
    ...     print([finding.rule for finding in error.findings])
    ['unknown-scorer']
    """
    if not isinstance(name, str):
        raise ModelError.of("unknown-scorer", "load_scorer", f"the name of a scorer is text (got {name!r:.60})")
    scorer = _plugins().find(name, f"scorer {name!r:.100}")
    outline_of(scorer)
    return scorer


def scorer_names() -> tuple[str, ...]:
    """Return the names of all scorers that installed packages offer; none of them is loaded.

    Examples
    --------
    >>> "no such scorer" in scorer_names()
    False
    """
    return _plugins().installed()


def _plugins() -> Plugins:
    return Plugins("scorer", OutcomeScorer)


def attainments(scorer: Any, customers: Any, *, segment: str = "segment", stage: str = "stage") -> Array:
    """Read the steps of a scorer of your own off a frame: how far each is attained by each customer.

    ``curve(clip((x - floor) / (target - floor), 0, 1))`` (docs/meaning, clause 2.2), with the floor and target of the
    customer's cell, or the customer's own.

    Parameters
    ----------
    scorer
        Its ``steps``, and its ``segments`` and ``stages`` if it has any.
    customers
        A frame of any kind, with a column for each measure; null and NaN mean missing.
    segment, stage
        What those columns are called.

    Returns
    -------
    array of shape (customers, steps)
        In [0, 1]; NaN where missing.

    Raises
    ------
    DataError
        With every problem of the frame: a column that is not there, text in the place of numbers, a value beyond its
        measure's limits, an unknown segment.
    ModelError
        If the scorer lacks a piece.

    Examples
    --------
    >>> import outcomegap as og
    >>> class Speed:
    ...     name, segments = "speed", ["startup", "enterprise"]
    ...     steps = [og.Expectation("replies", og.Measure("hours", low=0), floor=48,
    ...                              target=og.per_cell(24, {"enterprise": 0}))]
    ...     def score(self, customers): ...
    >>> attainments(Speed(), {"segment": ["startup", "enterprise", "startup"], "hours": [36, 36, None]}).tolist()
    [[0.5], [0.25], [nan]]
    """
    outline, table = outline_of(scorer), wrap(customers)
    return StepReader.of(outline, table, {"segment": segment, "stage": stage}).attainment()


@attrs.frozen(eq=False)
class StepReader:
    """The columns that the steps of an outline are measured in, checked.

    Parameters
    ----------
    outline
        The steps and cells.
    cells
        The position of each customer's cell.
    columns
        Name -> numbers, NaN where missing; None for a column that the frame does not have, or that holds no numbers.
    """

    outline: Outline
    cells: NDArray[np.int32]
    columns: dict[str, Array | None]

    @classmethod
    def of(cls, outline: Outline, table: Table, names: dict[str, str], *, strict: bool = True) -> StepReader:
        """Read a table; if not `strict`, measures need not be there, nor be numbers.

        Raises
        ------
        DataError
            With every problem.
        """
        for axis, name in names.items():
            if not isinstance(name, str):
                raise DataError(f"{axis}= is the name of a column (got {name!r:.60})")
        measures = {measure.name: measure for measure in outline.measures}
        own = outline.columns
        axes = [axis for axis in ("segment", "stage") if getattr(outline, f"{axis}s")]
        wanted = [*(names[axis] for axis in axes), *(measures if strict else ()), *(own if strict else ())]
        lacking = table.require(dict.fromkeys(wanted))
        if lacking:
            raise DataError.all(f"scorer {outline.name!r} cannot score this frame", lacking)
        sheet = Sheet(table)
        columns: dict[str, Array | None] = {}
        for name in dict.fromkeys([*measures, *own]):
            if not strict and (name not in table.names or table.floats(name).bad is not None):
                columns[name] = None  # the scorer read it its own way
            else:
                columns[name] = sheet.measure(measures[name]) if name in measures else sheet.numbers(name)
        codes = {axis: sheet.axis(axis, names[axis], getattr(outline, f"{axis}_names")) for axis in axes}
        cells = np.zeros(len(table), dtype=np.int32)
        for axis in ("segment", "stage"):
            cells = cells * np.int32(len(getattr(outline, f"{axis}_names"))) + codes.get(axis, np.int32(0))
        reader = cls(outline, cells, columns)
        if not sheet.problems and strict:
            sheet.problems += reader._without_bounds()
        if sheet.problems:
            raise DataError.all(f"scorer {outline.name!r} cannot score this frame", sheet.problems)
        return reader

    def kept(self) -> StepReader:
        """Return the same with numbers of its own: whose frame it was may change theirs."""
        return attrs.evolve(self, columns={n: None if c is None else c.copy() for n, c in self.columns.items()})

    def attainment(self) -> Array:
        """Return how far each step is attained, shape (customers, steps); NaN where missing."""
        found = np.full((len(self.cells), len(self.outline.steps)), np.nan)
        rows = np.arange(len(self.cells))
        for number, step in enumerate(self.outline.steps):
            value, floor, target = self.read(number, rows)
            with np.errstate(all="ignore"):
                z = np.clip((value - floor) / (target - floor), 0.0, 1.0) + 0.0  # no negative zero
            known = ~np.isnan(z)
            found[known, number] = step.curve.value(z[known])
        return found

    def read(self, number: int, rows: Array) -> tuple[Array, Array, Array]:
        """Return value, floor and target of a step for some customers; NaN where missing."""
        step = self.outline.steps[number]
        found = self.columns[step.measure.name]
        value = np.full(len(rows), np.nan) if found is None else found[rows].astype(np.float64)
        return value, self._bound(step.floor, rows), self._bound(step.target, rows)

    def _bound(self, given: Value, rows: Array) -> Array:
        """Return a floor, or a target, of some customers."""
        said, place = self._in_cells(given), self.cells[rows]
        found: Array = np.array([each if isinstance(each, float) else np.nan for each in said])[place]
        for name in _columns_of(said):
            column = self.columns[name]
            if column is not None:
                here = np.array([each == Column(name) for each in said])[place]
                found[here] = column[rows[here]]
        return found

    def _in_cells(self, given: Value) -> list[Scalar | None]:
        """Return a floor, or a target, of each cell."""
        if isinstance(given, PerCell):
            return [given.at(cell.segment, cell.stage) for cell in self.outline.cells]
        return [given] * len(self.outline.cells)

    def _without_bounds(self) -> list[Problem]:
        """A step without floor and target, or with one that is the other, cannot be attained in part."""
        problems, rows, occurring = [], np.arange(len(self.cells)), np.unique(self.cells).tolist()
        for number, step in enumerate(self.outline.steps):
            for what in ("floor", "target"):
                said = self._in_cells(getattr(step, what))
                lacking = [str(self.outline.cells[cell]) for cell in occurring if said[cell] is None]
                if lacking:
                    message = f"{step.name!r} has no {what} in {', '.join(lacking[:5])}; add a default or that key"
                    problems.append(Problem("no-value", message))
            _, floor, target = self.read(number, rows)
            same = np.flatnonzero(floor == target)
            if len(same):
                message = f"floor and target of {step.name!r} are both {floor[same[0]]:g} in row {same[0]}; they differ"
                problems.append(Problem("floor-is-target", message, rows=tuple(same[:5].tolist()), count=len(same)))
        return problems

    def readings(self, rows: Array, step: Array) -> Readings:
        """Look up what was read of some customers, for one step each, or `NONE`."""
        value, floor, target = (np.full(len(rows), np.nan) for _ in range(3))
        absent = np.full(len(rows), None, dtype=object)
        for number in np.unique(step[step != NONE]).tolist():
            here = np.flatnonzero(step == number)
            value[here], floor[here], target[here] = self.read(number, rows[here])
            absent[here] = self._empty(number, rows[here])
        units = tuple(each.measure.unit for each in self.outline.steps)
        return Readings(step, value, floor, target, units, absent)

    def _empty(self, number: int, rows: Array) -> Array:
        """Name the columns that are empty, for which a step is missing; None where none is."""
        step = self.outline.steps[number]
        found = np.full(len(rows), "", dtype=object)
        found[np.isnan(self.read(number, rows)[0])] = step.measure.name
        for given in (step.floor, step.target):
            said = self._in_cells(given)
            bound = self._bound(given, rows)
            for name in _columns_of(said):
                here = np.array([each == Column(name) for each in said])[self.cells[rows]] & np.isnan(bound)
                found[here] = [
                    each if name in each.split(", ") else f"{each}, {name}" if each else name for each in found[here]
                ]
        found[found == ""] = None
        return found


def _columns_of(said: Sequence[Scalar | None]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(each.name for each in said if isinstance(each, Column)))
