"""Rules that must hold for some days before they fire: predicates as data, no code in them; and when they fired."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from outcomegap.checks import Checks
from outcomegap.errors import hint
from outcomegap.model import OutcomeModel
from outcomegap.scoring import Scores
from outcomegap.scoring.states import STATES

#: What one observation says of a rule.
HOLDS, HOLDS_NOT, UNKNOWN = 1, 0, -1
#: How a run that fired stands at the last observation of all.
OPEN, ENDED, UNSEEN, TOO_LONG = "holds", "ended", "not known", "gap too long"
#: Scores that a rule may ask to be below a number.
SCORES = ("desired", "required", "experience", "low", "high", "coverage")
KEYS = ("state", "below", "step_below")
#: No day.
NEVER = np.iinfo(np.int64).min
Answers = NDArray[np.int8]
Limits = tuple[tuple[str, float], ...]
Places = NDArray[np.int64]


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
    when: Mapping[str, Any] = attrs.field(kw_only=True, eq=False)
    for_days: float = attrs.field(default=14, kw_only=True)
    max_gap_days: float | None = attrs.field(default=None, kw_only=True)
    states: tuple[str, ...] = attrs.field(init=False, default=())
    below: Limits = attrs.field(init=False, default=())
    step_below: Limits = attrs.field(init=False, default=())

    def __attrs_post_init__(self) -> None:
        checks = Checks("this rule cannot be used", f"rules.{self.name}")
        checks.text("name", self.name)
        checks.number("for_days", self.for_days, 0)
        checks.days("max_gap_days", self.max_gap_days)
        checks.keys("when", self.when, KEYS)
        if not self.when:
            checks.finding("table", "when", f"must hold one of {', '.join(map(repr, KEYS))} or more")
        if "state" in self.when:
            asked = self.when["state"]
            states = checks.texts("when.state", [asked] if isinstance(asked, str) else asked, STATES, empty=False)
            object.__setattr__(self, "states", states)
        for field in KEYS[1:]:
            table = self.when.get(field, {})
            if field in self.when and not table:
                checks.finding("table", f"when.{field}", "must hold a number for one name or more")
            if field == "below":
                checks.keys("when.below", table, SCORES)
            limits = tuple((name, checks.number(f"when.{field}.{name}", limit)) for name, limit in table.items())
            object.__setattr__(self, field, limits)
        checks.done()
        object.__setattr__(self, "when", self._written())

    def _written(self) -> dict[str, Any]:
        written: dict[str, Any] = {"state": list(self.states)} if self.states else {}
        written |= {"below": dict(self.below)} if self.below else {}
        return written | ({"step_below": dict(self.step_below)} if self.step_below else {})

    def to_dict(self) -> dict[str, Any]:
        """Return the rule as plain data: ``Rule(**data)`` is the same rule again."""
        data = {"name": self.name, "when": self._written(), "for_days": self.for_days}
        return data if self.max_gap_days is None else data | {"max_gap_days": self.max_gap_days}

    def answers(self, scores: Scores) -> Answers:
        """Return for each customer of one scoring 1 where it holds, 0 where it does not, -1 where it cannot tell."""
        found = [_below(getattr(scores, name), limit) for name, limit in self.below]
        if self.states:
            of_state = [HOLDS if state in self.states else HOLDS_NOT for state in STATES]
            if "uncertain" not in self.states:
                of_state[STATES.index("uncertain")] = UNKNOWN
            found.append(np.array([*of_state, UNKNOWN], dtype=np.int8)[scores.state_codes])
        found += self._steps(scores) if self.step_below else []
        every = np.stack(found)
        # One that does not hold settles it, whatever the others are.
        told = np.where((every == UNKNOWN).any(axis=0), UNKNOWN, HOLDS)
        answers: Answers = np.where((every == HOLDS_NOT).any(axis=0), HOLDS_NOT, told).astype(np.int8)
        answers[scores.cell < 0] = UNKNOWN
        return answers

    def _steps(self, scores: Scores) -> list[Answers]:
        attained, found = scores.attainment(), []
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


def rules_of(given: Iterable[Rule | Iterable[Rule]], models: Iterable[OutcomeModel]) -> list[Rule]:
    """Return rules given one by one or in lists, after making sure that these models can be asked them."""
    rules: list[Rule] = []
    for one in given:
        rules += [one] if isinstance(one, Rule) else one
    checks = Checks("these rules cannot be used", "rules")
    known = dict.fromkeys(step.name for model in models for step in model.steps)
    for name in (name for name, _ in (limit for rule in rules for limit in rule.step_below) if name not in known):
        checks.finding("unknown-step", f"step_below.{name}", f"no step {name!r}{hint(name, known)}")
    checks.texts("", [rule.name for rule in rules], empty=False)
    checks.done()
    return rules


# When rules fired: runs of observations, customer by customer


class _Runs:
    """Runs of one rule while the observations go by, and the rows of those that fired (see `firings`)."""

    def __init__(self, rule: Rule, customers: int) -> None:
        self.rule = rule
        self.since, self.last, self.fired = (np.full(customers, NEVER, dtype=np.int64) for _ in range(3))
        self.count, self.gap = (np.zeros(customers, dtype=np.int64) for _ in range(2))
        self.found: list[dict[str, Any]] = []

    def see(self, day: int, customers: Places, answers: Answers) -> None:
        """Take in one observation."""
        holds, broken = customers[answers == HOLDS], customers[answers == HOLDS_NOT]
        self._close(broken[self.since[broken] != NEVER], day, ENDED)
        if self.rule.max_gap_days is not None:
            running = holds[self.since[holds] != NEVER]
            self._close(running[day - self.last[running] > self.rule.max_gap_days], None, TOO_LONG)
        running = holds[self.since[holds] != NEVER]
        self.gap[running] = np.maximum(self.gap[running], day - self.last[running])
        self.since[holds[self.since[holds] == NEVER]] = day
        self.last[holds] = day
        self.count[holds] += 1
        fires = holds[(self.fired[holds] == NEVER) & (day - self.since[holds] >= self.rule.for_days)]
        self.fired[fires] = day

    def _close(self, customers: Places, until: int | None, status: str) -> None:
        for place in customers[self.fired[customers] != NEVER].tolist():
            self._note(place, until, status)
        for state in (self.since, self.last, self.fired):
            state[customers] = NEVER
        self.count[customers] = self.gap[customers] = 0

    def _note(self, place: int, until: int | None, status: str) -> None:
        since, last = int(self.since[place]), int(self.last[place])
        days = {"since": since, "fired": int(self.fired[place]), "last": last, "until": until, "days": last - since}
        seen = {"observations": int(self.count[place]), "longest_gap_days": int(self.gap[place]), "status": status}
        self.found.append({"rule": self.rule.name, "customer": place} | days | seen)

    def done(self, day: int) -> list[dict[str, Any]]:
        """Return every firing; those of runs that go on as they stand on the last day of all."""
        for place in np.flatnonzero(self.fired != NEVER).tolist():
            self._note(place, None, OPEN if self.last[place] == day else UNSEEN)
        return sorted(self.found, key=lambda row: (row["fired"], row["customer"]))


def firings(
    rules: Sequence[Rule], observations: Iterable[tuple[int, Places, Sequence[Answers]]], customers: int
) -> list[dict[str, Any]]:
    """Return a row a firing, by rule, then by the day it fired, then by customer (by position); days are since 1970.

    `observations` are in the order of time: the day, positions of the customers seen, and each rule's answers.
    """
    runs, last = [_Runs(rule, customers) for rule in rules], 0
    for day, seen, answers in observations:
        last = day
        for run, said in zip(runs, answers, strict=True):
            run.see(day, seen, said)
    return [row for run in runs for row in run.done(last)]
