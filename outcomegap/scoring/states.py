"""States of success, and the order of need (docs/meaning, clause 2.6)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Codes = NDArray[np.int8]

#: In order of need. A row set aside has no state.
STATES = ("failing", "tolerating", "uncertain", "successful")
FAILING, TOLERATING, UNCERTAIN, SUCCESSFUL = range(4)
#: Slack in comparing R and E with their thresholds.
TOLERANCE = 1e-9
#: An attainment this near to 1 counts as met.
MET = 1.0 - TOLERANCE


def state_codes(required: Array, experience: Array, achieved_at: Array, appropriate_at: Array) -> Codes:
    """Return the state at (R, E): failing without R, tolerating with R alone, successful with both.

    NaN in either is uncertain.

    Examples
    --------
    >>> r, e = np.array([1.0, 0.5, 1.0]), np.array([0.4, 1.0, 0.9])
    >>> [STATES[c] for c in state_codes(r, e, np.full(3, 0.8), np.full(3, 0.8))]
    ['tolerating', 'failing', 'successful']
    """
    achieved = required >= achieved_at - TOLERANCE
    both = experience >= appropriate_at - TOLERANCE
    both &= achieved
    # failing 0, tolerating 1, successful 3
    codes: Codes = achieved.view(np.int8) + both.view(np.int8)
    codes += both.view(np.int8)
    unknown = np.isnan(required) | np.isnan(experience)
    if unknown.any():
        codes[unknown] = UNCERTAIN
    return codes


def names_of(codes: Any) -> Any:
    """Return the name of a state, or those of many; None for a row set aside, whose code is below 0."""
    if isinstance(codes, int):
        return STATES[codes]
    if (codes < 0).any():
        return np.array([*STATES, None], dtype=object)[codes]
    return np.array(STATES)[codes]


def place_of(names: Array) -> NDArray[np.int64]:
    """Return the codes of named states; -1 for None.

    Examples
    --------
    >>> place_of(np.array(["successful", None, "failing"], dtype=object)).tolist()
    [3, -1, 0]
    """
    place = {name: code for code, name in enumerate(STATES)} | {None: -1}
    return np.array([place[name] for name in names.tolist()], dtype=np.int64)


def order_of_need(states: Array, gap: Array, value: Array | None = None) -> NDArray[np.int64]:
    """Return positions in order of need: by state, then the larger gap, then the larger value.

    Customers without a gap (too little data) come last, in their own order; without a state (below 0) they stand among
    those that are uncertain. `value` may hold NaN, which counts least.

    Examples
    --------
    >>> order_of_need(np.array([TOLERATING, FAILING]), np.array([0.6, 0.5])).tolist()
    [1, 0]
    """
    unknown = np.isnan(gap)
    worth = np.zeros(len(gap)) if value is None else np.nan_to_num(np.asarray(value, dtype=np.float64), nan=-np.inf)
    place = np.where(states < 0, UNCERTAIN, states)  # set aside, and only the score is overridden
    keys = (-worth, -np.nan_to_num(gap), place, unknown)
    return np.lexsort(keys)
