"""Success potential: a yes or no now, given joint accountabilities; what is unknown is never a yes."""

from __future__ import annotations

import math
from collections.abc import Iterable
from functools import cached_property
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from outcomegap.checks import Checks
from outcomegap.errors import DataError, Problem, hint
from outcomegap.frames import Table
from outcomegap.frames.arrays import plain_values
from outcomegap.journey.events import DAY, EventColumns, moment_of
from outcomegap.journey.fit import FITS, Accountability, Fit
from outcomegap.listing import Listing, as_column, counted, percent
from outcomegap.model.values import Column
from outcomegap.stats import wilson, z_of

Array = NDArray[Any]
#: How a customer's potential, or one fit, can stand; the worst first.
ANSWERS = ("no", "unknown", "yes")
#: How an accountability can stand while the fit is no.
OPEN, OVERDUE, DONE, NO_DATE = "open", "overdue", "done, and still no", "nothing agreed"
FIND_OUT = "find it out"


@attrs.frozen
class Duty:
    """One accountability of one customer.

    Parameters
    ----------
    who, what
        As in `Accountability`.
    by
        Days since 1970; None where nothing was agreed.
    stands
        ``"open"``, ``"overdue"``, ``"done, and still no"`` or ``"nothing agreed"``.
    """

    who: str
    what: str
    by: int | None
    stands: str


class SuccessPotential:
    """Whether customers can be successful at all, as things stand; made by `potential`.

    Attributes
    ----------
    gates
        What must fit.
    now
        For each customer ``"yes"`` where everything fits, ``"no"`` where something does not, else ``"unknown"``.
    given
        The same if everything that is agreed and in time gets done: a fit that is no counts as yes where it has
        accountabilities that are open, and none of them is overdue or without a date. What is unknown stays so.
    """

    def __init__(
        self,
        table: Table,
        customers: Array,
        gates: tuple[Fit, ...],
        answers: Array,
        duties: list[list[list[Duty]]],
        *,
        today: int,
        confidence: float,
    ) -> None:
        self.table, self._customers, self.gates = table, customers, gates
        self._answers, self._duties, self._today, self._confidence = answers, duties, today, confidence
        self.now = _together(answers)
        promised = np.array([[_can_be_met(each) for each in row] for row in duties], dtype=bool).reshape(answers.shape)
        self.given = _together(np.where(promised, "yes", answers))

    def __len__(self) -> int:
        return len(self._customers)

    @cached_property
    def columns(self) -> dict[str, Array]:
        """What is known of each customer, as columns: see `to_frame`."""
        columns = {"customer": self._customers, "potential": self.now, "given": self.given}
        columns |= {_heading(fit, columns): self._answers[:, place] for place, fit in enumerate(self.gates)}
        columns["not_yes"] = (self._answers != "yes").sum(axis=1)
        return columns

    def to_frame(self) -> Any:
        """Return a row a customer, in the order of the rows, the same kind of frame that came in.

        Its columns: ``customer``, ``potential`` (`now`), ``given``, one for each fit with its answer, and ``not_yes``:
        how many are not yes.
        """
        return self.table.build(self.columns)

    def rows(self) -> list[dict[str, Any]]:
        """Return the same as a dict of plain Python values a customer."""
        return Listing("", self.columns, like=self.table).rows()

    @cached_property
    def open(self) -> Listing:
        """What is in the way, customer by customer: each fit that is not yes, and who must do what by when.

        ``customer``, ``fit``, ``kind``, ``answer``; ``who``, ``what``, ``by``, ``days_left`` and ``stands`` of each
        accountability. A fit that is unknown has to be found out; one that is no may have nothing agreed.
        """
        rows: list[dict[str, Any]] = []
        for number, customer in enumerate(plain_values(self._customers)):
            for place, fit in enumerate(self.gates):
                answer = str(self._answers[number, place])
                if answer != "yes":
                    rows += self._in_the_way(customer, fit, answer, self._duties[number][place])
        names = ("customer", "fit", "kind", "answer", "who", "what", "by", "days_left", "stands")
        columns = {name: as_column([row[name] for row in rows]) for name in names}
        columns["by"] = np.array([row["by"] for row in rows], dtype="M8[D]")
        columns["days_left"] = np.array([row["days_left"] for row in rows], dtype=np.float64)
        held = sum(answer != "yes" for answer in self.now.tolist())
        title = f"{counted(len(rows), 'thing')} in the way of {counted(held, 'customer')}"
        return Listing(title, columns, like=self.table)

    def _in_the_way(self, customer: Any, fit: Fit, answer: str, duties: list[Duty]) -> list[dict[str, Any]]:
        row = {"customer": customer, "fit": fit.name, "kind": fit.kind, "answer": answer}
        if answer == "unknown" or not duties:
            what = f"{FIND_OUT}: {fit.column}" if answer == "unknown" else None
            stands = None if answer == "unknown" else NO_DATE
            return [row | {"who": None, "what": what, "by": None, "days_left": math.nan, "stands": stands}]
        return [
            row
            | {
                "who": duty.who,
                "what": duty.what,
                "by": None if duty.by is None else np.datetime64(duty.by, "D"),
                "days_left": math.nan if duty.by is None else float(duty.by - self._today),
                "stands": duty.stands,
            }
            for duty in duties
        ]

    @cached_property
    def summary(self) -> Listing:
        """How many have potential now, and given what was agreed; then each fit. Shares with Wilson's interval."""
        rows = [_count("potential now", None, self.now, self._confidence)]
        rows.append(_count("potential, given what is agreed", None, self.given, self._confidence))
        rows += [
            _count(fit.name, fit.kind, self._answers[:, place], self._confidence)
            for place, fit in enumerate(self.gates)
        ]
        columns = {name: as_column([row[name] for row in rows]) for name in rows[0]}
        lacking = [kind for kind in FITS if kind not in {fit.kind for fit in self.gates}]
        notes = [f"Nothing is asked about: {', '.join(f'{kind} fit' for kind in lacking)}."] if lacking else []
        show = dict.fromkeys(("share_yes", "low", "high"), percent)
        title = f"Success potential of {counted(len(self), 'customer')}"
        return Listing(title, columns, like=self.table, notes=notes, formats=show)

    def __str__(self) -> str:
        return f"{self.summary}\n\n{self.open}" if len(self.open) else str(self.summary)

    def _repr_html_(self) -> str:
        return self.summary._repr_html_() + (self.open._repr_html_() if len(self.open) else "")

    def __repr__(self) -> str:
        counts = ", ".join(f"{(self.now == answer).sum()} {answer}" for answer in reversed(ANSWERS))
        return f"<SuccessPotential of {len(self)} customers: {counts}>"


