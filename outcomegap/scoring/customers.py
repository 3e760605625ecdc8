"""Turn a frame into customers as columns. Every problem of the data is reported; no row is dropped or guessed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

import attrs
import numpy as np
from numpy.typing import NDArray

from outcomegap.checks import Checks, choice, in_rows
from outcomegap.engines.numpy_blocks import SET_ASIDE, Batch
from outcomegap.errors import SHOWN, DataError, Problem
from outcomegap.frames import Table
from outcomegap.frames.arrays import Gapped, locked
from outcomegap.listing import number
from outcomegap.model import Measure
from outcomegap.model.model import OutcomeModel
from outcomegap.program import NO_COLUMN, Bounds, Compiled, beyond_floor, ends_of, floors_and_targets

Array = NDArray[Any]
OnBad = Literal["raise", "set_aside"]
AXES = ("segment", "stage", "goal")
#: How many values are checked together.
PIECE = 1 << 15
#: Kinds of frames whose columns may be arrays that the user can write to.
WRITEABLE = ("dict", "pandas", "modin", "cudf")
#: The position where there is no step.
NONE = -1
#: What is told where floor and target are equal and nobody says which way is better.
WAY_UNKNOWN = 'missing there, as nobody says which is better: say better = "more" or "less"'


@attrs.frozen(eq=False)
class Readings:
    """One value, floor and target for each customer, each for a step of its own; NaN where missing.

    Parameters
    ----------
    step
        Position of the step, or `NONE`.
    value, floor, target
        In the unit of the step's measure.
    units
        By step.
    absent
        For each customer the empty columns that make the step missing; None where the step is observed.
    """

    step: NDArray[np.int64]
    value: Array
    floor: Array
    target: Array
    units: tuple[str | None, ...]
    absent: Array

    def said(self) -> list[str | None]:
        """Return how far each value is from its target, as text; None without a step, or where it is missing."""
        known = (self.step != NONE) & ~np.isnan(self.value + self.floor + self.target)
        units = np.array([*self.units, None], dtype=object)[self.step]
        columns = (known, self.value, self.floor, self.target, units)
        rows = zip(*(column.tolist() for column in columns), strict=True)
        return [stands_at(value, floor, target, unit) if there else None for there, value, floor, target, unit in rows]


@attrs.frozen(eq=False)
class Customers(Batch):
    """The cell of each customer, and the data that its steps are computed from.

    Parameters
    ----------
    subject
        The model, or the outline of a scorer from outside.
    floor, target
        The bounds of its steps.
    problems
        The reasons why rows were set aside.
    notes
        What is told of the data and sets nobody aside.
    reasons
        Returns the rules, each with its column, by which rows were set aside: row -> text.
    """

    subject: OutcomeModel
    floor: Bounds
    target: Bounds
    problems: tuple[Problem, ...] = ()
    notes: tuple[str, ...] = ()
    reasons: Callable[[], dict[int, str]] = dict

    @property
    def held(self) -> Sequence[Array | Gapped]:
        """The columns as they lie in memory."""
        return self.columns.held if isinstance(self.columns, Columns) else self.columns

    def read(self, step: int, rows: Array) -> tuple[Array, Array, Array]:
        """Return value, floor and target of a step for some customers; NaN where missing."""
        value = self.columns[self.subject.measures.index(self.subject.steps[step].measure)][rows].astype(np.float64)
        floor, target = (bound.at(step, self.cells[rows], self.own, rows) for bound in (self.floor, self.target))
        return value, floor, target

    def readings(self, rows: Array, step: Array) -> Readings:
        """Return the values that were read for some customers, for one step each of the customer's cell, or `NONE`."""
        numbers = np.full((3, len(rows)), np.nan)
        absent = np.full(len(rows), None, dtype=object)
        for place in np.unique(step[step != NONE]).tolist():
            here = np.flatnonzero(step == place)
            numbers[:, here] = found = self.read(place, rows[here])
            absent[here[np.isnan(found[0])]] = self.subject.steps[place].measure.name
            for bound, values in ((self.floor, found[1]), (self.target, found[2])):
                columns = bound.columns[place, self.cells[rows[here]]]
                for at in np.flatnonzero(np.isnan(values) & (columns != NO_COLUMN)):
                    names = [*filter(None, [absent[here[at]]]), self.subject.columns[columns[at]]]
                    absent[here[at]] = ", ".join(dict.fromkeys(names))
        units = tuple(each.measure.unit for each in self.subject.steps)
        return Readings(step, numbers[0], numbers[1], numbers[2], units, absent)

    def attainment(self) -> Array:
        """Return the attainment of each step, shape (customers, steps); NaN where missing."""
        found = np.full((len(self.cells), len(self.subject.steps)), np.nan)
        rows = np.arange(len(self.cells))
        for place, step in enumerate(self.subject.steps):
            value = self.read(place, rows)[0]
            floor, target = ends_of(self.floor, self.target, place, step.way, self.cells, self.own)
            with np.errstate(all="ignore"):
                z = np.clip((value - floor) / (target - floor), 0.0, 1.0) + 0.0  # no negative zero
            known = ~np.isnan(z)
            found[known, place] = step.curve.value(z[known])
        return found

    def check_bounds(self, checks: Checks, applies: NDArray[np.bool_]) -> tuple[str, ...]:
        """Check that each step of a customer's cell has a floor and a target; return notes where they do not differ."""
        notes: list[str] = []
        own, silent = self.floor.own | self.target.own, (self.floor.lacking | self.target.lacking) & applies.T
        if not own.any() and not silent.any():
            return ()
        live = np.flatnonzero(self.cells >= 0)
        occurring = np.flatnonzero(np.bincount(self.cells[live]))
        for place, step in enumerate(self.subject.steps):
            for what, bound in (("floor", self.floor), ("target", self.target)):
                lacking = occurring[bound.lacking[place, occurring] & applies[occurring, place]].tolist()
                if lacking:
                    cells = ", ".join(str(self.subject.cells[cell]) for cell in lacking[:5])
                    checks.problem("no-value", f"{step.name!r} has no {what} in {cells}; add a default or a key for it")
            if own[place]:
                rows = live[applies[self.cells[live], place]]
                _, low, high = self.read(place, rows)
                beyond = beyond_floor(self.floor, self.target, place, step.way, self.cells[rows], low, high)
                if beyond is not None and beyond.any():
                    said = f"{step.name!r}: a customer's own end puts the target at the floor or beyond it"
                    how = "attained where the target is reached (else list it in missing)" if step.way else WAY_UNKNOWN
                    notes.append(f"{said}: {how}{in_rows(rows[beyond])}")
                less = high < low
                if not step.way and less.any() and (high > low).any():
                    some = f"less is better for some{in_rows(rows[less])}, and more for others"
                    say = 'if that is not meant, say better = "more" or "less"'
                    notes.append(f"{step.name!r}: by customers' own ends {some}; {say}")
        return tuple(notes)


