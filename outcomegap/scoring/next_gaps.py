"""Which gap comes first for each customer, and which data to find out first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
import numpy as np
from numpy.typing import NDArray

from outcomegap.scoring.states import MET
from outcomegap.scoring.tally import CHUNK
from outcomegap.scoring.wording import work_status

if TYPE_CHECKING:
    from outcomegap.scoring.views import ScoreViews

Array = NDArray[Any]

#: Stands where there is no step.
NONE = -1
#: Parts of a gap are compared to this many decimals; a part that is nothing then makes up no gap.
DECIMALS = 12


@attrs.frozen(eq=False)
class NextGaps:
    """For some customers, the gaps to close first and the data to find out first.

    Parameters
    ----------
    step
        Positions of steps, shape (top, customers); `NONE` where there are fewer gaps.
    share, gain
        Of each such step: its share of the customer's gap, and what D gains if it alone is fully attained.
    lacking
        For each customer the missing step on which most hangs, or `NONE`.
    at_stake
        How much hangs on it: D if it is fully attained less D if it is not.
    missing, met
        How many steps of the cell are missing, and how many fully attained.
    """

    step: NDArray[np.int64]
    share: Array
    gain: Array
    lacking: NDArray[np.int64]
    at_stake: Array
    missing: NDArray[np.int64]
    met: NDArray[np.int64]


def next_gaps(scores: ScoreViews, rows: Array, top: int = 1) -> NextGaps:
    """Choose the gaps that come first.

    Only steps that are observed and not fully attained, and that make up a part of the gap, can come first. Among
    them the order is:

    1. the side that the state that holds calls for: the required outcome for a customer who is failing, the experience
       for one who is tolerating; both alike for one who is successful. Where the state is uncertain, the state that R
       and E themselves have decides. Where R is not known, as from some scorers of your own, no side goes first;
    2. what can be worked on, before a gap that cannot be bridged or whose status is "being closed" or "closed";
    3. the larger part of the gap (where nobody says which parts there are, the larger gain if closed); where those are
       equal, the model's order.

    Customers without a score have no first gap: they need data.

    Parameters
    ----------
    scores
        All scores.
    rows
        Positions of the customers asked about.
    top
        How many gaps a customer.
    """
    pieces = [_some(scores, rows[start : start + CHUNK], top) for start in range(0, max(len(rows), 1), CHUNK)]
    return NextGaps(
        **{
            field.name: np.concatenate([getattr(piece, field.name) for piece in pieces], axis=-1)
            for field in attrs.fields(NextGaps)
        }
    )


def _some(scores: ScoreViews, rows: Array, top: int) -> NextGaps:
    if not scores.model.steps:
        return _no_steps(rows, top)
    found = scores.step_arrays(rows)
    reached, parts, gains = found.attainment().T, found.attribution().T, found.gain().T
    ranked = np.round(parts if scores.explains else gains, DECIMALS)
    scored = ~np.isnan(scores.desired[rows])
    order = np.where((reached < MET) & (ranked > 0) & scored, _tier(scores, rows) - ranked, np.inf)
    customers = np.arange(len(rows))
    steps, shares, gained = [], [], []
    for _ in range(top):
        step = order.argmin(axis=0)
        there = np.isfinite(order[step, customers])
        steps.append(np.where(there, step, NONE))
        shares.append(np.divide(parts[step, customers], scores.gap[rows], out=_nothing(rows), where=there))
        gained.append(np.where(there, gains[step, customers], np.nan))
        order[step, customers] = np.inf
    lacking, at_stake, missing = _lacking(scores, rows, found.unknown().T, np.isnan(reached))
    met = (reached >= MET).sum(axis=0)
    return NextGaps(np.array(steps), np.array(shares), np.array(gained), lacking, at_stake, missing, met)


def _tier(scores: ScoreViews, rows: Array) -> Array:
    """Return for each step and customer what goes before its part: a whole number from 0 to 3."""
    steps = scores.model.steps
    required = np.array([step.side == "required" for step in steps])[:, None]
    idle = np.array([work_status(step) != "open" for step in steps])[:, None]
    state, known = scores.point_state[rows].astype(object), ~np.isnan(scores.required[rows])
    for place in np.flatnonzero(np.isin(rows, list(scores.overrides))).tolist():
        state[place] = scores.overrides[int(rows[place])].state or state[place]
    other = ((state == "failing") & known & ~required) | ((state == "tolerating") & known & required)
    tier: Array = 2.0 * other + idle
    return tier


def _lacking(scores: ScoreViews, rows: Array, stake: Array, blank: Array) -> tuple[Array, Array, Array]:
    applies = scores.applies
    here = np.vstack([applies, np.zeros((1, applies.shape[1]), dtype=bool)]).T[:, scores.cell[rows]]
    missing = here & blank
    step = np.where(missing, np.round(np.nan_to_num(stake), DECIMALS), -1.0).argmax(axis=0)
    customers = np.arange(len(rows))
    there = missing[step, customers]
    at_stake = np.where(there, np.maximum(stake[step, customers], 0.0), np.nan)
    return np.where(there, step, NONE), at_stake, missing.sum(axis=0)


def _no_steps(rows: Array, top: int) -> NextGaps:
    none, nothing = np.full((top, len(rows)), NONE), np.full((top, len(rows)), np.nan)
    zero = np.zeros(len(rows), dtype=np.int64)
    return NextGaps(none, nothing, nothing, none[0], nothing[0], zero, zero)


def _nothing(rows: Array) -> Array:
    return np.full(len(rows), np.nan)
