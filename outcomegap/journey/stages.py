"""From stage to stage: which cell a customer of a cell would be in later."""

from __future__ import annotations

import attrs

from outcomegap.engines.numpy_blocks import SET_ASIDE
from outcomegap.model import Cell, OutcomeModel

LAST = "at the last stage"
NOWHERE = "the model has no desired outcome there"


@attrs.frozen
class Target:
    """Where the customers of one cell would go.

    Parameters
    ----------
    cell
        Position of the cell in ``model.cells``, or `SET_ASIDE`.
    why
        Why there is none; None where there is one.
    """

    cell: int
    why: str | None


def targets(model: OutcomeModel, to: str) -> tuple[Target, ...]:
    """Return for each cell of a model where its customers would be later.

    Parameters
    ----------
    model
        With two stages or more.
    to
        ``"next"``, or the name of a stage. A stage may itself be called ``"next"``; then that stage is meant.

    Examples
    --------
    >>> import outcomegap as og
    >>> model = og.gallery.load("email-marketing")
    >>> [(str(cell), target.cell, target.why) for cell, target in zip(model.cells, targets(model, "next"))][:3]
    [('startup/onboarding', 1, None), ('startup/adopting', 2, None), ('startup/scaling', -1, 'at the last stage')]
    """
    number = {cell: position for position, cell in enumerate(model.cells)}
    return tuple(_target(model, cell, to, number) for cell in model.cells)


def _target(model: OutcomeModel, cell: Cell, to: str, number: dict[Cell, int]) -> Target:
    stages = model.stage_names
    here = stages.index(cell.stage)
    if to in stages:
        there = stages.index(to)
        if there <= here:
            return Target(SET_ASIDE, "there already" if there == here else f"past {to!r}")
    else:
        there = here + 1
        if there == len(stages):
            return Target(SET_ASIDE, LAST)
    found = number.get(Cell(cell.segment, stages[there], cell.goal), SET_ASIDE)
    return Target(found, None if found != SET_ASIDE else NOWHERE)