def prepare(
    compiled: Compiled, table: Table, names: Mapping[str, str], on_bad: OnBad, also: Sequence[str] = ()
) -> Customers:
    """Check a frame against a model and bring it into columns; rows set aside have no cell.

    Parameters
    ----------
    compiled
        The model.
    table
        The frame.
    names
        The names of the columns of segment, stage and goal.
    on_bad
        ``"raise"``, or ``"set_aside"`` rows with problems.
    also
        Other columns that the frame must have.

    Raises
    ------
    DataError
        With every problem; with ``"set_aside"``, only with those that are not problems of single rows.
    """
    choice("on_bad", on_bad, ("raise", "set_aside"))
    checks = _checks_of(compiled)
    found = read_frame(compiled.model, table, names, checks, (compiled.floor, compiled.target), also=also)
    notes = found.check_bounds(checks, compiled.applies)
    if on_bad == "raise":
        checks.done()
    if checks.bad is not None:
        found.cells[checks.bad] = SET_ASIDE
    return attrs.evolve(found, problems=tuple(checks.problems), notes=notes, reasons=checks.rules)


def _checks_of(compiled: Compiled) -> Checks:
    return Checks(f"model {compiled.model.name!r} cannot score this frame")


class Columns(Sequence[Array]):
    """Columns of numbers, NaN where missing; those that Arrow holds with gaps are filled when somebody reads them.

    Attributes
    ----------
    held
        The columns as they lie.
    """

    def __init__(self, held: Sequence[Array | Gapped]) -> None:
        self.held = held
        self._filled: dict[int, Array] = {}

    def __len__(self) -> int:
        return len(self.held)

    def __getitem__(self, place: Any) -> Any:
        if isinstance(place, slice):
            return tuple(self[each] for each in range(len(self))[place])
        held = self.held[place]
        if isinstance(held, np.ndarray):
            return held
        if place not in self._filled:
            self._filled[place] = held.filled()
        return self._filled[place]


def unchecked(compiled: Compiled, table: Table, names: Mapping[str, str], also: Sequence[str] = ()) -> Customers | None:
    """Bring a frame into columns whose numbers nobody has looked at; None if something is wrong with it already.

    An engine that finds an infinite number, or one that the model does not allow, leaves it to `prepare` to say so.
    Whether columns are complete is not known yet.
    """
    checks = _checks_of(compiled)
    bounds = (compiled.floor, compiled.target)
    found = read_frame(compiled.model, table, names, checks, bounds, also=also, look=False)
    notes = found.check_bounds(checks, compiled.applies)
    return None if checks.problems else attrs.evolve(found, notes=notes)


