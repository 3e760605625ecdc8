"""Did the score name the reason? Losses against the gaps that their customers had."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np
from numpy.typing import NDArray

from outcomegap.listing import Listing, percent, span
from outcomegap.stats import Interval, wilson

if TYPE_CHECKING:
    from outcomegap.churn.ledger import Ledger

Array = NDArray[Any]

SIDES = {"required_outcome": "required", "appropriate_experience": "experience"}
#: What is said of each loss, in the order in which it is asked.
NOT_FOUND, UNKNOWN, EVENT = "not in the scores", "reason unknown", "happened to the customer"
NEED_DATA, NO_GAP, JUDGED = "needs data", "no gap was seen", "judged"
#: Those that both questions are asked of.
ASKED = (NO_GAP, JUDGED)
#: What is said instead of an answer where nobody knows which steps make up a gap.
UNEXPLAINED = (
    "Whether a measure of the reason is under the top gaps cannot be judged: the scorer does not say which steps"
)
UNEXPLAINED += " make up a gap."
VERDICTS = (NOT_FOUND, UNKNOWN, EVENT, NEED_DATA, NO_GAP, JUDGED)


@attrs.frozen
class Agreement:
    """How often something held.

    Parameters
    ----------
    held, of
        How many times, and of how many.
    share
        ``held / of``; NaN of none.
    low, high
        Wilson's interval of the share.
    """

    held: int
    of: int
    share: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.held:,} of {self.of:,} ({percent(self.share)}, {span(self.low, self.high)})"


class Against:
    """Whether the score named the reason; made by `Ledger.against`.

    Both questions are asked of the losses whose verdict is ``"judged"`` or ``"no gap was seen"``: where the score saw
    no gap it named nothing, and that is a miss, not an excuse. So ``side.of`` is both together, but for losses of which
    the scorer does not know the sides; and ``measure.of + not_measured`` is both together, unless the scorer does not
    say which steps make up a gap.

    Attributes
    ----------
    counts
        How many losses are under each of `VERDICTS`.
    explains
        Whether the scorer says which steps make up a gap; if not, nobody can say whether a measure of the reason is
        under the largest, and `measure` is of none.
    side
        `Agreement`: the side that makes up more of the gap is the side of the first root cause.
    by_chance
        What share would agree if sides and causes were as frequent as they are, but had nothing to do with each
        other: the sum over the sides of the product of both shares. A score that names the reason is well above it.
    measure
        `Agreement`: a measure that would show the entry is under one of the top gaps. Asked only where the model holds
        such a measure for the customer's cell.
    measure_by_chance
        What share would be so if each reason were that of another loss: the mean, over those asked, of the share of
        all those judged under whose top gaps a measure of that same entry is.
    not_measured
        Of how many the model holds no measure that would show the entry.
    not_ideal
        How many of the losses that the questions are asked of are of segments that are not ideal.
    top
        How many of a customer's largest gaps were looked at.
    """

    def __init__(
        self,
        ledger: Ledger,
        columns: dict[str, Array],
        top: int,
        measure_by_chance: float,
        *,
        explains: bool,
        not_ideal: int = 0,
    ) -> None:
        self._ledger, self.columns, self.top = ledger, columns, top
        self.measure_by_chance, self.explains, self.not_ideal = measure_by_chance, explains, not_ideal
        verdicts = columns["verdict"].tolist()
        self.counts = {name: verdicts.count(name) for name in VERDICTS}

    @cached_property
    def side(self) -> Agreement:
        """How often the larger side of the gap is that of the root cause."""
        agrees = [value for value in self.columns["side_agrees"].tolist() if value is not None]
        return self._agreement(sum(agrees), len(agrees))

    @cached_property
    def measure(self) -> Agreement:
        """How often a measure of the entry is under one of the top gaps."""
        named = [value for value in self.columns["measure_in_top"].tolist() if value is not None]
        return self._agreement(sum(named), len(named))

    @property
    def not_measured(self) -> int:
        """Of how many the model holds no measure that would show the entry."""
        return self.asked - self.measure.of if self.explains else 0

    @property
    def asked(self) -> int:
        """How many losses the questions are asked of."""
        return sum(self.counts[name] for name in ASKED)

    @cached_property
    def by_chance(self) -> float:
        """What share of sides would agree by chance."""
        known = np.array([value is not None for value in self.columns["side_agrees"].tolist()], dtype=bool)
        causes, sides = self.columns["cause_side"][known], self.columns["side"][known]
        if not len(causes):
            return float("nan")
        return float(sum((causes == side).mean() * (sides == side).mean() for side in SIDES.values()))

    def _agreement(self, held: int, of: int) -> Agreement:
        ends: Interval = wilson(held, of, self._ledger.confidence)
        return Agreement(held, of, held / of if of else float("nan"), *ends)

    @property
    def missed(self) -> Listing:
        """The losses where the larger side of the gap was not that of the root cause."""
        rows = np.array([value is False for value in self.columns["side_agrees"].tolist()], dtype=bool)
        columns = {name: values[rows] for name, values in self.columns.items()}
        return Listing(f"{int(rows.sum()):,} whose reason the score did not name", columns, like=self.table)

    @property
    def table(self) -> Any:
        return self._ledger._losses.table

    def rows(self) -> list[dict[str, Any]]:
        """Return a dict a loss: see `to_frame`."""
        return Listing("", self.columns, like=self.table).rows()

    def to_frame(self) -> Any:
        """Return a row a loss, in the ledger's order, the same kind of frame that came in; without rows set aside.

        Its columns: ``customer``, ``entry``, ``root_cause``, ``verdict`` (one of `VERDICTS`), ``cause_side`` and
        ``side`` (the larger side of the gap), ``side_agrees`` (null where it is not asked, or not known),
        ``required_gap``, ``experience_gap``, ``top_gaps`` (step names, the largest first), ``measure_in_top`` (null
        where the model has no measure of the entry).
        """
        return self.table.build(self.columns)

    def __str__(self) -> str:
        others = [f"{count:,} {name}" for name, count in self.counts.items() if count and name not in ASKED]
        none = self.counts[NO_GAP]
        asked = f"{self.asked:,} asked about" + (f" (of {none:,} no gap was seen, which is a miss)" if none else "")
        said = f"{self._ledger._losses.said}: {', '.join([*others, asked])}."
        judged = f"Larger side of the gap is that of the root cause: {self.side}; by chance {percent(self.by_chance)}"
        lacking = self.asked - self.side.of
        judged += f"; of {lacking:,} more the scorer does not say the sides." if lacking else "."
        apart = f"Of those asked about, {self.not_ideal:,} are of segments that are not ideal, and in these figures."
        last = [apart] if self.not_ideal else []
        if not self.explains:
            return "\n".join([said, judged, UNEXPLAINED, *last])
        named = f"A measure of the reason is under one of the top {self.top} gaps: {self.measure}"
        named += f"; by chance {percent(self.measure_by_chance)}"
        named += f"; the model measures nothing that would show it for {self.not_measured:,} more."
        return "\n".join([said, judged, named, *last])

    def __repr__(self) -> str:
        return f"<Against: side {self.side}, measure {self.measure}>"
