"""Customers in groups for what happens over time: by columns of a frame, or by what scores say of them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from outcomegap.errors import DataError
from outcomegap.frames import Table, wrap
from outcomegap.frames.arrays import Array, objects
from outcomegap.intake.names import lacking
from outcomegap.learn.observed import Observing
from outcomegap.scoring.columns import CustomerColumns
from outcomegap.scoring.customers import AXES
from outcomegap.scoring.groups import Groups, factor

#: States in their order, the worst first; who is uncertain has no place in it.
ORDER = ("failing", "tolerating", "successful", "uncertain")
By = str | Sequence[str]


def cells_of(scores: CustomerColumns) -> dict[str, Array]:
    """Return the segment, stage and goal of each customer, None of one without a cell."""
    return {axis: objects([*(getattr(cell, axis) for cell in scores.model.cells), None])[scores.cell] for axis in AXES}


def table_of(customers: object) -> Table:
    """Return a frame as a table; of scores the frame that was scored, with the state and the cell of each customer."""
    if not isinstance(customers, CustomerColumns):
        return wrap(customers)
    more = {"state": customers.state} | cells_of(customers)
    return customers.table.widened({name: held for name, held in more.items() if name not in customers.table})


def grouped(reader: Observing, argument: str, by: By) -> Groups:
    """Group by columns; without any there is one group.

    Examples
    --------
    >>> groups = grouped(Observing("test", wrap({"plan": ["b", "a", "b"]})), "by", "plan")
    >>> groups.codes.tolist(), groups.columns["plan"].tolist()
    ([1, 0, 1], ['a', 'b'])
    """
    names = [by] if isinstance(by, str) else list(dict.fromkeys(by))
    codes, held = np.zeros(len(reader.table), dtype=np.int64), dict[str, tuple[Array, Array]]()
    for name in names if not lacking(reader, reader.table.names, names, argument) else ():
        try:
            held[name] = place, values = _factor(reader.table, name)
        except DataError as error:
            reader.problem(argument, str(error), name)
            continue
        codes = np.unique(codes * len(values) + place, return_inverse=True)[1]
    _, first = np.unique(codes, return_index=True)
    found = {name: values[place[first]] for name, (place, values) in held.items()}
    return Groups(found or {"group": objects(["all"] * len(first))}, codes, np.ones(len(first), dtype=bool))


def _factor(table: Table, name: str) -> tuple[Array, Array]:
    codes, values = factor(table.values(name), name)
    listed: list[object] = [*ORDER, None]
    if all(each in listed for each in values.tolist()):
        order = np.argsort([listed.index(each) for each in values.tolist()])
        codes, values = np.argsort(order)[codes], values[order]
    return codes, values
