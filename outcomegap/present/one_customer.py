"""One customer explained: every gap in its own units, its share, what closing it gains, and what is unknown."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from outcomegap.checks import Checks
from outcomegap.errors import DataError
from outcomegap.frames.arrays import objects, plain_values
from outcomegap.listing import Listing, Show, percent, points
from outcomegap.scoring.columns import COLUMNS, FRAMED, CustomerColumns
from outcomegap.scoring.customers import AXES
from outcomegap.scoring.groups import ideal_rows, names_of
from outcomegap.scoring.states import MET
from outcomegap.scoring.worklist import work_status

#: A part of the gap below this is rounding, and one above that is worth a word.
NOTHING, LEFT = 1e-12, 5e-4
#: The scores that are said of a customer.
SCORES = tuple(name for name in FRAMED if COLUMNS[name].form in ("points", "percent"))
OF_STEPS = ("kind", "side", "owner", "remedy")


class OneCustomer(Listing):
    """How far one customer is from the desired outcome, and by what; made by `one_customer`.

    It is a `Listing` of every step of the customer's cell, the largest part of the gap first, with the columns

    - ``name``, ``kind``, ``side``, ``owner``, ``remedy``, ``measure``, ``unit``: as in the model; ``status`` says
      ``"cannot be bridged"`` of a gap that is not bridgeable;
    - ``value``, ``floor``, ``target``: in the measure's unit; ``stands_at``: the same in words, such as ``"12 of 500
      contacts"``;
    - ``attainment``: in [0, 1]; ``part``, ``share``: its part of the customer's gap, and that divided by the gap;
      ``gain``: what D gains if this step alone is fully attained;
    - ``absent``: where it is missing, the empty column or columns; ``at_stake``: there D with it fully attained less D
      with nothing of it, else 0.

    What is not known is None in a row. What is printed are its parts: ``"gaps"``, those that are open, and
    ``"unknown"``, those whose data are missing, the one on which most hangs first (none where nothing is missing).
    `facts` hold what is said of the customer as a whole:

    - ``id``, ``model``, and ``segment``, ``stage``, ``goal``, the cell as far as the model has such;
    - ``state``, ``point_state``: see docs/meaning, clause 2.6;
    - ``desired``, ``low``, ``high``, ``required``, ``experience``, ``gap``, ``required_gap``, ``experience_gap``: in
      [0, 1]; NaN where too little is known; ``coverage``: the share of the steps whose data are present;
    - ``met``, ``steps``, ``steps_met``: how many steps are fully attained, of how many, and both in words: ``"7 of 9
      met"``;
    - ``override``: what somebody says instead of the score, why, and until when; None where nobody does;
    - ``ideal``: whether the customer's segment is one that the vendor is made for;
    - ``residual``: what the parts of the gap leave of it, where a gate on numbers makes them inexact; else 0.
    """

    def __init__(self, scores: CustomerColumns, row: int) -> None:
        facts = _facts(scores, row)
        steps = _steps(scores, row, facts)
        facts["residual"] = (
            float(facts["gap"] - np.nansum(steps["part"])) if scores.explains and not scores.exact else 0.0
        )
        missing, reached = np.isnan(steps["attainment"]), steps["attainment"] >= MET
        facts |= {"met": int(reached.sum()), "steps": len(missing)}
        facts["steps_met"] = f"{facts['met']} of {facts['steps']} met"
        unknown = np.flatnonzero(missing)
        unknown = unknown[np.argsort(-steps["at_stake"][unknown], kind="stable")]
        open_gaps = np.flatnonzero(~reached & (~missing | (np.nan_to_num(steps["part"]) > 0)))
        fully = [f"Fully met: {', '.join(steps['name'][reached].tolist())}."] if reached.any() else []
        if abs(facts["residual"]) > LEFT:
            fully.insert(0, f"Shares are not exact here: {points(facts['residual'])} points of the gap are left over.")
        parts = {"gaps": Listing("", _some(steps, open_gaps), show=GAPS, notes=fully, first=len(open_gaps))}
        if len(unknown):
            parts["unknown"] = Listing("", _some(steps, unknown), show=UNKNOWN, first=len(unknown))
        where = " / ".join(facts[axis] for axis in AXES if facts[axis] is not None)
        who = f"{facts['id']}{f' ({where})' if where else ''}{'' if facts['ideal'] else ', not ideal'}"
        title = f"Customer {who}, by {facts['model']}: {facts['state']}"
        notes = _score_in_words(**facts)
        super().__init__(title, steps, like=scores.table, show=(), notes=notes, parts=parts, facts=facts)

    def to_dict(self) -> dict[str, Any]:
        """Return plain data, ready for JSON: None for NaN; what begins with `score` is out of 100, the rest of 1."""
        data = self.facts | {f"score{end and f'_{end}'}": 100.0 * self.facts[end or "desired"] for end in ENDS}
        data = {name: None if isinstance(value, float) and math.isnan(value) else value for name, value in data.items()}
        who = data["id"] if isinstance(data["id"], (str, int, float, bool, type(None))) else str(data["id"])
        unknown = [step["name"] for step in self.parts.get("unknown", ())]
        return data | {"id": who, "gaps": self.rows(), "unknown": unknown}


ENDS = ("", "low", "high")
GAPS = [
    Show("gap", ("name", "status"), lambda name, status: name if status == "open" else f"{name} ({status})"),
    Show("side"),
    Show("stands at", ("stands_at", "attainment", "name"), lambda said, attained, _: _stands(said, attained)),
    Show("attained", "attainment", "percent"),
    Show("share of gap", "share", "percent"),
    Show("gain if closed", "gain", "change"),
    Show("owner"),
    Show("remedy"),
]
UNKNOWN = [Show("unknown", "name"), Show("column", "absent"), Show("at stake", "at_stake", "change")]


def _score_in_words(
    *, desired: float, low: float, high: float, required: float, experience: float, coverage: float, **facts: Any
) -> list[str]:
    met, gap, of_r, of_e = (facts[name] for name in ("steps_met", "gap", "required_gap", "experience_gap"))
    said = not (math.isnan(low) or math.isnan(high))
    span = f"between {points(low)} and {points(high)}" if said else "bounds not said"
    lines = [f"Overridden: {facts['override']}"] if facts["override"] else []
    if math.isnan(desired):
        return [*lines, f"Score unknown, {span}: needs data ({percent(coverage)} present). {met}."]
    sure = "all data present" if coverage == 1.0 else f"{span}, data present {percent(coverage)}"
    lines.append(f"Score {points(desired)} of 100 ({sure}). {met}.")
    parts = f"gap {points(gap)}"
    if not math.isnan(of_r):
        parts += f" = {points(of_r)} required + {points(of_e)} experience"
        parts += f", {points(gap - of_r - of_e)} left over" if abs(gap - of_r - of_e) > LEFT else ""
    if not (math.isnan(required) or math.isnan(experience)):
        times = " x" if abs(required * experience - desired) < LEFT else ","
        parts = f"Required outcome {points(required)}{times} appropriate experience {points(experience)}; {parts}"
    return [*lines, parts]


def one_customer(scores: CustomerColumns, customer: object) -> OneCustomer:
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
    >>> abs(sum(step["part"] for step in one) - one.facts["gap"]) < 1e-12
    True
    """
    ids, checks = plain_values(scores.id), Checks("one customer")
    rows = [row for row, name in enumerate(ids) if name == customer]
    rows = rows or [row for row, name in enumerate(ids) if str(name) == str(customer)]
    if not rows:
        message = f"no customer is called {customer!r:.80}"
        checks.problem("unknown-customer", message, value=customer, options=list(map(str, ids[:10_000])))
    elif len(rows) > 1:
        message = f"{len(rows)} customers are called {customer!r:.80}; name one"
        checks.problem("duplicate-id", message, value=customer, rows=rows)
    checks.done()
    if scores.cell[rows[0]] < 0:
        said = "; ".join(str(p) for p in scores.problems if rows[0] in p.rows) or "see the problems of the scores"
        raise DataError(f"customer {customer!r:.80} was set aside: {said}", scores.problems)
    return OneCustomer(scores, rows[0])


