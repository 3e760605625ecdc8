"""One customer as a mapping: read fast where all is well, examined with care where it is not."""

from __future__ import annotations

import decimal
import difflib
import functools
import math
import struct
from collections.abc import Callable, Mapping
from operator import itemgetter
from types import NoneType
from typing import Any, Literal

import attrs
import numpy as np

from outcomegap.engines.scalar import ScalarEngine
from outcomegap.errors import DataError, Problem, nearest
from outcomegap.frames import wrap
from outcomegap.model import OutcomeModel
from outcomegap.program import Compiled, compile_model
from outcomegap.scoring.one import Place, Score
from outcomegap.scoring.prepare import prepare

Absent = Literal["missing", "error"]
AXES = ("segment", "stage", "goal")

#: Keys of a row that name or place the customer, and hence are no slip for a measure.
NAMING = frozenset({*AXES, "id", "customer"})
#: From this likeness (of 1) on, a key that the model does not know is a slip for one that it lacks.
SLIP = 0.8

#: What the kernels take as it comes.
NUMBERS = frozenset({float, int})
#: What becomes a float without loss of meaning; all else is left to `prepare`, which knows every rule.
KNOWN = NUMBERS | {
    *(NoneType, bool, decimal.Decimal, np.bool_),
    *(np.float64, np.float32, np.float16),
    *(np.int8, np.int16, np.int32, np.int64, np.uint8, np.uint16, np.uint32, np.uint64),
}


@attrs.frozen
class _Reader:
    """How to find a customer's cell when the columns are called so."""

    columns: tuple[str, ...]
    where: Callable[[Mapping[str, Any]], Any]


class OneByOne:
    """Scores customers given as mappings; safe to share between threads, picklable.

    Parameters
    ----------
    compiled
        The model.
    """

    def __init__(self, compiled: Compiled) -> None:
        model = compiled.model
        self.compiled = compiled
        self.engine = ScalarEngine(compiled)
        declared = (model.segments, model.stages, model.goals)
        self._axes = tuple(axis for axis, there in zip(AXES, declared, strict=True) if there)
        self._names = (*(measure.name for measure in model.measures), *model.columns)
        self._pick = _getter(self._names)
        inputs = model.inputs
        self._naming = NAMING if inputs is None else NAMING | {inputs.id, *inputs.keep}
        self._doubles = struct.Struct(f"{len(self._names)}d")
        self._cells = {_key([getattr(cell, axis) for axis in self._axes]): n for n, cell in enumerate(model.cells)}
        self._places: dict[Any, Place] = {}
        self._readers: dict[tuple[str, str, str], _Reader] = {}

    def score(self, row: Mapping[str, Any], absent: Absent, segment: str, stage: str, goal: str) -> Score:
        """Score one customer; see `Scorer.score_one`."""
        if type(row) is dict and (absent == "missing" or absent == "error"):  # noqa: PLR1714 - the fastest way to say it
            try:
                values = self._pick(row)
                if NUMBERS.issuperset(map(type, values)):
                    place = self._places[self._readers[segment, stage, goal].where(row)]
                    found = place.kernel.complete(values)
                    if found is not None:
                        return Score(place, values, found)
            except (LookupError, TypeError, ArithmeticError):
                pass  # something is absent or no number, or asked for the first time
        return self._carefully(row, absent, (segment, stage, goal))

    def place(self, cell: int) -> Place:
        """Return what the customers of a cell have in common."""
        compiled = self.compiled
        kernel = self.engine.kernel(cell)
        return Place(
            one=self,
            number=cell,
            cell=compiled.cells[cell],
            kernel=kernel,
            steps=tuple(compiled.model.steps[position] for position in kernel.program.steps),
            achieved_at=float(compiled.achieved_at[cell]),
            appropriate_at=float(compiled.appropriate_at[cell]),
            min_coverage=float(compiled.min_coverage[cell]),
        )

    def _carefully(self, row: Mapping[str, Any], absent: Absent, names: tuple[str, str, str]) -> Score:
        """Score a customer of whom something is missing, or say all that is wrong."""
        if absent not in ("missing", "error"):
            raise DataError(f'absent must be "missing" or "error" (got {absent!r})')
        if not isinstance(row, Mapping):
            message = f"score_one takes one customer as a mapping, column to value (got {type(row).__name__})"
            raise DataError.all("score_one", [Problem("not-a-mapping", message, value=type(row).__name__, count=1)])
        reader = self._reader(names)
        whole = not self._slips(row, reader) if absent == "missing" else all(n in row for n in self._wanted(reader))
        place, values = self._find(row, reader), self._floats(row)
        if place is not None and values is not None and whole:
            try:
                found = place.kernel.score(values)
            except ZeroDivisionError:
                found = None
            if found is not None:
                return Score(place, values, found)
        return self._examined(row, names, strict=absent == "error")

    def _examined(self, row: Mapping[str, Any], names: tuple[str, str, str], *, strict: bool) -> Score:
        """Treat the customer as a frame of one row, whose rules have the last word."""
        wanted = self._wanted(self._reader(names))
        lacking = [name for name in wanted if name not in row]
        spare = [str(name) for name in row if name not in wanted]
        table = wrap({name: _column(row.get(name)) for name in wanted})
        prepared = prepare(self.compiled, table, dict(zip(AXES, names, strict=True)), "set_aside")
        problems = [_absent(name, spare) for name in lacking] if strict else self._slips(row, self._reader(names))
        said = {problem.column for problem in problems}
        problems += [_of_one(problem, lacking, spare) for problem in prepared.problems if problem.column not in said]
        if problems:
            raise DataError.all(f"model {self.compiled.model.name!r} cannot score this customer", problems)
        batch = prepared.batch
        values = tuple(float(column[0]) for column in (*batch.columns, *batch.own))
        place = self.place(int(batch.cells[0]))
        found = place.kernel.score(values)
        assert found is not None
        return Score(place, values, found)

    def _slips(self, row: Mapping[str, Any], reader: _Reader) -> list[Problem]:
        """Return a problem for each key that looks like a misspelt measure: read as missing, it would be lost."""
        lacking = tuple(name for name in self._names if name not in row)
        if not lacking:
            return []
        known = {*self._names, *reader.columns, *self._naming}
        spare = tuple(key for key in row if isinstance(key, str) and key not in known)
        return [_slip(key, meant) for key, meant in _meaning(spare, lacking, self._names)] if spare else []

    def _wanted(self, reader: _Reader) -> dict[str, None]:
        """Return every column that the model reads, each once."""
        return dict.fromkeys((*reader.columns, *self._names))

    def _reader(self, names: tuple[str, str, str]) -> _Reader:
        found = self._readers.get(names)
        if found is None:
            called = dict(zip(AXES, names, strict=True))
            columns = tuple(called[axis] for axis in self._axes)
            found = self._readers[names] = _Reader(columns, itemgetter(*columns) if columns else _nowhere)
        return found

    def _find(self, row: Mapping[str, Any], reader: _Reader) -> Place | None:
        """Return the place of a customer whose names are given plainly; None where that is for `prepare` to judge."""
        key = _key([row.get(column) for column in reader.columns])
        try:
            cell = self._cells.get(key)
        except TypeError:
            return None
        if cell is None:
            return None
        if key not in self._places:
            self._places[key] = self.place(cell)
        return self._places[key]

    def _floats(self, row: Mapping[str, Any]) -> tuple[float, ...] | None:
        """Return the customer's values, NaN where missing; None where that is for `prepare` to judge."""
        values = [row.get(name) for name in self._names]
        if not KNOWN.issuperset(map(type, values)):
            return None
        try:
            return self._doubles.unpack(self._doubles.pack(*[math.nan if v is None else v for v in values]))
        except (struct.error, ValueError, OverflowError):
            return None

    def __reduce__(self) -> Any:
        return _again, (self.compiled.model,)


