"""The required outcome observed itself: where the model and the observation disagree (docs/meaning, clause 2.12)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
import numpy as np
from numpy.typing import NDArray

from outcomegap.engines.numpy_blocks import SET_ASIDE
from outcomegap.errors import DataError, ModelError, hint
from outcomegap.explanation import gradients
from outcomegap.frames.arrays import locked, plain_values
from outcomegap.model import Cell, Column, Step
from outcomegap.model.values import Value, at
from outcomegap.scoring.groups import groups_of
from outcomegap.scoring.states import TOLERANCE

if TYPE_CHECKING:
    from outcomegap.scoring.scores import Scores

Array = NDArray[Any]
#: What model and observation say of a required outcome, in the order of their codes.
BOTH, MODEL_ONLY, OBSERVATION_ONLY, NEITHER = SAYS = ("both", "model only", "observation only", "neither")
#: Who agrees with the same verdict of the model: those with whom the ones that disagree are compared.
AGREEING = {MODEL_ONLY: BOTH, OBSERVATION_ONLY: NEITHER}


@attrs.frozen
class SegmentDisagreement:
    """How often model and observation disagree in one segment, or in all.

    Parameters
    ----------
    name
        The segment; None for the total, which holds ideal segments only.
    ideal
        Whether its customers are those the vendor is made for.
    customers
        How many there are.
    compared
        For how many of them R and the observation are both known.
    model_only
        The model says attained, the observation says not: the model lacks a gap.
    observation_only
        The observation says attained, the model says not: the model asks for more than it takes.
    """

    name: str | None
    ideal: bool
    customers: int
    compared: int
    model_only: int
    observation_only: int

    @property
    def share(self) -> float:
        """Share of the compared who disagree; 0 where nobody is compared."""
        return (self.model_only + self.observation_only) / self.compared if self.compared else 0.0


@attrs.frozen
class CommonGap:
    """A gap that customers who disagree have in common.

    Parameters
    ----------
    step
        Its name.
    customers
        How many of them have it open: observed, and not fully attained.
    share
        Their share of those for whom it is observed.
    share_agreeing
        The same share among those of whom the model says the same and the observation agrees; NaN where there are
        none.
    """

    step: str
    customers: int
    share: float
    share_agreeing: float

    @property
    def difference(self) -> float:
        """How much more often they have it open than those who agree."""
        return self.share - (0.0 if np.isnan(self.share_agreeing) else self.share_agreeing)


@attrs.frozen(eq=False, repr=False)
class Disagreement:
    """Where the model and the observed outcome disagree; made by `Scores.disagreement`.

    Attributes
    ----------
    says
        For each customer ``"both"`` or ``"neither"`` (of them says attained), ``"model only"``,
        ``"observation only"``, or None where R or the observation is unknown.
    observation
        How far the observed outcome is attained, in [0, 1]; NaN where it is not observed.

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

    says: Array = attrs.field(converter=locked)
    observation: Array = attrs.field(converter=locked)
    _scores: Scores

    def __len__(self) -> int:
        return len(self.rows())

    def rows(self, says: str | None = None) -> NDArray[np.int64]:
        """Return the row positions of those who disagree, or of those of whom both say `says`."""
        if says is None:
            return np.flatnonzero((self.says == MODEL_ONLY) | (self.says == OBSERVATION_ONLY))
        if says not in SAYS:
            raise DataError(f"says is one of {', '.join(map(repr, SAYS))} (got {says!r}){hint(says, SAYS)}")
        return np.flatnonzero(self.says == says)

    def ids(self, says: str | None = None) -> list[Any]:
        """Return what names those who disagree, or those of whom both say `says`."""
        return plain_values(self._scores.id[self.rows(says)])

    @property
    def segments(self) -> tuple[SegmentDisagreement, ...]:
        """One entry a segment, the ideal ones first."""
        groups = groups_of(self._scores, ["segment"])
        names = groups.columns["segment"].tolist()
        return tuple(
            self._count(name, np.flatnonzero(groups.codes == number), ideal=bool(groups.ideal[number]))
            for number, name in enumerate(names)
            if name is not None
        )

    @property
    def total(self) -> SegmentDisagreement:
        """All customers of ideal segments."""
        groups = groups_of(self._scores, [])
        return self._count(None, np.flatnonzero(groups.ideal[groups.codes]), ideal=True)

    def in_common(self, says: str = MODEL_ONLY) -> tuple[CommonGap, ...]:
        """Return the gaps that customers who disagree have in common, those first that set them apart most.

        They are compared with customers of whom the model says the same and the observation agrees. Where no gap sets
        them apart, what they lack is none that the model knows.

        Parameters
        ----------
        says
            ``"model only"`` or ``"observation only"``.
        """
        rows = self.rows(says)
        if says not in AGREEING:
            raise DataError(f"{says!r} is no disagreement; ask for {MODEL_ONLY!r} or {OBSERVATION_ONLY!r}")
        scores = self._scores
        attained = gradients.attainment(scores.scorer.engine, scores.batch)
        count, share = _open(attained[rows])
        _, others = _open(attained[self.rows(AGREEING[says])])
        found = [
            CommonGap(step.name, number, float(mine), float(theirs))
            for step, number, mine, theirs in zip(scores.model.steps, count.tolist(), share, others, strict=True)
            if number
        ]
        return tuple(sorted(found, key=lambda gap: (-gap.difference, -gap.share)))

    def to_frame(self) -> Any:
        """Return a row for each customer who disagrees, the same kind of frame that was scored."""
        rows, scores = self.rows(), self._scores
        cells = np.array([*map(str, scores.model.cells), None], dtype=object)
        name = scores.id_column if scores.id_column is not None else "row"
        columns = {
            "says": self.says[rows],
            "cell": cells[scores.cell[rows]],
            "required": scores.required[rows],
            "observation": self.observation[rows],
            "state": scores.state[rows],
        }
        named = {f"{key} (score)" if key == name else key: values for key, values in columns.items()}
        return scores.table.build({name: scores.id[rows]} | named, index_like=False)

    def __str__(self) -> str:
        from outcomegap.scoring.observed_text import disagreement_text

        return disagreement_text(self)

    def __repr__(self) -> str:
        return f"<Disagreement of {len(self)} customers>"

    def _count(self, name: str | None, rows: Array, *, ideal: bool) -> SegmentDisagreement:
        said = self.says[rows]
        one, other = int((said == MODEL_ONLY).sum()), int((said == OBSERVATION_ONLY).sum())
        compared = int((said != None).sum())  # noqa: E711 - element by element
        return SegmentDisagreement(name, ideal, len(rows), compared, one, other)


