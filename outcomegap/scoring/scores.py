"""Scores of many customers, and what can be asked of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np
from numpy.typing import NDArray

from outcomegap.engines.numpy_blocks import SET_ASIDE
from outcomegap.explanation import Explanation, gradients
from outcomegap.scoring.arrays import ScoreArrays
from outcomegap.scoring.readings import Readings, readings
from outcomegap.scoring.scored import sealed
from outcomegap.scoring.states import UNCERTAIN, state_codes
from outcomegap.scoring.step_arrays import EngineSteps, take

if TYPE_CHECKING:
    from os import PathLike

    from outcomegap.scoring.change import Change
    from outcomegap.scoring.disagreement import Disagreement

Array = NDArray[Any]
SIDES = ("required", "experience")


class Scores(ScoreArrays):
    """Scores of many customers, in the order of the rows; made by `Scorer.score`.

    All arrays hold one value a customer and are read-only. Point values are NaN where too little is known
    (``min_coverage``); ``low`` and ``high`` bound what D can be, whatever the missing values turn out to be. The
    scores refer to the data as they were scored: measures that lie in writeable arrays of yours are copied.

    Attributes
    ----------
    problems
        What was wrong with rows set aside.

    Examples
    --------
    >>> import outcomegap as og
    >>> model = og.gallery.load("email-marketing")
    >>> scores = og.Scorer(model).score(og.simulate(model, 100, seed=1, missing=0))
    >>> parts = scores.attribution().values
    >>> len(scores), bool(abs(parts.sum(axis=1) - scores.gap).max() < 1e-12)
    (100, True)
    """

    # Which gaps make it up

    @property
    def exact(self) -> bool:
        """Whether attributions are exact. Numeric gates that are not multilinear make them numerical integrals."""
        return all(program.exact for program in self._scorer.compiled.programs)

    @property
    def explains(self) -> bool:
        """Whether it is known which steps make up the gap: it is, of a model."""
        return True

    def attribution(self) -> Explanation:
        """Split each customer's gap over the steps, exactly: the parts sum to it.

        Where the scores are not `exact`, what the parts leave of the gap stands in ``.residual``.
        """
        found = self._explain("attribution", gradients.attribution(self._scorer.engine, self.batch))
        if self.exact:
            return found
        return attrs.evolve(found, exact=False, residual=sealed(self.gap - found.values.sum(axis=1)))

    def leverage(self) -> Explanation:
        """How much D moves with each step's attainment."""
        values = gradients.leverage(self._scorer.engine, self.batch)
        return attrs.evolve(self._explain("leverage", values, both=True), exact=self.exact)

    def gain(self) -> Explanation:
        """What D gains if a step alone were fully attained: what the model would score, not what an act causes."""
        gain = gradients.leverage(self._scorer.engine, self.batch, gain=True)
        return self._explain("gain", gain, both=True)

    def unknown(self) -> Explanation:
        """How much hangs on each missing step: D if it is fully attained less D if it is not; what to ask first."""
        return self._explain("unknown", gradients.unknown(self._scorer.engine, self.batch), blank=False)

    def attainment(self) -> Explanation:
        """Attainment of each step; NaN where it is missing."""
        values = gradients.attainment(self._scorer.engine, self.batch)
        return self._explain("attainment", values, blank=False)

    # Over time, and against what is observed

    def save(self, path: str | PathLike[str], *, keep: Sequence[str] | None = None) -> None:
        """Save the scores with all that is needed to score again: measures, cells, ids, the model, its fingerprint.

        `outcomegap.load_scores` reads them in any process, so that `change_since` can say what moved them.

        Parameters
        ----------
        path
            A file that ends in ``.parquet`` (needs pyarrow), ``.json`` or ``.json.gz``; one that exists is replaced.
        keep
            Other columns of the scored frame to save; by default those that the model's inputs keep.

        Raises
        ------
        DataError
            If the suffix is unknown, a column is not there or cannot be saved, or the file cannot be written.
        ModelError
            If a file cannot hold the model.

        Warns
        -----
        UserWarning
            If ids are null or repeated: the file is whole, but `change_since` will refuse it.
        """
        from outcomegap.scoring.saved import save_scores

        save_scores(self, path, keep=keep)

    def change_since(self, earlier: Scores) -> Change:
        """Say what moved each customer's D since an earlier scoring, under the same model or an older one.

        The parts add up, in this order (docs/meaning, clause 2.9): the model's new graph and weights, then its new
        expectations; the same two where the customer moved to another cell; values that became known or went
        missing; the customer's own data. Customers are found again by id.

        Parameters
        ----------
        earlier
            Scores of before, of this process or loaded from a file.

        Raises
        ------
        DataError
            If customers cannot be matched: no id column, ids that are null, repeated, or of another type.
        """
        from outcomegap.scoring.change import change_since

        return change_since(self, earlier)

    def disagreement(self) -> Disagreement:
        """Say where the model and the observed outcome disagree (`RequiredOutcome.measured_by`).

        Where the model says attained and the observation says not, the model lacks a gap (docs/meaning, clause 2.12).

        Raises
        ------
        ModelError
            If no required outcome of the model is observed.
        """
        from outcomegap.scoring.disagreement import disagreement_of

        return disagreement_of(self)

    def _explain(self, name: str, values: Array, *, both: bool = False, blank: bool = True) -> Explanation:
        compiled = self._scorer.compiled
        applies = np.vstack([compiled.applies, np.zeros((1, len(self.model.steps)), dtype=bool)])[self.cell]
        if blank:
            for number, step in enumerate(self.model.steps):
                score = self.desired if both else getattr(self, f"{step.side}_gap")
                values[:, number][np.isnan(score) & applies[:, number]] = np.nan
        values[self.cell == SET_ASIDE] = np.nan
        return Explanation(
            name=name,
            values=sealed(values),
            steps=tuple(step.name for step in self.model.steps),
            observed=sealed(gradients.observed(self._scorer.engine, self.batch)),
            applies=sealed(applies),
            frame=self._frame,
        )

    # What the views need

    @property
    def applies(self) -> NDArray[np.bool_]:
        return self._scorer.compiled.applies

    def step_arrays(self, rows: Array) -> EngineSteps:
        return EngineSteps(self._scorer.engine, take(self.batch, rows))

    def readings(self, rows: Array, step: Array) -> Readings:
        return readings(self, rows, step)

    def mean_states(self, mean: Callable[[Array], Array]) -> Array:
        compiled = self._scorer.compiled
        limits = [np.append(table, np.nan)[self.cell] for table in (compiled.achieved_at, compiled.appropriate_at)]
        low, high = (
            state_codes(*(mean(getattr(self, f"{side}_{bound}")) for side in SIDES), *(mean(limit) for limit in limits))
            for bound in ("low", "high")
        )
        return np.where(low == high, low, UNCERTAIN)
