"""Rules that must hold for some days before they fire: predicates as data, no code in them; and when they fired."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from outcomegap.checks import Checks, join
from outcomegap.errors import hint
from outcomegap.model import OutcomeModel
from outcomegap.model.declaration import FILLED, FrozenMap, Kind, Number, about, declare, settle
from outcomegap.scoring import Scores
from outcomegap.scoring.states import STATES

#: What one observation says of a rule.
HOLDS, HOLDS_NOT, UNKNOWN = 1, 0, -1
#: How a run that fired stands at the last observation of all.
OPEN, ENDED, UNSEEN, TOO_LONG = "holds", "ended", "not known", "gap too long"
#: Scores that a rule may ask to be below a number.
SCORES = ("desired", "required", "experience", "low", "high", "coverage")
KEYS = ("state", "below", "step_below")
#: Later than any day.
NEVER = np.iinfo(np.int64).max
Answers = NDArray[np.int8]
Days = NDArray[np.datetime64]


@attrs.frozen
class Condition(Kind):
    """What must hold, by `KEYS`: states, and names with the numbers that they are below."""

    def take(self, checks: Checks, where: str, value: Any) -> FrozenMap[Any]:
        checks.keys(where, value, KEYS)
        if not value:
            checks.finding("table", where, f"must hold one of {', '.join(map(repr, KEYS))} or more")
        found: dict[str, Any] = {}
        if "state" in value:
            asked = [value["state"]] if isinstance(value["state"], str) else value["state"]
            found["state"] = checks.texts(join(where, "state"), asked, STATES, empty=False)
        for key in (key for key in KEYS[1:] if key in value):
            table, place = value[key], join(where, key)
            if not table:
                checks.finding("table", place, "must hold a number for one name or more")
            elif key == "below":
                checks.keys(place, table, SCORES)
            found[key] = FrozenMap({name: checks.number(join(place, name), limit) for name, limit in table.items()})
        return FrozenMap(found)


@attrs.frozen
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
    >>> Rule("failing 14 days", when={"state": "failing"}, for_days=14).to_dict()
    {'name': 'failing 14 days', 'when': {'state': ['failing']}, 'for_days': 14.0}
    >>> dry = Rule("list dries up", when={"below": {"required": 0.5}, "step_below": {"list built": 0.2}}, for_days=30)
    >>> dry.to_dict()["when"], Rule(**dry.to_dict()) == dry
    ({'below': {'required': 0.5}, 'step_below': {'list built': 0.2}}, True)
    """

    name: str = attrs.field(metadata=about(FILLED, "What to call it."))
    when: Mapping[str, Any] = attrs.field(kw_only=True, metadata=about(Condition(), "What must hold."))
    for_days: float = declare(Number(0), "How long it must hold.", default=14)
    max_gap_days: float | None = declare(Number(0, above=True), "The longest time between two observations.")

    def __attrs_post_init__(self) -> None:
        settle(self, f"rules.{self.name}")

    def to_dict(self) -> dict[str, Any]:
        """Return the rule as plain data: ``Rule(**data)`` is the same rule again."""
        when = {key: list(said) if key == "state" else dict(said) for key, said in self.when.items()}
        data = {"name": self.name, "when": when, "for_days": self.for_days}
        return data if self.max_gap_days is None else data | {"max_gap_days": self.max_gap_days}

    def answers(self, scores: Scores) -> Answers:
        """Return for each customer of one scoring 1 where it holds, 0 where it does not, -1 where it cannot tell."""
        found = [_below(getattr(scores, name), limit) for name, limit in self.when.get("below", {}).items()]
        if states := self.when.get("state"):
            of_state = [HOLDS if state in states else HOLDS_NOT for state in STATES]
            if "uncertain" not in states:
                of_state[STATES.index("uncertain")] = UNKNOWN
            found.append(np.array([*of_state, UNKNOWN], dtype=np.int8)[scores.state_codes])
        attained = scores.attainment() if "step_below" in self.when else None
        for name, limit in self.when.get("step_below", {}).items():
            said = np.full(len(scores), UNKNOWN, dtype=np.int8)  # of a step that this model does not have
            if attained is not None and name in attained.steps:
                step = attained.steps.index(name)
                below = _below(attained.values[:, step], limit)
                said = np.where(attained.applies[:, step], below, HOLDS_NOT)
            found.append(said)
        every = np.stack(found)
        # One that does not hold settles it, whatever the others are.
        told = np.where((every == UNKNOWN).any(axis=0), UNKNOWN, HOLDS)
        answers: Answers = np.where((every == HOLDS_NOT).any(axis=0), HOLDS_NOT, told).astype(np.int8)
        answers[scores.cell < 0] = UNKNOWN
        return answers


