"""Frames handed to the code of others: copies, other rows, blanks, whether they came back as they were; their steps."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Mapping
from typing import Any

import attrs
import numpy as np
from numpy.typing import ArrayLike, NDArray

from outcomegap.errors import DataError
from outcomegap.frames import wrap
from outcomegap.model import Step
from outcomegap.program import floors_and_targets
from outcomegap.scoring.columns import CustomerColumns
from outcomegap.scoring.outcome_scorer import outline_of
from outcomegap.testing.compare import differences, first_few
from outcomegap.testing.rules import RuleRunner, need

Array = NDArray[Any]
Mask = NDArray[np.bool_]
#: Says something of each row of a frame, by name.
Say = Callable[[Any], Mapping[str, ArrayLike]]


def copy_of(frame: Any) -> Any:
    """Return a copy of a frame, for code that may change it; a frame that nobody can copy nobody can change."""
    try:
        return copy.deepcopy(frame)
    except Exception:  # noqa: BLE001 - whatever the kind of frame raises, such as a relation of DuckDB
        return frame


def columns_of(frame: Any) -> dict[str, Array]:
    """Return all columns as arrays of their own."""
    table = wrap(frame)
    return {name: table.values(name).copy() for name in table.names}


def rows_of(frame: Any, rows: Any) -> Any:
    """Return some rows of a frame, as the same kind of frame."""
    return wrap(frame).build({name: values[rows] for name, values in columns_of(frame).items()}, index_like=False)


def with_columns(frame: Any, changed: Mapping[str, Array]) -> Any:
    """Return a frame with other values in some of its columns, as the same kind of frame."""
    own = {name: np.array(values) for name, values in changed.items()}
    return wrap(frame).build(columns_of(frame) | own, index_like=False)


def numbers_of(frame: Any, name: str) -> Array | None:
    """Return a column as numbers, NaN where there is none; None if it is not there, or holds something else."""
    table = wrap(frame)
    found = table.floats(name) if name in table.names else None
    return None if found is None or found.bad is not None else np.array(found.values, dtype=np.float64)


def fractional(frame: Any) -> list[str]:
    """Name the columns of fractional numbers; whole ones may be ids and codes, and stay as they are."""

    def is_fractional(values: Array) -> bool:  # among whole numbers they came as objects
        return values.dtype.kind == "f" or any(isinstance(v, float) and math.isfinite(v) for v in values.tolist())

    columns = columns_of(frame).items()
    return [name for name, values in columns if is_fractional(values) and numbers_of(frame, name) is not None]


def without_gaps(frame: Any) -> Any:
    """Return the same frame without missing numbers: each becomes the first of its column; None if none is missing."""
    found = {}
    for name in fractional(frame):
        values = numbers_of(frame, name)
        if values is not None and np.isnan(values).any() and not np.isnan(values).all():
            values[np.isnan(values)] = values[~np.isnan(values)][0]
            found[name] = values
    return with_columns(frame, found) if found else None


def contents_of(frame: Any) -> dict[str, tuple[str, str, list[str]]]:
    """Return what can be seen of a frame, column by column: what holds it, the type of its values, and each value."""
    table = wrap(frame)
    found = {}
    for name in table.names:
        values = table.values(name)
        holder = type(frame[name]).__name__ if isinstance(frame, Mapping) else ""
        found[name] = (holder, str(values.dtype), [repr(value) for value in values.tolist()])
    if table.kind == "pandas":
        found["(index)"] = ("", "", [repr(value) for value in frame.index.tolist()])
    return found


# What is said of a row hangs on that row alone, whoever says it: a curve, a gate, a join, an engine, a scorer


def need_same(found: Mapping[str, ArrayLike], wanted: Mapping[str, ArrayLike], how: str) -> None:
    """Make sure that the same is said of the same rows."""
    wrong = [*differences(found, wanted, "one", "the other")]
    need(not wrong, f"{how}, something else is said of rows: {first_few(wrong)}")


def check_row_by_row(run: RuleRunner, say: Say, frame: Any, whole: Mapping[str, ArrayLike]) -> None:
    """Run the rules ``order`` and ``splitting``; `whole` is what `say` says of the frame."""
    arrays = {name: np.asarray(values) for name, values in whole.items()}

    def alike(rows: Array, how: str) -> None:
        need_same(say(rows_of(frame, rows)), {name: values[rows] for name, values in arrays.items()}, how)

    # The lowest, the middling and the highest apart: what hangs on the rest of the frame differs most between them.
    ranked = np.argsort(next(iter(arrays.values())).astype(np.float64), kind="stable")
    with run.rule("order"):
        alike(np.random.default_rng(1).permutation(len(ranked)), "shuffled")
    with run.rule("splitting"):
        for rows in np.array_split(ranked, min(len(ranked), 3)):
            alike(np.sort(rows), "in parts")
        for row in ranked[[0, len(ranked) // 2, -1]].tolist():
            alike(np.array([row]), f"row {row} alone")


def check_untouched(run: RuleRunner, call: Callable[[Any], Any], frame: Any) -> None:
    """Run the rule ``untouched``: what is handed over comes back as it was."""
    with run.rule("untouched"):
        given = copy_of(frame)
        before = contents_of(given)
        call(given)
        try:
            after = contents_of(given)
        except DataError as error:
            raise AssertionError(f"the frame can no longer be read: {error}") from error
        changed = [name for name in {**before, **after} if before.get(name) != after.get(name)]
        need(not changed, f"changes the frame: {', '.join(map(repr, changed))}")
        need(list(before) == list(after), "puts the columns of the frame in another order")


# Steps


@attrs.frozen(eq=False)
class Steps:
    """What is read of each customer and step; arrays of shape (customers, steps).

    Parameters
    ----------
    steps
        The steps, in the order of the second axis.
    value, floor, target
        In the unit of the step's measure; NaN where missing.
    applies
        Whether the customer's cell has the step.
    own
        Names of the columns that floors and targets are taken from.
    """

    steps: tuple[Step, ...]
    value: Array
    floor: Array
    target: Array
    applies: Mask
    own: tuple[str, ...]

    @property
    def known(self) -> Mask:
        """Whether value, floor and target are there."""
        found: Mask = ~np.isnan(self.value + self.floor + self.target) & self.applies
        return found

    @property
    def met(self) -> Mask:
        """Whether a step is observed, and at its target or beyond."""
        with np.errstate(invalid="ignore"):
            up = np.where(self.target > self.floor, self.value >= self.target, self.value <= self.target)
        return np.asarray(self.known & up, dtype=np.bool_)

    @property
    def whole(self) -> Mask:
        """Whether nothing of a customer is missing."""
        return np.asarray((self.known | ~self.applies).all(axis=1), dtype=np.bool_)


def steps_of(scorer: Any, scores: Any, frame: Any) -> Steps:
    """Read the steps of whatever scored customers off a frame.

    Raises
    ------
    DataError
        If the frame holds what cannot be, such as an unknown segment.
    ModelError
        If the scorer does not say what its steps are.
    """
    table = wrap(frame)
    if isinstance(scores, CustomerColumns):
        subject, cells = scores.model, scores.cell
        applies = np.vstack([scores.applies, np.zeros((1, len(subject.steps)), dtype=bool)])[cells]
    else:
        subject, cells = outline_of(scorer), np.zeros(len(table), dtype=np.int64)
        applies = np.ones((len(table), len(subject.steps)), dtype=bool)
        for axis, declared in (("segment", subject.segment_names), ("stage", subject.stage_names)):
            if getattr(subject, f"{axis}s"):
                codes = table.codes(axis, declared).codes if axis in table.names else np.array([-1])
                if (codes < 0).any():
                    raise DataError(f"column {axis!r} is not there, or holds what is no {axis} of the scorer")
                cells = cells * len(declared) + codes
    own = [numbers_of(frame, name) for name in subject.columns]
    value, floor, target = np.full((3, len(table), len(subject.steps)), np.nan)
    for number, step in enumerate(subject.steps):
        found, here = numbers_of(frame, step.measure.name), applies[:, number]
        value[here, number] = np.nan if found is None else found[here]
        for bounds, out in zip(floors_and_targets(subject), (floor, target), strict=True):
            out[here, number] = bounds.at(number, cells[here], own, here)
    return Steps(tuple(subject.steps), value, floor, target, applies, subject.columns)
