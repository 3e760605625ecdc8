"""The required outcome observed itself: where the model and the observation disagree (docs/meaning, clause 2.12)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from outcomegap.checks import choice
from outcomegap.errors import ModelError
from outcomegap.frames.arrays import locked, objects, plain_values
from outcomegap.listing import Listing, Show, beside, counted, percent
from outcomegap.program import floors_and_targets
from outcomegap.scoring.groups import groups_of, ratio
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

    def __init__(self, scores: ModelScores) -> None:
        self._scores, self.observation = scores, locked(observations(scores))
        self._attained = scores.attainment().values
        achieved_at = np.append(scores.scorer.compiled.achieved_at, np.nan)[scores.cell] - TOLERANCE
        with np.errstate(invalid="ignore"):
            model, seen = scores.required >= achieved_at, self.observation >= achieved_at
        codes = np.where(model, np.where(seen, 0, 1), np.where(seen, 2, 3))
        codes[np.isnan(scores.required) | np.isnan(self.observation) | (scores.cell < 0)] = len(SAYS)
        self.says = locked(objects([*SAYS, None])[codes])
        groups = groups_of(scores, ["segment"])
        here = {"customers": codes >= 0, "compared": codes < len(SAYS)}
        here |= {says.replace(" ", "_"): codes == SAYS.index(says) for says in KINDS}
        counts = {name: np.bincount(groups.codes[mask], minlength=len(groups)) for name, mask in here.items()}
        total = {name: int(each[groups.ideal].sum()) for name, each in counts.items()}
        self.total: dict[str, Any] = {"segment": None, "ideal": True, **total, "share": float(_share(total))}
        named = np.array([name is not None for name in groups.columns["segment"].tolist()], dtype=bool)
        columns = {"segment": groups.columns["segment"], "ideal": groups.ideal, **counts, "share": _share(counts)}
        show = [Show("segment", ("segment", "ideal"), lambda name, ideal: f"{name}{'' if ideal else ' (not ideal)'}")]
        show += [Show("customers"), Show("compared"), Show("model only", "model_only")]
        show += [Show("observation only", "observation_only"), Show("disagree", "share", "percent")]
        columns, told = {name: values[named] for name, values in columns.items()}, [self._told(says) for says in KINDS]
        self.segments = Listing("", columns, like=scores.table, show=show, notes=told)
        rows, own = self._which(None), scores.id_column if scores.id_column is not None else "row"
        columns = {
            "says": self.says[rows],
            "cell": objects([*map(str, scores.model.cells), None])[scores.cell[rows]],
            "required": scores.required[rows],
            "observation": self.observation[rows],
            "state": scores.state[rows],
        }
        names = ", ".join(dict.fromkeys(outcome.required.name for outcome in scores.model.desired_outcomes))
        of = f"{total['compared']:,} of {counted(total['customers'], 'customer')}"
        super().__init__(
            f"{names}: model and observation compared for {of}",
            beside({own: scores.id[rows]}, columns, "score"),
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

    def _told(self, says: str) -> str:
        count, (_, what, meaning) = self.total[says.replace(" ", "_")], KINDS[says]
        share = percent(count / max(self.total["compared"], 1))
        return f"{what}: {count:,} ({share}){f'; {meaning}' if count else ''}"


def observations(scores: ModelScores) -> NDArray[np.float64]:
    """Return how far each customer's required outcome is observed to be attained; NaN where it is not observed.

    Raises
    ------
    ModelError
        If no required outcome is observed, or floor or target of an observing step say nothing in a cell, or the same.
    """
    model, batch, found = scores.model, scores.batch, np.full(len(scores), np.nan)
    if not model.observed_by:
        message = "no required outcome is observed; say og.RequiredOutcome(..., measured_by=step)"
        raise ModelError.of("measured-by", f"model {model.name!r}", message)
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


def _share(counts: Mapping[str, Any]) -> Array:
    """Return the share of those compared who disagree."""
    return ratio(np.add(counts["model_only"], counts["observation_only"]), np.asarray(counts["compared"]), nothing=0.0)


def _open(attained: Array) -> tuple[Array, Array]:
    """Return for each step how many have it open, and their share of those for whom it is observed."""
    count = (attained < MET).sum(axis=0)
    return count, ratio(count, (~np.isnan(attained)).sum(axis=0))