def _facts(scores: CustomerColumns, row: int) -> dict[str, Any]:
    """Return what is said of the customer as a whole."""
    model, cell = scores.model, scores.model.cells[int(scores.cell[row])]
    facts: dict[str, Any] = {"id": plain_values(scores.id[row : row + 1])[0], "model": model.name}
    facts |= {axis: getattr(cell, axis) if names_of(model, axis) else None for axis in AXES}
    facts |= {name: str(getattr(scores, name)[row]) for name in ("state", "point_state")}
    facts |= {name: float(getattr(scores, name)[row]) for name in SCORES}
    override = scores.overrides.get(row)
    return facts | {"override": None if override is None else str(override), "ideal": bool(ideal_rows(scores)[row])}


def _steps(scores: CustomerColumns, row: int, facts: dict[str, Any]) -> dict[str, NDArray[Any]]:
    """Return a column for each thing that is said of the steps, the largest part of the gap first."""
    here = np.flatnonzero(scores.applies[int(scores.cell[row])])
    read, asked = scores.readings(np.full(len(here), row), here), np.array([row])
    steps = [scores.model.steps[number] for number in here.tolist()]
    said = scores.step_values(asked, "attainment", "attribution", "gain", "unknown")
    attained, part, gain, at_stake = (values[0][here] for values in said)
    missing, gap, scored = np.isnan(attained), facts["gap"], not math.isnan(facts["desired"])
    known = np.array([scored or (step.side == "required" and not math.isnan(facts["required"])) for step in steps])
    part = np.where(known, part, np.nan)
    share = part / gap if gap > NOTHING else np.zeros(len(steps))
    columns = {"name": objects([step.name for step in steps])}
    columns |= {name: objects([getattr(step, name) for step in steps]) for name in OF_STEPS}
    columns |= {
        "measure": objects([step.measure.name for step in steps]),
        "unit": objects([step.measure.unit for step in steps]),
        "status": objects([work_status(step) for step in steps]),
        **{name: getattr(read, name) for name in ("value", "floor", "target")},
        "stands_at": objects([None if lacks else said for lacks, said in zip(missing, read.said(), strict=True)]),
        "attainment": attained,
        "part": part,
        "share": share if scored else np.full(len(steps), np.nan),
        "gain": gain if scored else np.full(len(steps), np.nan),
        "absent": objects(list(read.absent)),
        "at_stake": np.where(missing, at_stake, 0.0),
    }
    return _some(columns, np.argsort(-np.round(np.nan_to_num(part), 12), kind="stable"))


def _some(columns: dict[str, NDArray[Any]], rows: NDArray[np.intp]) -> dict[str, NDArray[Any]]:
    return {name: values[rows] for name, values in columns.items()}


def _stands(said: str | None, attained: float | None) -> str:
    return said or ("no data" if attained is None else "")
