"""The same list seen by the vendor and by the customers: `outcomegap.perception_gap`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np
from numpy.typing import NDArray

from outcomegap.engines.numpy_blocks import SET_ASIDE
from outcomegap.errors import DataError, hint
from outcomegap.explanation import gradients
from outcomegap.frames import text_table
from outcomegap.frames.arrays import locked
from outcomegap.scoring.explain import scored
from outcomegap.scoring.matching import Pairs, pairs_by_id, pairs_in_order, same_cells
from outcomegap.scoring.states import MET, STATES, SUCCESSFUL

if TYPE_CHECKING:
    from outcomegap.scoring.scorer import Scorer
    from outcomegap.scoring.scores import Scores

Array = NDArray[Any]
VIEWS = ("the vendor's view", "the customers' view")


@attrs.frozen
class StepPerception:
    """One step as both see it, over the customers for whom both observe it.

    Parameters
    ----------
    step
        Its name.
    compared
        How many customers both observe it for.
    vendor, customer
        Mean attainment as each sees it; NaN where nobody is compared.
    disagree
        Share of customers of whom one says fully met and the other does not.
    vendor_higher, customer_higher
        Shares of customers of whom that one sees it better attained.
    """

    step: str
    compared: int
    vendor: float
    customer: float
    disagree: float
    vendor_higher: float
    customer_higher: float

    @property
    def difference(self) -> float:
        """How much better the vendor sees it attained."""
        return self.vendor - self.customer


@attrs.frozen
class SegmentPerception:
    """One segment, or all, as both see it.

    Parameters
    ----------
    name
        The segment; None for the total, which holds ideal segments only.
    ideal
        Whether its customers are those the vendor is made for.
    customers
        How many are in both views.
    vendor_successful, customer_successful
        Share of them whose state is ``successful`` as each sees it; NaN where there are none.
    vendor_desired, customer_desired
        Mean D as each sees it, over those for whom both views have one.
    steps
        The steps of its cells, the largest difference first.
    """

    name: str | None
    ideal: bool
    customers: int
    vendor_successful: float
    customer_successful: float
    vendor_desired: float
    customer_desired: float
    steps: tuple[StepPerception, ...]

    def __getitem__(self, step: str) -> StepPerception:
        for one in self.steps:
            if one.step == step:
                return one
        raise DataError(f"there is no step {step!r} here{hint(step, [one.step for one in self.steps])}")


@attrs.frozen(eq=False, repr=False)
class PerceptionGap:
    """The same list seen by the vendor and by the customers; made by `outcomegap.perception_gap`.

    It is a sequence of `SegmentPerception`, those of ideal segments first.

    Attributes
    ----------
    total
        All ideal segments.
    segments
        One entry a segment.
    only_vendor, only_customer
        What names the customers that only one of the views has.
    """

    total: SegmentPerception
    segments: tuple[SegmentPerception, ...]
    only_vendor: Array = attrs.field(converter=locked)
    only_customer: Array = attrs.field(converter=locked)
    _vendor: Scores

    def __len__(self) -> int:
        return len(self.segments)

    def __iter__(self) -> Iterator[SegmentPerception]:
        return iter(self.segments)

    def __getitem__(self, name: str) -> SegmentPerception:
        for one in self.segments:
            if one.name == name:
                return one
        raise DataError(f"there is no segment {name!r}{hint(name, [str(one.name) for one in self.segments])}")

    def to_frame(self) -> Any:
        """Return a row a segment and step, the same kind of frame as the vendor's view."""
        pairs = [(segment, step) for segment in self.segments for step in segment.steps]
        columns: dict[str, Any] = {
            "segment": np.array([segment.name for segment, _ in pairs], dtype=object),
            "ideal": np.array([segment.ideal for segment, _ in pairs], dtype=bool),
            "step": np.array([step.step for _, step in pairs], dtype=object),
        }
        for name in ("compared", "vendor", "customer", "difference", "disagree", "vendor_higher", "customer_higher"):
            columns[name] = np.array([getattr(step, name) for _, step in pairs])
        return self._vendor.table.build(columns, index_like=False)

    def __str__(self) -> str:
        lines = [f"{self._vendor.model.name}: {self.total.customers:,} customers seen by both"]
        if self.total.customers:
            lines.append(
                f"The vendor sees {self.total.vendor_successful:.0%} of them as successful; "
                f"by the customers' own view it is {self.total.customer_successful:.0%}."
            )
        else:
            alone = f"{len(self.only_vendor):,} are in the vendor's view alone, {len(self.only_customer):,} in theirs"
            lines.append(f"Nothing can be compared: {alone}.")
        heads = ["step", "vendor", "customers", "difference", "disagree", "compared"]
        for segment in (segment for segment in self.segments if segment.customers):
            rows = [
                [one.step, one.vendor, one.customer, f"{one.difference:+.3g}", f"{one.disagree:.0%}", one.compared]
                for one in segment.steps
                if one.compared
            ]
            seen = (
                f"{segment.vendor_successful:.0%} successful for the vendor, {segment.customer_successful:.0%} for them"
            )
            apart = "" if segment.ideal else " (not ideal)"
            lines += ["", f"{segment.name}{apart}: {segment.customers:,} customers, {seen}"]
            lines += [text_table(heads, rows, align="lrrrrr")] if rows else []
        return "\n".join(lines)

    def __repr__(self) -> str:
        return f"<PerceptionGap of {self.total.customers} customers, {len(self)} segments>"


