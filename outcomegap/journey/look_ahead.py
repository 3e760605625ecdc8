"""The score of today's measures at a later stage: the drop by step, exactly, and what is missing first."""

from __future__ import annotations

from collections import Counter
from typing import Any, Unpack

import numpy as np

from outcomegap.checks import choice
from outcomegap.errors import ModelError
from outcomegap.frames import Table
from outcomegap.frames.arrays import Array
from outcomegap.listing import Listing, Show, as_column, beside, counted
from outcomegap.model import Cell
from outcomegap.scoring import Scorer, Scores
from outcomegap.scoring.change import ColumnNames, scored
from outcomegap.scoring.groups import ideal_rows
from outcomegap.scoring.model_scores import ModelScores
from outcomegap.scoring.states import STATES

SET_ASIDE = -1
LAST, NOWHERE = "at the last stage", "the model has no desired outcome there"
#: Columns of a worklist -> what a look ahead calls them.
NEXT = {"next_gap": "first_missing", "stands_at": "stands", "owner": "owner", "remedy": "remedy", "lacking": "find_out"}


def look_ahead(scorer: Scorer, customers: object, to: str = "next", **called: Unpack[ColumnNames]) -> Listing:
    """List what would be missing at a later stage with today's measures.

    Customers evolve, and so does what they call appropriate. Each is scored again with the same data in the cell of
    the same segment (and goal) and the later stage. The drop splits in two, as a move to another cell does in
    `Scores.change_since` (docs/meaning, clause 2.9): first the later stage's own steps, gates and weights with the
    measures where they stand (``structure``), then its expectations, step by step: the gradient integrated along the
    straight line between the two attainments, exactly (Owen, Management Science 18, 1972; docs/meaning, clause 2.7).

    Parameters
    ----------
    scorer
        The model; it declares two stages or more.
    customers
        A frame, or the `Scores` of this scorer's model.
    to
        ``"next"``: each customer's next stage; or the name of a stage, for all who are before it.
    **called
        ``segment``, ``stage``, ``goal``, ``id``: what those columns are called, as in `Scorer.score`.

    Returns
    -------
    Listing
        A row a customer who has a later stage to go to, in order of need there, those of ideal segments first: what
        names the customer; ``cell_now``, ``cell_then``, ``ideal`` (whether the segment is); ``desired_now``,
        ``desired_then``, ``drop``, ``structure`` (in [0, 1]; NaN where the score is unknown now or then);
        ``state_now``, ``state_then``; ``first_missing``, the step that would be missing first, where it ``stands``, its
        ``owner`` and ``remedy``; ``most_raised``, the step that takes most; ``find_out`` (where data are missing then).

        For each step ``"drop: list built"``, what its new floor, target or curve takes: ``structure`` and these add up
        to ``drop`` within 1e-12; and ``"gap: list built"``, its part of the gap then less now, the steps that only the
        later stage has among them: these add up to ``drop`` as well.

        Parts: ``"moves"``, a row a segment and stage, those of ideal segments first: how many ``customers``, of how
        many a score is unknown (``need_data``), means over the others, how many are in each state now and then, the
        step ``raised`` most on average and its ``raised_part``, and the one that would most often be ``first_missing``
        (``first_missing_customers`` times); the last row, without a segment, is all customers of ideal segments.
        ``"apart"``: who has nowhere to go (at the last stage, past the one named, or where the model has no desired
        outcome for that segment and stage), and ``why``.

    Raises
    ------
    ModelError
        If the model has no stages to go through.
    DataError
        If there is no such stage, or the customers cannot be scored.
    EngineError
        If a gate or a join of the model is not linear in each step: then no line splits exactly.

    Examples
    --------
    >>> import outcomegap as og
    >>> built = og.SuccessGap("list built", og.Measure("list_size", unit="contacts", low=0), floor=0,
    ...                       target=og.per_cell(500, {"*/scaling": 2_000}))
    >>> reply = og.Expectation("support replies", og.Measure("reply_hours", unit="h", low=0), floor=48, target=24)
    >>> sales, suits = og.RequiredOutcome("sales", needs=built), og.AppropriateExperience("how", expects=reply)
    >>> model = og.OutcomeModel("mail", stages=["adopting", "scaling"],
    ...                         desired_outcomes=[og.DesiredOutcome(sales, suits)])
    >>> rows = {"id": ["Acme", "Zeta"], "stage": ["adopting", "scaling"], "list_size": [600, 600],
    ...         "reply_hours": [24, 24]}
    >>> ahead = look_ahead(og.Scorer(model), rows)
    >>> acme = ahead.find("Acme")
    >>> acme["drop"], acme["drop: list built"], acme["drop: support replies"], acme["stands"]
    (0.7, 0.7, 0.0, '600 of 2,000 contacts')
    >>> ahead.parts["apart"][0]
    {'id': 'Zeta', 'cell': 'all/scaling', 'why': 'at the last stage'}
    """
    model = scorer.model
    if len(model.stages) < 2:
        message = "has no stages to go through; declare two or more: stages=[...]"
        raise ModelError.of("no-stages", f"model {model.name!r}", message)
    choice("to", to, ("next", *model.stage_names))
    everyone = scored(scorer, {"customers": customers}, **called)["customers"]
    cells, reasons = _later_cells(everyone, to)
    rows = np.flatnonzero(cells != SET_ASIDE)
    exact = scorer if scorer.engine.dtype == np.float64 else Scorer(scorer.model)
    now, then = (_scores_in(exact, everyone, rows, where) for where in (everyone.cell, cells))
    work = then.worklist().columns
    rank = np.argsort(work[" row"] if len(rows) else rows, kind="stable")  # the worklist is in order of need
    found = _columns(now, then, {name: work[name][rank] for name in NEXT})
    order = np.lexsort((rank, ~found["ideal"]))
    own = everyone.id_column or "row"
    columns = beside({own: everyone.id[rows]}, found, "ahead")
    aside, table, names = np.flatnonzero(reasons != None), everyone.table, as_column([*map(str, model.cells), None])  # noqa: E711 - each
    why = Counter(reasons[aside].tolist())
    apart = {own: everyone.id[aside], "cell": names[everyone.cell[aside]], "why": reasons[aside]}
    stand = f"{counted(len(aside), 'customer stands', 'customers stand')} apart"
    show = [Show(own), Show("from", "cell_now"), Show("to", "cell_then")]
    show += [Show(f"score {end}", f"desired_{end}", "points") for end in ("now", "then")]
    show += [Show("state then", "state_then"), Show("first missing", "first_missing"), Show("stands at", "stands")]
    title = f"{model.name}: {counted(len(rows), 'customer')} looked at at a later stage, with today's measures"
    notes = [f"Apart: {', '.join(f'{count:,} {reason}' for reason, count in why.items())}."] if why else []
    parts = {"moves": _moves(now, then, found, table), "apart": Listing(stand, apart, like=table, first=5)}
    columns = {name: values[order] for name, values in columns.items()}
    return Listing(title, columns, like=table, show=show, notes=notes, parts=parts, first=10)


