"""Frames handed to the code of others: copies, other rows, blanks, whether they came back as they were; their steps."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import attrs
import numpy as np
from numpy.typing import ArrayLike, NDArray

from outcomegap.checks import Checks
from outcomegap.errors import DataError
from outcomegap.frames import wrap
from outcomegap.model.check import Subject
from outcomegap.program import floors_and_targets
from outcomegap.scoring.columns import CustomerColumns
from outcomegap.scoring.customers import AXES, Customers, read_frame
from outcomegap.scoring.outcome_scorer import outline_of
from outcomegap.testing.compare import differences, need_none
from outcomegap.testing.rules import RuleRunner, need

Array = NDArray[Any]
Mask = NDArray[np.bool_]
#: Says something of each row of a frame, by name.
Say = Callable[[Any], Mapping[str, ArrayLike]]


class Frame:
    """Customers to try something on, and frames of the same kind with other rows or other values."""

    def __init__(self, native: Any) -> None:
        self.native, self.table = native, wrap(native)

    def copy(self) -> Any:
        """Return a copy, for code that may change it; a frame that nobody can copy nobody can change."""
        try:
            return copy.deepcopy(self.native)
        except Exception:  # noqa: BLE001 - whatever the kind of frame raises, such as a relation of DuckDB
            return self.native

    def columns(self) -> dict[str, Array]:
        """Return all columns as arrays of their own."""
        return {name: self.table.values(name).copy() for name in self.table.names}

    def rows(self, rows: Any) -> Any:
        """Return a frame of some rows."""
        return self.table.build(of_rows(self.columns(), rows), index_like=False)

    def changed(self, columns: Mapping[str, Array]) -> Any:
        """Return a frame with other values in some columns."""
        own = {name: np.array(values) for name, values in columns.items()}
        return self.table.build(self.columns() | own, index_like=False)

    def numbers(self, names: Iterable[str]) -> dict[str, Array]:
        """Return columns as numbers, NaN where there is none; as far as they are there and hold numbers."""
        found = {name: self.table.floats(name) for name in names if name in self.table.names}
        return {name: np.array(each.values, dtype=np.float64) for name, each in found.items() if each.bad is None}

    def fractional(self) -> dict[str, Array]:
        """Return the columns of fractional numbers; whole ones may be ids and codes, and stay as they are."""

        def is_fractional(values: Array) -> bool:  # among whole numbers they came as objects
            return values.dtype.kind == "f" or any(isinstance(v, float) and math.isfinite(v) for v in values.tolist())

        return self.numbers([name for name, values in self.columns().items() if is_fractional(values)])

    def without_gaps(self) -> Any:
        """Return a frame without missing numbers: each becomes the first of its column."""
        found = self.fractional()
        for values in found.values():
            values[np.isnan(values)] = values[np.argmin(np.isnan(values))]
        return self.changed(found)

    def contents(self) -> dict[str, tuple[str, str, list[str]]]:
        """Return what can be seen of it, column by column: what holds it, the type of its values, and each value."""
        holders = self.native if isinstance(self.native, Mapping) else {}
        found = {}
        for name, values in self.columns().items():
            holder = type(holders.get(name)).__name__
            found[name] = (holder, str(values.dtype), [repr(value) for value in values.tolist()])
        if self.table.kind == "pandas":
            found["(index)"] = ("", "", [repr(value) for value in self.native.index.tolist()])
        return found


# What is said of a row hangs on that row alone, whoever says it: a curve, a gate, a join, an engine, a scorer


def of_rows(said: Mapping[str, ArrayLike], rows: Any) -> dict[str, Array]:
    """Return what is said of some rows."""
    return {name: np.asarray(values)[rows] for name, values in said.items()}


def need_same(found: Mapping[str, ArrayLike], wanted: Mapping[str, ArrayLike], how: str) -> None:
    """Make sure that the same is said of the same rows."""
    need_none(differences(found, wanted, "one", "the other"), f"{how}, something else is said of rows: ")


def check_row_by_row(run: RuleRunner, say: Say, frame: Frame, whole: Mapping[str, ArrayLike]) -> None:
    """Run the rules ``order`` and ``splitting``; `whole` is what `say` says of the frame."""

    def alike(rows: Array, how: str) -> None:
        need_same(say(frame.rows(rows)), of_rows(whole, rows), how)

    # The lowest, the middling and the highest apart: what hangs on the rest of the frame differs most between them.
    ranked = np.argsort(np.asarray(next(iter(whole.values())), dtype=np.float64), kind="stable")
    with run.rule("order"):
        alike(np.random.default_rng(1).permutation(len(ranked)), "shuffled")
    with run.rule("splitting"):
        for rows in np.array_split(ranked, min(len(ranked), 3)):
            alike(np.sort(rows), "in parts")
        for row in ranked[[0, len(ranked) // 2, -1]].tolist():
            alike(np.array([row]), f"row {row} alone")


def check_untouched(run: RuleRunner, call: Callable[[Any], Any], frame: Frame) -> None:
    """Run the rule ``untouched``: what is handed over comes back as it was."""
    with run.rule("untouched"):
        given = frame.copy()
        before = Frame(given).contents()
        call(given)
        try:
            after = Frame(given).contents()
        except DataError as error:
            raise AssertionError(f"the frame can no longer be read: {error}") from error
        changed = [name for name in {**before, **after} if before.get(name) != after.get(name)]
        need(not changed, f"changes the frame: {', '.join(map(repr, changed))}")
        need(list(before) == list(after), "puts the columns of the frame in another order")


# Steps


@attrs.frozen(eq=False)
class Steps:
    """What is read of each customer and step, in the unit of its measure; arrays of shape (customers, steps).

    `applies` tells whether the customer's cell has the step.
    """

    subject: Subject
    value: Array
    floor: Array
    target: Array
    applies: Mask

    @property
    def known(self) -> Mask:
        """Whether value, floor and target are there."""
        return np.asarray(~np.isnan(self.value + self.floor + self.target) & self.applies)

    @property
    def up(self) -> Mask:
        """Whether more is better."""
        return np.asarray(self.target > self.floor)

    @property
    def whole(self) -> Mask:
        """Whether nothing of a customer is missing."""
        return np.asarray((self.known | ~self.applies).all(axis=1))


def steps_of(scorer: Any, scores: Any, frame: Frame) -> Steps:
    """Read the steps of whatever scored customers off a frame.

    Raises
    ------
    DataError
        If the frame holds what cannot be, such as an unknown segment.
    ModelError
        If the scorer does not say what its steps are.
    """
    table = frame.table
    if isinstance(scores, CustomerColumns):
        subject, cells = scores.model, scores.cell
        applies = np.vstack([scores.applies, np.zeros((1, len(subject.steps)), dtype=bool)])[cells]
    else:
        subject = outline_of(scorer)
        checks = Checks(f"the steps of scorer {subject.name!r:.60}")
        cells = read_frame(subject, table, {axis: axis for axis in AXES}, checks, strict=False).cells
        if (cells < 0).any():
            checks.done()
        applies = np.ones((len(table), len(subject.steps)), dtype=bool)
    measures = [measure.name for measure in subject.measures]
    found, rows = frame.numbers([*measures, *subject.columns]), np.arange(len(table))
    columns, own = (tuple(map(found.get, names)) for names in (measures, subject.columns))
    customers = Customers(subject, cells, columns, own, *floors_and_targets(subject))
    read = np.array([customers.read(number, rows) for number in range(len(subject.steps))]).reshape(-1, 3, len(rows))
    value, floor, target = read.transpose(1, 2, 0)
    return Steps(subject, value, floor, target, applies)
