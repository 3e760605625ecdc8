"""Promises: which customers were promised an outcome that they cannot reach, whatever is done."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

import numpy as np

from outcomegap.engines.numpy_blocks import Batch
from outcomegap.errors import DataError
from outcomegap.explanation.change import in_double
from outcomegap.explanation.gradients import attainment, observed, side_at
from outcomegap.frames import Table
from outcomegap.frames.arrays import Array, Mask
from outcomegap.listing import Format, Listing, Show, as_column, counted
from outcomegap.model import OutcomeModel, SuccessGap
from outcomegap.scoring import Scorer, Scores
from outcomegap.scoring.customers import AXES
from outcomegap.scoring.explain import scored
from outcomegap.scoring.groups import ideal_rows
from outcomegap.scoring.states import TOLERANCE

#: What becomes of a promise.
CANNOT, UNKNOWN, KEEPS = "cannot be kept", "not known", "can be kept"
NOT_PROMISED, SET_ASIDE = "not promised", "set aside"
VERDICTS = (CANNOT, UNKNOWN, KEEPS, NOT_PROMISED, SET_ASIDE)
#: Stands where there is no step.
NONE = -1
FORMATS: Mapping[str, Format] = {"best_required": "points", "required": "points"}
HIDDEN = ("outcome", "ideal", "achieved_at")


def promises(
    model: OutcomeModel | Scorer,
    customers: object = None,
    *,
    value: str | Any | None = None,
    segment: str = "segment",
    stage: str = "stage",
    goal: str = "goal",
    id: str | None = None,  # noqa: A002 - as in Scorer.score
) -> Listing:
    """Say what is promised that cannot be reached, and to whom.

    Not to claim an outcome keeps the wrong customers away, which is good; to claim it and not to deliver loses them
    fast. `outcomegap.check` finds promises for which no path is left without a gap that cannot be bridged
    (``unreachable-promise``); this says how far each cell gets (R against ``achieved_at``), and which customers
    that concerns: a gap that cannot be bridged is in nobody's way who has bridged it already.

    Parameters
    ----------
    model
        The model, or a scorer of it.
    customers
        A frame, or `Scores` of this model; None for the cells alone.
    value
        A column, or one number a customer: what each is worth; orders those to whom a promise cannot be kept.
    segment, stage, goal, id
        What those columns are called, as in `Scorer.score`.

    Returns
    -------
    Listing
        A row a customer, in the order of the rows: ``row`` or what names the customer; ``cell``, ``outcome``,
        ``ideal``; ``promise``: ``"can be kept"`` where R with every step fully attained, but the gaps that cannot be
        bridged as they are for this customer, is high enough, ``"cannot be kept"``, ``"not known"`` where it hangs on
        data that are missing, ``"not promised"``, or null for a row set aside; ``best_required`` (that R) and
        ``achieved_at``; ``required`` (R now); ``blocking`` (the gap that keeps it back most) and where it ``stands``;
        ``value`` if one was named.

        Parts: ``"cells"``, those of ideal segments first: what is ``promised`` there, the ``best`` R with gaps that
        cannot be bridged not bridged at all (a step whose target lies beyond its measure's hard limits is attained as
        far as these allow), whether that is ``reachable``, and the gaps that are ``blocking``. ``"broken"``: who was
        promised what cannot be reached, ideal segments first, then the most valuable.
        Facts: ``counts``, how many customers of ideal segments have each verdict; ``apart``, the same of the others.
        Without customers it is the cells alone.

    Raises
    ------
    DataError
        If the customers cannot be scored, or the value is none.

    Examples
    --------
    >>> import outcomegap as og
    >>> calls = og.SuccessGap("calls made", og.Measure("calls", low=0), floor=0, target=4)
    >>> law = og.SuccessGap("allowed by law", og.Measure("licence", low=0, high=1), floor=0, target=1, bridgeable=False)
    >>> reply = og.Expectation("support replies", og.Measure("reply_hours", low=0), floor=48, target=24)
    >>> sales = og.RequiredOutcome("sales", needs=og.AllOf(calls, law), promised=True)
    >>> how = og.AppropriateExperience("how", expects=reply)
    >>> model = og.OutcomeModel("phone", desired_outcomes=[og.DesiredOutcome(sales, how)])
    >>> kept = promises(model, {"id": ["A", "B"], "calls": [0, 4], "licence": [1, 0], "reply_hours": [24, 24]})
    >>> [(row["id"], row["promise"], row["blocking"]) for row in kept]
    [('A', 'can be kept', None), ('B', 'cannot be kept', 'allowed by law')]
    >>> kept.parts["cells"][0]["reachable"]
    False
    """
    scorer = model if isinstance(model, Scorer) else Scorer(model)
    if customers is None:
        if value is not None:
            raise DataError("promises: value names what customers are worth, and no customers are given")
        return _cells_listed(_cells(scorer), None)
    called = {"segment": segment, "stage": stage, "goal": goal, "id": id}
    scores = scored(scorer, customers, "customers", called)
    worth, own, ideal = scores.numbers(value), scores.id_column or "row", ideal_rows(scores)
    cells = _cells(scorer)
    found = _customers(scorer, scores, cells) | ({} if worth is None else {"value": worth})
    columns = {own: scores.id} | {f"{n} (promise)" if n == own else n: values for n, values in found.items()}
    rows = np.flatnonzero(found["promise"] == CANNOT)
    most = np.zeros(len(rows)) if worth is None else np.nan_to_num(worth[rows], nan=-np.inf)
    rows = rows[np.lexsort((found["best_required"][rows], -most, ~ideal[rows]))]
    said = as_column([name or SET_ASIDE for name in found["promise"].tolist()])
    counts, apart = ({name: each[name] for name in VERDICTS} for each in (Counter(said[ideal]), Counter(said[~ideal])))
    notes = [
        f"{who}: {', '.join(f'{count:,} {name}' for name, count in each.items() if count)}."
        for who, each in (("Ideal segments", counts), ("Not ideal", apart))
        if any(each.values())
    ]
    table, rest = scores.table, {name: values[rows] for name, values in columns.items() if name != "promise"}
    title = f"{counted(len(rows), 'customer was', 'customers were')} promised what they cannot reach"
    broken = Listing(title, rest, like=table, formats=FORMATS, hide=HIDDEN)
    title = f"{scorer.model.name}: what becomes of promises to {counted(len(said), 'customer')}"
    facts, parts = {"counts": counts, "apart": apart}, {"cells": _cells_listed(cells, table), "broken": broken}
    shown = [Show(name, form=FORMATS.get(name)) for name in columns if name not in HIDDEN]
    return Listing(
        title, columns, like=table, same_rows=True, show=shown, notes=notes, parts=parts, facts=facts, first=10
    )


def _cells(scorer: Scorer) -> dict[str, Array]:
    """Return what is said of each cell, with every gap that cannot be bridged at nothing."""
    model, needed, stuck = scorer.model, scorer.compiled.achieved_at, _stuck(scorer.model)
    # What a row holds does not matter, for every attainment is put in its place: only that nothing is missing, which
    # floor and target of a customer's own would make it if they were one number.
    here = np.arange(len(model.cells), dtype=np.int32)
    own = tuple(np.full(len(here), 1e9 + number) for number in range(len(model.columns)))
    columns = tuple(np.zeros(len(here)) for _ in model.measures)
    batch = Batch(columns, own, (True,) * len(columns), here)
    best = side_at(in_double(scorer.engine), batch, 0, np.where(stuck, 0.0, _most(scorer)))
    reachable, here_stuck = best >= needed - TOLERANCE, scorer.compiled.applies & stuck
    required, names = [model.outcome(cell).required for cell in model.cells], np.array([s.name for s in model.steps])
    ideal = {segment.name: segment.ideal for segment in model.segments}
    return {
        "cell": as_column(list(map(str, model.cells))),
        **{axis: as_column([getattr(cell, axis) for cell in model.cells]) for axis in AXES},
        "ideal": np.array([ideal.get(cell.segment, True) for cell in model.cells], dtype=bool),
        "outcome": as_column([one.name for one in required]),
        "promised": np.array([one.promised for one in required]),
        "best": best,
        "achieved_at": needed,
        "reachable": reachable,
        "blocking": as_column([", ".join(names[each]) or None for each in here_stuck & ~reachable[:, None]]),
    }


def _cells_listed(found: dict[str, Array], like: Table | None) -> Listing:
    """Return a row a cell, those of ideal segments first."""
    order, broken = np.argsort(~found["ideal"], kind="stable"), int((found["promised"] & ~found["reachable"]).sum())
    title = f"{counted(int(found['promised'].sum()), 'cell')} of {len(order):,} promised"
    title += f", {broken:,} of them out of reach" if broken else ""
    formats = dict.fromkeys(("best", "achieved_at"), "points") | dict.fromkeys(
        ("ideal", "promised", "reachable"), "yes"
    )
    return Listing(title, {name: each[order] for name, each in found.items()}, like=like, formats=formats, hide=AXES)


def _customers(scorer: Scorer, scores: Scores, cells: dict[str, Array]) -> dict[str, Array]:
    """Return what is said of each customer, in the order of the rows.

    Every step is as far attained as it can be, but the gaps that cannot be bridged; these stay as they are, and where
    they are missing, anything is possible.
    """
    model, cell, batch, engine = scorer.model, scores.cell, scores.batch, in_double(scorer.engine)
    stuck, now = _stuck(model), attainment(engine, batch, stand_in=True)
    best = np.where(stuck, now, np.maximum(now, _most(scorer)[cell]))
    hidden = stuck & ~observed(engine, batch)
    ends = np.where(hidden, 0.0, best), np.where(hidden, 1.0, best)
    point, low, high = (side_at(engine, batch, 0, each) for each in (best, *ends))
    known = {name: as_column([*cells[name].tolist(), None])[cell] for name in ("cell", "outcome", "ideal")}
    needed, promised = np.append(cells["achieved_at"], np.nan)[cell], np.append(cells["promised"], False)[cell]
    verdict = np.full(len(scores), UNKNOWN, dtype=object)
    verdict[low >= needed - TOLERANCE] = KEEPS
    verdict[high < needed - TOLERANCE] = CANNOT
    verdict[~promised] = NOT_PROMISED
    verdict[cell < 0] = None
    # The gap that would raise R most if it were bridged alone; where none alone would, the least attained.
    lack, gain = np.where(stuck, np.nan_to_num(1.0 - best), 0.0), np.full(best.shape, -1.0)
    for step in np.flatnonzero(stuck).tolist():
        raised = side_at(engine, batch, 0, np.where(np.arange(len(stuck)) == step, 1.0, best))
        gain[:, step] = np.where(lack[:, step] > 0, np.round(raised - point, 12) + 1e-6 * lack[:, step], -1.0)
    held = (lack.max(axis=1) > 0) & np.isin(verdict, (CANNOT, UNKNOWN))
    blocking = np.where(held, gain.argmax(axis=1), NONE)
    return {
        **known,
        "achieved_at": needed,
        "promise": verdict,
        "best_required": point,
        "required": scores.required,
        "blocking": as_column([*(step.name for step in model.steps), None])[blocking],
        "stands": as_column(scores.readings(np.arange(len(scores)), blocking).said()),
    }


def _most(scorer: Scorer) -> Array:
    """Return how far each step can be attained in each cell, shape (cells, steps): 1, or what hard limits allow."""
    floors, targets = scorer.compiled.floor.numbers, scorer.compiled.target.numbers
    found = np.ones(floors.shape)
    for number, step in enumerate(scorer.model.steps):
        floor, target = floors[number], targets[number]
        low, high = (np.nan if end is None else float(end) for end in (step.measure.low, step.measure.high))
        limit = np.where(target > floor, high, low)
        beyond = (limit - target) * (target - floor) < 0  # never where there is no limit, or a bound is the customer's
        reach = np.clip((limit[beyond] - floor[beyond]) / (target[beyond] - floor[beyond]), 0.0, 1.0)
        found[number, beyond] = step.curve.value(reach)
    return found.T


def _stuck(model: OutcomeModel) -> Mask:
    """Tell which steps are gaps that cannot be bridged."""
    return np.array([isinstance(step, SuccessGap) and not step.bridgeable for step in model.steps], dtype=bool)