def _later_cells(everyone: ModelScores, to: str) -> tuple[Array, Array]:
    """Return each customer's later cell (`SET_ASIDE` where there is none), and why there is none.

    A stage may itself be called "next", then that is meant.
    """
    model, stages, found = everyone.model, everyone.model.stage_names, list[tuple[int, str | None]]()
    place = {cell: number for number, cell in enumerate(model.cells)}
    for cell in model.cells:
        here = stages.index(cell.stage)
        there = stages.index(to) if to in stages else here + 1
        if not here < there < len(stages):
            found.append((SET_ASIDE, f"at {to!r} already, or past it" if to in stages else LAST))
        else:
            number = place.get(Cell(cell.segment, stages[there], cell.goal), SET_ASIDE)
            found.append((number, None if number != SET_ASIDE else NOWHERE))
    numbers, reasons = zip(*found, (SET_ASIDE, "set aside"), strict=True)
    return np.array(numbers, dtype=np.int32)[everyone.cell], as_column(reasons)[everyone.cell]


def _scores_in(scorer: Scorer, everyone: ModelScores, rows: Array, cells: Array) -> Scores:
    """Score some customers by the same data in cells of our choice; who cannot be scored there is set aside."""
    model, batch = scorer.model, everyone.batch
    frame: dict[str, Any] = {m.name: values[rows] for m, values in zip(model.measures, batch.columns, strict=True)}
    frame |= {name: values[rows] for name, values in zip(model.columns, batch.own, strict=True)}
    for axis in ("segment", "stage", "goal"):  # no measure is called like these, with a blank before
        frame[f" {axis}"] = as_column([getattr(cell, axis) for cell in model.cells])[cells[rows]]
    frame[" row"] = rows
    return scorer.score(frame, segment=" segment", stage=" stage", goal=" goal", id=" row", on_bad="set_aside")


