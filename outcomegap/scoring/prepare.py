"""From a frame to a batch: every problem of the data at once, nothing dropped, reordered or guessed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import attrs
import numpy as np
from numpy.typing import NDArray

from outcomegap.engines.numpy_blocks import SET_ASIDE, Batch
from outcomegap.errors import SHOWN, DataError, Problem, hint, nearest
from outcomegap.frames import Table
from outcomegap.frames.arrays import locked
from outcomegap.model import Measure
from outcomegap.program import NO_COLUMN, Compiled

Array = NDArray[Any]
Mask = NDArray[np.bool_]
OnBad = Literal["raise", "set_aside"]
#: How many values are looked at together.
PIECE = 1 << 15
#: Kinds of frames whose columns may be arrays that the user can write to.
WRITEABLE = ("dict", "pandas", "modin", "cudf")


@attrs.frozen(eq=False)
class Prepared:
    """A batch, and what was wrong with the rows set aside.

    Parameters
    ----------
    batch
        The customers; rows set aside have no cell.
    problems
        Why rows were set aside.
    """

    batch: Batch
    problems: tuple[Problem, ...]


def prepare(
    compiled: Compiled, table: Table, names: Mapping[str, str], on_bad: OnBad, also: Sequence[str] = ()
) -> Prepared:
    """Check a frame against a model and bring it into columns.

    Parameters
    ----------
    compiled
        The model.
    table
        The customers.
    names
        What their columns ``segment``, ``stage`` and ``goal`` are called.
    on_bad
        ``"raise"``: any problem is an error; ``"set_aside"``: only what concerns the frame as a whole is.
    also
        Other columns that must be there.

    Raises
    ------
    DataError
        With every problem.
    """
    if on_bad not in ("raise", "set_aside"):
        raise DataError(f'on_bad must be "raise" or "set_aside" (got {on_bad!r})')
    model = compiled.model
    axes = _axes(compiled, names)
    wanted = [*(name for name, _ in axes.values()), *(m.name for m in model.measures), *model.columns, *also]
    lacking = table.require(dict.fromkeys(wanted))
    if lacking:
        raise DataError.all(f"model {model.name!r} cannot score this frame", lacking)
    sheet = Sheet(table)
    columns = tuple(sheet.measure(measure) for measure in model.measures)
    own = tuple(sheet.numbers(name) for name in model.columns)
    cells = sheet.cells(compiled, axes)
    sheet.own_bounds(compiled, cells, own)
    if sheet.problems and on_bad == "raise":
        raise DataError.all(f"model {model.name!r} cannot score this frame", sheet.problems)
    if sheet.bad is not None:
        cells[sheet.bad] = SET_ASIDE
    complete = tuple(not gaps for gaps in sheet.gaps)
    return Prepared(Batch(columns, own, complete, cells), tuple(sheet.problems))


def _axes(compiled: Compiled, names: Mapping[str, str]) -> dict[str, tuple[str, Sequence[str]]]:
    """Return what the model needs to find a cell: axis -> (column, valid names)."""
    model = compiled.model
    axes: dict[str, tuple[str, Sequence[str]]] = {}
    if model.segments:
        axes["segment"] = (names["segment"], model.segment_names)
    if model.stages:
        axes["stage"] = (names["stage"], model.stage_names)
    if model.goals:
        axes["goal"] = (names["goal"], model.goals)
    return axes


class Sheet:
    """Reads columns of one table and collects what is wrong with them."""

    def __init__(self, table: Table) -> None:
        self.table = table
        self.problems: list[Problem] = []
        self.bad: Mask | None = None
        self.gaps: list[bool] = []

    def measure(self, measure: Measure) -> Array:
        """Read a measure and check its hard limits."""
        values, (least, most, gaps) = self._read(measure.name)
        self.gaps.append(gaps)
        if measure.low is not None and least < measure.low:
            self._limit(measure, values, values < measure.low, f"below {measure.low:g}, the least")
        if measure.high is not None and most > measure.high:
            self._limit(measure, values, values > measure.high, f"above {measure.high:g}, the most")
        return values

    def _limit(self, measure: Measure, values: Array, mask: Mask, how: str) -> None:
        unit = f" {measure.unit}" if measure.unit else ""
        mask = mask & np.isfinite(values)
        if mask.any():
            worst = float(values[mask][0])
            message = f"column {measure.name!r} holds {worst:g}{unit}, {how} that {measure.name!r} can be"
            self._report("out-of-range", message, measure.name, mask, worst)

    def numbers(self, name: str) -> Array:
        """Read a column of numbers; text and infinities are problems."""
        return self._read(name)[0]

    def _read(self, name: str) -> tuple[Array, tuple[float, float, bool]]:
        found = self.table.floats(name)
        if found.bad is not None:
            message = f"column {name!r} must hold numbers (got {found.first_bad!r:.60}); leave a missing value empty"
            self._report("not-a-number", message, name, found.bad, found.first_bad)
        limits = extremes(found.values)
        if np.isinf(limits[0]) or np.isinf(limits[1]):
            mask = np.isinf(found.values)
            message = f"column {name!r} holds an infinity; leave a missing value empty"
            self._report("infinite", message, name, mask, float(found.values[mask][0]))
        return kept(self.table, found.values), limits

    def cells(self, compiled: Compiled, axes: Mapping[str, tuple[str, Sequence[str]]]) -> NDArray[np.int32]:
        """Find each customer's cell."""
        model = compiled.model
        sizes = (len(model.segment_names), len(model.stage_names), max(len(model.goals), 1))
        found: dict[str, NDArray[np.int32]] = {}
        for axis, (column, valid) in axes.items():
            found[axis] = self.axis(axis, column, valid)
        lookup = np.full(sizes, SET_ASIDE, dtype=np.int32)
        for number, cell in enumerate(model.cells):
            goal = model.goals.index(cell.goal) if cell.goal is not None else 0
            lookup[model.segment_names.index(cell.segment), model.stage_names.index(cell.stage), goal] = number
        if not found:
            return np.full(len(self.table), lookup[0, 0, 0], dtype=np.int32)
        flat: Array = np.zeros(1, dtype=np.int32)
        for axis, size in zip(("segment", "stage", "goal"), sizes, strict=True):
            if axis in found:
                flat = flat * np.int32(size) + np.maximum(found[axis], 0)
        cells: NDArray[np.int32] = lookup.reshape(-1).take(flat)
        unknown = [codes < 0 for codes in found.values() if codes.min(initial=0) < 0]
        nowhere = cells == SET_ASIDE if (lookup == SET_ASIDE).any() else np.zeros(0, dtype=bool)
        if unknown:
            gone = np.logical_or.reduce(unknown)
            cells[gone] = SET_ASIDE
            nowhere = nowhere & ~gone if len(nowhere) else nowhere
        if nowhere.any():
            row = int(np.argmax(nowhere))
            named = ", ".join(f"{axis} {valid[found[axis][row]]!r}" for axis, (_, valid) in axes.items())
            where = axes["goal"][0] if "goal" in axes else None
            self._report("no-such-cell", f"the model has no desired outcome for {named}", where, nowhere, named)
        return cells

    def axis(self, axis: str, column: str, valid: Sequence[str]) -> NDArray[np.int32]:
        """Find each customer's segment, stage or goal."""
        read = self.table.codes(column, valid)
        for value, where in read.unknown.items():
            message = (
                f"column {column!r} holds {axis} {str(value)!r:.80}, which the model does not have{hint(value, valid)}"
            )
            self.problems.append(
                Problem(
                    f"unknown-{axis}", message, column, value, where.rows[:SHOWN], where.count, nearest(value, valid)
                )
            )
        blank = read.codes == -1
        if blank.any():
            self._report(f"missing-{axis}", f"column {column!r} is empty; every customer needs a {axis}", column, blank)
        self._set_aside(read.codes < 0)
        return read.codes

    def own_bounds(self, compiled: Compiled, cells: NDArray[np.int32], own: Sequence[Array]) -> None:
        """A customer's own floor differs from the target."""
        here = np.flatnonzero(cells >= 0)
        for step in np.flatnonzero(compiled.floor.own | compiled.target.own).tolist():
            rows = here[compiled.applies[cells[here], step]]
            floor, target = (b.at(step, cells[rows], own, rows) for b in (compiled.floor, compiled.target))
            mask = np.zeros(len(cells), dtype=bool)
            mask[rows[floor == target]] = True
            if mask.any():
                value = float(floor[floor == target][0])
                message = (
                    f"floor and target of {compiled.model.steps[step].name!r} are both {value:g}; they must differ"
                )
                columns = np.unique([compiled.floor.columns[step], compiled.target.columns[step]])
                name = compiled.model.columns[columns[columns != NO_COLUMN][0]]
                self._report("floor-is-target", message, name, mask, value)

    def _report(self, rule: str, message: str, column: str | None, mask: Mask, value: Any = None) -> None:
        rows = np.flatnonzero(mask)
        places = ", ".join(map(str, rows[:5].tolist()))
        where = (
            f"{message} ({len(rows)} row{'s' if len(rows) != 1 else ''}: {places}{', ...' if len(rows) > 5 else ''})"
        )
        shown = tuple(rows[:SHOWN].tolist())
        self.problems.append(Problem(rule, where, column, value, shown, len(rows)))
        self._set_aside(mask)

    def _set_aside(self, mask: Mask) -> None:
        if mask.any():
            self.bad = mask.copy() if self.bad is None else self.bad | mask


def kept(table: Table, values: Array) -> Array:
    """Return the values of a column as they are now: a copy where they may lie in a writeable array of the user's."""
    base = values if table.kind in WRITEABLE else None
    while isinstance(base, np.ndarray):
        if base.flags.writeable:
            return locked(values.copy())
        base = base.base
    return values


def extremes(values: Array) -> tuple[float, float, bool]:
    """Return least, most, and whether a value is missing; NaN, NaN where there is no value.

    Examples
    --------
    >>> extremes(np.array([1.0, np.nan, 3.0]))
    (1.0, 3.0, True)
    """
    least, most, gaps = float("nan"), float("nan"), False
    # Piece by piece, so that the second look at a piece finds it in the cache.
    for start in range(0, len(values), PIECE):
        piece = values[start : start + PIECE]
        low, high = piece.min(), piece.max()
        if np.isnan(low):
            gaps = True
            low, high = np.fmin.reduce(piece), np.fmax.reduce(piece)
        least, most = float(np.fmin(least, low)), float(np.fmax(most, high))
    return least, most, gaps