def potential(
    frame: Any,
    gates: Iterable[Fit],
    *,
    customer: str = "customer",
    as_of: Any = None,
    confidence: float = 0.95,
) -> SuccessPotential:
    """Say for each customer whether success is possible at all: yes, no or unknown.

    All gates must say yes. One no is a no; without a no, one unknown is unknown: what is not known never counts as a
    yes. `SuccessPotential.given` says the same if what both sides agreed to do gets done in time.

    Parameters
    ----------
    frame
        Any data frame, a row a customer.
    gates
        `Fit` objects, one or more, each with its own name.
    customer
        The column that names the customer.
    as_of
        The day to look at; needed where something is agreed. An accountability is overdue after the end of its day.
    confidence
        Of every interval.

    Raises
    ------
    DataError
        With everything that is wrong: columns, values that mean neither yes nor no, a missing `as_of`.
    ModelError
        If a gate is none, or a name stands twice.

    Examples
    --------
    >>> gates = [Fit("runs our browser", "technical", "browser"),
    ...          Fit("has an administrator", "resource", "admins", at_least=1,
    ...              accountable=[Accountability("customer", "hires one", by="2026-03-01")])]
    >>> found = potential({"customer": ["A", "B", "C"], "browser": [True, True, None], "admins": [1, 0, 2]}, gates,
    ...                   as_of="2026-02-01")
    >>> found.now.tolist(), found.given.tolist()
    (['yes', 'no', 'unknown'], ['yes', 'yes', 'unknown'])
    >>> [(row["customer"], row["who"], row["what"], row["days_left"]) for row in found.open]
    [('B', 'customer', 'hires one', 28.0), ('C', None, 'find it out: browser', None)]
    """
    fits = _gates(gates)
    z_of(confidence)
    agreed = any(fit.accountable for fit in fits)
    if agreed and as_of is None:
        message = "as_of: say on which day to look, such as '2026-01-31': something is agreed, and may be overdue"
        raise DataError.all("potential", [Problem("as-of", message)])
    today = 0 if as_of is None else moment_of("potential", as_of) // DAY
    columns = EventColumns(frame, "potential")
    who = _customers(columns, customer)
    answers = [_answers(columns, fit) for fit in fits]
    due = {one: _due(columns, one, today) for fit in fits for one in fit.accountable}
    columns.done()
    assert who is not None
    table = np.stack(answers, axis=1)
    duties = [
        [
            [due[one][row] for one in fit.accountable] if table[row, place] == "no" else []
            for place, fit in enumerate(fits)
        ]
        for row in range(len(who))
    ]
    return SuccessPotential(columns.table, who, fits, table, duties, today=today, confidence=confidence)