def _columns(now: Scores, then: Scores, work: dict[str, Array]) -> dict[str, Array]:
    """Return the columns of each customer, in the order of the scores; `work` is what to do next at that stage."""
    change, cells = then.change_since(now), as_column([*map(str, now.model.cells), None])
    raised = np.where(np.isnan(change.total)[:, None], np.nan, then.attribution().values - now.attribution().values)
    size = np.round(np.nan_to_num(raised), 12)
    most = np.where(size.max(axis=1, initial=0.0) > 0, size.argmax(axis=1), -1)
    return {
        "cell_now": cells[now.cell],
        "cell_then": cells[then.cell],
        "ideal": ideal_rows(now),
        "desired_now": now.desired,
        "desired_then": then.desired,
        "drop": 0.0 - change.total,
        "structure": 0.0 - change.cell,
        "state_now": now.state,
        "state_then": then.state,
        **{name: work[column] for column, name in NEXT.items()},
        "most_raised": as_column([*change.steps, None])[most],
        **{f"drop: {step}": 0.0 - change.cell_expectations[:, place] for place, step in enumerate(change.steps)},
        **{f"gap: {step}": raised[:, place] for place, step in enumerate(change.steps)},
    }


# By segment and stage


def _moves(now: Scores, then: Scores, found: dict[str, Array], table: Table) -> Listing:
    # A goal makes no group of its own.
    cells, moves = now.model.cells, list(dict.fromkeys((cell.segment, cell.stage) for cell in now.model.cells))
    group = np.array([moves.index((cell.segment, cell.stage)) for cell in cells])[now.cell]
    masks = sorted((group == number for number in np.unique(group)), key=lambda mask: not found["ideal"][mask][0])
    pairs = [(cells[now.cell[mask][0]], cells[then.cell[mask][0]]) for mask in masks]
    ideal = [bool(found["ideal"][mask][0]) for mask in masks]
    masks.append(found["ideal"])
    here = [np.flatnonzero(mask & ~np.isnan(found["drop"])) for mask in masks]

    def means(name: str) -> Array:
        return np.array([found[name][rows].astype(np.float64).mean() if len(rows) else np.nan for rows in here])

    gaps = {name[5:]: means(name) for name in found if name.startswith("gap: ")}
    parts = np.stack(list(gaps.values()), axis=1)
    most = np.nan_to_num(parts).round(12).argmax(axis=1)
    most = np.where(parts[np.arange(len(parts)), most] > 1e-12, most, len(gaps))
    counts = [Counter(name for name in found["first_missing"][mask].tolist() if name) for mask in masks]
    first = [count.most_common(1)[0] if count else (None, 0) for count in counts]
    columns: dict[str, Any] = {
        "segment": as_column([*(cell.segment for cell, _ in pairs), None]),
        "stage": as_column([*(cell.stage for cell, _ in pairs), None]),
        "to": as_column([*(cell.stage for _, cell in pairs), None]),
        "ideal": np.array([*ideal, True]),
        "customers": np.array([int(mask.sum()) for mask in masks]),
        "need_data": np.array([int(mask.sum()) - len(rows) for mask, rows in zip(masks, here, strict=True)]),
        **{name: means(name) for name in ("desired_now", "desired_then", "drop", "structure")},
        **{
            f"{state}_{when}": np.array([int((found[f"state_{when}"][mask] == state).sum()) for mask in masks])
            for when in ("now", "then")
            for state in STATES
        },
        "raised": as_column([*gaps, None])[most],
        "raised_part": np.append(parts, np.zeros((len(parts), 1)), axis=1)[np.arange(len(parts)), most],
        "first_missing": as_column([step for step, _ in first]),
        "first_missing_customers": np.array([times for _, times in first]),
    }
    whose = Show("segment", ("segment", "ideal"), lambda name, good: f"{name or 'all'}{'' if good else ' (not ideal)'}")
    show = [whose, *map(Show, ("stage", "to", "customers"))]
    show += [Show(f"score {end}", f"desired_{end}", "points") for end in ("now", "then")]
    show += [Show(f"failing {end}", f"failing_{end}") for end in ("now", "then")]
    show += [Show("raised most", "raised"), Show("by", "raised_part", "points")]
    steps = "first_missing", "first_missing_customers"
    show += [Show("missing first", steps, lambda step, times: f"{step} ({times:,})" if step else "-")]
    return Listing("By segment and stage", columns, like=table, show=show)
