"""The same list seen by the vendor and by the customers: `outcomegap.perception_gap`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from outcomegap.engines.numpy_blocks import SET_ASIDE
from outcomegap.errors import DataError, hint
from outcomegap.frames.arrays import locked, objects
from outcomegap.listing import Listing, Show, counted, percent
from outcomegap.scoring.explain import scored
from outcomegap.scoring.matching import Pairs, pairs_by_id, pairs_in_order, same_cells
from outcomegap.scoring.states import MET, STATES, SUCCESSFUL

if TYPE_CHECKING:
    from outcomegap.scoring.scorer import Scorer
    from outcomegap.scoring.scores import Scores

Array = NDArray[Any]
Rows = NDArray[np.int64]
VIEWS = ("the vendor's view", "the customers' view")


class SegmentPerception(Listing):
    """One segment, or all, as both see it: a row a step of its cells, the largest difference first.

    Columns, over the customers for whom both observe the ``step``: how many are ``compared``; the mean attainment as
    the ``vendor`` and as the ``customer`` sees it, and the ``difference`` (how much better the vendor sees it); the
    shares of customers of whom one says fully met and the other does not (``disagree``), and of whom
    ``vendor_higher`` and ``customer_higher`` see it better attained. NaN where nobody is compared.

    Attributes
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
    """

    def __init__(self, name: str | None, views: _Views, here: Rows, *, ideal: bool) -> None:
        self.name, self.ideal, self.customers = name, ideal, len(here)
        successful = [_mean(s.state[rows[here]] == STATES[SUCCESSFUL]) for s, rows in views.sides]
        self.vendor_successful, self.customer_successful = successful
        desired = np.stack([s.desired[rows[here]].astype(np.float64) for s, rows in views.sides])
        self.vendor_desired, self.customer_desired = map(_mean, desired[:, ~np.isnan(desired).any(axis=0)])
        steps = [views.step(number, here) for number in np.flatnonzero(views.applies[here].any(axis=0)).tolist()]
        steps.sort(key=lambda one: -abs(one["difference"]) if one["compared"] else 1.0)
        seen = f"{percent(successful[0])} successful for the vendor, {percent(successful[1])} for them"
        super().__init__(
            f"{name or 'total'}{'' if ideal else ' (not ideal)'}: {counted(len(here), 'customer')}, {seen}",
            {column: [step[column] for step in steps] for column in COLUMNS},
            like=views.vendor.table,
            show=[
                *(Show("step"), Show("vendor", form="points"), Show("customers", "customer", "points")),
                *(Show("difference", form="change"), Show("disagree", form="percent"), Show("compared")),
            ],
        )

    def __getitem__(self, place: Any) -> Any:
        return self.find(place) if isinstance(place, str) else super().__getitem__(place)


#: Columns of a `SegmentPerception`.
COLUMNS = ("step", "compared", "vendor", "customer", "difference", "disagree", "vendor_higher", "customer_higher")


class PerceptionGap(Listing):
    """The same list seen by the vendor and by the customers; made by `outcomegap.perception_gap`.

    It is a `Listing` with a row a segment and step; ``gap["startup"]`` is one segment, ``gap["startup"]["list built"]``
    one step of it. What is printed are its parts, the segments.

    Attributes
    ----------
    total
        All ideal segments: a `SegmentPerception`.
    segments
        One `SegmentPerception` a segment, those of ideal segments first.
    only_vendor, only_customer
        What names the customers that only one of the views has.
    """

    def __init__(self, views: _Views, pairs: Pairs) -> None:
        model, ideal = views.vendor.model, {segment.name: segment.ideal for segment in views.vendor.model.segments}
        of_cell = objects([cell.segment for cell in model.cells])[views.cells]
        good = np.array([ideal.get(name, True) for name in of_cell], dtype=bool)
        self.total = SegmentPerception(None, views, np.flatnonzero(good), ideal=True)
        known = sorted(dict.fromkeys(cell.segment for cell in model.cells), key=lambda name: not ideal.get(name, True))
        self.segments = tuple(
            SegmentPerception(name, views, np.flatnonzero(of_cell == name), ideal=ideal.get(name, True))
            for name in known
        )
        self.only_vendor = locked(views.vendor.id[pairs.went])
        self.only_customer = locked(views.customer.id[pairs.came])
        rows = [(segment, step) for segment in self.segments for step in segment]
        columns: dict[str, Any] = {
            "segment": objects([segment.name for segment, _ in rows]),
            "ideal": np.array([segment.ideal for segment, _ in rows], dtype=bool),
        }
        columns |= {name: [step[name] for _, step in rows] for name in COLUMNS}
        for name in COLUMNS[2:]:
            columns[name] = np.array(columns[name], dtype=np.float64)
        customers = self.total.customers
        alone = f"{len(self.only_vendor):,} are in the vendor's view alone, {len(self.only_customer):,} in theirs"
        said = f"The vendor sees {percent(self.total.vendor_successful)} of them as successful; by the customers' own "
        said += f"view it is {percent(self.total.customer_successful)}."
        super().__init__(
            f"{model.name}: {counted(customers, 'customer')} seen by both",
            columns,
            like=views.vendor.table,
            show=(),
            notes=[said if customers else f"Nothing can be compared: {alone}."],
            parts={str(segment.name): segment for segment in self.segments if segment.customers},
        )

    def __getitem__(self, place: Any) -> Any:
        if not isinstance(place, str):
            return super().__getitem__(place)
        for segment in self.segments:
            if segment.name == place:
                return segment
        raise DataError(f"there is no segment {place!r}{hint(place, [str(one.name) for one in self.segments])}")


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
    >>> gap.total["support replies"]["difference"], gap.total["support replies"]["disagree"]
    (0.5, 0.5)
    """
    called = {"segment": segment, "stage": stage, "goal": goal, "id": id}
    vendor, customer = scored(scorer, vendor_view, VIEWS[0], called), scored(scorer, customer_view, VIEWS[1], called)
    named = vendor.id_column is not None and customer.id_column is not None
    pairs = pairs_by_id(vendor, customer, VIEWS) if named else pairs_in_order(vendor, customer, VIEWS)
    same_cells(vendor, customer, pairs)
    return PerceptionGap(_Views(vendor, customer, pairs), pairs)


class _Views:
    """Both views of the customers that are in both and set aside in neither."""

    def __init__(self, vendor: Scores, customer: Scores, pairs: Pairs) -> None:
        self.vendor, self.customer = vendor, customer
        fine = (vendor.cell[pairs.before] != SET_ASIDE) & (customer.cell[pairs.after] != SET_ASIDE)
        self.sides = ((vendor, pairs.before[fine]), (customer, pairs.after[fine]))
        self.attained = [scores.attainment().values[rows].astype(np.float64) for scores, rows in self.sides]
        self.cells = vendor.cell[pairs.before[fine]]
        self.applies = vendor.applies[self.cells]

    def step(self, number: int, here: Rows) -> dict[str, Any]:
        """Compare one step over some customers."""
        ours, theirs = (attained[here, number] for attained in self.attained)
        both = ~np.isnan(ours) & ~np.isnan(theirs)
        ours, theirs = ours[both], theirs[both]
        vendor, customer = _mean(ours), _mean(theirs)
        shares = ((ours >= MET) != (theirs >= MET), ours > theirs, theirs > ours)
        values = (self.vendor.model.steps[number].name, len(ours), vendor, customer, vendor - customer)
        return dict(zip(COLUMNS, (*values, *map(_mean, shares)), strict=True))


def _mean(values: Array) -> float:
    return float(values.mean()) if len(values) else float("nan")
