"""The same list seen by the vendor and by the customers: `outcomegap.perception_gap`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from outcomegap.engines.numpy_blocks import SET_ASIDE
from outcomegap.frames import Table
from outcomegap.frames.arrays import objects
from outcomegap.listing import Listing, Show, counted, percent
from outcomegap.model import OutcomeModel
from outcomegap.scoring.explain import scored
from outcomegap.scoring.matching import pairs_by_id, pairs_in_order, same_cells
from outcomegap.scoring.states import MET, SUCCESSFUL

if TYPE_CHECKING:
    from outcomegap.scoring.scorer import Scorer

Array = NDArray[Any]
VIEWS = ("the vendor's view", "the customers' view")
#: What is said of a step, out of the attainments that vendor and customers see.
COMPARED: dict[str, Callable[[Array, Array], float]] = {
    "compared": lambda ours, _: len(ours),
    "vendor": lambda ours, _: _mean(ours),
    "customer": lambda _, theirs: _mean(theirs),
    "difference": lambda ours, theirs: _mean(ours) - _mean(theirs),
    "disagree": lambda ours, theirs: _mean((ours >= MET) != (theirs >= MET)),
    "vendor_higher": lambda ours, theirs: _mean(ours > theirs),
    "customer_higher": lambda ours, theirs: _mean(theirs > ours),
}
SHOW = [
    *(Show("step"), Show("vendor", form="points"), Show("customers", "customer", "points")),
    *(Show("difference", form="change"), Show("disagree", form="percent"), Show("compared")),
]


def perception_gap(
    scorer: Scorer,
    vendor_view: object,
    customer_view: object,
    *,
    segment: str = "segment",
    stage: str = "stage",
    goal: str = "goal",
    id: str | None = None,  # noqa: A002 - as in Scorer.score
) -> Listing:
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

    Returns
    -------
    Listing
        A row a ``segment`` (and whether it is ``ideal``) and ``step`` of its cells, the largest difference first, over
        the customers for whom both observe the step: how many are ``compared``; the mean attainment as the ``vendor``
        and as the ``customer`` sees it, and the ``difference`` (how much better the vendor sees it); the shares of
        customers of whom one says fully met and the other does not (``disagree``), and of whom ``vendor_higher`` and
        ``customer_higher`` see it better attained. NaN where nobody is compared.

        Parts: ``"total"``, the same over all ideal segments, then each segment that has somebody, if several. Facts of
        each part: how many ``customers`` are in both views; ``vendor_successful`` and ``customer_successful``, the
        share of them whose state is ``successful`` as each sees it; ``vendor_desired`` and ``customer_desired``, mean D
        as each sees it, over those for whom both views have one. Facts of the whole: those of the total, and what names
        the customers that only one of the views has, ``only_vendor`` and ``only_customer``.

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
    >>> gap.facts["vendor_successful"], gap.facts["customer_successful"]
    (1.0, 0.5)
    >>> reply = gap.parts["total"].find("support replies")
    >>> reply["difference"], reply["disagree"]
    (0.5, 0.5)
    """
    called = {"segment": segment, "stage": stage, "goal": goal, "id": id}
    vendor, customer = scored(scorer, vendor_view, VIEWS[0], called), scored(scorer, customer_view, VIEWS[1], called)
    named = vendor.id_column is not None and customer.id_column is not None
    pairs = pairs_by_id(vendor, customer, VIEWS) if named else pairs_in_order(vendor, customer, VIEWS)
    same_cells(vendor, customer, pairs)
    fine = (vendor.cell[pairs.before] != SET_ASIDE) & (customer.cell[pairs.after] != SET_ASIDE)
    sides = ((vendor, pairs.before[fine]), (customer, pairs.after[fine]))
    model, ideal = vendor.model, {segment.name: segment.ideal for segment in vendor.model.segments}
    of_cell = objects([cell.segment for cell in model.cells])[vendor.cell[pairs.before[fine]]]
    seen = {
        name: np.stack([getattr(scores, name)[rows] for scores, rows in sides]) for name in ("state_codes", "desired")
    }
    seen["attained"] = np.stack([scores.attainment().values[rows] for scores, rows in sides])
    seen["applies"] = np.stack([scores.applies[scores.cell[rows]] for scores, rows in sides])

    def compared(name: str, here: NDArray[np.bool_]) -> Listing:
        return _compared(name, model, {each: values[:, here] for each, values in seen.items()}, vendor.table)

    total = compared("total", np.array([ideal.get(name, True) for name in of_cell], dtype=bool))
    known = sorted(dict.fromkeys(cell.segment for cell in model.cells), key=lambda name: not ideal.get(name, True))
    segments = {
        name: compared(f"{name}{'' if ideal.get(name, True) else ' (not ideal)'}", of_cell == name) for name in known
    }
    each = [(name, ideal.get(name, True)) for name, segment in segments.items() for _ in segment]
    columns = {
        "segment": objects([name for name, _ in each]),
        "ideal": np.array([good for _, good in each], dtype=bool),
    }
    columns |= {name: np.concatenate([one.columns[name] for one in segments.values()]) for name in total.columns}
    alone = {"only_vendor": vendor.id[pairs.went], "only_customer": customer.id[pairs.came]}
    said = f"The vendor sees {percent(total.facts['vendor_successful'])} of them as successful; by the customers' own "
    said += f"view it is {percent(total.facts['customer_successful'])}."
    if not total.facts["customers"]:
        counts = [f"{len(ids):,} are in {whose}" for ids, whose in zip(alone.values(), VIEWS, strict=True)]
        said = f"Nothing can be compared: {' alone, '.join(counts)} alone."
    return Listing(
        f"{model.name}: {counted(total.facts['customers'], 'customer')} seen by both",
        columns,
        like=vendor.table,
        show=(),
        notes=[said],
        parts={"total": total}
        | {name: one for name, one in segments.items() if len(known) > 1 and one.facts["customers"]},
        facts=total.facts | alone,
    )


def _compared(name: str, model: OutcomeModel, seen: Mapping[str, Array], table: Table) -> Listing:
    """Compare what both see of some customers, step by step, the largest difference first."""
    successful = [_mean(states == SUCCESSFUL) for states in seen["state_codes"]]
    desired = seen["desired"][:, ~np.isnan(seen["desired"]).any(axis=0)].astype(np.float64)
    facts = dict(zip(("vendor_successful", "customer_successful"), successful, strict=True))
    facts |= dict(zip(("vendor_desired", "customer_desired"), map(_mean, desired), strict=True))
    steps = np.flatnonzero(seen["applies"].any(axis=(0, 1)))
    pairs = [seen["attained"][..., step] for step in steps]
    pairs = [pair[:, ~np.isnan(pair).any(axis=0)].astype(np.float64) for pair in pairs]
    columns = {"step": objects([model.steps[step].name for step in steps])}
    columns |= {name: np.array([measure(*pair) for pair in pairs]) for name, measure in COMPARED.items()}
    order = np.argsort(np.nan_to_num(-np.abs(columns["difference"]), nan=1.0), kind="stable")
    columns = {name: values[order] for name, values in columns.items()}
    customers = seen["desired"].shape[1]
    told = f"{percent(successful[0])} successful for the vendor, {percent(successful[1])} for them"
    title = f"{name}: {counted(customers, 'customer')}, {told}"
    return Listing(title, columns, like=table, show=SHOW, facts={"customers": customers} | facts)


def _mean(values: Array) -> float:
    return float(values.mean()) if len(values) else float("nan")
