"""How much hangs on single customers: one leaver weighs as much as the list is short."""

from __future__ import annotations

import math
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from outcomegap.churn.columns import Columns
from outcomegap.churn.listing import percent
from outcomegap.scoring.groups import plain_list

Array = NDArray[Any]


@attrs.frozen
class Concentration:
    """How much hangs on single customers of a list.

    Parameters
    ----------
    customers
        How many there are.
    one_leaver
        What one of them weighs among all: 1 / customers; NaN for an empty list.
    herfindahl
        Sum of the squared shares of value (Herfindahl's index): 1 / customers where all are worth the same, 1 where
        one is worth everything. NaN without values.
    effective
        1 / herfindahl: how many customers of equal value would be as concentrated.
    largest_share, largest
        Share of value of the most valuable customer, and who it is (its row where no column names customers).
    without_value
        Of how many the value is unknown; they are in `customers` and in none of the shares.

    References
    ----------
    Hirschman, The paternity of an index, American Economic Review 54 (1964) 761-762.
    """

    customers: int
    one_leaver: float
    herfindahl: float
    effective: float
    largest_share: float
    largest: Any
    without_value: int

    def __str__(self) -> str:
        text = f"{self.customers:,} customers: one weighs {percent(self.one_leaver)} of the list"
        if not math.isnan(self.herfindahl):
            text += f"; by value it is as concentrated as {self.effective:.1f} equal ones (Herfindahl"
            text += f" {self.herfindahl:.4f}), the largest, {self.largest}, is {percent(self.largest_share)}"
        unknown = f"; the value of {self.without_value:,} is unknown" if self.without_value else ""
        return f"{text}{unknown}"


def concentration(frame: Any, *, value: str | None = None, customer: str | None = None) -> Concentration:
    """Say how much hangs on single customers of a list: of all you have, or of those lost.

    Parameters
    ----------
    frame
        Any data frame, a row a customer.
    value
        The column with what each is worth, 0 or more.
    customer
        The column that names customers.

    Raises
    ------
    DataError
        If a column is not there, or a value is no number of 0 or more.

    Examples
    --------
    >>> held = concentration({"who": ["A", "B", "C"], "mrr": [800, 100, 100]}, value="mrr", customer="who")
    >>> print(held)
    3 customers: one weighs 33.3 % of the list; by value it is as concentrated as 1.5 equal ones (Herfindahl 0.6600), \
the largest, A, is 80.0 %
    """
    columns = Columns(frame, "concentration")
    values = columns.numbers("value", value, least=0)
    named = columns.name("customer", customer)
    columns.done()
    who = None if named is None else columns.table.values(named)
    return concentration_of(values, who, len(columns.table))


def concentration_of(values: Array | None, customers: Array | None, count: int) -> Concentration:
    """Return the concentration of values that were read already."""
    one = 1 / count if count else float("nan")
    known = np.zeros(0) if values is None else values[~np.isnan(values)]
    lacking = 0 if values is None else count - len(known)
    top = float(known.max(initial=0.0))
    if values is None or top == 0:
        return Concentration(count, one, *(float("nan"),) * 3, None, lacking)
    shares = known / top  # so that no sum of squares overflows
    shares = shares / shares.sum()
    herfindahl = float((shares * shares).sum())
    row = int(np.nanargmax(values))
    largest = row if customers is None else plain_list(customers[[row]])[0]
    return Concentration(count, one, herfindahl, 1 / herfindahl, float(shares.max()), largest, lacking)
