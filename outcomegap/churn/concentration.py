"""How much hangs on single customers: one leaver weighs as much as the list is short."""

from __future__ import annotations

import math
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from outcomegap.churn.columns import Columns
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
    herfindahl: float = math.nan
    effective: float = math.nan
    largest_share: float = math.nan
    largest: Any = None
    without_value: int = 0
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
    names, number = columns.customers(customer)
    columns.done()
    return concentration_of(values, names, number)


def concentration_of(values: Array | None, names: Array | None, number: Array) -> Concentration:
    """Return the concentration of values, and of the names and the numbers of the customers of each row."""
    rows = np.bincount(number)
    count = len(rows)
    one = 1 / count if count else math.nan
    if values is None:
        return Concentration(count, one)
    there = ~np.isnan(values)
    known = np.bincount(number[there], minlength=count)
    told = {"without_value": int((known == 0).sum()), "part_unknown": int(((known > 0) & (known < rows)).sum())}
    top = float(values[there].max(initial=0.0))
    if top == 0:
        return Concentration(count, one, **told)
    sums = np.bincount(number[there], values[there] / top, minlength=count)  # so that no sum of squares overflows
    shares = sums / sums.sum()
    herfindahl, row = float((shares * shares).sum()), int((number == shares.argmax()).argmax())
    name = None if names is None else plain_values(names[[row]])[0]
    largest, share = row if name is None else name, float(shares.max())
    return Concentration(count, one, herfindahl, 1 / herfindahl, share, largest, **told)
