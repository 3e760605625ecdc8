"""What is wrong with which customers, collected while a table is read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from outcomegap.errors import SHOWN, Finding, Problem
from outcomegap.intake.values import text_of

#: How many rows a message names.
NAMED = 5


class Ledger:
    """Problems of rows and of whole tables, findings and notes, in the order they are met.

    Parameters
    ----------
    size
        How many customers there are.
    ids
        Gives what the customers are called, in their order; None where they go by their row.
    """

    def __init__(self, size: int, ids: Callable[[], Any] | None = None) -> None:
        self._ids = ids
        #: The message of each problem without where it stands, for the rows themselves.
        self._said: list[str] = []
        self.bad = np.zeros(size, dtype=bool)
        self.problems: list[Problem] = []
        #: The customers that each problem concerns.
        self.places: list[NDArray[np.int64]] = []
        #: Problems that no setting aside of rows can mend, such as a missing column.
        self.fatal: list[Problem] = []
        self.findings: list[Finding] = []
        self.notes: list[str] = []

    def rows(
        self,
        rule: str,
        message: str,
        column: str,
        rows: NDArray[Any],
        *,
        value: Any = None,
        suggestion: str | None = None,
    ) -> None:
        """Note a problem of customers; `rows` are their positions, or a mask."""
        places = np.flatnonzero(rows) if rows.dtype == np.bool_ else rows
        if not len(places):
            return
        self.bad[places] = True
        self.places.append(places)
        first = tuple(np.sort(places)[:SHOWN].tolist())
        self._said.append(message)
        where = f"{message} ({self._where(rule, first, len(places))})"
        self.problems.append(Problem(rule, where, column, value, first, len(places), suggestion))

    def _where(self, rule: str, first: tuple[int, ...], count: int) -> str:
        """Name the first rows of a problem by their ids, or by their positions where those do not tell them."""
        by_id = self._ids is not None and rule not in ("missing-id", "duplicate-id")
        ids = self._ids() if by_id and self._ids is not None else None
        shown = ", ".join(f"{text_of(ids[row]):.40}" if ids is not None else str(row) for row in first[:NAMED])
        what = "id" if ids is not None else "row"
        more = ", ..." if count > NAMED else ""
        return f"{what}{'s' if count != 1 else ''} {shown}{more}{'' if ids is not None else ', from 0'}"

    def events(self, problem: Problem, customers: NDArray[np.int64]) -> None:
        """Note a problem of the rows of another table; `customers` are the positions of those they belong to."""
        self.bad[customers] = True
        self.places.append(customers)
        self._said.append(problem.message)
        self.problems.append(problem)

    def reasons(self) -> list[str]:
        """Return why each customer that is set aside is, in the order of the customers."""
        texts: dict[int, list[str]] = {int(row): [] for row in np.flatnonzero(self.bad)}
        for said, places in zip(self._said, self.places, strict=True):
            for row in set(places.tolist()):
                texts[row].append(said)
        return ["; ".join(texts[row]) for row in sorted(texts)]

    def whole(self, rule: str, message: str, column: str | None = None, suggestion: str | None = None) -> None:
        """Note a problem of a whole table or column."""
        self.fatal.append(Problem(rule, message, column=column, suggestion=suggestion))

    def finding(self, rule: str, where: str, message: str, severity: Any = "warning") -> None:
        """Note something odd that stops nobody."""
        self.findings.append(Finding(rule, where, message, severity))


def counted(count: int, one: str, many: str | None = None) -> str:
    """Return a count with its noun.

    Examples
    --------
    >>> counted(1, "row"), counted(25000, "row")
    ('1 row', '25,000 rows')
    """
    return f"{count:,} {one if count == 1 else many or one + 's'}"
