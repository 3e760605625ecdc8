"""Two views of the same customers: the vendor's and the customers' own; and the model against an observed outcome."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Unpack

import numpy as np
from numpy.typing import NDArray

from outcomegap.checks import Checks, choice
from outcomegap.engines.numpy_blocks import SET_ASIDE
from outcomegap.errors import ModelError
from outcomegap.frames.arrays import locked, objects, plain_values
from outcomegap.listing import Listing, Show, beside, counted, named, percent
from outcomegap.program import ends_of, floors_and_targets
from outcomegap.scoring.change import ColumnNames, Scoring, scored
from outcomegap.scoring.groups import groups_of, ratio
from outcomegap.scoring.model_scores import ModelScores
from outcomegap.scoring.saved import pairs_in_order
from outcomegap.scoring.states import MET, SUCCESSFUL, TOLERANCE

Array = NDArray[Any]
VIEWS = ("the vendor's view", "the customers' view")
SHOW = [
    *(Show("step"), Show("vendor", form="points"), Show("customers", "customer", "points")),
    *(Show("difference", form="change"), Show("disagree", form="percent"), Show("compared")),
]
#: The four combinations of model and observation of a required outcome, in the order of their codes.
BOTH, MODEL_ONLY, OBSERVATION_ONLY, NEITHER = SAYS = ("both", "model only", "observation only", "neither")
#: For each disagreement: the customers with the same verdict of the model who agree, and what it means.
KINDS = {
    MODEL_ONLY: (BOTH, "The model says attained, the observation says not", "the model lacks a gap that they have"),
    OBSERVATION_ONLY: (
        *(NEITHER, "The observation says attained, the model says not"),
        "the model asks for more than the outcome takes",
    ),
}
#: How many steps and ids are shown.
STEPS, IDS = 5, 10
SEGMENT = Show("segment", ("segment", "ideal"), lambda name, ideal: named(name, ideal=ideal))


def perception_gap(
    scorer: Scoring, vendor_view: object, customer_view: object, **called: Unpack[ColumnNames]
) -> Listing:
    """Compare how the vendor and the customers see the same list of requirements.

    Of 362 companies, 80 % believed that they delivered a superior experience; customers said so of 8 % of the companies
    that they rated (Allen, Reichheld, Hamilton & Markey, Closing the Delivery Gap, Bain & Company 2005). This function
    gives the share of your customers that each side sees as successful, and the steps on which the two views differ.

    Parameters
    ----------
    scorer
        A scorer of the model with the requirements.
    vendor_view, customer_view
        The same measures as the vendor knows them, and as the customers report them: two frames, or two `Scores` by
        this scorer's model. Customers are matched by id if both have one (customers in one view only are listed
        apart), else row by row. Each customer must be in the same cell in both.
    **called
        ``segment``, ``stage``, ``goal``, ``id``: the names of those columns of the frames, as in `Scorer.score`.

    Returns
    -------
    Listing
        One row for each ``segment`` (with ``ideal``) and ``step`` of its cells, the largest difference first, over
        the customers for whom both views observe the step: the number ``compared``; the mean attainment in the
        ``vendor`` view and in the ``customer`` view, and their ``difference`` (positive if the vendor's is higher); the
        share of customers for whom only one view says fully met (``disagree``), and the shares for whom the attainment
        is higher in the vendor's view (``vendor_higher``) and in the customer's (``customer_higher``). These are NaN if
        no customer is compared.

        Parts: ``"total"``, the same over all ideal segments; then, if there are several, each segment with customers.
        Facts of each part: the number of ``customers`` in both views; ``vendor_successful`` and
        ``customer_successful``, the share whose state is ``successful`` in each view; ``vendor_desired`` and
        ``customer_desired``, mean D in each view, over customers with a score in both. Facts of the whole: those of the
        total, and the ids of customers in one view only, ``only_vendor`` and ``only_customer``.

    Raises
    ------
    DataError
        If a view cannot be scored, customers cannot be matched, or a customer is in different cells.

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
    views = scored(scorer, dict(zip(VIEWS, (vendor_view, customer_view), strict=True)), **called)
    vendor, customer = views.values()
    pairs = pairs_in_order(vendor, customer, VIEWS, everybody=False)
    fine = (vendor.cell[pairs.before] != SET_ASIDE) & (customer.cell[pairs.after] != SET_ASIDE)
    sides = ((vendor, pairs.before[fine]), (customer, pairs.after[fine]))
    groups, model = groups_of(vendor, ["segment"]), vendor.model
    codes, names, ideal = groups.codes[sides[0][1]], groups.columns["segment"].tolist(), groups.ideal
    seen = {name: np.stack([getattr(each, name)[rows] for each, rows in sides]) for name in ("state_codes", "desired")}
    seen["attained"] = np.stack([each.attainment().values[rows] for each, rows in sides])
    seen["applies"] = np.stack([each.applies[each.cell[rows]] for each, rows in sides])

    def compared(name: str, here: NDArray[np.bool_]) -> Listing:
        return _compared(name, vendor, {each: values[:, here] for each, values in seen.items()})

    total = compared("total", ideal[codes])
    segments = [compared(named(name, ideal=ideal[at]), codes == at) for at, name in enumerate(names)]
    where = np.repeat(np.arange(len(names)), [len(each) for each in segments])
    columns = {"segment": groups.columns["segment"][where], "ideal": ideal[where]}
    columns |= {
        name: np.concatenate([none[:0], *(one.columns[name] for one in segments)])
        for name, none in total.columns.items()
    }
    alone = {"only_vendor": vendor.id[pairs.went], "only_customer": customer.id[pairs.came]}
    said = f"The vendor sees {percent(total.facts['vendor_successful'])} of them as successful; by the customers' own "
    said += f"view it is {percent(total.facts['customer_successful'])}."
    if not total.facts["customers"]:
        counts = [f"{len(ids):,} are in {whose}" for ids, whose in zip(alone.values(), VIEWS, strict=True)]
        said = f"Nothing can be compared: {' alone, '.join(counts)} alone."
    several = len(model.segments) > 1
    parts = {name: one for name, one in zip(names, segments, strict=True) if several and one.facts["customers"]}
    title, facts = f"{model.name}: {counted(total.facts['customers'], 'customer')} seen by both", total.facts | alone
    return Listing(
        title, columns, like=vendor.table, show=(), notes=[said], parts={"total": total} | parts, facts=facts
    )


def _compared(name: str, scores: ModelScores, seen: Mapping[str, Array]) -> Listing:
    """Compare the two views of some customers, step by step, the largest difference first."""
    steps = np.flatnonzero(seen["applies"].any(axis=(0, 1)))
    ours, theirs = seen["attained"][..., steps].astype(np.float64)
    known = ~np.isnan(ours + theirs)
    vendor, customer = _means(ours, known), _means(theirs, known)
    columns = {
        "step": objects([scores.model.steps[step].name for step in steps]),
        "compared": known.sum(axis=0),
        "vendor": vendor,
        "customer": customer,
        "difference": vendor - customer,
        "disagree": _means((ours >= MET) != (theirs >= MET), known),
        "vendor_higher": _means(ours > theirs, known),
        "customer_higher": _means(theirs > ours, known),
    }
    order = np.argsort(np.nan_to_num(-np.abs(columns["difference"]), nan=1.0), kind="stable")
    facts: dict[str, Any] = {"customers": len(seen["desired"].T)}
    for figure, values in (("successful", seen["state_codes"] == SUCCESSFUL), ("desired", seen["desired"])):
        both: Array = np.logical_not(np.isnan(values).any(axis=0, keepdims=True))
        means = _means(values.T, both.T).tolist()
        facts |= dict(zip((f"vendor_{figure}", f"customer_{figure}"), means, strict=True))
    told = f"{percent(facts['vendor_successful'])} successful for the vendor, {percent(facts['customer_successful'])}"
    title = f"{name}: {counted(facts['customers'], 'customer')}, {told} for them"
    columns = {name: values[order] for name, values in columns.items()}
    return Listing(title, columns, like=scores.table, show=SHOW, facts=facts)


def _means(values: Array, known: Array) -> Array:
    """Return the mean of each column over the known rows; NaN if there is none."""
    return ratio(np.where(known, values, 0.0).sum(axis=0), np.broadcast_to(known, values.shape).sum(axis=0))


class Disagreement(Listing):
    """Where the model and the observed outcome disagree; made by `Scores.disagreement`.

    It is a `Listing` of the customers who disagree. Printing shows its parts: ``"by segment"``, and for each kind of
    disagreement the steps that are open for those customers.

    Attributes
    ----------
    says
        For each customer, who says attained: ``"both"`` or ``"neither"``, ``"model only"`` (the model lacks a gap),
        ``"observation only"`` (the model asks for more than the outcome needs); None if R or the observation is
        unknown.
    observation
        The attainment of the observed outcome, in [0, 1]; NaN where it is not observed.
    segments
        One row for each segment, the ideal ones first: ``segment``, ``ideal``, ``customers``, the number ``compared``
        (R and the observation are known), ``model_only``, ``observation_only``, and the ``share`` of the compared who
        disagree.
    total
        The same for all customers of ideal segments.

    Examples
    --------
    >>> import outcomegap as og
    >>> calls = og.SuccessGap("calls made", og.Measure("calls", low=0), floor=0, target=4)
    >>> reply = og.Expectation("support replies", og.Measure("reply_hours", low=0), floor=48, target=24)
    >>> revenue = og.SuccessGap("revenue came in", og.Measure("revenue"), floor=0, target=1000)
    >>> sales = og.RequiredOutcome("sales", needs=calls, measured_by=revenue)
    >>> suits = og.AppropriateExperience("how", expects=reply)
    >>> scorer = og.Scorer(og.OutcomeModel("phone", desired_outcomes=[og.DesiredOutcome(sales, suits)]))
    >>> rows = {"id": ["A", "B", "C"], "calls": [4, 4, 1], "reply_hours": [24, 24, 24], "revenue": [900, 10, 0]}
    >>> found = scorer.score(rows).disagreement()
    >>> found.says.tolist(), found.ids("model only")
    (['both', 'model only', 'neither'], ['B'])
    """

    def __init__(self, scores: ModelScores) -> None:
        self._scores, self.observation = scores, locked(observations(scores))
        self._attained = scores.attainment().values
        achieved_at = np.append(scores.scorer.compiled.achieved_at, np.nan)[scores.cell] - TOLERANCE
        model, seen = scores.required >= achieved_at, self.observation >= achieved_at
        codes = np.where(model, np.where(seen, 0, 1), np.where(seen, 2, 3))
        codes[np.isnan(scores.required) | np.isnan(self.observation) | (scores.cell < 0)] = len(SAYS)
        self.says = locked(objects([*SAYS, None])[codes])
        groups = groups_of(scores, ["segment"])
        here = {"customers": codes >= 0, "compared": codes < len(SAYS)}
        here |= {says.replace(" ", "_"): codes == SAYS.index(says) for says in KINDS}
        found = {name: np.bincount(groups.codes[mask], minlength=len(groups)) for name, mask in here.items()}
        counts = {name: np.append(each, each[groups.ideal].sum()) for name, each in found.items()}  # and in total
        columns: dict[str, Array] = {"segment": objects([*groups.columns["segment"], None])}
        columns |= {"ideal": np.append(groups.ideal, True), **counts}
        columns["share"] = ratio(counts["model_only"] + counts["observation_only"], counts["compared"], nothing=0.0)
        self.total: dict[str, Any] = Listing("", columns)[-1]
        named_ones = [at for at, name in enumerate(columns["segment"].tolist()) if name is not None]
        show = [SEGMENT, Show("customers"), Show("compared"), Show("model only", "model_only")]
        show += [Show("observation only", "observation_only"), Show("disagree", "share", "percent")]
        columns, told = {name: each[named_ones] for name, each in columns.items()}, [self._told(says) for says in KINDS]
        self.segments = Listing("", columns, like=scores.table, show=show, notes=told)
        rows, own = self._which(None), scores.id_column if scores.id_column is not None else "row"
        columns = {"says": self.says[rows], "cell": objects([*map(str, scores.model.cells), None])[scores.cell[rows]]}
        columns |= {"required": scores.required[rows], "observation": self.observation[rows]}
        columns["state"] = scores.state[rows]
        names = ", ".join(dict.fromkeys(outcome.required.name for outcome in scores.model.desired_outcomes))
        of = f"{self.total['compared']:,} of {counted(self.total['customers'], 'customer')}"
        super().__init__(
            f"{names}: model and observation compared for {of}",
            beside({own: scores.id[rows]}, columns, "score"),
            like=scores.table,
            show=(),
            parts={"by segment": self.segments} | {says: self.in_common(says) for says in KINDS if self.ids(says)},
        )

    def ids(self, says: str | None = None) -> list[Any]:
        """Return the ids of those who disagree, or of those with the verdict `says`."""
        return plain_values(self._scores.id[self._which(says)])

    def in_common(self, says: str = MODEL_ONLY) -> Listing:
        """List the open steps of customers who disagree; the steps that distinguish them most come first.

        They are compared with customers who have the same verdict of the model and an observation that agrees. If no
        step distinguishes them, the model lacks the gap that they have.

        Parameters
        ----------
        says
            ``"model only"`` or ``"observation only"``.

        Returns
        -------
        Listing
            One row for each step: the number of ``customers`` for whom it is open (observed, and not fully attained),
            their ``share`` of those with it observed, ``share_agreeing``, the same among those who agree (NaN if
            there are none), and the ``difference`` of the two.
        """
        choice("says", says, KINDS)
        agreeing, what, _ = KINDS[says]
        count, share = _open(self._attained[self._which(says)])
        _, others = _open(self._attained[self._which(agreeing)])
        difference = share - np.nan_to_num(others)
        order = [at for at in np.lexsort((-share, -difference)) if count[at]]
        columns = {
            "step": objects([step.name for step in self._scores.model.steps])[order],
            "customers": count[order],
            "share": share[order],
            "share_agreeing": others[order],
            "difference": difference[order],
        }
        ids = self.ids(says)
        more = f" and {len(ids) - IDS:,} more" if len(ids) > IDS else ""
        show = [Show("open gap", "step"), Show("customers"), Show("share", form="percent")]
        show += [Show("of those who agree", "share_agreeing", "percent")]
        notes = [] if (columns["difference"] > 0).any() else ["No gap that the model knows sets them apart."]
        title = f"{what}: {', '.join(map(str, ids[:IDS]))}{more}"
        return Listing(title, columns, like=self._scores.table, show=show, notes=notes, first=STEPS)

    def _which(self, says: str | None) -> NDArray[np.int64]:
        wanted = list(KINDS) if says is None else [choice("says", says, SAYS)]
        return np.flatnonzero(np.isin(self.says, wanted))

    def _told(self, says: str) -> str:
        count, (_, what, meaning) = self.total[says.replace(" ", "_")], KINDS[says]
        share = percent(count / max(self.total["compared"], 1))
        return f"{what}: {count:,} ({share}){f'; {meaning}' if count else ''}"


def observations(scores: ModelScores) -> NDArray[np.float64]:
    """Return the observed attainment of each customer's required outcome; NaN where it is not observed.

    Raises
    ------
    ModelError
        If no required outcome is observed, or in some cell its floor or target is missing or both are equal.
    """
    model, batch, found = scores.model, scores.batch, np.full(len(scores), np.nan)
    if not model.observed_by:
        message = "no required outcome is observed; give og.RequiredOutcome(..., measured_by=step)"
        raise ModelError.of("measured-by", f"model {model.name!r}", message)
    measured_by, checks = [model.outcome(cell).required.measured_by for cell in model.cells], Checks("disagreement")
    floor, target = floors_and_targets(model, model.observed_by)
    for at, step in enumerate(model.observed_by):
        in_cell = np.array([each == step for each in measured_by])
        for cell in np.flatnonzero(in_cell).tolist():
            for end, bounds in (("floor", floor), ("target", target)):
                if bounds.lacking[at, cell]:
                    message = f"has no value for {model.cells[cell]}; add a default or a key for it"
                    checks.finding("no-value", f"{step.where}.{end}", message)
            if floor.numbers[at, cell] == target.numbers[at, cell]:
                message = f"floor and target are the same in {model.cells[cell]}"
                checks.finding("floor-is-target", step.where, message)
        rows = np.flatnonzero(np.append(in_cell, False)[scores.cell])
        low, high = ends_of(floor, target, at, step.way, scores.cell[rows], batch.own, rows)
        x = batch.columns[model.measures.index(step.measure)][rows].astype(np.float64)
        span = np.where(low == high, np.nan, high - low)  # no attainment if floor and target are equal
        found[rows] = step.curve.value(np.clip((x - low) / span, 0.0, 1.0))
    checks.done()
    return found


def _open(attained: Array) -> tuple[Array, Array]:
    """Return for each step how many customers have it open, and their share of those for whom it is observed."""
    count = (attained < MET).sum(axis=0)
    return count, ratio(count, (~np.isnan(attained)).sum(axis=0))
