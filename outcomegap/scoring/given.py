"""Arrays that a scorer of your own hands over, looked at: every rule that they break is told at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from outcomegap.errors import Finding, ModelError, hint
from outcomegap.model.outline import Outline
from outcomegap.scoring.states import STATES, place_of

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

    def __init__(self, outline: Outline, size: int) -> None:
        self.where, self.outline, self.size = f"scorer {outline.name!r}", outline, size
        self.found: list[Finding] = []

    def done(self) -> None:
        """Raise what was found.

        Raises
        ------
        ModelError
            With each rule that is broken: ``numbers``, ``shape``, ``range``, ``bounds``, ``states``, ``parts``,
            ``columns``, ``threshold``.
        """
        if self.found:
            raise ModelError.all(f"{self.where} made what cannot be", self.found)

    def say(self, rule: str, message: str) -> None:
        """Note a broken rule."""
        self.found.append(Finding(rule, self.where, message))

    def shares(self, name: str, value: Any) -> Array:
        """Return one number in [0, 1] a customer, or NaN."""
        found = self._numbers(name, value, (self.size,))
        return self._clipped(name, found)

    def maybe_shares(self, name: str, value: Any) -> Array | None:
        """Return the same, or None where nothing was said."""
        return None if value is None else self.shares(name, value)

    def matrix(self, name: str, value: Any, *, shares: bool = False) -> Array | None:
        """Return one number a customer and leaf, or None where nothing was said."""
        if value is None:
            return None
        found = self._numbers(name, value, (self.size, len(self.outline.leaves)))
        return self._clipped(name, found) if shares else found

    def states(self, value: Any) -> NDArray[np.int8] | None:
        """Return codes of named states, or None where nothing was said."""
        if value is None:
            return None
        named = np.empty(self.size, dtype=object)
        listed = list(value) if isinstance(value, (Sequence, np.ndarray)) and not isinstance(value, str) else None
        if listed is None or len(listed) != self.size:
            self.say("states", f"state is one name for each of {self.size} customers")
            return None
        named[:] = ["uncertain" if each is None else each for each in listed]
        for each in dict.fromkeys(str(each) for each in named.tolist() if each not in STATES):
            self.say("states", f"{each!r:.60} is no state{hint(each, STATES)}: {', '.join(STATES)}")
        known = np.isin(named.astype(str), STATES)
        return place_of(np.where(known, named, "uncertain")).astype(np.int8)

    def threshold(self, name: str, value: Any) -> float:
        """Return a number in [0, 1]."""
        if isinstance(value, (int, float)) and not isinstance(value, bool) and 0.0 <= value <= 1.0:
            return float(value)
        self.say("threshold", f"{name} is a number in [0, 1] (got {value!r:.60})")
        return 0.5

    def bounds(self, low: Array | None, desired: Array, high: Array | None) -> None:
        """Look whether D lies between its bounds, as far as they are said."""
        least, most = (np.full(self.size, np.nan) if each is None else each for each in (low, high))
        bad = (least > most + SLACK) | (desired < least - SLACK) | (desired > most + SLACK)
        if bad.any():
            row = int(bad.argmax())
            said = f"low {least[row]:.6g}, desired {desired[row]:.6g}, high {most[row]:.6g} in row {row}"
            self.say("bounds", f"low and high do not hold desired between them: {said} ({int(bad.sum())} in all)")

    def sums(self, parts: Array | None, gap: Array, *, exact: bool) -> bool:
        """Look whether parts sum to the gap; tell whether they do."""
        if not isinstance(exact, bool):
            self.say("parts", f"exact is True or False (got {exact!r:.60})")
        if parts is None:
            return False
        known = ~np.isnan(gap)
        unknown = known & np.isnan(parts).any(axis=1)
        if unknown.any():
            self.say("parts", f"parts are NaN in row {int(unknown.argmax())}, where there is a score")
            return False
        off = np.abs(parts.sum(axis=1) - gap)
        off[~known] = 0.0
        if exact is True and off.size and off.max() > SLACK:
            row = int(off.argmax())
            said = f"{parts[row].sum():.9g} instead of {gap[row]:.9g} in row {row}"
            self.say(
                "parts", f"parts do not sum to the gap, 1 - desired: {said}; say exact=False if they are not meant to"
            )
        return not off.size or float(off.max()) <= SLACK

    def columns(self, given: Mapping[str, Any] | None, names: Sequence[str]) -> dict[str, Array]:
        """Return columns of the scorer's own."""
        if given is None:
            return {}
        if not isinstance(given, Mapping):
            self.say("columns", f"columns is a mapping from names to one value a customer (got {given!r:.60})")
            return {}
        found: dict[str, Array] = {}
        for name, values in given.items():
            if not isinstance(name, str) or not name.strip():
                self.say("columns", f"the name of a column is text (got {name!r:.60})")
                continue
            if name in names:
                self.say("columns", f"column {name!r} stands in the frame already; call yours otherwise")
                continue
            column = values if isinstance(values, np.ndarray) else np.array(list(values), dtype=None)
            if column.dtype.kind in "US":
                column = np.array(list(values), dtype=object)
            if column.shape != (self.size,):
                self.say(
                    "columns", f"column {name!r} has shape {column.shape}; one value for each of {self.size} customers"
                )
                continue
            found[name] = column
        return found

    def _numbers(self, name: str, value: Any, shape: tuple[int, ...]) -> Array:
        try:
            found = np.asarray(value, dtype=np.float64)
        except (TypeError, ValueError):
            self.say("numbers", f"{name} must be numbers (got {value!r:.60})")
            return np.full(shape, np.nan)
        if found.shape != shape:
            wanted = "one number a customer" if len(shape) == 1 else "one number a customer and leaf"
            self.say("shape", f"{name} has shape {found.shape}; {wanted} is {shape}")
            return np.full(shape, np.nan)
        if np.isinf(found).any():
            self.say("numbers", f"{name} holds an infinity in row {int(np.argwhere(np.isinf(found))[0][0])}")
            return np.full(shape, np.nan)
        return found

    def _clipped(self, name: str, found: Array) -> Array:
        bad = (found < -SLACK) | (found > 1.0 + SLACK)
        if bad.any():
            place = tuple(int(each) for each in np.argwhere(bad)[0])
            self.say("range", f"{name} leaves [0, 1]: {found[place]:.6g} in row {place[0]}")
        clipped: Array = np.clip(found, 0.0, 1.0)
        return clipped