def _gates(gates: object) -> tuple[Fit, ...]:
    checks = Checks("these gates cannot be used", "potential.gates")
    if isinstance(gates, (str, Fit)) or not isinstance(gates, Iterable):
        checks.finding("gates", "", f"lists og.journey.Fit objects (got {gates!r:.60})")
        checks.done()
        return ()
    listed = tuple(gates)
    for one in listed:
        if not isinstance(one, Fit):
            checks.finding("gates", "", f"lists og.journey.Fit objects, not {one!r:.60}")
    if not listed:
        checks.finding("gates", "", "names no gate; give one or more")
    names = [one.name for one in listed if isinstance(one, Fit)]
    for name in dict.fromkeys(names):
        if names.count(name) > 1:
            checks.finding("repeated", name, "two gates have this name; rename one")
    checks.done()
    return listed


def _customers(columns: EventColumns, name: object) -> Array | None:
    read = columns.coded("customer", name, "every customer")
    if read is None:
        return None
    again = np.ones(len(read[0]), dtype=bool)
    _, first = np.unique(read[0], return_index=True)
    again[first] = False
    again &= read[0] >= 0
    twice = read[1][read[0][again][0]] if again.any() else None
    message = f"customer: column {name!r} holds {twice!r:.60} again; give one row a customer"
    columns.rows("repeated-customer", message, str(name), again, twice)
    return columns.table.values(str(name))


def _answers(columns: EventColumns, fit: Fit) -> Array:
    """Return the answer of each customer to one gate; "unknown" stands in where a value is noted as wrong."""
    items = columns.items(f"gates.{fit.name}", fit.column)
    if items is None:
        return np.full(len(columns.table), "unknown", dtype=object)
    found = np.array([fit.answer(item) for item in items], dtype=object)
    wrong = np.array([answer is None for answer in found.tolist()], dtype=bool)
    if wrong.any():
        first = items[int(wrong.argmax())]
        near = hint(first, map(str, (*(fit.yes or ()), *(fit.no or ()))))
        if fit.wanted == "true or false":
            near = "; where other values mean them, say which with yes= and no="
        message = f"gates.{fit.name}: column {fit.column!r} must hold {fit.wanted} (got {first!r:.60}){near}"
        columns.rows("neither-yes-nor-no", message, fit.column, wrong, first)
        found[wrong] = "unknown"
    return found


def _due(columns: EventColumns, one: Accountability, today: int) -> list[Duty]:
    """Return one accountability for each customer."""
    count = len(columns.table)
    done: list[Any] = [None] * count
    if one.done is not None:
        done = columns.items(f"done of {one.what!r}", one.done) or done
        wrong = np.array([item is not None and item not in (0, 1) for item in done], dtype=bool)
        first = done[int(wrong.argmax())] if wrong.any() else None
        message = f"done of {one.what!r}: column {one.done!r} must hold true or false (got {first!r:.60})"
        columns.rows("not-a-truth-value", message, one.done, wrong, first)
    days: list[int | None] = [None] * count
    if isinstance(one.by, Column):
        moments = columns.dates(f"by of {one.what!r}", one.by.name)
        if moments is not None:
            days = [None if np.isnat(when) else int(when.astype(np.int64)) // DAY for when in moments]
    else:
        days = [one.by] * count
    return [
        Duty(one.who, one.what, day, _stands(day, today, done=bool(yes))) for day, yes in zip(days, done, strict=True)
    ]


def _stands(day: int | None, today: int, *, done: bool) -> str:
    if done:
        return DONE
    if day is None:
        return NO_DATE
    return OVERDUE if day < today else OPEN


def _can_be_met(duties: list[Duty]) -> bool:
    """Tell whether what is agreed can still turn a no into a yes."""
    stands = {duty.stands for duty in duties}
    return OPEN in stands and not stands & {OVERDUE, NO_DATE}


def _together(answers: Array) -> Array:
    no, unknown = (answers == "no").any(axis=1), (answers == "unknown").any(axis=1)
    found = np.full(len(answers), "yes", dtype=object)
    found[unknown] = "unknown"
    found[no] = "no"
    return found


def _count(name: str, kind: str | None, answers: Array, confidence: float) -> dict[str, Any]:
    counts = {answer: int((answers == answer).sum()) for answer in reversed(ANSWERS)}
    low, high = wilson(counts["yes"], len(answers), confidence)
    share = counts["yes"] / len(answers) if len(answers) else math.nan
    return {"what": name, "kind": kind, **counts, "share_yes": share, "low": low, "high": high}


def _heading(fit: Fit, taken: Iterable[str]) -> str:
    return f"{fit.name} (fit)" if fit.name in (*taken, "not_yes") else fit.name
