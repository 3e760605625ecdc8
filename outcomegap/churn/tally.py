"""Losses counted: by root cause, by entry, and how many could have been avoided."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from outcomegap.churn.entry import AVOIDABLE, ROOT_CAUSES
from outcomegap.churn.stated import Reading
from outcomegap.stats import Interval, weighted_wilson, wilson

Array = NDArray[Any]
Codes = NDArray[np.int64]

#: Stands apart from the root causes.
UNKNOWN = "unknown"
CAUSES = (*ROOT_CAUSES, UNKNOWN)
#: Whether it could have been avoided; the last is for those of whom no cause is known.
VERDICTS = (*AVOIDABLE, UNKNOWN)


@attrs.frozen
class Part:
    """Some of the losses, as a share of all of them.

    Parameters
    ----------
    name
        What they have in common: a root cause, the id of an entry, or ``"unknown"``.
    count
        How many they are. Each loss is counted once, under the first root cause of its entry.
    share
        Their share of the losses; NaN where there are none.
    low, high
        Wilson's interval of that share (`wilson`); it takes losses as independent.
    named
        How many have it among the root causes of their entry, first or not; equal to `count` for an entry.
    value
        What they were worth together; NaN where no value was given.
    value_share, value_low, value_high
        Their share of the value that was lost, and its interval (`weighted_wilson`).
    """

    name: str
    count: int
    share: float
    low: float
    high: float
    named: int
    value: float
    value_share: float
    value_low: float
    value_high: float


@attrs.frozen
class Range:
    """A share of the losses that is known up to its ends.

    Parameters
    ----------
    low, high
        The share at its lower and its upper end; NaN where nobody was lost.
    interval
        From the lower end of Wilson's interval of `low` to the upper end of that of `high`.
    value_low, value_high, value_interval
        The same as shares of value; NaN where no value was given.
    """

    low: float
    high: float
    interval: Interval
    value_low: float
    value_high: float
    value_interval: Interval


@attrs.frozen
class Avoidable:
    """How many of the losses could have been avoided: a range, since some reasons are unknown.

    Parameters
    ----------
    yes, partly, no, unknown
        How many there are of each.
    low
        Share that could have been avoided if none of the unknown, and none under "partly", could.
    high
        The same if all of them could.
    interval
        From the lower end of Wilson's interval of `low` to the upper end of that of `high`: what not knowing and
        small numbers leave open together.
    value_low, value_high, value_interval
        The same as shares of value; NaN where no value was given.
    only_unknown
        The `Range` in which only the unknown vary, none of them or all: whoever could be kept at least in part counts
        as avoidable at both ends. Its upper end is that of the whole range.
    """

    yes: int
    partly: int
    no: int
    unknown: int
    low: float
    high: float
    interval: Interval
    value_low: float
    value_high: float
    value_interval: Interval
    only_unknown: Range


@attrs.frozen(eq=False)
class Tally:
    """Some lost customers, counted.

    Parameters
    ----------
    counted
        What counts for each: the reading of the finding or of the stated reason.
    value
        What each was worth, NaN where that is unknown; None where no value was given.
    confidence
        Of the intervals.
    """

    counted: Sequence[Reading]
    value: Array | None
    confidence: float

    def __len__(self) -> int:
        return len(self.counted)

    @property
    def lost_value(self) -> float:
        """What they were worth together, as far as it is known; NaN where no value was given."""
        return float("nan") if self.value is None else float(np.nansum(self.value))

    def causes(self) -> tuple[Part, ...]:
        """Return a part for each of `CAUSES`, in order."""
        first = cause_codes(self.counted)
        named = [frozenset(r.entry.root_causes) if r.entry else frozenset((UNKNOWN,)) for r in self.counted]
        return tuple(
            self.part(name, first == code, sum(name in names for names in named)) for code, name in enumerate(CAUSES)
        )

    def entries(self) -> tuple[Part, ...]:
        """Return a part for each entry that counts for somebody, the most frequent first."""
        ids = np.array([r.entry.id if r.entry else "" for r in self.counted], dtype=object)
        counts: dict[str, int] = {}
        for name in ids.tolist():
            counts[name] = counts.get(name, 0) + 1
        counts.pop("", None)
        ranked = sorted(counts, key=lambda name: -counts[name])
        return tuple(self.part(name, ids == name, counts[name]) for name in ranked)

    def avoidable(self) -> Avoidable:
        """Return how many could have been avoided."""
        codes = verdict_codes(self.counted)
        yes, partly, no, unknown = (int((codes == code).sum()) for code in range(len(VERDICTS)))
        surely, perhaps = codes == 0, codes != AVOIDABLE.index("no")
        low, high = self.part("", surely, 0), self.part("", perhaps, 0)
        known = self.part("", perhaps & (codes != VERDICTS.index(UNKNOWN)), 0)
        return Avoidable(
            *(yes, partly, no, unknown),
            *(low.share, high.share, (low.low, high.high)),
            *(low.value_share, high.value_share, (low.value_low, high.value_high)),
            _range(known, high),
        )

    def part(self, name: str, mask: Array, named: int) -> Part:
        """Return the losses of a mask as a part of all."""
        count, of = int(mask.sum()), len(self)
        share = count / of if of else float("nan")
        return Part(name, count, share, *wilson(count, of, self.confidence), named, *self._value_of(mask))

    def _value_of(self, mask: Array) -> tuple[float, float, float, float]:
        if self.value is None:
            return (float("nan"),) * 4
        known = ~np.isnan(self.value)
        weights, counted = self.value[known], mask[known]
        part, whole = float(weights[counted].sum()), float(weights.sum())
        share = part / whole if whole > 0 else float("nan")
        return part, share, *weighted_wilson(counted, weights, self.confidence)


def _range(low: Part, high: Part) -> Range:
    values = low.value_share, high.value_share, (low.value_low, high.value_high)
    return Range(low.share, high.share, (low.low, high.high), *values)


def cause_codes(readings: Sequence[Reading]) -> Codes:
    """Return for each reading the position in `CAUSES` of its entry's first root cause."""
    place = {name: code for code, name in enumerate(CAUSES)}
    names = (r.entry.root_causes[0] if r.entry else UNKNOWN for r in readings)
    return np.fromiter((place[name] for name in names), dtype=np.int64, count=len(readings))


def verdict_codes(readings: Sequence[Reading]) -> Codes:
    """Return for each reading the position in `VERDICTS`."""
    place = {name: code for code, name in enumerate(VERDICTS)}
    names = (r.entry.avoidable if r.entry else UNKNOWN for r in readings)
    return np.fromiter((place[name] for name in names), dtype=np.int64, count=len(readings))