def disagreement_of(scores: Scores) -> Disagreement:
    """Compare R with the observed outcome; what `Scores.disagreement` does."""
    if not scores.model.observed_by:
        message = "no required outcome is observed; say og.RequiredOutcome(..., measured_by=step)"
        raise ModelError.of("measured-by", f"model {scores.model.name!r}", message)
    observation = observations(scores)
    achieved_at = np.append(scores.scorer.compiled.achieved_at, np.nan)[scores.cell] - TOLERANCE
    with np.errstate(invalid="ignore"):
        model, seen = scores.required >= achieved_at, observation >= achieved_at
    codes = np.where(model, np.where(seen, 0, 1), np.where(seen, 2, 3))
    codes[np.isnan(scores.required) | np.isnan(observation) | (scores.cell == SET_ASIDE)] = len(SAYS)
    says = np.array([*SAYS, None], dtype=object)[codes]
    return Disagreement(says=says, observation=observation, scores=scores)


def observations(scores: Scores) -> NDArray[np.float64]:
    """Return how far each customer's required outcome is observed to be attained; NaN where it is not observed.

    Raises
    ------
    ModelError
        If floor or target of the observing step says nothing in a cell, or they are the same number there.
    """
    found = np.full(len(scores), np.nan)
    for number, cell in enumerate(scores.model.cells):
        step = scores.model.outcome(cell).required.measured_by
        if step is not None:
            rows = np.flatnonzero(scores.cell == number)
            found[rows] = _attained(scores, step, cell, rows)
    return found


def _attained(scores: Scores, step: Step, cell: Cell, rows: Array) -> Array:
    position = [measure.name for measure in scores.model.measures].index(step.measure.name)
    x = scores.batch.columns[position][rows].astype(np.float64)
    floor, target = (_bound(scores, step, name, cell, rows) for name in ("floor", "target"))
    span = np.broadcast_to(target - floor, x.shape).astype(np.float64)
    if not isinstance(floor, np.ndarray) and not isinstance(target, np.ndarray) and floor == target:
        message = f"floor and target are both {floor:g} in {cell}; they must differ"
        raise ModelError.of("floor-is-target", step.where, message)
    span[span == 0] = np.nan  # one number a customer: nothing can be told of that one
    value: Array = step.curve.value(np.clip((x - floor) / span, 0.0, 1.0))
    return value


def _bound(scores: Scores, step: Step, name: str, cell: Cell, rows: Array) -> Any:
    value: Value = getattr(step, name)
    here = at(value, cell.segment, cell.stage)
    if here is None:
        raise ModelError.of("no-value", f"{step.where}.{name}", f"has no value for {cell}; add a default or that key")
    if isinstance(here, Column):
        return scores.batch.own[scores.model.columns.index(here.name)][rows].astype(np.float64)
    return here


def _open(attained: Array) -> tuple[Array, Array]:
    """Return for each step how many have it open, and their share of those for whom it is observed."""
    from outcomegap.scoring.states import MET

    count = (attained < MET).sum(axis=0)
    seen = (~np.isnan(attained)).sum(axis=0)
    share = np.divide(count, seen, out=np.full(len(count), np.nan), where=seen > 0)
    return count, share
