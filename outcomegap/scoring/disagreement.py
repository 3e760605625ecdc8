"""The required outcome observed itself: where the model and the observation disagree (docs/meaning, clause 2.12)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from outcomegap.checks import choice
from outcomegap.errors import ModelError
from outcomegap.frames.arrays import locked, objects, plain_values
from outcomegap.listing import Listing, Show, counted, percent
from outcomegap.program import floors_and_targets
from outcomegap.scoring.groups import groups_of
from outcomegap.scoring.states import MET, TOLERANCE

if TYPE_CHECKING:
    from outcomegap.scoring.model_scores import ModelScores

Array = NDArray[Any]
#: What model and observation say of a required outcome, in the order of their codes.
BOTH, MODEL_ONLY, OBSERVATION_ONLY, NEITHER = SAYS = ("both", "model only", "observation only", "neither")
#: For each disagreement who agrees with the same verdict of the model, and what it means.
KINDS = {
    MODEL_ONLY: (BOTH, "The model says attained, the observation says not", "the model lacks a gap that they have"),
    OBSERVATION_ONLY: (
        *(NEITHER, "The observation says attained, the model says not"),
        "the model asks for more than the outcome takes",
    ),
}
#: How many steps and ids are shown.
STEPS, IDS = 5, 10


class Disagreement(Listing):
    """Where the model and the observed outcome disagree; made by `Scores.disagreement`.

    It is a `Listing` of the customers who disagree. What is printed are its parts: ``"by segment"``, and for each kind
    of disagreement the steps that those customers have open.

    Attributes
    ----------
    says
        For each customer ``"both"`` or ``"neither"`` (of them says attained), ``"model only"`` (the model lacks a gap),
        ``"observation only"`` (the model asks for more than the outcome takes), or None where R or the observation is
        unknown.
    observation
        How far the observed outcome is attained, in [0, 1]; NaN where it is not observed.
    segments
        A row a segment, the ideal ones first: ``segment``, ``ideal``, ``customers``, how many are ``compared`` (R and
        the observation are known), ``model_only``, ``observation_only``, and what ``share`` of the compared disagree.
    total
        The same of all customers of ideal segments.

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

    def __init__(self, scores: ModelScores, says: Array, observation: Array) -> None:
        self._scores, self.says, self.observation = scores, locked(says), locked(observation)
        self._attained = scores.attainment().values
        groups = groups_of(scores, ["segment"])
        each = zip(groups.columns["segment"].tolist(), groups.ideal.tolist(), range(len(groups)), strict=True)
        rows = [self._count(name, groups.codes == at, ideal=ideal) for name, ideal, at in each if name is not None]
        self.total = self._count(None, groups.ideal[groups.codes], ideal=True)
        self.segments = Listing(
            "",
            {name: [row[name] for row in rows] for name in self.total},
            like=scores.table,
            show=[
                Show("segment", ("segment", "ideal"), lambda name, ideal: f"{name}{'' if ideal else ' (not ideal)'}"),
                *(Show("customers"), Show("compared"), Show("model only", "model_only")),
                *(Show("observation only", "observation_only"), Show("disagree", "share", "percent")),
            ],
            notes=[self._told(says) for says in KINDS],
        )
        here = np.flatnonzero(np.isin(says, list(KINDS)))
        own = scores.id_column if scores.id_column is not None else "row"
        columns = {
            "says": says[here],
            "cell": objects([*map(str, scores.model.cells), None])[scores.cell[here]],
            "required": scores.required[here],
            "observation": observation[here],
            "state": scores.state[here],
        }
        names = ", ".join(dict.fromkeys(outcome.required.name for outcome in scores.model.desired_outcomes))
        of = f"{self.total['compared']:,} of {counted(self.total['customers'], 'customer')}"
        super().__init__(
            f"{names}: model and observation compared for {of}",
            {own: scores.id[here]} | {f"{n} (score)" if n == own else n: values for n, values in columns.items()},
            like=scores.table,
            show=(),
            parts={"by segment": self.segments} | {says: self.in_common(says) for says in KINDS if self.ids(says)},
        )

    def ids(self, says: str | None = None) -> list[Any]:
        """Return what names those who disagree, or those of whom both say `says`."""
        return plain_values(self._scores.id[self._which(says)])

    def in_common(self, says: str = MODEL_ONLY) -> Listing:
        """List the steps that customers who disagree have open, those first that set them apart most.

        They are compared with customers of whom the model says the same and the observation agrees. Where no step sets
        them apart, what they lack is none that the model knows.

        Parameters
        ----------
        says
            ``"model only"`` or ``"observation only"``.

        Returns
        -------
        Listing
            A row a step: how many ``customers`` have it open (observed, and not fully attained), their ``share`` of
            those for whom it is observed, ``share_agreeing``, the same among those who agree (NaN where there are
            none), and the ``difference`` of the two.
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

    def _count(self, name: str | None, here: NDArray[np.bool_], *, ideal: bool) -> dict[str, Any]:
        said = self.says[here].tolist()
        compared, kinds = len(said) - said.count(None), (said.count(MODEL_ONLY), said.count(OBSERVATION_ONLY))
        counts = {"customers": len(said), "compared": compared, "model_only": kinds[0], "observation_only": kinds[1]}
        return {"segment": name, "ideal": ideal} | counts | {"share": sum(kinds) / compared if compared else 0.0}

    def _told(self, says: str) -> str:
        count, (_, what, meaning) = self.total[says.replace(" ", "_")], KINDS[says]
        share = percent(count / max(self.total["compared"], 1))
        return f"{what}: {count:,} ({share}){f'; {meaning}' if count else ''}"


def disagreement_of(scores: ModelScores) -> Disagreement:
    """Compare R with the observed outcome; what `Scores.disagreement` does."""
    if not scores.model.observed_by:
        message = "no required outcome is observed; say og.RequiredOutcome(..., measured_by=step)"
        raise ModelError.of("measured-by", f"model {scores.model.name!r}", message)
    observation = observations(scores)
    achieved_at = np.append(scores.scorer.compiled.achieved_at, np.nan)[scores.cell] - TOLERANCE
    with np.errstate(invalid="ignore"):
        model, seen = scores.required >= achieved_at, observation >= achieved_at
    codes = np.where(model, np.where(seen, 0, 1), np.where(seen, 2, 3))
    codes[np.isnan(scores.required) | np.isnan(observation) | (scores.cell < 0)] = len(SAYS)
    return Disagreement(scores, objects([*SAYS, None])[codes], observation)


def observations(scores: ModelScores) -> NDArray[np.float64]:
    """Return how far each customer's required outcome is observed to be attained; NaN where it is not observed.

    Raises
    ------
    ModelError
        If floor or target of the observing step says nothing in a cell, or they are the same number there.
    """
    model, batch, found = scores.model, scores.batch, np.full(len(scores), np.nan)
    ends = dict(zip(("floor", "target"), floors_and_targets(model, model.observed_by), strict=True))
    measures = [measure.name for measure in model.measures]
    for number, cell in enumerate(model.cells):
        step = model.outcome(cell).required.measured_by
        if step is None:
            continue
        at, rows = model.observed_by.index(step), np.flatnonzero(scores.cell == number)
        for end, bounds in ends.items():
            if bounds.lacking[at, number]:
                message = f"has no value for {cell}; add a default or that key"
                raise ModelError.of("no-value", f"{step.where}.{end}", message)
        if ends["floor"].numbers[at, number] == ends["target"].numbers[at, number]:
            raise ModelError.of("floor-is-target", step.where, f"floor and target are the same in {cell}")
        floor, target = (bounds.at(at, number, batch.own, rows) for bounds in ends.values())
        x = batch.columns[measures.index(step.measure.name)][rows].astype(np.float64)
        span = np.broadcast_to(target - floor, x.shape).astype(np.float64)
        span[span == 0] = np.nan  # one number a customer: nothing can be told of that one
        found[rows] = step.curve.value(np.clip((x - floor) / span, 0.0, 1.0))
    return found


def _open(attained: Array) -> tuple[Array, Array]:
    """Return for each step how many have it open, and their share of those for whom it is observed."""
    count, seen = (attained < MET).sum(axis=0), (~np.isnan(attained)).sum(axis=0)
    return count, np.divide(count, seen, out=np.full(len(count), np.nan), where=seen > 0)
