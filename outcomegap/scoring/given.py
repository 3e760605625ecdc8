"""Arrays that a scorer of your own hands over, looked at: every rule that they break is told at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from outcomegap.errors import DataError, Finding, ModelError, hint
from outcomegap.frames import Table, wrap
from outcomegap.frames.arrays import floats_of_array
from outcomegap.model.outline import Outline
from outcomegap.scoring.states import STATES, UNCERTAIN

Array = NDArray[Any]
#: How far numbers may be from what they must be.
SLACK = 1e-9


class Given:
    """Looks at arrays one by one and collects what is wrong; `done` raises it.

    Parameters
    ----------
    outline
        What the scorer says of itself.
    size
        How many customers there are.
    index
        That of the customers' frame, where it has one (pandas): a series of another index is refused.

    Examples
    --------
    >>> given = Given(Outline("health"), 2)
    >>> given.shares("desired", [0.5, 1.5]).tolist()
    [0.5, 1.0]
    >>> try:
    ...     given.done()
    ... except ModelError as error:
    ...     print(error)
    scorer 'health' made what cannot be: error: scorer 'health': desired leaves [0, 1]: 1.5 in row 1 [range]
    """

    def __init__(self, outline: Outline, size: int, index: Any = None) -> None:
        self.where, self.outline, self.size, self.index = f"scorer {outline.name!r}", outline, size, index
        self.found: list[Finding] = []

    def done(self) -> None:
        """Raise what was found.

        Raises
        ------
        ModelError
            With each rule that is broken: ``numbers``, ``shape``, ``index``, ``range``, ``bounds``, ``states``,
            ``parts``, ``gain``, ``columns``, ``threshold``.
        """
        if self.found:
            raise ModelError.all(f"{self.where} made what cannot be", self.found)

    def say(self, rule: str, message: str) -> None:
        """Note a broken rule."""
        self.found.append(Finding(rule, self.where, message))

    def shares(self, name: str, value: Any) -> Array:
        """Return one number in [0, 1] a customer, or NaN."""
        found = self._fitting(name, self._column(name, value), (self.size,))
        return self._clipped(name, found)

    def maybe_shares(self, name: str, value: Any) -> Array | None:
        """Return the same, or None where nothing was said."""
        return None if value is None else self.shares(name, value)

    def matrix(self, name: str, value: Any, *, shares: bool = False) -> Array | None:
        """Return one number a customer and step, or None where nothing was said."""
        if value is None:
            return None
        shape = (self.size, len(self.outline.steps))
        found = self._fitting(name, self._table_of_numbers(name, value, shape), shape)
        return self._clipped(name, found) if shares else found

    def states(self, value: Any) -> NDArray[np.int8] | None:
        """Return codes of named states, or None where nothing was said; what is blank is uncertain."""
        if value is None:
            return None
        table = _one_column("state", value)
        if table is None or len(table) != self.size:
            got = f"{value!r:.60}" if table is None else f"{len(table)}"
            self.say("states", f"state is one name for each of {self.size} customers (got {got})")
            return None
        read = table.codes("state", STATES)
        for each, where in read.unknown.items():
            message = f"{each!r:.60} in row {where.rows[0]} is no state{hint(each, STATES)}: {', '.join(STATES)}"
            self.say("states", message)
        return np.where(read.codes < 0, np.int8(UNCERTAIN), read.codes.astype(np.int8))

    def threshold(self, name: str, value: Any) -> float:
        """Return a number in [0, 1]."""
        number = isinstance(value, (int, float, np.integer, np.floating))
        if number and not isinstance(value, (bool, np.timedelta64)) and 0.0 <= value <= 1.0:
            return float(value)
        self.say("threshold", f"{name} is a number in [0, 1] (got {value!r:.60})")
        return 0.5

    def flag(self, name: str, value: Any) -> bool:
        """Return True or False."""
        if not isinstance(value, (bool, np.bool_)):
            self.say("parts", f"{name} is True or False (got {value!r:.60})")
        return bool(value is True or (isinstance(value, np.bool_) and value))

    def bounds(self, low: Array | None, desired: Array, high: Array | None) -> None:
        """Look whether D lies between its bounds, as far as they are said."""
        least, most = (np.full(self.size, np.nan) if each is None else each for each in (low, high))
        bad = (least > most + SLACK) | (desired < least - SLACK) | (desired > most + SLACK)
        if bad.any():
            row = int(bad.argmax())
            said = f"low {least[row]:.6g}, desired {desired[row]:.6g}, high {most[row]:.6g} in row {row}"
            self.say("bounds", f"low and high do not hold desired between them: {said} ({int(bad.sum())} in all)")

    def gains(self, gain: Array | None, desired: Array) -> None:
        """Look whether what closing a step gains is said of all who have a score, and leads nowhere beyond [0, 1]."""
        if gain is None:
            return
        known = ~np.isnan(desired)
        unknown = known & np.isnan(gain).any(axis=1)
        if unknown.any():
            self.say("gain", f"gain is NaN in row {int(unknown.argmax())}, where there is a score; 0 is nothing")
        then = desired[:, None] + gain
        bad = (then < -SLACK) | (then > 1.0 + SLACK)
        if bad.any():
            row, step = (int(each) for each in np.argwhere(bad)[0])
            said = f"{desired[row]:.6g} + {gain[row, step]:.6g} in row {row}, of {self.outline.steps[step].name!r}"
            self.say("gain", f"desired + gain, what D is with a step fully attained, leaves [0, 1]: {said}")

    def sums(self, parts: Array | None, gap: Array, *, exact: bool) -> bool:
        """Look whether parts sum to the gap; tell whether they do."""
        if parts is None:
            return False
        known = ~np.isnan(gap)
        unknown = known & np.isnan(parts).any(axis=1)
        if unknown.any():
            self.say("parts", f"parts are NaN in row {int(unknown.argmax())}, where there is a score; 0 is nothing")
            return False
        off = np.abs(parts.sum(axis=1) - gap)
        off[~known] = 0.0
        below = known[:, None] & (parts < -SLACK)
        if exact and below.any():
            row, step = (int(each) for each in np.argwhere(below)[0])
            said = f"{parts[row, step]:.6g} in row {row}, of {self.outline.steps[step].name!r}"
            self.say("parts", f"a part of the gap is below 0: {said}")
        if exact and off.size and off.max() > SLACK:
            row = int(off.argmax())
            said = f"{parts[row].sum():.9g} instead of {gap[row]:.9g} in row {row}"
            self.say(
                "parts", f"parts do not sum to the gap, 1 - desired: {said}; say exact=False if they are not meant to"
            )
        return not off.size or float(off.max()) <= SLACK

    def columns(self, given: Mapping[str, Any] | None, names: Sequence[str]) -> dict[str, Array]:
        """Return columns of the scorer's own."""
        for name, value in given.items() if isinstance(given, Mapping) else ():
            self._aligned(str(name), value)
        found, wrong = more_columns({} if given is None else given, names, self.size)
        for message in wrong:
            self.say("columns", message)
        return found

    def _aligned(self, name: str, value: Any) -> None:
        """Refuse a series in another order than the customers: only its own index knows whose values it holds."""
        index = getattr(value, "index", None)
        if self.index is None or index is None or callable(index) or len(index) != len(self.index):
            return
        if not self.index.equals(index):
            self.say("index", f"{name} has another index than the customers' frame; reindex it, or hand over an array")

    def _column(self, name: str, value: Any) -> Array | None:
        self._aligned(name, value)
        if (shape := getattr(value, "shape", None)) is not None and len(shape) != 1:
            self.say("shape", f"{name} has shape {shape}; one number a customer is ({self.size},)")
            return None
        table = _one_column(name, value)
        read = None if table is None else table.floats(name)
        if read is None or read.bad is not None:
            got = value if read is None else read.first_bad
            self.say("numbers", f"{name} must be one number a customer, NaN where it is not known (got {got!r:.60})")
            return None
        return read.values

    def _table_of_numbers(self, name: str, value: Any, shape: tuple[int, int]) -> Array | None:
        wanted = f"{name} must be one number a customer and step, NaN where it is not known"
        self._aligned(name, value)
        try:
            found = np.asarray(_filled(value))
        except (TypeError, ValueError):
            self.say("numbers", f"{wanted}; rows are of one length (got {value!r:.60})")
            return None
        if not found.size and 0 in shape:
            return np.zeros(shape)  # nobody, or nothing: a list of no rows is as good
        read = floats_of_array(found.reshape(-1))
        if read.bad is not None:
            self.say("numbers", f"{wanted} (got {read.first_bad!r:.60})")
            return None
        return read.values.astype(np.float64).reshape(found.shape)  # a copy: whose array it was may change theirs

    def _fitting(self, name: str, found: Array | None, shape: tuple[int, ...]) -> Array:
        """Return numbers of the shape wanted; NaN where there are none."""
        if found is None:
            return np.full(shape, np.nan)
        if found.shape != shape:
            wanted = "one number a customer" if len(shape) == 1 else "one number a customer and step"
            self.say("shape", f"{name} has shape {found.shape}; {wanted} is {shape}")
            return np.full(shape, np.nan)
        if np.isinf(found).any():
            self.say("numbers", f"{name} holds an infinity in row {int(np.argwhere(np.isinf(found))[0][0])}")
            return np.full(shape, np.nan)
        return found.astype(np.float64, copy=False)

    def _clipped(self, name: str, found: Array) -> Array:
        bad = (found < -SLACK) | (found > 1.0 + SLACK)
        if bad.any():
            place = tuple(int(each) for each in np.argwhere(bad)[0])
            self.say("range", f"{name} leaves [0, 1]: {found[place]:.6g} in row {place[0]}")
        clipped: Array = np.clip(found, 0.0, 1.0)
        return clipped


