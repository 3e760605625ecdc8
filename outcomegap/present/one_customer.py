"""One customer explained: every gap in its own units, its share, what closing it gains, and what is unknown."""

from __future__ import annotations

import math
from typing import Any

import attrs
import numpy as np

from outcomegap.errors import DataError, Problem, nearest
from outcomegap.frames.arrays import plain_values
from outcomegap.model import Step
from outcomegap.scoring.groups import AXES, ideal_rows, names_of
from outcomegap.scoring.overrides import override_said
from outcomegap.scoring.states import MET
from outcomegap.scoring.views import ScoreViews
from outcomegap.scoring.wording import stands_at, work_status

#: A part of the gap below this is rounding.
NOTHING = 1e-12
FLOATS = ("low", "high", "experience", "required_gap", "experience_gap", "coverage")


@attrs.frozen
class OneGap:
    """One step of one customer.

    Parameters
    ----------
    name, kind, side, measure, unit, owner, remedy, status
        As in the model; `status` says ``"cannot be bridged"`` of a gap that is not bridgeable.
    value, floor, target
        In the measure's unit; NaN where missing.
    stands_at
        The same in words, such as ``"12 of 500 contacts"``; None where missing.
    attainment
        In [0, 1]; NaN where missing.
    part, share
        Its part of the customer's gap, and that divided by the gap; NaN where there is no score.
    gain
        What D gains if this step alone is fully attained; NaN where there is no score.
    absent
        Where it is missing, the empty column or columns; else None.
    at_stake
        Where it is missing: D with it fully attained less D with nothing of it; else 0.
    """

    name: str
    kind: str
    side: str
    measure: str
    unit: str | None
    owner: str | None
    remedy: str | None
    status: str
    value: float
    floor: float
    target: float
    stands_at: str | None
    attainment: float
    part: float
    share: float
    gain: float
    absent: str | None
    at_stake: float

    @property
    def missing(self) -> bool:
        """Whether its data are missing."""
        return math.isnan(self.attainment)

    @property
    def met(self) -> bool:
        """Whether it is fully attained."""
        return self.attainment >= MET

    def to_dict(self) -> dict[str, Any]:
        """Return plain data, ready for JSON; None for NaN."""
        return {name: _plain(value) for name, value in attrs.asdict(self).items()}


@attrs.frozen
class OneCustomer:
    """How far one customer is from the desired outcome, and by what; made by `one_customer`.

    Parameters
    ----------
    id
        What names the customer.
    model
        The model's name.
    segment, stage, goal
        The cell, as far as the model has such.
    state, point_state
        See docs/meaning, clause 2.6.
    desired, low, high, required, experience, gap, required_gap, experience_gap
        In [0, 1]; NaN where too little is known.
    coverage
        Share of the steps whose data are present.
    gaps
        Every step of the cell: the largest part of the gap first.
    override
        What somebody says instead of the score, why, and until when; None where nobody does.
    ideal
        Whether the customer's segment is one that the vendor is made for.
    residual
        What the parts of the gap leave of it, where a gate on numbers makes them inexact; else 0.
    """

    id: Any
    model: str
    segment: str | None
    stage: str | None
    goal: str | None
    state: str
    point_state: str
    desired: float
    low: float
    high: float
    required: float
    experience: float
    gap: float
    required_gap: float
    experience_gap: float
    coverage: float
    gaps: tuple[OneGap, ...]
    override: str | None = None
    ideal: bool = True
    residual: float = 0.0

    @property
    def met(self) -> int:
        """How many steps are fully attained."""
        return sum(gap.met for gap in self.gaps)

    @property
    def steps_met(self) -> str:
        """How many are, in words: ``"7 of 9 met"``."""
        return f"{self.met} of {len(self.gaps)} met"

    @property
    def unknown(self) -> tuple[OneGap, ...]:
        """The steps whose data are missing, the one on which most hangs first."""
        return tuple(sorted((gap for gap in self.gaps if gap.missing), key=lambda gap: -gap.at_stake))

    def to_dict(self) -> dict[str, Any]:
        """Return plain data, ready for JSON: None for NaN; what begins with `score` is out of 100, the rest of 1."""
        data = {name: _plain(value) for name, value in attrs.asdict(self, recurse=False).items() if name != "gaps"}
        data["id"] = self.id if isinstance(self.id, (str, int, float, bool, type(None))) else str(self.id)
        data["score"] = _plain(100.0 * self.desired)
        data |= {f"score_{end}": _plain(100.0 * getattr(self, end)) for end in ("low", "high")}
        data |= {"met": self.met, "steps": len(self.gaps), "steps_met": self.steps_met}
        data["gaps"] = [gap.to_dict() for gap in self.gaps]
        data["unknown"] = [gap.name for gap in self.unknown]
        return data

    def text(self, width: int | None = None) -> str:
        """Return it as text for a terminal, in tables of at most `width` columns (None: no limit)."""
        from outcomegap.present.one_customer_text import one_customer_text

        return one_customer_text(self, width)

    def __str__(self) -> str:
        return self.text()