def perception_gap(
    scorer: Scorer,
    vendor_view: Any,
    customer_view: Any,
    *,
    segment: str = "segment",
    stage: str = "stage",
    goal: str = "goal",
    id: str | None = None,  # noqa: A002 - as in Scorer.score
) -> PerceptionGap:
    """Compare how the vendor and the customers see the same list of requirements.

    Of 362 companies 80 % believed that they delivered a superior experience; customers said so of 8 % of the companies
    that they rated (Allen, Reichheld, Hamilton & Markey, Closing the Delivery Gap, Bain & Company 2005). This tells
    which share of your customers each side sees as successful, and on which steps the two differ.

    Parameters
    ----------
    scorer
        The model, which says what is on the list.
    vendor_view, customer_view
        The same measures as the vendor knows them, and as the customers report them: two frames, or two `Scores` of
        this scorer's model. Customers are matched by id where both have one (those in one view only are listed
        apart), else row by row; each is in the same cell in both.
    segment, stage, goal, id
        What those columns of frames are called, as in `Scorer.score`.

    Raises
    ------
    DataError
        If a view cannot be scored, customers cannot be matched, or one is in another cell.

    Examples
    --------
    >>> import outcomegap as og
    >>> calls = og.SuccessGap("calls made", og.Measure("calls", low=0), floor=0, target=4)
    >>> reply = og.Expectation("support replies", og.Measure("reply_hours", low=0), floor=48, target=24)
    >>> sales, suits = og.RequiredOutcome("sales", needs=calls), og.AppropriateExperience("how", expects=reply)
    >>> scorer = og.Scorer(og.OutcomeModel("phone", desired_outcomes=[og.DesiredOutcome(sales, suits)]))
    >>> ours = {"id": ["A", "B"], "calls": [4, 4], "reply_hours": [20, 24]}
    >>> theirs = {"id": ["B", "A"], "calls": [4, 4], "reply_hours": [48, 24]}
    >>> gap = perception_gap(scorer, ours, theirs)
    >>> gap.total.vendor_successful, gap.total.customer_successful
    (1.0, 0.5)
    >>> gap.total["support replies"].difference, gap.total["support replies"].disagree
    (0.5, 0.5)
    """
    called = {"segment": segment, "stage": stage, "goal": goal, "id": id}
    vendor, customer = (
        scored(scorer, view, name, called) for name, view in zip(VIEWS, (vendor_view, customer_view), strict=True)
    )
    named = vendor.id_column is not None and customer.id_column is not None
    pairs = pairs_by_id(vendor, customer, VIEWS) if named else pairs_in_order(vendor, customer, VIEWS)
    same_cells(vendor, customer, pairs)
    return _Views(vendor, customer, pairs).compared()


class _Views:
    """Both views of the customers that are in both and set aside in neither."""

    def __init__(self, vendor: Scores, customer: Scores, pairs: Pairs) -> None:
        self.scores, self.pairs = (vendor, customer), pairs
        self.model = vendor.model
        fine = (vendor.cell[pairs.before] != SET_ASIDE) & (customer.cell[pairs.after] != SET_ASIDE)
        self.rows = pairs.before[fine], pairs.after[fine]
        self.cells = vendor.cell[self.rows[0]]
        self.attained = [
            gradients.attainment(s.scorer.engine, s.batch)[r].astype(np.float64)
            for s, r in zip(self.scores, self.rows, strict=True)
        ]
        self.applies = vendor.scorer.compiled.applies[self.cells]

    def compared(self) -> PerceptionGap:
        names = {cell.segment: None for cell in self.model.cells}
        ideal = {s.name: s.ideal for s in self.model.segments}
        of_cell = np.array([cell.segment for cell in self.model.cells], dtype=object)[self.cells]
        known = sorted(names, key=lambda name: not ideal.get(name, True))
        good = np.array([ideal.get(name, True) for name in of_cell], dtype=bool)
        vendor, customer = self.scores
        return PerceptionGap(
            total=self._segment(None, np.flatnonzero(good), ideal=True),
            segments=tuple(
                self._segment(name, np.flatnonzero(of_cell == name), ideal=ideal.get(name, True)) for name in known
            ),
            only_vendor=vendor.id[self.pairs.went],
            only_customer=customer.id[self.pairs.came],
            vendor=vendor,
        )

    def _segment(self, name: str | None, here: Array, *, ideal: bool) -> SegmentPerception:
        scores = [(s, rows[here]) for s, rows in zip(self.scores, self.rows, strict=True)]
        successful = [_mean(s.state[rows] == STATES[SUCCESSFUL]) for s, rows in scores]
        desired = np.stack([s.desired[rows].astype(np.float64) for s, rows in scores])
        both = desired[:, ~np.isnan(desired).any(axis=0)]
        steps = [self._step(number, here) for number in np.flatnonzero(self.applies[here].any(axis=0)).tolist()]
        steps.sort(key=lambda one: -abs(one.difference) if one.compared else 1.0)
        return SegmentPerception(
            name=name,
            ideal=ideal,
            customers=len(here),
            vendor_successful=successful[0],
            customer_successful=successful[1],
            vendor_desired=_mean(both[0]),
            customer_desired=_mean(both[1]),
            steps=tuple(steps),
        )

    def _step(self, number: int, here: Array) -> StepPerception:
        ours, theirs = (attained[here, number] for attained in self.attained)
        both = ~np.isnan(ours) & ~np.isnan(theirs)
        ours, theirs = ours[both], theirs[both]
        return StepPerception(
            step=self.model.steps[number].name,
            compared=len(ours),
            vendor=_mean(ours),
            customer=_mean(theirs),
            disagree=_mean((ours >= MET) != (theirs >= MET)),
            vendor_higher=_mean(ours > theirs),
            customer_higher=_mean(theirs > ours),
        )


def _mean(values: Array) -> float:
    return float(values.mean()) if len(values) else float("nan")
