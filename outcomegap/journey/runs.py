"""How long rules have held: runs of observations, customer by customer, and when they fired."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from outcomegap.journey.rule import HOLDS, HOLDS_NOT, Answers, Rule

Array = NDArray[Any]
Days = NDArray[np.int64]
#: No day.
NEVER = np.iinfo(np.int64).min
#: How a run that fired stands at the last observation of all.
OPEN, ENDED, UNSEEN, TOO_LONG = "holds", "ended", "not known", "gap too long"


@attrs.frozen
class Firing:
    """A rule that fired for one customer.

    Parameters
    ----------
    rule
        Its name.
    customer
        Position of the customer.
    since, fired, last
        Days since 1970: the first observation at which it held, the one at which it fired, the last at which it held.
    until
        The first observation at which it did not hold any more; None where there is none.
    observations
        How many observations it held at, from `since` to `last`.
    longest_gap
        The longest time in days between two of them.
    status
        ``"holds"`` at the last observation of all; ``"ended"``; ``"not known"``: the customer was not seen there, or
        it cannot be told; ``"gap too long"``: nobody looked for longer than the rule allows.
    """

    rule: str
    customer: int
    since: int
    fired: int
    last: int
    until: int | None
    observations: int
    longest_gap: int
    status: str


class _Runs:
    """Runs of one rule while the observations go by."""

    def __init__(self, rule: Rule, customers: int) -> None:
        self.rule = rule
        self.since, self.last, self.fired = (np.full(customers, NEVER, dtype=np.int64) for _ in range(3))
        self.count, self.gap = (np.zeros(customers, dtype=np.int64) for _ in range(2))
        self.found: list[Firing] = []

    def see(self, day: int, customers: Array, answers: Answers) -> None:
        """Take in one observation."""
        holds, broken = customers[answers == HOLDS], customers[answers == HOLDS_NOT]
        self._close(broken[self.since[broken] != NEVER], day, ENDED)
        if self.rule.max_gap_days is not None:
            running = holds[self.since[holds] != NEVER]
            self._close(running[day - self.last[running] > self.rule.max_gap_days], None, TOO_LONG)
        running = holds[self.since[holds] != NEVER]
        self.gap[running] = np.maximum(self.gap[running], day - self.last[running])
        self.since[holds[self.since[holds] == NEVER]] = day
        self.last[holds] = day
        self.count[holds] += 1
        fires = holds[(self.fired[holds] == NEVER) & (day - self.since[holds] >= self.rule.for_days)]
        self.fired[fires] = day

    def _close(self, customers: Array, until: int | None, status: str) -> None:
        for place in customers[self.fired[customers] != NEVER].tolist():
            self.found.append(self._firing(place, until, status))
        for state in (self.since, self.last, self.fired):
            state[customers] = NEVER
        self.count[customers] = self.gap[customers] = 0

    def _firing(self, place: int, until: int | None, status: str) -> Firing:
        since, fired, last = (int(state[place]) for state in (self.since, self.fired, self.last))
        seen, gap = int(self.count[place]), int(self.gap[place])
        return Firing(self.rule.name, place, since, fired, last, until, seen, gap, status)

    def done(self, day: int) -> list[Firing]:
        """Return every firing; those of runs that go on as they stand on the last day of all."""
        for place in np.flatnonzero(self.fired != NEVER).tolist():
            self.found.append(self._firing(place, None, OPEN if self.last[place] == day else UNSEEN))
        return self.found


def firings(
    rules: Sequence[Rule], observations: Iterable[tuple[int, Array, Sequence[Answers]]], customers: int
) -> list[Firing]:
    """Say which rules fired, for whom and when.

    Parameters
    ----------
    rules
        What to look for.
    observations
        In the order of time: the day (days since 1970), positions of the customers seen, and each rule's answers.
    customers
        How many there are.

    Returns
    -------
    list of Firing
        By rule, then by the day it fired, then by customer.
    """
    runs, last = [_Runs(rule, customers) for rule in rules], 0
    for day, seen, answers in observations:
        last = day
        for run, said in zip(runs, answers, strict=True):
            run.see(day, seen, said)
    return [one for run in runs for one in sorted(run.done(last), key=lambda f: (f.fired, f.customer))]
