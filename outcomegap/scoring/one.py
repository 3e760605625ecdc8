"""The score of one customer, in plain Python numbers."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import attrs

from outcomegap.engines.scalar import Found, Kernel
from outcomegap.model import Cell, OutcomeModel, Step
from outcomegap.model.join import JoinRule
from outcomegap.scoring import one_explained as explained
from outcomegap.scoring.states import FAILING, MET, STATES, SUCCESSFUL, TOLERANCE, TOLERATING, UNCERTAIN

if TYPE_CHECKING:
    from outcomegap.scoring.row import OneByOne

#: What `Score.to_dict` holds, in order.
SHOWN = (
    *("segment", "stage", "goal", "state", "point_state"),
    *("desired", "gap", "required", "experience", "required_gap", "experience_gap", "low", "high"),
    *("required_low", "required_high", "experience_low", "experience_high"),
    *("coverage", "required_coverage", "experience_coverage", "met", "steps"),
)


@attrs.frozen(eq=False, repr=False)
class Place:
    """What all the customers of one cell have in common.

    Parameters
    ----------
    one
        What it belongs to.
    number, cell
        The cell.
    kernel
        The cell's functions.
    steps
        Its steps.
    achieved_at, appropriate_at, min_coverage
        Its thresholds.
    """

    one: OneByOne
    number: int
    cell: Cell
    kernel: Kernel
    steps: tuple[Step, ...]
    achieved_at: float
    appropriate_at: float
    min_coverage: float

    @property
    def sizes(self) -> tuple[int, int]:
        """How many steps R and E have."""
        required, experience = self.kernel.program.sides
        return len(required.steps), len(experience.steps)

    def state(self, required: float, experience: float) -> int:
        """Return the position in `STATES` of the state at (R, E)."""
        if math.isnan(required) or math.isnan(experience):
            return UNCERTAIN
        if required < self.achieved_at - TOLERANCE:
            return FAILING
        return TOLERATING if experience < self.appropriate_at - TOLERANCE else SUCCESSFUL

    def __reduce__(self) -> Any:
        # Generated code is made again, not pickled.
        return _again, (self.one, self.number)


def _again(one: OneByOne, number: int) -> Place:
    return one.place(number)


@attrs.frozen(eq=False, repr=False)
class Score:
    """How far one customer is from the desired outcome; made by `Scorer.score_one`.

    All numbers are plain Python floats and whole numbers. Point values are NaN where too little is known
    (``min_coverage``); ``low`` and ``high`` bound what D can be, whatever the missing values turn out to be.

    Examples
    --------
    >>> import outcomegap as og
    >>> calls = og.SuccessGap("calls made", og.Measure("calls", low=0), floor=0, target=4)
    >>> reply = og.Expectation("support replies", og.Measure("reply_hours", low=0), floor=48, target=24)
    >>> sales, suits = og.RequiredOutcome("sales", needs=calls), og.AppropriateExperience("how", expects=reply)
    >>> model = og.OutcomeModel("phone", desired_outcomes=[og.DesiredOutcome(sales, suits)])
    >>> score = og.Scorer(model).score_one({"calls": 3, "reply_hours": 30})
    >>> score
    <Score all/all: successful, D = 0.5625, 0 of 2 met>
    >>> score.required, score.experience, score.gap
    (0.75, 0.75, 0.4375)
    >>> score.attribution()
    {'calls made': 0.25, 'support replies': 0.1875}
    """

    _place: Place
    _values: tuple[float, ...]
    _found: Found

    # Where the customer belongs

    @property
    def model(self) -> OutcomeModel:
        """The model they were scored by."""
        return self._place.one.compiled.model

    @property
    def row(self) -> dict[str, Any]:
        """What they were scored by: a number for each measure and column, and the cell."""
        cell, names = self._place.cell, (*(measure.name for measure in self.model.measures), *self.model.columns)
        values: dict[str, Any] = dict(zip(names, self._values, strict=True))
        return values | {"segment": cell.segment, "stage": cell.stage, "goal": cell.goal}

    @property
    def segment(self) -> str:
        """The customer's segment; ``all`` where the model declares none."""
        return self._place.cell.segment

    @property
    def stage(self) -> str:
        """The customer's stage; ``all`` where the model declares none."""
        return self._place.cell.stage

    @property
    def goal(self) -> str | None:
        """The customer's goal, where the model has several desired outcomes for one cell."""
        return self._place.cell.goal

    # What is known

    @property
    def steps(self) -> int:
        """How many steps the cell has: the 9 of "7 of 9 met"."""
        return sum(self._place.sizes)

    @property
    def met(self) -> int:
        """How many steps of the cell are fully attained."""
        attained = self._place.kernel.attain(self._values)
        assert attained is not None
        return sum(a >= MET for a in attained)

    @property
    def coverage(self) -> float:
        """Share of the cell's steps that are observed."""
        return (self._found[6] + self._found[7]) / self.steps

    @property
    def required_coverage(self) -> float:
        """Share of the required outcome's steps that are observed."""
        return self._found[6] / self._place.sizes[0]

    @property
    def experience_coverage(self) -> float:
        """Share of the experience's steps that are observed."""
        return self._found[7] / self._place.sizes[1]

    # The score

    @property
    def required(self) -> float:
        """R, how far the required outcome is attained, in [0, 1]; NaN where too little is known."""
        return self._found[0] if self.required_coverage >= self._place.min_coverage else math.nan

    @property
    def experience(self) -> float:
        """E, how far the appropriate experience is attained, in [0, 1]; NaN where too little is known."""
        return self._found[1] if self.experience_coverage >= self._place.min_coverage else math.nan

    @property
    def desired(self) -> float:
        """D = R x E, or what the desired outcome's own rule joins them to."""
        return self._joined(self.required, self.experience)

    @property
    def gap(self) -> float:
        """The distance from the desired outcome, 1 - D."""
        return 1.0 - self.desired

    @property
    def required_gap(self) -> float:
        """The part of the gap that the required outcome makes: 1 - R, where R and E are joined as a product."""
        return float(self._rule.parts(self.required, self.experience)[0])

    @property
    def experience_gap(self) -> float:
        """The part of the gap that the experience makes: R (1 - E), where R and E are joined as a product."""
        return float(self._rule.parts(self.required, self.experience)[1])

    @property
    def low(self) -> float:
        """D if everything that is missing turned out to be at its floor."""
        return self._joined(self._found[2], self._found[3])

    @property
    def high(self) -> float:
        """D if everything that is missing turned out to be at its target."""
        return self._joined(self._found[4], self._found[5])

    @property
    def required_low(self) -> float:
        """R if everything missing were at its floor."""
        return self._found[2]

    @property
    def required_high(self) -> float:
        """R if everything missing were at its target."""
        return self._found[4]

    @property
    def experience_low(self) -> float:
        """E if everything missing were at its floor."""
        return self._found[3]

    @property
    def experience_high(self) -> float:
        """E if everything missing were at its target."""
        return self._found[5]

    @property
    def state(self) -> str:
        """``successful``, ``tolerating``, ``failing``, or ``uncertain`` where that hangs on missing values."""
        _, _, r_low, e_low, r_high, e_high, _, _ = self._found
        high = self._place.state(r_high, e_high)
        return STATES[high if high == self._place.state(r_low, e_low) else UNCERTAIN]

    @property
    def point_state(self) -> str:
        """The state that R and E themselves have; ``uncertain`` where they are unknown."""
        return STATES[self._place.state(self.required, self.experience)]

    # Which gaps make it up

    @property
    def exact(self) -> bool:
        """Whether the attribution is exact. Numeric gates that are not multilinear make it a numerical integral."""
        return self._place.kernel.program.exact

    def attribution(self) -> dict[str, float]:
        """Split the gap over the steps, exactly: the parts sum to it. NaN on a side with too little data.

        Where the score is not `exact`, the parts leave something of the gap: see `residual`.
        """
        parts = explained.attribution(self._place.kernel, self._values)
        return self._by_step(parts, {"required": self.required_gap, "experience": self.experience_gap})

    @property
    def residual(self) -> float:
        """What the parts of the attribution leave of the gap: 0 where the score is `exact`; NaN without a score."""
        return 0.0 if self.exact else self.gap - sum(self.attribution().values())

    def leverage(self) -> dict[str, float]:
        """How much D moves with each step's attainment; NaN where D is."""
        return self._by_step(explained.leverage(self._place.kernel, self._values), _both(self.desired))

    def gain(self) -> dict[str, float]:
        """What D gains if a step alone were fully attained: what the model would score, not what an act causes."""
        return self._by_step(explained.gain(self._place.kernel, self._values), _both(self.desired))

    def unknown(self) -> dict[str, float]:
        """How much hangs on each missing step: D if it is fully attained less D if it is not; what to ask first."""
        return self._by_step(explained.unknown(self._place.kernel, self._values), _both(0.0))

    def attainment(self) -> dict[str, float]:
        """Attainment of each step; NaN where it is missing."""
        return self._by_step(explained.attained(self._place.kernel, self._values), _both(0.0))

    def to_dict(self, explain: bool = False) -> dict[str, Any]:  # noqa: FBT001, FBT002 - read as a word at the call
        """Return the score as plain data, ready for JSON: None stands for NaN.

        Parameters
        ----------
        explain
            Whether to add ``attribution``, ``gain``, ``leverage``, ``unknown`` and ``attainment``, each by step; and
            where the attribution is not exact ``residual``, what it leaves of the gap.

        Examples
        --------
        >>> import outcomegap as og
        >>> calls = og.SuccessGap("calls made", og.Measure("calls", low=0), floor=0, target=4)
        >>> reply = og.Expectation("support replies", og.Measure("reply_hours", low=0), floor=48, target=24)
        >>> sales, suits = og.RequiredOutcome("sales", needs=calls), og.AppropriateExperience("how", expects=reply)
        >>> model = og.OutcomeModel("phone", desired_outcomes=[og.DesiredOutcome(sales, suits)])
        >>> data = og.Scorer(model).score_one({"calls": 3}).to_dict(explain=True)
        >>> data["state"], data["desired"], data["low"], data["high"], data["unknown"]
        ('uncertain', None, 0.0, 0.75, {'calls made': 0.0, 'support replies': 0.75})
        """
        data: dict[str, Any] = {name: _plain(getattr(self, name)) for name in SHOWN}
        if explain:
            for name in ("attribution", "gain", "leverage", "unknown", "attainment"):
                data[name] = {step: _plain(value) for step, value in getattr(self, name)().items()}
            if not self.exact:
                data["residual"] = _plain(self.gap - sum(self.attribution().values()))
        return data

    @property
    def _rule(self) -> JoinRule:
        return self._place.kernel.program.outcome.join

    def _joined(self, required: float, experience: float) -> float:
        return float(self._rule.desired(required, experience))

    def _by_step(self, values: list[float], scores: dict[str, float]) -> dict[str, float]:
        """Name values by step; NaN where the score that they explain is NaN."""
        return {
            step.name: math.nan if math.isnan(scores[step.side]) else value
            for step, value in zip(self._place.steps, values, strict=True)
        }

    def __repr__(self) -> str:
        known = f"D = {self.desired:.4g}" if not math.isnan(self.desired) else f"D in [{self.low:.4g}, {self.high:.4g}]"
        return f"<Score {self._place.cell}: {self.state}, {known}, {self.met} of {self.steps} met>"


def _both(score: float) -> dict[str, float]:
    return {"required": score, "experience": score}


def _plain(value: Any) -> Any:
    return None if isinstance(value, float) and math.isnan(value) else value
