"""How much hangs on single customers: one leaver weighs as much as the list is short."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from outcomegap.churn.columns import Columns
from outcomegap.frames.arrays import plain_values
from outcomegap.listing import Listing, counted, percent

Array = NDArray[Any]


def concentration(frame: Any, *, value: str | None = None, customer: str | None = None) -> Listing:
    """Say how much hangs on single customers of a list: of all you have, or of those lost.

    Parameters
    ----------
    frame
        Any data frame, a row a customer, or several.
    value
        The column with what each is worth, 0 or more.
    customer
        The column that names customers; what several rows say of one is summed. Without it each row is a customer, and
        so is a row that names nobody.

    Returns
    -------
    Listing
        One line to read, and its facts: how many ``customers`` there are; ``one_leaver``, what one of them weighs among
        all (1 / customers, NaN for an empty list); ``herfindahl``, the sum of the squared shares of value (Herfindahl's
        index: 1 / customers where all are worth the same, 1 where one is worth everything, NaN without values);
        ``effective`` (1 / herfindahl), how many customers of equal value would be as concentrated; ``largest`` and
        ``largest_share``, who is the most valuable (its row where nothing names them), and its share of value;
        ``without_value``, of how many the value is unknown: they are in `customers` and in none of the shares; and
        ``part_unknown``, of how many more it is unknown in some rows: they enter with what is known.

    Raises
    ------
    DataError
        If a column is not there, or a value is no number of 0 or more.

    References
    ----------
    Hirschman, The paternity of an index, American Economic Review 54 (1964) 761-762.

    Examples
    --------
    >>> held = concentration({"who": ["A", "B", "C"], "mrr": [800, 100, 100]}, value="mrr", customer="who")
    >>> print(held)
    3 customers: one weighs 33.3 % of the list; by value it is as concentrated as 1.5 equal ones (Herfindahl 0.6600), \
the largest, A, is 80.0 %
    >>> held = concentration({"who": ["A", "A", "B"], "mrr": [50, 50, 100]}, value="mrr", customer="who")
    >>> held.facts["customers"], held.facts["herfindahl"]
    (2, 0.5)
    """
    columns = Columns(frame, "concentration")
    values = columns.numbers("value", value, least=0)
    names, number = columns.customers(customer)
    columns.done()
    return concentration_of(values, names, number)


def concentration_of(values: Array | None, names: Array | None, number: Array) -> Listing:
    """Return the concentration of values, and of the names and the numbers of the customers of each row."""
    rows = np.bincount(number)
    facts: dict[str, Any] = {"customers": len(rows), "one_leaver": 1 / len(rows) if len(rows) else math.nan}
    facts |= dict.fromkeys(("herfindahl", "effective", "largest_share"), math.nan)
    facts |= {"largest": None, "without_value": 0, "part_unknown": 0}
    title = f"{counted(len(rows), 'customer')}: one weighs {percent(facts['one_leaver'])} of the list"
    there = np.zeros(len(number), dtype=bool) if values is None else ~np.isnan(values)
    if values is not None:
        known = np.bincount(number[there], minlength=len(rows))
        facts["without_value"], facts["part_unknown"] = (
            int((known == 0).sum()),
            int(((known > 0) & (known < rows)).sum()),
        )
    if values is not None and values[there].any():
        # Shares of the largest first, so that no sum of squares overflows.
        sums = np.bincount(number[there], values[there] / values[there].max(), minlength=len(rows))
        shares = sums / sums.sum()
        herfindahl, row = float((shares * shares).sum()), int((number == shares.argmax()).argmax())
        name = None if names is None else plain_values(names[[row]])[0]
        facts |= {"herfindahl": herfindahl, "effective": 1 / herfindahl, "largest_share": float(shares.max())}
        facts["largest"] = row if name is None else name
        title += f"; by value it is as concentrated as {facts['effective']:.1f} equal ones (Herfindahl"
        title += f" {herfindahl:.4f}), the largest, {facts['largest']}, is {percent(facts['largest_share'])}"
    for name, what in (("without_value", "is unknown"), ("part_unknown", "is unknown in part")):
        title += f"; the value of {facts[name]:,} {what}" if facts[name] else ""
    return Listing(title, {}, facts=facts)
