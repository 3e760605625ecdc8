"""How much hangs on single customers: one leaver weighs as much as the list is short."""

from __future__ import annotations

import math
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from outcomegap.churn.columns import Columns
from outcomegap.churn.losses import number_customers
from outcomegap.frames.arrays import plain_values
from outcomegap.listing import counted, percent

Array = NDArray[Any]


@attrs.frozen
class Concentration:
    """How much hangs on single customers of a list.

    Parameters
    ----------
    customers
        How many there are. Rows of the same customer are one, and what they are worth is summed; a row that names
        nobody is a customer of its own, and so is every row where no column names customers.
    one_leaver
        What one of them weighs among all: 1 / customers; NaN for an empty list.
    herfindahl
        Sum of the squared shares of value (Herfindahl's index): 1 / customers where all are worth the same, 1 where
        one is worth everything. NaN without values.
    effective
        1 / herfindahl: how many customers of equal value would be as concentrated.
    largest_share, largest
        Share of value of the most valuable customer, and who it is (its row where nothing names them).
    without_value
        Of how many the value is unknown; they are in `customers` and in none of the shares.
    part_unknown
        Of how many more the value is unknown in some rows, but not in all; they enter with what is known.

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
    part_unknown: int = 0

    def __str__(self) -> str:
        text = f"{counted(self.customers, 'customer')}: one weighs {percent(self.one_leaver)} of the list"
        if not math.isnan(self.herfindahl):
            text += f"; by value it is as concentrated as {self.effective:.1f} equal ones (Herfindahl"
            text += f" {self.herfindahl:.4f}), the largest, {self.largest}, is {percent(self.largest_share)}"
        if self.without_value:
            text += f"; the value of {self.without_value:,} is unknown"
        if self.part_unknown:
            text += f"; the value of {self.part_unknown:,} is unknown in part"
        return text


def concentration(frame: Any, *, value: str | None = None, customer: str | None = None) -> Concentration:
    """Say how much hangs on single customers of a list: of all you have, or of those lost.

    Parameters
    ----------
    frame
        Any data frame, a row a customer, or several.
    value
        The column with what each is worth, 0 or more.
    customer
        The column that names customers; what several rows say of one is summed. Without it each row is a customer.

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
    >>> held = concentration({"who": ["A", "A", "B"], "mrr": [50, 50, 100]}, value="mrr", customer="who")
    >>> held.customers, held.herfindahl
    (2, 0.5)
    """
    columns = Columns(frame, "concentration")
    values = columns.numbers("value", value, least=0)
    names = columns.who("customer", customer)
    columns.done()
    held = None if customer is None else columns.table.values(customer)
    return concentration_of(values, held, number_customers(names, len(columns.table)))


def concentration_of(values: Array | None, names: Array | None, codes: Array) -> Concentration:
    """Return the concentration of values, and of the names and the numbers of the customers of each row."""
    count = int(codes.max(initial=-1)) + 1
    one = 1 / count if count else float("nan")
    if values is None:
        return Concentration(count, one, *(float("nan"),) * 3, None, 0)
    there = ~np.isnan(values)
    rows, known = np.bincount(codes, minlength=count), np.bincount(codes[there], minlength=count)
    lacking, partly = int((known == 0).sum()), int(((known > 0) & (known < rows)).sum())
    top = float(values[there].max(initial=0.0))
    if top == 0:
        return Concentration(count, one, *(float("nan"),) * 3, None, lacking, partly)
    sums = np.bincount(codes[there], values[there] / top, minlength=count)  # so that no sum of squares overflows
    shares = sums / sums.sum()
    herfindahl = float((shares * shares).sum())
    row = int((codes == shares.argmax()).argmax())
    name = None if names is None else plain_values(names[[row]])[0]
    largest = row if name is None else name
    return Concentration(count, one, herfindahl, 1 / herfindahl, float(shares.max()), largest, lacking, partly)
