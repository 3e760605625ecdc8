"""From two scorings to what moved each customer's D between them: the points of the way, and its parts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from outcomegap.engines.numpy_blocks import SET_ASIDE
from outcomegap.errors import DataError
from outcomegap.explanation.change import Stand, Way, in_double, read_again, way, without_span
from outcomegap.model import Cell, OutcomeModel
from outcomegap.scoring.change import Change
from outcomegap.scoring.matching import Pairs, pairs_by_id

if TYPE_CHECKING:
    from outcomegap.scoring.scores import Scores

Array = NDArray[Any]


def change_since(scores: Scores, earlier: Scores) -> Change:
    """Say what moved each customer's D since an earlier scoring; what `Scores.change_since` does.

    Raises
    ------
    DataError
        If `earlier` is no `Scores`, or customers cannot be matched: no id column, null or repeated ids, ids of
        different types. `problems` says where.
    """
    if not hasattr(earlier, "_prepared") or not hasattr(earlier, "scorer"):
        raise DataError(f"change_since takes the earlier og.Scores (got {type(earlier).__name__})")
    pairs = pairs_by_id(earlier, scores, ("the earlier scores", "these scores"))
    cells = earlier.cell[pairs.before], scores.cell[pairs.after]
    before, after = (_double(s.desired[rows]) for s, rows in ((earlier, pairs.before), (scores, pairs.after)))
    reason = _reasons(cells, before, after)
    good = np.flatnonzero(reason == None)  # noqa: E711 - element by element
    stands = _stands(earlier, scores, pairs, good)
    narrow = np.logical_or.reduce([without_span(stand) for stand in stands.values()])
    reason[good[narrow]] = "floor and target of the old data are one number under the new expectations"
    good = good[~narrow]
    stands = {name: stand.only(~narrow) for name, stand in stands.items()}
    found = way(list(stands.values()))
    before[good], after[good] = found.first, found.last
    carried = np.full(len(reason), SET_ASIDE)
    carried[good] = stands.get("model", stands["before"]).cells
    return Change(
        id=scores.id[pairs.after],
        before=before,
        after=after,
        **_parts(scores.model, stands, found, good, reason),
        steps=tuple(step.name for step in scores.model.steps),
        state_before=earlier.state[pairs.before],
        state_after=scores.state[pairs.after],
        cell_before=_named(earlier.model, cells[0]),
        cell_after=_named(scores.model, cells[1]),
        reason=reason,
        came=scores.id[pairs.came],
        went=earlier.id[pairs.went],
        earlier=earlier,
        later=scores,
        pairs=pairs,
        carried=carried,
    )


def _reasons(cells: tuple[Array, Array], before: Array, after: Array) -> Array:
    """Return why a customer's change cannot be split; None where it can."""
    reason = np.full(len(before), None, dtype=object)
    for mask, why in (
        (np.isnan(after), "needs data now"),
        (np.isnan(before), "needed data before"),
        (np.isnan(before) & np.isnan(after), "needed data before, and does now"),
        (cells[1] == SET_ASIDE, "set aside now"),
        (cells[0] == SET_ASIDE, "set aside before"),
    ):
        reason[mask] = why
    return reason


def _stands(earlier: Scores, scores: Scores, pairs: Pairs, good: Array) -> dict[str, Stand]:
    """Return the points of the way, each called by what leads to it; steps that nobody takes are left out."""
    rows, rows_now = pairs.before[good], pairs.after[good]
    old, new = earlier.scorer.compiled, scores.scorer.compiled
    cells, cells_now = earlier.cell[rows], scores.cell[rows_now]
    engine, batch, now = in_double(scores.scorer.engine), earlier.batch, scores.batch
    stands: dict[str, Stand] = {}
    if earlier.model != scores.model:
        stands["before"] = Stand(in_double(earlier.scorer.engine), batch, rows, cells)
        batch = read_again(new, old, batch)
        cells = _carried(old.model, new.model, cells, cells_now)
    stands["model" if stands else "before"] = Stand(engine, batch, rows, cells)
    if (cells != cells_now).any():
        stands["cell"] = Stand(engine, batch, rows, cells_now)
    return stands | {"data": Stand(engine, now, rows_now, cells_now)}


def _carried(old: OutcomeModel, new: OutcomeModel, cells: Array, cells_now: Array) -> NDArray[np.int32]:
    """Return in which cell of the new model each customer was.

    What the new model no longer has, or the old one did not tell apart, is taken from where the customer is now: that
    is the model's doing, no move of the customer.
    """
    number = {cell: position for position, cell in enumerate(new.cells)}
    both, where = np.unique(np.stack([cells, cells_now]), axis=1, return_inverse=True)
    found: list[int] = []
    for was, now in both.T.tolist():
        before, after = old.cells[was], new.cells[now]
        cell = Cell(
            before.segment if before.segment in new.segment_names else after.segment,
            before.stage if before.stage in new.stage_names else after.stage,
            before.goal if before.goal in new.goals else after.goal,
        )
        found.append(number.get(cell, now))
    return np.array(found, dtype=np.int32)[where.reshape(-1)]


def _parts(model: OutcomeModel, stands: dict[str, Stand], found: Way, good: Array, reason: Array) -> dict[str, Array]:
    """Return jumps and parts by their public names; a step that nobody took makes nothing."""
    taken = dict(zip(list(stands)[1:], found.legs, strict=True))
    nothing = np.where(reason == None, 0.0, np.nan)  # noqa: E711 - element by element
    names = {"model": ("model", "expectations"), "cell": ("cell", "cell_expectations"), "data": ("coverage", "data")}
    parts: dict[str, Array] = {}
    for point, (jump, steps) in names.items():
        shape = (len(reason), len(model.steps))
        if point in taken:
            parts[jump] = _spread(taken[point].jump, good, reason)
            parts[steps] = _spread(taken[point].parts, good, reason)
        else:
            parts[jump], parts[steps] = nothing, np.broadcast_to(nothing[:, None], shape)
    return parts


def _spread(values: Array, good: Array, reason: Array) -> Array:
    if len(good) == len(reason):
        return values
    spread = np.full((len(reason), *values.shape[1:]), np.nan)
    spread[good] = values
    return spread


def _named(model: OutcomeModel, cells: Array) -> Array:
    return np.array([*map(str, model.cells), None], dtype=object)[cells]


def _double(values: Array) -> Array:
    return values.astype(np.float64)