def _again(model: OutcomeModel) -> OneByOne:
    return OneByOne(compile_model(model))


def _getter(names: tuple[str, ...]) -> Callable[[Mapping[str, Any]], tuple[Any, ...]]:
    if len(names) == 1:
        return lambda row: (row[names[0]],)
    return itemgetter(*names)


def _nowhere(_row: Mapping[str, Any]) -> tuple[()]:
    return ()


def _key(parts: list[Any]) -> Any:
    """Return what an itemgetter makes of these parts."""
    return parts[0] if len(parts) == 1 else tuple(parts)


def _column(value: Any) -> Any:
    column = np.empty(1, dtype=object)
    column[0] = value
    return column


def _absent(name: str, spare: list[str]) -> Problem:
    """Say that a column is not there; `spare` are columns that the model has no other use for."""
    near = nearest(name, spare)
    return Problem("missing-column", f"there is no column {name!r}{_meant(near)}", name, count=1, suggestion=near)


@functools.lru_cache(maxsize=256)  # rows of one source lack and add the same keys, and comparing text is slow
def _meaning(spare: tuple[str, ...], lacking: tuple[str, ...], names: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """Return each spare key that can hardly mean anything but a name that is lacking, with that name."""
    near = ((key, nearest(key, lacking)) for key in spare)
    return tuple((key, name) for key, name in near if name and _alike(key, name) and nearest(key, names) == name)


def _alike(key: str, name: str) -> bool:
    return difflib.SequenceMatcher(None, key.casefold(), name.casefold()).ratio() >= SLIP


def _slip(key: str, meant: str) -> Problem:
    message = f"there is a column {key!r}, which the model does not know, and no {meant!r}{_meant(meant)}"
    return Problem("unknown-column", message, key, count=1, suggestion=meant)


def _of_one(problem: Problem, lacking: list[str], spare: list[str]) -> Problem:
    """Leave out of a problem where in the frame it stands; name the nearest column where it has none."""
    changed = attrs.evolve(problem, message=problem.message.removesuffix(" (1 row: 0)"), rows=(), count=1)
    near = nearest(problem.column, spare) if problem.column in lacking else None
    if near is None:
        return changed
    return attrs.evolve(changed, message=changed.message + _meant(near), suggestion=near)


def _meant(near: str | None) -> str:
    return f" (did you mean {near!r}?)" if near is not None else ""