def _below(values: NDArray[Any], limit: float) -> Answers:
    found: Answers = np.where(np.isnan(values), UNKNOWN, values < limit).astype(np.int8)
    return found


def rules_of(given: Iterable[Rule | Iterable[Rule]], models: Iterable[OutcomeModel]) -> list[Rule]:
    """Return rules given one by one or in lists, after making sure that these models can be asked them."""
    rules = [rule for one in given for rule in ([one] if isinstance(one, Rule) else one)]
    checks = Checks("these rules cannot be used", "rules")
    known = dict.fromkeys(step.name for model in models for step in model.steps)
    for name in (name for rule in rules for name in rule.when.get("step_below", ()) if name not in known):
        checks.finding("unknown-step", f"step_below.{name}", f"no step {name!r}{hint(name, known)}")
    checks.texts("", [rule.name for rule in rules], empty=False)
    checks.done()
    return rules


def firings(
    rules: Sequence[Rule], answers: Sequence[Answers], customers: NDArray[np.int64], days: Days, today: np.datetime64
) -> dict[str, NDArray[Any]]:
    """Return a row a firing, by rule, then by the day it fired, then by customer (by number).

    `answers` are those of each rule to every observation; `customers` and `days` say whose it is, and of when. `today`
    is the last day on which anybody looked.
    """
    found = [_runs(rule, said, customers, days, today) for rule, said in zip(rules, answers, strict=True)]
    return {name: np.concatenate([each[name] for each in found]) for name in found[0]}


def _runs(
    rule: Rule, answers: Answers, customers: NDArray[np.int64], days: Days, today: np.datetime64
) -> dict[str, NDArray[Any]]:
    """Return the runs of one rule that fired: observations of a customer, one after the other, at which it held."""
    order = np.lexsort((days, customers))
    order = order[answers[order] != UNKNOWN]
    who, day, holds = customers[order], days[order].astype(np.int64), answers[order] == HOLDS
    gap = np.diff(day, append=0)
    same, held_next = (np.append(each, False) for each in (who[1:] == who[:-1], holds[1:]))
    goes_on = holds & same & held_next & (gap <= (NEVER if rule.max_gap_days is None else rule.max_gap_days))
    starts = np.flatnonzero(holds & ~np.insert(goes_on, 0, False)[:-1])
    ends = np.flatnonzero(holds & ~goes_on)
    since = np.repeat(day[starts], ends - starts + 1)
    long_enough = np.full(len(day), NEVER)
    long_enough[holds] = np.where(day[holds] - since >= rule.for_days, day[holds], NEVER)
    fired = np.minimum.reduceat(long_enough, starts)
    longest = np.maximum.reduceat(np.where(goes_on, gap, 0), starts)
    ended = same[ends] & ~held_next[ends]
    until = np.where(ended, day[np.minimum(ends + 1, len(day) - 1)].astype("M8[D]"), np.datetime64("NaT", "D"))
    now = np.where(day[ends] == today.astype(np.int64), OPEN, UNSEEN)
    columns = {
        "rule": np.full(len(starts), rule.name, dtype=object),
        "customer": who[starts],
        "since": day[starts].astype("M8[D]"),
        "fired": fired.astype("M8[D]"),
        "last": day[ends].astype("M8[D]"),
        "until": until,
        "days": day[ends] - day[starts],
        "observations": ends - starts + 1,
        "longest_gap_days": longest,
        "status": np.select([ended, same[ends]], [ENDED, TOO_LONG], now).astype(object),
    }
    rows = np.lexsort((who[starts], fired))
    rows = rows[fired[rows] != NEVER]
    return {name: values[rows] for name, values in columns.items()}
