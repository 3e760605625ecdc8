"""What ``outcomegap score`` writes of each customer."""

from __future__ import annotations

from typing import Any

import numpy as np

from outcomegap.frames import wrap
from outcomegap.scoring import Scores
from outcomegap.scoring.customers import AXES
from outcomegap.scoring.groups import names_of

#: How a column is called that holds a step's part of the gap.
PART = "gap: "


def columns_of(scores: Scores, *, parts: bool = False) -> dict[str, Any]:
    """Return a row a customer: id, columns kept, cell, score out of 100, and all that `Scores.to_frame` has.

    Rows set aside are left out: whoever reads the file finds them among the rejects.

    Parameters
    ----------
    scores
        The scores.
    parts
        Whether to add, for each step, its part of the customer's gap.
    """
    model, table = scores.model, wrap(scores.to_frame())
    given = {name: table.values(name) for name in table.names}
    who = table.names[0]
    columns: dict[str, Any] = {who: given.pop(who)}
    kept = model.inputs.keep if model.inputs is not None else {}
    columns |= {name: scores.table.values(name) for name in kept if name in scores.table.names}
    for axis in AXES:
        if names_of(model, axis):
            named = [getattr(cell, axis) for cell in model.cells]
            columns[axis] = np.array([*named, None], dtype=object)[scores.cell]
    columns |= {"state": given.pop("state"), "score": 100.0 * scores.desired.astype(np.float64)}
    columns |= given
    if parts:
        values = scores.attribution().values
        columns |= {f"{PART}{step.name}": values[:, number] for number, step in enumerate(model.steps)}
    live = scores.cell >= 0
    return columns if live.all() else {name: values[live] for name, values in columns.items()}