def axes_of(model: OutcomeModel) -> dict[str, tuple[str, ...]]:
    """Return the names of segments, stages and goals, in order, as far as a model declares them."""
    declared = [[segment.name for segment in model.segments], [stage.name for stage in model.stages], model.goals]
    return {axis: tuple(names) for axis, names in zip(AXES, declared, strict=True) if names}


def read_frame(
    subject: OutcomeModel,
    table: Table,
    names: Mapping[str, str],
    checks: Checks,
    bounds: tuple[Bounds, Bounds] | None = None,
    *,
    also: Sequence[str] = (),
    strict: bool = True,
    look: bool = True,
) -> Customers:
    """Read the columns that a model, or a scorer from outside, needs; `checks` collects the problems.

    If not `strict`, measures may be missing or not numbers. If not `look`, the numbers of measures are not looked at.

    Raises
    ------
    DataError
        If columns are missing.
    """
    measures = {measure.name: measure for measure in subject.measures}
    axes = [(axis, names[axis], valid) for axis, valid in axes_of(subject).items()]
    wanted = [*(column for _, column, _ in axes), *((*measures, *subject.columns) if strict else ()), *also]
    if lacking := table.require(dict.fromkeys(wanted)):
        raise DataError.all(checks.what, lacking)
    nothing = np.broadcast_to(np.nan, len(table)), False
    read: dict[str, tuple[Any, bool]] = dict.fromkeys((*measures, *subject.columns), nothing)
    # One block for all copies: the system gives it large pages, and unused parts take no memory.
    for name, room in zip(read, np.empty((len(read), len(table))), strict=True):
        if strict or (name in table.names and table.floats(name).bad is None):  # else the scorer reads it itself
            now, measure = look or name not in measures, measures.get(name)
            lies = None if now else table.gapped(name)
            read[name] = _numbers(checks, table, name, measure, room, look=now) if lies is None else (lies, False)
    columns, own = (tuple(read[name][0] for name in listed) for listed in (measures, subject.columns))
    complete, cells = tuple(read[name][1] for name in measures), _cells(subject, table, axes, checks)
    held = columns if look else Columns(columns)
    return Customers(held, own, complete, cells, subject, *(bounds or floors_and_targets(subject)))


def _numbers(
    checks: Checks, table: Table, name: str, measure: Measure | None, room: NDArray[np.float64], *, look: bool = True
) -> tuple[Array, bool]:
    """Read a column of numbers, into `room` where it may change, and whether none is missing; check its hard limits.

    If not `look`, nothing is known of the numbers.
    """
    found = table.floats(name)
    values = found.values
    copy = room.view(values.dtype)[: len(values)] if table.kind in WRITEABLE and may_change(values) else None
    if look:
        least, most, gaps = extremes(values, copy)
    else:
        least, most, gaps = 0.0, 0.0, True
    if copy is not None and not look:
        np.copyto(copy, values)
    values = values if copy is None else locked(copy)
    if found.bad is not None:
        message = f"column {name!r} must hold numbers (got {found.first_bad!r:.60}); leave a missing value empty"
        checks.problem("not-a-number", message, name, found.first_bad, rows=found.bad)
    if np.isinf(least) or np.isinf(most):
        mask = np.isinf(values)
        message = f"column {name!r} holds an infinite number; leave a missing value empty"
        checks.problem("infinite", message, name, float(values[mask][0]), rows=mask)
    low, high = (None, None) if measure is None else (measure.low, measure.high)
    if (low is not None and least < low) or (high is not None and most > high):
        checks.within(f"column {name!r}", name, values, low, high, measure.unit if measure else None)
    return values, not gaps