def one_customer(scores: ScoreViews, customer: Any) -> OneCustomer:
    """Explain one customer of many.

    Parameters
    ----------
    scores
        Scores of all.
    customer
        Their id, as in ``scores.id``. Text is compared as text, so ``"17"`` finds 17.

    Raises
    ------
    DataError
        If nobody, or more than one, has that id, or their row was set aside.

    Examples
    --------
    >>> import outcomegap as og
    >>> model = og.gallery.load("email-marketing")
    >>> scores = og.Scorer(model).score(og.simulate(model, 50, seed=1))
    >>> one = one_customer(scores, "simulated 0000007")
    >>> abs(sum(gap.part for gap in one.gaps) - one.gap) < 1e-12
    True
    """
    row = _find(scores, customer)
    number = int(scores.cell[row])
    if number < 0:
        said = "; ".join(str(p) for p in scores.problems if row in p.rows) or "see the problems of the scores"
        raise DataError(f"customer {customer!r:.80} was set aside: {said}", scores.problems)
    cell = scores.model.cells[number]
    steps = scores.step_arrays(np.array([row]))
    found = {
        "attainment": steps.attainment()[0],
        "part": steps.attribution()[0],
        "gain": steps.gain()[0],
        "at_stake": steps.unknown()[0],
    }
    here = np.flatnonzero(scores.applies[number])
    read = scores.readings(np.full(len(here), row), here)
    numbers = {name: values[here] for name, values in found.items()}
    numbers |= {"value": read.value, "floor": read.floor, "target": read.target}
    points = {name: float(getattr(scores, name)[row]) for name in ("desired", "required", "gap")}
    gaps = [
        _gap(scores.model.steps[step], {n: float(v[at]) for n, v in numbers.items()}, absent, points)
        for at, (step, absent) in enumerate(zip(here.tolist(), read.absent, strict=True))
    ]
    gaps.sort(key=lambda gap: -round(gap.part, 12) if not math.isnan(gap.part) else 0.0)
    facts: dict[str, Any] = {axis: getattr(cell, axis) if names_of(scores.model, axis) else None for axis in AXES}
    facts |= {name: str(getattr(scores, name)[row]) for name in ("state", "point_state")}
    facts |= points | {name: float(getattr(scores, name)[row]) for name in FLOATS}
    if scores.explains and not scores.exact:
        facts["residual"] = float(points["gap"] - np.nansum(found["part"]))
    facts["ideal"] = bool(ideal_rows(scores)[row])
    facts["override"] = override_said(scores.overrides.get(row)) or None
    return OneCustomer(id=plain_values(scores.id[row : row + 1])[0], model=scores.model.name, **facts, gaps=tuple(gaps))


def _find(scores: ScoreViews, customer: Any) -> int:
    ids = plain_values(scores.id)
    rows = [row for row, name in enumerate(ids) if name == customer]
    if not rows:
        rows = [row for row, name in enumerate(ids) if str(name) == str(customer)]
    if len(rows) == 1:
        return rows[0]
    if rows:
        message = f"{len(rows)} customers are called {customer!r:.80} (rows {', '.join(map(str, rows[:5]))}); name one"
        raise DataError(message, [Problem("duplicate-id", message, value=customer, rows=tuple(rows), count=len(rows))])
    near = nearest(customer, map(str, ids[:10_000]))
    what = f"no customer is called {customer!r:.80}" + (f" (did you mean {near!r}?)" if near is not None else "")
    raise DataError(what, [Problem("unknown-customer", what, value=customer, suggestion=near)])


def _gap(step: Step, found: dict[str, float], absent: str | None, points: dict[str, float]) -> OneGap:
    known = not (
        math.isnan(points["required" if step.side == "required" else "desired"]) and math.isnan(points["desired"])
    )
    scored = not math.isnan(points["desired"])
    part = found["part"] if known else math.nan
    missing = math.isnan(found["attainment"])
    read = {name: found[name] for name in ("value", "floor", "target")}
    return OneGap(
        name=step.name,
        kind=step.kind,
        side=step.side,
        measure=step.measure.name,
        unit=step.measure.unit,
        owner=step.owner,
        remedy=step.remedy,
        status=work_status(step),
        **read,
        stands_at=None if missing or any(map(math.isnan, read.values())) else stands_at(**read, unit=step.measure.unit),
        attainment=found["attainment"],
        part=part,
        share=(part / points["gap"] if points["gap"] > NOTHING else 0.0) if scored else math.nan,
        gain=found["gain"] if scored else math.nan,
        absent=absent,
        at_stake=found["at_stake"] if missing else 0.0,
    )


def _plain(value: Any) -> Any:
    return None if isinstance(value, float) and math.isnan(value) else value