def more_columns(given: Mapping[str, Any], names: Sequence[str], size: int) -> tuple[dict[str, Array], list[str]]:
    """Look at columns to stand beside those of a frame; return those that can, and what is wrong with others.

    Parameters
    ----------
    given
        Name -> one value a customer.
    names
        The columns of the frame.
    size
        How many customers there are.
    """
    if not isinstance(given, Mapping):
        return {}, [f"columns is a mapping from names to one value a customer (got {given!r:.60})"]
    found: dict[str, Array] = {}
    wrong: list[str] = []
    for name, values in given.items():
        if not isinstance(name, str) or not name.strip():
            wrong.append(f"the name of a column is text (got {name!r:.60})")
            continue
        if name in names:
            wrong.append(f"column {name!r} stands in the frame already; call yours otherwise")
            continue
        table = _one_column(name, values)
        if table is None or len(table) != size:
            got = f"{values!r:.60}" if table is None else f"{len(table)}"
            wrong.append(f"column {name!r} is one value for each of {size} customers (got {got})")
            continue
        found[name] = table.values(name).copy()  # whose array it was may change theirs
    return found, wrong


def index_of(table: Table) -> Any:
    """Return the index of a frame that has one."""
    return getattr(table.native(), "index", None) if table.kind == "pandas" else None


def _one_column(name: str, value: Any) -> Table | None:
    """Read a list, an array or a series as a table of one column; None if it is none."""
    try:
        return wrap({name: value})
    except DataError:
        return None


def _filled(value: Any) -> Any:
    """Return what is masked as NaN."""
    return np.ma.filled(value.astype(np.float64), np.nan) if isinstance(value, np.ma.MaskedArray) else value