def _cells(
    subject: OutcomeModel, table: Table, axes: Sequence[tuple[str, str, Sequence[str]]], checks: Checks
) -> NDArray[np.int32]:
    """Find each customer's cell."""
    sizes = (len(subject.segment_names), len(subject.stage_names), max(len(subject.goals), 1))
    lookup = np.full(sizes, SET_ASIDE, dtype=np.int32)
    for place, cell in enumerate(subject.cells):
        goal = subject.goals.index(cell.goal) if cell.goal is not None else 0
        lookup[subject.segment_names.index(cell.segment), subject.stage_names.index(cell.stage), goal] = place
    if not axes:
        return np.full(len(table), lookup[0, 0, 0], dtype=np.int32)
    found = {axis: _axis(checks, table, axis, column, valid) for axis, column, valid in axes}
    flat: Array = np.zeros(1, dtype=np.int32)
    for axis, size in zip(AXES, sizes, strict=True):
        if axis in found:
            flat = flat * np.int32(size) + np.maximum(found[axis], 0)
    cells: NDArray[np.int32] = lookup.reshape(-1).take(flat)
    gone = [codes < 0 for codes in found.values() if codes.min(initial=0) < 0]
    if gone:
        cells[np.logical_or.reduce(gone)] = SET_ASIDE
    if (lookup == SET_ASIDE).any():
        nowhere = (cells == SET_ASIDE) & ~np.logical_or.reduce([*gone, np.zeros(len(cells), dtype=bool)])
        row = int(np.argmax(nowhere)) if len(nowhere) else 0
        if len(nowhere) and nowhere[row]:
            named = ", ".join(f"{axis} {valid[found[axis][row]]!r}" for axis, _, valid in axes)
            where = next((column for axis, column, _ in axes if axis == "goal"), None)
            checks.problem("no-such-cell", f"the model has no desired outcome for {named}", where, named, rows=nowhere)
    return cells


def _axis(checks: Checks, table: Table, axis: str, column: str, valid: Sequence[str]) -> NDArray[np.int32]:
    """Find each customer's segment, stage or goal."""
    read = table.codes(column, valid)
    for value, rows in read.unknown.items():
        said = f"column {column!r} holds {axis} {str(value)!r:.80}, which the model does not have"
        (near, name), shown = checks.suggestion(value, valid), tuple(rows[:SHOWN])
        # unknown-segment, unknown-stage, unknown-goal
        found = Problem(f"unknown-{axis}", said + near, column, value, shown, len(rows), name)
        checks.known_problem(found, rows, len(table))
    blank = read.codes == -1
    # missing-segment, missing-stage, missing-goal
    checks.problem(f"missing-{axis}", f"column {column!r} is empty; every customer needs a {axis}", column, rows=blank)
    return read.codes


def may_change(values: Array) -> bool:
    """Tell whether an array may be a view of one that the user can write to."""
    base: object = values
    while isinstance(base, np.ndarray):
        if base.flags.writeable:
            return True
        base = base.base
    return False


def extremes(values: Array, copy: Array | None = None) -> tuple[float, float, bool]:
    """Return least, most, and whether a value is missing; NaN, NaN where there is no value. Fill a copy on the way.

    Examples
    --------
    >>> extremes(np.array([1.0, np.nan, 3.0]))
    (1.0, 3.0, True)
    """
    least, most, gaps = float("nan"), float("nan"), False
    # Piece by piece, so that the second pass over a piece finds it in the cache.
    for start in range(0, len(values), PIECE):
        piece = values[start : start + PIECE]
        if copy is not None:
            copy[start : start + PIECE] = piece
            piece = copy[start : start + PIECE]
        if not gaps:
            low, high = piece.min(), piece.max()
            gaps = bool(np.isnan(low))
        if gaps:
            low, high = np.fmin.reduce(piece), np.fmax.reduce(piece)
        least, most = float(np.fmin(least, low)), float(np.fmax(most, high))
    return least, most, gaps


def stands_at(value: float, floor: float, target: float, unit: str | None = None) -> str:
    """Return as text how far a measure is from its target, in its own unit.

    Where more is better, it is the value out of the target. Where less is better (``floor > target``), or one of the
    numbers is negative, it is the value, then the target. It never begins with a minus: a spreadsheet might take it for
    a formula.

    Examples
    --------
    >>> stands_at(12, 0, 500, "contacts"), stands_at(12, 48, 1, "h"), stands_at(49_999.9, 0, 50_000, "contacts")
    ('12 of 500 contacts', '12 h, target 1 h', '49,999.9 of 50,000 contacts')
    >>> stands_at(-35.7, -50, 0, "%")
    'at -35.7 %, target 0 %'
    """
    here, there = tell_apart(value, target)
    after = f" {unit}" if unit else ""
    if floor < target and value >= 0 < target:
        return f"{here} of {there}{after}"
    return f"{'at ' if value < 0 else ''}{here}{after}, target {there}{after}"


def tell_apart(value: float, target: float) -> tuple[str, str]:
    """Return two numbers as text, with enough digits to tell them apart.

    Examples
    --------
    >>> tell_apart(0.02999, 0.03), tell_apart(2.0, 2.0)
    (('0.02999', '0.03'), ('2', '2'))
    """
    for digits in range(3, 17):
        pair = number(value, digits), number(target, digits)
        if pair[0] != pair[1] or value == target:
            return pair
    return repr(value), repr(target)
