"""Contacts with customers read from any data frame, each with the reading before it and after it."""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from outcomegap.frames import Table
from outcomegap.journey.events import EventColumns

Array = NDArray[Any]


@attrs.frozen(eq=False)
class Contacts:
    """Contacts up to the moment of looking, in the order of the rows.

    Parameters
    ----------
    table
        Their rows.
    customers
        What names each customer, in the order of the first row.
    code, kind
        For each contact the position of its customer, and of its kind.
    kinds
        Names of the kinds.
    time
        Microseconds.
    before, after
        Readings; NaN where they are not known.
    excluded
        How many contacts come after the moment of looking.
    tied
        How many contacts are at the same moment as the one before of the same customer.
    """

    table: Table
    customers: Array
    code: NDArray[np.int64]
    kind: NDArray[np.int64]
    kinds: tuple[str, ...]
    time: NDArray[np.int64]
    before: Array
    after: Array
    excluded: int
    tied: int


def read_contacts(contacts: Any, names: dict[str, Any], scale: tuple[float, float], until: int | None) -> Contacts:
    """Read a frame of contacts.

    Parameters
    ----------
    contacts
        Any data frame.
    names
        Argument -> column: ``customer``, ``time``, ``kind``, ``satisfaction``, and ``before`` or None.
    scale
        The least and the most that a reading can be.
    until
        The moment of looking in microseconds, or None.

    Raises
    ------
    DataError
        With everything that is wrong.
    """
    columns = EventColumns(contacts, "spectrum")
    who, what = (
        columns.coded("customer", names["customer"], "every customer"),
        columns.coded("kind", names["kind"], "every kind"),
    )
    when = columns.moments("time", names["time"])
    after = _reading(columns, "satisfaction", names["satisfaction"], scale)
    given = None if names["before"] is None else _reading(columns, "before", names["before"], scale)
    columns.done()
    assert who is not None
    assert what is not None
    assert when is not None
    assert after is not None
    keep = np.ones(len(when), dtype=bool) if until is None else when <= until
    rows = np.flatnonzero(keep)
    used, first, code = np.unique(who[0][rows], return_index=True, return_inverse=True)
    code, time = code.reshape(-1), when[rows]
    previous, tied = _previous(after[rows], code, time)
    before = previous if given is None else np.where(np.isnan(given[rows]), previous, given[rows])
    values = columns.table.values(str(names["customer"]))[rows]
    return Contacts(
        table=columns.table,
        customers=values[first] if len(used) else values,
        code=code,
        kind=what[0][rows],
        kinds=tuple(str(item) for item in what[1]),
        time=time,
        before=before,
        after=after[rows],
        excluded=int((~keep).sum()),
        tied=tied,
    )


def _previous(after: Array, code: Array, time: Array) -> tuple[Array, int]:
    """Return the reading of each customer's contact just before, NaN where there is none, and how many are tied."""
    order = np.lexsort((np.arange(len(code)), time, code))
    same = np.concatenate([[False], code[order][1:] == code[order][:-1]])[: len(order)]
    found = np.full(len(code), np.nan)
    found[order[same]] = after[order[np.flatnonzero(same) - 1]]
    tied = same & np.concatenate([[False], time[order][1:] == time[order][:-1]])[: len(order)]
    return found, int(tied.sum())


def _reading(columns: EventColumns, argument: str, name: object, scale: tuple[float, float]) -> Array | None:
    values = columns.numbers(argument, name, least=scale[0])
    if values is not None:
        above = (values > scale[1]) & ~np.isinf(values)
        first = float(values[above][0]) if above.any() else None
        message = f"{argument}: column {name!r} holds {first}, more than {scale[1]:g}; say scale=(low, high)"
        columns.rows("out-of-range", message, str(name), above, first)
    return values
