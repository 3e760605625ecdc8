"""Rules that must hold for some days before they fire: predicates as data, no code in them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from outcomegap.checks import Checks, number_of
from outcomegap.errors import DataError, hint
from outcomegap.model import OutcomeModel
from outcomegap.scoring import Scores
from outcomegap.scoring.states import STATES

#: What one observation says of a rule.
HOLDS, HOLDS_NOT, UNKNOWN = 1, 0, -1
#: Scores that a rule may ask to be below a number.
SCORES = ("desired", "required", "experience", "low", "high", "coverage")
KEYS = ("state", "below", "step_below")
Answers = NDArray[np.int8]
Limits = tuple[tuple[str, float], ...]


def _given(value: Mapping[str, Any]) -> Mapping[str, Any]:
    return value


@attrs.frozen(repr=False)
class Rule:
    """A condition that must hold for some days before it fires.

    Parameters
    ----------
    name
        What to call it.
    when
        What must hold, as plain data; several keys must hold together:

        - ``"state"``: a state, or a list of states, one of which the customer is in. Uncertain is no answer, unless
          ``"uncertain"`` is in the list.
        - ``"below"``: score -> number; the score (``desired``, ``required``, ``experience``, ``low``, ``high``,
          ``coverage``) is below it, not equal to it.
        - ``"step_below"``: step -> number; its attainment is below it. A customer whose cell lacks the step is not.

    for_days
        How long it must hold, from the first observation at which it does to the last: it fires at the first
        observation at which this many days have passed; 0 fires at once.
    max_gap_days
        The longest time between two observations over which it counts as having held; None for any. A longer one ends
        it, since nobody looked.

    Raises
    ------
    ModelError
        With everything that is wrong.

    Notes
    -----
    An observation that cannot tell (a score is unknown, the customer is not in that scoring) neither holds nor breaks:
    it is passed over, and counts into the gap between the observations beside it.

    Examples
    --------
    >>> Rule("failing 14 days", when={"state": "failing"}, for_days=14)
    Rule('failing 14 days', when={'state': ['failing']}, for_days=14)
    >>> dry = Rule("list dries up", when={"below": {"required": 0.5}, "step_below": {"list built": 0.2}}, for_days=30)
    >>> dry.to_dict()["when"], Rule(**dry.to_dict()) == dry
    ({'below': {'required': 0.5}, 'step_below': {'list built': 0.2}}, True)
    """

    name: str
    when: Mapping[str, Any] = attrs.field(kw_only=True, converter=_given, eq=False)
    for_days: float = attrs.field(default=14, kw_only=True)
    max_gap_days: float | None = attrs.field(default=None, kw_only=True)
    states: tuple[str, ...] = attrs.field(init=False, default=())
    below: Limits = attrs.field(init=False, default=())
    step_below: Limits = attrs.field(init=False, default=())

    def __attrs_post_init__(self) -> None:
        checks = Checks(
            f"rule {self.name!r:.60} cannot be used",
            f"rules.{self.name}" if isinstance(self.name, str) and self.name.strip() else "rules",
        )
        checks.text("name", self.name)
        self._set("for_days", _days(checks, "for_days", self.for_days, least=0.0))
        if self.max_gap_days is not None:
            self._set("max_gap_days", _days(checks, "max_gap_days", self.max_gap_days, least=math.ulp(0.0)))
        self._read(checks)
        checks.done()
        self._set("when", self._written())

    def _read(self, checks: Checks) -> None:
        when = self.when
        if not isinstance(when, Mapping) or not when:
            message = f"is a table with one of {', '.join(map(repr, KEYS))} or more (got {when!r:.60})"
            checks.finding("table", "when", message)
            return
        checks.keys("when", when, KEYS)
        if "state" in when:
            asked = [when["state"]] if isinstance(when["state"], str) else when["state"]
            self._set("states", checks.texts("when.state", asked, STATES, empty=False))
        self._set("below", _limits(checks, "below", when.get("below"), SCORES))
        self._set("step_below", _limits(checks, "step_below", when.get("step_below"), None))

    def _set(self, name: str, value: object) -> None:
        object.__setattr__(self, name, value)

    def _written(self) -> dict[str, Any]:
        written: dict[str, Any] = {"state": list(self.states)} if self.states else {}
        written |= {"below": dict(self.below)} if self.below else {}
        return written | ({"step_below": dict(self.step_below)} if self.step_below else {})

    def to_dict(self) -> dict[str, Any]:
        """Return the rule as plain data: ``Rule(**data)`` is the same rule again."""
        data = {"name": self.name, "when": self._written(), "for_days": self.for_days}
        return data if self.max_gap_days is None else data | {"max_gap_days": self.max_gap_days}

    def _lacking(self, models: Iterable[OutcomeModel], checks: Checks) -> None:
        """Note the steps that no model has."""
        known = dict.fromkeys(step.name for model in models for step in model.steps)
        for name, _ in self.step_below:
            if name not in known:
                checks.finding(
                    "unknown-step", f"{self.name}.when.step_below.{name}", f"no step {name!r}{hint(name, known)}"
                )

    def answers(self, scores: Scores) -> Answers:
        """Return for each customer of one scoring whether it `HOLDS`, `HOLDS_NOT`, or is `UNKNOWN`.

        Raises
        ------
        DataError
            If `scores` is not what `Scorer.score` returned.
        """
        if not isinstance(scores, Scores):
            raise DataError(f"answers: scores is what Scorer.score returned (got {scores!r:.60})")
        found = [_below(getattr(scores, name), limit) for name, limit in self.below]
        if self.states:
            found.append(self._in_state(scores))
        found += self._steps(scores) if self.step_below else []
        every = np.stack(found) if found else np.full((1, len(scores)), UNKNOWN, dtype=np.int8)
        # One that does not hold settles it, whatever the others are.
        settled = (every == HOLDS_NOT).any(axis=0)
        told = np.where((every == UNKNOWN).any(axis=0), UNKNOWN, HOLDS)
        answers: Answers = np.where(settled, HOLDS_NOT, told).astype(np.int8)
        answers[scores.cell < 0] = UNKNOWN
        return answers

    def _in_state(self, scores: Scores) -> Answers:
        codes = scores.state_codes
        of_state = [HOLDS if state in self.states else HOLDS_NOT for state in STATES]
        if "uncertain" not in self.states:
            of_state[STATES.index("uncertain")] = UNKNOWN
        found: Answers = np.array([*of_state, UNKNOWN], dtype=np.int8)[codes]
        return found

    def _steps(self, scores: Scores) -> list[Answers]:
        attained = scores.attainment()
        found = []
        for name, limit in self.step_below:
            if name not in attained.steps:
                found.append(np.full(len(scores), UNKNOWN, dtype=np.int8))
                continue
            number = attained.steps.index(name)
            answers = _below(attained.values[:, number], limit)
            answers[~attained.applies[:, number]] = HOLDS_NOT
            found.append(answers)
        return found

    def __repr__(self) -> str:
        gap = "" if self.max_gap_days is None else f", max_gap_days={self.max_gap_days}"
        return f"Rule({self.name!r}, when={self._written()}, for_days={self.for_days}{gap})"


def _below(values: NDArray[Any], limit: float) -> Answers:
    found: Answers = np.where(np.isnan(values), UNKNOWN, values < limit).astype(np.int8)
    return found


def _days(checks: Checks, field: str, value: object, least: float) -> float:
    number = number_of(value)
    if number is None or number < least:
        what = "0 or more" if least == 0 else "positive"
        checks.finding("days", field, f"must be a number of days, {what} (got {value!r:.60})")
        return 0.0
    return value  # type: ignore[return-value]


def _limits(checks: Checks, field: str, table: object, known: tuple[str, ...] | None) -> Limits:
    if table is None:
        return ()
    if not isinstance(table, Mapping) or not table:
        checks.finding("table", f"when.{field}", f"says name -> number, for one name or more (got {table!r:.60})")
        return ()
    if known is not None:
        checks.keys(f"when.{field}", table, known)
    for name, limit in table.items():
        if not isinstance(name, str) or number_of(limit) is None:
            checks.finding("number", f"when.{field}.{name}", f"must be a finite number (got {limit!r:.60})")
            return ()
    return tuple((str(name), float(limit)) for name, limit in table.items())
